"""What is said by the way beside what asks for work: praise, a suggestion, a thing found, a word on an older ticket.

The work decides who answers; each aside gets its ticket, or is done, and its line in the same reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.context import Context, Reply
from handlers.hearing import SPEECH
from handlers.opening import after, joined, open_one, shown
from handlers.router import Handler
from handlers.wanted import Wanted
from handlers.which import from_before
from nlp import Intent, Label, Matter, Understanding, understand
from store.conversations import Mode
from store.tickets import Category

INDEX = 40
"""From this index on stand the tickets for what was said by the way."""
MOST = 2
_DONE = (Intent.CANCEL, Intent.RESCHEDULE, Intent.PROGRESS)
"""Asides about the tickets that were there before this message."""


def parted(ctx: Context) -> tuple[Context, list[Matter]]:
    """The context with the work alone, and what was said beside it; all as it was when there is no work or no aside."""
    meaning = ctx.message.understanding
    acts = [matter for matter in meaning.matters if matter.label is not Label.OTHER]
    asides = [matter for matter in meaning.matters if matter.label is Label.OTHER]
    if not acts or not asides:
        return ctx, []
    text = "，".join(matter.text for matter in acts)
    if len(acts) > 1:
        rest = replace(meaning, matters=tuple(acts))
        if meaning.label is Label.OTHER:
            rest = replace(rest, label=acts[0].label, intent=acts[0].intent, slots=acts[0].slots)
    else:
        rest = _alone(ctx, acts[0])
        if meaning.urgent and not rest.urgent:
            rest = replace(rest, urgent=True, urgent_reason=meaning.urgent_reason)
        if rest.slots.room is None:
            rest = replace(rest, slots=replace(rest.slots, room=meaning.slots.room))
    return replace(ctx, message=replace(ctx.message, text=text, understanding=rest)), asides


async def with_asides(ctx: Context, reply: Reply, asides: Sequence[Matter], intents: Mapping[Intent, Handler]) -> Reply:
    """The reply, with what became of each aside. ``intents``: who answers an aside about an older ticket."""
    if not asides or ctx.message.kind not in SPEECH or ctx.conversation.mode is Mode.PERSON:
        return reply
    links = [{"kind": "together", "id": known.id} for known in reply.tickets]
    for place, aside in enumerate(asides[:MOST]):
        if aside.intent in _DONE:
            reply = _both(reply, await intents[aside.intent](_about_older(ctx, aside)))
            continue
        category = Category.INQUIRY if aside.intent is Intent.LOST_FOUND else Category.SUGGESTION
        wanted = Wanted(aside.text, aside.intent, aside.label, aside.slots, aside.confidence)
        opened = await open_one(ctx, wanted, category=category, index=INDEX + place, links=links)
        line = ctx.say("receipt.also", number=opened.ticket.number, title=opened.ticket.title)
        reply = replace(_with_line(reply, line), tickets=(*reply.tickets, *shown([opened])))
    return reply


def _with_line(reply: Reply, line: str) -> Reply:
    """The reply with a line behind it, or before the question that it ends in."""
    receipt, _, question = (reply.text or "").rpartition("\n")
    if reply.dialogue is None or reply.dialogue.kind != "missing" or not receipt:
        return after(reply, line)
    return replace(reply, text=joined(receipt, line, question))


def _about_older(ctx: Context, aside: Matter) -> Context:
    """The context in which the aside alone was written, before this message opened anything."""
    older = tuple(one for one in ctx.conversation.open_tickets if one in from_before(ctx, [one]))
    return replace(
        ctx,
        message=replace(ctx.message, text=aside.text, understanding=_alone(ctx, aside)),
        conversation=ctx.conversation.model_copy(update={"open_tickets": older}),
    )


def _alone(ctx: Context, matter: Matter) -> Understanding:
    """A matter as if nothing else had been written."""
    own = understand(matter.text, now=ctx.now)
    return replace(own, label=matter.label, intent=matter.intent, matters=())


def _both(reply: Reply, other: Reply) -> Reply:
    """Both answers in one, a question last; of two questions the one about the older ticket waits for its answer."""
    asks = other.dialogue if other.dialogue is not None and other.dialogue.kind != "cancelled" else None
    texts = (reply.text or "", other.text or "")
    return Reply(
        joined(*(texts if asks else texts[::-1])) or None,
        asks or reply.dialogue or other.dialogue,
        {**other.changes, **reply.changes},
        (*reply.tickets, *other.tickets),
    )
