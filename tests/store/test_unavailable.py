"""A server that is not there: every call says so in our words, within a second, whatever the driver raised."""

from __future__ import annotations

import asyncio

from store.client import SERVER_SELECTION_MS, connect
from store.errors import Unavailable
from store.repo import Repo
from store.stores import Stores
from tests.store.calls import all_calls, repositories
from tests.store.conftest import Driver


def test_no_method_is_left_out(gone: Stores) -> None:
    """What is not in the list of calls is not seen by the tests of this folder."""
    there = {
        f"{name}.{method}"
        for name, repository in repositories(gone).items()
        for kind in type(repository).__mro__
        if issubclass(kind, Repo) and kind is not Repo
        for method, what in vars(kind).items()
        if not method.startswith("_") and callable(what) and not isinstance(what, type)
    }
    assert {call.split()[0] for call in all_calls(gone)} == there


async def test_every_call_raises_unavailable(gone: Stores) -> None:
    calls = all_calls(gone)
    outcomes = await asyncio.gather(*(call() for call in calls.values()), return_exceptions=True)
    others = {
        name: outcome for name, outcome in zip(calls, outcomes, strict=True) if not isinstance(outcome, Unavailable)
    }
    assert others == {}


async def test_what_the_address_says_wins(driver: Driver) -> None:
    for said, seconds in (("", SERVER_SELECTION_MS / 1000), ("?serverSelectionTimeoutMS=50", 0.05)):
        connection = connect(f"mongodb://127.0.0.1:1/{said}", "nothing", driver=driver)
        assert connection._client.options.server_selection_timeout == seconds
        await connection.close()
