"""Both APIs in one application over a small estate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

import inbox
import miniprogram_api
import nlp
from tests.api.world import PASSWORD, Caller, World, make_world, serve
from tests.clock import FixedClock
from tests.miniprogram_api.conftest import Platform

Client = TestClient[web.Request, web.Application]
STAFF_API = "/api/inbox/v1"


@pytest.fixture
async def world(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock)
    yield made
    await made.desk.stores.close()


@pytest.fixture
def app(world: World, tmp_path: Path) -> web.Application:
    made = web.Application()
    inbox.setup(made, world.desk, dist=tmp_path)
    miniprogram_api.setup(made, world.desk, Platform())
    return made


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[Client]:
    made = await serve(app)
    yield made
    await made.close()


@pytest.fixture
async def desk(client: Client) -> Caller:
    """小周 of the front desk, signed in."""
    answer = await client.post(f"{STAFF_API}/login", json={"username": "xiaozhou", "password": PASSWORD})
    client.session.cookie_jar.clear()
    return Caller(client, STAFF_API, (await answer.json())["token"])
