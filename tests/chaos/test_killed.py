"""kill -9 in the middle of a hundred conversations, and of a hundred pushes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes.deaths import serve_dies, worker_dies
from tests.processes.firing import workers_die_firing
from tests.processes.town import Town, open_town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


@pytest.fixture
async def town(tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str) -> AsyncIterator[Town]:
    async with open_town(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, spacing=5
    ) as town:
        yield town


@pytest.mark.parametrize("spare", [True, False], ids=["another takes over", "it comes back"])
async def test_serve_dies_in_the_middle_of_a_hundred_conversations(town: Town, spare: bool) -> None:
    await serve_dies(town, owners=100, spare=spare)


@pytest.mark.parametrize("turn", range(2))
async def test_worker_dies_while_it_sends_a_hundred_pushes(town: Town, turn: int) -> None:
    await worker_dies(town, owners=50, each=2)


@pytest.mark.timeout(900)
async def test_workers_die_twelve_times_while_they_fire_timers(town: Town) -> None:
    await workers_die_firing(town, owners=30, kills=12, workers=2)


@pytest.mark.timeout(600)
async def test_workers_that_stood_still_while_others_took_over_double_nothing(town: Town) -> None:
    await workers_die_firing(town, owners=12, kills=2, workers=1, freeze=True)
