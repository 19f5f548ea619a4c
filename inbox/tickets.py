"""Tickets for staff: one, its changes, and new ones for people who ring up."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.effects import brief
from desk.errors import Incomplete
from desk.residents import same_name
from desk.tickets import NewTicket
from inbox.access import at_the_desk, the_ticket, ticket_view
from inbox.promises import PromiseView
from inbox.rooms import the_room
from inbox.ticket_panel import panel_of
from inbox.ticket_views import TicketPanel
from inbox.views import TicketFull
from nlp import understand
from nlp.answers import read_phone
from store.errors import Conflict
from store.rooms import Room
from store.tickets import Category, State, Ticket

LONG = 2000
routes: Routes[Actor] = Routes("inbox: tickets")


class TransitionIn(Input):
    """A change of state; what else is needed says ``possible`` of the ticket."""

    to: State
    note: str | None = Field(default=None, max_length=LONG)
    version: int | None = Field(default=None, ge=0, description="as last seen; another one now gives 409")
    reason: str | None = Field(default=None, max_length=LONG)
    until: AwareDatetime | None = None
    question: str | None = Field(default=None, max_length=LONG)
    target: str | None = Field(default=None, max_length=40, description="number of the ticket that goes on")
    progress: str | None = Field(default=None, pattern="^(on_the_way|arrived|working)$")


class AssignIn(Input):
    """Who is to do the work."""

    executor: str = Field(min_length=1, max_length=64, description="user name")


class NoteIn(Input):
    """A note for colleagues."""

    text: str = Field(min_length=1, max_length=LONG)


class Noted(TicketFull):
    """The ticket with its new note, and the times that the note seems to promise."""

    promises: list[PromiseView] = []


class TicketIn(Input):
    """A matter that somebody told a colleague, by phone or at the desk."""

    category: Category
    description: str = Field(min_length=1, max_length=LONG)
    room: str | None = Field(default=None, max_length=100, description="room id or as on the door")
    conversation: str | None = Field(default=None, max_length=200, description="when it came up in a conversation")
    owner_name: str = Field(default="", max_length=50)
    phone: str | None = Field(default=None, max_length=30)
    place: str | None = Field(default=None, max_length=50)
    wished_time: str | None = Field(default=None, max_length=50)
    urgent: bool | None = Field(default=None, description="left out: understood from the description")


@routes.get("/tickets/{number}")
async def ticket(call: Call[Actor]) -> TicketPanel:
    """Everything of one ticket, and what the caller can do next."""
    return await panel_of(call, await the_ticket(call))


@routes.post("/tickets/{number}/transitions")
async def transition(call: Call[Actor], body: TransitionIn) -> TicketFull:
    """Change the state; 409 with the ticket as it is now when somebody was faster."""
    found = await the_ticket(call)
    if body.version is not None and body.version != found.version:
        if _made_before(call, found, body):
            return ticket_view(call.desk, call.who, found)
        raise Conflict(found.number, found)
    moved = await call.desk.tickets.move(
        found,
        body.to,
        call.who,
        note=_words(body.note),
        reason=_words(body.reason),
        question=_words(body.question),
        until=body.until,
        target=_words(body.target),
        progress=body.progress,
        key=call.key,
    )
    return ticket_view(call.desk, call.who, moved)


@routes.post("/tickets/{number}/assign")
async def assign_ticket(call: Call[Actor], body: AssignIn) -> TicketFull:
    """Give the work to a colleague; the state stays."""
    found = await the_ticket(call)
    executor = await call.desk.stores.staff.find(body.executor)
    if executor is None:
        raise Incomplete("没有这位同事", executor=body.executor)
    if found.executor == executor.id:
        return ticket_view(call.desk, call.who, found)
    return ticket_view(call.desk, call.who, await call.desk.tickets.assign(found, executor, call.who))


@routes.post("/tickets/{number}/notes", status=201)
async def note_on_ticket(call: Call[Actor], body: NoteIn) -> Noted:
    """Write something down that only colleagues read; a time in it may be a promise, which the writer confirms."""
    text = body.text.strip()
    if not text:
        raise Incomplete("备注不能是空的", text="empty")
    noted = await call.desk.tickets.note(await the_ticket(call), text, call.who, key=call.key)
    key = call.key or noted.notes[-1].id
    read = await call.desk.given.propose(text, call.who, source="note", key=key, ticket=noted) if noted.is_open else []
    seen = ticket_view(call.desk, call.who, noted)
    return Noted(**dict(seen), promises=[PromiseView.of(promise) for promise in read])


@routes.post("/tickets", status=201)
async def open_ticket(call: Call[Actor], body: TicketIn) -> TicketFull:
    """Open a ticket for somebody who rang up or came by."""
    actor = at_the_desk(call)
    desk = call.desk
    description = body.description.strip()
    if not description:
        raise Incomplete("请写下是什么事", description="empty")
    phone = None
    if body.phone and (phone := read_phone(body.phone)) is None:
        raise Incomplete("电话号码不对,请核对", phone="not a phone number")
    room = await the_room(desk, body.room, actor) if body.room else None
    conversation = await desk.conversations.get(body.conversation, actor) if body.conversation else None
    owner_id, owner_name = "", body.owner_name.strip()
    if conversation is not None:
        owner_id, owner_name = conversation.person_id, conversation.name or owner_name
    elif room is not None:
        owner_id, owner_name = await _resident(call, room, owner_name, phone)
    understood = understand(description, now=desk.clock.now())
    words = [word.to_dict() for word in understood.words]
    classified: dict[str, Any] = {"by": actor.tag, "label": body.category.value, "words": words}
    estate = room.estate_id if room else conversation.estate_id if conversation else ""
    new = NewTicket(
        category=body.category,
        description=description,
        urgent=understood.urgent if body.urgent is None else body.urgent,
        urgent_reason=(understood.urgent_reason or None) if body.urgent is None else actor.tag if body.urgent else None,
        estate_id=estate or next(iter(actor.estates), "") or desk.rules.only_estate,
        room_id=room.id if room else None,
        room_name=room.name if room else "",
        place=body.place or understood.slots.place,
        wished_time=body.wished_time,
        phone=phone,
        classified=classified,
    )
    opened = await desk.tickets.open(
        new,
        by=actor,
        owner_id=owner_id,
        owner_name=owner_name,
        conversation=conversation,
        origin="staff",
        key=call.key,
    )
    theirs = await desk.effects.conversation_of(opened) if owner_id else None
    if theirs is not None:
        await desk.stores.conversations.show_ticket(theirs.id, brief(opened), open=opened.is_open)
    return ticket_view(desk, actor, opened)


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


def _made_before(call: Call[Actor], ticket: Ticket, body: TransitionIn) -> bool:
    """Whether the change behind the version that the caller saw is this very request, begun by a process that died."""
    return call.claim.takeover and any(
        event.data.get("version") == (body.version or 0) + 1 and event.by == call.who.tag and event.to_state == body.to
        for event in ticket.events
    )


async def _resident(call: Call[Actor], room: Room, name: str, phone: str | None) -> tuple[str, str]:
    """Who of the room it is, by phone or name; nobody when that is not clear: then the room's owners see the ticket."""
    stores = call.desk.stores
    bindings = await stores.bindings.of_rooms([room.id], at=call.desk.clock.now())
    people = await stores.residents.of_ids(sorted({binding.resident_id for binding in bindings}))
    hashes = set(stores.sealer.hashes(phone)) if phone else set()
    for person in people:
        if (person.phone and person.phone.get("hash") in hashes) or same_name(person.name, name):
            return person.id, person.name
    return "", name
