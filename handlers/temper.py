"""Abuse without a word on what is wrong: answered calmly with the question what it is."""

from __future__ import annotations

import re

from handlers.context import Context, Reply

_ABUSE = re.compile(
    "吃干饭|废物|垃圾|傻[逼比叉缺子]|(?:[操艹靠草]|日)(?:你|他)?[妈娘]?的?|(?:他|你|尼|特)[妈玛][的逼]?|王八蛋|混蛋|骗子|滚蛋?|有病|脑子|脑残|智障|去死|狗屁|放屁"
    "|什么玩意儿?|[sS][bB]|cnm|nmsl|太?垃圾|黑心|不要脸|没用|饭桶|神经病|人渣"
)
_FILLER = re.compile(
    "你们?|这[帮群些个]|那[帮群些个]|都|就|是|不是|的|了|吗|吧|啊|呢|一|群|个|真|太|什么|东西|人|物业|管家|公司|服务|全|家伙|给|我|[进是]?水|怎么|这么|还|有|简直"
)


def only_abuse(text: str) -> bool:
    """Whether nothing but abuse was said."""
    said = text.strip()
    if len(said) > 20 or not _ABUSE.search(said):
        return False
    rest = _FILLER.sub("", _ABUSE.sub("", said))
    return not any(character.isalnum() for character in rest)


def calm(ctx: Context) -> Reply:
    """Sorry, and what is it about; what comes next is the complaint."""
    return ctx.ask("what", "complaint", ctx.say("complaint.ask_what_angry"))
