"""A revisit's question that no push could carry: it rides behind the next answer."""

from __future__ import annotations

from dataclasses import replace

from handlers.context import Context, Reply
from handlers.reopening import says_not_fixed
from handlers.revisit import pending, read
from nlp import Intent

MOST_BYTES = 1800
"""Of an answer with a question behind it; WeChat takes 2,048."""
_NOT_NOW = (
    Intent.PERSON,
    Intent.COMPLAINT,
    Intent.NUDGE,
    Intent.REVISIT_ANSWER,
    Intent.CANCEL,
    Intent.THANKS,  # it sounds as if all were well: nobody asks back on that
)


async def riding(ctx: Context, reply: Reply) -> Reply:
    """The reply with the question of a revisit behind it, when no customer message could carry that question.

    Not behind a question of ours, nor to somebody in trouble, nor to words that answer it already.
    """
    waits = [one for one in pending(ctx) if one.question]
    meaning = ctx.message.understanding
    if not waits or not reply.text or reply.dialogue is not None or ctx.message.kind not in ("text", "voice", "image"):
        return reply
    if "revisits" in reply.changes or "mode" in reply.changes or meaning.urgent or meaning.intent in _NOT_NOW:
        return reply
    one = waits[0]
    if read(ctx, one) is not None or says_not_fixed(ctx.message.text):
        return reply
    text = f"{reply.text}\n\n{one.question}"
    if len(text.encode()) > MOST_BYTES:
        return reply
    if not await ctx.desk.revisits.may_ride(one.ticket_id, ctx.conversation.id):
        return reply
    await ctx.desk.revisits.carried(one.ticket_id)
    asked = one.model_copy(update={"question": "", "asked_at": ctx.now})
    others = [known for known in ctx.conversation.revisits if known.ticket_id != one.ticket_id]
    changes = {**reply.changes, "revisits": [known.model_dump() for known in (*others, asked)]}
    return replace(reply, text=text, changes=changes)
