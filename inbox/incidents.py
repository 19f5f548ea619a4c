"""Incidents and severities for staff: confirm, dismiss, make by hand, one word to all, close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.scope import visible
from inbox.access import at_the_desk, the_ticket, ticket_view
from inbox.views import TicketFull, View
from store.incidents import ALIVE, Incident, IncidentState, Member
from store.tickets import State, Ticket

LONG = 300
routes: Routes[Actor] = Routes("inbox: incidents")


class MemberView(View):
    """One ticket of an incident."""

    number: str
    room_id: str | None
    at: datetime
    room: str = ""
    """As on the door; this and what follows only for tickets that the caller may see."""
    title: str = ""
    state: State | None = None
    urgent: bool = False
    owner_name: str = ""
    executor_name: str = ""

    @classmethod
    def of(cls, member: Member, ticket: Ticket | None) -> Self:
        """A member with what its ticket says now."""
        if ticket is None:
            return cls(number=member.number, room_id=None, at=member.at)
        return cls.showing(
            ticket, number=member.number, room_id=member.room_id, at=member.at, room=ticket.room_name or ""
        )


class UpdateView(View):
    """One word to all members."""

    at: datetime
    by: str
    kind: str
    text: str
    owner_text: str
    expected_at: datetime | None
    told: int
    """To how many tickets so far."""


class IncidentRow(View):
    """An incident in a list."""

    number: str
    state: IncidentState
    title: str
    estate: str
    building: str
    category: str
    subject: str
    urgent: bool
    severity: str | None
    reasons: list[str]
    reports: int
    people: int
    expected_at: datetime | None
    created_at: datetime
    changed_at: datetime
    version: int

    @classmethod
    def otherwise(cls, incident: Incident) -> dict[str, Any]:
        """What rows and whole incidents say in another way than it is kept."""
        return {"estate": incident.estate_id, "reports": len(incident.members), "people": len(incident.people)}

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """The row of an incident."""
        return cls.showing(incident, **cls.otherwise(incident))


class IncidentFull(IncidentRow):
    """An incident with its members and what was said."""

    members: list[MemberView]
    updates: list[UpdateView]
    created_by: str
    decided_by: str
    reason: str

    @classmethod
    def whole(cls, incident: Incident, tickets: Mapping[str, Ticket]) -> Self:
        """All of it; ``tickets`` by id: those of its members that the caller may see."""
        members = [MemberView.of(one, tickets.get(one.ticket_id)) for one in incident.members]
        updates = [UpdateView.showing(one, told=incident.progress.get(one.id, 0)) for one in incident.updates]
        return cls.showing(incident, **cls.otherwise(incident), members=members, updates=updates)


class IncidentPage(View):
    """A page of incidents, newest first."""

    items: list[IncidentRow]
    next: str | None


class IncidentQuery(PageQuery):
    """Which incidents."""

    state: IncidentState | Literal["open"] | None = Field(default=None, description="open: proposed or confirmed")


class MembersIn(Input):
    """Tickets that belong to it."""

    tickets: list[str] = Field(min_length=1, max_length=200, description="numbers")


class IncidentIn(MembersIn):
    """Tickets that are one event."""

    title: str = Field(default="", max_length=40)
    building: str | None = Field(default=None, max_length=20, description="empty: the whole estate")


class ConfirmIn(Input):
    """What all members hear first."""

    text: str = Field(default="", max_length=LONG)
    title: str = Field(default="", max_length=40)
    expected_at: AwareDatetime | None = None


class DismissIn(Input):
    """Why it is no incident."""

    reason: str = Field(min_length=1, max_length=LONG)


class UpdateIn(Input):
    """How it goes on."""

    text: str = Field(default="", max_length=LONG)
    expected_at: AwareDatetime | None = None


class CloseIn(Input):
    """What was done."""

    text: str = Field(min_length=1, max_length=LONG)


class SeverityIn(Input):
    """What the supervisor decides."""

    severity: Literal["minor", "important", "major"]
    reason: str = Field(default="", max_length=LONG)


@routes.get("/incidents")
async def incidents(call: Call[Actor], query: IncidentQuery) -> IncidentPage:
    """Incidents in the caller's scope."""
    actor = at_the_desk(call)
    state = ALIVE if query.state == "open" else query.state

    page = await call.page(
        partial(call.desk.stores.incidents.listed, state),
        lambda incident: Position(incident.created_at, incident.id),
        query,
        name=f"inbox.incidents:{query.state}",
        keep=lambda incident: actor.in_scope(incident.estate_id, incident.building),
    )
    return IncidentPage(items=[IncidentRow.of(row) for row in page.rows], next=page.next)


@routes.get("/incidents/{number}")
async def incident(call: Call[Actor]) -> IncidentFull:
    """One incident with its members."""
    return await _whole(call, await _named(call))


@routes.post("/incidents", status=201)
async def make(call: Call[Actor], body: IncidentIn) -> IncidentFull:
    """An incident by hand; nothing is said to anybody before it is confirmed."""
    tickets = await _tickets(call, body.tickets)
    made = await call.desk.incidents.make(tickets, call.who, title=body.title, building=body.building, key=call.key)
    return await _whole(call, made)


@routes.post("/incidents/{number}/confirm")
async def confirm_incident(call: Call[Actor], body: ConfirmIn) -> IncidentFull:
    """It is one event: all members hear that it is known."""
    changed = await call.desk.incidents.confirm(
        await _named(call), call.who, text=body.text, title=body.title, expected_at=body.expected_at, key=call.key
    )
    return await _whole(call, changed)


@routes.post("/incidents/{number}/dismiss")
async def dismiss_incident(call: Call[Actor], body: DismissIn) -> IncidentFull:
    """They are separate matters."""
    return await _whole(call, await call.desk.incidents.dismiss(await _named(call), call.who, body.reason.strip()))


@routes.post("/incidents/{number}/updates", status=201)
async def update(call: Call[Actor], body: UpdateIn) -> IncidentFull:
    """One word to all members."""
    changed = await call.desk.incidents.update(
        await _named(call), body.text, call.who, expected_at=body.expected_at, key=call.key
    )
    return await _whole(call, changed)


@routes.post("/incidents/{number}/close")
async def close(call: Call[Actor], body: CloseIn) -> IncidentFull:
    """It is over: all members hear so, and their tickets are resolved."""
    return await _whole(call, await call.desk.incidents.close(await _named(call), body.text, call.who, key=call.key))


@routes.post("/incidents/{number}/members", status=201)
async def add_members(call: Call[Actor], body: MembersIn) -> IncidentFull:
    """These tickets belong to it too."""
    tickets = await _tickets(call, body.tickets)
    return await _whole(call, await call.desk.incidents.add(await _named(call), tickets, call.who))


@routes.post("/incidents/{number}/members/{ticket}/remove")
async def remove_member(call: Call[Actor]) -> IncidentFull:
    """This ticket is something else."""
    ticket = await call.desk.tickets.by_number(call.path("ticket"), call.who)
    return await _whole(call, await call.desk.incidents.remove(await _named(call), ticket, call.who))


@routes.post("/tickets/{number}/severity")
async def severity(call: Call[Actor], body: SeverityIn) -> TicketFull:
    """How grave a complaint is; its targets are those of this severity from now on."""
    ticket = await the_ticket(call)
    decided = await call.desk.severity.decide(ticket, body.severity, call.who, reason=body.reason.strip(), key=call.key)
    return ticket_view(call.desk, call.who, decided)


async def _named(call: Call[Actor]) -> Incident:
    return await call.desk.incidents.get(call.path("number"), at_the_desk(call))


async def _whole(call: Call[Actor], incident: Incident) -> IncidentFull:
    """The incident, with the tickets that this colleague may see."""
    tickets = await call.desk.stores.tickets.of_ids([member.ticket_id for member in incident.members])
    return IncidentFull.whole(incident, {one.id: one for one in tickets if visible(one, call.who)})


async def _tickets(call: Call[Actor], numbers: list[str]) -> list[Ticket]:
    return [await call.desk.tickets.by_number(number, call.who) for number in dict.fromkeys(numbers)]
