"""How far somebody is on the tour, read from what the desk has on record: whoever did it, and wherever, counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.emulator.users import openid_for
from desk.desk import Desk
from nlp import Intent
from store.messages import Direction
from store.tickets import State, Ticket

MOST = 50
ASKED = {
    Intent.PARCEL_LOOKUP,
    Intent.PARCEL_MISSING,
    Intent.INQUIRY,
    Intent.PROGRESS,
    Intent.PERSON,
    Intent.NUDGE,
}
"""What counts as a question in step four."""


async def progress(desk: Desk, app_id: str, owner: str, since: datetime | None) -> dict[str, Any]:
    """The ticket that the tour is about and which of the four steps are done, of what happened after ``since``."""
    now = desk.clock.now()
    since = since or now
    found: dict[str, Any] = {"now": now.isoformat(), "steps": [False] * 4, "ticket": None}
    conversation = await desk.stores.conversations.find(f"{app_id}:{openid_for(app_id, owner)}")
    if conversation is None:
        return found
    until = now + timedelta(seconds=1)
    tickets = await desk.stores.tickets.of_owner(conversation.person_id, before=until, since=since, limit=MOST)
    ticket = tickets[-1] if tickets else None
    lines = await desk.stores.messages.timeline(conversation.id, before=until, since=since, limit=MOST)
    intents = {
        (line.understanding or {}).get("intent")
        for line in lines
        if line.direction is Direction.INBOUND and line.understanding
    }
    found["steps"] = [
        ticket is not None,
        ticket is not None and ticket.state is not State.NEW,
        ticket is not None and ticket.revisit.answered_at is not None,
        bool(intents & {str(intent) for intent in ASKED}),
    ]
    if ticket is not None:
        asked = any(one.ticket_id == ticket.id for one in conversation.revisits)
        found["ticket"] = {**_view(ticket), "asked": asked}
    return found


def _view(ticket: Ticket) -> dict[str, Any]:
    return {"number": ticket.number, "title": ticket.title, "state": str(ticket.state)}
