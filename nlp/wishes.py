"""When the owner wishes something to happen: 明天下午三点后, 周末, 下班以后, 今晚, 月底前, 国庆后, 随时."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from nlp.numerals import HAN, number
from nlp.plain import flatten
from nlp.slots.periods import find_period

ESTATE_ZONE = ZoneInfo("Asia/Shanghai")
"""What "tomorrow afternoon" is meant in."""

PARTS: tuple[tuple[str, time, time], ...] = (
    ("下班", time(18), time(21)),
    ("凌晨", time(0), time(6)),
    ("清早", time(7), time(10)),
    ("一大早", time(7), time(10)),
    ("大早", time(7), time(10)),
    ("一早", time(7), time(10)),
    ("早上", time(8), time(10)),
    ("早晨", time(8), time(10)),
    ("上午", time(8), time(12)),
    ("中午", time(12), time(14)),
    ("下午", time(13, 30), time(18)),
    ("午后", time(13, 30), time(18)),
    ("傍晚", time(17), time(19)),
    ("晚上", time(18), time(21)),
    ("夜里", time(20), time(23)),
    ("白天", time(8), time(18)),
    ("全天", time(8), time(20)),
    ("一整天", time(8), time(20)),
    ("晚", time(18), time(21)),
    ("早", time(8), time(10)),
)
"""Parts of a day and what they usually mean; the first that fits counts."""
WHOLE_DAY = (time(8), time(20))


@dataclass(frozen=True, slots=True)
class Wish:
    """A wished time as written, and its bounds (aware, UTC) as far as they could be worked out."""

    text: str
    start: datetime | None = None
    end: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the bounds stay aware datetimes."""
        return {"text": self.text, "start": self.start, "end": self.end}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``; bounds may also be ISO text."""
        return cls(str(raw.get("text") or ""), _moment(raw.get("start")), _moment(raw.get("end")))


_NUM = rf"(?:\d{{1,2}}|[{HAN}]{{1,3}})"
_DAY = (
    r"(?P<near>大后[天日]|后[天日]|明[天日儿]|今[天日儿]|当天|明(?=[早晚])|今(?=[早晚]))"
    r"|(?P<next>下+|这|本)?个?(?:周|星期|礼拜)(?P<week>[一二三四五六日天末1-7])"
    rf"|(?P<month>{_NUM})月(?P<mday>{_NUM})[日号]?"
    rf"|(?:(?P<nextmonth>下+个?|本|这个?)月的?)?(?P<dom>{_NUM})[日号](?![楼门线院单栋车柜架电桩机口出井仓库地梯室房铺馆])"
)
_PART = (
    "下班(?:了|回家)?(?:以后|之后|后)?|凌晨|清早|一?大?早(?:上|晨)|一早|上午|中午|下午|午后|傍晚|晚上|夜里|白天|全天|一整天"
    "|(?<=[明今])[早晚]|[早晚](?=[1-9])"
)
_CLOCK = (
    rf"(?P<hour>{_NUM})(?:[点时](?!间|候|赶|儿|了|什)(?:钟|整)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_NUM})分?)?"
    r"|:(?P<colon>[0-5]\d)|(?=[-~到至]\d{1,2}[点时]))"
)
_TILL = (
    rf"\s?(?:-|~|到|至|—)+\s?(?:早上|上午|下午|晚上|中午)?(?P<till>{_NUM})"
    rf"(?:[点时](?:(?P<tillhalf>半)|(?P<tillminute>{_NUM})分?)?|:(?P<tillcolon>[0-5]\d))"
)
_SIDE = "以后|之后|过后|后(?!天)|以前|之前|前(?![天台面门])|左右"
_START = rf"(?=[大后明今当下这本周星礼凌清早上中午傍晚夜白全一\d{HAN}])"
_WHEN = re.compile(rf"{_START}(?:{_DAY})?[的, ]?(?P<part>{_PART})?[的, ]?(?:{_CLOCK}(?:{_TILL})?)?(?P<side>{_SIDE})?")
_SOON = re.compile(
    "随便(?:什么时候|啥时候|哪天|几点)|哪天都|任何时候|现在|马上|立刻|立即|尽快|越快越好|随时|啥时候都|什么时候都|几点都|都可以|都行|都方便"
)
_VAGUE = re.compile(
    "改天|有空|抽空|得空|方便(?:的?时候|时|再)|过[两几]天|过段时间|不急|等.{1,8}(?:再说|再来|以后|之后|回来)"
)
WISH_CHARS = frozenset("天日号点周晚早午时末儿月节年后前过内夜星礼班:近")
"""A wished time holds one of these, unless it is an answer (随时)."""
_WHEN_CHARS = frozenset("天日号点周晚早午时儿月夜星礼班晨:-~到至")
_SINCE = re.compile("开始|起就|就[没不开坏漏停]|已经|发现|刚|[没不](?:亮|来)|坏|漏|停[水电]|一直|到现在|至今|以来")
_NOT_THEN = re.compile(
    "(?:[点时]?(?:以?前|以?后|之[前后]))?(?:都|也|又|可能|恐怕|临时|我们?|家里?|有事)*"
    "(?:不(?:在|行|方便|得空|要来|用来|能来|可以来|太?方便)|没(?:空|时间|人)|别来|出差|加班|要?出门|回不[来去])"
)
"""Behind a time: it is the one that does not suit (明天我不在家,换一天吧)."""
_A_BIT = re.compile("(?:有|还|早|晚|快|慢|好|差|大|小|多|少|轻|稍微?|了|只)$")
_PAST = re.compile(
    r"(?:昨[天日晚儿]?|前[天日晚]|上+个?(?:周|星期|礼拜)[一二三四五六日天末]?|去年|上个?月.{0,3}|那天"
    r"|每[天日晚周个月年]*|天天|年年|从|自|自从)(?:的|夜里)?$"
)
_DAYS = {"今": 0, "当": 0, "明": 1, "后": 2, "大": 3}
_WEEK = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_WEEK |= {str(day): day - 1 for day in range(1, 8)}


def read_wish(text: str, now: datetime | None = None) -> Wish | None:
    """The time wished for in ``text``, resolved against ``now`` in the estate's zone; None when no time is named."""
    return find_wish(flatten(text), now, answer=True)


def find_wish(flat: str, now: datetime | None = None, *, answer: bool = False) -> Wish | None:
    """As ``read_wish`` for a flattened text.

    Unless it is an ``answer``, "今天早上开始漏" says since when and is no wish.
    """
    chars = set(flat)
    if not answer and chars.isdisjoint(WISH_CHARS):
        return None
    today = now if now is not None and now.tzinfo is ESTATE_ZONE else (now or datetime.now(UTC)).astimezone(ESTATE_ZONE)
    period = find_period(flat, today, chars)
    if period is not None and not answer and (period.end is None or _SINCE.match(flat, period.stop)):
        period = None if period.start is None or _SINCE.match(flat, period.stop) else period
    for found in _WHEN.finditer(flat) if not chars.isdisjoint(_WHEN_CHARS) else ():
        parts = found.groupdict()
        if not any(parts[name] for name in ("near", "week", "mday", "dom", "part", "hour")):
            continue
        if period is not None and period.begin <= found.start() and found.start() < period.stop:
            continue
        if period is not None and period.begin < found.start():
            break
        if _NOT_THEN.match(flat, found.end()) or _quantity(flat, found):
            continue
        if _PAST.search(flat, 0, found.start()) or (not answer and _SINCE.match(flat, found.end())):
            continue
        wish = _resolve(found.group().strip(" ,的"), parts, today)
        if wish is not None and (answer or wish.start is not None):
            return wish
    if period is not None:
        bounds = [moment and moment.astimezone(UTC) for moment in (period.start, period.end)]
        return Wish(period.text, *bounds)
    if not answer:
        return None
    soon = _SOON.search(flat)
    if soon:
        return Wish(soon.group(), today.astimezone(UTC), None)
    vague = _VAGUE.search(flat)
    return Wish(vague.group()) if vague else None


def _quantity(flat: str, found: re.Match[str]) -> bool:
    """Whether 一点 is a little of something: 还有一点漏, 早一点, 一点点."""
    if not found.group().strip().startswith("一点") or len(found.group().strip()) > 2:
        return False
    return flat.startswith(("点", "儿", "也", "都"), found.end()) or bool(_A_BIT.search(flat, 0, found.start()))


def _resolve(text: str, parts: Mapping[str, str | None], today: datetime) -> Wish | None:
    """Bounds for what was written; None when the numbers make no date or hour."""
    try:
        day, named = _day(parts, today.date())
    except ValueError:
        return None
    part = parts["part"]
    bounds = next(((low, high) for name, low, high in PARTS if part and part.startswith(name)), None)
    hour = parts["hour"]
    if hour:
        low = _clock(hour, parts["minute"] or parts["colon"], parts["half"], parts["quarter"], part)
        if low is None:
            return None
        till = parts["till"]
        minute = parts["tillminute"] or parts["tillcolon"]
        high = _clock(till, minute, parts["tillhalf"], None, part) if till else None
        if till and high and high <= low and high.hour < 12:
            high = high.replace(hour=high.hour + 12)
        side = parts["side"] or ""
        if "前" in side:
            start, end = (bounds or WHOLE_DAY)[0], low
            start = min(start, end)
        elif high is not None and high > low:
            start, end = low, high
        elif "后" in side:
            start, end = low, max((bounds or WHOLE_DAY)[1], low)
            end = end if end > start else time(min(start.hour + 2, 23), 59)
        else:
            start, end = low, (datetime.combine(day, low) + timedelta(hours=1)).time()
            end = end if end > start else time(23, 59)
    elif bounds:
        start, end = bounds
    else:
        start, end = WHOLE_DAY
    last = day + timedelta(days=1) if parts["week"] == "末" else day
    if not named and datetime.combine(last, end, ESTATE_ZONE) <= today:
        day, last = day + timedelta(days=1), last + timedelta(days=1)
    elif parts["week"] and not parts["next"] and datetime.combine(last, end, ESTATE_ZONE) <= today:
        day, last = day + timedelta(days=7), last + timedelta(days=7)
    elif datetime.combine(last, end, ESTATE_ZONE) <= today:
        return Wish(text)  # it is over: the words stand, but no time can be made of them
    side = parts["side"] or ""
    if not hour and "后" in side and not part:
        return Wish(text, _at(last + timedelta(days=1), WHOLE_DAY[0]), None)
    if not hour and "前" in side and not part and last > today.date():
        return Wish(text, today.astimezone(UTC), _at(day - timedelta(days=1), WHOLE_DAY[1]))
    return Wish(text, _at(day, start), _at(last, end))


def _day(parts: Mapping[str, str | None], today: date) -> tuple[date, bool]:
    """The day meant, and whether it was named; raises ``ValueError`` for a day that does not exist."""
    near, week = parts["near"], parts["week"]
    if near:
        return today + timedelta(days=_DAYS[near[0]]), True
    if week:
        monday = today - timedelta(days=today.weekday())
        ahead = (parts["next"] or "").count("下")
        day = monday + timedelta(days=_WEEK[week] + 7 * ahead)
        last = day + timedelta(days=1) if week == "末" else day
        if last < today and not parts["next"]:
            day += timedelta(days=7)
        return max(day, today) if week == "末" else day, True
    if parts["mday"]:
        day = date(today.year, number(parts["month"] or "") or 0, number(parts["mday"]) or 0)
        return (day if day >= today - timedelta(days=60) else day.replace(year=day.year + 1)), True
    if parts["nextmonth"] and parts["dom"]:
        month = today.month - 1 + parts["nextmonth"].count("下")
        return date(today.year + month // 12, month % 12 + 1, number(parts["dom"]) or 0), True
    if parts["dom"]:
        day = today.replace(day=number(parts["dom"]) or 0)
        if day < today:
            day = date(today.year + today.month // 12, today.month % 12 + 1, day.day)
        return day, True
    return today, False


def _clock(hour: str, minute: str | None, half: str | None, quarter: str | None, part: str | None) -> time | None:
    """The hour meant: 下午三点 is 15:00, and 三点 alone is the afternoon (nobody calls at night)."""
    value = number(hour)
    minutes = 30 if half else 15 * (number(quarter) or 0) if quarter else number(minute) if minute else 0
    if value is None or minutes is None or value > 24 or minutes > 59:
        return None
    name = part or ""
    late = name.startswith(("下午", "午后", "傍晚", "晚", "下班")) or (name == "中午" and value < 6)
    if value < 12 and (late or (not name and 1 <= value < 7)):
        value += 12
    return time(value % 24, minutes)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ESTATE_ZONE).astimezone(UTC)


def _moment(raw: object) -> datetime | None:
    if isinstance(raw, str):
        raw = datetime.fromisoformat(raw)
    if not isinstance(raw, datetime):
        return None
    return raw if raw.tzinfo else raw.replace(tzinfo=UTC)
