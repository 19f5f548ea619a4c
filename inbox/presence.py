"""Who else looks at a conversation or a ticket right now, and who is typing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.desk import Desk
from desk.scope import building_of
from inbox.access import the_ticket
from inbox.views import View
from store.conversations import Conversation
from store.live import Event
from store.presence import Here
from store.tickets import Ticket

routes: Routes[Actor] = Routes("inbox: presence")


class PresenceIn(Input):
    """What the caller does there."""

    typing: bool = False
    here: bool = True
    """False: they have left."""


class HereView(View):
    """Somebody else who looks at it."""

    staff: str
    name: str
    typing: bool
    until: datetime


class HereList(View):
    """The others, by user name."""

    items: list[HereView]


@routes.get("/conversations/{id}/presence")
async def conversation_presence(call: Call[Actor]) -> HereList:
    """Who else looks at this conversation."""
    found = await call.desk.conversations.get(call.path("id"), call.who)
    return HereList(items=await others_at(call.desk, call.who, f"conversation:{found.id}"))


@routes.post("/conversations/{id}/presence", repeatable=False)
async def be_in_conversation(call: Call[Actor], body: PresenceIn) -> HereList:
    """Say that one looks at this conversation, types, or has left; gives who else is there."""
    found = await call.desk.conversations.get(call.path("id"), call.who)
    return await _say(call, body, f"conversation:{found.id}", _in_conversation(found))


@routes.get("/tickets/{number}/presence")
async def ticket_presence(call: Call[Actor]) -> HereList:
    """Who else looks at this ticket."""
    found = await the_ticket(call)
    return HereList(items=await others_at(call.desk, call.who, f"ticket:{found.number}"))


@routes.post("/tickets/{number}/presence", repeatable=False)
async def be_at_ticket(call: Call[Actor], body: PresenceIn) -> HereList:
    """Say that one looks at this ticket, types, or has left; gives who else is there."""
    found = await the_ticket(call)
    return await _say(call, body, f"ticket:{found.number}", _at_ticket(found))


async def others_at(desk: Desk, who: Actor, subject: str) -> list[HereView]:
    """Who else is at ``conversation:{id}`` or ``ticket:{number}``; nobody while Redis is away."""
    return _others(await desk.stores.presence.seen(subject, desk.clock.wall()), who)


async def _say(call: Call[Actor], body: PresenceIn, subject: str, event: Event) -> HereList:
    who, wall, board = call.who, call.desk.clock.wall(), call.desk.stores.presence
    if body.here:
        before = await board.come(subject, who.id, who.name, wall, typing=body.typing)
    else:
        before = await board.leave(subject, who.id, wall)
    mine = next((one for one in before if one.staff == who.id), None)
    was = "gone" if mine is None else "typing" if mine.typing else "here"
    state = "gone" if not body.here else "typing" if body.typing else "here"
    if was != state:
        call.desk.stores.live.tell(replace(event, staff=who.id, state=state))
    return HereList(items=_others(before, who))


def _others(seen: list[Here], who: Actor) -> list[HereView]:
    return [
        HereView(staff=one.staff, name=one.name, typing=one.typing, until=one.until)
        for one in seen
        if one.staff != who.id
    ]


def _in_conversation(found: Conversation) -> Event:
    return Event("presence", found.id, estate_id=found.estate_id, conversation=found.id)


def _at_ticket(found: Ticket) -> Event:
    return Event(
        "presence",
        found.number,
        estate_id=found.estate_id,
        ticket=found.number,
        building=building_of(found),
        category=found.category.value,
        executor=found.executor,
    )
