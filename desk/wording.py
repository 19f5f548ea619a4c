"""How things are said: times as people say them, rooms as on the door, phones masked, names with their title."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = "一二三四五六日"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
DEFAULT_TITLE = "您说的事"
"""The subject of a ticket whose words hold none (a photo, a sticker)."""

# -- times -------------------------------------------------------------------------------------------------------------


def say_time(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment: "今天 15:20", "明天 9:00", "周五 10:00", "下周一 8:30", "12月3日 9:00".

    Midnight to come ends a day, as nobody says "后天 0:00": it is "明天晚上". What begins then: ``say_start``.
    """
    local = at.astimezone(zone)
    if at > now and _is_midnight(local):
        return _day(local.date() - timedelta(days=1), now.astimezone(zone).date()) + "晚上"
    return f"{_day(local.date(), now.astimezone(zone).date())} {local.hour}:{local.minute:02d}"


def say_start(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment at which something goes on: as ``say_time``, and midnight is the day that begins: "后天"."""
    return say_date(at, now, zone) if _is_midnight(at.astimezone(zone)) else say_time(at, now, zone)


def say_part_of_day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment that is not meant to the minute: "明天上午", "今天晚上", "周五下午"."""
    local = at.astimezone(zone)
    part = ("凌晨", "上午", "下午", "晚上")[(local.hour >= 6) + (local.hour >= 12) + (local.hour >= 18)]
    return _day(local.date(), now.astimezone(zone).date()) + part


def say_date(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The day of a moment: "今天", "明天", "周五", "12月3日"."""
    return _day(at.astimezone(zone).date(), now.astimezone(zone).date())


MOMENT = timedelta(seconds=1)
A_WHILE = "一会儿"
"""Less than a minute: nobody counts seconds with an owner."""


def _is_midnight(local: datetime) -> bool:
    return local.hour == local.minute == 0


def say_until(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """By when: "10 分钟内" within the hour, else "今天 18:00 前", "明天晚上之前". What has passed is said as a time."""
    left = at - now
    if timedelta(0) < left < timedelta(minutes=1):
        return A_WHILE
    if timedelta(0) < left <= timedelta(hours=1):
        # A moment more than ten minutes is ten minutes, not eleven.
        return f"{say_duration(max(left - MOMENT, MOMENT))}内"
    said = say_time(at, now, zone)
    if left <= timedelta(0):
        return said
    return f"{said}之前" if _is_midnight(at.astimezone(zone)) else f"{said} 前"


def say_wait(duration: timedelta) -> str:
    """When, counted from now: "2 小时后", and "一会儿" for less than a minute."""
    return A_WHILE if duration < timedelta(minutes=1) else f"{say_duration(duration)}后"


def say_duration(duration: timedelta) -> str:
    """A length: "40 秒", "10 分钟", "1 小时 30 分钟", "3 天"; rounded up to minutes, from two days on to hours."""
    seconds = max(math.ceil(duration.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} 秒"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} 小时" + (f" {minutes} 分钟" if minutes else "")
    days, hours = divmod(hours + (minutes > 0), 24)
    return f"{days} 天" + (f" {hours} 小时" if hours else "")


def _day(day: date, today: date) -> str:
    near = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}.get((day - today).days)
    if near:
        return near
    monday = today - timedelta(days=today.weekday())
    if today < day < monday + timedelta(days=14):
        return ("周" if day < monday + timedelta(days=7) else "下周") + WEEKDAYS[day.weekday()]
    month_and_day = f"{day.month}月{day.day}日"
    # "1月5日" said in December is clear; a year is added only where one would ask for it.
    return month_and_day if abs((day - today).days) <= 180 or day.year == today.year else f"{day.year}年{month_and_day}"


# -- people and rooms --------------------------------------------------------------------------------------------------


def mask_phone(phone: str) -> str:
    """A phone as others may see it: "139****8821". A short or foreign number keeps its last digits only."""
    digits = "".join(character for character in phone if character.isdecimal())
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    kept = 4 if len(digits) >= 8 else 2
    return f"****{digits[-kept:]}" if digits else ""


def room_name(building: str, unit: str, number: str) -> str:
    """A room as on the door: "3栋2单元1502", without a unit "3栋1202"."""
    building, unit, number = building.strip(), unit.strip(), number.strip()
    if building and not building.endswith(("栋", "座", "幢", "楼", "区", "号")):
        building += "栋"
    if unit and not unit.endswith(("单元", "门", "梯")):
        unit += "单元"
    return building + unit + number


COMPOUND = re.compile(
    "欧阳|上官|司马|司徒|司空|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|轩辕|夏侯|南宫|端木|独孤|呼延|闻人"
)


def surname_title(name: str, title: str) -> str:
    """How one calls somebody: ``("张伟", "师傅")`` is "张师傅"; "小周" and "李工" stay as they are."""
    name = name.strip()
    if not name:
        return title
    if re.fullmatch("[小老阿].", title):  # what everybody calls them, in place of a title
        return title
    if name.endswith((title, "师傅", "经理", "主管", "先生", "女士")) or re.fullmatch(r"[小老阿].|.工", name):
        return name
    if not re.match(r"[\u3400-\u9fff]", name):
        return f"{name} {title}"
    surname = name[:2] if COMPOUND.match(name) and len(name) > 2 else name[0]
    return surname + title


# -- texts -------------------------------------------------------------------------------------------------------------


def shorten(text: str, characters: int) -> str:
    """The text on one line, at most so many characters, with "…" where it was cut; never inside an emoji."""
    if not text.isprintable():  # only then can it hold control characters
        text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    if characters <= 0:
        return ""
    cut = characters - 1
    while cut > 0 and (_joins(line[cut]) or line[cut - 1] == "\u200d"):
        cut -= 1
    return line[:cut].rstrip(" ,，。、;；") + "…"


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, variation signs, skin tones, joiners."""
    return (
        character == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or bool(unicodedata.combining(character))
        or ("\ufe00" <= character <= "\ufe0f")
    )


def numbered(choices: Iterable[str]) -> str:
    """Choices on one line, to be answered by number or word: "① 客厅 ② 厨房"."""
    return " ".join(f"{mark} {choice}" for mark, choice in zip(CIRCLED, choices, strict=False))


_ROOM = re.compile(
    r"(?:\d{1,3}|[A-Za-z]|[一二三四五六七八九十]{1,3})\s*(?:栋|幢|座|号楼|#)\s*"
    r"(?:(?:\d{1,2}|[一二三四五六七八九十])\s*单元\s*)?(?:\d{3,4}\s*(?:室|房|号)?)?"
    r"|\d{1,3}-\d{1,2}-\d{3,4}(?:室|房)?|\d{1,2}-\d{3,4}(?:室|房)?"
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)")
_SAID_BEFORE = r"(?!了|过|后|[两二三四五六七八九十几好多半\d]+[天次回遍周个]|一[天次周直])"
"""Behind 报修 or 投诉: it tells what was done already (报修了三天), and is no opening."""
_GREETING = re.compile(
    r"^(?:[小老][\u4e00-\u9fff](?=[你您]好)|你好|您好|哈[喽啰罗]|嗨|亲(?=[，,~ ])|喂|hello|hi|help(?=\W|$)|在吗|在不在"
    r"|早上好|中午好|下午好|晚上好|师傅|同志|物页|物叶|物业|管家|请问|哦?对了|麻烦问一下|想问一下|那个"
    rf"|(?:我[想要])?(?:报修|投诉){_SAID_BEFORE}|我是|我家是?|这里是?|的?业主)+(?:的|啊|呀|哈|一下)?[\s,，。.!！:：、~]*",
    re.I,
)
_CLOSING = re.compile(
    r"(?:麻烦|请|能不能|能否|可不可以|可以|能|尽快|赶紧|快点|派个?人|过来|上门)"
    r"[们你您侬再师傅物业尽快赶紧马上派个人安排过来门先修看处理解决一下吗吧哈啊谢了点]*$"
    r"|(?:谢谢|多谢|辛苦|麻烦|拜托)(?:了|啦|你们?|您|师傅|物业|哈|啊)*$"
)
_CLAUSES = re.compile(r"[,，。.!！?？;；\n]+|\s{1,}")
_OATHS = re.compile(
    "(?:他|你|尼|特)(?:妈|玛|么|奶奶)(?:了?个?[逼比]|的(?!妈))|他妈|尼玛|妈了?个?[逼比]|妈的|卧槽|我[操靠草艹]|[操艹]|傻[逼比叉xX]|狗[日娘]的?|王八蛋|混蛋|[Ss][Bb](?![A-Za-z])"
)
_CHAFF = re.compile(
    "(?:咋|怎么|怎样|如何)(?:整|办|弄|搞|处理|解决)[啊呀呢吧哈嘛哩咧]*|(?:哪个|谁)来(?:看|修)[一下哈嘛啊]*|(?:事情|情况|经过)?(?:就)?是(?:这样|这么回事)[的子]?|(?:跟|和)?[你您]们?说(?:一下|个事)|(?:你们?|物业)*(?:到底|还)?管不管.{0,3}|滚.{0,2}|帮[^报]{1,6}报(?:一?个|一?下)?修|.{0,3}住在?"
    "|(?:我|我们|家里|家|平时|最近|白天|晚上|一般|都|[今明后]天)*(?:[上下]班.{0,8}|(?:不|没)?在家.{0,4}|有人)"
    "|(?:最好|就|在|改|约|是|我|想|要|[今明后大当本下上这每]|天|[周星期礼拜]+|[一二两三四五六七八九十日末号月\\d]|早|晚|中|午|凌晨|点|半|刻|前|后|以|之|间|左右|到|[-:：~—]"
    "|可以|方便|再|来|过来|都行|吧|的|师傅|上门|时候|随时)+"
)
"""Clauses of which no subject is made: how the story begins, anger, when somebody is at home."""
_NAMED = re.compile("我(?:是，的?|叫)[\u4e00-\u9fff]{2,3}(?=[,，。])")
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[A-Za-z]{3}")
_POINTING = re.compile("(?:就|是|在)*[这那]+(?:个|里|儿|边|样|些|东西|地方)*[了的啊呢吧]*|它|东西")
_LATIN = re.compile("(?<=[A-Za-z]) +(?=[^\\s\\d])|(?<=[^\\s\\d,，。.!！?？]) +(?=[A-Za-z])")
_MARKS = " \t\r\n,，。.!！?？;；:：、~—-()（）的"


_TROUBLE = re.compile(
    "[漏堵坏滴渗淹溢塌裂掉锈霉臭吵噪敲闷卡烫]|不[亮通响转热冷灵动紧住]|打不|关不|开不|[停断没]了?[水电气暖网]|全是水|积水|失灵|故障|脏|乱[停放扔]|味|脱落|松动|装修|跳闸"
)
_AND_THEN = re.compile("^(?:后来|结果|然后|突然|就|才)*(?:发现|看见|看到)?(?:了|是|就)?(?=.{4})")


def title_of(
    text: str, characters: int = 20, *, fallback: str = DEFAULT_TITLE, about: Iterable[str | None] = ()
) -> str:
    """The subject of a ticket in the owner's words: no room, phone or greeting, cut between clauses where it can be.

    ``about``: words that it should hold (the thing, its fault); a story that comes to the point late is cut from there.
    """
    if _WORD.search(text) and not _HAN.search(text):
        characters *= 2  # letters are half as wide
    line = _OATHS.sub("", _NAMED.sub("，", _PHONE.sub("，", _ROOM.sub("，", shorten(text, 2000)))))
    line = _LATIN.sub("\ue000", line)
    clauses = [clause.replace("\ue000", " ") for raw in _CLAUSES.split(line) if (clause := _plain(raw))]
    clauses = [clause for clause in clauses if not _CHAFF.fullmatch(clause)] or clauses
    if clauses and all(_POINTING.fullmatch(clause) for clause in clauses):
        return fallback
    clauses = _from_the_point(clauses, characters, [word for word in about if word])
    title = ""
    for clause in clauses:
        longer = f"{title}，{clause}" if title else clause
        if len(longer) > characters:
            break
        title = longer
    if not title and clauses:
        title = shorten(clauses[0], characters)
    return title or fallback


def _from_the_point(clauses: list[str], characters: int, about: list[str]) -> list[str]:
    """The clauses from the one that tells the trouble, where the beginning does not and has no room for it."""
    if sum(map(len, clauses)) + len(clauses) - 1 <= characters:
        return clauses

    def told(clause: str) -> int:
        return 2 * bool(_TROUBLE.search(clause)) + sum(word in clause for word in about)

    length = 0
    for clause in clauses:
        length += len(clause) + (length > 0)
        if length > characters and clause is not clauses[0]:
            break
        if told(clause) > 1:
            return clauses
    best = max(range(len(clauses)), key=lambda i: (told(clauses[i]), -i))
    if not best or not told(clauses[best]):
        return clauses
    return [_AND_THEN.sub("", clauses[best]), *clauses[best + 1 :]]


def _plain(clause: str) -> str:
    """A clause without what is only politeness; empty when nothing else was in it."""
    clause = _GREETING.sub("", clause.strip(_MARKS)).strip(_MARKS)
    said = _CLOSING.sub("", clause).strip(_MARKS)
    if said in ("电话", "联系电话", "手机", "手机号", "房号", "地址"):
        return ""
    return said if any(character.isalnum() for character in said) else ""
