"""Complaints: taken on the record, joined with the repair when the fault is still there."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers import reopening, temper
from handlers.context import Context, Reply
from handlers.intake import forced, take
from handlers.nudge import chase, is_chase
from handlers.opening import Opened, open_all, receipt, shown
from handlers.router import Router
from handlers.wanted import Wanted, several
from handlers.which import open_tickets
from nlp import Intent, Label
from store.conversations import OpenTicket

router = Router("complaint")

_STILL = re.compile(
    "没人[修管来]|没[修弄处][好理]?|不[修管]|一直(?:没|不|漏|坏|堵)|还[没在是]|坏了.{0,8}[天周月]|又[坏漏堵]"
    "|总是|老是|三番|多次|反复"
)


_BARE_CHASE = re.compile(
    "(?:[怎咋]么?|为什么|为啥)?(?:还|都|到底|一直)*(?:没|不|未)(?:见)?(?:来|到|有)?(?:人|师傅|修|处理)?(?:来|修|管|理)?[啊呢吗?？!！]*"
)


@router.on(Intent.COMPLAINT)
async def complaint(ctx: Context) -> Reply:
    """A ticket; an angry chase nudges the ticket that is open instead."""
    again = await reopening.unasked(ctx)
    if again is not None:
        return again
    if is_chase(ctx):
        return await chase(ctx, angry=True)
    if temper.only_abuse(ctx.message.text):
        return temper.calm(ctx)
    if (
        not open_tickets(ctx)
        and len(ctx.message.text.strip()) <= 10
        and _BARE_CHASE.fullmatch(ctx.message.text.strip())
    ):
        return ctx.ask("what", "complaint", ctx.say("nudge.none"))
    wanted = several(ctx)
    if len(wanted) == 1 and ctx.bound and fault_is_still_there(wanted[0]):
        return await with_repair(ctx, wanted[0])
    return await take(ctx, wanted)


def fault_is_still_there(one: Wanted) -> bool:
    """Whether the complaint is about something that somebody still has to mend."""
    return bool(one.label is Label.COMPLAINT and one.slots.object and one.slots.fault and _STILL.search(one.text))


async def with_repair(ctx: Context, one: Wanted) -> Reply:
    """The complaint, and the repair behind it: nudged when it is open, else opened and linked."""
    known = open_repair(ctx, one)
    if known is None:
        mended = replace(forced(one, Label.REPAIR), urgent=False)
        opened = await open_all(ctx, [one, mended])
        return _said(ctx, opened, opened[1].ticket.number)
    opened = await open_all(ctx, [one])
    await ctx.desk.tickets.nudge(known.id, one.text[:500], by=ctx.owner, key=ctx.message.key)
    return _said(ctx, opened, known.number)


def _said(ctx: Context, opened: list[Opened], repair: str) -> Reply:
    return Reply(receipt(ctx, opened[0], repair=repair), tickets=shown(opened))


def open_repair(ctx: Context, one: Wanted) -> OpenTicket | None:
    """The open repair of that subject."""
    thing = one.slots.object or ""
    return next((t for t in open_tickets(ctx) if t.category == "repair" and thing and thing in t.title), None)
