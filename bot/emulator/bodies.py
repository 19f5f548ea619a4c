"""The bodies of pushes: fields to XML or JSON, sealed as the app's mode wants it, with the query that goes with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from bot.emulator.config import App, Mode
from bot.emulator.crypto import encrypt, sign
from bot.emulator.pushes import PushOptions

Value = str | int | float | Mapping[str, Any] | list[Any]


def to_xml(fields: Mapping[str, Value]) -> str:
    """``<xml>`` with text as CDATA and numbers bare. Control characters in text stay, as the platform leaves them."""
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Value]) -> str:
    return "\n".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Value) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, list):
        return "\n".join(_element(name, one) for one in value)
    if isinstance(value, str):
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    return f"<{name}>{value}</{name}>"


def to_text(fields: Mapping[str, Value], data_format: str) -> str:
    """The fields in the format that the app's console was set to."""
    return to_xml(fields) if data_format == "xml" else json.dumps(fields, ensure_ascii=False)


def seal(app: App, plain: bytes, fields: Mapping[str, Value], options: PushOptions) -> bytes:
    """The body as it travels: as it is, encrypted, or both beside each other."""
    if app.mode is Mode.PLAINTEXT or not options.encrypt:
        return plain
    encrypted = encrypt(plain, options.aes_key or app.aes_key, options.trailing_app_id or app.app_id)
    outer: dict[str, Value] = {"ToUserName": app.original_id, "Encrypt": encrypted}
    if app.mode is Mode.COMPATIBLE:
        outer = {**fields, **outer}
    return to_text(outer, app.data_format).encode()


def query(app: App, body: bytes, openid: str, now: int, nonce: str, options: PushOptions) -> dict[str, str]:
    """The signed query of a push."""
    timestamp = str(now - int(options.age_seconds))
    parameters = {"signature": sign(app.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    if openid:
        parameters["openid"] = openid
    if app.mode is not Mode.PLAINTEXT and options.encrypt:
        parameters["encrypt_type"] = "aes"
        parameters["msg_signature"] = sign(app.token, timestamp, nonce, _encrypt_of(body, app.data_format))
    for name in ("signature", "msg_signature"):
        if name in parameters and options.signature == "broken":
            parameters[name] = _other_hex(parameters[name])
        elif options.signature == "missing":
            parameters.pop(name, None)
    return parameters


def new_nonce() -> str:
    """A number as the platform uses them; the answer must carry it."""
    return str(secrets.randbelow(9 * 10**9) + 10**9)


def _encrypt_of(body: bytes, data_format: str) -> str:
    if data_format == "json":
        return str(json.loads(body)["Encrypt"])
    text = body.decode()
    start = text.rindex("<Encrypt><![CDATA[") + len("<Encrypt><![CDATA[")
    return text[start : text.index("]]>", start)]


def _other_hex(value: str) -> str:
    return value[:-1] + ("0" if value[-1] != "0" else "1")
