"""The spool's file when the disk is full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.spool import Spool, SpoolError
from tests.test_pipeline import CONVERSATION, push


async def test_a_spool_line_that_fits_only_in_part_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, "one")
    await spool.append(push("一", 1), CONVERSATION)

    class Full:
        """A file on a disk with ten bytes left."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, line: bytes) -> int:
            return int(self._file.write(line[:10]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    whole = spool._file
    monkeypatch.setattr(spool, "_file", Full(whole))
    with pytest.raises(SpoolError):
        await spool.append(push("二", 2), CONVERSATION)
    monkeypatch.setattr(spool, "_file", whole)
    await spool.append(push("三", 3), CONVERSATION)
    assert [kept.text for kept in await spool.waiting()] == ["一", "三"]
    assert spool.holds(CONVERSATION) and len(spool) == 2
    for number in (1, 3):
        await spool.drained(push("", number).key, CONVERSATION)
    assert not spool.holds(CONVERSATION) and list(tmp_path.iterdir()) == []
