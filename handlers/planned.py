"""Planned outages, as approved notices tell them: asked "今天停水吗", or reported while one goes on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from desk.alike import group
from desk.notice_words import say_off, say_span, say_where
from handlers.context import Context, Reply
from handlers.incidents import DANGER
from handlers.knowledge import estate_of
from handlers.wanted import Wanted
from store.notices import Notice
from store.tickets import Category

LONGEST = 25
"""Of a question: longer words say more than this and go their own way."""
AHEAD = timedelta(days=14)
MOMENT = timedelta(milliseconds=1)
SUPPLIES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("hot_water", re.compile("(?:停|断|没有?)热水|热水.{0,3}停"), "没来热水"),
    ("water", re.compile("(?:停|断|没有?)水|来水|水.{0,2}停"), "没来水"),
    ("power", re.compile("(?:停|断|没有?)电(?!梯|视|话|费|卡)|来电(?!显|话)|(?<!充)电.{0,2}停(?!车)"), "没来电"),
    ("gas", re.compile("(?:停|断|没有?)(?:煤|燃|天然)?气|(?:燃|煤|天然)气.{0,2}停|来气"), "没来气"),
    ("heating", re.compile("(?:停|断|没有?)暖气?|暖气.{0,3}停"), "暖气没来"),
    ("lift", re.compile("电梯.{0,4}(?:停|检修|维护|保养|不能用)"), "电梯还停着"),
    ("network", re.compile("(?:断|停)网|网络?.{0,2}[停断]"), "网还断着"),
)
_ASKS = re.compile("[吗么？?]|几点|[什啥]么?时候|多久|到几|是不是|会不会|要不要|有没有|通知|公告|怎么|咋|哪天|几号")
_OTHER = re.compile("费|欠|停车|上次|昨天|前天|上周|赔|过户|怎么办|哪里看|在哪|保修|充电")
_DAYS = (("大后天", 3), ("后天", 2), ("明天|明早|明晚", 1), ("今天|今早|今晚|现在", 0))


def asked_about(ctx: Context) -> Reply | None:
    """What an approved notice says of the writer's homes; None when it asks something else or nothing is planned."""
    text = ctx.message.text.strip()
    if len(text) > LONGEST or _OTHER.search(text) or not _ASKS.search(text):
        return None
    found = next(((key, report) for key, words, report in SUPPLIES if words.search(text)), None)
    if found is None or _breakdown(ctx, text):
        return None
    supply, report = found
    notice = None
    for since, until in _when(ctx, text):
        notice = notice or _planned(ctx, supply, since, until)
    if notice is None or notice.outage is None:
        return None
    return Reply(
        ctx.say(
            "notice.planned",
            time=say_span(notice.outage, ctx.now, ctx.rules),
            place=say_where(notice),
            stop=say_off(supply),
            reason=notice.outage.reason,
            number=notice.number,
            title=notice.title,
            report=report,
        )
    )


def standing(ctx: Context, wanted: Wanted, category: Category, *, estate_id: str, room_id: str | None) -> Notice | None:
    """The announced outage that this report is about, while it goes on. Costs no store operation."""
    if category is not Category.REPAIR or DANGER.search(wanted.text):
        return None
    alike = group(estate_id, room_id, category, wanted.text, None)
    if alike is None:
        return None
    return ctx.desk.notices.outage(estate_id, room_id, alike.subject, since=ctx.now, until=ctx.now + MOMENT)


def link(notice: Notice | None) -> tuple[dict[str, str], ...]:
    """How the new ticket names it."""
    return ({"kind": "notice", "id": notice.id, "number": notice.number},) if notice else ()


def known(ctx: Context, links: tuple[dict[str, str], ...], number: str) -> str | None:
    """What is said instead of a receipt; None for a ticket of no announced outage."""
    ids = {one.get("id") for one in links if one.get("kind") == "notice"}
    notice = ctx.desk.notices.by_id(ids) if ids else None
    if notice is None or notice.outage is None:
        return None
    outage = notice.outage
    return ctx.say(
        "notice.known",
        stop=say_off(outage.supply),
        time=say_span(outage, ctx.now, ctx.rules),
        reason=outage.reason,
        number=number,
    )


def _planned(ctx: Context, supply: str, since: datetime, until: datetime) -> Notice | None:
    homes: list[tuple[str, str | None]] = [(home.estate_id, home.room_id) for home in ctx.conversation.homes]
    for estate, room in homes or [(estate_of(ctx), None)]:
        found = ctx.desk.notices.outage(estate, room, supply, since=since, until=until)
        if found is not None:
            return found
    return None


def _breakdown(ctx: Context, text: str) -> bool:
    """Whether something has really broken there: then that is told first."""
    for home in ctx.conversation.homes:
        alike = group(home.estate_id, home.room_id, Category.REPAIR, text, None)
        if ctx.desk.incidents.going_on(alike) is not None:
            return True
    return False


def _when(ctx: Context, text: str) -> list[tuple[datetime, datetime]]:
    """The day that was asked about first, then whatever comes within two weeks."""
    anytime = (ctx.now, ctx.now + AHEAD)
    days = next((days for words, days in _DAYS if re.search(words, text)), None)
    if days is None:
        return [anytime]
    midnight = ctx.now.astimezone(ctx.rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight + timedelta(days=days)
    return [(max(ctx.now, day), day + timedelta(days=1)), anytime]
