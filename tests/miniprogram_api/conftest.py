"""The owners' API over a small estate, with a pretend platform that knows a few login codes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

import nlp
from desk.api.limits import Limit
from miniprogram_api import LoginRefused, PlatformAway, SessionInfo, setup
from tests.api.world import MINI, Caller, World, make_world, serve
from tests.clock import FixedClock

API = "/api/mp/v1"
Client = TestClient[web.Request, web.Application]
SignIn = Callable[[str], Awaitable[Caller]]


class Platform:
    """Knows codes like ``wang-1``: openid ``m-wang``, the unionid of the same person's service account."""

    app_id = MINI

    def __init__(self) -> None:
        self.away = False
        self.used: set[str] = set()

    async def code_to_session(self, code: str) -> SessionInfo:
        if self.away:
            raise PlatformAway
        if code in self.used or "-" not in code:
            raise LoginRefused
        self.used.add(code)
        who = code.partition("-")[0]
        return SessionInfo(f"m-{who}", None if who == "stranger" else f"u-o-{who}")


@pytest.fixture
async def world(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock)
    yield made
    await made.desk.stores.close()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def client(world: World, platform: Platform) -> AsyncIterator[Client]:
    app = web.Application()
    setup(app, world.desk, platform, binding_tries=Limit(4, 3600))
    made = await serve(app)
    yield made
    await made.close()


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    async def sign_in(who: str) -> Caller:
        answer = await client.post(f"{API}/login", json={"code": f"{who}-1"})
        assert answer.status == 200, await answer.text()
        return Caller(client, API, (await answer.json())["token"])

    return sign_in
