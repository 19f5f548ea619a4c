"""Spans longer than an hour: 月底前, 下个月, 国庆后, 三天后, 周三到周五, 这两天; as dates in the estate's calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlp.numerals import HAN, HAN_SET, number, roughly

Bounds = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Period:
    """What was written, where, and its bounds as far as they are known (in the zone of the given now)."""

    text: str
    start: datetime | None
    end: datetime | None
    begin: int
    stop: int


OPENS, CLOSES = time(8), time(20)
_LUNAR = {
    "春节": ((2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3)),
    "端午": ((2025, 5, 31), (2026, 6, 19), (2027, 6, 9), (2028, 5, 28), (2029, 6, 16), (2030, 6, 5)),
    "中秋": ((2025, 10, 6), (2026, 9, 25), (2027, 9, 15), (2028, 10, 3), (2029, 9, 22), (2030, 9, 12)),
}
"""Festivals of the lunar calendar; beyond the table they have no bounds."""
_FIXED = {"元旦": (1, 1, 1), "清明": (4, 4, 3), "五一": (5, 1, 5), "劳动节": (5, 1, 5), "国庆": (10, 1, 7)}
_DAYS_OFF = {"春节": 8, "端午": 3, "中秋": 3}
_SAME = {"过年": "春节", "年": "春节", "十一": "国庆", "新年": "春节", "除夕": "春节", "元宵": "元宵"}

_NUM = rf"(?:\d{{1,3}}|[{HAN}]{{1,3}}|几)"
_FESTIVAL = re.compile(
    r"(?P<fest>国庆|春节|过年|过完年|元宵|中秋|端午|清明|五一|劳动节|元旦|除夕|(?<![\d一二三四五六七八九])十一(?=[假长放节]|[过前后以之]))"
    rf"(?:节|假期|长假|放假|期间)*(?P<side>[以之过]?后|[以之]?前)?|(?<![\d几半多去前今{HAN}])(?P<year>年)(?P<side2>[前后])(?!面|排|年)"
)
_MONTH = re.compile(
    rf"(?:(?P<next>下+|这|本|上)个?)?(?:(?P<name>(?<![\d])1[0-2]|(?<![\d])[1-9]|[{HAN}]{{1,2}})?月)(?P<part>底|初|末|中旬?|上旬|下旬)?"
    r"(?P<side>[以之]?前|[以之]?后)?(?!\d|[一二三四五六七八九十廿]|[份费租卡结供子经季付饼亮])"
)
_AFTER = re.compile(
    rf"(?:过|再等|等)?(?P<count>{_NUM}|半)个?(?P<half>半)?(?P<of>小时|钟头|分钟|天|星期|礼拜|周|月)(?P<side>[以之]?后|内|之内|以内)|过(?P<count2>{_NUM})(?P<of2>天|周|个?小时|个?星期)"
)
_DAYS = re.compile(
    r"(?P<which>明[天儿]?(?:或者?|还是|和|跟|、)后[天儿]|[今明]?明?后两?天|今明(?:两|后)?天?|这[两几]天|近[两几]天)"
    r"(?!都(?!行|可以|方便|在家|有空|有人|成|好)|[就没不一已才漏停坏]|[^,。!?]{0,8}(?:一直|老是|总是|天天|频繁))"
)
_WEEKDAYS = re.compile(
    r"(?P<next>下+|这|本)?个?(?:周|星期|礼拜)(?P<from>[一二三四五六日天1-7])(?:(?:到|至|-|~)|[、和或跟,]?(?=周|星期|礼拜))(?:下?个?(?:周|星期|礼拜))?(?P<to>[一二三四五六日天1-7])"
)
_WEEK = re.compile(r"(?P<next>下+|这|本)个?(?:周|星期|礼拜)(?![一二三四五六日天末1-7])(?P<side>[以之]?内|里)?")
_WEEK_DAY = {day: place for place, day in enumerate("一二三四五六日")} | {"天": 6}
_WEEK_DAY |= {str(day): day - 1 for day in range(1, 8)}


def find_period(flat: str, today: datetime, chars: Set[str]) -> Period | None:
    """The first such span in a flattened text of these ``chars``; ``today`` is now in the estate's zone."""
    for needed, also, pattern, bounds in _READERS:
        if chars.isdisjoint(needed) or chars.isdisjoint(also):
            continue
        for found in pattern.finditer(flat):
            try:
                made = bounds(found, today)
            except (ValueError, OverflowError):
                continue
            if made is not None and (made[1] is None or made[1] > today):
                return Period(found.group(), *made, found.start(), found.end())
    return None


def festival_days(name: str, today: date) -> tuple[date, date] | None:
    """The first and last day off of the next festival of that name; None beyond the table."""
    name = _SAME.get(name, name)
    if name == "元宵":
        spring = festival_days("春节", today - timedelta(days=14))
        return (spring[0] + timedelta(days=14),) * 2 if spring else None
    if name in _FIXED:
        month, day, off = _FIXED[name]
        for year in (today.year, today.year + 1):
            first = date(year, month, day)
            last = first + timedelta(days=off - 1)
            if last >= today:
                return first, last
    for parts in _LUNAR.get(name, ()):
        first = date(*parts)
        last = first + timedelta(days=_DAYS_OFF[name] - 1)
        if last >= today:
            return first, last
    return None


def _festival(found: re.Match[str], today: datetime) -> Bounds | None:
    name = (found["fest"] or found["year"]).replace("过完年", "过年")
    side = found["side"] or found["side2"] or ("后" if "过完" in found.group() else "")
    days = festival_days(name, today.date())
    if days is None:
        return None, None
    if "后" in side:
        return _opens(days[1] + timedelta(days=1), today), None
    if "前" in side:
        if days[0] <= today.date():
            return None
        return today, _opens(days[0], today)
    return _opens(days[0], today), _closes(days[1], today)


def _month(found: re.Match[str], today: datetime) -> Bounds | None:
    next, name, part, side = found["next"], found["name"], found["part"], found["side"] or ""
    if not (next or part or (name and side)) or next == "上":
        return None
    year, month = today.year, today.month
    if name:
        month = number(name) or 0
        if not 1 <= month <= 12:
            return None
        year += month < today.month
    else:
        month += (next or "").count("下")
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    first = date(year, month, 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if part in ("底", "末"):
        start, end = last - timedelta(days=4), last
    elif part == "下旬":
        start, end = first.replace(day=21), last
    elif part == "初":
        start, end = first, first.replace(day=5)
        if end < today.date() and not name and not next:
            start = last + timedelta(days=1)
            end = start.replace(day=5)
    elif part == "上旬":
        start, end = first, first.replace(day=10)
    elif part:
        start, end = first.replace(day=11), first.replace(day=20)
    else:
        start, end = first, last
    if "前" in side:
        # 月底前 has the month's end in it; 十二月前 ends when December's first day opens.
        return today, _closes(end, today) if part in ("底", "末") else _opens(start, today)
    if "后" in side:
        return _opens(end + timedelta(days=1), today), None
    return max(_opens(start, today), today) if start <= today.date() else _opens(start, today), _closes(end, today)


def _after(found: re.Match[str], today: datetime) -> Bounds | None:
    raw, of, side = found["count"] or found["count2"], found["of"] or found["of2"], found["side"] or "后"
    count = {"几": 3}.get(raw) or roughly(raw)
    if raw == "半" and of in ("小时", "钟头", "天"):
        step = timedelta(minutes=30 if of != "天" else 240)
    elif not count:
        return None
    elif of in ("小时", "钟头", "个小时"):
        step = timedelta(hours=count, minutes=30 if found["half"] else 0)
    elif of == "分钟":
        step = timedelta(minutes=count)
    else:
        days = {"天": 1, "周": 7, "星期": 7, "礼拜": 7, "个星期": 7, "月": 30}[of] * count
        if side.endswith("内"):
            return today, _closes(today.date() + timedelta(days=days), today)
        day = today.date() + timedelta(days=days)
        return _opens(day, today), _closes(day, today)
    return (today, today + step) if side.endswith("内") else (today + step, None)


def _days(found: re.Match[str], today: datetime) -> Bounds | None:
    which, day = found["which"], today.date()
    if which.startswith(("这", "近", "最")):
        return today, _closes(day + timedelta(days=2), today)
    if which.startswith("今明"):
        return today, _closes(day + timedelta(days=2 if "后" in which else 1), today)
    if which.startswith("明"):
        return _opens(day + timedelta(days=1), today), _closes(day + timedelta(days=2), today)
    return None


def _weekdays(found: re.Match[str], today: datetime) -> Bounds | None:
    ahead = (found["next"] or "").count("下")
    monday = today.date() - timedelta(days=today.weekday()) + timedelta(days=7 * ahead)
    start, end = (monday + timedelta(days=_WEEK_DAY[found[name]]) for name in ("from", "to"))
    if end < start:
        end += timedelta(days=7)
    if end < today.date() and not found["next"]:
        start, end = start + timedelta(days=7), end + timedelta(days=7)
    return max(_opens(start, today), today) if start <= today.date() else _opens(start, today), _closes(end, today)


def _week(found: re.Match[str], today: datetime) -> Bounds | None:
    ahead = found["next"].count("下")
    monday = today.date() - timedelta(days=today.weekday()) + timedelta(days=7 * ahead)
    start = _opens(monday, today)
    return max(start, today), _closes(monday + timedelta(days=6), today)


def _opens(day: date, today: datetime) -> datetime:
    return datetime.combine(day, OPENS, today.tzinfo)


def _closes(day: date, today: datetime) -> datetime:
    return datetime.combine(day, CLOSES, today.tzinfo)


_WEEK_CHARS, _COUNTS = frozenset("周星礼"), frozenset("0123456789半几") | HAN_SET
_READERS: tuple[
    tuple[frozenset[str], frozenset[str], re.Pattern[str], Callable[[re.Match[str], datetime], Bounds | None]], ...
] = (
    (_WEEK_CHARS, _WEEK_CHARS, _WEEKDAYS, _weekdays),
    (frozenset("月"), frozenset("月"), _MONTH, _month),
    (frozenset("国春元中端清五劳除十过年"), frozenset("庆节年宵秋午明一旦夕"), _FESTIVAL, _festival),
    (frozenset("后过内"), _COUNTS, _AFTER, _after),
    (frozenset("今明这近后"), frozenset("天明儿"), _DAYS, _days),
    (_WEEK_CHARS, _WEEK_CHARS, _WEEK, _week),
)
"""Characters of which a text must hold one of each set, the pattern, and how its dates are worked out."""
