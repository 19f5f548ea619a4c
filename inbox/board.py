"""The dispatch board for staff: one read; giving work out goes by the tickets' own routes."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.board import Column, Order, Row, board_of
from inbox.access import at_the_desk
from inbox.ticket_views import Colleague
from inbox.views import TicketCard, View

routes: Routes[Actor] = Routes("inbox: board")


class BoardQuery(Input):
    """Of which estate."""

    estate: str = Field(default="", max_length=40)


class BoardTicket(TicketCard):
    """A card on the board."""

    team: str | None
    tags: list[str]
    next: str | None
    next_by: datetime | None
    late: list[str]
    offered_to: list[str]
    offered_at: datetime | None

    @classmethod
    def of(cls, order: Order) -> Self:
        """As the board shows it."""
        ticket, stands = order.ticket, order.stands
        return cls.showing(
            ticket,
            **cls.otherwise(ticket),
            next=stands.next,
            next_by=stands.next_by,
            late=list(stands.late),
            offered_to=list(order.offered_to),
            offered_at=order.offered_at,
        )


class BoardPerson(Colleague):
    """A colleague with what they have."""

    tickets: list[BoardTicket]

    @classmethod
    def of(cls, row: Row) -> Self:
        """As the board shows them; the load counts all they have, the cards only what the caller may see."""
        return cls(**cls.fields_of(row.person), tickets=[BoardTicket.of(order) for order in row.orders])


class BoardTeam(View):
    """A column."""

    id: str
    name: str
    kind: str
    estate: str
    people: list[BoardPerson]

    @classmethod
    def of(cls, column: Column) -> Self:
        """A team, or those in none."""
        team = column.team
        return cls(
            id=team.id if team else "",
            name=team.name if team else "",
            kind=team.kind if team else "",
            estate=team.estate_id if team else "",
            people=[BoardPerson.of(row) for row in column.rows],
        )


class BoardView(View):
    """Who has what, what nobody has, what waits to be grabbed."""

    at: datetime
    teams: list[BoardTeam]
    others: BoardTeam
    unassigned: list[BoardTicket]
    grab: list[BoardTicket]


@routes.get("/board")
async def board(call: Call[Actor], query: BoardQuery) -> BoardView:
    """All of it in one read."""
    actor = at_the_desk(call)
    desk = call.desk
    made = await board_of(desk.stores, desk.workload, desk.clock, actor, query.estate)
    return BoardView(
        at=made.at,
        teams=[BoardTeam.of(column) for column in made.columns if column.team is not None],
        others=BoardTeam.of(made.columns[-1]),
        unassigned=[BoardTicket.of(order) for order in made.unassigned],
        grab=[BoardTicket.of(order) for order in made.grab],
    )
