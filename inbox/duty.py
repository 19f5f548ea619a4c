"""The duty log for staff: open mine, write, hand over, sign, remark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.duty import seen_by
from desk.timeline import name_of
from inbox.access import at_the_desk
from inbox.views import View
from store.duty import DutyEntry, DutyPoint, DutyState

LONG = 1000
routes: Routes[Actor] = Routes("inbox: duty log")


class DutyQuery(PageQuery):
    """Which entries."""

    estate: str | None = Field(default=None, max_length=40)
    state: DutyState | None = None
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None


class CurrentQuery(Input):
    """Of which estate."""

    estate: str | None = Field(default=None, max_length=40)


class OpenIn(Input):
    """Which shift begins."""

    shift: str = Field(min_length=1, max_length=20, description="早班, 中班, 夜班 ...")
    estate: str | None = Field(default=None, max_length=40, description="left out: the only one")


class PointIn(Input):
    """What happened."""

    text: str = Field(min_length=1, max_length=LONG)
    kind: Literal["note", "incident", "patrol", "visitor", "key"] = "note"
    ticket: str | None = Field(default=None, max_length=40, description="its number")


class OpenPointIn(Input):
    """What the next one has to look after."""

    text: str = Field(default="", max_length=LONG)
    ticket: str | None = Field(default=None, max_length=40)


class HandOverIn(Input):
    """To whom, with what is left."""

    to: str = Field(min_length=1, max_length=64, description="user name")
    version: int = Field(ge=0)
    open_points: list[OpenPointIn] = Field(default=[], max_length=50)


class SignIn(Input):
    """The next one's signature."""

    version: int = Field(ge=0)
    remark: str = Field(default="", max_length=LONG)


class RemarkIn(Input):
    """A supervisor's word."""

    text: str = Field(min_length=1, max_length=LONG)


class PointView(View):
    """Something that happened."""

    id: str
    at: datetime
    by: str
    by_name: str
    text: str
    kind: str
    ticket: str | None

    @classmethod
    def of(cls, point: DutyPoint, names: Mapping[str, str]) -> Self:
        """As it is shown."""
        return cls(**point.model_dump(), by_name=name_of(point.by, names))


class OpenPointView(View):
    """What is left to look after; ``done`` when its ticket has ended."""

    id: str
    text: str
    ticket: str | None
    title: str
    done: bool


class DutyView(View):
    """One shift of one person."""

    id: str
    estate: str
    shift: str
    day: str
    state: DutyState
    version: int
    by: str
    by_name: str
    opened_at: datetime
    points: list[PointView]
    open_points: list[OpenPointView]
    handed_to: str | None
    handed_to_name: str
    handed_at: datetime | None
    signed_by: str | None
    signed_by_name: str
    signed_at: datetime | None
    remarks: list[PointView]


class DutyPage(View):
    """A page of entries, newest first."""

    items: list[DutyView]
    next: str | None


class ProposedView(View):
    """A ticket that a hand-over should name."""

    ticket: str
    title: str
    room: str
    urgent: bool
    late: list[str]
    why: str


class CurrentView(View):
    """My entry, and what handing it over would name."""

    entry: DutyView | None
    to_sign: list[DutyView]
    proposed: list[ProposedView]


@routes.get("/duty")
async def entries(call: Call[Actor], query: DutyQuery) -> DutyPage:
    """The log of the caller's estates, newest first."""
    actor = at_the_desk(call)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[DutyEntry]:
        before = min(before, query.before) if query.before else before
        since = max(since, query.since) if query.since else since
        state = query.state.value if query.state else None
        if since >= before:
            return []
        return await call.desk.stores.duty.listed(state=state, before=before, since=since, limit=limit)

    page = await call.page(
        fetch,
        lambda entry: Position(entry.opened_at, entry.id),
        query,
        name="inbox.duty",
        keep=lambda entry: seen_by(entry, actor) and (query.estate is None or entry.estate_id == query.estate),
    )
    return DutyPage(items=await _views(call, page.rows), next=page.next)


@routes.get("/duty/current")
async def current(call: Call[Actor], query: CurrentQuery) -> CurrentView:
    """My entry, what waits for my signature, and the tickets that a hand-over should name."""
    actor = at_the_desk(call)
    desk = call.desk
    mine = await desk.duty.current(actor, query.estate)
    waiting = [
        one
        for one in await desk.stores.duty.unsigned()
        if one.state is DutyState.HANDED and one.handed_to == actor.id and seen_by(one, actor)
    ]
    estate = query.estate or (mine.estate_id if mine else None)
    found = await desk.duty.proposed(actor, estate)
    return CurrentView(
        entry=(await _views(call, [mine]))[0] if mine else None,
        to_sign=await _views(call, waiting),
        proposed=[
            ProposedView(
                ticket=one.ticket.number,
                title=one.ticket.title,
                room=one.ticket.room_name,
                urgent=one.ticket.urgent,
                late=list(one.late),
                why=one.why,
            )
            for one in found
        ],
    )


@routes.post("/duty", status=201)
async def open_entry(call: Call[Actor], body: OpenIn) -> DutyView:
    """Begin my shift's entry."""
    return await _one(call, await call.desk.duty.open(at_the_desk(call), body.shift, body.estate))


@routes.get("/duty/{id}")
async def entry(call: Call[Actor]) -> DutyView:
    """One entry."""
    return await _one(call, await _entry(call))


@routes.post("/duty/{id}/points", status=201)
async def add_point(call: Call[Actor], body: PointIn) -> DutyView:
    """Write down what happened."""
    found = await _entry(call)
    number = await _number(call, body.ticket)
    noted = await call.desk.duty.note(found, body.text, call.who, kind=body.kind, ticket=number, key=call.key)
    return await _one(call, noted)


@routes.post("/duty/{id}/handover")
async def hand_over_shift(call: Call[Actor], body: HandOverIn) -> DutyView:
    """Hand my shift over, with what is left to look after."""
    found = await _entry(call)
    points = [(point.text, await _number(call, point.ticket)) for point in body.open_points]
    return await _one(call, await call.desk.duty.hand_over(found, body.to, points, call.who, version=body.version))


@routes.post("/duty/{id}/sign")
async def sign(call: Call[Actor], body: SignIn) -> DutyView:
    """Take it over; from then on nothing of it changes."""
    found = await _entry(call)
    signed = await call.desk.duty.sign(found, call.who, version=body.version, remark=body.remark, key=call.key)
    return await _one(call, signed)


@routes.post("/duty/{id}/remarks", status=201)
async def remark(call: Call[Actor], body: RemarkIn) -> DutyView:
    """A supervisor's word on it, also after the signature."""
    return await _one(call, await call.desk.duty.remark(await _entry(call), body.text, call.who, key=call.key))


async def _entry(call: Call[Actor]) -> DutyEntry:
    return await call.desk.duty.get(call.path("id"), at_the_desk(call))


async def _number(call: Call[Actor], number: str | None) -> str | None:
    """The number of a ticket that the caller may see; raises NotFound for another."""
    return None if number is None else (await call.desk.tickets.by_number(number, call.who)).number


async def _one(call: Call[Actor], found: DutyEntry) -> DutyView:
    [view] = await _views(call, [found])
    return view


async def _views(call: Call[Actor], found: list[DutyEntry]) -> list[DutyView]:
    names = await call.desk.workload.names()
    numbers = sorted({point.ticket for one in found for point in one.open_points if point.ticket})
    tickets = {one.number: one for one in await call.desk.stores.tickets.of_numbers(numbers)}
    views = []
    for one in found:
        left = []
        for point in one.open_points:
            ticket = tickets.get(point.ticket or "")
            left.append(
                OpenPointView(
                    id=point.id,
                    text=point.text,
                    ticket=point.ticket,
                    title=ticket.title if ticket else "",
                    done=ticket is not None and not ticket.is_open,
                )
            )
        views.append(
            DutyView(
                id=one.id,
                estate=one.estate_id,
                shift=one.shift,
                day=one.day,
                state=one.state,
                version=one.version,
                by=one.by,
                by_name=name_of(one.by, names),
                opened_at=one.opened_at,
                points=[PointView.of(point, names) for point in one.points],
                open_points=left,
                handed_to=one.handed_to,
                handed_to_name=names.get(one.handed_to or "", ""),
                handed_at=one.handed_at,
                signed_by=one.signed_by,
                signed_by_name=name_of(one.signed_by, names) if one.signed_by else "",
                signed_at=one.signed_at,
                remarks=[PointView.of(point, names) for point in one.remarks],
            )
        )
    return views
