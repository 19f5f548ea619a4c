"""All particulars of a text at once: only what its characters allow is looked for, so most texts cost a few lookups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nlp.rooms import find_address
from nlp.slots.money import find_money
from nlp.slots.people import find_people
from nlp.slots.phones import find_phone
from nlp.slots.since import find_since
from nlp.slots.tracking import find_shipment
from nlp.wishes import ESTATE_ZONE, find_wish

_DIGITS = frozenset("0123456789")
_SPOKEN = frozenset("幺零〇")


def particulars(
    flat: str, now: datetime | None = None, *, wish: bool = True, answer: bool = False, room: bool = False
) -> dict[str, Any]:
    """Fields for ``Slots`` found in a flattened text; empty when it holds none.

    ``wish``: look for a wished time. ``answer``: the text answers the question for a time; ``room``: for a room.
    """
    found: dict[str, Any] = {}
    chars = frozenset(flat)
    digits = not chars.isdisjoint(_DIGITS)
    place = find_address(flat, answer=room)
    if place is not None:
        found["room" if place.number else "spot"] = place
    if len(flat) > 9 and (digits or not chars.isdisjoint(_SPOKEN)):
        phone = find_phone(flat)
        if phone is not None:
            found["phone"] = phone
    today = (now or datetime.now(UTC)).astimezone(ESTATE_ZONE)
    time = find_wish(flat, today, answer=answer) if wish else None
    if time is not None:
        found["time"] = time
    since = None if answer else find_since(flat, today)
    if since is not None and not (time is not None and since.text in time.text):
        found["since"] = since
    money = find_money(flat)
    if money is not None:
        found["money"] = money
    people = find_people(flat)
    if people is not None:
        found["people"] = people
    shipment = find_shipment(flat)
    if shipment is not None:
        found |= {
            name: value
            for name, value in (
                ("carrier", shipment.carrier), ("tracking", shipment.number), ("tail", shipment.tail),
            )
            if value
        }  # fmt: skip
    return found
