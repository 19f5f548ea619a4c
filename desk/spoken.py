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
    "|换上|换新"
)
_ARRIVAL = re.compile(
    "上门|过去|过来|登门|赶到|到场|[来到](?!了|货|位|期|账|底|处|时候|现在|店|电|水|您[家屋]?(?:前台|物业))"
)
_KINDS = ((PromiseKind.REPLY, _REPLY), (PromiseKind.DONE, _DONE), (PromiseKind.ARRIVAL, _ARRIVAL))
_COMMAS = ",，"
_QUESTION = re.compile("[?？]|吗")
_ASKS = re.compile("方便|在家|可以吗|行不行|好不好|有没有人|是不是")
_PAST = re.compile("昨|前天|上次|上周|来过|去过|到过|用了|等了|花了|刚才|之前就|已经[到来修处解]|过了$")
_THEIRS = re.compile("(?:请您|您|麻烦您?|你)(?:们)?[^,，]{0,8}(?:来|到|过来|联系|打电话|拿|取|带|留)")
_OURS = re.compile("给您|为您|帮您|跟您|回您|到您家|上您家|您家")
_NOT = re.compile("[不没](?:能|了|会|一定|到)|无法|来不及|取消")
_RULE = re.compile("可以施工|营业|办公|上班时间|开放|工作日|每天|每周|周末[^,，]{0,4}可以")
_CLOCK = re.compile("[点时:：]")
_SIDE = re.compile("前|后|-|~|至|[点时]到")
_BEFORE_CLOSE = re.compile("下班(?:之|以)?前")


@dataclass(frozen=True, slots=True)
class Found:
    """A time read in a colleague's words."""

    kind: PromiseKind
    text: str
    due: datetime


def read_promises(text: str, now: datetime, rules: Rules) -> list[Found]:
    """What these words promise, by when; questions, rules, and what the owner is to do are none."""
    found: list[Found] = []
    longest = rules.settings.promises.longest
    for sentence in _SENTENCES.split(text[:2000]):
        when = _when(sentence, now, rules) if sentence.strip() else None
        if when is None or not now < when[0] <= now + longest or _QUESTION.search(sentence):
            continue
        clause = _clause(sentence, when[1])
        if any(no.search(clause) for no in (_ASKS, _PAST, _RULE, _NOT)):
            continue
        if _THEIRS.search(clause) and not _OURS.search(clause):
            continue
        kind = _kind(sentence, when[1])
        if kind is not None and all(one.kind is not kind for one in found):
            found.append(Found(kind, shorten(sentence.strip(" ,，"), 80), to_millis(when[0])))
    return found[:MOST_IN_ONE]


def _clause(sentence: str, at: int) -> str:
    """The part between commas that the time stands in: what is asked of the owner in another part is another matter."""
    start = max(sentence.rfind(comma, 0, max(at - 1, 0)) for comma in _COMMAS) + 1
    ends = [end for comma in _COMMAS if (end := sentence.find(comma, at)) >= 0]
    return sentence[start : min(ends, default=len(sentence))]


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
    if close and "明" not in sentence and "周" not in sentence:
        return rules.calendar.close_of_business(now), close.end()
    span = _SPAN.search(sentence)
    if span:
        minutes = _minutes(span)
        return None if minutes is None else (now + timedelta(minutes=minutes), span.end())
    wish = find_wish(sentence, now)
    if wish is None or wish.start is None or wish.end is None:
        return None
    at = sentence.find(wish.text)
    end = at + len(wish.text) if at >= 0 else 0
    exact = bool(_CLOCK.search(wish.text)) and not _SIDE.search(wish.text)
    return (wish.start if exact else wish.end), end


def _minutes(span: re.Match[str]) -> float | None:
    if span["half"]:
        return 30
    many = number(span["n"])
    if not many:
        return None
    half = 0.5 if span["andhalf"] or (span["tail"] and span["unit"] in ("小时", "钟头")) else 0
    return (many + half) * _MINUTES[span["unit"]]
