"""The several things wanted in one message: 灯坏了,另外快递到了吗 is two, 漏水漏了三天没人管 is one.

A false split costs more than a missed one (two tickets for one leak), so a message is cut only where its writer
turns to something else in words (另外, 顺便, 再问一下, 第二), or stops a sentence and a parcel comes in, or where the
two can have nothing to do with each other (``nlp.side_by_side``), and only when both sides are clearly of another
kind. Explaining, thanking, greeting, giving room or time is no second matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from nlp.apart import GRIEF, faults, grievance
from nlp.apart import LONGEST as LONGEST_LIST
from nlp.clauses import MARKS, TURN, TURNING, Clause, Joint, split
from nlp.meaning import Intent, Label, Matter
from nlp.side_by_side import PARCEL, may_stand, side_by_side
from nlp.topics import FIELDS, TRADES

Classify = Callable[[str], Matter]
"""A piece of a flattened text in, what it means by itself out."""

MOST = 5
"""So many matters of one message are told apart; nobody can answer more at once."""
LONGEST = 150
"""In a longer text only turns near its end could be told from a story's; it stays one matter."""
_MOST_TURNS = 6
_SHORTEST = 3
_SHORT_LIST = 90
"""In so short a list each entry is a matter; in a longer one they mostly are the reasons of one."""

SURE = 0.76
"""How sure the less certain side must be where the writer turns to something else."""
SURE_PARCEL = 0.5
"""The same where one side is about a parcel: its words are like no others."""
SURE_OTHER = 0.76
"""The same for praise and suggestions: much that is said by the way looks like them."""
SURE_SAME = 0.6
"""The same for two things of one kind."""
SURE_MORE = 0.85
"""The same where 还有 adds something of another kind: it may only say that there is more of it."""
SURE_STOP = 0.97
"""The same where only a sentence ends."""

SURE_NEW = 0.8
"""The same for a fault that follows on thanks for another."""

_MENDED = re.compile("(?:修|弄|搞|处理|疏通|换|解决)(?:好|完|通|妥)?了|好了")
_THANKS = re.compile("谢|辛苦|感谢")
_BUT = re.compile("^[,。!? ]*(?:不过|但是?|可是?|就是|只是|现在|今[天儿]|又|是)+[,]?(?:现在|是)?")
_ASKS = frozenset((Intent.SUGGESTION, Intent.PRAISE))
_ACTS = frozenset((Intent.CANCEL, Intent.RESCHEDULE, Intent.PROGRESS, Intent.LOST_FOUND))
"""Of what is ``other``, only these are matters of their own; who thanks or greets wants nothing by it."""
_THIRD = re.compile(r"(?:^|[;:。,\s])(?:三|3|第三)[、.:,)](?!\d)|第三[,、:是]")
_LEAD = re.compile(
    r"^(?:[^,。:]{0,8}(?:[两2二]|几|三)(?:件|个|样|点)(?:事情?|问题|诉求)?[啊呢儿]?[:,。\s]*)?"
    r"(?:第一[件个]?[、,:是]?|一是|一[、:,]|1[.、)]|首先[,是]?|先说(?:要紧的)?[,:]?)?"
)


def matters(flat: str, classify: Classify, *, faulty: bool = True, things: int = 0) -> tuple[Matter, ...]:
    """The matters of a flattened text in their order; empty when it is one.

    ``faulty``: it names a thing or a fault; ``things``: so many different things.
    """
    if not 8 < len(flat) <= LONGEST or not may_turn(flat, faulty=faulty, things=things):
        return ()
    clauses = split(flat)
    turns = _turns(flat, clauses)
    if not turns:
        return (
            _after_thanks(flat, clauses, classify)
            or side_by_side(flat, clauses, classify, faulty=faulty)
            or (faults(clauses, classify) if things > 1 and len(flat) <= LONGEST_LIST else ())
            or (grievance(flat, clauses, classify) if faulty else ())
        )
    listed = _THIRD.search(flat) is not None
    found: list[Matter] = []
    start, left = 0, None
    for index, turn in enumerate(turns):
        clause = clauses[turn]
        if left is None:
            left = _judged(flat[start : clauses[turn - 1].end], classify, first=not found)
        end = clauses[turns[index + 1] - 1].end if index + 1 < len(turns) else len(flat)
        right = _judged(flat[clause.start : end], classify)
        if left is not None and right is not None and _apart(left, right, clause.joint, listed):
            found.append(left)
            start, left = clause.start, right
        else:
            left = None  # it goes on: judged again with what follows
        if len(found) == MOST - 1:
            break
    if not found:
        return ()
    last = _judged(flat[start:], classify)
    if listed and len(found) < len(turns) and last is not None and len({one.label for one in (*found, last)}) == 1:
        return ()  # a list of one kind is told apart as a whole or not at all
    return (*found, last) if last is not None else tuple(found) if len(found) > 1 else ()


def may_turn(flat: str, *, faulty: bool = True, things: int = 0) -> bool:
    """Whether ``flat`` may turn to something else, at the price of a look: most texts do not."""
    chars = set(flat)
    if "谢" in chars and _MENDED.search(flat):
        return True
    if not chars.isdisjoint(_STOPS) and (PARCEL.search(flat) or (faulty and GRIEF.search(flat))):
        return True
    if not chars.isdisjoint(TURNING) and TURN.search(flat) is not None:
        return True
    return not chars.isdisjoint(_CUTS) and may_stand(flat, faulty=faulty, things=things)


_STOPS = frozenset("。!?;~…\n")
_CUTS = _STOPS | frozenset(", 、")


def _turns(flat: str, clauses: Sequence[Clause]) -> list[int]:
    """Which clauses may begin another matter."""
    if len(flat) > _SHORT_LIST and _THIRD.search(flat):
        return []  # a long list of three is one letter
    turns = [i for i, clause in enumerate(clauses) if i and clause.joint in (Joint.NEXT, Joint.MORE)]
    if not turns and len(flat) <= 70:
        about = [i for i, clause in enumerate(clauses) if i and clause.joint is Joint.STOP]
        turns = [
            i
            for i in about
            if bool(PARCEL.search(flat, 0, clauses[i - 1].end)) != bool(PARCEL.search(flat, clauses[i].start))
        ]
    return turns[:_MOST_TURNS]


def _judged(piece: str, classify: Classify, *, first: bool = False) -> Matter | None:
    piece = piece.strip(MARKS)
    if first:
        piece = _LEAD.sub("", piece, count=1)
    return classify(piece) if len(piece) >= _SHORTEST else None


def _after_thanks(flat: str, clauses: Sequence[Clause], classify: Classify) -> tuple[Matter, ...]:
    """The fault that follows on thanks for another: 漏水修好了谢谢,现在是空调不制冷. The thanks want nothing."""
    for clause in clauses[1:]:
        if clause.joint is not Joint.BUT or not _MENDED.search(flat, 0, clause.start):
            continue
        before, piece = flat[: clause.start], _BUT.sub("", flat[clause.start :])
        if not _THANKS.search(before) or _THANKS.search(piece):
            return ()
        left, right = _judged(before, classify, first=True), _judged(piece, classify)
        if left is None or right is None or left.label is not Label.OTHER or right.label is not Label.REPAIR:
            return ()
        thing = right.slots.object
        new = right.slots.fault and thing and thing not in before and right.confidence >= SURE_NEW
        return (right,) if new else ()
    return ()


def _apart(left: Matter, right: Matter, joint: Joint, listed: bool) -> bool:
    """Whether two neighbouring pieces are two matters."""
    pair = (left, right)
    sure = min(left.confidence, right.confidence)
    labels = {left.label, right.label}
    wishes = [one.intent for one in pair if one.label is Label.OTHER]
    if not _ASKS.issuperset(wishes) and (joint is Joint.STOP or not (_ASKS | _ACTS).issuperset(wishes)):
        return False
    if listed and Label.OTHER in labels:
        return False  # proposals in a row are one proposal
    if joint not in (Joint.NEXT, Joint.MORE):
        return Label.PARCEL in labels and len(labels) == 2 and Label.OTHER not in labels and sure >= SURE_STOP
    if len(labels) == 1:
        return sure >= SURE_SAME and _unlike(left, right, joint)
    if left.label is Label.REPAIR and right.label is Label.COMPLAINT and _ALSO.match(right.text):
        return False
    if joint is Joint.MORE:
        return sure >= SURE_MORE
    if Label.OTHER in labels:
        return sure >= SURE_OTHER
    return sure >= (SURE_PARCEL if Label.PARCEL in labels else SURE)


def _unlike(left: Matter, right: Matter, joint: Joint) -> bool:
    """Whether two pieces of one label are about different things."""
    turned = joint is Joint.NEXT
    if _GOES_ON.match(right.text):
        return False
    if left.label is Label.INQUIRY:
        if _shared(left.text, right.text):
            return False
        return (turned and (left.subject != right.subject or not left.subject)) or FIELDS.apart(left.text, right.text)
    if left.label is Label.OTHER:
        return turned and left.intent is not right.intent
    if left.label is Label.COMPLAINT:
        return FIELDS.apart(left.text, right.text)
    if left.label is Label.PARCEL:
        return None not in (left.slots.carrier, right.slots.carrier) and left.slots.carrier != right.slots.carrier
    things, places = (left.slots.object, right.slots.object), (left.slots.place, right.slots.place)
    if left.label is not Label.REPAIR or None in things or things[0] == things[1] or not _faulty((left, right)):
        return False
    elsewhere = None not in places and places[0] != places[1]
    return turned or elsewhere or TRADES.apart(left.text, right.text)


def _shared(one: str, other: str) -> bool:
    """Whether both pieces speak of the same thing by name (装修要押金吗,另外押金什么时候退)."""
    named = _SMALL.sub(" ", one)
    return any(pair in named for pair in map("".join, pairwise(_SMALL.sub(" ", other))) if " " not in pair)


_SMALL = re.compile(
    "[^\u4e00-\u9fff]|请问|想问|问下|一下|什么|时候|多少|怎么|可以|可不|能不|是不|有没|没有|哪里|哪儿|需要|需不|还是|现在|我们|你们|咱们|我家|小区|物业"
    "|几点|几号|多久|要不|不要|吗|呢|的|了|要|在|能|收|办|钱|[一二三四五六七八九十两]个"
)
"""What questions of all kinds are made of."""
_GOES_ON = re.compile("[他她它]|这|那(?:个人|家|些?人)|也|而且|所以|因此")
"""What begins so goes on with what was said."""


_ALSO = re.compile("[^,。]{1,4}也.{1,3}$")
"""味道也大 after a fault: one more thing about it."""


def _faulty(pair: Sequence[Matter]) -> bool:
    return all(one.slots.fault for one in pair)
