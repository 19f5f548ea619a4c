"""What timers cost: a look for what is due among 100 and among 100,000, and working out the times of 10,000 tickets."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

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
ROUNDS = 300
WARM_UP = 20
TICKETS = 10_000
POLL_LIMIT = 1.3
RECOMPUTE_LIMIT = 3.0
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


async def measure() -> list[Figure]:
    """Polling as a ratio of the same look among few; recomputing as a ratio of making the tickets' objects."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=False)
        uri = embedded.mongodb_uri or ""
        stores, other = await _stores(uri, "few"), await _stores(uri, "many")
        await _plan(stores, FEW)
        await _plan(other, MANY)
        few, many = await _polls(stores, other)
        await stores.estates.add([Estate(id="hy", name="海悦花园")])
        rules = Rulebook(stores)
        await rules.refresh()
        recompute, plain = _recompute(rules)
        await stores.close()
        await other.close()
        await embedded.close()
    ratio, share = many / few, recompute / plain
    return [
        Figure(
            f"a look for due timers, {MANY:,} pending / {FEW}",
            f"{ratio:.2f} ({many * 1000:.2f} ms / {few * 1000:.2f} ms)",
            f"<= {POLL_LIMIT}",
            ratio <= POLL_LIMIT,
        ),
        Figure(
            f"due times and next step of {TICKETS:,} open tickets / reading them from rows",
            f"{share:.2f} ({recompute:.2f} s / {plain:.2f} s)",
            f"<= {RECOMPUTE_LIMIT:.0f}",
            share <= RECOMPUTE_LIMIT,
        ),
    ]


async def _stores(uri: str, name: str) -> Stores:
    from store.clock import SystemClock

    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=SystemClock())
    return stores


async def _plan(stores: Stores, count: int) -> None:
    for start in range(0, count, 1000):
        batch = [
            Timer(id=f"ladder:{n}", kind="ladder", due=NOW + timedelta(minutes=1, seconds=n), ticket_id=f"t{n}")
            for n in range(start, min(start + 1000, count))
        ]
        await stores.timers.plan(batch)


async def _polls(few: Stores, many: Stores) -> tuple[float, float]:
    """Median seconds of a look (what is due, and whose worker died) among few and among many.

    By turns, so that whatever else the machine and the server do (writing down what was just inserted) hits both.
    """
    times: dict[str, list[float]] = {"few": [], "many": []}
    for turn in range(ROUNDS + WARM_UP):
        for name, stores in (("few", few), ("many", many)):
            start = time.perf_counter()
            await stores.timers.due(at=NOW)
            await stores.timers.stuck(wall=NOW)
            if turn >= WARM_UP:
                times[name].append(time.perf_counter() - start)
    return median(times["few"]), median(times["many"])


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
