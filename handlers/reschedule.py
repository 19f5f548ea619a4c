"""Another time. A wish stands on the ticket; a day after today on accepted work defers it until then.

New work is not deferred: it still has to be accepted by somebody, who reads the wish.
"""

from __future__ import annotations

import re
from datetime import datetime

from desk.effects import brief
from desk.errors import Illegal, Incomplete
from desk.wished import WHOLE_DAY
from desk.wording import say_date, say_part_of_day
from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.progress import one as standing
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.visiting import untimely
from handlers.which import made_here
from nlp import Intent, Wish
from nlp.answers import read_skip, read_wish
from store.conversations import OpenTicket
from store.errors import Conflict
from store.tickets import State, Ticket

router = Router("reschedule")

_VAGUELY = re.compile("过[两几]天|[这那过]几天|过段时间|改天|有空|再说")
_NIGHT = re.compile("半夜|深夜|夜里|凌晨|后半夜")
_AGAIN = re.compile("(?:我)?(?:要|想|还是)?(?:改|换)(?:个|一下|下)?时间[吧啊呢。]*")
_GONE = re.compile("昨[天日晚]|前[天日](?!后)|上(?:个?月|个?星期|周)|刚才")
_OPEN = re.compile("随便|随时|任何时候|都(?:行|可以|方便)|哪天都")
_LOOSELY = re.compile("过[两几]天|[这那过]几天|周末|以后|之后|之前|[前后]$")


@router.on(Intent.RESCHEDULE)
async def reschedule(ctx: Context) -> Reply:
    """Change the time of the ticket that is meant."""
    return await on_ticket(ctx, "reschedule", none="reschedule.none")


@action("reschedule")
async def one(ctx: Context, ticket: OpenTicket) -> Reply:
    """To the time in the words, or ask for it."""
    wish = ctx.message.understanding.slots.time or read_wish(ctx.message.text, ctx.now)
    if wish is None:
        name = "reschedule.past" if _GONE.search(ctx.message.text) else "reschedule.ask"
        return ctx.ask("reschedule", "time", ctx.say(name), data={"id": ticket.id})
    return await to(ctx, ticket.id, wish)


@router.dialogue("reschedule")
async def answered(ctx: Context) -> Reply | Unhandled:
    """The new time; asked once more at most, then the words stand as they are."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    text, data = ctx.message.text, dialogue.data
    wish = read_wish(text, ctx.now)
    if wish is not None and not ctx.message.understanding.slots.fault:
        return await to(ctx, str(data.get("id")), wish)
    if read_skip(text):
        return Reply(ctx.say("reschedule.kept"))
    if _NIGHT.search(text) and len(text) <= 12:
        return ctx.ask("reschedule", "time", ctx.say("reschedule.night"), data=data)
    if _AGAIN.fullmatch(text.strip()):
        return ctx.ask("reschedule", "time", ctx.say("reschedule.ask"), data=data)
    if ctx.message.understanding.intent not in (Intent.UNKNOWN, Intent.RESCHEDULE, Intent.YES, Intent.CHOICE):
        return UNHANDLED
    if not data.get("again"):
        return ctx.ask("reschedule", "time", ctx.say("reschedule.again"), data=dict(data) | {"again": True})
    return await to(ctx, str(data.get("id")), Wish(text[:30]))


async def to(ctx: Context, ticket_id: str, wish: Wish) -> Reply:
    """Put the new time on the ticket."""
    if wish.end is not None and wish.end <= ctx.now:
        return ctx.ask("reschedule", "time", ctx.say("reschedule.past"), data={"id": ticket_id})
    if untimely(ctx, wish):
        return ctx.ask("reschedule", "time", ctx.say("reschedule.night"), data={"id": ticket_id})
    ticket = await ctx.desk.stores.tickets.get(ticket_id)
    if not ticket.is_open:
        return await standing(ctx, brief(ticket))
    if wish.start is not None and _later_day(ctx, wish.start) and ticket.state is not State.NEW:
        try:
            await _defer(ctx, ticket, wish.start, wish.text)
        except (Conflict, Illegal, Incomplete):
            # Somebody else changed it meanwhile: the wish stands on it, and they see it.
            await _put_down(ctx, ticket_id, wish)
    else:
        await _put_down(ctx, ticket_id, wish)
    time = wish.text
    if wish.start is None or wish.end is None or _LOOSELY.search(time):
        pass  # 随便什么时候, 过两天: no more exact than they were
    elif wish.end - wish.start >= WHOLE_DAY:
        time = say_date(wish.start, ctx.now, ctx.rules.zone)
    elif not any(mark in wish.text for mark in "点:：半刻"):
        time = say_part_of_day(wish.start, ctx.now, ctx.rules.zone)
    else:
        time = ctx.time(wish.start)
    if wish.start is None or _VAGUELY.search(wish.text) or _OPEN.search(wish.text):
        name = "reschedule.any" if _OPEN.search(wish.text) else "reschedule.vague"
        return Reply(ctx.say(name, number=ticket.number, title=ticket.title, time=wish.text))
    return Reply(
        ctx.say("reschedule.done", number=ticket.number, title=ticket.title, time=time, who=ticket.executor_name)
    )


async def _put_down(ctx: Context, ticket_id: str, wish: Wish) -> None:
    """The wish on the ticket; a visit promised for earlier moves with it."""
    visit_by = wish.end or wish.start
    await ctx.desk.tickets.wish(ticket_id, wish.text, by=ctx.owner, key=ctx.message.key, visit_by=visit_by)


async def _defer(ctx: Context, ticket: Ticket, until: datetime, words: str) -> None:
    if made_here(ctx, ticket, "move", State.DEFERRED):
        return
    key, owner = ctx.message.key, ctx.owner
    if ticket.state in (State.WAITING_OWNER, State.WAITING_PARTS, State.DEFERRED):
        ticket = await ctx.desk.tickets.move(ticket, State.ACCEPTED, owner, note=words, key=key, tell=False)
    await ctx.desk.tickets.move(
        ticket, State.DEFERRED, owner, until=until, reason=f"业主改时间：{words}", key=key, tell=False
    )


def _later_day(ctx: Context, at: datetime) -> bool:
    zone = ctx.rules.zone
    return at.astimezone(zone).date() > ctx.now.astimezone(zone).date()
