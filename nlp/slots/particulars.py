"""All particulars of a text at once: only what its characters allow is looked for, so most texts cost a few lookups."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce
from itertools import repeat
from operator import or_
from typing import Any

from nlp.rooms import CLASSES, find_address
from nlp.slots.money import MONEY_CHARS, find_money
from nlp.slots.people import PEOPLE_CHARS, find_people
from nlp.slots.phones import SPOKEN_CHARS, find_phone
from nlp.slots.since import SINCE_CHARS, find_since
from nlp.slots.tracking import SHIPMENT_CHARS, find_shipment
from nlp.wishes import ESTATE_ZONE, WISH_CHARS, find_wish


def particulars(
    flat: str, now: datetime | None = None, *, wish: bool = True, answer: bool = False, room: bool = False
) -> dict[str, Any]:
    """Fields for ``Slots`` found in a flattened text; empty when it holds none.

    ``wish``: look for a wished time. ``answer``: the text answers the question for a time; ``room``: for a room.
    """
    found: dict[str, Any] = {}
    held = reduce(or_, map(_NEEDED.get, flat, _NONE), 0)
    if held & _ADDRESS:
        place = find_address(flat, answer=room)
        if place is not None:
            found["room" if place.number else "spot"] = place
    if held & _PHONE and len(flat) > 8:
        phone = find_phone(flat)
        if phone is not None:
            found["phone"] = phone
    if held & _TIME or answer:
        found |= _times(flat, now, wish=wish, answer=answer)
    if held & _MONEY:
        money = find_money(flat)
        if money is not None:
            found["money"] = money
    if held & _PEOPLE:
        people = find_people(flat)
        if people is not None:
            found["people"] = people
    if held & _SHIPMENT:
        shipment = find_shipment(flat)
        if shipment is not None:
            parts = (("carrier", shipment.carrier), ("tracking", shipment.number), ("tail", shipment.tail))
            found |= {name: value for name, value in parts if value}
    return found


def _times(flat: str, now: datetime | None, *, wish: bool, answer: bool) -> dict[str, Any]:
    today = (now or datetime.now(UTC)).astimezone(ESTATE_ZONE)
    found: dict[str, Any] = {}
    time = find_wish(flat, today, answer=answer) if wish else None
    if time is not None:
        found["time"] = time
    since = None if answer else find_since(flat, today)
    if since is not None and not (time is not None and since.text in time.text):
        found["since"] = since
    return found


_ADDRESS, _PHONE, _TIME, _MONEY, _PEOPLE, _SHIPMENT = (1 << place for place in range(6))
_NONE = repeat(0)


def _needed() -> dict[str, int]:
    """For each character the readers that may find something where it stands."""
    figures = frozenset("0123456789")
    needed: dict[str, int] = {}
    for bit, chars in (
        (_ADDRESS, CLASSES), (_PHONE, figures | SPOKEN_CHARS), (_TIME, WISH_CHARS | SINCE_CHARS),
        (_MONEY, MONEY_CHARS), (_PEOPLE, PEOPLE_CHARS), (_SHIPMENT, SHIPMENT_CHARS | figures),
    ):  # fmt: skip
        for char in chars:
            needed[char] = needed.get(char, 0) | bit
    return needed


_NEEDED = _needed()
