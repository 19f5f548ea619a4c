"""Writing: replies with a guard, an undo and a time, notes, pictures, and what the bot should have understood."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.input import Input
from desk.holding import LONGEST_NOTE, MOST_MENTIONS
from desk.pictures import LARGEST
from desk.replies import LONGEST_REPLY, MOST_PICTURES, Draft, NewerReply, TooLate
from inbox.access import at_the_desk
from inbox.attachments import MediaView
from inbox.conversations import lines_of, named
from inbox.line_views import Line
from inbox.promises import PromiseView
from inbox.views import View
from nlp import Intent, Label
from store.conversations import Conversation
from store.deliveries import Delivery, DeliveryState
from store.ids import derived
from store.promises import PromiseState

routes: Routes[Actor] = Routes("inbox: conversations")

MOST_PROMISES = 8
"""Times that one reply can name; of these the proposals are taken back with it."""


class ReplyIn(Input):
    """What to tell the owner."""

    text: str = Field(default="", max_length=LONGEST_REPLY)
    seen: str | None = Field(default=None, max_length=200, description="id of the newest line on the writer's screen")
    force: bool = Field(default=False, description="send although a colleague has answered since")
    send_at: AwareDatetime | None = Field(default=None, description="left out: at once")
    media: list[str] = Field(default=[], max_length=MOST_PICTURES, description="ids of pictures uploaded before")
    canned: str | None = Field(default=None, max_length=64, description="id of the canned reply it was made from")


class ScheduleIn(Input):
    """Another time, other words."""

    send_at: AwareDatetime | None = None
    text: str | None = Field(default=None, min_length=1, max_length=LONGEST_REPLY)


class NoteIn(Input):
    """Words that only colleagues read."""

    text: str = Field(min_length=1, max_length=LONGEST_NOTE)
    mentions: list[str] = Field(default=[], max_length=MOST_MENTIONS, description="user names")


class CorrectionIn(Input):
    """What the words mean."""

    label: Label
    intent: Intent | None = None
    ticket: str | None = Field(default=None, max_length=30, description="number: its category changes too")


class PictureQuery(BaseModel):
    """What is uploaded."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["image"] = "image"


class Sent(View):
    """The reply is on its way, or planned."""

    delivery_id: str
    line: str
    state: DeliveryState
    text: str
    at: datetime
    undo_until: datetime | None
    """Until then ``DELETE /deliveries/{id}`` takes it back."""
    undo_seconds: float | None
    """How long that is from this answer on, whatever the reader's clock says."""
    send_at: datetime | None
    pictures: list[str]
    """Deliveries of the pictures that go with it."""
    promises: list[PromiseView] = []
    """Times that the words seem to promise: the writer confirms or dismisses them."""


class TakenBack(View):
    """It does not leave."""

    ok: bool
    text: str
    pictures: list[str] = []
    """Media that were to go with it: they may be sent again."""


@routes.post("/conversations/{id}/messages", status=201)
async def reply(call: Call[Actor], body: ReplyIn) -> Sent:
    """Answer the owner as a person; 409 ``newer_reply`` when a colleague has answered since the writer looked."""
    found = await named(call)
    undo = call.desk.rules.of(found.estate_id).settings.inbox.undo
    draft = Draft(
        text=body.text,
        pictures=await call.desk.pictures.chosen(body.media, found),
        send_at=body.send_at,
        seen=body.seen,
        force=body.force,
        undo=undo,
    )
    try:
        rows = await call.desk.replies.send(found, draft, call.who, key=call.key)
    except NewerReply as newer:
        raise await refused(call, newer, found) from newer
    read = []
    if body.text.strip():
        read = await call.desk.given.propose(body.text, call.who, source="reply", key=rows[0].id, conversation=found)
    if body.canned:
        await call.desk.canned.used(body.canned, call.who)
    return sent(rows, [PromiseView.of(promise) for promise in read], call.desk.clock.now())


async def refused(call: Call[Actor], newer: NewerReply, found: Conversation) -> ApiError:
    """The 409 that shows the line which came first."""
    [line] = await lines_of(call, [newer.line], found)
    return ApiError(409, newer.code, newer.message, details={"line": line.model_dump(mode="json")})


def sent(rows: list[Delivery], promises: list[PromiseView], now: datetime) -> Sent:
    """What was put on its way: the words, and the pictures with them."""
    first = rows[0]
    waits = first.state is DeliveryState.QUEUED and first.not_before > first.created_at and not first.scheduled
    return Sent(
        delivery_id=first.id,
        line=f"out:{first.id}",
        state=first.state,
        text=first.text,
        at=first.created_at,
        undo_until=first.not_before if waits else None,
        undo_seconds=max(0.0, (first.not_before - now).total_seconds()) if waits else None,
        send_at=first.not_before if first.scheduled else None,
        pictures=[row.id for row in rows if row.picture],
        promises=promises,
    )


@routes.delete("/deliveries/{id}")
async def take_back(call: Call[Actor]) -> TakenBack:
    """Undo a reply within its seconds, or cancel a planned one; 409 ``too_late`` when it has left."""
    at_the_desk(call)
    try:
        rows = await call.desk.replies.take_back(call.path("id"), call.who)
    except TooLate as late:
        raise ApiError(409, late.code, late.message) from late
    row = rows[0]
    for promise in await call.desk.stores.promises.of_ids(
        [derived(row.id, "promise", place) for place in range(MOST_PROMISES)]
    ):
        if promise.state is PromiseState.PROPOSED:
            await call.desk.given.dismiss(promise, call.who)
    await call.desk.live.tell("delivery", row.id, estate_id=row.estate_id, conversation=row.conversation_id)
    said = next((one.text for one in rows if not one.picture), "")
    return TakenBack(ok=True, text=said, pictures=[one.picture for one in rows if one.picture])


@routes.post("/deliveries/{id}/schedule")
async def schedule(call: Call[Actor], body: ScheduleIn) -> Sent:
    """Another time or other words for a planned reply; 409 ``too_late`` when it has left."""
    at_the_desk(call)
    try:
        row = await call.desk.replies.change(call.path("id"), call.who, send_at=body.send_at, text=body.text)
    except TooLate as late:
        raise ApiError(409, late.code, late.message) from late
    await call.desk.live.tell("delivery", row.id, estate_id=row.estate_id, conversation=row.conversation_id)
    return sent([row], [], call.desk.clock.now())


@routes.post("/conversations/{id}/notes", status=201)
async def note(call: Call[Actor], body: NoteIn) -> Line:
    """Write something down that only colleagues read; whoever is mentioned hears of it."""
    found = await named(call)
    line = await call.desk.holding.note(found, body.text, call.who, mentions=body.mentions, key=call.key)
    return (await lines_of(call, [line], found))[0]


@routes.post("/conversations/{id}/media", status=201, takes=LARGEST["image"])
async def picture(call: Call[Actor], query: PictureQuery) -> MediaView:
    """Upload a picture for a reply: the bytes themselves, JPEG, PNG or WebP."""
    medium = await call.desk.pictures.keep(await named(call), call.content, call.who, key=call.key)
    return MediaView.of(medium.id, medium)


@routes.post("/messages/{id}/correction")
async def correct(call: Call[Actor], body: CorrectionIn) -> Line:
    """What these words mean: an example to learn from; with ``ticket`` its category follows."""
    message = await call.desk.stores.messages.get(call.path("id"))
    found = await call.desk.conversations.get(message.conversation_id, at_the_desk(call))
    line = await call.desk.corrections.correct(
        message, found, body.label, call.who, intent=body.intent, ticket=body.ticket, key=call.key
    )
    return (await lines_of(call, [line], found))[0]
