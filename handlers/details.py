"""Words, photos, voice and places that belong to a ticket that is open already."""

from __future__ import annotations

from datetime import timedelta

from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.router import Router
from handlers.which import made_here, narrowed, number_in, open_tickets
from nlp import Intent, Label
from store.conversations import OpenTicket
from store.errors import Conflict
from store.tickets import State, Ticket

router = Router("details")

JOINS = timedelta(hours=24)
"""A photo belongs to a ticket that is at most this old."""
SAME_BREATH = timedelta(minutes=30)
"""Words that nobody understands, so soon after a ticket, are about it."""
NAMES = {"image": "照片", "video": "视频", "shortvideo": "视频", "location": "位置", "link": "链接", "file": "文件"}


@router.on(Intent.ADD_DETAIL)
async def add_detail(ctx: Context) -> Reply:
    """Words for the open ticket."""
    recent = fresh(ctx, SAME_BREATH)
    tickets = open_tickets(ctx)
    if recent is not None and narrowed(ctx, tickets) == tickets and number_in(ctx.message.text) is None:
        return await words(ctx, recent)
    return await on_ticket(ctx, "detail", none="detail.nothing_open")


@action("detail")
async def words(ctx: Context, ticket: OpenTicket) -> Reply:
    """Put the words on this ticket."""
    await ctx.desk.tickets.add_words(ticket.id, ctx.message.text[:2000], (), by=ctx.owner, key=ctx.message.key)
    return Reply(ctx.say("detail.added", number=ticket.number, who=ticket.executor_name))


def fresh(ctx: Context, within: timedelta) -> OpenTicket | None:
    """The newest open ticket that is not older than that."""
    found = [t for t in open_tickets(ctx) if t.at is not None and ctx.now - t.at <= within]
    return max(found, key=lambda ticket: (ticket.at or ctx.now, ticket.number), default=None)


@router.on_kind("image", "video", "shortvideo", "location", "link", "file")
async def media(ctx: Context) -> Reply:
    """Join the newest open ticket; without one, ask what it is about and keep it until then."""
    message = ctx.message
    text = f"位置：{message.place_label or message.text}" if message.kind == "location" else ""
    if message.kind == "link":
        text = message.text
    ids = (message.media_id,) if message.media_id else ()
    ticket = fresh(ctx, JOINS)
    if ticket is not None:
        if ticket.state == State.WAITING_OWNER.value:
            return await answer_question(ctx, ticket, text, ids)
        await ctx.desk.tickets.add_words(ticket.id, text, ids, by=ctx.owner, key=message.key)
        name = "detail.thing_added"
        said = ctx.say(name, number=ticket.number, who=ticket.executor_name, thing=NAMES[message.kind])
        return Reply(said)
    dialogue = ctx.conversation.dialogue
    data = dict(dialogue.data) if dialogue is not None and dialogue.kind == "photo" else {}
    kept = {"media": [*data.get("media", ()), *ids][:9], "text": text or data.get("text", "")}
    return ctx.ask("photo", "what", ctx.say("detail.thing_no_ticket", thing=NAMES[message.kind]), data=kept)


@router.on_kind("voice")
async def voice(ctx: Context) -> Reply:
    """Voice that the platform did not recognise: a colleague listens, and typing is quicker."""
    ticket = fresh(ctx, JOINS)
    if ticket is not None and ctx.message.media_id:
        await ctx.desk.tickets.add_words(ticket.id, "", (ctx.message.media_id,), by=ctx.owner, key=ctx.message.key)
    return Reply(ctx.say("unknown.voice"), changes={"waiting_since": ctx.conversation.waiting_since or ctx.now})


# ---- a colleague asked the owner something ----


def asked_by_staff(ctx: Context) -> OpenTicket | None:
    """The ticket that waits for the owner's word."""
    return next((t for t in open_tickets(ctx) if t.state == State.WAITING_OWNER.value), None)


def answers_staff(ctx: Context) -> bool:
    """Whether the words can answer a colleague's question, rather than start something new."""
    meaning = ctx.message.understanding
    if meaning.urgent or len(meaning.matters) > 1:
        return False
    if meaning.label is not Label.OTHER:
        return meaning.label is Label.REPAIR and (meaning.confidence < 0.7 or not meaning.slots.fault)
    return meaning.intent in (
        Intent.UNKNOWN,
        Intent.YES,
        Intent.NO,
        Intent.CHOICE,
        Intent.ADD_DETAIL,
        Intent.SMALLTALK,
        Intent.REVISIT_ANSWER,
        Intent.RESCHEDULE,
    )


async def answer_question(ctx: Context, known: OpenTicket, text: str, media: tuple[str, ...] = ()) -> Reply:
    """The owner's word is on the ticket, and the work goes on."""
    key, owner = ctx.message.key, ctx.owner
    await ctx.desk.tickets.add_words(known.id, text[:2000], media, by=owner, key=key)
    ticket = await ctx.desk.stores.tickets.get(known.id)
    if ticket.state is State.WAITING_OWNER and not made_here(ctx, ticket, "move", State.ACCEPTED):
        try:
            ticket = await ctx.desk.tickets.move(
                ticket, State.ACCEPTED, owner, note=text[:500] or None, key=key, tell=False
            )
        except Conflict as lost:
            # A colleague went on without waiting; the words are on the ticket already.
            ticket = lost.current if isinstance(lost.current, Ticket) else ticket
    return Reply(ctx.say("detail.answered", number=ticket.number, who=ticket.executor_name))
