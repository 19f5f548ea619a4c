"""The parcel log for the front desk: arrivals, looking up, handing over, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.errors import Incomplete
from desk.parcels import NewParcel
from desk.tracking import plain_number
from inbox.access import at_the_desk
from inbox.rooms import rooms_meant, the_room
from inbox.views import View
from store.parcels import Parcel, ParcelState

routes: Routes[Actor] = Routes("inbox: parcels")

MOST_FOUND = 50
ParcelKind = Literal["express", "registered", "mail", "perishable", "cash", "valuables", "papers", "fragile"]
Word = Field(default="", max_length=50)


class ParcelQuery(PageQuery):
    """Which parcels."""

    state: ParcelState | None = None
    room: str | None = Field(default=None, max_length=100, description="room id or as on the door")
    q: str | None = Field(
        default=None, max_length=50, description="tracking number, its last 4-6 characters, code or recipient"
    )


class ParcelIn(Input):
    """An arrival."""

    room: str = Field(min_length=1, max_length=100, description="room id or as on the door")
    recipient: str = Word
    kind: ParcelKind = Field(default="express", description="what is not taken for storage is refused with the reason")
    carrier: str = Field(default="", max_length=20, description="left out: told by the number's form")
    tracking: str = Field(default="", max_length=40)
    shelf: str = Field(default="", max_length=20)
    code: str = Field(default="", max_length=20, description="left out: one is made")
    note: str = Field(default="", max_length=200)


class HandOverIn(Input):
    """Who takes it, and how it was checked: by the code, or by identity."""

    code: str = Field(default="", max_length=20)
    checked: str = Field(default="", max_length=50, description="how the identity was checked: 身份证, 本人电话")
    to: str = Field(default="", max_length=50, description="who takes it; needed with `checked`")


class MarkIn(Input):
    """What became of it. Lost and damaged open a ticket."""

    state: Literal["lost", "damaged", "returned"]
    note: str = Field(default="", max_length=500)


class ShelfIn(Input):
    """Where it lies now."""

    shelf: str = Field(min_length=1, max_length=20)


class AllowedView(View):
    """Somebody whom the home lets collect it."""

    name: str
    at: datetime


class ParcelStep(View):
    """One thing that happened to it."""

    at: datetime
    by: str
    kind: str
    note: str


class ParcelView(View):
    """A parcel as the front desk sees it."""

    id: str
    state: ParcelState
    kind: str
    carrier: str
    tracking: str
    recipient: str
    room: str
    room_id: str
    estate: str
    shelf: str
    code: str
    arrived_at: datetime
    ended_at: datetime | None
    collected_by: str
    collected_how: str
    allowed: list[AllowedView]
    tries: int
    ticket: str | None
    events: list[ParcelStep]
    version: int

    @classmethod
    def of(cls, parcel: Parcel) -> Self:
        """A parcel with its history."""
        return cls.showing(
            parcel,
            room=parcel.room_name or parcel.room_id.rpartition("/")[2],
            estate=parcel.estate_id,
            allowed=[AllowedView.showing(one) for one in parcel.allowed],
            ticket=parcel.ticket_number or None,
            events=[ParcelStep.showing(one) for one in parcel.events],
        )


class ParcelPage(View):
    """A page of parcels, newest first."""

    items: list[ParcelView]
    next: str | None


@routes.get("/parcels")
async def parcels(call: Call[Actor], query: ParcelQuery) -> ParcelPage:
    """The log, newest first: by state, room, tracking number, its tail, code or recipient."""
    actor = at_the_desk(call)
    log = call.desk.parcels
    rooms: Sequence[str] | None = None
    if query.room:
        rooms = [room.id for room in await rooms_meant(call.desk, query.room, actor)]
    if query.q:
        return await _found(call, query, rooms)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Parcel]:
        if rooms == []:
            return []
        return await call.desk.stores.parcels.listed(
            state=query.state, room_ids=rooms, before=before, since=since, limit=limit
        )

    page = await call.page(
        fetch,
        lambda parcel: Position(parcel.arrived_at, parcel.id),
        query,
        name="inbox.parcels",
        keep=lambda parcel: log.visible(parcel, actor) and _asked_for(parcel, query.state),
    )
    return ParcelPage(items=[ParcelView.of(row) for row in page.rows], next=page.next)


async def _found(call: Call[Actor], query: ParcelQuery, rooms: Sequence[str] | None) -> ParcelPage:
    words = (query.q or "").strip()
    repo = call.desk.stores.parcels
    found = {one.id: one for term in {words, plain_number(words)} if term for one in await repo.found_by(term)}
    fits = [
        one
        for one in found.values()
        if call.desk.parcels.visible(one, call.who)
        and _asked_for(one, query.state)
        and (query.state is None or one.state is query.state)
        and (rooms is None or one.room_id in rooms)
    ]
    fits.sort(key=lambda one: (one.arrived_at, one.id), reverse=True)
    return ParcelPage(items=[ParcelView.of(one) for one in fits[:MOST_FOUND]], next=None)


def _asked_for(parcel: Parcel, state: ParcelState | None) -> bool:
    """What somebody only waits for is no parcel yet, unless just that is asked for."""
    return parcel.state is not ParcelState.AWAITED or state is ParcelState.AWAITED


@routes.get("/parcels/{id}")
async def parcel(call: Call[Actor]) -> ParcelView:
    """One parcel."""
    return ParcelView.of(await _named(call))


@routes.post("/parcels", status=201)
async def log_parcel(call: Call[Actor], body: ParcelIn) -> ParcelView:
    """An arrival: its people are told with the code."""
    actor = at_the_desk(call)
    new = NewParcel(
        room=await the_room(call.desk, body.room, actor),
        recipient=body.recipient.strip(),
        kind=body.kind,
        carrier=body.carrier.strip(),
        tracking=body.tracking,
        shelf=body.shelf.strip(),
        code=body.code.strip(),
        note=body.note.strip(),
    )
    return ParcelView.of(await call.desk.parcels.log(new, actor, key=call.key))


@routes.post("/parcels/{id}/hand-over")
async def hand_over_parcel(call: Call[Actor], body: HandOverIn) -> ParcelView:
    """Hand it over, against the code or after an identity check; its people are told."""
    actor, found = at_the_desk(call), await _named(call)
    done = await call.desk.parcels.hand_over(
        found, actor, key=call.key, code=body.code.strip(), checked=body.checked.strip(), to=body.to.strip()
    )
    return ParcelView.of(done)


@routes.post("/parcels/{id}/mark")
async def mark_parcel(call: Call[Actor], body: MarkIn) -> ParcelView:
    """Lost, damaged or returned; the first two open a ticket."""
    actor, found = at_the_desk(call), await _named(call)
    state = ParcelState(body.state)
    return ParcelView.of(await call.desk.parcels.mark(found, state, actor, key=call.key, note=body.note.strip()))


@routes.post("/parcels/{id}/shelf")
async def move_parcel(call: Call[Actor], body: ShelfIn) -> ParcelView:
    """Put it elsewhere; a lost one that was found waits again."""
    actor, found = at_the_desk(call), await _named(call)
    shelf = body.shelf.strip()
    if not shelf:
        raise Incomplete("请写下放在哪个架", shelf="empty")
    return ParcelView.of(await call.desk.parcels.move(found, shelf, actor, key=call.key))


async def _named(call: Call[Actor]) -> Parcel:
    return await call.desk.parcels.get(call.path("id"), at_the_desk(call))
