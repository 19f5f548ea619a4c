"""A store away for twenty seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.outages import mongodb_away, redis_away

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_mongodb_away_for_twenty_seconds(tmp_path: Path, killed: bool) -> None:
    await mongodb_away(tmp_path, 20, killed=killed)


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_redis_away_for_twenty_seconds(tmp_path: Path, killed: bool) -> None:
    await redis_away(tmp_path, 20, killed=killed)
