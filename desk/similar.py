"""Past cases like this one: the same rare words lately, in the same building or room first. Bounded, so cheap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desk.actors import Actor
from desk.scope import building_of, visible
from desk.ticket_terms import BUILDING, TAG, TAIL, marks_of, term
from store.stores import Stores
from store.tickets import State, Ticket

WINDOWS = (timedelta(days=30), timedelta(days=180))
MOST_WORDS = 3
MOST_READ = 60
ENOUGH = 5
DONE = (State.RESOLVED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket like another one, and what they have in common."""

    ticket: Ticket
    why: tuple[str, ...]
    score: float


async def similar_to(ticket: Ticket, stores: Stores, actor: Actor, *, most: int = ENOUGH) -> list[Case]:
    """Earlier tickets about the same, the likest first."""
    words = _words(ticket)
    found: dict[str, Case] = {}
    for window in WINDOWS:
        for word in words[:MOST_WORDS]:
            rows = await stores.tickets.listed(
                estates=None,
                state=None,
                category=None,
                room=None,
                executor=None,
                terms=[term(ticket.estate_id, word)],
                before=ticket.opened_at,
                since=ticket.opened_at - window,
                limit=MOST_READ,
            )
            for row in rows:
                if row.id != ticket.id and row.estate_id == ticket.estate_id and visible(row, actor):
                    found.setdefault(row.id, _case(row, ticket, words))
        if len(found) >= most:
            break
    return sorted(found.values(), key=lambda case: (-case.score, -case.ticket.opened_at.timestamp()))[:most]


def _words(ticket: Ticket) -> list[str]:
    """Its words, the rarest first; no tags, no names."""
    return [
        mark for mark in marks_of(ticket) if not mark.startswith((BUILDING, TAG, TAIL)) and mark != ticket.owner_name
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
