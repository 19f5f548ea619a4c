"""What an owner's ticket costs, and their yes or no to it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from desk.actors import owner_actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.charges import yuan
from miniprogram_api.sessions import Person
from store.charges import WAITING, Charge, ChargeState
from store.errors import NotFound

routes: Routes[Person] = Routes("mp: charges")


class AnswerIn(Input):
    """Yes or no, and anything else that the owner wants to say."""

    accepted: bool
    words: str = Field(default="", max_length=500)


class ItemView(BaseModel):
    """One line of the price."""

    model_config = ConfigDict(extra="forbid")

    name: str
    quantity: str
    unit: str
    unit_price: str
    amount: str


class ChargeView(BaseModel):
    """A price, and whether it waits for an answer."""

    model_config = ConfigDict(extra="forbid")

    id: str
    state: ChargeState
    waiting: bool
    items: list[ItemView]
    total: str
    note: str
    asked_at: datetime | None
    answer: str
    answered_at: datetime | None

    @classmethod
    def of(cls, charge: Charge) -> Self:
        """As its owner sees it."""
        return cls(
            id=charge.id,
            state=charge.state,
            waiting=charge.state in WAITING,
            items=[
                ItemView(
                    name=item.name,
                    quantity=item.quantity,
                    unit=item.unit,
                    unit_price=yuan(item.unit_price),
                    amount=yuan(item.amount),
                )
                for item in charge.items
            ],
            total=yuan(charge.total),
            note=charge.note,
            asked_at=charge.asked_at,
            answer=charge.answer,
            answered_at=charge.answered_at,
        )


class ChargeList(BaseModel):
    """The prices of one ticket, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[ChargeView]


@routes.get("/tickets/{number}/charges")
async def charges(call: Call[Person]) -> ChargeList:
    """What one of my tickets costs; prices that were taken back are left out."""
    ticket = await call.desk.residents.ticket_for(call.who.id, call.path("number"))
    found = await call.desk.stores.charges.of_ticket(ticket.id)
    return ChargeList(items=[ChargeView.of(one) for one in found if one.state is not ChargeState.WITHDRAWN])


@routes.post("/tickets/{number}/charges/{id}")
async def answer(call: Call[Person], body: AnswerIn) -> ChargeView:
    """My yes or no; without a yes nothing is billed."""
    ticket = await call.desk.residents.ticket_for(call.who.id, call.path("number"))
    charge = await call.desk.stores.charges.get(call.path("id"))
    if charge.ticket_id != ticket.id or charge.state is ChargeState.WITHDRAWN:
        raise NotFound(charge.id)
    said = body.words.strip() or ("同意" if body.accepted else "不同意")
    by = owner_actor(call.who.id, ticket.owner_name if ticket.owner_id == call.who.id else "")
    done = await call.desk.charges.answer(charge, body.accepted, by, said=said, way="miniprogram", key=call.key)
    return ChargeView.of(done)
