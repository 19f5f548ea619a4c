"""Two things wanted side by side without a word that says so: 马桶堵了,我的快递到了吗.

Most messages whose halves look unlike tell one thing (空调不制冷,修一下多少钱). So only those are cut where one half
is about something that the other cannot be explaining: a parcel beside a fault of the home, a matter of the desk
(fees, hours, parking, permits) beside either. Both halves must be sure of their label by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice, pairwise

from nlp.clauses import MARKS, Clause, Joint
from nlp.meaning import Label, Matter

SURE = 0.9
"""How sure the less certain half must be."""
_LONGEST = 90
_SHORTEST = 4
_MOST = 6
"""So many places are looked at; a text with more clauses tells a story."""

_KINDS = frozenset((Label.REPAIR, Label.PARCEL)), frozenset((Label.REPAIR, Label.INQUIRY))
_LABELS = frozenset((Label.REPAIR, Label.PARCEL, Label.INQUIRY))
_ASKED = frozenset((Label.PARCEL, Label.INQUIRY))

PARCEL = re.compile("快递|快件|包裹|外卖|取件|挂号信|顺丰|[中圆申]通|韵达|京东|邮政|驿站|[我个的]件")
_DESK = re.compile(
    "物业费|管理费|停车|车位|月[租卡票]|门禁卡|泳池|游泳|健身房|会所|活动室|阅览室|食堂|发票|押金|取暖费|[水电]费"
    "|燃气费|宽带|访客|搬家|宠物|业委会|开放|装修|垃圾分类|充电桩|过户|居住证|[上下]班|(?<!能)开门|营业|办理|缴费|交费|报名"
    "|前台|周末|几点"
)
"""What one asks the desk about beside anything else."""
_HOURS = re.compile("几点|[上下]班|开门|营业|周末|前台")
"""Asked in one breath with a parcel, this is when it can be fetched."""
_WAY = re.compile("快递|包裹|外卖|快件|取件|签收|骑手|驿站|丰巢|[柜格门锁扫验送货弹码网]|对讲|电梯|进不|打不开")
"""A fault of these keeps the parcel from its owner, so it explains what is said of the parcel."""
_MENDING = re.compile(
    r"[修换坏]|保修|质保|保险|这[个种样块]|那|谁(?:负责|出|管)|归谁|要钱|上门|师傅|材料|自己|补|漏|还能|还有|别的|不管"
)
"""A question with one of these is about the fault beside it."""
_TOLD = re.compile("说|是你们|里边|里面|拉不|砸|压")
"""The parcel belongs to the story of the fault."""


def may_stand(flat: str, *, faulty: bool) -> bool:
    """Whether two matters may stand side by side in ``flat``, at the price of a look."""
    if len(flat) > _LONGEST:
        return False
    parcel, desk = PARCEL.search(flat), _DESK.search(flat)
    return (parcel or desk) is not None if faulty else parcel is not None and desk is not None


def side_by_side(
    flat: str, clauses: Sequence[Clause], classify: Callable[[str], Matter], *, faulty: bool = True
) -> tuple[Matter, ...]:
    """The two matters of a flattened text, or none: it is one. ``faulty``: it names a thing or a fault."""
    found: tuple[Matter, ...] = ()
    best = SURE
    if len(flat) > _LONGEST:
        return found
    for before, clause in islice(pairwise(clauses), _MOST):
        halves = flat[: before.end].strip(MARKS), flat[clause.start :].strip(MARKS)
        if clause.joint is Joint.NEXT or min(map(len, halves)) < _SHORTEST:
            continue
        if not (_strange(*halves, faulty) or _strange(*halves[::-1], faulty)):
            continue
        left = classify(halves[0])
        if left.confidence < best or left.label not in _LABELS:
            continue
        right = classify(halves[1])
        if right.confidence >= best and _apart(left, right):
            found, best = (left, right), min(left.confidence, right.confidence)
    return found


def _strange(half: str, other: str, faulty: bool) -> bool:
    """Whether ``half`` is about something to which ``other`` has nothing to say, by their words alone."""
    desk = _DESK.search(half) is not None and _DESK.search(other) is None
    if PARCEL.search(half):
        return faulty and PARCEL.search(other) is None and not (_TOLD.search(half) or _WAY.search(other))
    if PARCEL.search(other):
        return desk and _HOURS.search(half) is None
    return desk and faulty and _MENDING.search(half) is None


def _apart(left: Matter, right: Matter) -> bool:
    """Whether the halves are what their words promised."""
    of = {left.label: left, right.label: right}
    kinds = frozenset(of)
    if kinds in _KINDS:
        repair = of[Label.REPAIR]
        other = right if repair is left else left
        named = repair.slots.object or repair.slots.fault
        return bool(named) and _strange(other.text, repair.text, True)
    return kinds == _ASKED and _strange(of[Label.INQUIRY].text, of[Label.PARCEL].text, False)
