"""Somebody reports what is known already: answered at once with what is known, and linked."""

from __future__ import annotations

import re

from desk.alike import group
from handlers.context import Context
from handlers.wanted import Wanted
from store.incidents import Incident
from store.tickets import Category

DANGER = re.compile("困|关在|被夹|着火|起火|冒烟|火花|触电|漏电|燃气味|煤气味|异味|晕|受伤|爆")
"""Whoever is in danger needs their own answer, whatever is going on in the building."""


def going_on(
    ctx: Context, wanted: Wanted, category: Category, *, estate_id: str, room_id: str | None, place: str = ""
) -> Incident | None:
    """The confirmed incident that this report belongs to. Costs no store operation."""
    if category not in (Category.REPAIR, Category.COMPLAINT) or DANGER.search(wanted.text):
        return None
    alike = group(estate_id, room_id, category, wanted.text, wanted.slots.object, place=place)
    return ctx.desk.incidents.going_on(alike)


def link(incident: Incident | None) -> tuple[dict[str, str], ...]:
    """How the new ticket names it; the desk then knows that its owner has read of it."""
    return ({"kind": "incident", "id": incident.id, "number": incident.number},) if incident else ()


def known(ctx: Context, links: tuple[dict[str, str], ...], number: str) -> str | None:
    """What is said instead of a receipt; None for a ticket of no incident."""
    ids = {one.get("id") for one in links if one.get("kind") == "incident"}
    incident = ctx.desk.incidents.by_id(ids) if ids else None
    return ctx.desk.incident_news.answer(incident, number) if incident else None
