"""An owner's tickets: list, one, open one, add words, confirm and rate."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel, ConfigDict, Field

from desk.actors import Actor, owner_actor
from desk.api.calls import Call, Routes
from desk.api.paging import PageQuery, Position
from desk.effects import brief
from desk.errors import Illegal, Incomplete
from desk.tickets import NewTicket
from miniprogram_api.sessions import Person
from miniprogram_api.views import CONFIRMABLE, TicketPage, TicketRow, TicketView, can_add_words
from nlp import understand
from nlp.answers import read_phone
from store.conversations import Conversation, Home
from store.tickets import Category, State, Ticket

LONG = 2000
routes: Routes[Person] = Routes("mp: tickets")


class Input(BaseModel):
    """Base of what comes in."""

    model_config = ConfigDict(extra="forbid")


class TicketIn(Input):
    """What is the matter."""

    category: Category
    description: str = Field(min_length=1, max_length=LONG)
    room: str | None = Field(default=None, max_length=100, description="id or name of one of my rooms")
    place: str | None = Field(default=None, max_length=50)
    wished_time: str | None = Field(default=None, max_length=50)
    phone: str | None = Field(default=None, max_length=30)


class WordsIn(Input):
    """Something to add."""

    text: str = Field(min_length=1, max_length=LONG)


class ConfirmIn(Input):
    """Whether it is fixed, and how the service was: 1 满意, 2 比较满意, 3 基本满意, 4 不满意."""

    fixed: bool
    satisfaction: int | None = Field(default=None, ge=1, le=4)
    words: str = Field(default="", max_length=LONG)


@routes.get("/tickets")
async def tickets(call: Call[Person], query: PageQuery) -> TicketPage:
    """My tickets and, as owner, those of my rooms, newest first."""
    page = await call.page(
        partial(call.desk.residents.tickets_for, call.who.id),
        lambda ticket: Position(ticket.opened_at, ticket.id),
        query,
        name=f"mp.tickets:{call.who.identity.id}",
    )
    rules = call.desk.rules
    return TicketPage(items=[TicketRow.of(row, rules.of(row.estate_id)) for row in page.rows], next=page.next)


@routes.get("/tickets/{number}")
async def ticket(call: Call[Person]) -> TicketView:
    """One of my tickets."""
    return _shown(call, await _mine(call))


@routes.post("/tickets", status=201)
async def open_ticket(call: Call[Person], body: TicketIn) -> TicketView:
    """Open a ticket; how urgent it is, is understood from the description."""
    desk = call.desk
    description = body.description.strip()
    if not description:
        raise Incomplete("请写下是什么事", description="empty")
    phone = None
    if body.phone and (phone := read_phone(body.phone)) is None:
        raise Incomplete("电话号码不对,请核对", phone="not a phone number")
    home = _home(await desk.residents.homes_of(call.who.id), body.room)
    person = await desk.stores.residents.get(call.who.id)
    conversation = await _chat(call)
    understood = understand(description, now=desk.clock.now())
    new = NewTicket(
        category=body.category,
        description=description,
        urgent=understood.urgent,
        urgent_reason=understood.urgent_reason or None,
        estate_id=home.estate_id if home else desk.rules.only_estate,
        room_id=home.room_id if home else None,
        room_name=home.name if home else "",
        place=body.place or understood.slots.place,
        wished_time=body.wished_time,
        phone=phone,
        classified={
            "by": f"owner:{call.who.id}",
            "label": understood.label.value,
            "intent": understood.intent.value,
            "confidence": understood.confidence,
            "words": [word.to_dict() for word in understood.words],
        },
    )
    opened = await desk.tickets.open(
        new,
        by=owner_actor(call.who.id, person.name),
        owner_id=call.who.id,
        owner_name=person.name,
        conversation=conversation,
        origin="miniprogram",
        key=call.key,
    )
    if conversation is not None:
        await desk.stores.conversations.show_ticket(conversation.id, brief(opened), open=opened.is_open)
    return _shown(call, opened)


@routes.post("/tickets/{number}/words", status=201)
async def add_words(call: Call[Person], body: WordsIn) -> TicketView:
    """Add words to one of my tickets; where a colleague waited for an answer, it goes on."""
    found = await _mine(call)
    text = body.text.strip()
    if not text:
        raise Incomplete("请写点什么", text="empty")
    if not can_add_words(found):
        raise Illegal("这张单已经结束,有新情况请新开一单", state=found.state.value)
    actor = _actor(call, found)
    await call.desk.tickets.add_words(found.id, text, (), by=actor, key=call.key)
    if found.state is State.WAITING_OWNER:
        await call.desk.tickets.move(found, State.ACCEPTED, actor, note=text[:500], key=call.key, tell=False)
    return _shown(call, await _mine(call))


@routes.post("/tickets/{number}/confirm")
async def confirm(call: Call[Person], body: ConfirmIn) -> TicketView:
    """Say whether it is fixed and how it was: good closes the ticket, not fixed or unhappy opens it again."""
    found = await _mine(call)
    if found.state not in CONFIRMABLE and not call.claim.takeover:
        raise Illegal("师傅做完以后再来确认", state=found.state.value)
    outcome = await call.desk.revisits.answer(
        found.id,
        fixed=body.fixed,
        satisfaction=body.satisfaction,
        words=body.words.strip(),
        by=_actor(call, found),
        key=call.key,
        channel="miniprogram",
    )
    return _shown(call, outcome.ticket)


async def _mine(call: Call[Person]) -> Ticket:
    return await call.desk.residents.ticket_for(call.who.id, call.path("number"))


def _shown(call: Call[Person], ticket: Ticket) -> TicketView:
    return TicketView.whole(ticket, call.desk.rules.of(ticket.estate_id), call.desk.clock.now())


def _actor(call: Call[Person], ticket: Ticket) -> Actor:
    return owner_actor(call.who.id, ticket.owner_name if ticket.owner_id == call.who.id else "")


def _home(homes: tuple[Home, ...], wanted: str | None) -> Home | None:
    """Which of my homes it is about; without one (not bound yet, or a public place) none."""
    if wanted is not None:
        for home in homes:
            if wanted.strip() in (home.room_id, home.name):
                return home
        raise Incomplete("这不是您名下的房间", room=[home.name for home in homes])
    if len(homes) > 1:
        raise Incomplete("是哪一套房?", room=[home.name for home in homes])
    return homes[0] if homes else None


async def _chat(call: Call[Person]) -> Conversation | None:
    """The person's conversation with the service account, where pushes about the ticket go."""
    found = await call.desk.stores.conversations.of_resident(call.who.id)
    return next((chat for chat in found if chat.app_id != call.who.identity.app_id), None)
