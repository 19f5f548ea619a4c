"""An answer before the question: a verdict on work whose revisit is planned and was not asked yet."""

from __future__ import annotations

from datetime import timedelta

from desk.revisit import UNHAPPY
from handlers.context import Context, Reply
from handlers.reopening import fits, says_not_fixed
from handlers.revisit import OTHERS, Said, act, and_something_new, handled_again
from handlers.which import resolved_tickets
from nlp import Intent
from nlp.slots.verdict import Verdict, read_verdict
from store.conversations import PendingRevisit
from store.tickets import State, Ticket

EARLY = timedelta(hours=48)
"""So long after the work was done, a verdict that nobody has asked for yet is the answer to its revisit."""

_EARLY = (Intent.REVISIT_ANSWER, Intent.THANKS, Intent.PRAISE, Intent.COMPLAINT)


async def early(ctx: Context) -> Reply | None:
    """The reply when the words judge work whose revisit is planned and was not asked yet; None for everything else.

    Words that give no verdict cost no store operation; a bad verdict goes its usual way.
    """
    done = resolved_tickets(ctx)
    if not done and ctx.message.first_time:
        return None
    verdict = read_verdict(ctx.message.text)
    if not _unasked_praise(ctx, verdict):
        return None
    # What is new has its own name; the words before it mean what was done last.
    briefs = done[:1] if verdict.new_problem else [brief for brief in done if fits(ctx, brief.title)]
    if not ctx.message.first_time and (again := await handled_again(ctx)) is not None:
        return again
    for brief in briefs:
        ticket = await ctx.desk.stores.tickets.get(brief.id)
        if not _waits_unasked(ctx, ticket):
            continue
        one = PendingRevisit(
            ticket_id=ticket.id,
            number=ticket.number,
            title=ticket.title,
            round=ticket.revisit.round,
            step="satisfaction",
            asked_at=ctx.now,
            expires_at=ctx.now,
        )
        if verdict.new_problem:
            return await and_something_new(ctx, one, verdict)
        return await act(ctx, one, Said(True, verdict.satisfaction))
    return None


def _unasked_praise(ctx: Context, verdict: Verdict) -> bool:
    """Whether the words say by themselves that the work is done, be it with a grumble about how."""
    text, meaning = ctx.message.text, ctx.message.understanding
    if not verdict.fixed or verdict.satisfaction == UNHAPPY:
        return False
    if verdict.new_problem:
        return True
    if says_not_fixed(text):
        return False
    # "好了" alone may be a word to anything.
    plain = verdict.satisfaction is not None or len(text.strip()) > len("好了")
    return plain and meaning.intent in _EARLY and len(meaning.matters) <= 1 and not OTHERS.search(text)


def _waits_unasked(ctx: Context, ticket: Ticket) -> bool:
    lately = ticket.resolved_at is not None and ctx.now - ticket.resolved_at <= EARLY
    return ticket.state is State.RESOLVED and ticket.revisit.state == "planned" and lately
