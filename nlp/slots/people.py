"""How many people: 里面7个人, 一家三口, 老两口, 63人."""

from __future__ import annotations

import re

from nlp.numerals import HAN, roughly

_PEOPLE = re.compile(
    rf"(?:(?P<pair>[老小]?两口子?|夫妻俩|夫妇俩|我们俩|[他她]们俩|俩(?=孩子|小孩|娃|老人|大人|人)|仨(?=孩子|小孩|娃|人))"
    rf"|(?<![第\d.年])(?<!没)(?<!没有)(?P<count>\d{{1,2}}[-~、,到]\d{{1,2}}|\d{{1,4}}|[{HAN}]{{1,4}})[多来几]?(?:个(?:大人|小孩|孩子|老人|人)|口人|位(?:老人|客人|访客|朋友|师傅|亲戚|乘客|业主|同事|家人)?(?=[,。!?来\s]|$|在|一起)|名(?:学生|业主|工人|乘客|员工)|人(?![民家品行心员工次]))"
    rf"|一?家(?P<family>\d|[{HAN}])口(?:人)?|(?P<small>[{HAN}])口之家)"
)
_AND = re.compile(
    rf"(?:[,、和跟带]|加上?|还有){{0,2}}(?P<count>\d|[{HAN}])[个位名](?:大人|小孩|孩子|老人|小朋友|婴儿|宝宝)"
)
"""两个大人一个小孩 are three."""
_NOBODY = re.compile("一个人(?:影|毛)?(?:[也都]?没|都不|也不)")
PEOPLE_CHARS = frozenset("人口位俩名")
"""A count of people holds one of these."""
_TRIPLE = "仨"


def find_people(flat: str) -> int | None:
    """How many people a flattened text speaks of first; "一个人都没有" is nobody, "第三个人" no count."""
    for found in _PEOPLE.finditer(flat):
        if found["pair"]:
            return 3 if _TRIPLE in found["pair"] else 2
        value = roughly(found["count"] or found["family"] or found["small"] or "")
        if value is None or _NOBODY.match(flat, found.start()):
            continue
        and_more = _AND.match(flat, found.end())
        return value + (roughly(and_more["count"]) or 0) if and_more else value
    return None
