"""How a ticket is doing: state in words, who, by when."""

from __future__ import annotations

import re

from desk.effects import brief
from desk.wording import CIRCLED
from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.router import Router
from handlers.waiting import standing_line
from handlers.which import ask_which, by_number, last_tickets, narrowed, number_in, open_tickets, sentence
from nlp import Intent
from store.conversations import OpenTicket
from store.tickets import OPEN, State

router = Router("progress")

_URGES = re.compile("催|快[点些]|抓紧|还没")
MOST_LINES = 3
_WORKED_ON = frozenset(state.value for state in OPEN)


@router.on(Intent.PROGRESS)
async def progress(ctx: Context) -> Reply:
    """Of the ticket that the words name, else of all that are open, else of the last one."""
    number = number_in(ctx.message.text)
    if number:
        if _URGES.search(ctx.message.text):
            return await on_ticket(ctx, "nudge", none="nudge.none")
        known = await by_number(ctx, number)
        return await one(ctx, known) if known else Reply(ctx.say("choice.no_such_number", number=number))
    tickets = narrowed(ctx, open_tickets(ctx))
    if len(tickets) == 1:
        return await one(ctx, tickets[0])
    if tickets:
        return many(ctx, tickets)
    return await last(ctx)


@action("progress")
async def one(ctx: Context, ticket: OpenTicket) -> Reply:
    """One ticket."""
    said = sentence(ctx, ticket)
    told = ctx.say("progress.one", number=ticket.number, title=ticket.title, room=ticket.room_name, sentence=said)
    more = standing_line(ctx, ticket) if ticket.state in _WORKED_ON else ""
    return Reply(f"{told}\n{more}" if more else told)


def many(ctx: Context, tickets: list[OpenTicket]) -> Reply:
    """A line each, and one may be asked about by its number."""
    lines = [
        ctx.say(
            "progress.line",
            mark=CIRCLED[i],
            title=ticket.title,
            state=ctx.say(f"state.{ticket.state}"),
            by=f"最晚{ctx.time(ticket.due)}" if ticket.due and ticket.due > ctx.now else "",
        )
        for i, ticket in enumerate(tickets[:MOST_LINES])
    ]
    dialogue = ask_which(ctx, "progress", tickets[:MOST_LINES]).dialogue
    return Reply(ctx.say("progress.many", count=len(tickets), lines="\n".join(lines)), dialogue=dialogue)


async def last(ctx: Context) -> Reply:
    """Nothing is open: the last one that was done."""
    done = [t for t in await last_tickets(ctx) if t.state in (State.RESOLVED, State.CLOSED)]
    if not done:
        return Reply(ctx.say("progress.none"))
    ticket = done[0]
    when = ticket.resolved_at or ticket.ended_at or ticket.updated_at
    return Reply(ctx.say("progress.last", number=ticket.number, title=brief(ticket).title, when=ctx.time(when)))
