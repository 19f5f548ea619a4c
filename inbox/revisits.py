"""Revisits for staff: what a call came to, problem items, and the staff's own quality checks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.actors import Actor, owner_actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.errors import Illegal, Incomplete
from inbox.access import at_the_desk, the_ticket, ticket_view
from inbox.views import TicketFull
from store.tickets import State

LONG = 500
routes: Routes[Actor] = Routes("inbox: revisits")


class CalledIn(Input):
    """What a call about finished work came to."""

    result: Literal["answered", "no_answer", "unreachable", "refused", "wrong_number"]
    fixed: bool | None = Field(default=None, description="needed when answered")
    satisfaction: int | None = Field(default=None, ge=1, le=4, description="1 满意 … 4 不满意")
    words: str = Field(default="", max_length=LONG)


class ProblemIn(Input):
    """What is wrong with work that was said to be done."""

    reason: str = Field(min_length=1, max_length=LONG)


class SettledIn(Input):
    """What came of a problem item."""

    result: str = Field(min_length=1, max_length=LONG)


class QualityIn(Input):
    """What a colleague found; apart from what the resident says."""

    passed: bool
    score: int | None = Field(default=None, ge=1, le=5)
    words: str = Field(default="", max_length=LONG)


@routes.post("/tickets/{number}/revisit-call")
async def called(call: Call[Actor], body: CalledIn) -> TicketFull:
    """The result of a revisit by phone: the owner's answer, or why there is none."""
    actor = at_the_desk(call)
    found = await the_ticket(call)
    if body.result != "answered":
        if body.fixed is not None or body.satisfaction is not None:
            raise Incomplete("没联系上就没有评价", result=body.result)
        return ticket_view(
            call.desk, actor, await call.desk.revisits.calls.called(found, body.result, actor, key=call.key)
        )
    if body.fixed is None:
        raise Incomplete("请写下修好了没有", missing=["fixed"])
    if found.state is not State.RESOLVED and not call.claim.takeover:
        raise Illegal("这张单不在等回访", state=found.state.value)
    outcome = await call.desk.revisits.answer(
        found.id,
        fixed=body.fixed,
        satisfaction=body.satisfaction,
        words=body.words.strip(),
        by=owner_actor(found.owner_id, found.owner_name),
        key=call.key,
        recorded_by=actor,
    )
    await call.desk.revisits.calls.off_the_list(found, actor)
    return ticket_view(call.desk, actor, outcome.ticket)


@routes.post("/tickets/{number}/problem", status=201)
async def problem(call: Call[Actor], body: ProblemIn) -> TicketFull:
    """A problem item by hand, for work that a colleague found wrong."""
    actor = at_the_desk(call)
    found = await the_ticket(call)
    if found.state not in (State.RESOLVED, State.CLOSED, State.ACCEPTED, State.IN_PROGRESS):
        raise Illegal("办过的单才有问题件", state=found.state.value)
    await call.desk.problems.open(found, body.reason.strip(), key=call.key)
    return ticket_view(call.desk, actor, await call.desk.stores.tickets.get(found.id))


@routes.post("/tickets/{number}/problem/settle")
async def settle(call: Call[Actor], body: SettledIn) -> TicketFull:
    """What came of it."""
    settled = await call.desk.problems.settle(await the_ticket(call), body.result, call.who)
    return ticket_view(call.desk, call.who, settled)


@routes.post("/tickets/{number}/quality", status=201)
async def quality(call: Call[Actor], body: QualityIn) -> TicketFull:
    """The staff's own check of finished work."""
    checked = await call.desk.quality.check(
        await the_ticket(call), body.passed, call.who, score=body.score, words=body.words, key=call.key
    )
    return ticket_view(call.desk, call.who, checked)
