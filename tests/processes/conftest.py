"""Towns over the run's shared stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes.town import Town, open_town


@pytest.fixture
async def town(tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str) -> AsyncIterator[Town]:
    async with open_town(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, spacing=4
    ) as town:
        yield town
