"""The demo's estate, made once for this folder: what is asked of it only looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from bot.demo.sample import seed
from desk.desk import Desk
from store.client import connect
from store.conversations import Conversation
from store.deliveries import Delivery
from store.incidents import Incident
from store.messages import Message
from store.notices import Notice
from store.parcels import Parcel
from store.sealed import Sealer
from store.stores import Stores
from store.tickets import Ticket
from store.timers import Timer
from tests.clock import FixedClock

SECRET = "a secret of the tests, long enough"


@dataclass(repr=False)  # pytest asks for it at each test, and it would be megabytes
class Estate:
    """Everything that was written, as models."""

    now: Any
    tickets: dict[str, Ticket]
    conversations: dict[str, Conversation]
    messages: dict[str, Message]
    deliveries: dict[str, Delivery]
    parcels: dict[str, Parcel]
    timers: dict[str, Timer]
    incidents: dict[str, Incident]
    notices: dict[str, Notice]
    counters: dict[str, int]


def read_estate(database: Any, now: Any) -> Estate:
    """All of a database."""

    def rows(name: str, model: Any) -> dict[str, Any]:
        return {row["_id"]: model.of(row) for row in database[name].find()}

    return Estate(
        now=now,
        tickets=rows("tickets", Ticket),
        conversations=rows("conversations", Conversation),
        messages=rows("messages", Message),
        deliveries=rows("deliveries", Delivery),
        parcels=rows("parcels", Parcel),
        timers=rows("timers", Timer),
        incidents=rows("incidents", Incident),
        notices=rows("notices", Notice),
        counters={row["_id"]: row["value"] for row in database["counters"].find()},
    )


async def fresh_desk(uri: str, name: str, clock: FixedClock) -> Desk:
    """A desk on an empty, migrated database."""
    stores = Stores(connect(uri, name), None, sealer=Sealer(SECRET), name=name)
    await stores.migrate(holder="test", clock=clock)
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    return desk


@pytest.fixture(scope="module")
def kept() -> dict[str, Estate]:
    return {}


@pytest.fixture(scope="module")
def estate_database(mongodb_uri: str, worker: int) -> Iterator[str]:
    name = f"estate_{worker}"
    dropping: MongoClient[Any] = MongoClient(mongodb_uri)
    with dropping as client:
        client.drop_database(name)
        yield name
        client.drop_database(name)


@pytest.fixture
async def estate(mongodb_uri: str, estate_database: str, kept: dict[str, Estate]) -> AsyncIterator[Estate]:
    """The demo's estate as ``guanjia demo`` finds it."""
    if "estate" not in kept:
        clock = FixedClock()
        clock.move(days=14)
        desk = await fresh_desk(mongodb_uri, estate_database, clock)
        await seed(desk)
        await desk.stores.close()
        reading: MongoClient[Any] = MongoClient(mongodb_uri, tz_aware=True)
        with reading as client:
            kept["estate"] = read_estate(client[estate_database], clock.now() + timedelta(0))
    yield kept["estate"]
