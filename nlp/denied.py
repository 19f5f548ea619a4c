"""Dangers that are said not to be there: 打不着火,但没有燃气味; 没有漏电或火花. They alarm nobody."""

from __future__ import annotations

import re

from nlp.clauses import MARKS

_DANGER = (
    "着火|起火|失火|明火|火花|火星|冒烟|浓?烟|烟味|[烧糊焦]+味|烧焦|漏电|触电|(?:煤气|燃气|天然气|气)味|漏气|泄漏|跳闸|发[热烫]"
    "|爆炸|受伤|被困|困人"
)
_DENIED = re.compile(
    f"(?<!有)(?:没有?|[并也]无|未|不是)(?:任何|什么|再|人|闻到|看到|发现|出现|发生|明显)*的?(?:{_DANGER})"
    f"(?:(?:[、和或及,]|或者|以及|还有)*也?(?:没有?|无)?(?:{_DANGER}))*"
)
"""A danger that is denied, with those listed beside it. 有没有 asks."""


def undenied(flat: str) -> str:
    """A flattened text without the dangers that it denies: itself when it denies none, empty when no word is left."""
    said = _DENIED.sub("", flat)
    return said if said == flat or said.strip(MARKS) else ""
