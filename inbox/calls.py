"""The call list for staff: what a chat could not tell, told by whoever rings up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.calls import ToCall
from desk.timeline import name_of
from inbox.access import at_the_desk
from inbox.views import View
from store.deliveries import Delivery, DeliveryState

routes: Routes[Actor] = Routes("inbox: call list")


class CallQuery(PageQuery):
    """Whose calls."""

    estate: str | None = Field(default=None, max_length=40)
    mine: bool = Field(default=False, description="those that I took")


class OutcomeIn(Input):
    """What came of a try."""

    outcome: Literal["reached", "no_answer", "unreachable", "wrong_number", "refused"]
    words: str = Field(default="", max_length=500)
    done: bool = Field(default=False, description="no further try, whatever came of it")


class CallTryView(View):
    """One try."""

    at: datetime
    by: str
    by_name: str
    outcome: str
    words: str


class CallView(View):
    """Somebody to ring up; the number itself is another request, which is logged."""

    id: str
    kind: str
    state: DeliveryState
    reason: str
    text: str
    urgent: bool
    done: bool
    name: str
    room: str
    estate: str
    ticket: str | None
    title: str
    conversation: str
    phone_masked: str
    taken_by: str | None
    taken_by_name: str
    taken_at: datetime | None
    tries: list[CallTryView]
    created_at: datetime


class CallPage(View):
    """A page of calls, newest first."""

    items: list[CallView]
    next: str | None


class PhoneView(View):
    """The whole number; empty: we have none."""

    phone: str


@routes.get("/calls")
async def calls(call: Call[Actor], query: CallQuery) -> CallPage:
    """Who has to be rung up, newest first."""
    actor = at_the_desk(call)

    def keep(row: Delivery) -> bool:
        if not row.to_call or (row.estate_id and not actor.in_scope(row.estate_id)):
            return False
        return (query.estate is None or row.estate_id == query.estate) and (not query.mine or row.taken_by == actor.tag)

    page = await call.page(
        call.desk.stores.deliveries.to_look_at,
        lambda row: Position(row.created_at, row.id),
        query,
        name="inbox.calls",
        keep=keep,
    )
    return CallPage(items=await _views(call, page.rows), next=page.next)


@routes.post("/calls/{id}/take")
async def take_call(call: Call[Actor]) -> CallView:
    """I ring up now; nobody else does meanwhile."""
    return await _one(call, await call.desk.calls.take(await _row(call), call.who))


@routes.post("/calls/{id}/release")
async def release_call(call: Call[Actor]) -> CallView:
    """Somebody else may ring."""
    return await _one(call, await call.desk.calls.release(await _row(call), call.who))


@routes.post("/calls/{id}/phone", repeatable=False)
async def call_phone(call: Call[Actor]) -> PhoneView:
    """The whole number; who asked stands in the audit log."""
    return PhoneView(phone=await call.desk.calls.phone(await _row(call)))


@routes.post("/calls/{id}/outcome")
async def call_outcome(call: Call[Actor], body: OutcomeIn) -> CallView:
    """What came of it; it leaves the list when nobody has to try again."""
    row = await _row(call)
    done = await call.desk.calls.outcome(
        row, body.outcome, call.who, words=body.words, done=body.done, key=call.key or call.desk.ids.new()
    )
    return await _one(call, done)


async def _row(call: Call[Actor]) -> Delivery:
    return await call.desk.calls.get(call.path("id"), at_the_desk(call))


async def _one(call: Call[Actor], row: Delivery) -> CallView:
    [view] = await _views(call, [row])
    return view


async def _views(call: Call[Actor], rows: list[Delivery]) -> list[CallView]:
    names = await call.desk.workload.names()
    return [_view(one, names) for one in await call.desk.calls.described(rows)]


def _view(one: ToCall, names: dict[str, str]) -> CallView:
    row = one.delivery
    return CallView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        reason=row.reason or "",
        text=row.text,
        urgent=row.urgent,
        done=row.checked,
        name=one.name,
        room=one.room,
        estate=row.estate_id,
        ticket=one.ticket.number if one.ticket else None,
        title=one.ticket.title if one.ticket else "",
        conversation=row.conversation_id,
        phone_masked=one.masked,
        taken_by=row.taken_by,
        taken_by_name=name_of(row.taken_by, names) if row.taken_by else "",
        taken_at=row.taken_at,
        tries=[
            CallTryView(
                at=tried.at, by=tried.by, by_name=name_of(tried.by, names), outcome=tried.outcome, words=tried.words
            )
            for tried in row.calls
        ],
        created_at=row.created_at,
    )
