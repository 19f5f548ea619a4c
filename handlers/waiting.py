"""How long it takes, said only when enough cases tell."""

from __future__ import annotations

from desk.waiting import Wait
from handlers.context import Context
from store.conversations import OpenTicket
from store.tickets import Ticket


def queue_line(ctx: Context, ticket: Ticket) -> str:
    """For a receipt; empty for an emergency, which waits for nobody, and while nothing is known."""
    if ticket.urgent:
        return ""
    return _said(ctx, ctx.desk.waiting.of_opened(ticket, estate_id=ctx.conversation.estate_id))


def standing_line(ctx: Context, ticket: OpenTicket) -> str:
    """For "how is my ticket": what goes on in the building, or where it stands in the queue."""
    incident = ctx.desk.incidents.of_ticket(ticket.id)
    if incident is not None:
        expected = incident.expected_at if incident.expected_at and incident.expected_at > ctx.now else None
        return ctx.say("incident.standing", title=incident.title, expected=ctx.time(expected))
    wait = None if ticket.urgent else ctx.desk.waiting.of_ticket(ticket, ctx.conversation.estate_id)
    return _said(ctx, wait) if wait is not None else ""


def _said(ctx: Context, wait: Wait) -> str:
    if wait.minutes is None:
        return ""
    name = "waiting.queue" if wait.ahead else "waiting.queue_next"
    return ctx.say(name, position=wait.ahead, minutes=wait.minutes)
