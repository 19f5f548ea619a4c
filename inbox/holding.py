"""Who holds a conversation, and what is marked on it: take, hand back, hand over, assign, tags, put off, resolve."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from inbox.conversation_views import ConversationHead
from inbox.conversations import head, named
from store.conversations import Mode

routes: Routes[Actor] = Routes("inbox: conversations")


class AssignIn(Input):
    """Whose it is."""

    to: str | None = Field(default=None, max_length=64, description="user name; null: nobody's")


class HandOverIn(Input):
    """To whom, and why."""

    to: str | None = Field(default=None, max_length=64, description="user name")
    team: str | None = Field(default=None, max_length=64, description="team id, instead of a colleague")
    reason: str = Field(min_length=1, max_length=200)


class TagsIn(Input):
    """Tags to put on and to take off."""

    add: list[str] = Field(default=[], max_length=10)
    remove: list[str] = Field(default=[], max_length=10)


class SnoozeIn(Input):
    """Until when."""

    until: AwareDatetime


@routes.post("/conversations/{id}/take")
async def take(call: Call[Actor]) -> ConversationHead:
    """From now on the caller answers, not the bot."""
    found = await named(call)
    if found.mode is not Mode.PERSON or found.staff_id != call.who.id:
        await call.desk.conversations.take_over(found, call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/hand-back")
async def hand_back(call: Call[Actor]) -> ConversationHead:
    """From now on the bot answers again; the owner is told."""
    found = await named(call)
    # Handed back already: the owner is not told twice.
    if found.mode is not Mode.BOT:
        await call.desk.conversations.hand_back(found, call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/hand-over")
async def hand_over_conversation(call: Call[Actor], body: HandOverIn) -> ConversationHead:
    """To a colleague or a team, who hear of it, with the reason on the record."""
    found = await named(call)
    await call.desk.holding.hand_over(found, call.who, to=body.to, team=body.team, reason=body.reason, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/assign")
async def assign(call: Call[Actor], body: AssignIn) -> ConversationHead:
    """It is this colleague's from now on, or nobody's."""
    await call.desk.holding.assign(await named(call), body.to, call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/tags")
async def tag(call: Call[Actor], body: TagsIn) -> ConversationHead:
    """Put tags on, take tags off."""
    await call.desk.holding.tag(await named(call), add=body.add, remove=body.remove)
    return await head(call)


@routes.post("/conversations/{id}/snooze")
async def snooze(call: Call[Actor], body: SnoozeIn) -> ConversationHead:
    """Out of the lists until then, or until the owner writes."""
    await call.desk.holding.snooze(await named(call), body.until, call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/wake")
async def wake(call: Call[Actor]) -> ConversationHead:
    """Back in the lists at once."""
    await call.desk.holding.wake(await named(call), call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/resolve")
async def resolve(call: Call[Actor]) -> ConversationHead:
    """Nothing is open here any more."""
    await call.desk.holding.resolve(await named(call), call.who, key=call.key)
    return await head(call)


@routes.post("/conversations/{id}/read")
async def read(call: Call[Actor]) -> ConversationHead:
    """Taken in, for all colleagues."""
    await call.desk.holding.read(await named(call))
    return await head(call)


@routes.post("/conversations/{id}/unread")
async def unread(call: Call[Actor]) -> ConversationHead:
    """To be looked at again."""
    await call.desk.holding.unread(await named(call))
    return await head(call)
