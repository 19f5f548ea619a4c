"""Pushes as they go over the wire: signed, sealed, posted, opened again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp.test_utils import TestServer

from bot.app import PARTS, Parts, create_app
from bot.wechat.crypto import Seal, sign
from tests.house import House

OTHER_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
NONCE = "nonce12345"


@dataclass
class Seen:
    """What came back over the wire."""

    status: int
    body: str


async def post(house: House, body: bytes, query: Mapping[str, str], *, url: str = "", **more: object) -> Seen:
    """One HTTP request to the callback address, as it is."""
    address = f"{url or house.url}/wechat"
    headers = more.pop("headers", None)
    async with house.http.post(address, data=body, params=dict(query), headers=headers) as answer:  # type: ignore[arg-type]
        seen = Seen(answer.status, await answer.text())
    assert seen.status < 500 and "Traceback" not in seen.body and "File " not in seen.body
    return seen


def query_for(house: House, *parts: str, age: float = 0, token: str = "") -> dict[str, str]:
    """A signed query; ``parts`` is the encrypted body in safe mode."""
    settings = house.settings
    token = token or settings.wechat_token
    timestamp = str(int(house.clock.now().timestamp() - age))
    query = {"timestamp": timestamp, "nonce": NONCE, "signature": sign(token, timestamp, NONCE)}
    if parts:
        query |= {"encrypt_type": "aes", "msg_signature": sign(token, timestamp, NONCE, *parts)}
    return query


def message(openid: str, text: str = "你好", *, msg_id: int = 4711, extra: str = "", at: int = 1773108000) -> str:
    """A text message as WeChat writes it."""
    return (
        f"<xml><ToUserName>gh_emulator0001</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>text</MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{msg_id}</MsgId>{extra}</xml>"
    )


def sealed(house: House, xml: str | bytes, *, key: str = "", app_id: str = "") -> tuple[bytes, str]:
    """The envelope of safe mode, and what is signed of it."""
    seal = Seal(key or house.settings.wechat_aes_key, app_id or house.settings.wechat_app_id)
    encrypted = seal.close(xml.encode() if isinstance(xml, str) else xml)
    return f"<xml><ToUserName>gh_x</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode(), encrypted


async def send(house: House, xml: str | bytes, *, age: float = 0, url: str = "") -> Seen:
    """One push in safe mode, well signed and sealed."""
    body, encrypted = sealed(house, xml)
    return await post(house, body, query_for(house, encrypted, age=age), url=url)


def opened(house: House, seen: Seen) -> str:
    """The words of a passive answer in safe mode."""
    found = re.search(r"<Encrypt>(?:<!\[CDATA\[)?([^<\]]+)", seen.body)
    assert found, seen.body
    plain = Seal(house.settings.wechat_aes_key, house.settings.wechat_app_id).open(found[1]).decode()
    content = re.search(r"<Content>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</Content>", plain, re.DOTALL)
    assert content, plain
    return content[1]


async def kept(house: House) -> int:
    """How many inbound messages are stored."""
    return await house.stores.connection.database["messages"].count_documents({"direction": "inbound"})


@asynccontextmanager
async def another_serve(house: House, process: str = "serve-2", **settings: str) -> AsyncIterator[tuple[str, Parts]]:
    """A second web process over the same database; its address and its parts."""
    changed = house.settings.model_copy(update=settings)
    app = create_app(replace(house.runtime, process=process, settings=changed), loops=False)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/"), app[PARTS]
    finally:
        await server.close()
