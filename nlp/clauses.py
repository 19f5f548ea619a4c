"""A text cut into its clauses, and what joins each to the one before: a full stop, a comma, or words like 另外."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MARKS = " ,。!?;:\n"
"""What stands around a clause and says nothing."""


class Joint(StrEnum):
    """How a clause begins."""

    FIRST = "first"
    """The first of the text."""
    COMMA = "comma"
    """After a comma or a space: it mostly goes on with the same thing."""
    STOP = "stop"
    """After a full stop, a question mark, a semicolon, a new line."""
    BUT = "but"
    """不过, 但是, 就是: the same thing seen from another side, or a turn to another."""
    MORE = "more"
    """还有: something is added, to the same thing or beside it."""
    NEXT = "next"
    """另外, 顺便, 对了, 再问一下, 第二: the writer says that something else comes."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: where it stands in the text, without the words that join it."""

    text: str
    start: int
    end: int
    joint: Joint


_ASK = "问|请教|打听|咨询|了解|麻烦|帮|说|报|反映|投诉|提|催|看|补|来|要|查"
_COUNTED = "口趟件碗杯瓶盒袋天日晚胎次层步张栋排遍年单期波任句台下道条批针季轮场部话医个位段档格回周只格扇家圈幢户组"
"""Behind 第二, 第三: something is counted (第二天), nothing else comes."""
_NEXT = (
    r"(?<![得要会须])另外(?!的|[加收花付][钱价收费]|[寄买找]|[一两三几半那][头部个家边位面条张件盏块半台处本俩只双份车瓶包箱桶把趟批盒袋]|俩|[一二两三四五六七八九十百\d]+[名个位人户]|[再又]?[给补交申算收付发走凑赔开]|单独)|此外|除此之外|(?<!\d)另(?=[:,]|有个?[事问]|\s?(?:投诉|报修|反映|[想请]?问))"
    r"|(?<![的路])顺[便带](?!宜|再?[换拧扫通紧修洗贴]|检查|看看?(?:旁边|别的|其[他它]|隔壁|门框|另|[那几])|把[^,。]{1,6}[搬带拿收拉清]走|[^,。]{0,4}(?:就|一起)?[弄看修]一?下就)(?:[再也]|[问说]一?[下句声嘴])?|捎带(?:着)?|(?<![核输选答说猜找配算校查弄搞做写认相面用没])对了(?![一两三几]?[遍次])|话说回来"
    r"|(?<![里面头上下边旁外内中是])还有(?:个?(?:事|问题|一[个件点]事?|一样|就是|啊|呢|嘛))|(?<![里面头上下边旁外内中是])还有(?=(?<!了还有)[,:\s]|(?:[想请]?问|咨询|打听|投诉|报修|反映|举报))"
    rf"|(?<![要先以后])再(?:{_ASK})(?:[一]?[下个句声嘴件点遍]|事|问题)(?![天子])|再(?:请|想)问|再帮(?:我|忙)?(?:看|查|问|收|找)|再(?:有(?:就是|一个|个)|一个[,是就]|就是|加一个)"
    r"|还想(?:问|了解|知道|咨询|请教|打听)|倒是想|顺嘴|其次|然后(?:想|再)?(?:问|了解|请教)|然后(?=那个|物业|快递|停车|门禁|我家)|仲有(?=[我个嗰,:])|仲想[问知]|(?<![A-Za-z])(?:btw|BTW|Btw|PS|ps|P\.S\.)(?![A-Za-z])|最后(?:再(?:问|说)|问一?下|说一?[句下声])"
    rf"|(?<=[,。!?;:\s\n了修吗])第?二(?:[、.:,是](?!十|[三四])|[件个](?:[事是,:]))|(?<=[,。!?;:\s\n了修])第二(?=[^{_COUNTED}][^二])"
    rf"|(?<=[;:,。\s])2[.、)](?!\d)|(?<=[,;。\s修])二是|(?<=[;:,。\s?!])3[.、)](?!\d)|(?<=[,;。\s])三是|(?<=[,。!?;:\s\n])第?三[、,:]|(?<=[,。!?;:\s])第三(?=[^{_COUNTED}者方人趟][^三])|再者|再说一[声句件]|先说(?![要是没不])(?=.{{4,}}再)"
)
TURN = re.compile(rf"{_NEXT}|还有")
"""Where a writer says that something else comes."""
TURNING = frozenset("另此除顺捎对话还再倒其然最二2先仲bBpP")
"""One of these stands wherever ``TURN`` is found; a list's third entry has its second before it."""
_MORE = (
    "还有(?=(?:昨[天日晚儿]|[前今]天|那个?|上次|管|测|保|收|橱|单元|大堂|地库|小区|[东西南北]门)[^,。]{3}"
    "|[我俺咱你上楼那昨快前车门电物请想办狗访取业客外包橱厨客卧阳厕马空洗热卫停装][^天分个半点])"
)
_ADDED = (
    "还有(?![一两三四五六七八九十几多没救谁啥哪吗么呢的些点余空货位剩人声味水票得气儿戏脸必机可办时半个条只块张件包"
    "袋箱份根层股俩甜臭红0-9]|什么|车[^库位棚]|停车位)"
)
"""After a stop or comma it adds something, unless it tells what is left."""
_BUT = "不过|但是?|可是?(?=[^以能惜])|就是(?=[^说这那])|只是|倒是|这回|这次又?|今[天儿](?:又|再|早)?|现在又?"
_JOINTS = re.compile(
    rf"(?P<next>[,。!?;~…\s]*(?:而且|然后|还|哦|啊|噢|诶|哎)?[,\s]*(?:{_NEXT})[,:。!?\s啊呢哈]*)"
    rf"|(?P<but>[,。!?;~…\s]+(?:{_BUT}))"
    rf"|(?P<more>[,。!?;~…\s]+(?:而且|然后|哦|啊|诶)?[,\s]*{_ADDED}[,:。!?\s啊呢哈]*|(?<![里面头上下边旁外内中是]){_MORE})"
    r"|(?P<stop>[。!?;~…\n]+\s*)"
    r"|(?P<comma>[,、]\s*|\s+)"
)


def split(flat: str) -> list[Clause]:
    """The clauses of a flattened text in order; pieces without a letter or figure are left out."""
    clauses: list[Clause] = []
    start, joint = 0, Joint.FIRST
    for found in _JOINTS.finditer(flat):
        kind = found.lastgroup or "comma"
        end = found.start()
        if end > start and _add(clauses, flat, start, end, joint):
            joint = Joint.COMMA
        strong = Joint(kind)
        joint = strong if _RANK[strong] > _RANK[joint] or (joint is Joint.FIRST and clauses) else joint
        # The turn of a "but" (今天, 这回) belongs to its clause.
        start = found.end() if kind != "but" else end + len(found.group()) - len(found.group().lstrip(" ,。!?;~…\n"))
    _add(clauses, flat, start, len(flat), joint)
    return clauses


_RANK = {Joint.FIRST: -1, Joint.COMMA: 0, Joint.BUT: 1, Joint.STOP: 1, Joint.MORE: 2, Joint.NEXT: 3}


def _add(clauses: list[Clause], flat: str, start: int, end: int, joint: Joint) -> bool:
    piece = flat[start:end].strip(MARKS)
    if not piece or not any(char.isalnum() for char in piece):
        return False
    clauses.append(Clause(piece, start, end, joint if clauses else Joint.FIRST))
    return True
