"""Yes or no by counting what turns it: 不是不行 is yes, 怎么可能行 is no, 行什么行 is no, 没什么不可以 is yes."""

from __future__ import annotations

import re

_CALM = (
    "我(?:们|家|这边)?|这边?|那|就|都|也|又|还是?|更|倒|其实|当然|肯定|绝对|真的?|实在|确实|完全|全|一点儿?[也都]?|好像|应该|可能|大概"
    "|似乎|估计|恐怕|觉得|看|暂时|目前|现在|先|太|很|大|是|有|什么|啥|要|得|会|能|算"
)
"""Words that leave the answer as it is: doubt, strength, who says it."""
_TURNS = (
    "不(?:太|大|怎么|咋)?|没(?:得|有)?|木得?|冇|莫得?|唔|勿|弗|[别甭]|并?未|怎么|咋|哪(?:[能里会儿有]|可能)?|岂[能可会]|谁说|谁讲|凭(?:什么|啥)"
    "|有(?:什么|啥)(?=不)|难道"
)
"""Each turns it round: a no, or a question that wants none."""
_GOOD = "行|可以|要|好|是|对|同意|愿意|想要|需要|方便|成|中|能|会|得|赞成|答应|接受"
_BAD = "问题|毛病|意见|介意|反对|拒绝|异议|所谓"
_PARTICLES = "[的了啊呀呢吧嘛哦哈呐诶滴啦咯哟哇,~!。 ]*"
_WHOLE = re.compile(
    rf"(?P<before>(?:{_CALM}|{_TURNS})*?)(?:(?P<good>{_GOOD})|(?P<bad>{_BAD})){_PARTICLES}(?P<mocks>才怪|个(?:屁|鬼|头|毛|锤子))?{_PARTICLES}"
)
_TURN = re.compile(rf"(?P<turn>{_TURNS})|(?:{_CALM})")
_MOCKS = re.compile(rf"(?P<word>{_GOOD})(?:什么|啥|个什么)(?P=word){_PARTICLES}")
_STATED = ("问题", "毛病", "意见")
_JUDGES = frozenset("太很真大又还更现目")
LONGEST = 12


def polarity(bare: str) -> bool | None:
    """Whether a short answer is a yes; None when it is not made of these words alone."""
    if len(bare) > LONGEST:
        return None
    if _MOCKS.fullmatch(bare):
        return False
    whole = _WHOLE.fullmatch(bare)
    if whole is None:
        return None
    said = whole["good"] is not None
    turns = sum(1 for found in _TURN.finditer(whole["before"]) if found["turn"]) + (whole["mocks"] is not None)
    if not turns and (whole["bad"] in _STATED or not _JUDGES.isdisjoint(whole["before"])):
        return None  # 有问题: something follows; 还行, 很好, 现在好了: how it is
    if whole["good"] == "好" and "没" in whole["before"]:
        return None  # 还没好: the work
    return said != (turns % 2 == 1)
