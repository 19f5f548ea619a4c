"""Every repository over both drivers, against the embedded MongoDB (or yours, GUANJIA_MONGODB_URI)."""

from __future__ import annotations

import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

import pytest

from store.client import connect
from store.sealed import Sealer
from store.stores import Stores
from tests.clock import FixedClock

Driver = Literal["motor", "pymongo"]
SEALER = Sealer("a secret of at least thirty-two characters")


CUT_OFF = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
)
"""PyMongo 4.20 leaves the socket open on which it was still connecting (a monitor's second, mostly) when it is closed:
a cancelled ``_async_create_connection`` closes it only after errors of its own. It happens rarely; motor,
which we use, connects in threads and does not."""


@pytest.fixture(params=["motor", pytest.param("pymongo", marks=CUT_OFF)])
def driver(request: pytest.FixtureRequest) -> Driver:
    """The driver we use, and the one we could change to."""
    found: Driver = request.param
    return found


@pytest.fixture
async def open_stores(
    mongodb_uri: str, database_name: str, driver: Driver
) -> AsyncIterator[Callable[[], Awaitable[Stores]]]:
    """Connections to one database, each like that of another process."""
    opened: list[Stores] = []

    async def open() -> Stores:
        stores = Stores(connect(mongodb_uri, database_name, driver=driver), None, sealer=SEALER, name=database_name)
        opened.append(stores)
        return stores

    yield open
    for stores in opened:
        await stores.close()
    if driver == "pymongo":
        gc.collect(1)  # here, not in the test after this one


@pytest.fixture
async def stores(open_stores: Callable[[], Awaitable[Stores]], clock: FixedClock) -> Stores:
    """The repositories of an empty database with its indexes."""
    stores = await open_stores()
    await stores.migrate(holder="test", clock=clock)
    return stores


@pytest.fixture
async def elsewhere(open_stores: Callable[[], Awaitable[Stores]], stores: Stores) -> Stores:
    """The same database as another process sees it."""
    return await open_stores()


@pytest.fixture
async def gone(driver: Driver) -> AsyncIterator[Stores]:
    """Repositories of a server that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    uri = f"mongodb://127.0.0.1:{port}/?serverSelectionTimeoutMS=50&connectTimeoutMS=50"
    stores = Stores(connect(uri, "nothing", driver=driver), None, sealer=SEALER, name="nothing")
    yield stores
    await stores.close()
