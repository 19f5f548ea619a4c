"""Cancelling one's own ticket. When somebody is already on the way, or the words are not clear, it is asked first."""

from __future__ import annotations

import re

from desk.effects import brief
from desk.errors import Illegal
from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.intake import take
from handlers.progress import one as standing
from handlers.reopening import fits, says_not_fixed
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import of_texts
from handlers.which import last_tickets, made_here, open_tickets
from nlp import Intent
from nlp.answers import read_choice, read_yes_no
from store.conversations import OpenTicket
from store.errors import Conflict
from store.tickets import State, Ticket

router = Router("cancel")

MISTAKEN = re.compile("(?:发|打|按|搞|弄|看)错(?:了|群|人)|误报|点错|手滑|开(?:个)?玩笑")
"""It was no report at all: never cancelled without asking."""
_RETRACTS = re.compile(
    "(?:没有?|不是|谁)(?:说|要|想|让你们?)[^,，。]{0,3}取消|(?:别|不要|不想|不)取消|我是说|取消错|点错|按错|还是(?:要|得|请|来)?(?:修|来|派|办)"
)
CLEAR = 0.7


@router.on(Intent.CANCEL)
async def cancel(ctx: Context) -> Reply:
    """Cancel the ticket that is meant; which one is asked when several are open."""
    if not open_tickets(ctx) and not ctx.message.first_time:
        for ticket in await last_tickets(ctx):
            # This message cancelled it before it was interrupted.
            if made_here(ctx, ticket, "move", State.CANCELLED):
                return _done(ctx, ticket)
    return await on_ticket(ctx, "cancel", none="cancel.none", which="cancel.which")


@action("cancel")
async def one(ctx: Context, ticket: OpenTicket) -> Reply:
    """Cancel this one, or make sure first."""
    clear = ctx.message.understanding.confidence >= CLEAR
    thing = ctx.message.understanding.slots.object
    # "水不漏了" while the only open ticket is about the air conditioner: it may be another matter.
    elsewhere = bool(thing) and str(thing) not in ticket.title
    if ticket.state == State.IN_PROGRESS.value or not clear or elsewhere:
        return sure(ctx, ticket)
    return await now(ctx, ticket.id, ctx.message.text)


@action("give_up")
async def give_up(ctx: Context, ticket: OpenTicket) -> Reply:
    """不等了: what that means is asked first."""
    return sure(ctx, ticket)


def sure(ctx: Context, ticket: OpenTicket) -> Reply:
    """Whether it is to be cancelled, asked first."""
    question = ctx.say("cancel.confirm", number=ticket.number, title=ticket.title)
    return ctx.ask("cancel", "confirm", question, data=_data(ticket, ctx.message.text))


def _data(ticket: OpenTicket, text: str) -> dict[str, str]:
    return {"id": ticket.id, "number": ticket.number, "title": ticket.title, "text": text[:500]}


@router.dialogue("cancel")
async def confirmed(ctx: Context) -> Reply | Unhandled:
    """Yes cancels, no keeps it."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    text, data = ctx.message.text, dialogue.data
    choice = read_choice(text, 2)
    said = choice == 1 if choice else True if text.strip() in ("取消", "取消吧") else read_yes_no(text)
    if "不取消" in text:
        said = False
    if said is None:
        return UNHANDLED
    if not said:
        return Reply(ctx.say("cancel.kept", number=data.get("number", "")))
    return await now(ctx, str(data.get("id")), str(data.get("text", "")))


async def now(ctx: Context, ticket_id: str, words: str) -> Reply:
    """Cancel it. Somebody may be changing it at this moment: then it is looked at once more."""
    ticket = await ctx.desk.stores.tickets.get(ticket_id)
    for last in (False, True):
        if not ticket.is_open and not made_here(ctx, ticket, "move", State.CANCELLED):
            return await standing(ctx, brief(ticket))
        try:
            moved = await ctx.desk.tickets.move(
                ticket, State.CANCELLED, ctx.owner, note=words[:500] or None, key=ctx.message.key, tell=False
            )
        except Conflict as lost:
            if last or not isinstance(lost.current, Ticket):
                return Reply(
                    ctx.say("cancel.too_late", number=ticket.number, title=ticket.title, who=ticket.executor_name)
                )
            ticket = lost.current
        except Illegal:
            return await standing(ctx, brief(ticket))
        else:
            return _done(ctx, moved)
    raise AssertionError("one of the two tries returns")  # pragma: no cover


def _done(ctx: Context, ticket: Ticket) -> Reply:
    said = ctx.say("cancel.done", number=ticket.number, title=ticket.title)
    return ctx.ask("cancelled", "undo", said, data={"text": ticket.description[:2000]})


@router.dialogue("cancelled")
async def taken_back(ctx: Context) -> Reply | Unhandled:
    """没说取消 after a cancellation: the matter is reported once more, in its first words."""
    dialogue, text = ctx.conversation.dialogue, ctx.message.text
    if dialogue is None or ctx.message.kind not in ("text", "voice") or len(text) > 30:
        return UNHANDLED
    if ctx.message.understanding.intent is Intent.CANCEL and not open_tickets(ctx) and not _RETRACTS.search(text):
        return Reply(ctx.say("cancel.already"), dialogue=dialogue)
    again = says_not_fixed(text) and fits(ctx, str(dialogue.data.get("text", "")))
    if not again and not _RETRACTS.search(text):
        return UNHANDLED
    return await take(ctx, of_texts(ctx, [str(dialogue.data.get("text", ""))]))
