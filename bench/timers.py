"""What timers cost: a look for what is due among 100 and among 100,000, and working out the times of 10,000 tickets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure
from desk import promises
from desk.escalation import next_at
from desk.rulebook import Rulebook
from store.client import connect
from store.embedded.shared import attach
from store.estates import Estate
from store.sealed import Sealer
from store.stores import Stores
from store.tickets import Category, Ticket
from store.timers import Timer

FEW, MANY = 100, 100_000
ROUNDS = 60
TICKETS = 10_000
POLL_LIMIT = 3.0
RECOMPUTE_LIMIT = 5.0
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


async def measure() -> list[Figure]:
    """Polling as a ratio of the same look among few; recomputing as a ratio of making the tickets' objects."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=False)
        stores = Stores(connect(embedded.mongodb_uri or "", "timers"), None, sealer=Sealer("bench " * 4), name="timers")
        from store.clock import SystemClock

        await stores.migrate(holder="bench", clock=SystemClock())
        await _plan(stores, 0, FEW)
        few = await _poll(stores)
        await _plan(stores, FEW, MANY)
        many = await _poll(stores)
        await stores.estates.add([Estate(id="hy", name="海悦花园")])
        rules = Rulebook(stores)
        await rules.refresh()
        recompute, plain = _recompute(rules)
        await stores.close()
        await embedded.close()
    ratio, share = many / few, recompute / plain
    return [
        Figure(
            f"a look for due timers, {MANY:,} pending / {FEW}",
            f"{ratio:.2f} ({many * 1000:.2f} ms / {few * 1000:.2f} ms)",
            f"<= {POLL_LIMIT:.0f}",
            ratio <= POLL_LIMIT,
        ),
        Figure(
            f"due times and next step of {TICKETS:,} open tickets / reading them from rows",
            f"{share:.2f} ({recompute:.2f} s / {plain:.2f} s)",
            f"<= {RECOMPUTE_LIMIT:.0f}",
            share <= RECOMPUTE_LIMIT,
        ),
    ]


async def _plan(stores: Stores, first: int, last: int) -> None:
    for start in range(first, last, 1000):
        batch = [
            Timer(id=f"ladder:{n}", kind="ladder", due=NOW + timedelta(minutes=1, seconds=n), ticket_id=f"t{n}")
            for n in range(start, min(start + 1000, last))
        ]
        await stores.timers.plan(batch)


async def _poll(stores: Stores) -> float:
    """Median seconds of one look: what is due, and whose worker died."""

    async def once() -> None:
        await stores.timers.due(at=NOW)
        await stores.timers.stuck(wall=NOW)

    return await _median(once)


async def _median(what: Callable[[], Awaitable[None]]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await what()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def _recompute(rulebook: Rulebook) -> tuple[float, float]:
    """CPU seconds for due times, reasons and the next step of all tickets; and for reading them from their rows."""
    rules = rulebook.of("hy")
    categories = list(Category)
    rows = [
        Ticket(
            id=f"t{n}",
            number=f"R20260310-{n:04}",
            category=categories[n % 5],
            severity=("minor", "important", "major")[n % 3] if n % 5 == 1 else None,
            urgent=n % 10 == 0,
            estate_id="hy",
            opened_at=NOW - timedelta(minutes=n * 7 % 40_000),
            updated_at=NOW,
        ).row()
        for n in range(TICKETS)
    ]
    start = time.process_time()
    tickets = [Ticket.of(row) for row in rows]
    plain = time.process_time() - start
    start = time.process_time()
    for ticket in tickets:
        due = promises.fresh(ticket, ticket.opened_at, rules)
        why = promises.reasons(ticket, ticket.opened_at, rules)
        next_at(ticket.model_copy(update={"due": due, "due_why": why}), rules, NOW)
    return time.process_time() - start, plain


if __name__ == "__main__":
    import asyncio

    for figure in asyncio.run(measure()):
        print(figure.name, figure.value, figure.limit, figure.ok)
