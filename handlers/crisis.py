"""An emergency that is under way: what its owner writes meanwhile is kept with it and answered by what helps now."""

from __future__ import annotations

import re
from datetime import timedelta

from handlers.cancel import MISTAKEN, sure
from handlers.context import Context, Reply
from handlers.details import fresh
from handlers.nudge import to_supervisor
from handlers.peril import PEOPLE
from handlers.safety import cut, danger
from handlers.wanted import Wanted
from handlers.which import from_before, is_late, open_tickets, sentence
from nlp import Intent, Label, Understanding
from store.conversations import OpenTicket

LONGEST = 40
LASTS = timedelta(hours=2)
_WAITING = re.compile(
    "快[点些来快啊呀啲]|^快+$|啊{2,}|急|赶紧|抓紧|还没(?:来|到|有?人)|[怎咋]么?还|有没有人|有人[吗么]|人呢|救命|[到来]了?没|到了吗|到哪|多久|几分钟"
    "|(?:什么|啥)时候|害?怕|闷|喘|晕|难受|不行了|撑不住|受不了|急死|等不|出不[来去]|卡着|还(?:困|卡|在里面)"
)
_AFRAID = re.compile("(?<![不没])害?怕|闷|喘|晕|难受|不行了|撑不住|受不了|哭|救命")
_OVER = re.compile(
    "(?<![没不未])(?:出来|没事|解除|灭|关[上住掉]|止住|堵住|不漏|不喷|来电|来水|来气|恢复|修好)(?:了|啦|咯)|虚惊|误会|推上去了|^好了(?![吗没么？?])|醒(?:过来|了)|^(?:已经)?(?:门)?开了"
)
_NUMBER = re.compile("电话|打给谁|报警|119|120|110")
_CALLED = re.compile(
    "(?:打|叫|报)(?:了|过|完|好)[^,，。]{0,3}(?:119|120|110|警|电话|救护车|消防)|报过?警了|已经(?:打|报|叫)"
)
_STUCK = re.compile("[关拧]不[掉上动紧住]|(?:找|看)不(?:到|见)[^,，。]{0,4}阀")
_VALVE = re.compile("总阀|阀门|水阀|在哪关|怎么关|怎么办")
_OTHER = re.compile("[上下]班|营业|费|停车|车[位库牌]|装修|快递|包裹|押金|多少钱|办证|发票|取消|不用来|别来")
_OWN_WAY = (Intent.CANCEL, Intent.PERSON, Intent.BIND, Intent.RESCHEDULE, Intent.PRAISE, Intent.PARCEL_MISSING)


def under_way(ctx: Context) -> OpenTicket | None:
    """The writer's newest emergency of the last hours on which somebody still works."""
    urgent = [one for one in open_tickets(ctx) if one.urgent and one.at and ctx.now - one.at <= LASTS]
    urgent = from_before(ctx, urgent)
    return urgent[0] if urgent and ctx.message.kind in ("text", "voice") else None


def empty(one: Wanted) -> bool:
    """Whether urgent words name no danger of their own (快来人啊): they are about the one that is under way."""
    slots = one.slots
    own = slots.object or slots.place or slots.room or slots.spot
    return not own and danger(one.text) is None and cut(one.text) is None


def _goes_its_way(meaning: Understanding, text: str) -> bool:
    """Whether the words ask for something of their own. Fear that looks like praise (好怕) does not."""
    return meaning.intent in _OWN_WAY and not (meaning.intent is Intent.PRAISE and _AFRAID.search(text))


async def heard(ctx: Context) -> Reply | None:
    """The reply to fear, waiting, "出来了" or "总阀在哪"; before any question that stands. None for anything else."""
    ticket, meaning, text = under_way(ctx), ctx.message.understanding, ctx.message.text
    if ticket is None or not _short(ctx) or _goes_its_way(meaning, text) or meaning.slots.room is not None:
        return None
    if MISTAKEN.search(text):
        return sure(ctx, ticket)
    other = text.startswith("好了") and bool(ctx.conversation.revisits)  # the answer to what was asked
    if _OVER.search(text) and not other and not re.search("还|又|怎么", text):
        return await _over(ctx, ticket)
    if _CALLED.search(text):
        return await _kept(ctx, ticket, "crisis.noted")
    if _NUMBER.search(text):
        what = danger(ticket.title)
        fire, people = what in ("fire", "gas", "locked", "power"), what in PEOPLE
        name = "crisis.call" if fire else "crisis.call_police" if people else "crisis.call_plain"
        return await _kept(ctx, ticket, name)
    if _STUCK.search(text) and danger(ticket.title) == "water":
        await to_supervisor(ctx, ticket)
        said = ctx.say("crisis.stuck", sentence=sentence(ctx, ticket), number=ticket.number)
        return Reply(said, dialogue=ctx.conversation.dialogue)
    if _VALVE.search(text) and danger(ticket.title) == "water":
        return await _kept(ctx, ticket, "crisis.valve")
    if meaning.label is Label.REPAIR and meaning.slots.object and meaning.slots.object not in ticket.title:
        return None
    return await waiting(ctx, ticket) if _WAITING.search(text) else None


async def meanwhile(ctx: Context) -> Reply | None:
    """Anything else that is short and names nothing else: kept on the emergency's ticket."""
    ticket, meaning = under_way(ctx), ctx.message.understanding
    if (
        ticket is None
        or ticket != fresh(ctx)
        or not _short(ctx)
        or meaning.intent in (*_OWN_WAY, Intent.PROGRESS, Intent.GREETING)
    ):
        return None
    plain = meaning.intent in (Intent.THANKS, Intent.YES, Intent.NO, Intent.CHOICE)
    if plain and (meaning.confidence >= 0.7 or len(ctx.message.text.strip()) < 3):
        return None
    if meaning.slots.object or (meaning.label is Label.PARCEL and meaning.confidence >= 0.8):
        return None
    if meaning.label is Label.COMPLAINT and (len(ctx.message.text) > 12 or "投诉" in ctx.message.text):
        return None
    return await _kept(ctx, ticket, "crisis.noted")


async def more(ctx: Context, ticket: OpenTicket) -> Reply:
    """Urgent words that name no danger of their own: a chase, or one more thing to know."""
    return await (waiting(ctx, ticket) if _WAITING.search(ctx.message.text) else _kept(ctx, ticket, "crisis.noted"))


async def waiting(ctx: Context, ticket: OpenTicket) -> Reply:
    """Chased, the supervisor called, and once more what to do now."""
    await to_supervisor(ctx, ticket)
    afraid = bool(_AFRAID.search(ctx.message.text))
    name = danger(ticket.title)
    safety = ctx.say(f"safety.{name}") if name else ctx.say("safety.other") if afraid else ""
    late = is_late(ctx, ticket)
    said = ctx.say(
        "crisis.waiting_late" if late else "crisis.waiting_afraid" if afraid else "crisis.waiting",
        number=ticket.number,
        by=ctx.time(ticket.due),
        sentence=sentence(ctx, ticket).partition("\n")[0],
        safety=safety,
        duty_phone=ctx.rules.estate.phone,
    )
    return Reply(said, dialogue=ctx.conversation.dialogue)


async def _over(ctx: Context, ticket: OpenTicket) -> Reply:
    name = danger(ticket.title)
    return await _kept(ctx, ticket, f"crisis.over_{name}" if name in ("lift", "water") else "crisis.over")


async def _kept(ctx: Context, ticket: OpenTicket, name: str) -> Reply:
    message = ctx.message
    await ctx.desk.tickets.add_words(ticket.id, message.text[:2000], message.recording, by=ctx.owner, key=message.key)
    said = ctx.say(name, number=ticket.number, who=ticket.executor_name, duty_phone=ctx.rules.estate.phone)
    return Reply(said, dialogue=ctx.conversation.dialogue)


def _short(ctx: Context) -> bool:
    text = ctx.message.text.strip()
    return 0 < len(text) <= LONGEST and len(ctx.message.understanding.matters) < 2 and not _OTHER.search(text)
