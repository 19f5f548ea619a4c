"""Which of the writer's tickets is meant, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from desk.effects import brief
from desk.wording import say_start, say_until, shorten
from handlers.choices import chosen, listed
from handlers.context import Context, Reply
from store.conversations import OpenTicket
from store.errors import NotFound
from store.ids import derived
from store.tickets import OPEN, State, Ticket

_NUMBER = re.compile(r"(?<![A-Za-z])[RCIPSrcips]\d{8}-\d{4,}")
_OPEN = frozenset(state.value for state in OPEN)
WATCHED = 20
"""So many of a person's last tickets are looked at when what they mean is not in the conversation any more."""


def number_in(text: str) -> str | None:
    """A ticket number written in the text."""
    found = _NUMBER.search(text)
    return found.group().upper() if found else None


def open_tickets(ctx: Context) -> list[OpenTicket]:
    """The writer's tickets on which somebody still works, newest first."""
    return [ticket for ticket in reversed(ctx.conversation.open_tickets) if ticket.state in _OPEN]


def resolved_tickets(ctx: Context) -> list[OpenTicket]:
    """The writer's tickets that are done and wait for their word, newest first."""
    return [ticket for ticket in reversed(ctx.conversation.open_tickets) if ticket.state == State.RESOLVED.value]


def narrowed(ctx: Context, tickets: Sequence[OpenTicket]) -> list[OpenTicket]:
    """Those that the words speak of: by number, by what is broken, by place, by kind; all when the words name none."""
    number = number_in(ctx.message.text)
    if number:
        return [ticket for ticket in tickets if ticket.number == number]
    slots = ctx.message.understanding.slots
    for word in (slots.object, slots.place):
        fits = [ticket for ticket in tickets if word and word in ticket.title]
        if fits:
            return fits
    for word, category in (("投诉", "complaint"), ("报修", "repair"), ("快递", "parcel"), ("建议", "suggestion")):
        fits = [ticket for ticket in tickets if word in ctx.message.text and ticket.category == category]
        if fits:
            return fits
    return list(tickets)


def ask_which(ctx: Context, action: str, tickets: Sequence[OpenTicket], text: str = "choice.ask_which_ticket") -> Reply:
    """Ask which ticket the ``action`` is for; the owner's first words come back with the answer."""
    names = [ticket.title or ticket.number for ticket in tickets]
    data = {
        "action": action,
        "ids": [ticket.id for ticket in tickets],
        "names": names,
        "numbers": [ticket.number for ticket in tickets],
        "text": ctx.message.text[:500],
    }
    return ctx.ask("which", "ticket", ctx.say(text, choices=listed([shorten(name, 16) for name in names])), data=data)


def picked(ctx: Context, data: Mapping[str, Any]) -> OpenTicket | None:
    """The ticket that the answer to ``ask_which`` means, as it is now; None when it is not clear or has ended."""
    names, numbers, ids = ([str(v) for v in data.get(field) or ()] for field in ("names", "numbers", "ids"))
    place = chosen(ctx.message.text, names, numbers)
    if place is None or place >= len(ids):
        return None
    return next((ticket for ticket in ctx.conversation.open_tickets if ticket.id == ids[place]), None)


async def by_number(ctx: Context, number: str) -> OpenTicket | None:
    """One of the writer's own tickets, also an ended one; None for anybody else's, as for one that is not there."""
    known = next((ticket for ticket in ctx.conversation.open_tickets if ticket.number == number), None)
    if known is not None:
        return known
    try:
        return brief(await ctx.desk.residents.ticket_for(ctx.conversation.person_id, number))
    except NotFound:
        return None


async def last_tickets(ctx: Context) -> list[Ticket]:
    """The writer's last tickets, ended ones too, newest first. One store operation: only when the talk needs it."""
    since = ctx.now - ctx.rules.settings.reopen_within
    before = ctx.now.replace(year=ctx.now.year + 1, month=1, day=1)
    return await ctx.desk.stores.tickets.of_owner(ctx.conversation.person_id, before=before, since=since, limit=WATCHED)


def made_here(ctx: Context, ticket: Ticket, kind: str, to: State | None = None) -> bool:
    """Whether this very message already did ``kind`` to the ticket (it is handled again after a crash)."""
    id = derived(ctx.message.key, f"{kind}:{ticket.id}" + (f":{to.value}" if to else ""))
    return any(event.id == id for event in ticket.events)


def opened_here(ctx: Context, ticket: OpenTicket) -> bool:
    """Whether this very message opened it."""
    return ticket.id in {derived(ctx.message.key, "ticket", index) for index in range(12)}


def from_before(ctx: Context, tickets: Sequence[OpenTicket]) -> list[OpenTicket]:
    """Those that were there before this message; it may be handled again after it opened one."""
    return [one for one in tickets if ctx.message.first_time or not opened_here(ctx, one)]


def is_late(ctx: Context, ticket: OpenTicket) -> bool:
    """Whether the promised time has passed while somebody should be at it."""
    return ticket.due is not None and ticket.due <= ctx.now and ticket.state in ("new", "accepted", "in_progress")


def sentence(ctx: Context, ticket: OpenTicket) -> str:
    """Where it stands, in one sentence: state, who, by when."""
    name = ctx.rules.texts.for_category(f"sentence.{ticket.state}", ticket.category[:1].upper())
    late = is_late(ctx, ticket)
    said = ctx.say(
        name,
        who=ticket.executor_name,
        by="" if late else ctx.time(ticket.due),
        until=say_start(ticket.until, ctx.now, ctx.rules.zone) if ticket.until else "",
        when=ctx.time(ticket.at),
        within="" if late or ticket.due is None else say_until(ticket.due, ctx.now, ctx.rules.zone),
    )
    return f"{said}\n{ctx.say('progress.late', by=ctx.time(ticket.due))}" if late else said
