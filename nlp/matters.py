"""The several things wanted in one message: 灯坏了,另外快递到了吗 is two, 漏水漏了三天没人管 is one.

A false split costs more than a missed one (two tickets for one leak), so a message is cut only where its writer
turns to something else in words (另外, 还有, 再问一下, 第二), or stops a sentence and a parcel comes in, and the pieces
are two (``nlp.neighbours``), or where without such words they can have nothing to do with each other
(``nlp.side_by_side``, ``nlp.in_a_row``). Explaining, thanking, greeting, giving room or time is no second matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nlp.clauses import MARKS, TURN, TURNING, Clause, Joint, split
from nlp.in_a_row import GRIEF, NOTHING, Named, faults, grievance, may_be_unlike
from nlp.meaning import Label, Matter
from nlp.neighbours import apart
from nlp.side_by_side import PARCEL, may_stand, side_by_side

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

SURE_NEW = 0.8
"""How sure a fault must be that follows on thanks for another."""

_MENDED = re.compile("(?:修|弄|搞|处理|疏通|换|解决)(?:好|完|通|妥)?了|好了")
_THANKS = re.compile("谢|辛苦|感谢")
_BUT = re.compile("^[,。!? ]*(?:不过|但是?|可是?|就是|只是|现在|今[天儿]|又|是)+[,]?(?:现在|是)?")
_THIRD = re.compile(r"(?:^|[;:。,\s])(?:三|3|第三)[、.:,)](?!\d)|第三[,、:是]")
_LEAD = re.compile(
    r"^(?:[^,。:]{0,8}(?:[两2二]|几|三)(?:件|个|样|点)(?:事情?|问题|诉求)?[啊呢儿]?[:,。\s]*)?"
    r"(?:第一[件个]?[、,:是]?|一是|一[、:,]|1[.、)]|首先[,是]?|先说(?:要紧的)?[,:]?)?"
)


def matters(flat: str, classify: Classify, *, faulty: bool = True, named: Named = NOTHING) -> tuple[Matter, ...]:
    """The matters of a flattened text in their order; empty when it is one.

    ``faulty``: it names a thing or a fault; ``named``: which things and places.
    """
    if not 8 < len(flat) <= LONGEST or not may_turn(flat, faulty=faulty, named=named):
        return ()
    clauses = split(flat)
    turns = _turns(flat, clauses)
    if not turns:
        return (
            _after_thanks(flat, clauses, classify)
            or side_by_side(flat, clauses, classify, faulty=faulty)
            or (faults(clauses, classify, named) if may_be_unlike(flat, named) else ())
            or (grievance(flat, clauses, classify) if faulty else ())
        )
    listed = _THIRD.search(flat) is not None
    found: list[Matter] = []
    start, left, end = 0, None, 0
    for index, turn in enumerate(turns):
        clause = clauses[turn]
        if left is None:
            left = _judged(flat[start : clauses[turn - 1].end], classify, first=not found)
        end = clauses[turns[index + 1] - 1].end if index + 1 < len(turns) else len(flat)
        right = _judged(flat[clause.start : end], classify)
        if left is not None and right is not None and apart(left, right, clause.joint, listed):
            found.append(left)
            start, left = clause.start, right
        else:
            left = None  # it goes on: judged again with what follows
        if len(found) == MOST - 1:
            break
    if not found:
        return ()
    last = left if left is not None and end == len(flat) else _judged(flat[start:], classify)
    if listed and len(found) < len(turns) and last is not None and len({one.label for one in (*found, last)}) == 1:
        return ()  # a list of one kind is told apart as a whole or not at all
    return (*found, last) if last is not None else tuple(found) if len(found) > 1 else ()


def may_turn(flat: str, *, faulty: bool = True, named: Named = NOTHING) -> bool:
    """Whether ``flat`` may turn to something else, at the price of a look: most texts do not."""
    if "谢" in flat and _MENDED.search(flat):
        return True
    if _STOPS.search(flat) and (PARCEL.search(flat) or (faulty and GRIEF.search(flat))):
        return True
    if not TURNING.isdisjoint(flat) and TURN.search(flat) is not None:
        return True
    return bool(_CUTS.search(flat)) and (may_stand(flat, faulty=faulty) or may_be_unlike(flat, named))


_STOPS = re.compile("[。!?;~…\n]")
_CUTS = re.compile("[。!?;~…\n, 、]")


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
