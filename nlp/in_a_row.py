"""Faults, or a fault and a grievance, told one after the other without a word between that says so.

水槽堵了,插座松动,门把手掉了 is three visits; 对讲机没声音了。楼上周末还在砸墙 a repair and a complaint. Only what can
have nothing to do with each other is told apart (``nlp.topics``), and only in a short text: a longer one is a story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from nlp.clauses import MARKS, Clause, Joint
from nlp.meaning import Label, Matter
from nlp.topics import TRADES

LONGEST = 50
"""In a longer text the second fault mostly belongs to the story of the first."""
SURE_FAULT = 0.8
"""How sure each of several faults must be that it is one: their trades tell them apart already."""
SURE = 0.9
"""The same of a fault and a grievance."""
_MOST_FAULTS = 4
_PART = frozenset("门 灯 窗 窗户 阀门 门缝 门板 开关 按钮 按键 墙 墙里 线 电线 线路 玻璃 插头 锁 把手 显示屏".split())
"""What a thing named before may have as well: without a place of its own it is a part of that."""
_CAUSED = re.compile(
    "[漏流渗淌滴泡淋溅漫压][到着]|泡|淹|湿|跟着|连着|顺着|也[跟被没]|导致|所以|结果|一[开拉按插关]|就|都|把(?!手)|被|才|害"
)
"""With one of these the second is what the first has done."""
GRIEF = re.compile(
    "[吵噪闹]|砸墙|麻将|广场舞|乱停|占道|占了|保安|门卫|[狗猫]|抽烟|油烟|垃圾|[粪屎尿]|小广告|高空抛|乱收|涨价|充电"
)
"""What people are blamed for; no fault is told so."""
_ABOUT_WORK = re.compile("(?<!装)修|师傅|报|没人[来管理]|不[来管理]|[漏滴渗流]|电话|催|等|投诉|电梯|这|那|它")
"""A grievance with one of these may be about the fault beside it."""


class Named(NamedTuple):
    """The lexicon's words in a text."""

    things: Collection[str] = ()
    places: Collection[str] = ()


NOTHING = Named()
"""None were looked for."""


def may_be_unlike(flat: str, named: Named) -> bool:
    """Whether ``flat``, in which these are named, may tell faults that have nothing to do with each other."""
    if len(named.things) < 2 or len(flat) > LONGEST:
        return False
    return len(named.places) > 1 or TRADES.several(named.things)


def faults(clauses: Sequence[Clause], classify: Callable[[str], Matter], named: Named) -> tuple[Matter, ...]:
    """The faults, each of another trade or in another place than the one before; none when it is one story."""
    pieces = [clauses[0].text]
    for clause in clauses[1:]:
        if TRADES.apart(pieces[-1], clause.text) or _elsewhere(pieces[-1], clause.text, named.places):
            pieces.append(clause.text)
        else:
            pieces[-1] += f",{clause.text}"
    if not 1 < len(pieces) <= _MOST_FAULTS or any(_CAUSED.search(piece) for piece in pieces[1:]):
        return ()
    found = tuple(map(classify, pieces))
    return found if all(map(_is_fault, found)) and all(map(_stands_alone, found[1:])) else ()


def grievance(flat: str, clauses: Sequence[Clause], classify: Callable[[str], Matter]) -> tuple[Matter, ...]:
    """The fault and the grievance on both sides of the one full stop, in their order; none when it is one story."""
    stops = [place for place, clause in enumerate(clauses) if clause.joint is Joint.STOP]
    if len(stops) != 1 or len(flat) > LONGEST:
        return ()
    halves = flat[: clauses[stops[0] - 1].end].strip(MARKS), flat[clauses[stops[0]].start :].strip(MARKS)
    for fault, grief in (halves, halves[::-1]):
        if GRIEF.search(fault) or not GRIEF.search(grief) or _ABOUT_WORK.search(grief) or not TRADES.of(fault):
            continue
        found = tuple(map(classify, halves))
        labels = {one.text: one.label for one in found if one.confidence >= SURE}
        if labels == {fault: Label.REPAIR, grief: Label.COMPLAINT}:
            return found
    return ()


def _is_fault(one: Matter) -> bool:
    told = one.slots.object is not None and one.slots.fault is not None
    return told and one.label is Label.REPAIR and one.confidence >= SURE_FAULT


def _stands_alone(one: Matter) -> bool:
    return one.slots.object not in _PART or one.slots.place is not None


def _elsewhere(piece: str, clause: str, places: Collection[str]) -> bool:
    """Whether both name a place, and no place is in both."""
    here, there = ({place for place in places if place in text} for text in (piece, clause))
    return bool(here and there) and here.isdisjoint(there)
