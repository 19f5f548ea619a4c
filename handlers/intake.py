"""Takes what a message wants: tickets are opened, questions answered, and one reply says all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from handlers import binding
from handlers.context import Context, Reply
from handlers.knowledge import answer_to
from handlers.missing import with_question
from handlers.opening import before, joined, open_all
from handlers.parcels import waiting
from handlers.safety import cut, danger, safety_text
from handlers.wanted import Wanted
from handlers.which import open_tickets, opened_here, sentence
from nlp import Intent, Label
from store.conversations import OpenTicket

BARE = 6
"""So short a text ("报修", "我要报修") says that something is broken, not what."""
_EMPTY = re.compile(
    "你们|师傅|物业|管家|过来|上门|派|安排|人|来|帮忙?|麻烦|请|能不能|可以|一下|下|看|修|报修|维修|换|一个|一?个|处理|弄|家里?|我|这里?|那里?"
    "|有|点|些|出|了|东西|问题|毛病|状况|情况|吧|吗|啊|呢|要|想|需要|给|得|的|就|去|赶?快|急|是|事"
)
"""What is only the wish that somebody comes: "你们过来看一下吧"."""
_SHORTER = {
    "管子": "管",
    "灯泡": "灯",
    "灯管": "灯",
    "水管子": "水管",
    "龙头": "水龙头",
    "坐便": "马桶",
    "厕所": "马桶",
}
TROUBLE = re.compile("^.{0,6}(?:有|出)(?:了|点|些|个)*(?:小|大)?(?:问题|毛病|状况|故障)[了啊呢吧]*[。!！~]*$")
"""Something is wrong, and not a word of what (家里有点问题)."""
SAME_DANGER = timedelta(hours=2)
_THEIRS = re.compile("隔壁|邻居|对[门面]|楼[上下]|[别人]家|[外街路]边|马路|车库|地库|小区|楼道|电梯")
"""Not in the writer's home: a thing that smokes there (插座冒烟了 after 隔壁着火了) is another danger."""
TICKETS = (Label.REPAIR, Label.COMPLAINT)


async def take(ctx: Context, wanted: Sequence[Wanted], *, media: Sequence[str] = (), lead: str = "") -> Reply:
    """Open what becomes a ticket, answer what does not; one reply for all of it."""
    tickets = [one for one in wanted if one.label in TICKETS]
    said = [await _answer(ctx, one) for one in wanted if one.label not in TICKETS]
    answers = joined(*dict.fromkeys(said))  # two parcels, one list
    if not tickets:
        return Reply(joined(lead, answers))
    if not ctx.bound and not any(one.urgent for one in tickets):
        if says_nothing(tickets[0]) and not media:
            return _what(ctx, tickets[0])
        reply = await binding.ask_for(ctx, [one.text for one in tickets], media=media)
        return before(reply, joined(lead, answers))
    if len(tickets) == 1:
        if says_nothing(tickets[0]) and not media:
            return _what(ctx, tickets[0])
        known = repeated(ctx, tickets[0])
        if known is not None:
            return before(await add(ctx, tickets[0], known, media), joined(lead, answers))
    opened = await open_all(ctx, tickets, media=media)
    reply = with_question(ctx, opened, lead=joined(lead, answers))
    return reply


async def _answer(ctx: Context, one: Wanted) -> str:
    if one.label is Label.PARCEL:
        return await waiting(ctx) or ctx.say("parcel.none")
    return await answer_to(ctx, one.text) or ctx.say("inquiry.none")


def _what(ctx: Context, one: Wanted) -> Reply:
    return ctx.ask("what", one.category.value, ctx.say(f"{one.category.value}.ask_what"))


def says_nothing(one: Wanted) -> bool:
    """Whether only the wish to report was said."""
    text, slots = one.text.strip(), one.slots
    told = slots.object or slots.fault or slots.place or slots.room or slots.spot or one.urgent
    if len(text) < 2:
        return True
    if TROUBLE.search(text) and not (slots.object or one.urgent):
        return True
    if not told and len(text) <= 14 and not any(map(str.isalnum, _EMPTY.sub("", text))):
        return True
    return len(text) <= BARE and text.endswith(("报修", "维修", "修东西", "投诉")) and not (slots.object or slots.place)


async def add(ctx: Context, one: Wanted, known: OpenTicket, media: Sequence[str]) -> Reply:
    """The matter has its ticket: the words join it, and the owner hears where it stands."""
    message = ctx.message
    await ctx.desk.tickets.add_words(known.id, one.text, (*media, *message.recording), by=ctx.owner, key=message.key)
    said = ctx.say("repair.already", number=known.number, title=known.title, sentence=sentence(ctx, known))
    safety = safety_text(ctx.rules.texts, ctx.message.understanding) if one.urgent else None
    return Reply(joined(safety or "", said))


def repeated(ctx: Context, one: Wanted) -> OpenTicket | None:
    """The open ticket that already is about this; an emergency never hides behind one that is not."""
    if one.label is not Label.REPAIR:
        return None
    thing, place = one.slots.object, one.slots.place
    for ticket in open_tickets(ctx):
        if ticket.category != "repair" or opened_here(ctx, ticket) or (one.urgent and not ticket.urgent):
            continue
        if thing and same_thing(thing, ticket.title) and (not place or place in ticket.title):
            return ticket
        if not thing and place and one.slots.fault and place in ticket.title and one.slots.fault in ticket.title:
            return ticket
        if thing and _elsewhere(one.text, ticket.title):
            continue
        fresh = ticket.at is not None and ctx.now - ticket.at <= SAME_DANGER
        if one.urgent and fresh and danger(one.text) == danger(ticket.title) is not None:
            return ticket
        # "隔壁也没水" after "我们这栋楼停水了" is the same outage.
        if one.urgent and fresh and danger(one.text) is None and cut(one.text) == cut(ticket.title) is not None:
            return ticket
    return None


def _elsewhere(text: str, title: str) -> bool:
    """Whether the ticket is about a place that is not the writer's home, and the words are not about that place."""
    theirs = _THEIRS.search(title)
    return theirs is not None and theirs.group() not in text


def same_thing(thing: str, title: str) -> bool:
    """Whether the ticket is about that thing, also by its shorter name (管子: 水管爆了)."""
    return thing in title or bool(thing in _SHORTER and _SHORTER[thing] in title)


def forced(one: Wanted, label: Label) -> Wanted:
    """The matter as what the owner said it is."""
    intent = {Label.REPAIR: Intent.REPAIR, Label.COMPLAINT: Intent.COMPLAINT}.get(label, one.intent)
    return replace(one, label=label, intent=intent)
