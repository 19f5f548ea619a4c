"""Who may hear of a live event: whoever may read what it is about, in their scope."""

from __future__ import annotations

from desk.actors import Actor
from desk.permissions import DESK, may
from desk.scope import reaches
from store.live import Event
from store.staff import Role

READ_BY = {
    "message": "GET /conversations/{id}/messages",
    "conversation": "GET /conversations/{id}",
    "delivery": "GET /conversations/{id}/messages",
    "ticket": "GET /tickets/{number}",
    "alert": "GET /alerts",
    "question": "GET /questions/{id}",
    "promise": "GET /promises",
    "incident": "GET /incidents/{number}",
    "parcel": "GET /parcels/{id}",
    "article": "GET /knowledge/articles/{id}",
    "staff": "GET /staff",
    "settings": "GET /settings",
    "duty": "GET /duty/{id}",
    "call": "GET /calls",
}
"""By which route one reads what changed. Other kinds are for the desk."""


def may_hear(actor: Actor, event: Event) -> bool:
    """Whether this colleague hears of it."""
    if event.to:
        return actor.id in event.to
    if event.kind == "presence":
        return _sees_place(actor, event) and event.staff != actor.id
    if event.kind == "ticket":
        return _sees_ticket(actor, event) or (actor.id in event.was and actor.in_scope(event.estate_id or ""))
    route = READ_BY.get(event.kind)
    if not (may(actor.role, route) if route else actor.role in DESK):
        return False
    if event.kind == "question" and actor.id == event.executor:
        return True
    if event.kind == "question" and actor.role is Role.TECHNICIAN:
        return False
    return not event.estate_id or actor.in_scope(event.estate_id, event.building)


def _sees_ticket(actor: Actor, event: Event) -> bool:
    return may(actor.role, READ_BY["ticket"]) and reaches(
        actor, event.estate_id or "", event.building, event.category, event.executor
    )


def _sees_place(actor: Actor, event: Event) -> bool:
    if event.ticket is not None:
        return _sees_ticket(actor, event)
    return may(actor.role, READ_BY["conversation"]) and (not event.estate_id or actor.in_scope(event.estate_id))
