"""Signed plaintext pushes of many owners, over a fixed number of connections."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp

PUSH = (
    "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[{owner}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
    "<MsgId>{id}</MsgId></xml>"
)
_ids = itertools.count(int(time.time() * 1000) * 1000)


@dataclass(frozen=True)
class Push:
    """One push to send."""

    owner: str
    text: str


@dataclass(frozen=True)
class Run:
    """What came of a load."""

    seconds: list[float]
    answered: int
    wrong: int

    def quantile(self, share: float) -> float:
        """The answer time, in seconds, that ``share`` of the pushes stayed under."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def query(token: str) -> dict[str, str]:
    """A signed query string."""
    timestamp, nonce = str(int(time.time())), "benchnonce"
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


async def send(url: str, token: str, pushes: Iterable[Push], *, connections: int, expect: str = "") -> Run:
    """Send them all, ``connections`` at a time; an answer without ``expect`` in it counts as wrong."""
    queue = iter(pushes)
    seconds: list[float] = []
    wrong = 0

    async def one(http: aiohttp.ClientSession) -> None:
        nonlocal wrong
        for push in queue:
            body = PUSH.format(owner=push.owner, at=int(time.time()), text=push.text, id=next(_ids))
            began = time.perf_counter()
            async with http.post(f"{url}/wechat", data=body.encode(), params=query(token)) as answer:
                text = await answer.text()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200 or expect not in text:
                wrong += 1

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*(one(http) for _ in range(connections)))
    return Run(seconds, len(seconds), wrong)
