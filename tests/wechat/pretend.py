"""The few answers of WeChat's API that the client's tests need, and the faults they need to happen."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from aiohttp import web

APP_ID = "wx0123456789abcdef"
SECRET = "secret-of-the-app"


class Pretend:
    """Counts token fetches, checks tokens, keeps what was sent. ``next`` holds answers to give instead of the usual."""

    def __init__(self) -> None:
        self.url = ""
        self.token = "token-1"
        self.token_answer: Any = None
        self.expires_in = 7200
        self.fetches = 0
        self.refused = 0
        self.sent: list[tuple[str, Any]] = []
        self.bodies: list[bytes] = []
        self.queries: list[dict[str, str]] = []
        self.next: deque[Any] = deque()
        self.hang = asyncio.Event()
        self.arrived = asyncio.Event()
        self._serial = 1
        self._runner: web.AppRunner | None = None

    def revoke(self) -> None:
        self._serial += 1
        self.token = f"token-{self._serial}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        app.router.add_route("*", "/{path:.*}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self.hang.set()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _stable_token(self, request: web.Request) -> web.Response:
        self.fetches += 1
        asked = await request.json()
        await asyncio.sleep(0.02)  # long enough for others to ask meanwhile
        if self.token_answer == "hang":
            await self.hang.wait()
        if self.token_answer is not None:
            return self._text(self.token_answer)
        if asked != {
            "grant_type": "client_credential",
            "appid": APP_ID,
            "secret": SECRET,
            "force_refresh": False,
        }:
            return self._text({"errcode": 40001, "errmsg": "invalid credential rid: 61a0-bad"})
        return self._text({"access_token": self.token, "expires_in": self.expires_in})

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not request.path.startswith("/sns/") and request.query.get("access_token") != self.token:
            self.refused += 1
            return self._text({"errcode": 40001, "errmsg": "invalid credential, access_token is invalid rid: 5f-1"})
        self.bodies.append(body)
        self.queries.append(dict(request.query))
        self.sent.append((request.path, json.loads(body) if body else None))
        self.arrived.set()
        answer = self.next.popleft() if self.next else {"errcode": 0, "errmsg": "ok"}
        if answer == "hang":
            await self.hang.wait()
            return self._text({"errcode": 0})
        if answer == "drop":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(answer, web.StreamResponse):
            return answer
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="image/jpeg")
        return self._text(answer)

    @staticmethod
    def _text(answer: Any) -> web.Response:
        # WeChat sends JSON as text/plain more often than not.
        return web.Response(text=json.dumps(answer, ensure_ascii=False), content_type="text/plain")
