"""Times that a colleague's words promise: 下午三点到, 明天上午给您回复, 一小时内."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.rulebook import Rules
from desk.wording import shorten
from nlp.numerals import HAN, number
from nlp.wishes import find_wish
from store.clock import to_millis
from store.promises import PromiseKind

MOST_IN_ONE = 3
"""So many times are read in one message."""

_SENTENCES = re.compile(r"[。！!；;\n]+|(?<=[?？])")
_NUM = rf"(?:\d{{1,3}}|[{HAN}]{{1,3}})"
_SPAN = re.compile(
    rf"(?:(?P<half>半)个?(?P<halfunit>小时|钟头)|(?P<n>{_NUM})个?(?P<andhalf>半)?(?P<unit>小时|钟头|分钟|刻钟|天)(?P<tail>半)?)"
    r"(?P<side>之内|以内|内|左右|上下|之后|以后|后)?"
)
_MINUTES = {"小时": 60, "钟头": 60, "分钟": 1, "刻钟": 15, "天": 24 * 60}
_REPLY = re.compile(
    "回复|答复|回电|回话|回您|联系您?|打电话|电话给您|给您(?:个|打)?电话|告诉您|通知您|准信|给您(?:个)?(?:结果|说法)|跟您说"
)
_DONE = re.compile(
    "(?:修|弄|处理|办|装|换|搞|疏通|清理|打扫|检修)(?:好|完|定|通|妥|干净)|解决|完成|恢复|来电(?!话)|来水|通水|通电"
    "|换上|换新|就(?:能)?好"
)
_ARRIVAL = re.compile(
    "上门|(?<![发寄转打传输汇])过去|(?<![发寄转打传])过来|登门|赶到|到场"
    "|(?<![等收找遇碰看得回改推拖提起])[来到](?!了|货|位|期|账|底|处|时候|现在|店|电|水|您[家屋]?(?:前台|物业))"
)
_KINDS = ((PromiseKind.REPLY, _REPLY), (PromiseKind.DONE, _DONE), (PromiseKind.ARRIVAL, _ARRIVAL))
_COMMAS = ",，"
_QUOTES = re.compile('“[^”]*”|「[^」]*」|『[^』]*』|"[^"]*"|‘[^’]*’')
_QUESTION = re.compile("[?？]|吗")
_ASKS = re.compile("方便|在家|可以吗|行不行|好不好|有没有人|是不是")
_PAST = re.compile(
    "昨|前天|上次|上周|来过|去过|到过|用了|等了|花了|刚才|之前(?:就|说|约|定|答应)|原来|原定|本来|已经[到来修处解]|过了$"
)
_THEIRS = re.compile("(?:请您|您|麻烦您?|你)(?:们)?[^,，]{0,8}(?:来|到|过来|联系|打电话|拿|取|带|留)")
_OURS = re.compile("给您|为您|帮您|跟您|回您|到您家|上您家|您家")
_SAID = re.compile(
    "(?<![跟和给与对向同])(?:业主|住户|客户|邻居|[您你他她]们?)(?:刚才|刚刚|自己|也)?(?:说|讲|写|问|要求|希望|想要)"
)
_NOT = re.compile(
    "[不没](?:能|了|会(?!超过|晚于)|一定|到|是|过[去来]|来(?!电)|去|上门|行|用|保证)|[修弄办装换到来去赶过]不[了好完成到上去来及]"
    "|无法|没法|没办法|保证不了|来不及|取消"
)
_GOODS = re.compile("(?:配件|零件|材料|设备|新?件|货|快递|包裹|发票|账单)[^,，]{0,8}[到来](?!电|水|您)")
_IF = re.compile("如果|要是|假如|万一|倘若|除非")
_RULE = re.compile("可以施工|营业|办公|上班时间|开放|(?<!个)工作日|每天|每周|周末[^,，]{0,4}可以")
_NONE = (_QUESTION, _ASKS, _PAST, _SAID, _NOT, _GOODS, _IF, _RULE)
"""What makes a clause no promise of ours."""
_CLOCK = re.compile("[点时:：]")
_SIDE = re.compile("前(?!天)|后(?!天)|-|~|至|[点时]到")
_BEFORE_CLOSE = re.compile("(?:之前)?下班(?:之|以)?前")
_WORKDAYS = re.compile(rf"(?P<n>{_NUM})个工作日(?:之内|以内|内)?")
_NAMES_A_DAY = re.compile(r"[今明后]|周|星期|礼拜|号|日|月|天|凌晨|半夜|零点|24[点:：]|(?<!\d)0[点:：]")
_FILLERS = re.compile(
    r"好的?|嗯|行|可以|没问题|收到|您好|大概|大约|差不多|左右|预计|应该|师傅|我们?|那|就|吧|哈|啊|呢|哦|的|了|[\s,，。.!！~、]"
)
_LATE_IN_THE_DAY = 18
"""From then on "早上七点" means tomorrow's, without anybody having to say so."""


@dataclass(frozen=True, slots=True)
class Found:
    """A time read in a colleague's words."""

    kind: PromiseKind
    text: str
    due: datetime


def read_promises(text: str, now: datetime, rules: Rules) -> list[Found]:
    """What these words promise, by when; questions, quotes, rules, and what the owner is to do are none."""
    found: list[Found] = []
    plain = _QUOTES.sub("", text[:2000])
    for sentence in _SENTENCES.split(plain):
        one = _in_sentence(sentence, now, rules)
        if one is not None and all(known.kind is not one.kind for known in found):
            found.append(one)
    if not found and (only := _only_a_time(plain, now, rules)) is not None:
        found.append(only)
    return found[:MOST_IN_ONE]


def _in_sentence(sentence: str, now: datetime, rules: Rules) -> Found | None:
    """The first promise in it: a clause that is none (a question, "三点来不了") leaves the word to those behind it."""
    longest = rules.settings.promises.longest
    start = 0
    while start < len(sentence):
        rest = sentence[start:]
        when = _when(rest, now, rules)
        if when is None:
            return None
        at, end = when
        first, last = _clause(rest, end)
        clause = rest[first:last]
        theirs = _THEIRS.search(clause) and not _OURS.search(clause)
        if now < at <= now + longest and not theirs and not any(no.search(clause) for no in _NONE):
            kind = _kind(rest, end)
            return None if kind is None else Found(kind, shorten(sentence.strip(" ,，"), 80), to_millis(at))
        start += last + 1
    return None


def _only_a_time(text: str, now: datetime, rules: Rules) -> Found | None:
    """A time and nothing else (好的,下午三点): when somebody comes."""
    when = _when(text, now, rules) if len(text) <= 30 and not _QUESTION.search(text) else None
    if when is None or not now < when[0] <= now + rules.settings.promises.longest:
        return None
    wish = find_wish(text, now)
    said = _SPAN.search(text)
    words = said.group() if said else wish.text if wish else ""
    if not words or _FILLERS.sub("", text.replace(words, "", 1)):
        return None
    return Found(PromiseKind.ARRIVAL, shorten(text.strip(" ,，"), 80), to_millis(when[0]))


def _clause(sentence: str, at: int) -> tuple[int, int]:
    """The part between commas that the time stands in: what is asked of the owner in another part is another matter."""
    start = max(sentence.rfind(comma, 0, max(at - 1, 0)) for comma in _COMMAS) + 1
    ends = [end for comma in _COMMAS if (end := sentence.find(comma, at)) >= 0]
    return start, min(ends, default=len(sentence))


def _kind(sentence: str, at: int) -> PromiseKind | None:
    """What is promised: what stands behind the time counts before what stands in front of it."""
    for part in (sentence[at:], sentence[:at]):
        named = [(found.start(), kind) for kind, pattern in _KINDS if (found := pattern.search(part))]
        if named:
            return min(named, key=lambda one: one[0])[1]
    return None


def _when(sentence: str, now: datetime, rules: Rules) -> tuple[datetime, int] | None:
    """The moment that is meant, and where its words end."""
    close = _BEFORE_CLOSE.search(sentence)
    if close:
        day = find_wish(sentence.replace(close.group(), ""), now)
        day_of = day.start if day is not None and day.start is not None and _NAMES_A_DAY.search(day.text) else now
        return rules.calendar.close_of_business(day_of), close.end()
    workdays = _WORKDAYS.search(sentence)
    if workdays and (many := number(workdays["n"])):
        return rules.calendar.close_of_business(now, min(int(many), 366)), workdays.end()
    span = _SPAN.search(sentence)
    if span:
        minutes = _minutes(span)
        return None if minutes is None else (now + timedelta(minutes=minutes), span.end())
    wish = find_wish(sentence, now)
    if wish is None or wish.start is None or wish.end is None:
        return None
    at = sentence.find(wish.text)
    end = at + len(wish.text) if at >= 0 else len(sentence)
    exact = bool(_CLOCK.search(wish.text)) and not _SIDE.search(wish.text)
    moment = wish.start if exact else wish.end
    return (now if _slipped_to_tomorrow(wish.text, moment, now, rules) else moment), end


def _slipped_to_tomorrow(words: str, at: datetime, now: datetime, rules: Rules) -> bool:
    """What was said at ten of "nine o'clock" is over: nobody spoke of tomorrow's."""
    here, there = now.astimezone(rules.zone), at.astimezone(rules.zone)
    return there.date() > here.date() and here.hour < _LATE_IN_THE_DAY and not _NAMES_A_DAY.search(words)


def _minutes(span: re.Match[str]) -> float | None:
    if span["half"]:
        return 30
    many = number(span["n"])
    if not many:
        return None
    half = 0.5 if span["andhalf"] or (span["tail"] and span["unit"] in ("小时", "钟头")) else 0
    return (many + half) * _MINUTES[span["unit"]]
