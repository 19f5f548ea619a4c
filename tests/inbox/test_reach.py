"""Pages whose windows learn: whatever the rows look like, a walk through the pages sees each of them once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.api import reach as module
from desk.api.paging import Cursors, PageQuery, Position
from desk.api.reach import Reach, read_reaching
from store.sealed import Sealer

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
CURSORS = Cursors(Sealer("secret of the tests"))


@dataclass(frozen=True)
class Row:
    at: datetime
    id: str
    mine: bool = True


class Server:
    """A list on a server that counts the rows which it had to look at."""

    def __init__(self, rows: Sequence[Row], *, oldest_first: bool) -> None:
        self.rows = rows
        self.oldest_first = oldest_first
        self.looked_at = 0
        self.asked = 0

    async def fetch(self, before: datetime, since: datetime, limit: int) -> list[Row]:
        found = [row for row in self.rows if since <= row.at < before]
        self.looked_at += len(found)
        self.asked += 1
        return sorted(found, key=lambda row: row.at, reverse=not self.oldest_first)[:limit]


async def walk(server: Server, reach: Reach, limit: int, end: datetime) -> list[str]:
    seen: list[str] = []
    cursor = None
    for _ in range(500):
        page = await read_reaching(
            server.fetch,
            lambda row: Position(row.at, row.id),
            name="list",
            cursors=CURSORS,
            query=PageQuery(cursor=cursor, limit=limit),
            now=NOW,
            reach=reach,
            keep=lambda row: row.mine,
            oldest_first=server.oldest_first,
            end=end if server.oldest_first else None,
        )
        assert len(page.rows) <= limit
        seen += [row.id for row in page.rows]
        if page.next is None:
            return seen
        cursor = page.next
    raise AssertionError("the pages do not end")


MINUTES = st.integers(0, 200_000) | st.integers(0, 30) | st.sampled_from((0, 7, 7, 1440))


@settings(max_examples=150, deadline=None)
@given(
    minutes=st.lists(MINUTES, max_size=60),
    mine=st.lists(st.booleans(), min_size=60, max_size=60),
    limit=st.integers(1, 12),
    oldest_first=st.booleans(),
    small=st.booleans(),
)
def test_a_walk_sees_every_row_once_in_order(
    minutes: list[int], mine: list[bool], limit: int, oldest_first: bool, small: bool
) -> None:
    rows = [Row(NOW - timedelta(minutes=ago), f"{n:03}", mine[n]) for n, ago in enumerate(minutes)]
    server = Server(rows, oldest_first=oldest_first)
    wanted = sorted((r for r in rows if r.mine), key=lambda r: (r.at, r.id), reverse=not oldest_first)
    reach = Reach()
    with pytest.MonkeyPatch.context() as patch:
        if small:  # the limits bite
            patch.setattr(module, "ROWS_AT_ONCE", 3)
            patch.setattr(module, "MOST_ROWS", 10)
        for _ in range(3):  # what was learnt changes nothing of what is seen
            seen = asyncio.run(walk(server, reach, limit, NOW + timedelta(minutes=5)))
            assert seen == [row.id for row in wanted]


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_a_learnt_page_looks_at_about_as_many_rows_as_it_shows(oldest_first: bool) -> None:
    looked = {}
    for count in (1_000, 100_000):
        step = timedelta(days=365) / count
        server = Server([Row(NOW - step * n, str(n)) for n in range(count)], oldest_first=oldest_first)
        reach = Reach()
        for _ in range(3):
            server.looked_at = server.asked = 0
            await read_reaching(
                server.fetch,
                lambda row: Position(row.at, row.id),
                name="list",
                cursors=CURSORS,
                query=PageQuery(),
                now=NOW,
                reach=reach,
                oldest_first=oldest_first,
            )
        looked[count] = server.looked_at
        assert server.asked == 1
    assert max(looked.values()) <= 62 and max(looked.values()) <= 1.3 * min(looked.values())
