"""Similar cases: enough of them, and never more reading than that however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from desk.actors import Actor
from desk.similar import ENOUGH, MOST_READ, Similar
from store.staff import Role
from store.stores import Stores
from store.tickets import Ticket
from tests.store.samples import NOW, a_ticket

BOSS = Actor(kind="staff", id="boss", name="李", role=Role.MANAGER)
TERMS = ("hy|漏水", "hy|水管", "hy|厨房")


class Rows:
    """Tickets that all say the same; counts what a server without a limit would read."""

    def __init__(self, every: timedelta, count: int) -> None:
        self.rows = [
            a_ticket(f"t{n}", f"R20260101-{n:04}", estate_id="hy", terms=TERMS, opened_at=NOW - every * (n + 1))
            for n in range(count)
        ]
        self.asked = self.read = 0

    async def listed(self, *, terms: Sequence[str], before: datetime, since: datetime, limit: int) -> list[Ticket]:
        inside = [row for row in self.rows if since <= row.opened_at < before]
        self.asked, self.read = self.asked + 1, self.read + len(inside)
        return inside[:limit]


async def looked(rows: Rows) -> tuple[int, int, int]:
    similar = Similar(cast(Stores, SimpleNamespace(tickets=rows)))
    ticket = a_ticket("new", "R20260310-9999", estate_id="hy", terms=TERMS, opened_at=NOW)
    for _ in range(2):
        rows.asked = rows.read = 0
        found: list[Any] = await similar.to(ticket, BOSS)
    return len(found), rows.asked, rows.read


async def test_many_are_not_read_and_few_are_not_missed() -> None:
    found, asked, read = await looked(Rows(timedelta(minutes=5), 3_000))
    assert found == ENOUGH and asked == len(TERMS)
    assert read <= len(TERMS) * MOST_READ, "the second look knows how often each word is said"
    assert await looked(Rows(timedelta(days=40), 5)) == (4, 3, 12), "all of half a year, in one look for each word"
    assert await looked(Rows(timedelta(days=200), 1)) == (0, 3, 0)
