"""What all tests share: a MongoDB and a Redis for each worker of the run, an empty database for each test, a clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import pytest
from playwright.async_api import Browser, Page, async_playwright
from pymongo import MongoClient
from redis import Redis

import nlp
from store.embedded.shared import SharedServers
from store.indexes import INDEXES
from tests.clock import FixedClock
from tests.faults import told, watch
from tests.house import House, open_house

# Time limits per example say nothing on a machine that others use too.
hypothesis.settings.register_profile("guanjia", deadline=None, max_examples=60)
hypothesis.settings.load_profile("guanjia")


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_swept_away() -> None:
    """Tests live on a day of their own: what ran out by today's calendar stays, else a sweep ends their sessions."""
    for indexes in INDEXES.values():
        for _, options in indexes:
            if "expireAfterSeconds" in options:
                options["expireAfterSeconds"] = 2_000_000_000  # 63 years, near the most that MongoDB takes


@pytest.fixture(scope="session")
def worker() -> int:
    """The number of this pytest-xdist worker; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def stores_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this worker's servers live: of its own, because two workers keep one embedded MongoDB waiting."""
    return tmp_path_factory.getbasetemp() / "stores"


@pytest.fixture(scope="session")
def mongodb_uri(stores_folder: Path) -> Iterator[str]:
    """A MongoDB: yours when GUANJIA_MONGODB_URI is set, else the embedded one in memory."""
    if uri := os.environ.get("GUANJIA_MONGODB_URI"):
        yield uri
        return
    for uri in _embedded(stores_folder, "mongodb"):
        # On a busy machine it may answer late: that is no server that is gone.
        yield f"{uri}{'&' if '?' in uri else '/?'}serverSelectionTimeoutMS=15000"


@pytest.fixture(scope="session")
def redis_url(stores_folder: Path, worker: int) -> Iterator[str]:
    """A Redis database of this worker's own: on yours when GUANJIA_REDIS_URL is set, else on the embedded one."""
    if url := os.environ.get("GUANJIA_REDIS_URL"):
        yield _numbered(url, worker)
        return
    for url in _embedded(stores_folder, "redis"):
        yield _numbered(url, worker)


@pytest.fixture(scope="session")
def mongodb_client(mongodb_uri: str) -> Iterator[MongoClient[dict[str, object]]]:
    """A plain client for looking at what was stored and for making trouble."""
    with MongoClient[dict[str, object]](mongodb_uri, tz_aware=True) as client:
        yield client


@pytest.fixture(scope="session")
def worker_database(mongodb_client: MongoClient[dict[str, object]], worker: int) -> Iterator[str]:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    name = f"guanjia_test_{run}_{worker}"
    yield name
    mongodb_client.drop_database(name)


@pytest.fixture
def database_name(
    request: pytest.FixtureRequest, mongodb_client: MongoClient[dict[str, object]], worker_database: str
) -> str:
    """The name of an empty database; the worker's Redis database is emptied too if the test uses it."""
    mongodb_client.drop_database(worker_database)
    if "redis_url" in request.fixturenames:
        with Redis.from_url(request.getfixturevalue("redis_url")) as client:
            client.flushdb()
    return worker_database


@pytest.fixture
def clock() -> FixedClock:
    """10:00 on an ordinary Tuesday in Shanghai, until the test moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The Chromium that browser tests open; without one they fail rather than pass unseen."""
    names = (os.environ.get("GUANJIA_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium found: run scripts/browser, or set GUANJIA_CHROMIUM to its path")
    return found


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        # As root, which CI is, Chromium refuses to start with its sandbox; it opens our own pages only.
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page as staff in China see it; an error in its script fails the test."""
    page = await browser.new_page(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 800})
    page.set_default_timeout(15_000)
    yield watch(page)
    await page.close()
    assert told() == []


def _embedded(folder: Path, name: str) -> Iterator[str]:
    servers = SharedServers(folder, need_mongodb=name == "mongodb", need_redis=name == "redis", lasting=False)
    servers.open()
    try:
        url = servers.url(name)
        assert url is not None
        yield url
    finally:
        servers.close()


def _numbered(url: str, number: int) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


@pytest.fixture
async def house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The whole house in this process: for talks from the first word to the last."""
    nlp.load()
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        yield house
