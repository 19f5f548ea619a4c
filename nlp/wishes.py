"""When the owner wishes something to happen: 明天下午三点后, 周末, 下班以后, 今晚, 月底前, 国庆后, 随时."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from nlp.numerals import HAN, number, roughly
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
    ("AM", time(8), time(12)),
    ("PM", time(13, 30), time(18)),
    ("午饭", time(12, 30), time(14)),
    ("晚饭", time(18, 30), time(21)),
    ("中午", time(12), time(14)),
    ("下午", time(13, 30), time(18)),
    ("午后", time(13, 30), time(18)),
    ("后晌", time(13, 30), time(18)),
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
    r"(?P<near>大后[天日]|后[天日]|[明今]儿个?|[明今][天日]|后儿个?(?!晌)|听日|当天|明(?=[早晚])|今(?=[早晚]))"
    r"|(?P<next>下+|这|本)?个?(?:周|星期|礼拜)(?P<week>[一二三四五六日天末1-7])"
    rf"|(?P<month>{_NUM})月(?P<mday>{_NUM})[日号]?"
    r"|(?<![\d./-])(?P<month2>1[0-2]|0?[1-9])[./](?P<mday2>[0-3]?\d)(?=[日号]|\s?(?:[上下中]午|早上|晚上|\d{1,2}[点:]|[之以]?前(?![天台面门])|[之以]后))[日号]?"
    rf"|(?:(?P<nextmonth>下+个?|本|这个?)月的?)?(?<![楼层栋幢#])(?P<dom>{_NUM})[日号](?![楼门线院单栋车柜架电桩机口出井仓库地梯室房铺馆]|\d{{1,2}}[楼层])"
)
_PART = (
    "下班(?:了|回家)?(?:以后|之后|后)?|凌晨|清早|一?大?早(?:上|晨)|一早|上午|中午|下午|午后|后晌|傍晚|晚上|夜里|白天|全天|一整天"
    "|(?<=[明今])[早晚]|(?<!最)[早晚](?=[1-9])|(?<=天) ?[AaPp][Mm](?![A-Za-z])|(?:吃[完过]?)?[午晚]饭(?:以后|之后|后)"
)
_CLOCK = (
    rf"(?P<hour>{_NUM})(?:[点时](?!间|候|赶|儿|了|什)(?:钟|整)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_NUM})分?)?"
    r"|:(?P<colon>[0-5]\d)|(?=[-~到至]\d{1,2}[点时])|(?= ?[AaPp]\.?[Mm]))(?: ?(?P<ampm>[AaPp])\.?[Mm](?![A-Za-z]))?"
)
_TILL = (
    rf"\s?(?:-|~|到|至|—)+\s?(?:早上|上午|下午|晚上|中午)?(?P<till>{_NUM})"
    rf"(?:[点时](?:(?P<tillhalf>半)|(?P<tillminute>{_NUM})分?)?|:(?P<tillcolon>[0-5]\d))"
)
_SIDE = "以后|之后|过后|后(?!天)|以前|之前|前(?![天台面门])|左右"
_START = rf"(?=[大后明今当听下这本周星礼凌清早上中午傍晚夜白全吃一\d{HAN}])"
_WHEN = re.compile(rf"{_START}(?:{_DAY})?[的, ]?(?P<part>{_PART})?[的, ]?(?:{_CLOCK}(?:{_TILL})?)?(?P<side>{_SIDE})?")
_SOON = re.compile(
    "随便(?:什么时候|啥时候|哪天|几点)|哪天都|任何时候|现在|马上|立刻|立即|尽快|越快越好|随时|啥时候都|什么时候都|几点都|都可以|都行|都方便"
)
_ANYTIME = re.compile(
    "随时都?(?:可以|能来|来|有人|方便|在家|欢迎|过来|上门)|(?:[什怎]么时候|啥时候|几点|哪天)(?:来|过来|上门)?都"
)
"""Also by itself a wished time: whoever reports a fault says so that nobody needs to ask."""
_UP_TO_YOU = re.compile(
    "(?:看|听|由|按)(?:你们?|师傅|您|物业)(?:的?(?:时间|方便|安排|意思))?|你们?(?:看着)?(?:定|安排)"
)
_LATER = re.compile(
    "(?:等|待|过)?一?会儿?(?:再?来|吧|$)|[等待][一]?[会下]儿?(?!再说)|(?:稍微?)?[晚迟][点些](?!再说)|稍[后晚](?!再说)"
)
_ANY = ("随时", "时候", "几点", "哪天")
_SOON_AFTER = timedelta(minutes=30)

_VAGUE = re.compile(
    "改天|有空|抽空|得空|方便(?:的?时候|时|再)|过[两几]天|过段时间|不急|等.{1,8}(?:再说|再来|以后|之后|回来)"
)
_DAY_NAMED = ("near", "week", "mday", "mday2", "dom")
_NAMING = (*_DAY_NAMED, "part", "hour")
_BEHIND = re.compile("[吧啊呢哈]?[,。 ]{1,2}(?:就|是|在)?")
WISH_CHARS = frozenset("天日号点周晚早午时末儿月节年后前过内夜星礼班:近")
"""A wished time holds one of these, unless it is an answer (随时)."""
_WHEN_CHARS = frozenset("天日号点周晚早午时儿月夜星礼班晨:-~到至")
_SINCE = re.compile("开始|起就|就[没不开坏漏停]|已经|发现|刚|[没不](?:亮|来)|坏|漏|停[水电]|一直|到现在|至今|以来")
_NOT_THEN = re.compile(
    "(?:[点时]?(?:以?前|以?后|之[前后]))?(?:都|也|又|可能|恐怕|临时|我们?|家里?|有事)*"
    "(?:不(?:在|行(?!就|的?话|再)|方便|得空|要来|用来|能来|可以来|太?方便)|没(?:空|时间|人)|别来|出差|加班|要?出门|回不[来去])"
)
"""Behind a time: it is the one that does not suit (明天我不在家,换一天吧)."""
_EXCEPT = re.compile("除(?:了|开|去|掉|非)?$")
_OTHERWISE = re.compile("其[他它余]|别的|都(?:行|可以|方便|在|成|好)")
_LATEST = re.compile("(?:最[迟晚]|不[晚迟]于|不超过|[赶务]必?[在于]|截止到?)(?:是|到|在)?$")
"""In front of a time: any earlier one will do as well."""
_WAS = re.compile(
    "的(?:师傅|工人)|[^,。!?]{0,5}(?:[修来装换报弄看查]过(?!去|来)|[修装换报弄看查]的(?!话|时候))"
    "|[^。!?]{0,10}(?:没(?:有?人)?来|没见|没人影|爽约)"
)
"""Behind a day that may lie behind us: it does (周二来修过, 说今天来怎么没来)."""
_A_BIT = re.compile("(?:有|还|早|晚|快|慢|好|差|大|小|多|少|轻|稍微?|了|只)$")
_PAST = re.compile(
    r"(?:昨[天日晚儿]?|前[天日晚]|(?<![楼晚早以马])上+个?|上+个?(?:周|星期|礼拜)[一二三四五六日天末]?|去年|上个?月.{0,3}|那天"
    r"|每[天日晚周个月年]*|天天|年年|半夜|深夜|从|自|自从)(?:的|夜里)?$"
)
_DAYS = {"今": 0, "当": 0, "明": 1, "听": 1, "后": 2, "大": 3}
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
    refused, without = -1, ""
    for found in _WHEN.finditer(flat) if not chars.isdisjoint(_WHEN_CHARS) else ():
        if found.lastindex is None:
            continue
        parts = found.groupdict()
        if not any(parts[name] for name in _NAMING):
            continue
        if period is not None and period.begin <= found.start() and found.start() < period.stop:
            continue
        if period is not None and period.begin < found.start():
            break
        if _quantity(flat, found):
            continue
        at = found.start()
        if out := _EXCEPT.search(flat, max(0, at - 2), at):
            refused, without = out.start(), flat[out.start() : found.end()].rstrip(" ,的")
            continue
        if _NOT_THEN.match(flat, found.end()):
            refused = at
            continue
        if _PAST.search(flat, max(0, at - 10), at) or (not answer and _SINCE.match(flat, found.end())):
            continue
        if not answer and _may_be_over(parts) and _WAS.match(flat, at + len(found.group().rstrip(" ,的"))):
            continue
        words = found.group()
        if period is None and not any(parts[name] for name in _DAY_NAMED) and (behind := _day_behind(flat, found)):
            parts |= behind.groupdict() | {name: parts[name] for name in parts if parts[name]}
            words = flat[at : behind.end()]
        wish = _resolve(words.strip(" ,的"), parts, today, latest=_LATEST.search(flat, max(0, at - 6), at) is not None)
        if wish is not None and (answer or wish.start is not None):
            return wish
    if period is not None:
        bounds = [moment and moment.astimezone(UTC) for moment in (period.start, period.end)]
        return Wish(period.text, *bounds)
    rest = _OTHERWISE.search(flat, refused) if refused >= 0 else None
    if rest or without:
        # 除了周二都行: no bounds can say that, the words do.
        return Wish(flat[refused : rest.end()] if rest else without)
    if not answer:
        anytime = _ANYTIME.search(flat) if any(map(flat.__contains__, _ANY)) else None
        return Wish(anytime.group(), today.astimezone(UTC), None) if anytime else None
    soon = _SOON.search(flat)
    if soon:
        return Wish(soon.group(), today.astimezone(UTC), None)
    vague = _VAGUE.search(flat) or _UP_TO_YOU.search(flat)
    if vague:
        return Wish(vague.group())
    later = _LATER.search(flat)
    return _later(later.group(), today) if later else None


def _later(text: str, today: datetime) -> Wish:
    """一会儿, 晚点: from half an hour on until the day's end."""
    start = (today + _SOON_AFTER).astimezone(UTC)
    end = _at(today.date(), WHOLE_DAY[1])
    return Wish(text, start, end if end > start else start + timedelta(hours=2))


def _may_be_over(parts: Mapping[str, str | None]) -> bool:
    """Whether the day named may as well be one that was: 今天, 周二 without 下, a date."""
    near = parts["near"]
    return near[0] in "今当" if near else not (parts["next"] or "").startswith("下")


def _day_behind(flat: str, found: re.Match[str]) -> re.Match[str] | None:
    """The day that is named only behind its hour: 三点以后吧,明天."""
    behind = _BEHIND.match(flat, found.end())
    day = _WHEN.match(flat, behind.end()) if behind else None
    if day is None or day["part"] or day["hour"] or not any(day[name] for name in _DAY_NAMED):
        return None
    return None if _NOT_THEN.match(flat, day.end()) else day


def _quantity(flat: str, found: re.Match[str]) -> bool:
    """Whether 一点 is a little of something: 还有一点漏, 早一点, 一点点."""
    if not found.group().strip().startswith("一点") or len(found.group().strip()) > 2:
        return False
    return flat.startswith(("点", "儿", "也", "都"), found.end()) or bool(_A_BIT.search(flat, 0, found.start()))


def _resolve(text: str, parts: Mapping[str, str | None], today: datetime, *, latest: bool = False) -> Wish | None:
    """Bounds for what was written; None when the numbers make no date or hour.

    "周五前" ends when Friday's work begins: all of Thursday is left. ``latest`` (最迟周五): Friday is in it.
    """
    try:
        day, named = _day(parts, today.date())
    except ValueError:
        return None
    part = (parts["part"] or "").strip().removeprefix("吃").lstrip("完过") or None
    if part and part.isascii():
        part = part.upper()
    side = parts["side"] or ""
    bounds = next(((low, high) for name, low, high in PARTS if part and part.startswith(name)), None)
    hour = parts["hour"]
    if hour:
        if parts["ampm"]:
            part = "下午" if parts["ampm"] in "pP" else "上午"
        low = _clock(hour, parts["minute"] or parts["colon"], parts["half"], parts["quarter"], part)
        if low is None:
            return None
        hours_on = datetime.combine(day, low, ESTATE_ZONE) < today and low.hour + 12 < WHOLE_DAY[1].hour
        if hours_on and "后" in side and not named and not part and not parts["ampm"]:
            low = low.replace(hour=low.hour + 12)  # 七点以后, said at ten: in the evening
        till = parts["till"]
        minute = parts["tillminute"] or parts["tillcolon"]
        high = _clock(till, minute, parts["tillhalf"], None, part) if till else None
        if till and high and high <= low and high.hour < 12:
            high = high.replace(hour=high.hour + 12)
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
    elif bounds and "前" in side and bounds[0] > WHOLE_DAY[0]:
        start, end = WHOLE_DAY[0], bounds[0]
    elif bounds and side.endswith("后"):
        start, end = bounds[0], max(bounds[1], WHOLE_DAY[1])
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
    if latest and not side:
        return Wish(text, today.astimezone(UTC), _at(last, end))
    if not hour and "后" in side and not part:
        return Wish(text, _at(last + timedelta(days=1), WHOLE_DAY[0]), None)
    if not hour and "前" in side and not part and last > today.date():
        return Wish(text, today.astimezone(UTC), _at(day, WHOLE_DAY[0]))
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
    if mday := parts["mday"] or parts["mday2"]:
        day = date(today.year, number(parts["month"] or parts["month2"] or "") or 0, number(mday) or 0)
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
    value = roughly(hour)
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
