"""The built pages in Chromium: the inbox over a small estate, the chat page over the whole house."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from pymongo import MongoClient
from redis import Redis

import inbox
import nlp
from inbox.page import DIST
from tests.api.world import World, make_world
from tests.browser.chat import open_chat
from tests.browser.inbox import Office, open_inbox, open_office
from tests.clock import FixedClock
from tests.faults import told
from tests.house import House


@pytest.fixture(autouse=True)
def _no_faults() -> Iterator[None]:
    """Whatever a page complained about fails the test."""
    told()
    yield
    assert told() == []


@pytest.fixture
async def world(mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock, redis_url)
    yield made
    await made.desk.stores.close()


@pytest.fixture
async def house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The whole house with the pretend WeChat, whose page is looked at."""
    async with open_chat(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        yield house


@pytest.fixture
async def inbox_house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The whole house with the inbox page, for one test."""
    async with open_inbox(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    tmp_path_factory: pytest.TempPathFactory,
    chromium: str,
    mongodb_uri: str,
    redis_url: str,
    mongodb_client: MongoClient[dict[str, object]],
    worker_database: str,
) -> AsyncIterator[Office]:
    """One house for all tests of a file: they are `pytest.mark.asyncio(loop_scope="module")` and in one xdist group."""
    database = f"{worker_database}_office"
    mongodb_client.drop_database(database)
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    folder = tmp_path_factory.mktemp("office")
    async with open_office(folder, chromium, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database) as office:
        yield office
    mongodb_client.drop_database(database)


@pytest.fixture
async def server(world: World) -> AsyncIterator[TestServer]:
    if not (DIST / "index.html").is_file():
        pytest.fail("the page is not built: run make web")
    app = web.Application()
    inbox.setup(app, world.desk)
    made = TestServer(app)
    await made.start_server()
    yield made
    await made.close()


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], str]:
    """Where a picture goes: docs/screenshots when GUANJIA_SCREENSHOTS is set, else away with the test."""
    folder = Path(__file__).parents[2] / "docs" / "screenshots" if os.environ.get("GUANJIA_SCREENSHOTS") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name: str(folder / f"{name}.png")
