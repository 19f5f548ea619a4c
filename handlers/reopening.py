"""Work that is done and yet is not: "没修好", "又漏了". It goes on under its old number, also when nobody asked."""

from __future__ import annotations

import re
from dataclasses import replace

from desk.errors import Illegal
from handlers.context import Context, Reply
from handlers.safety import danger
from handlers.which import last_tickets, made_here, resolved_tickets
from nlp import understand
from store.tickets import State, Ticket

NOT_FIXED = re.compile(
    "没(?:有)?(?:完全|彻底)?(?:修|弄|处理|搞|整|疏通|做)(?:好|通|完)|没(?:有)?(?:好|解决|修|通|恢复)|修不好|白修|越修越|老样子|复发|反复"
    "|一(?:冲|开|用|放|按|插|拧|下雨|踩|碰|关|洗)[^,，。]{0,4}就(?:又|会)?(?:漏|溢|堵|跳|灭|闪|响|滴|渗|冒|断|停|反)"
    "|(?:还|又|仍)(?:是)?(?:在)(?:装|吵|唱|跳|敲|叫|闹|占|臭|拖|砸|钻)|照[样旧](?:装|吵|唱|跳|敲|叫|闹|占|臭)"
    "|[一](?P<f>[闪卡响跳])一(?P=f)|忽明忽暗|时好时坏"
    "|比(?:原来|之前|以前|没修|修(?:之|以)?前|上次)(?:的时候|还|更)?[^,，。]{0,5}(?:还|更|厉害|严重|凶|差)"
    "|又(?:开始)?(?:漏|坏|堵|滴|渗|停|响|闪|犯|吵|不[亮通响灵转热行])|(?:还|仍|依)(?:在|是|然|旧)?(?:会|有)?(?:一?点+儿?|些|时不时|偶尔)?的?(?:漏|滴|渗|坏|堵|响|闪|不[亮通响灵转热行])"
)


_GRAVE = re.compile("爆|喷|淹|漫|涌|哗|成河|火|烟|焦|煤气|燃气|电人|触电|漏电|困|救|大")


def says_not_fixed(text: str) -> bool:
    """Whether the words say that something mended is not."""
    return bool(NOT_FIXED.search(text)) and not re.search("不(?:再|会|用)?(?:又|还)|没再|不漏了|没问题", text)


def fits(ctx: Context, title: str) -> bool:
    """Whether the words can be about this ticket: they name nothing that it does not."""
    slots = ctx.message.understanding.slots
    if slots.object:
        return slots.object in title
    return not slots.place or slots.place in ("家里", "屋里") or slots.place in title


def only_again(ctx: Context) -> bool:
    """Whether urgent words say no more than that what was just mended is not (水管还在漏): it is reopened as it was."""
    text = ctx.message.text
    if not says_not_fixed(text) or _GRAVE.search(text) or len(ctx.message.understanding.matters) > 1:
        return False
    done = resolved_tickets(ctx)
    return any(fits(ctx, brief.title) and danger(text) in (None, danger(brief.title)) for brief in done)


def _of_the_faulty(ctx: Context) -> Context:
    """The clause that tells of the fault decides which work is meant: 水龙头满意，灯还是闪."""
    clauses = [clause for clause in re.split("[,，。;；!！]", ctx.message.text) if says_not_fixed(clause)]
    if len(clauses) != 1 or clauses[0] == ctx.message.text:
        return ctx
    meaning = understand(clauses[0], now=ctx.now)
    if meaning.slots.object is None:
        return ctx
    return replace(ctx, message=replace(ctx.message, understanding=meaning))


async def unasked(ctx: Context) -> Reply | None:
    """Reopen what the words are about; None when they are about nothing that was done."""
    text = ctx.message.text
    if not says_not_fixed(text) or len(ctx.message.understanding.matters) > 1:
        return None
    ctx = _of_the_faulty(ctx)
    for brief in resolved_tickets(ctx):
        if fits(ctx, brief.title):
            return await reopen(ctx, brief.id)
    if ctx.message.first_time and not ctx.conversation.ended:
        return None
    for ticket in await last_tickets(ctx):
        if made_here(ctx, ticket, "rated"):
            return Reply(said(ctx, ticket))
        if ticket.state in (State.CLOSED, State.RESOLVED) and fits(ctx, ticket.title):
            return await reopen(ctx, ticket.id)
    return None


async def reopen(ctx: Context, ticket_id: str) -> Reply | None:
    """Not fixed: reopened at once. None when it was closed too long ago: then it is a new matter."""
    try:
        outcome = await ctx.desk.revisits.answer(
            ticket_id,
            fixed=False,
            satisfaction=None,
            words=ctx.message.text[:500],
            by=ctx.owner,
            key=ctx.message.key,
        )
    except Illegal:
        return None
    return Reply(said(ctx, outcome.ticket), changes=left_of(ctx, outcome.ticket))


def said(ctx: Context, ticket: Ticket, name: str = "revisit.not_fixed") -> str:
    """Sorry, who looks after it now and by when."""
    due = ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
    who = f"{ticket.executor_name}和主管" if ticket.executor_name else "主管"
    text = ctx.rules.texts.for_category(name, ticket.category.letter)
    return ctx.say(text, number=ticket.number, title=ticket.title, who=who, by=ctx.time(due))


def left_of(ctx: Context, ticket: Ticket) -> dict[str, object]:
    """What the reply must still change: nothing where the desk itself has taken the revisit out."""
    return {} if ticket.conversation_id == ctx.conversation.id else without(ctx, ticket.id)


def without(ctx: Context, ticket_id: str) -> dict[str, object]:
    """The pending revisits, this one taken out; nothing to change when it was not among them."""
    left = [pending for pending in ctx.conversation.revisits if pending.ticket_id != ticket_id]
    if len(left) == len(ctx.conversation.revisits):
        return {}
    return {"revisits": [pending.model_dump() for pending in left]}
