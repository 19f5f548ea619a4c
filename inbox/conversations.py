"""Conversations for staff: the list, the timeline, replying, taking over and handing back."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.paging import PageQuery, Position, read_page
from desk.conversations import LONGEST_REPLY
from desk.media import media_id
from inbox.access import at_the_desk
from inbox.promises import PromiseView
from inbox.views import ConversationPage, ConversationView, Line, LinePage, View
from store.conversations import EPOCH, Conversation, Mode
from store.deliveries import DeliveryState
from store.messages import Message

routes: Routes[Actor] = Routes("inbox: conversations")


class ReplyIn(BaseModel):
    """What to tell the owner."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_REPLY)


class Sent(View):
    """The reply is on its way."""

    delivery_id: str
    state: DeliveryState
    text: str
    at: datetime
    promises: list[PromiseView] = []
    """Times that the words seem to promise: the writer confirms or dismisses them."""


@routes.get("/conversations")
async def conversations(call: Call[Actor], query: PageQuery) -> ConversationPage:
    """Conversations of the caller's estates, the last to speak first."""
    actor = at_the_desk(call)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Conversation]:
        return await call.desk.stores.conversations.latest(before=before, since=since, limit=limit)

    page = await read_page(
        fetch,
        lambda conversation: Position(conversation.last_at or EPOCH, conversation.id),
        name="inbox.conversations",
        cursors=call.cursors,
        query=query,
        now=call.desk.clock.now(),
        keep=lambda conversation: not conversation.estate_id or actor.in_scope(conversation.estate_id),
    )
    return ConversationPage(items=[ConversationView.of(row) for row in page.rows], next=page.next)


@routes.get("/conversations/{id}")
async def conversation(call: Call[Actor]) -> ConversationView:
    """One conversation."""
    return ConversationView.of(await _named(call))


@routes.get("/conversations/{id}/messages")
async def messages(call: Call[Actor], query: PageQuery) -> LinePage:
    """The timeline, newest first: what came in and how it was understood, what went out and how far it is."""
    found = await _named(call)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Message]:
        return await call.desk.conversations.timeline(found, before=before, since=since, limit=limit)

    page = await read_page(
        fetch,
        lambda line: Position(line.at, line.id),
        name=f"inbox.messages:{found.id}",
        cursors=call.cursors,
        query=query,
        now=call.desk.clock.now(),
    )
    ids = [line.delivery_id for line in page.rows if line.delivery_id]
    pushes = {push.id: push for push in await call.desk.stores.deliveries.of_ids(ids)} if ids else {}
    media = await call.desk.media.states_of([media_id(line.id) for line in page.rows if line.media])
    items = [Line.of(line, pushes.get(line.delivery_id or ""), media) for line in page.rows]
    return LinePage(items=items, next=page.next)


@routes.post("/conversations/{id}/messages", status=201)
async def reply(call: Call[Actor], body: ReplyIn) -> Sent:
    """Answer the owner as a person."""
    found = await _named(call)
    delivery = await call.desk.conversations.reply(found, body.text, call.who, key=call.key)
    read = await call.desk.given.propose(
        body.text, call.who, source="reply", key=call.key or delivery.id, conversation=found
    )
    return Sent(
        delivery_id=delivery.id,
        state=delivery.state,
        text=delivery.text,
        at=delivery.created_at,
        promises=[PromiseView.of(promise) for promise in read],
    )


@routes.post("/conversations/{id}/take")
async def take(call: Call[Actor]) -> ConversationView:
    """From now on the caller answers, not the bot."""
    found = await _named(call)
    if found.mode is not Mode.PERSON or found.staff_id != call.who.id:
        await call.desk.conversations.take_over(found, call.who)
    return ConversationView.of(await _named(call))


@routes.post("/conversations/{id}/hand-back")
async def hand_back(call: Call[Actor]) -> ConversationView:
    """From now on the bot answers again; the owner is told."""
    found = await _named(call)
    # Handed back already: the owner is not told twice.
    if found.mode is not Mode.BOT:
        await call.desk.conversations.hand_back(found, call.who)
    return ConversationView.of(await _named(call))


async def _named(call: Call[Actor]) -> Conversation:
    return await call.desk.conversations.get(call.path("id"), at_the_desk(call))
