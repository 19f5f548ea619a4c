"""Promises for staff: what was read in their words, confirmed, put off, or made by hand."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from inbox.access import at_the_desk, the_ticket
from inbox.views import View
from store.errors import NotFound
from store.promises import Promise, PromiseKind, PromiseState

routes: Routes[Actor] = Routes("inbox: promises")


class PromiseView(View):
    """A time that was given to an owner."""

    id: str
    kind: PromiseKind
    state: PromiseState
    text: str
    due: datetime
    ticket: str | None
    """Its number."""
    conversation: str | None
    title: str
    by: str
    who: str
    source: str
    reason: str
    slips: int
    after: str | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, promise: Promise) -> Self:
        """A promise as it is shown."""
        return cls.showing(promise, ticket=promise.number or None, conversation=promise.conversation_id)


class PromiseList(View):
    """Promises about one ticket, the earliest due first."""

    items: list[PromiseView]


class PromisePage(View):
    """A page of promises, the latest due first."""

    items: list[PromiseView]
    next: str | None


class ConfirmIn(Input):
    """What was read, put right where it was read wrong."""

    due: AwareDatetime | None = None
    kind: PromiseKind | None = None


class PromiseIn(Input):
    """A time given by phone or at the door."""

    kind: PromiseKind
    due: AwareDatetime
    text: str = Field(default="", max_length=200)


class MoveIn(Input):
    """Another time, and why; the owner is told."""

    due: AwareDatetime
    reason: str = Field(default="", max_length=100)


class ReasonIn(Input):
    """Why it will be late; told to the owner if it is."""

    reason: str = Field(min_length=1, max_length=100)


class WithdrawIn(Input):
    """Why the time does not hold any more; told to the owner."""

    reason: str = Field(min_length=1, max_length=100)


class PromiseQuery(PageQuery):
    """Which promises."""

    state: PromiseState = PromiseState.CONFIRMED


@routes.get("/promises")
async def promises(call: Call[Actor], query: PromiseQuery) -> PromisePage:
    """Promises of the caller's estates in one state."""
    actor = at_the_desk(call)

    page = await call.page(
        partial(call.desk.stores.promises.listed, query.state),
        lambda promise: Position(promise.due, promise.id),
        query,
        name=f"inbox.promises:{query.state}",
        # By when they are due: those that still run lie ahead.
        now=call.desk.clock.now() + call.desk.rules.of("").settings.promises.longest,
        keep=lambda promise: actor.in_scope(promise.estate_id, promise.building),
    )
    return PromisePage(items=[PromiseView.of(row) for row in page.rows], next=page.next)


@routes.get("/tickets/{number}/promises")
async def of_ticket(call: Call[Actor]) -> PromiseList:
    """What was promised about one ticket."""
    ticket = await the_ticket(call)
    found = await call.desk.stores.promises.of_ticket(ticket.id)
    return PromiseList(items=[PromiseView.of(promise) for promise in found])


@routes.post("/tickets/{number}/promises", status=201)
async def promise_by_hand(call: Call[Actor], body: PromiseIn) -> PromiseView:
    """A time that a colleague gave; it is watched from now on."""
    ticket = await the_ticket(call)
    made = await call.desk.given.make(
        body.kind, body.due, call.who, text=body.text.strip(), key=call.key, ticket=ticket
    )
    return PromiseView.of(made)


@routes.post("/conversations/{id}/promises", status=201)
async def promise_in_a_talk(call: Call[Actor], body: PromiseIn) -> PromiseView:
    """A time given where there is no ticket."""
    found = await call.desk.conversations.get(call.path("id"), at_the_desk(call))
    made = await call.desk.given.make(
        body.kind, body.due, call.who, text=body.text.strip(), key=call.key, conversation=found
    )
    return PromiseView.of(made)


@routes.post("/promises/{id}/confirm")
async def confirm_promise(call: Call[Actor], body: ConfirmIn) -> PromiseView:
    """It is a promise, and is watched from now on."""
    held = await call.desk.given.confirm(await _named(call), call.who, due=body.due, kind=body.kind)
    return PromiseView.of(held)


@routes.post("/promises/{id}/dismiss")
async def dismiss_promise(call: Call[Actor]) -> PromiseView:
    """It was not meant as one."""
    return PromiseView.of(await call.desk.given.dismiss(await _named(call), call.who))


@routes.post("/promises/{id}/move")
async def move(call: Call[Actor], body: MoveIn) -> PromiseView:
    """Another time: the owner is told, with the reason; gives the promise that holds now."""
    held = await call.desk.given.move(await _named(call), body.due, body.reason.strip(), call.who)
    return PromiseView.of(held)


@routes.post("/promises/{id}/reason")
async def reason(call: Call[Actor], body: ReasonIn) -> PromiseView:
    """Why it will be late."""
    return PromiseView.of(await call.desk.given.give_reason(await _named(call), body.reason.strip(), call.who))


@routes.post("/promises/{id}/kept")
async def kept(call: Call[Actor]) -> PromiseView:
    """It was done where no machine saw it: by phone, at the door."""
    return PromiseView.of(await call.desk.given.keep(await _named(call), call.who))


@routes.post("/promises/{id}/withdraw")
async def withdraw_promise(call: Call[Actor], body: WithdrawIn) -> PromiseView:
    """It does not hold any more, and no other time is known: the owner is told, with the reason."""
    return PromiseView.of(await call.desk.given.withdraw(await _named(call), body.reason.strip(), call.who))


async def _named(call: Call[Actor]) -> Promise:
    id = call.path("id")
    if len(id) > 100:
        raise NotFound(id)
    return await call.desk.given.get(id, call.who)
