"""Stores and a desk on an empty database, always closed: a later test is blamed for what is left open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pymongo.monitoring import CommandListener

from desk.desk import Desk
from store.client import connect
from store.sealed import Sealer
from store.stores import Stores
from tests.clock import FixedClock


@asynccontextmanager
async def opened_stores(
    uri: str, name: str, clock: FixedClock, *, listeners: Sequence[CommandListener] = ()
) -> AsyncIterator[Stores]:
    """The repositories of the database ``name``, migrated, without Redis."""
    stores = Stores(connect(uri, name, listeners=listeners), None, sealer=Sealer("test secret"), name=name)
    try:
        await stores.migrate(holder="test", clock=clock)
        yield stores
    finally:
        await stores.close()


@asynccontextmanager
async def opened_desk(
    uri: str, name: str, clock: FixedClock, *, listeners: Sequence[CommandListener] = ()
) -> AsyncIterator[Desk]:
    """A desk on them, its rules read."""
    async with opened_stores(uri, name, clock, listeners=listeners) as stores:
        desk = Desk(stores, clock)
        await desk.rules.refresh()
        yield desk
