"""What a person has to look at: pushes that did not arrive or want a call, and messages that could not be handled."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.paging import PageQuery, Position
from inbox.access import at_the_desk
from inbox.views import View
from store.deliveries import Delivery, DeliveryState, Rung
from store.errors import Conflict, NotFound

routes: Routes[Actor] = Routes("inbox: deliveries")


class Tried(View):
    """One try to send it."""

    rung: Rung
    at: datetime
    errcode: int | None
    problem: str | None


class AttentionView(View):
    """A push that needs a person."""

    id: str
    kind: str
    text: str
    state: DeliveryState
    reason: str | None
    to_call: bool
    urgent: bool
    checked: bool
    conversation: str
    name: str
    homes: list[str]
    created_at: datetime
    attempts: list[Tried]

    @classmethod
    def of(cls, delivery: Delivery, name: str, homes: list[str]) -> Self:
        """A delivery with whom it is for."""
        return cls.showing(
            delivery,
            conversation=delivery.conversation_id,
            name=name,
            homes=homes,
            attempts=[Tried.showing(one) for one in delivery.attempts],
        )


class AttentionPage(View):
    """A page of them, newest first."""

    items: list[AttentionView]
    next: str | None


@routes.get("/deliveries/attention")
async def attention(call: Call[Actor], query: PageQuery) -> AttentionPage:
    """Pushes that nobody has looked at yet: unknown, undeliverable, or to ring up about."""
    actor = at_the_desk(call)

    page = await call.page(
        call.desk.stores.deliveries.to_look_at,
        lambda delivery: Position(delivery.created_at, delivery.id),
        query,
        name="inbox.attention",
        keep=lambda delivery: not delivery.estate_id or actor.in_scope(delivery.estate_id),
    )
    return AttentionPage(items=await _views(call, page.rows), next=page.next)


@routes.post("/deliveries/{id}/checked")
async def checked(call: Call[Actor]) -> AttentionView:
    """A colleague has looked at it (and rung up, where that was needed): it leaves the list."""
    actor = at_the_desk(call)
    delivery = await call.desk.stores.deliveries.get(call.path("id"))
    if delivery.estate_id and not actor.in_scope(delivery.estate_id):
        raise NotFound(delivery.id)
    now = call.desk.clock.now()
    if not delivery.checked:
        done = await call.desk.stores.deliveries.move(delivery, delivery.state, at=now, changes={"checked": True})
        if done is None:
            raise Conflict(delivery.id)
        call.audit.update(state=delivery.state.value, to_call=delivery.to_call)
        delivery = done
    [view] = await _views(call, [delivery])
    return view


class SetAside(View):
    """A message of an owner that could not be handled, and why; nobody has answered it."""

    id: str
    conversation: str
    at: datetime
    kind: str
    text: str
    tries: int
    problem: str | None


class SetAsideList(View):
    """The newest of them."""

    items: list[SetAside]


@routes.get("/messages/set-aside")
async def set_aside(call: Call[Actor]) -> SetAsideList:
    """Messages that were set aside after three tries, newest first."""
    actor = at_the_desk(call)
    items = []
    for message in await call.desk.stores.messages.set_aside():
        conversation = await call.desk.stores.conversations.find(message.conversation_id)
        if conversation and conversation.estate_id and not actor.in_scope(conversation.estate_id):
            continue
        items.append(
            SetAside(
                id=message.id,
                conversation=message.conversation_id,
                at=message.at,
                kind=message.kind,
                text=message.text,
                tries=message.tries,
                problem=message.problem,
            )
        )
    return SetAsideList(items=items)


async def _views(call: Call[Actor], deliveries: list[Delivery]) -> list[AttentionView]:
    ids = sorted({delivery.conversation_id for delivery in deliveries})
    rows = await call.desk.stores.conversations.rows_of_ids(ids) if ids else []
    names = {row["_id"]: (str(row.get("name", "")), [str(h["name"]) for h in row.get("homes", [])]) for row in rows}
    return [AttentionView.of(delivery, *names.get(delivery.conversation_id, ("", []))) for delivery in deliveries]
