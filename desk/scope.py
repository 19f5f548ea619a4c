"""Which tickets a colleague may see: decided here once, whichever page or rule asks."""

from __future__ import annotations

from desk.actors import Actor
from store.staff import Role
from store.tickets import Ticket


def visible(ticket: Ticket, actor: Actor) -> bool:
    """Whether a colleague may see this ticket: their estates and buildings; technicians: own and free ones."""
    return reaches(actor, ticket.estate_id, building_of(ticket), ticket.category.value, ticket.executor)


def reaches(actor: Actor, estate_id: str, building: str, category: str, executor: str | None) -> bool:
    """Whether a ticket of this kind in this place, done by this executor, is in a colleague's scope."""
    if actor.kind != "staff":
        return True
    # Work that was given to somebody is in their scope, though it be in another building; another estate is not.
    if not actor.in_scope(estate_id, "" if executor == actor.id else building):
        return False
    if actor.categories and category not in actor.categories and executor != actor.id:
        return False
    if actor.role is Role.TECHNICIAN:
        return executor in (None, actor.id)
    return True


def building_of(ticket: Ticket) -> str:
    """The building in the ticket's room id, or empty."""
    return (ticket.room_id or "").rpartition("/")[2].partition("-")[0]
