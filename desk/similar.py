"""Past cases like this one: the same rare words lately, in the same building or room first. Bounded, so cheap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desk.actors import Actor
from desk.scope import building_of, visible
from desk.ticket_terms import BUILDING, TAG, TAIL, URGENT, marks_of, term
from store.stores import Stores
from store.tickets import State, Ticket

FARTHEST = timedelta(days=180)
FIRST, GROWS = timedelta(days=3), 4
"""How far back the first look goes while nothing is known of how often a word is said."""
MOST_WORDS = 3
ENOUGH_READ, MOST_READ = 20, 40
"""Tickets of one word: as many are looked for, and not more than so many are compared."""
SLACK = 1.3
MOST_KNOWN = 2000
ENOUGH = 5
LEAST = timedelta(minutes=1)
DONE = (State.RESOLVED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket like another one, and what they have in common."""

    ticket: Ticket
    why: tuple[str, ...]
    score: float


class Similar:
    """Finds them; it learns how often each word is said, since a window is read whole however few rows are wanted."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._reach: dict[str, timedelta] = {}

    async def to(self, ticket: Ticket, actor: Actor, *, most: int = ENOUGH) -> list[Case]:
        """Earlier tickets about the same, the likest first."""
        words = _words(ticket)
        rows = [row for word in words[:MOST_WORDS] for row in await self._with(term(ticket.estate_id, word), ticket)]
        found = {
            row.id: _case(row, ticket, words)
            for row in rows
            if row.id != ticket.id and row.estate_id == ticket.estate_id and visible(row, actor)
        }
        return sorted(found.values(), key=lambda case: (-case.score, -case.ticket.opened_at.timestamp()))[:most]

    async def _with(self, asked: str, ticket: Ticket) -> list[Ticket]:
        """The newest before this one with a term: up to ``MOST_READ``, or all of half a year."""
        before, end = ticket.opened_at, ticket.opened_at - FARTHEST
        width = self._reach.get(asked, FIRST)
        found: list[Ticket] = []
        while before > end and len(found) < ENOUGH_READ:
            since = max(before - width, end)
            rows = await self._stores.tickets.listed(terms=[asked], before=before, since=since, limit=MOST_READ)
            found += rows
            before, width = since, width * GROWS
        if len(self._reach) >= MOST_KNOWN:
            self._reach.clear()
        span = ticket.opened_at - (found[ENOUGH_READ - 1].opened_at if len(found) >= ENOUGH_READ else end)
        self._reach[asked] = max(span * SLACK, LEAST)
        return found[:MOST_READ]


def _words(ticket: Ticket) -> list[str]:
    """Its words, the rarest first; no tags, no names."""
    return [
        mark
        for mark in marks_of(ticket)
        if not mark.startswith((BUILDING, TAG, TAIL, URGENT)) and mark != ticket.owner_name
    ]


def _case(row: Ticket, ticket: Ticket, words: list[str]) -> Case:
    marks = set(_words(row))
    shared = [word for word in words if word in marks]
    why = list(shared[:3])
    score = float(len(shared))
    if row.category is ticket.category:
        score += 0.5
    if row.subject and row.subject == ticket.subject:
        score += 1
        why.insert(0, row.subject)
    if row.room_id and row.room_id == ticket.room_id:
        score += 2
        why.append("同一户")
    elif building_of(row) and building_of(row) == building_of(ticket):
        score += 1
        why.append("同一栋")
    if row.state in DONE and row.resolution:
        score += 1
    return Case(row, tuple(dict.fromkeys(why)), score)
