"""The staff API over a small estate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

import nlp
from inbox import setup
from tests.api.world import PASSWORD, Caller, World, make_world, serve
from tests.clock import FixedClock

API = "/api/inbox/v1"
Client = TestClient[web.Request, web.Application]
SignIn = Callable[[str], Awaitable[Caller]]


@pytest.fixture
async def world(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock)
    yield made
    await made.desk.stores.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    app = web.Application()
    setup(app, world.desk)
    made = await serve(app)
    yield made
    await made.close()


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    async def sign_in(username: str) -> Caller:
        answer = await client.post(f"{API}/login", json={"username": username, "password": PASSWORD})
        assert answer.status == 200, await answer.text()
        client.session.cookie_jar.clear()
        return Caller(client, API, (await answer.json())["token"])

    return sign_in
