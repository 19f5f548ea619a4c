"""An owner's yes or no to what work costs: by number, by tap or in free words, kept word for word."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from desk.charges import yuan
from desk.errors import Illegal
from handlers.context import Context, Reply
from handlers.which import open_tickets, resolved_tickets
from nlp.answers import read_choice, read_yes_no
from store.charges import WAITING, Charge, ChargeState
from store.conversations import OpenTicket
from store.errors import Conflict, NotFound
from store.tickets import State

PLAIN_FOR = timedelta(hours=48)
"""So long a bare number or 好的 is taken for the answer; later the words must say what they mean."""
_NO = re.compile(r"不同意|不接受|不(?:用|要|想)?修了|不[做弄换]了|不划算|太贵了?[,，。 ]*(?:算了|不[修做弄换要])")
_YES = re.compile(r"同意|接受(?!不)|(?<!不)可以[修换做弄]|[修换做弄]吧|按这个(?:价|来)")
_TALK = re.compile(r"太?贵|便宜|多少钱|价格|费用|收费|优惠|打折|保修|过保|凭什么|为什么.{0,4}[钱费]")
_TAP = re.compile(r"charge:(yes|no):(.+)")


def waiting_for_word(ctx: Context) -> list[OpenTicket]:
    """Tickets whose price waits for this owner's word, the one asked last first."""
    return sorted(
        (one for one in (*open_tickets(ctx), *resolved_tickets(ctx)) if one.charge and one.charge_at),
        key=lambda ticket: ticket.charge_at or ctx.now,
        reverse=True,
    )


def newer_than_dialogue(ctx: Context) -> bool:
    """Whether the price was asked after the question that still stands: then it hears the words first."""
    dialogue, waiting = ctx.conversation.dialogue, waiting_for_word(ctx)
    if dialogue is None or not waiting or waiting[0].charge_at is None:
        return False
    return waiting[0].charge_at > dialogue.expires_at - ctx.rules.settings.dialogue_expires_after


async def answered(ctx: Context) -> Reply | None:
    """The reply when these words answer a price that waits; None when they are something else."""
    waiting = waiting_for_word(ctx)
    if not waiting:
        return await _again(ctx)
    ticket = waiting[0]
    tapped = _TAP.fullmatch(ctx.message.menu_id or "")
    if tapped:
        ticket = next((one for one in waiting if one.charge == tapped[2]), ticket)
        return await _take(ctx, ticket, tapped[1] == "yes")
    said = _read(ctx, ticket)
    if said is not None:
        return await _take(ctx, ticket, said)
    if _TALK.search(ctx.message.text) and len(ctx.message.understanding.matters) <= 1:
        await ctx.desk.tickets.add_words(ticket.id, ctx.message.text[:500], (), by=ctx.owner, key=ctx.message.key)
        return Reply(ctx.say("charge.talk", title=ticket.title, who=ticket.executor_name))
    return None


def _read(ctx: Context, ticket: OpenTicket) -> bool | None:
    text = ctx.message.text.strip()
    if _NO.search(text):
        return False
    if _YES.search(text) and not re.search(r"[吗么?？]$", text):
        return True
    asked = ticket.charge_at
    if asked is None or ctx.now - asked > PLAIN_FOR or _asked_since(ctx, asked):
        return None
    number = read_choice(text, 2)
    return number == 1 if number is not None else read_yes_no(text)


def _asked_since(ctx: Context, at: datetime) -> bool:
    """Whether something else was asked later: then a bare 1 or 好的 answers that, and no money hangs on a guess."""
    if any(one.asked_at > at and one.expires_at > ctx.now for one in ctx.conversation.revisits):
        return True
    return any(one.state == State.WAITING_OWNER and one.at is not None and one.at > at for one in open_tickets(ctx))


async def _again(ctx: Context) -> Reply | None:
    """The answer to a message that had been taken for a yes or no before its process died."""
    text = ctx.message.text.strip()
    plain = _NO.search(text) or _YES.search(text) or read_choice(text, 2) or read_yes_no(text) is not None
    if ctx.message.first_time or not plain:
        return None
    for ticket in (*open_tickets(ctx), *resolved_tickets(ctx)):
        for charge in await ctx.desk.stores.charges.of_ticket(ticket.id):
            if charge.answer_key == ctx.message.key:
                return _said(ctx, ticket, charge)
    return None


async def _take(ctx: Context, ticket: OpenTicket, yes: bool) -> Reply | None:
    try:
        charge = await ctx.desk.stores.charges.get(str(ticket.charge))
    except NotFound:
        return None
    wanted = ChargeState.ACCEPTED if yes else ChargeState.REFUSED
    if charge.state not in (*WAITING, wanted):
        return None  # taken back meanwhile, or answered otherwise: the words are something else
    said = ctx.message.text or "(点选)"
    try:
        done = await ctx.desk.charges.answer(charge, yes, ctx.owner, said=said, way="chat", key=ctx.message.key)
    except (Illegal, Conflict):
        return None
    return _said(ctx, ticket, done)


def _said(ctx: Context, ticket: OpenTicket, charge: Charge) -> Reply:
    name = "charge.refused" if charge.state is ChargeState.REFUSED else "charge.accepted"
    return Reply(ctx.say(name, title=ticket.title, total=yuan(charge.total), who=ticket.executor_name))
