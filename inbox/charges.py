"""Charges for staff: propose a price, write down what the owner said, take it back, bill it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.charges import MOST_ITEMS, Line
from desk.scope import visible
from inbox.access import the_ticket
from inbox.charge_views import sheet_of
from inbox.ticket_views import ChargeSheet
from inbox.views import View
from store.charges import Charge, ChargeState
from store.errors import NotFound

routes: Routes[Actor] = Routes("inbox: charges")


class ItemIn(Input):
    """One line; numbers as text, so that no cent is lost."""

    name: str = Field(min_length=1, max_length=60)
    quantity: str = Field(default="1", max_length=12, pattern=r"^\d+(\.\d+)?$")
    unit: str = Field(default="", max_length=10)
    unit_price: str = Field(max_length=12, pattern=r"^\d+(\.\d+)?$")


class ChargeIn(Input):
    """A price for the work."""

    items: list[ItemIn] = Field(min_length=1, max_length=MOST_ITEMS)
    note: str = Field(default="", max_length=100, description="said to the owner too: 已过保修期")


class AnswerIn(Input):
    """What the owner said to a colleague."""

    accepted: bool
    said: str = Field(min_length=1, max_length=500, description="their exact words")
    way: Literal["phone", "desk"]


class ReasonIn(Input):
    """Why."""

    reason: str = Field(min_length=1, max_length=200)


class ChargeList(View):
    """The charges of one ticket, newest first."""

    current: ChargeSheet | None
    items: list[ChargeSheet]


@routes.get("/tickets/{number}/charges")
async def charges(call: Call[Actor]) -> ChargeList:
    """All prices that were ever given for it."""
    ticket = await the_ticket(call)
    names = await call.desk.workload.names()
    found = await call.desk.stores.charges.of_ticket(ticket.id)
    items = [await sheet_of(call.desk, one, names) for one in found]
    return ChargeList(current=next((one for one in items if one.state != ChargeState.WITHDRAWN), None), items=items)


@routes.post("/tickets/{number}/charges", status=201)
async def propose(call: Call[Actor], body: ChargeIn) -> ChargeSheet:
    """Give a price, and ask the owner in their chat."""
    ticket = await the_ticket(call)
    lines = [Line(item.name, item.quantity, item.unit_price, item.unit) for item in body.items]
    made = await call.desk.charges.propose(ticket, lines, call.who, note=body.note.strip(), key=call.key)
    return await _shown(call, made)


@routes.post("/charges/{id}/answer")
async def answer(call: Call[Actor], body: AnswerIn) -> ChargeSheet:
    """What the owner said on the phone or at the desk."""
    charge = await _charge(call)
    return await _shown(
        call, await call.desk.charges.answer(charge, body.accepted, call.who, said=body.said, way=body.way)
    )


@routes.post("/charges/{id}/withdraw")
async def withdraw(call: Call[Actor], body: ReasonIn) -> ChargeSheet:
    """Take a price back."""
    return await _shown(call, await call.desk.charges.withdraw(await _charge(call), call.who, body.reason))


@routes.post("/charges/{id}/bill")
async def bill(call: Call[Actor]) -> ChargeSheet:
    """To the books; only what its owner agreed to."""
    return await _shown(call, await call.desk.charges.bill(await _charge(call), call.who))


async def _charge(call: Call[Actor]) -> Charge:
    charge = await call.desk.stores.charges.get(call.path("id"))
    if not visible(await call.desk.stores.tickets.get(charge.ticket_id), call.who):
        raise NotFound(charge.id)
    return charge


async def _shown(call: Call[Actor], charge: Charge) -> ChargeSheet:
    return await sheet_of(call.desk, charge, await call.desk.workload.names())
