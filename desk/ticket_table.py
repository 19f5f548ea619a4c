"""The table of tickets: what it is narrowed by, and how each narrowing stays cheap however many tickets there are.

Open tickets are few and are read whole. Everything else goes through one selective index (number, term, room) inside
a window of time, and the rest is sifted here: an index on the estate beside a selective one makes the server choose
the wrong one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desk.actors import Actor
from desk.api.reach import Reach
from desk.lateness import lateness
from desk.rulebook import Rulebook
from desk.scope import building_of, visible
from desk.ticket_terms import LONGEST_NAME, URGENT, building_mark, marks_of, tag_mark, tail_marks, term, words_of
from store.clock import Clock
from store.errors import NotFound
from store.stores import Stores
from store.tickets import OPEN, State, Ticket

NOBODY = "none"
SHARED = timedelta(seconds=1)
FEW_STATES = 3
"""So many are asked for one by one; more of them are most of what there is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table shows."""

    states: tuple[State, ...] = ()
    """Empty: every state."""
    category: str | None = None
    estate: str | None = None
    building: str | None = None
    rooms: tuple[str, ...] | None = None
    executor: str | None = None
    """A user name, or ``none``."""
    team: str | None = None
    urgent: bool | None = None
    breached: bool | None = None
    tag: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    number: str | None = None
    terms: tuple[str, ...] = ()
    """All of these."""
    tails: tuple[str, ...] = ()
    """Any of these: the same part of a phone number under two keys."""

    @property
    def open_only(self) -> bool:
        """Whether all that is wanted is open."""
        return bool(self.states) and set(self.states) <= set(OPEN)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is open."""

    states: dict[str, int] = field(default_factory=dict)
    open: int = 0
    urgent: int = 0
    breached: int = 0
    unassigned: int = 0
    mine: int = 0
    waiting: int = 0


WAITING = (State.WAITING_OWNER, State.WAITING_PARTS, State.DEFERRED)


class TicketTable:
    """Reads what the table shows."""

    def __init__(self, stores: Stores, rules: Rulebook, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._clock = clock
        self._open: list[Ticket] = []
        self._open_at: datetime | None = None
        self._reading = asyncio.Lock()
        self.reach = Reach()
        """How dense the lists of this database are, as far as this process knows."""

    def search(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a search means: words that all have to be there, and the tails of a phone number."""
        plain = "".join(text.split())
        if plain.isdecimal() and len(plain) in (4, 11):
            return (), tuple(tail_marks(self._stores.sealer.hashes(plain[-4:])))
        # What is no word of the dictionary may be somebody's name.
        name = (plain,) if 2 <= len(plain) <= LONGEST_NAME and plain.isalpha() else ()
        return tuple(words_of(text)) or name, ()

    async def by_number(self, number: str) -> list[Ticket]:
        """The ticket of this number, or nothing."""
        try:
            return [await self._stores.tickets.by_number(number)]
        except NotFound:
            return []

    async def open_now(self, wanted: Wanted, actor: Actor) -> list[Ticket]:
        """Everything open that is wanted, by what falls due first; what has no target comes last, the oldest first."""
        now = self._clock.now()
        rows = [row for row in await self._stores.tickets.all_open() if self.keeps(row, wanted, actor)]
        far = datetime.max.replace(tzinfo=now.tzinfo)
        return sorted(rows, key=lambda row: (lateness(row, now).next_by or far, row.opened_at, row.id))

    async def fetch(self, wanted: Wanted, actor: Actor, before: datetime, since: datetime, limit: int) -> list[Ticket]:
        """Newest first in a window of ``opened_at``, by the most selective index; ``keeps`` sifts the rest."""
        before = min(before, wanted.before) if wanted.before else before
        since = max(since, wanted.since) if wanted.since else since
        if since >= before:
            return []
        scope = [wanted.estate] if wanted.estate else list(actor.estates)
        marks = wanted.tails or self._rarest(wanted)
        everywhere = scope or [*(estate.id for estate in self._rules.estates), ""]
        terms = [term(estate, mark) for estate in everywhere for mark in marks]
        window: dict[str, Any] = {"before": before, "since": since, "limit": limit}
        if terms:
            asked: list[dict[str, Any]] = [{"terms": terms}]
        elif wanted.rooms is not None:
            asked = [{"room": room} for room in wanted.rooms]
        elif wanted.executor is not None:
            who = None if wanted.executor == NOBODY else wanted.executor
            return await self._of_executor(who, wanted.states or tuple(State), before, since, limit)
        elif 0 < len(wanted.states) <= FEW_STATES and self._everywhere(scope):
            asked = [{"state": state.value} for state in wanted.states]
        else:
            asked = [{"estates": scope or None}]
        found = [row for one in asked for row in await self._stores.tickets.listed(**one, **window)]
        return sorted(found, key=lambda row: row.opened_at, reverse=True)[:limit]

    async def _of_executor(
        self, who: str | None, states: Sequence[State], before: datetime, since: datetime, limit: int
    ) -> list[Ticket]:
        """One question for each state: the index that counts their open work serves this too."""
        found: list[Ticket] = []
        for state in states:
            found += await self._stores.tickets.of_executor(who, state, before=before, since=since, limit=limit)
        return sorted(found, key=lambda row: row.opened_at, reverse=True)[:limit]

    def _everywhere(self, scope: Sequence[str]) -> bool:
        """Whether a scope leaves nothing out that an index on the estate would."""
        return not scope or {estate.id for estate in self._rules.estates} <= set(scope)

    def keeps(self, row: Ticket, wanted: Wanted, actor: Actor) -> bool:
        """Whether a row is wanted, and the caller may see it."""
        fields = (
            (wanted.category, row.category.value),
            (wanted.estate, row.estate_id),
            (wanted.building, building_of(row)),
            (wanted.team, row.team),
            (wanted.urgent, row.urgent),
            (wanted.number, row.number),
        )
        if any(asked is not None and asked != has for asked, has in fields) or not visible(row, actor):
            return False
        if wanted.states and row.state not in wanted.states:
            return False
        if wanted.rooms is not None and row.room_id not in wanted.rooms:
            return False
        if wanted.executor is not None and (row.executor or NOBODY) != wanted.executor:
            return False
        if wanted.tag is not None and wanted.tag not in row.tags:
            return False
        if wanted.terms or wanted.tails:
            marks = set(marks_of(row))
            if not marks.issuperset(wanted.terms) or (wanted.tails and marks.isdisjoint(wanted.tails)):
                return False
        if (wanted.since and row.opened_at < wanted.since) or (wanted.before and row.opened_at >= wanted.before):
            return False
        return wanted.breached is None or bool(lateness(row, self._clock.now()).late) is wanted.breached

    async def counts(self, wanted: Wanted, actor: Actor) -> Counts:
        """How much is open, in one reading."""
        now = self._clock.now()
        rows = [row for row in await self._shared_open() if self.keeps(row, wanted, actor)]
        return Counts(
            states=dict(Counter(row.state.value for row in rows)),
            open=len(rows),
            urgent=sum(row.urgent for row in rows),
            breached=sum(bool(lateness(row, now).late) for row in rows),
            unassigned=sum(row.executor is None for row in rows),
            mine=sum(row.executor == actor.id for row in rows),
            waiting=sum(row.state in WAITING for row in rows),
        )

    async def _shared_open(self) -> list[Ticket]:
        """What is open, read at most once a second for all who count: every tab asks after every event."""
        async with self._reading:
            wall = self._clock.wall()
            if self._open_at is None or not timedelta(0) <= wall - self._open_at < SHARED:
                self._open, self._open_at = await self._stores.tickets.all_open(), wall
        return self._open

    @staticmethod
    def _rarest(wanted: Wanted) -> tuple[str, ...]:
        """The one mark to ask the index for; empty: there is none."""
        if wanted.tag is not None:
            return (tag_mark(wanted.tag),)
        if wanted.terms:
            return wanted.terms[:1]
        if wanted.urgent:
            return (URGENT,)
        return (building_mark(wanted.building),) if wanted.building is not None else ()
