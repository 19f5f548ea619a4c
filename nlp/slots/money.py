"""Sums of money: 38块5, 三百二, ¥1,200, 三万八, 一平2.8."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from nlp.numerals import HAN, HAN_SET, amount, number, roughly


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in yuan as it was written, and what it is for each of (平方, 月, 次 ...)."""

    text: str
    yuan: float
    per: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"text": self.text, "yuan": self.yuan, "per": self.per}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``."""
        return cls(str(raw.get("text") or ""), float(raw.get("yuan") or 0.0), str(raw.get("per") or ""))


_PER_WORD = "平方米?|平米|平(?![台常时安均])|个?月|年|天|次|个?小时|钟头|度|吨|方|件|单|户|张|趟|位"
_NUM = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d(?:\.\d)?[百千](?:\d[百十]?(?!\d))?|\d+(?:\.\d+)?|[{HAN}]+(?:点[{HAN}]+)?)"
    rf"(?:万(?:\d[千百]?(?!\d)|[{HAN}]{{1,4}})?)?"
)
_SIGN = re.compile(rf"(?:[¥￥]|RMB|rmb)\s?(?P<sum>{_NUM})(?:\s?元)?(?:[/每一](?P<after>{_PER_WORD}))?")
_UNIT = re.compile(
    rf"(?:(?:每|一)(?P<per>{_PER_WORD})[,:收要是]?)?(?P<sum>{_NUM})(?P<about>[多来几]?)\s?"
    rf"(?P<unit>元|块(?!儿|状)|圆|RMB|rmb|人民币|大洋|蚊|[毛角](?=[钱一二三四五六七八九\d/每,。!?的\s]|$))"
    rf"(?P<odd>[1-9](?!\d)|[一二两三四五六七八九](?![{HAN}块个]|{_PER_WORD})|[二三四五六七八九](?=[一每](?:{_PER_WORD})))?(?P<jiao>[毛角])?钱?(?:[/每一](?P<after>{_PER_WORD}))?"
)
_CONTEXT = "收|要|花了?|付|交了?|扣|罚|退|给|价|钱|费用?|卖|缴|涨[到了]?|省|赔偿?|补偿?"
_CONTEXT += "|押金|租金?|充|投|才|共|合计|总共|报|赚|欠|余额|按|降到"
_BARE = re.compile(
    rf"(?:(?P<cue>{_CONTEXT})(?:[了我你他们您是个:,]|起码|大概|一共){{0,2}}\s?|(?:每|一)(?P<per>{_PER_WORD})[,:收要是]?\s?)"
    rf"(?P<sum>{_NUM})(?:(?:[/每]|(?<=[\d万百千])一)(?P<after>{_PER_WORD})|(?![\d:-]|[点号楼栋幢座单室层分秒天年月日周个人次件位条台张家户遍趟回只度小多几]|[平米吨斤]|[{HAN}]))"
)
_BEHIND = re.compile(r"(?P<sum>\d+(?:\.\d+)?)\s?[/每一](?P<per>平方米?|平米|平|个?月|度|吨)")
_THINGS = frozenset("砖玻瓷板铁木石钢布皮表肉糖地墙草空布屏钟牌电泥墙冰滑小大区油黑白水松翘")
_WHOLE = re.compile(
    rf"(?:大概|差不多|也就|一共)?(?P<sum>(?:[{HAN}]*|\d(?:\.\d)?)[百千万](?:[{HAN}]*|\d[百千]?))[多来几]?(?:左右|吧|上下)?"
)
_FIGURES = frozenset("0123456789")
_COUNT_CHARS = _FIGURES | HAN_SET
_UNIT_CHARS = frozenset("元块圆毛角洋蚊民RrM")
MONEY_CHARS = frozenset("押租洋蚊百千万元块圆毛角¥￥万费钱收要交价涨扣付花罚退赔补欠RrM平")
"""A sum holds one of these."""


def find_money(flat: str) -> Money | None:
    """The first sum of money of a flattened text; 一块玻璃 is none."""
    if MONEY_CHARS.isdisjoint(flat):
        return None
    chars = set(flat)
    if chars.isdisjoint(_COUNT_CHARS):
        return None
    found = None if chars.isdisjoint("¥￥Rr") else _SIGN.search(flat)
    if found:
        value = amount(found["sum"])
        if value is not None:
            return Money(found.group().strip(), round(value, 2), _per(found["after"]))
    for found in _UNIT.finditer(flat) if not chars.isdisjoint(_UNIT_CHARS) else ():
        money = _in_units(found, flat)
        if money is not None:
            return money
    for found in _BARE.finditer(flat):
        value = _value(found["sum"])
        cue, per = found["cue"], found["per"] or found["after"]
        if value is None or not value or (not per and (value < 10 or _looks_no_sum(found["sum"], cue))):
            continue
        text = found.group().strip(" ,:") if found["per"] else flat[found.start("sum") : found.end()]
        return Money(text, round(value, 2), _per(per))
    if len(flat) <= 10 and (found := _WHOLE.fullmatch(flat)) and (value := _value(found["sum"])):
        return Money(found["sum"], round(value, 2))
    found = None if chars.isdisjoint(_FIGURES) else _BEHIND.search(flat)
    return Money(found.group(), round(float(found["sum"]), 2), _per(found["per"])) if found else None


def _in_units(found: re.Match[str], flat: str) -> Money | None:
    sum, unit = found["sum"], found["unit"]
    value = _value(sum)
    if value is None or flat[: found.start("sum")].endswith("几"):
        return None  # 几百块: nobody knows how many
    behind = flat[found.end() : found.end() + 1]
    bare = found.group().endswith("块") and not found["after"]
    if bare and behind in _THINGS and not re.search(rf"(?:{_CONTEXT})[了我你]?$", flat[: found.start()]):
        return None
    if bare and value <= 2 and not found["per"] and not re.search(rf"(?:{_CONTEXT})[了我你]?$", flat[: found.start()]):
        return None  # 翘了一块
    if unit in "毛角":
        value /= 10
    odd = number(found["odd"] or "")
    if odd:
        value += odd / 10 if unit not in "毛角" else odd / 100
    return Money(found.group().strip(), round(value, 2), _per(found["per"] or found["after"]))


def _value(sum: str) -> float | None:
    """In yuan; two neighbouring digits (八九百) are a guess between them."""
    return roughly(sum) if sum.isalpha() and "万" not in sum and "点" not in sum else amount(sum)


def _looks_no_sum(sum: str, cue: str) -> bool:
    """Whether a bare number after a weak cue is more likely a date, a room or a count."""
    strong = cue[0] in "价钱费赔补罚扣涨卖退欠缴余"
    return not strong and ((sum.isdigit() and len(sum) > 5) or len(sum) < 2)


def _per(word: str | None) -> str:
    if not word:
        return ""
    if word.startswith("平") or word == "方":
        return "平方米"
    return word.lstrip("个") if word not in ("钟头",) else "小时"
