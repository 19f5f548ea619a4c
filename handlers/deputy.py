"""Who is to collect a parcel for its owner: 让我爱人代取, 帮我给楼下老张取, 我妈去拿快递."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlp.plain import flatten

LONGEST = 12
_WHOLE = {"妈": "妈妈", "爸": "爸爸", "弟": "弟弟", "妹": "妹妹", "姐": "姐姐", "哥": "哥哥"}
_TAKES = r"(?:代|帮忙|帮我|帮|替我|替|给我|去|来|过来|过去|下去|先)*(?:取|拿|领)"
_THINGS = (
    r"(?:一下|下|走|回来|回去|上来|上去|掉|了|吧|的)*(?:那个|这个|那件|这件|我的?|一个|几个|个|件)*"
    r"(?:快递|包裹|件|邮件|东西)?"
)
_END = r"(?:吧|啊|呀|哦|吗|么|一下|了|可以吗|行吗|行不行|好吗|谢谢|麻烦了)*[,。!?~ ]*(?:可以吗|行吗|谢谢)?[。!?~ ]*"
_WHO = r"(?P<who>[^,。!?;:\s]{1,14}?)"
_ASKED = re.compile(
    rf"(?:^|[,。!? ])(?:你好|您好|那|就|请|麻烦|我想|我|帮我|可以|能不能|快递|包裹|件|取件|SF|[A-Za-z0-9-])*"
    rf"(?:让|叫|请|由|托|委托|给|授权|喊){_WHO}{_TAKES}{_THINGS}{_END}$"
)
_SAYS = re.compile(
    rf"(?:^|[,。!? ])(?:你好|您好|那|等下|一会儿?|今天|明天|晚上|快递|包裹)*{_WHO}{_TAKES}{_THINGS}{_END}$"
)
_NAMED_THING = re.compile("快递|包裹|取件|代取|代领|代拿|邮件")
_HELPS = re.compile("帮我|替我|代我|给我|代取|代领|代拿")
_REVOKES = re.compile(
    "(?:不让|别让|不要让|不用让|取消|不用|不要)[^,。]{0,10}(?:代取|代领|代拿|取快递|拿快递|领快递|取件)"
)
_TAKEN = re.compile(
    "(?:有人|别人|人家|谁|楼[上下]|邻居|隔壁)[^,。]{0,8}(?:拿|取|领)(?:错|走)*了|(?:拿|取|领)(?:错|走)了我"
)
"""Somebody has it who should not: that is no wish."""
_US = re.compile(
    "(?:你们?|您|物业|前台|管家|保安|门卫|师傅|快递员|骑手|客服|人|谁|哪|怎么|什么|能|可以|我|自己|本人|我自己|帮我"
    "|请|麻烦|不|没|要|去|先)"
)
_NOT_NAME = re.compile(
    "哪|谁|什么|怎么|多少|几点|吗|没|不|帮|取|拿|领|快递|包裹|物业|前台|保安|管家|师傅|到了|钥匙|想|能|可以|要|下班"
    "|今天|明天|晚上"
)


@dataclass(frozen=True, slots=True)
class Deputy:
    """Somebody as the owner names them: 爱人, 楼下老张, 王强."""

    name: str


def read_deputy(text: str) -> Deputy | None:
    """Who is to collect; None when the text names nobody, or asks us to bring it."""
    flat = flatten(text)
    if len(flat) > 60 or not re.search("取|拿|领", flat):
        return None
    if revokes(flat) or _TAKEN.search(flat):
        return None
    found = _ASKED.search(flat)
    if found is None and (_NAMED_THING.search(flat) or _HELPS.search(flat)):
        found = _SAYS.search(flat)
    if found is None:
        return None
    name = re.sub("^(?:我家的?|我们家的?|我的?|咱)", "", found["who"]).strip(" 的")
    name = _WHOLE.get(name, name)
    if not 1 <= len(name) <= LONGEST or _US.fullmatch(name) or _NOT_NAME.search(name):
        return None
    return Deputy(name)


def revokes(text: str) -> bool:
    """Whether nobody else is to collect any more."""
    return bool(_REVOKES.search(flatten(text)))
