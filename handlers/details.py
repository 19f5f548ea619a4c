"""Words that belong to a ticket that is open already."""

from __future__ import annotations

from datetime import timedelta

from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.router import Router
from handlers.which import from_before, made_here, narrowed, number_in, open_tickets
from nlp import Intent, Label
from store.conversations import OpenTicket
from store.errors import Conflict
from store.tickets import State, Ticket

router = Router("details")

JOINS = timedelta(hours=24)
"""A photo belongs to a ticket that is at most this old."""
SAME_BREATH = timedelta(minutes=30)
"""Words that nobody understands, so soon after a ticket, are about it."""
WORTH_ASKING = 6
"""From so many characters on words without a ticket may be a matter of their own."""


@router.on(Intent.ADD_DETAIL)
async def add_detail(ctx: Context) -> Reply:
    """Words for the open ticket."""
    recent = fresh(ctx, SAME_BREATH)
    tickets = open_tickets(ctx)
    if recent is not None and narrowed(ctx, tickets) == tickets and number_in(ctx.message.text) is None:
        return await words(ctx, recent)
    if not tickets and number_in(ctx.message.text) is None:
        from handlers.asked import half, unsure

        asked = half(ctx)
        if asked is not None:
            return asked
        if len(ctx.message.text.strip()) >= WORTH_ASKING:
            return unsure(ctx)
    return await on_ticket(ctx, "detail", none="detail.nothing_open")


@action("detail")
async def words(ctx: Context, ticket: OpenTicket) -> Reply:
    """Put the words on this ticket."""
    message = ctx.message
    await ctx.desk.tickets.add_words(ticket.id, message.text[:2000], message.recording, by=ctx.owner, key=message.key)
    return Reply(ctx.say("detail.added", number=ticket.number, who=ticket.executor_name))


async def place(ctx: Context, ticket: OpenTicket, where: str) -> Reply:
    """The place that was still missing, said late: 厨房的."""
    await ctx.desk.tickets.complete(ticket.id, by=ctx.owner, key=ctx.message.key, place=where)
    said = ctx.say("repair.noted", said=where, number=ticket.number)
    return Reply(said, dialogue=ctx.conversation.dialogue)


def fresh(ctx: Context, within: timedelta = SAME_BREATH) -> OpenTicket | None:
    """The newest open ticket that is not older than that."""
    found = [t for t in open_tickets(ctx) if t.at is not None and ctx.now - t.at <= within]
    found = from_before(ctx, found)
    return max(found, key=lambda ticket: (ticket.at or ctx.now, ticket.number), default=None)


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
    await ctx.desk.tickets.add_words(known.id, text[:2000], media or ctx.message.recording, by=owner, key=key)
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
