"""The dispatch board: who has what, what nobody has, what waits to be grabbed; one reading of what is open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from desk.actors import Actor
from desk.lateness import Lateness, lateness
from desk.scope import visible
from desk.workload import Person, Workload
from store.clock import Clock
from store.stores import Stores
from store.teams import Team
from store.tickets import State, Ticket


@dataclass(frozen=True, slots=True)
class Order:
    """An open ticket, how it stands, and to whom it was offered."""

    ticket: Ticket
    stands: Lateness
    offered_to: tuple[str, ...] = ()
    offered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A colleague with what they have."""

    person: Person
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A team, or those who are in none."""

    team: Team | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All of it."""

    at: datetime
    columns: tuple[Column, ...]
    unassigned: tuple[Order, ...]
    grab: tuple[Order, ...]


async def board_of(stores: Stores, workload: Workload, clock: Clock, actor: Actor, estate_id: str = "") -> Board:
    """The board of the caller's estates, or of one of them."""
    now = clock.now()
    rows = [
        row
        for row in await stores.tickets.all_open()
        if visible(row, actor) and (not estate_id or row.estate_id == estate_id)
    ]
    orders = sorted((Order(row, lateness(row, now)) for row in rows), key=_burning)
    theirs: dict[str, list[Order]] = defaultdict(list)
    free: list[Order] = []
    for order in orders:
        if order.ticket.executor:
            theirs[order.ticket.executor].append(order)
        else:
            free.append(order)
    offered = await stores.tickets.offers([o.ticket.id for o in free if o.ticket.state is State.NEW and o.ticket.team])
    grab = [
        Order(order.ticket, order.stands, tuple(event.data.get("to", ())), event.at)
        for order in free
        if (event := offered.get(order.ticket.id)) is not None
    ]
    waiting = {order.ticket.id for order in grab}
    people = await workload.people(actor, estate_id)
    teams = {team.id: team for person in people for team in person.teams}
    columns = [
        Column(team, tuple(_row(one, theirs) for one in people if team in one.teams))
        for team in sorted(teams.values(), key=lambda team: team.id)
    ]
    alone = tuple(_row(one, theirs) for one in people if not one.teams)
    known = {one.staff.id for one in people}
    # Somebody who has left, or is in another scope, still has work here: it must not vanish from the board.
    lost = [order for name, left in theirs.items() if name not in known for order in left]
    return Board(
        now,
        (*columns, Column(None, alone)),
        tuple(order for order in sorted([*free, *lost], key=_burning) if order.ticket.id not in waiting),
        tuple(grab),
    )


def _row(person: Person, theirs: dict[str, list[Order]]) -> Row:
    return Row(person, tuple(theirs.get(person.staff.id, ())))


def _burning(order: Order) -> tuple[bool, float, float]:
    """What falls due first; what has no target last."""
    by = order.stands.next_by
    return (by is None, by.timestamp() if by else 0.0, order.ticket.opened_at.timestamp())
