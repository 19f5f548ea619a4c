"""Since when: 从昨晚, 三天了, 上周五开始, 漏了一个月; resolved against a given now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self

from nlp.numerals import HAN, number, roughly

Moment = datetime | None


@dataclass(frozen=True, slots=True)
class Since:
    """Since when, as written, and the moment (aware, UTC) as far as it could be worked out."""

    text: str
    at: Moment = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the moment stays an aware datetime."""
        return {"text": self.text, "at": self.at}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``; the moment may also be ISO text."""
        at = raw.get("at")
        if isinstance(at, str):
            at = datetime.fromisoformat(at)
        if not isinstance(at, datetime):
            at = None
        return cls(str(raw.get("text") or ""), at if at is None or at.tzinfo else at.replace(tzinfo=UTC))


_NUM = rf"(?:\d{{1,3}}(?:[-~、到]\d{{1,2}})?|[{HAN}]{{1,4}}|半|十?好?几)"
_PART = "凌晨|半夜|夜里|夜晚|后半夜|清早|一早|早上|早晨|大早上|上午|中午|下午|傍晚|晚上|[早晚]"
_POINT = (
    rf"(?P<day>大前[天日晚]|前[天日晚]|昨[天日晚儿夜早]|今[天日早儿晚]|当天|(?P<back>上+)个?(?:周|星期|礼拜)(?P<week>[一二三四五六日天末]?)|(?:周|星期|礼拜)(?P<this>[一二三四五六日天])"
    rf"|上上?个?月(?P<part0>[底初中]?)|去年底?|前年|今年|年初|月初|上午|中午|早上|凌晨|半夜|夜里|清早|下午|傍晚|晚上|(?P<month>{_NUM})月(?:(?P<mday>{_NUM})[日号]|份|[初底中])?"
    rf"|(?<![楼层栋幢#])(?P<dom>\d{{1,2}}|[{HAN}]{{1,3}})[日号])(?P<part>{_PART})?(?P<hour>\d{{1,2}}|[{HAN}]{{1,2}})?(?(hour)[点时](?P<half>半)?(?:钟|多)?)"
)
_FROM = re.compile(
    rf"(?P<from>从|自从?|打)?{_POINT}"
    r"(?P<till>(?:就|便)?开始|起就?|以来|到现在|至今|一直|直到现在|到今天|到如今)?"
)
_SINCE_AFTER = re.compile(
    r"[,就又我家的里们那还突忽然 ]{0,4}(?:厨房|卫生间|客厅|阳台|卧室)?.{0,3}"
    r"(?:坏|漏|停|堵|断|不[亮通转热响出动灵]|没[水电气热反网信]|滴|渗|裂|掉|塌|卡住|失灵|跳闸|冒|闪|响|吵)"
)
_FAULTY = re.compile("[就一直老总又]*(?:不[亮通转热响出动灵]|没[热反网信]|坏|漏|堵|滴|渗|响|吵|臭|闪)")
"""Behind 从周六开始: it did; nobody announces a fault."""
_BEFORE = re.compile(
    "(?:已经?|都快?|快要?|有|将近|差不多|整整|连续|[漏坏停堵断吵响滴等拖臭闪渗亮烂修报]了?(?:快|都|有|将近)?)$"
)
"""In front of a length of time: it has lasted so long."""
_NOT_THIS = frozenset("下上个")
_REPORTED = re.compile("[上下]?午?就[报说打坏漏停没反]")
_LASTS = re.compile(
    rf"(?P<count>[\d{HAN}半几好][\d{HAN}几]{{0,3}}(?:[-~、到]\d{{1,2}})?)(?P<half>半|来|多)?(?P<measure>个)?(?P<more>多|半)?(?P<unit>天|日(?!常|用|子|期)|周|星期|礼拜|月|年|小时|钟头|分钟|晚上|晚|夜|宿|宿儿)"
    rf"(?P<more2>多|半)?(?P<done>[以之]?前(?!面|台|门|后|要|必须|修好|完成|来(?!过|的))|了|啦|没|都没|还没|没人|不|来|以来|时间|$|[,。!?\s])?"
)
_AGO = re.compile(
    "[^,。!?]{0,14}(?:坏|漏|停[水电了]|堵|断|报|修|不[亮转热出动响灵通]|没[水电气热网]|投诉|反映|反馈|登记|开始|发现|爆|响|渗|滴|臭|裂|塌|掉|跳闸|闪|卡|淹|黑)"
)
_EVENT = re.compile(
    "(?:过年|春节|国庆节?|中秋|五一|元旦|入[冬夏秋]|开春|供暖)(?:到现在|至今|以来|以后一直|就[坏漏停堵没不])"
    "|自从?(?:装修|搬|换|入住|交房|供暖)[^,。!?]{0,6}(?=就|一直|总|老)"
)
"""Since something that has no date here: the words stand for themselves."""
_EVENT_CHARS, _EVENT_ENDS = frozenset("节年庆秋冬夏五元春暖自"), frozenset("到至来一就总老")
_LONG = re.compile(
    "很?好?久了|[老好很]长时间了?|好些?天了?|好几天了?|[这近][两几]天(?=[^,。!?]{0,8}(?:一直|老是|总是|天天|频繁))|有段时间了?|一直以来|有些日子了?"
)
_JUST = re.compile("刚才|刚刚|方才|刚(?=[坏漏停断发跳爆])|才发现|突然")
_STEP = {
    "天": timedelta(days=1), "日": timedelta(days=1), "周": timedelta(weeks=1),
    "星期": timedelta(weeks=1), "礼拜": timedelta(weeks=1),
    "月": timedelta(days=30), "年": timedelta(days=365), "小时": timedelta(hours=1), "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
}  # fmt: skip
_LIVES = frozenset("住交用买工干租第每")
_HOURS = {"凌晨": 2, "半夜": 0, "后半夜": 3, "夜里": 23, "夜晚": 22, "清早": 7, "一早": 7, "大早上": 7}
_HOURS |= {"早上": 8, "早晨": 8, "早": 8, "上午": 9, "中午": 12, "下午": 14, "傍晚": 18, "晚上": 20, "晚": 20, "夜": 23}
_PARTS = frozenset(_PART.replace("[早晚]", "早").split("|"))
_DAYS = {"大前": 3, "前": 2, "昨": 1, "今": 0, "当": 0}
_WEEK = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5, "": 0}
_FROM_CHARS = frozenset("天日晚儿夜早周星礼月年午晨号")
_LASTS_CHARS = frozenset("天日周星礼月年时头分晚夜宿")
_COUNTS = frozenset("0123456789半几") | frozenset(HAN)
_LONG_CHARS = frozenset("久长天段来日")
_JUST_CHARS = frozenset("刚才突")
SINCE_CHARS = _FROM_CHARS | _LASTS_CHARS | _LONG_CHARS | _JUST_CHARS
"""A text that says since when holds one of these."""


def find_since(flat: str, today: datetime) -> Since | None:
    """Since when in a flattened text; ``today`` is now in the estate's zone. A wished time is none."""
    chars = set(flat)
    for found in _FROM.finditer(flat) if not chars.isdisjoint(_FROM_CHARS) else ():
        if found["this"] and flat[max(0, found.start("day") - 1) : found.start("day")] in _NOT_THIS:
            continue
        behind = _REPORTED if found["this"] else _SINCE_AFTER  # 周四停水: it comes
        told = found["back"] and _REPORTED.match(flat, found.end())  # 上周五就报了
        if not (found["from"] or found["till"] or told or behind.match(flat, found.end())):
            continue
        coming = found["this"] and found["till"] in ("开始", "起", "起就") and _WEEK[found["this"]] > today.weekday()
        if coming and not (found["from"] and _FAULTY.match(flat, found.end())):
            continue  # 周五开始停水: it comes
        if found["from"] and not found["till"] and flat[found.end() : found.end() + 1] in "到至-":
            continue  # 从周一到周五: a span
        at = _point(found, today)
        if at is not None and at > today and found["day"] in _PARTS:
            at -= timedelta(days=1)  # 从傍晚开始, said at noon: yesterday's
        if at is None or at <= today:
            return Since(found.group(), at.astimezone(UTC) if at else None)
    lasts = not chars.isdisjoint(_LASTS_CHARS) and not chars.isdisjoint(_COUNTS)
    for found in _LASTS.finditer(flat) if lasts else ():
        if flat[max(0, found.start() - 1) : found.start()] in _LIVES:
            continue  # 我住三年了, 第三天
        before = _BEFORE.search(flat, max(0, found.start() - 4), found.start())
        if before or (found["done"] or "").startswith(("了", "啦", "没", "都没", "还没", "以来", "前", "以前", "之前")):
            if found["unit"] == "日" and not before:
                continue  # 二十日前: a date
            if (found["done"] or "").endswith("前") and (found["unit"] == "年" or not _AGO.match(flat, found.end())):
                continue  # 三年前买的
            length = _length(found)
            if length is not None:
                text = flat[before.start() if before else found.start() : found.end()]
                return Since(text.rstrip(",。!? 不来没都还"), (today - length).astimezone(UTC))
    long = None if chars.isdisjoint(_LONG_CHARS) else _LONG.search(flat)
    if long:
        return Since(long.group())
    if not (chars.isdisjoint(_EVENT_CHARS) or chars.isdisjoint(_EVENT_ENDS)) and (event := _EVENT.search(flat)):
        return Since(event.group())
    just = None if chars.isdisjoint(_JUST_CHARS) else _JUST.search(flat)
    return Since(just.group(), today.astimezone(UTC)) if just else None


def _length(found: re.Match[str]) -> timedelta | None:
    raw, unit = found["count"], found["unit"]
    half = "半" in (found["half"], found["more"], found["more2"])
    if unit in ("晚上", "晚", "夜", "宿", "宿儿"):
        unit, raw = "天", raw
    if unit == "月" and not found["measure"] and raw != "半":
        return None  # 三月
    if unit == "年" and raw.isdigit() and len(raw) > 2:
        return None
    step = _STEP[unit]
    if raw == "半":
        return step / 2
    count = 13 if raw.startswith("十") and "几" in raw else 3 if "几" in raw else roughly(raw)
    if not count:
        return None
    return step * count + (step / 2 if half else timedelta())


def _point(found: re.Match[str], today: datetime) -> Moment:
    """The moment meant; None when the words are too vague or no date."""
    day, part = found["day"], found["part"]
    date = today.date()
    try:
        if found["month"]:
            date = date.replace(month=number(found["month"]) or 0, day=number(found["mday"] or "1") or 0)
            date = date if date <= today.date() else date.replace(year=date.year - 1)
        elif found["dom"]:
            wanted = number(found["dom"]) or 0
            if wanted > date.day:
                date = date.replace(day=1) - timedelta(days=1)
            date = date.replace(day=wanted)
        elif found["back"]:
            monday = date - timedelta(days=date.weekday() + 7 * found["back"].count("上"))
            date = monday + timedelta(days=_WEEK[found["week"] or ""])
        elif found["this"]:
            back = (date.weekday() - _WEEK[found["this"]]) % 7
            if back > date.weekday() and not found["till"] and "从" in (found["from"] or ""):
                return None  # 从周五: as well the one that comes
            date -= timedelta(days=back)
        elif "月" in day:
            months = day.count("上")
            first = date.replace(day=1)
            for _ in range(months):
                first = (first - timedelta(days=1)).replace(day=1)
            date = first + timedelta(days={"底": 25, "中": 14}.get(found["part0"] or day[-1], 0))
        elif day.startswith(("去年", "前年", "今年", "年初")):
            year = date.year - {"去": 1, "前": 2}.get(day[0], 0)
            date = date.replace(year=year, month=12 if "底" in day else 1, day=1)
        else:
            head = "大前" if day.startswith("大前") else day[0]
            if head in _DAYS:
                date -= timedelta(days=_DAYS[head])
                if part is None and day[-1] in "晚早夜":
                    part = day[-1]
            else:
                part = part or day
    except ValueError:
        return None
    return datetime.combine(date, _clock(found, part), today.tzinfo)


def _clock(found: re.Match[str], part: str | None) -> time:
    hour = number(found["hour"]) if found["hour"] else None
    if hour is None or hour > 23:
        return time(_HOURS.get(part or "", 0))
    if hour < 12 and part in ("下午", "傍晚", "晚上", "晚", "夜里", "夜") and not (part != "下午" and hour < 5):
        hour += 12
    return time(hour, 30 if found["half"] else 0)
