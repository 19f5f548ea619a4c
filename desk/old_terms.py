"""Tickets from before there were terms get theirs, a batch at a time, the oldest first; each is looked at once.

What a ticket is found by is cut by the rules of the desk, so it is no migration of the store: a worker does it beside
its work, and remembers how far it came. Terms are only ever added: others (an owner's later words) may be there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.ticket_terms import URGENT, term, terms_of
from store.clock import Clock
from store.stores import Stores
from store.tickets import Ticket

MARK = "mark:ticket terms"
BATCH = 200
FIRST_STEP = timedelta(days=1)
TICK = timedelta(milliseconds=1)
BEHIND = timedelta(hours=1)
"""Tickets of the last hour were opened by this version, or will be looked at when it is over."""


class OldTerms:
    """Any number of workers may run it: what is added twice is there once."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._until: datetime | None = None

    async def catch_up(self, most: int = BATCH) -> int:
        """Look at up to about ``most`` tickets that nobody has looked at yet; gives how many."""
        end = self._clock.now() - BEHIND
        if self._until is None:
            self._until = await self._stores.search.read_mark(MARK)
        since, step, seen = self._until, FIRST_STEP, 0
        if since >= end - BEHIND:
            return 0
        while since < end and seen < most:
            until = min(since + step, end)
            rows = await self._stores.tickets.with_words(since=since, before=until, limit=most)
            for row in rows:
                if missing := missing_of(row):
                    await self._stores.tickets.add_terms(row.id, missing)
            seen += len(rows)
            if len(rows) >= most:  # the rest of this step comes next time, from here on
                until = max(rows[-1].opened_at, since + TICK)
            since, step = until, step if rows else step * 4
        await self._stores.search.move_mark(since, MARK)
        self._until = since
        return seen


def missing_of(ticket: Ticket) -> list[str]:
    """The terms that it should have been written with."""
    if not ticket.terms:
        return list(terms_of(ticket))
    urgent = term(ticket.estate_id, URGENT)
    return [urgent] if ticket.urgent and urgent not in ticket.terms else []
