"""What a ticket is found by: a few words of its matter, its building, its tags, the tail of its phone (as a hash).

One array under one index. Kept short on purpose: each term is an index entry that the server writes with the ticket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nlp.search import commonness, cut
from store.tickets import Ticket

MOST_WORDS = 8
LONGEST_NAME = 6
TOO_COMMON = 0.85
"""Words that are everywhere find nothing."""
TAG, BUILDING, TAIL, URGENT = "#", "@", "tel:", "!"
_WORD = re.compile(r"[\u3400-\u9fffa-z0-9]{2,12}|[\u3400-\u9fff]")


def words_of(text: str) -> list[str]:
    """The words of a text that are worth searching by, the rarest first."""
    found = dict.fromkeys(
        word
        for word in cut(text.lower()[:400])
        if len(word) > 1 and _WORD.fullmatch(word) and commonness(word) < TOO_COMMON
    )
    return sorted(found, key=lambda word: (commonness(word), -len(word)))


def terms_of(ticket: Ticket) -> tuple[str, ...]:
    """All of them."""
    own = words_of(f"{ticket.title} {ticket.subject or ''} {ticket.place or ''}")
    marks = list(dict.fromkeys([*own, *words_of(ticket.description)]))[:MOST_WORDS]
    if 2 <= len(ticket.owner_name) <= LONGEST_NAME:
        marks.append(ticket.owner_name)
    marks += [tag_mark(tag) for tag in ticket.tags]
    if ticket.urgent:
        marks.append(URGENT)
    if ticket.phone and ticket.phone.get("last4"):
        marks += tail_marks([str(ticket.phone["last4"])])
    terms = [term(ticket.estate_id, mark) for mark in dict.fromkeys(marks)]
    return (*terms, building_term(ticket.room_id)) if ticket.room_id else tuple(terms)


def with_terms(ticket: Ticket, changes: Mapping[str, Any]) -> dict[str, Any]:
    """These changes of a ticket together with the terms that follow from them."""
    return {**changes, "terms": list(terms_of(ticket.model_copy(update=dict(changes))))}


def term(estate_id: str, mark: str) -> str:
    """A mark as it is stored: with its estate, so that the tickets of a hundred others do not stand in the way."""
    return f"{estate_id}|{mark}"


def marks_of(ticket: Ticket) -> list[str]:
    """What a ticket is found by, without its estate."""
    return [stored.partition("|")[2] for stored in ticket.terms]


def tag_mark(tag: str) -> str:
    """What a tag is found by."""
    return f"{TAG}{tag}"


def building_mark(building: str) -> str:
    """What the tickets of a building are found by."""
    return f"{BUILDING}{building}"


def building_term(room_id: str) -> str:
    """The term of this room's building: ``hy|@3``."""
    estate, _, room = room_id.rpartition("/")
    return term(estate, building_mark(room.partition("-")[0]))


def tail_marks(hashes: Iterable[str]) -> list[str]:
    """What tickets with this last part of a phone number are found by, under the present and the previous key."""
    return [f"{TAIL}{known[:32]}" for known in hashes]
