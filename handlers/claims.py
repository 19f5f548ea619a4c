"""What an owner says of money or damage when the work is done: a supervisor who did not do it answers for it."""

from __future__ import annotations

from handlers.context import Context, Reply
from handlers.opening import before
from store.conversations import PendingRevisit
from store.tickets import Ticket


async def open_for(ctx: Context, ticket: Ticket, words: str) -> Ticket:
    """A problem item (问题件) for it; the ticket with that item. The same message again: the same item."""
    await ctx.desk.problems.open(ticket, f"业主回访时说：{words}", key=ctx.message.key)
    return await ctx.desk.stores.tickets.get(ticket.id)


def said(ctx: Context, ticket: Ticket, words: str) -> str:
    """Who looks at it and by when they hear of it."""
    by = ticket.problem.follow_by if ticket.problem is not None else None
    return ctx.say("revisit.thanks_claim", remark=words[:30], by=ctx.time(by), number=ticket.number)


async def noted(ctx: Context, one: PendingRevisit, words: str, asked: Reply | None) -> Reply:
    """It is kept and looked at; whether the work is done is asked back."""
    await ctx.desk.tickets.add_words(one.ticket_id, ctx.message.text[:500], (), by=ctx.owner, key=ctx.message.key)
    ticket = await open_for(ctx, await ctx.desk.stores.tickets.get(one.ticket_id), words)
    text = said(ctx, ticket, words)
    return before(asked, text) if asked is not None else Reply(text)


async def tell(ctx: Context, ticket: Ticket) -> None:
    """The supervisors hear what was not good, as the owner was told."""
    words = f"回访时业主提到：{ctx.message.text}"[:500]
    estate_id = ctx.conversation.estate_id or ticket.estate_id
    await ctx.desk.telling.supervisors(ticket.id, words, key=f"{ctx.message.key}:mixed", estate_id=estate_id)
