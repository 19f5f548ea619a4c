"""Towns, and machines that end with their test, over the run's shared stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import nlp
from tests.processes.machine import Machine
from tests.processes.town import Town, open_town


@pytest.fixture(scope="session", autouse=True)
def understanding() -> None:
    nlp.load()


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    while Machine.running:
        Machine.running.pop().dies()


@pytest.fixture
async def town(tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str) -> AsyncIterator[Town]:
    async with open_town(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, spacing=4
    ) as town:
        yield town
