"""The whole house, for talks from the first word to the last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import nlp
from tests.clock import FixedClock
from tests.house import House, open_house


@pytest.fixture(scope="session", autouse=True)
def understanding() -> None:
    nlp.load()


@pytest.fixture
async def house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        yield house
