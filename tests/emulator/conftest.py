"""An emulator, a bot for it to talk to, and a caller of its API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.emulator.client import EmulatorClient
from bot.emulator.config import EmulatorConfig
from bot.emulator.platform import PLATFORM, Platform
from bot.emulator.server import create_emulator
from tests.emulator.pretend_bot import PretendBot


class Api:
    """Calls the platform's API the way a well-behaved bot does."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, config: EmulatorConfig) -> None:
        self.session = session
        self.base_url = base_url
        self.config = config
        self.token = ""

    async def log_in(self, program: bool = False) -> str:
        app = self.config.miniprogram if program else self.config.account
        body = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret}
        self.token = (await self.post("cgi-bin/stable_token", body, token=None))["access_token"]
        return self.token

    async def post(self, path: str, body: object, token: str | None = "own", **query: str) -> dict[str, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return await self._call("POST", path, raw, token, query)

    async def get(self, path: str, token: str | None = "own", **query: str) -> dict[str, Any]:
        return await self._call("GET", path, None, token, query)

    async def _call(
        self, method: str, path: str, body: bytes | None, token: str | None, query: dict[str, str]
    ) -> dict[str, Any]:
        if token is not None:
            query = {"access_token": self.token if token == "own" else token, **query}
        url = f"{self.base_url}/{path}"
        async with self.session.request(method, url, data=body, params=query) as response:
            assert response.status == 200, response.status
            data: dict[str, Any] = json.loads(await response.read())
            return data

    async def send_text(self, openid: str, text: str) -> int:
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        return int((await self.post("cgi-bin/message/custom/send", body))["errcode"])


@pytest.fixture
def config() -> EmulatorConfig:
    """Patient, since a busy machine is no slow bot; the tests of its patience shorten it (``configure``)."""
    return EmulatorConfig(deadline_seconds=30, retry_spacing_seconds=0.02)


@pytest.fixture
async def server(config: EmulatorConfig) -> AsyncIterator[TestServer]:
    server = TestServer(create_emulator(config))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def platform(server: TestServer) -> Platform:
    return server.app[PLATFORM]


@pytest.fixture
async def wechat(server: TestServer) -> AsyncIterator[EmulatorClient]:
    async with EmulatorClient(str(server.make_url(""))) as client:
        yield client


@pytest.fixture
async def api(server: TestServer, platform: Platform) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        caller = Api(session, str(server.make_url("")).rstrip("/"), platform.config)
        await caller.log_in()
        yield caller


@pytest.fixture
async def bot(platform: Platform, wechat: EmulatorClient) -> AsyncIterator[PretendBot]:
    """A bot that is connected: what people write reaches it."""
    bot = PretendBot(platform.config)
    server = TestServer(bot.app())
    await server.start_server()
    await wechat.configure(callback_url=str(server.make_url("/callback")))
    yield bot
    await server.close()
