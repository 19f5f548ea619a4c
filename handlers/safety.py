"""What to do now, before anybody can be there: chosen by what the danger is."""

from __future__ import annotations

import re

from desk.texts import Texts
from handlers import peril
from nlp import Understanding

_DANGERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("gas", re.compile(r"煤气|燃气|天然气|液化气|瓦斯|\bgas\b", re.I)),
    (
        "lift",
        re.compile(
            r"困在?(?:电梯|里|人|住)|(?:电梯|轿厢).{0,8}(?:困|关|卡|出不来|掉|坠)|(?:困|关|卡).{0,6}(?:电梯|轿厢)"
            r"|\b(?:stuck|trapped) in (?:the|a) (?:lift|elevator)",
            re.I,
        ),
    ),
    ("locked", re.compile("[反被]锁|[锁关困].{0,3}(?:屋|房|家|卧室|厕所|卫生间|阳台|厨房|书房|车)里?")),
    ("power", re.compile("火花|打火|短路|漏电|触电|电(?:到|了)人|冒电|带电|麻手")),
    (
        "fire",
        re.compile(r"着火|起火|失火|火灾|冒烟|浓烟|黑烟|烧(?:着|起|焦|糊)|焦味|糊味|爆炸|\b(?:fire|smoke)\b", re.I),
    ),
    ("water", re.compile(r"爆|漫|淹|喷|涌|哗|跑水|漏|渗|流(?!血)|水大|成河|积水|\b(?:water|pipe|flood\w*)\b", re.I)),
)
_OUTRIGHT: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("起火", re.compile(r"^.{0,6}(?:着火|起火|失火)(?:了|啦)|^\W*(?:help\W+)?fire\b(?! (?:drill|alarm|door))", re.I)),
    ("有燃气味", re.compile(r"(?:煤|燃)气(?:泄漏|漏了)|\bgas leak", re.I)),
    ("电梯困人", re.compile(r"困在电梯|被困电梯|\b(?:stuck|trapped) in (?:the|a) (?:lift|elevator)", re.I)),
    (
        "有人求救",
        re.compile(
            "^.{0,8}救命(?![稻恩药钱之])(?!啊?[,，\\s]*(?:谁懂|家人|太|也太|真的|这也))(?!.*(?:快递|外卖|包裹))"
        ),
    ),
    ("水管爆裂", re.compile(r"水管爆了|\bwater everywhere|\bburst pipe|\bpipe (?:has )?burst", re.I)),
)
_NOT_NOW = re.compile(
    "[吗么?？]|如果|万一|演习|会不会|怕(?:着|起|失)火|没有?(?:着|起|失)火|以前|上次|昨天|前天|去年|预防|防火|听说|灭了|新闻|别人|建议|似的|小说|电影|电视[剧里]|游戏里|视频里|做梦|梦[见到里]"
)
_SUPPLY = re.compile("(?:停|没有?|断|无)了?来?(水|电(?!梯|视|话)|气|暖)")
_INSIDE = re.compile("里面|困|出不来|关在|卡住|卡在|没出来")
_OTHERS = (
    ("safety.hole", re.compile("井盖|窨井|塌陷|地陷|坑洞|大坑")),
    (
        "safety.above",
        re.compile(
            "(?:玻璃|外墙|墙皮|瓷砖|广告牌|招牌|树|花盆|空调外?机|雨棚|窗扇)[^,，。]{0,8}(?:掉|坠|松|悬|倒|断|砸|晃)|高空抛"
        ),
    ),
    ("safety.smell", re.compile("(?:怪|异|奇怪的?|刺鼻的?|难闻的?)(?:气)?味")),
)
_GONE = {"电": "safety.no_power", "水": "safety.no_water"}
_SHARED = re.compile("电梯|[整全]|栋|楼|小区|都")
_CUT = re.compile("[停没断无](?:了)?[水电气]|坏|故障|不[动开能]|停运|停梯|打不开|关不上")


def unmistakable(text: str) -> str | None:
    """The danger that these few words name outright (我家着火了), however they were weighed; None for none."""
    said = text.strip()
    if len(said) > 40 or _NOT_NOW.search(said):
        return peril.reason(said)
    return next((name for name, pattern in _OUTRIGHT if pattern.search(said)), None) or peril.reason(said)


def danger(text: str) -> str | None:
    """Which danger the words tell of: gas, fire, lift, locked, power, people (``peril``), water; None for none."""
    name = next((name for name, pattern in _DANGERS if pattern.search(text)), None)
    return (peril.now(text) or name) if name in (None, "water", "locked") else name


def cut(text: str) -> str | None:
    """Which supply the words say is gone: 水, 电, 气 or 暖; None for none."""
    found = _SUPPLY.search(text)
    return found.group(1) if found else None


def safety_text(texts: Texts, understanding: Understanding) -> str | None:
    """The advice that comes first in an emergency; None when there is nothing to do but wait (a lift out of service).

    Pure: also said when the stores are away.
    """
    people = peril.now(understanding.text)
    if not understanding.urgent:
        return texts.say(f"safety.{people}") if people else None
    words = f"{understanding.text} {understanding.urgent_reason}"
    said = danger(understanding.text)
    name = said or danger(understanding.urgent_reason)
    if name == "lift" and said is None and _CUT.search(understanding.text) and not _INSIDE.search(understanding.text):
        return None  # it is out of service, nobody is in it
    if name is not None:
        return texts.say(f"safety.{name}")
    other = next((text for text, pattern in _OTHERS if pattern.search(understanding.text)), None)
    if other is not None:
        return texts.say(other)
    gone = _GONE.get(cut(understanding.text) or "")
    if gone and not _SHARED.search(understanding.text):
        return texts.say(gone)
    return None if _CUT.search(words) else texts.say("safety.other")
