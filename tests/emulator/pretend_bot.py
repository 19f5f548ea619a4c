"""A small bot that does everything right, and can be told to do one thing wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import struct
from dataclasses import dataclass, field
from xml.etree import ElementTree

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.emulator.config import EmulatorConfig, Mode


def sha(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@dataclass
class PretendBot:
    """Echoes what it hears. Each field below is one thing that may go wrong."""

    config: EmulatorConfig
    pad_block: int = 32
    wrong_signature: bool = False
    wrong_nonce: bool = False
    wrong_app_id: str | None = None
    swap: bool = True
    answer_in_clear: bool = False
    careless_cdata: bool = False
    delays: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    says: str | None = None
    inner: str | None = None
    whole_body: bytes | None = None
    heard: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refused: int = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/callback", self.handshake)
        app.router.add_post("/callback", self.receive)
        return app

    async def handshake(self, request: web.Request) -> web.Response:
        query = request.query
        if query["signature"] != sha(self.config.account.token, query["timestamp"], query["nonce"]):
            return web.Response(status=403)
        return web.Response(text=query["echostr"])

    async def receive(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        body = await request.read()
        self.queries.append(query)
        self.bodies.append(body)
        delay = self.delays.pop(0) if self.delays else 0
        status = self.statuses.pop(0) if self.statuses else 200
        account = self.config.account
        if query.get("signature") != sha(account.token, query["timestamp"], query["nonce"]):
            self.refused += 1
            return web.Response(status=403)
        try:
            text = body.decode()
            if account.mode is not Mode.PLAINTEXT:
                encrypted = ElementTree.fromstring(text).findtext("Encrypt") or ""
                if query["msg_signature"] != sha(account.token, query["timestamp"], query["nonce"], encrypted):
                    self.refused += 1
                    return web.Response(status=403)
                text = self.open(encrypted)
            fields = {child.tag: child.text or "" for child in ElementTree.fromstring(text)}
        except (ElementTree.ParseError, UnicodeDecodeError):
            return web.Response(status=400)
        self.heard.append(fields)
        await asyncio.sleep(delay)
        if status != 200:
            return web.Response(status=status)
        if self.whole_body is not None:
            return web.Response(body=self.whole_body)
        if fields["MsgType"] == "event" and self.says is None:
            return web.Response(text="success")
        return web.Response(text=self.envelope(self.reply(fields), query), content_type="text/xml")

    def open(self, encrypted: str) -> str:
        key = base64.b64decode(self.config.account.aes_key + "=")
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        (length,) = struct.unpack(">I", plain[16:20])
        return plain[20 : 20 + length].decode()

    def reply(self, fields: dict[str, str]) -> str:
        to, sender = fields["FromUserName"], fields["ToUserName"]
        if not self.swap:
            to, sender = sender, to
        text = self.says if self.says is not None else "听到了: " + fields.get("Content", "")
        if not self.careless_cdata:
            text = text.replace("]]>", "]]]]><![CDATA[>")
        inner = self.inner or f"<MsgType>text</MsgType><Content><![CDATA[{text}]]></Content>"
        head = f"<ToUserName>{to}</ToUserName><FromUserName>{sender}</FromUserName><CreateTime>1</CreateTime>"
        return f"<xml>{head}{inner}</xml>"

    def envelope(self, xml: str, query: dict[str, str]) -> str:
        account = self.config.account
        if account.mode is not Mode.SAFE or self.answer_in_clear:
            return xml
        message = xml.encode()
        plain = os.urandom(16) + struct.pack(">I", len(message)) + message
        plain += (self.wrong_app_id or account.app_id).encode()
        pad = self.pad_block - len(plain) % self.pad_block
        key = base64.b64decode(account.aes_key + "=")
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        encrypted = base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
        nonce = "12345" if self.wrong_nonce else query["nonce"]
        signature = "0" * 40 if self.wrong_signature else sha(account.token, "1714112445", nonce, encrypted)
        return (
            f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            f"<TimeStamp>1714112445</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        )
