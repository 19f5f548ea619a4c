"""Is the power off? What is known of the building is said; else the rule, and the offer to send somebody at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desk.alike import group
from desk.knowledge import Outcome
from handlers.context import Context, Reply
from handlers.inquiry import OUTAGE, free, helped
from handlers.intake import take
from handlers.knowledge import estate_of, look_up, quote
from handlers.opening import joined
from handlers.progress import progress
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import of_texts
from handlers.which import open_tickets
from nlp import Intent
from nlp.answers import read_yes_no
from store.incidents import Incident
from store.tickets import Category

router = Router("outage")

LONGEST = 20
"""Of a question about now, and of the answer to our offer: longer words say more and go their own way."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What may be off: the words of a question about it, what a report of it says, and how the offer names it."""

    words: re.Pattern[str]
    report: str
    also: str = "家里也停了"


_SUPPLIES = (
    Supply(re.compile("(?:停|断|没有?)热水|热水.{0,3}[停没]"), "家里没热水了", "家里也没热水"),
    Supply(re.compile("(?:停|断|没有?)水|水.{0,2}停|(?:来|恢复供?)水"), "家里停水了"),
    Supply(re.compile("(?:停|断|没有?)电(?!梯|视|话|费|卡)|电停|(?:来|恢复供?)电(?!梯|视|话|费)"), "家里停电了"),
    Supply(re.compile("(?:停|断|没有?)(?:煤|燃|天然)?气|(?:燃|煤|天然)气.{0,2}停|来气"), "家里停气了"),
    Supply(re.compile("(?:停|断|没有?)暖气|暖气.{0,2}停"), "家里暖气停了"),
    Supply(re.compile("电梯.{0,3}(?:停|坏|不动|不能用)"), "电梯停了", "电梯真停了"),
)
_NOT_NOW = re.compile(
    "明[天早晚]|后天|下周|周[一二三四五六日末]|几号|[欠交缴]|费|通知|公告|规定|计划|检修|提前|哪里看|怎么办|充|过户|停车|上次|昨天|前天|赔"
)
_OFF = re.compile("[停断]了|停的|停着|(?:停|断|没有?|缺)(?:水|电|气|暖|热水)|没了")
_STILL_ON = re.compile("没停|没有停|没断|[不未]停|来了|有[水电气]|[吗么?？]|怎么")


async def asked_about(ctx: Context) -> Reply | None:
    """The answer to "停电了吗"; None when the words ask something else. Costs no store operation of its own."""
    supply = _of(ctx.message.text)
    if supply is None:
        return None
    incident = _standing(ctx, supply)
    if incident is None and any(supply.words.search(ticket.title) for ticket in open_tickets(ctx)):
        return await progress(ctx)
    if incident is not None:
        expected = incident.expected_at if incident.expected_at and incident.expected_at > ctx.now else None
        said = ctx.say("inquiry.outage_known", title=incident.title, expected=ctx.time(expected), what=supply.also)
        return _offered(ctx, said, supply, "")
    found = await look_up(ctx, ctx.message.text)
    article = None if found.outcome is Outcome.NOTHING else found.best
    if not free(ctx):
        return Reply(quote(ctx, article)) if article is not None else None
    said = joined(quote(ctx, article) if article is not None else "", ctx.say("inquiry.outage", what=supply.also))
    return _offered(ctx, said, supply, article.id if article is not None else "")


def _offered(ctx: Context, said: str, supply: Supply, article: str) -> Reply:
    if not free(ctx):
        return Reply(said)
    data = {"question": ctx.message.text, "report": supply.report} | ({"article": article} if article else {})
    return ctx.ask(OUTAGE, "offer", said, data=data)


def _of(text: str) -> Supply | None:
    """What the question is about, when it asks whether it is off now or when it comes back."""
    if len(text) > LONGEST or _NOT_NOW.search(text):
        return None
    return next((supply for supply in _SUPPLIES if supply.words.search(text)), None)


def _standing(ctx: Context, supply: Supply) -> Incident | None:
    """What goes on in one of the writer's buildings, or in the whole estate."""
    homes: list[tuple[str, str | None]] = [(home.estate_id, home.room_id) for home in ctx.conversation.homes]
    for estate, room in homes or [(estate_of(ctx), None)]:
        alike = group(estate, room, Category.REPAIR, f"{supply.report} {ctx.message.text}", None)
        incident = ctx.desk.incidents.going_on(alike)
        if incident is not None:
            return incident
    return None


@router.dialogue(OUTAGE)
async def offered(ctx: Context) -> Reply | Unhandled:
    """The word "停了" is a report and becomes a ticket; whatever else is said goes its own way."""
    dialogue, text = ctx.conversation.dialogue, ctx.message.text.strip()
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    said = read_yes_no(text)
    off = bool(_OFF.search(text)) and not _STILL_ON.search(text) and len(text) <= LONGEST
    if off or said:
        report = str(dialogue.data.get("report") or dialogue.data.get("question") or text)
        return await take(ctx, of_texts(ctx, [report if said or len(text) <= 4 else f"{report}，{text}"]))
    answered = await helped(ctx)
    if not isinstance(answered, Unhandled):
        return answered
    if said is False or (ctx.message.understanding.intent is Intent.NO and len(text) <= LONGEST):
        return Reply(ctx.say("thanks.ok"))
    return UNHANDLED
