"""An owner's parcels."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel

from desk.api.calls import Call, Routes
from desk.parcel_news import pickup_until
from desk.wording import say_time
from miniprogram_api.sessions import Person
from store.parcels import Parcel, ParcelState

routes: Routes[Person] = Routes("mp: parcels")

SHOWN_FOR = timedelta(days=30)
"""How long a parcel that was collected stays in the list."""
SHOWN = (ParcelState.WAITING, ParcelState.COLLECTED, ParcelState.LOST, ParcelState.DAMAGED, ParcelState.RETURNED)


class ParcelView(BaseModel):
    """A parcel as its home sees it."""

    id: str
    state: ParcelState
    carrier: str
    tracking: str
    recipient: str
    room: str
    shelf: str
    code: str
    """Only while it waits."""
    arrived_at: datetime
    until_said: str
    collected_at: datetime | None
    collected_by: str
    ticket: str | None
    allowed: list[str]


class ParcelList(BaseModel):
    """The parcels of my homes, those that wait first, then newest first."""

    items: list[ParcelView]


@routes.get("/parcels")
async def parcels(call: Call[Person]) -> ParcelList:
    """My parcels: what waits, and what was collected in the last thirty days."""
    now = call.desk.clock.now()
    found = await call.desk.parcels.of_person(call.who.id, SHOWN)
    shown = [one for one in found if one.state is ParcelState.WAITING or now - one.arrived_at <= SHOWN_FOR]
    shown.sort(key=lambda one: one.state is not ParcelState.WAITING)
    return ParcelList(items=[_view(call, one, now) for one in shown])


def _view(call: Call[Person], parcel: Parcel, now: datetime) -> ParcelView:
    rules = call.desk.rules.of(parcel.estate_id)
    waits = parcel.state is ParcelState.WAITING
    return ParcelView(
        id=parcel.id,
        state=parcel.state,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        recipient=parcel.recipient,
        room=parcel.room_name,
        shelf=parcel.shelf,
        code=parcel.code if waits else "",
        arrived_at=parcel.arrived_at,
        until_said=say_time(pickup_until(rules, now), now, rules.zone) if waits else "",
        collected_at=parcel.ended_at if parcel.state is ParcelState.COLLECTED else None,
        collected_by=parcel.collected_by,
        ticket=parcel.ticket_number or None,
        allowed=[one.name for one in parcel.allowed],
    )
