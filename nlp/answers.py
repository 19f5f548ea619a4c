"""Short answers in a dialogue: a number, yes or no, fixed or not, how satisfied, skip, who and where.

Each reader says None (or False) when the text is not that kind of answer, so that the dialogue can look further.
"""

from __future__ import annotations

import re
from importlib import resources

from nlp.lexicon import parse
from nlp.numerals import HAN, number
from nlp.plain import flatten
from nlp.rooms import find_room, read_room
from nlp.slots.phones import blank_phones, find_phone
from nlp.slots.polarity import polarity
from nlp.wishes import read_wish

__all__ = [
    "read_choice",
    "read_fixed",
    "read_name",
    "read_phone",
    "read_room",
    "read_satisfaction",
    "read_skip",
    "read_wish",
    "read_yes_no",
]

_EDGE = " \n,.。!?~、;:'\"()[]吧呢啊呀哦了的啦咯喽"
_PICK = r"(?:嗯+|好|那|就|还是|哦)*[, ]?(?:我?(?:选(?:择|项)?|要|就|回复?|按|是|点)|no\.?|老)?"
_CHOICE = re.compile(
    rf"{_PICK}\s*(?:第\s*)?(?P<n>\d{{1,2}}|[{HAN}]{{1,3}})\s*"
    r"(?:\ufe0f?\u20e3|[号.、)]|个|项|条|种|样|家|户|套|选项)*\s*(?:房子|房间|地址|那个|这个|吧|好|啊|谢谢)*"
)
_LAST = re.compile(rf"{_PICK}\s*(?:最后(?:那|这)?一?[个项条]?|后者|(?:最)?下面(?:那|这)?一?[个项条])")
_FIRST = re.compile(rf"{_PICK}\s*(?:前者|头(?:那|这)?一?[个项条]|首[个项条]|(?:最)?上面(?:那|这)?一?[个项条])")
_FROM_END = re.compile(rf"{_PICK}\s*倒数第?(?P<n>[{HAN}\d])[个项条]?")
_NAMED_CHOICES = {"a": 1, "b": 2, "c": 3, "d": 4, "one": 1, "two": 2, "three": 3, "four": 4, "i": 1, "ii": 2, "iii": 3}
_CHOICE_SIGNS: dict[int, str | None] = {
    first + step: f"{step + 1}" for first in (0x2160, 0x2474, 0x3220) for step in range(9)
}
_CHOICE_SIGNS |= dict.fromkeys(map(ord, "【】「」()[]\"'"))

_DATA = parse(resources.files("nlp").joinpath("lexicon/answers.yaml").read_text(encoding="utf-8"))
_YES, _NO = (frozenset(flatten(_DATA[name]).split()) for name in ("agree", "refuse"))
_NOT_NO, _ASKS = re.compile(_DATA["not_no"]), re.compile(_DATA["asks"])
_YES_SIGNS, _NO_SIGNS = frozenset(_DATA["yes_signs"]), frozenset(_DATA["no_signs"])
_REPEATED = re.compile(r"(.{1,3}?)[,~ ]*(?:\1[,~ ]*)+")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_YES_START, _NO_START = re.compile(_DATA["yes_start"]), re.compile(_DATA["no_start"])
_FIXED_YES, _FIXED_NO = frozenset(_DATA["fixed_yes"].split()), frozenset(_DATA["fixed_no"].split())
_FIXED, _FIXED_NOT = re.compile(_DATA["fixed"]), re.compile(_DATA["fixed_not"])
_AFTER_ALL = re.compile(_DATA["fixed_after_all"])
_SATISFACTION = [(int(step), re.compile(regex)) for step, regex in _DATA["satisfaction"].items()]
_VERY_GLAD, _LUKEWARM = re.compile(_DATA["very_glad"]), re.compile(_DATA["lukewarm"])
_GLAD = dict(_SATISFACTION)[1]
_POINTS = re.compile(
    r"(?<![\d.百])(\d{1,2}|100|[二三四五六七八九]十[一二三四五六七八九]?|一百|(?<=打)[一二两三四五六七八九十])分(?!钟)"
)
_NAG = re.compile(_DATA["nag"])
_GRADES: dict[str, int] = _DATA["grades"]
_SKIP, _SKIP_START = frozenset(_DATA["skip"].split()), re.compile(_DATA["skip_start"])
_NAMED, _NOT_NAME = re.compile(_DATA["named"]), re.compile(_DATA["not_name"])
_SURNAMES: str = _DATA["surnames"]

_ROOM_PART = re.compile(rf"[\dA-Za-z{HAN}]+\s*(?:号楼|[栋幢座楼层室号户#/-]|单元)(?:[\d{HAN}]+[室号户]?)?")


def _bare(text: str) -> str:
    """The text without what surrounds an answer: punctuation and closing particles, in small letters."""
    return flatten(text).lower().strip(_EDGE)


def read_choice(text: str, n: int) -> int | None:
    """Which of ``n`` numbered choices is meant (1, ①, 一, 第一个, 选1, 最后一个); None when it is none of them."""
    bare = flatten(text).translate(_CHOICE_SIGNS).lower().strip(" \n,.。!?~、;:")
    if not bare or len(bare) > 14:
        return None
    once = _REPEATED.fullmatch(bare) if " " in bare or "," in bare else None
    found = _CHOICE.fullmatch(once[1] if once else bare)
    if found:
        value = number(found["n"])
        return value if value is not None and 1 <= value <= n else None
    if n <= 0:
        return None
    if _LAST.fullmatch(bare):
        return n
    if _FIRST.fullmatch(bare):
        return 1
    back = _FROM_END.fullmatch(bare)
    if back:
        value = n + 1 - (number(back["n"]) or 0)
        return value if 1 <= value <= n else None
    named = _NAMED_CHOICES.get(re.sub("^选|吧$", "", bare))
    return named if named is not None and named <= n else None


def read_yes_no(text: str) -> bool | None:
    """True for yes, False for no, None when it is neither (or both); 不是不行 is yes, 行不行 is a question."""
    plain = flatten(text).lower().strip(" \n,.。!?~")
    bare = _bare(text).removeprefix("不好意思").lstrip(_EDGE) or plain
    if not bare or len(bare) > 40:
        return None
    signs = set(_TONES.sub("", bare))
    if signs <= _YES_SIGNS or signs <= _NO_SIGNS:
        return signs <= _YES_SIGNS
    said = _said(bare)
    if said is None:
        said = _said(plain)  # 罢了, 还是算了吧: the particle belongs to it
    if said is not None:
        return said
    for whole in (plain, bare):
        once = _REPEATED.fullmatch(whole)
        if once and (said := _said(once[1])) is not None:
            return said
    head = re.split(r"[,。!?\s]", bare, maxsplit=1)[0].strip(_EDGE)
    if (again := _REPEATED.fullmatch(head)) and (said := _said(again[1])) is not None:
        return said  # 不用不用,我自己弄好了
    if _ASKS.search(plain):
        return None
    if _NOT_NO.search(bare):
        rest = re.split(r"[,。!?]", bare, maxsplit=1)[1:]
        return not (rest and _NO_START.match(rest[0].lstrip("是我现在")))
    said = _said(head)
    if said is False:
        return False
    if said:
        return not _NO_START.match(bare[len(head) :].lstrip(_EDGE)) or None
    if _YES_START.match(bare):
        return True
    return False if _NO_START.match(bare) else None


def _said(bare: str) -> bool | None:
    """By the lists, else by counting what turns it."""
    if bare in _NO:
        return False
    return True if bare in _YES else None if _ASKS.search(bare) else polarity(bare)


def read_fixed(text: str, *, judged: bool = False) -> bool | None:
    """The answer to "is it fixed?": True, False, or None when the text does not say.

    ``judged``: the words also say how it went, so a bare no in them (不满意) is no answer to this.
    "修是修好了,就是来得太慢" is fixed: how it went is another question (``read_satisfaction``).
    """
    bare = _bare(text)
    if not bare or len(bare) > 200:
        return None
    if bare in _FIXED_NO:
        return False
    if bare in _FIXED_YES or flatten(text).lower().strip(" \n,.。!?~") in _FIXED_YES:
        return True
    choice = read_choice(bare, 2)
    if choice:
        return choice == 1
    flat = flatten(text).lower()
    if _FIXED_NOT.search(flat) and not _AFTER_ALL.search(flat):
        return False
    if _FIXED.search(flat):
        return True
    return read_yes_no(bare) if len(bare) <= 8 and not judged and not _goes_on(bare) else None


def _goes_on(bare: str) -> bool:
    """对对对,就这间: a yes to something that follows."""
    again = _REPEATED.match(bare)
    rest = bare[again.end() :].strip(_EDGE) if again else ""
    return bool(rest) and _said(rest) is None


def read_satisfaction(text: str) -> int | None:
    """The step on the scale 1 满意, 2 比较满意, 3 基本满意, 4 不满意; None when the text does not say.

    Praise with a "but" counts one step lower (挺好的就是来晚了: 3); a complaint about slowness alone is 3, not 4: the
    work itself was not blamed. Whoever wants to say 4 says so.
    """
    bare = _bare(text)
    if not bare or len(bare) > 300:
        return None
    if bare in _GRADES:
        return _GRADES[bare]
    choice = read_choice(text, 4)
    if choice:
        return choice
    stars = re.fullmatch(r"[^0-9一二三四五六七八九十两]{0,3}([0-5一二三四五两])(?:颗|个)?[星分]", bare)
    if stars:
        return {5: 1, 4: 2, 3: 3}.get(number(stars[1]) or 0, 4)
    points = _POINTS.search(bare)
    if points:
        given = number(points[1]) or 0
        share = given / (100 if given > 10 else 10)
        return 1 if share >= 0.9 else 2 if share >= 0.7 else 3 if share >= 0.6 else 4
    clear = _VERY_GLAD.sub("满意", bare)
    step = next((step for step, pattern in _SATISFACTION if pattern.search(clear)), None)
    if step == 3 and not _LUKEWARM.search(clear) and _GLAD.search(clear):
        return 3
    if step in (1, 2) and _NAG.search(clear):
        return 3
    return step


def read_skip(text: str) -> bool:
    """Whether the owner leaves the question open: 跳过, 不知道, 没有, 不用."""
    bare = flatten(text).lower().strip(" \n,.。!?~、;:'\"()[]吧呢啊呀哦")
    return bare in _SKIP or (len(bare) <= 16 and bool(_SKIP_START.match(bare)))


def read_phone(text: str) -> str | None:
    """The phone number written in ``text``: a mobile as 11 digits, a landline as 0571-88886666."""
    return find_phone(flatten(text))


def read_name(text: str) -> str | None:
    """The person's name in an answer like "张伟 3-2-1502 13812345678"; None when none stands out."""
    flat = flatten(text)
    named = _NAMED.search(flat)
    if named and not _NOT_NAME.search(named[1]):
        return named[1]
    rest = blank_phones(flat)
    if find_room(flat):
        rest = _ROOM_PART.sub(" ", rest)
    pieces = re.findall("[\u4e00-\u9fff·]+|[A-Za-z]+(?: [A-Za-z]+)*", rest)
    for piece in pieces:
        if 2 <= len(piece) <= 4 and piece[0] in _SURNAMES and not _NOT_NAME.search(piece[1:]):
            return str(piece)
    for piece in pieces:
        if "·" in piece.strip("·") and len(piece) <= 20:
            return str(piece)
    return None
