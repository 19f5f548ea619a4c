"""What is written back into the answer of a push, and how long a text may be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from bot.wechat.fields import clean

MAX_TEXT: Final = 1999
"""Bytes of UTF-8 in one text. WeChat drops more than 2047, or shows its fault notice (the fact sheet, section 3)."""

SUCCESS: Final = b"success"
"""The answer when nothing is to be said; never encrypted."""


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """The text if it fits, else its beginning with an ellipsis, never half a character."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - 3].decode("utf-8", "ignore").rstrip("\u200d") + "…"


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """The text in pieces that each fit, parted at a line end or a full stop where there is one in the last third."""
    pieces = []
    while len(text.encode()) > limit:
        head = text.encode()[:limit].decode("utf-8", "ignore")
        end = max(head.rfind(mark, len(head) * 2 // 3) for mark in "\n。！？；") + 1
        head = head[: end or len(head)]
        pieces.append(head)
        text = text[len(head) :]
    if text or not pieces:
        pieces.append(text)
    return pieces


def cdata(text: str) -> str:
    """The text as a CDATA section that it cannot close by itself."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_xml(openid: str, account: str, at: datetime, text: str) -> str:
    """A passive text answer to ``openid`` from ``account``."""
    return (
        f"<xml><ToUserName>{cdata(openid)}</ToUserName><FromUserName>{cdata(account)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(cut(clean(text)))}</Content></xml>"
    )


def text_json(openid: str, account: str, at: datetime, text: str) -> str:
    """The same for an account whose pushes are JSON."""
    return _json(
        {
            "ToUserName": openid,
            "FromUserName": account,
            "CreateTime": int(at.timestamp()),
            "MsgType": "text",
            "Content": cut(clean(text)),
        }
    )


def envelope_xml(encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    """The encrypted answer around a message."""
    return (
        f"<xml><Encrypt>{cdata(encrypted)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )


def envelope_json(encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    """The same as JSON."""
    return _json({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": int(timestamp), "Nonce": nonce})


def _json(data: dict[str, str | int]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
