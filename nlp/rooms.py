"""Which home is meant: 3栋2单元1502, 3-2-1502, 三号楼二单元十五楼02, 3#2-1502, 1502室; and addresses without a door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from nlp.numerals import HAN, number
from nlp.plain import flatten


@dataclass(frozen=True, slots=True)
class Room:
    """A home as it was written; what was left out is empty."""

    building: str
    unit: str
    number: str
    floor: str = ""
    """Only where no number is known: 3号楼15F."""
    side: str = ""
    """东户, 西户: only where no number is known."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        found = {"building": self.building, "unit": self.unit, "number": self.number}
        if self.floor or self.side:
            found |= {"floor": self.floor, "side": self.side}
        return found

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``."""
        return cls(*(str(raw.get(name) or "") for name in ("building", "unit", "number", "floor", "side")))


_N = rf"(?:\d{{1,3}}|[{HAN}]{{1,4}})"
_NO_DOOR = r"(?![\d.:%]|-\d(?!\d\d)|\s?(?:[年月日元块度平米天个人点分秒吨斤多]|次))"
_DOOR = (
    rf"(?:\d{{3,4}}(?:[A-Za-z]|-\d(?![\d-]))?{_NO_DOOR}|[1-9]\d?[A-EGHJa-eghj](?![A-Za-z\d]|[打影])"
    rf"|[{HAN}]{{3,7}}(?=[室号户房,。!?\s的]|$|[^天年月元块个多]))"
)
_SEP = r"[\s,、·的-]*"
_SIDE = r"(?P<side>[东西南北中左右][边面侧手]?[户家]|[东西中](?=$|[\s,。]))"
_FLOOR_DOOR = (
    rf"(?:(?P<floor>{_N})\s?[楼层Ff](?!电梯|房|道|盘|顶){_SEP}(?:之\s?)?(?:(?P<door>\d{{1,4}}|[{HAN}]{{1,4}}|[A-Za-z](?![A-Za-z\d]))(?:[室号户房座]|(?![\d年月天元块个部台]))|{_SIDE})"
    rf"|(?P<number>{_DOOR})[室号户房]?)"
)
_SIDE2 = _SIDE.replace("side", "side2")
_FLOOR_ONLY = rf"(?P<bare>{_N})\s?(?:[楼层](?!道|梯|上|下|顶|盘)|[Ff](?![A-Za-z]))(?:的?{_SIDE2})?"
_BUILDING = (
    rf"(?<![\d.月-])(?<!\d:)(?P<building>{_N}[A-Za-z]?|[A-Za-z]\d{{0,2}})\s*"
    rf"(?:号楼|号院|号栋|[栋幢座]楼?|#楼?|楼(?=\s*{_N}(?:单元|门))|[动洞冻](?=\s?(?:{_N}单元|\d{{3,4}}[室户]))"
    rf"|号(?:(?<=弄\d号)|(?<=弄\d\d号)|(?<=弄\d\d\d号)|(?=\s?(?:{_N}\s?单元|\d{{3,4}}[室房户]|{_N}楼之))))"
)
_UNIT = (
    rf"(?:第?(?P<unit>{_N}|[A-Za-z东西甲乙丙丁])\s*(?:单\s?元|单(?=\s?\d{{3,4}})|门洞?(?=[\s\d]|[{HAN}]|$)|梯(?!口|[上下旁边])|座)"
    rf"|(?P<unit2>\d{{1,2}})[-#])"
)
_SPELLED = re.compile(rf"{_BUILDING}{_SEP}(?:{_UNIT}{_SEP})?(?:{_FLOOR_DOOR}|{_FLOOR_ONLY})?")
_UNIT_ONLY = re.compile(
    rf"(?:(?<![\d.-])(?<!\d:)(?P<building>\d{{1,3}})[-#])?(?<![\d.])(?P<unit>{_N})\s*单元{_SEP}(?:{_FLOOR_DOOR}|{_FLOOR_ONLY})?"
)
_DASH = r"\s?(?:[-/—–_]|--)\s?"
_DASHED = re.compile(
    rf"(?<![0-9A-Za-z.-])(?<!\d:)(?P<building>[1-9]\d{{0,2}}[A-Ea-e]?|0[1-9]|[A-Za-z]\d?)(?:{_DASH}(?:(?P<unit>\d{{1,2}}){_DASH})?"
    rf"(?P<number>\d{{3,4}}[A-Za-z]?)|\.(?P<unit2>\d{{1,2}})\.(?P<number2>\d{{3,4}}[A-Za-z]?)"
    rf"|{_DASH}(?P<unit3>\d{{1,2}}){_DASH}(?P<floor>[1-9]\d?){_DASH}(?P<door>\d{{2}}))"
    r"(?![\d.:%-]|\s?[年月日元块米])(?:室|号|户|房)?"
)
_SPACED = re.compile(r"(?P<building>[1-9]\d?)\s+(?:(?P<unit>[1-9])\s+)?(?P<number>\d{3,4})")
_DOOR_ONLY = re.compile(
    rf"(?<![{HAN}])(?P<number2>[{HAN}]{{3,7}})室|"
    r"(?<![\d.#-])(?<!\d:)(?P<number>\d{3,4}[A-Za-z]?)\s?(?:室|房(?!东|租|价|子|间|产)|号房|户(?=[的家漏,。\s]|$))"
    rf"|(?<![\d.-])(?P<floor>{_N})[楼层]\s?(?:(?P<door>\d{{1,4}})(?:[室户房]|号(?![楼线门车])|$)|(?P<side>[东西中左右][边侧手]?户))"
)
_HOME_IS = re.compile(
    r"(?:住(?:在|的是)?|我是|这[里边]是?|家在|房间?号|门牌号?|户号)[:是]?\s?(?P<building>[A-Za-z](?=\d))?(?P<number>\d{3,4})(?=[的室房号户业住家,。!?\s那这]|$)"
    rf"|(?:[我俺咱]们?家(?:是|在)?|[我俺咱]们[是住]在?)\s?(?P<number2>\d{{3,4}})(?![A-Za-z伏兆度户栋套步路国省人]|左右|块|多|来){_NO_DOOR}"
    r"|(?<![\d.-])(?P<number3>\d{3,4})(?=的?(?:业主|住户|租户|房主|[这那]户|[这那]家|家属|房客))"
    r"|^(?P<number4>(?!1?10,)\d{1,2}(?:0[1-9]|1[0-2]))(?=[,\s]\s?[^\d\s])"
)
_BARE = re.compile(
    rf"(?:就?是?|我?住在?|我家是?|我是|在)?(?P<building>[A-Za-z](?=\d))?(?P<number>\d{{3,4}}[A-Za-z]?|[{HAN}]{{3,7}})(?:室|号|房|户|[这那][户家])?"
)
_BARE_FLOOR = re.compile(rf"(?P<floor>{_N})[楼层](?P<door>[零〇][{HAN}]|{_N})")
_ENGLISH = re.compile(
    r"(?:(?:building|bldg|block|tower)[. #]*(?P<building>[A-Za-z]?\d{0,2})[, ]+)?(?:unit[. #]*(?P<unit>\d{1,2})[, ]+)?"
    r"\b(?:room|rm|apt|flat)[. #]*(?P<number>\d{3,4}[a-z]?)\b"
    r"(?:[, ]+(?:building|bldg|block|tower)[. #]*(?P<building2>[a-z]?\d{0,2}))?",
    re.IGNORECASE,
)
_NO_HOME = re.compile(
    r"(?:车位|车库|地库|地下[室层]?|负一层|储藏[室间]?|储物[室间]?|杂物间|[取提]?[件货]码|柜|货架|[订运]单|单号|编号|型号)"
    r"(?:[号是在为:A-Z区 ]{0,3})$"
)
"""In front of figures: they name a parking place, a store room or a code."""
_OTHERS = re.compile(r"(?:楼[上下]|隔壁|对[门面]|邻居家?|不是|错[了成])的?(?:那家|那户)?(?:是|住)?[: ]?$")
_OF_OTHERS = re.compile(r"[室户房号]?(?:的|那|家|他)*(?:邻居|楼[上下])")
"""Of a home: it is the neighbour's, or the one that is not meant (不是1502,是1205)."""
_MAY_HOLD = re.compile(rf"\d{{3}}|\d-\d\d?-\d|单元|[{HAN}\dA-Za-z]\s?[楼层栋幢座号#室户房梯Ff]")
_COUNTED = frozenset(("一", "两", "1", "几", "二"))
CLASSES = frozenset("栋幢座楼单元#梯层Ff室户房0123456789")
"""An address holds one of these."""


def read_room(text: str, *, answer: bool = False) -> Room | None:
    """The first home written in ``text``, with its door; a part that was not said is empty (``1502室``: no building).

    A bare 1502 is a home only in an ``answer`` to the question which one.
    """
    return find_room(flatten(text), answer=answer)


def find_room(flat: str, *, answer: bool = False) -> Room | None:
    """As ``read_room``, for a text that is flattened already."""
    found = find_address(flat, answer=answer)
    return found if found is not None and found.number else None


def find_address(flat: str, *, answer: bool = False) -> Room | None:
    """As ``find_room``, but also what names no door: 3幢, 12座1梯, 3号楼15F, 2单元15楼东户."""
    if not answer and (CLASSES.isdisjoint(flat) or not _MAY_HOLD.search(flat)):
        return None
    partial: Room | None = None
    other: Room | None = None
    for pattern in (_SPELLED, _DASHED, _UNIT_ONLY, _DOOR_ONLY, _HOME_IS):
        for found in pattern.finditer(flat):
            room = _room(found.groupdict(), found.group())
            if room is None:
                continue
            if pattern is not _SPELLED and _NO_HOME.search(flat, max(0, found.start() - 9), found.start()):
                continue
            if room.number:
                if not _anothers(flat, found):
                    return room
                other = other or room
                continue
            partial = partial or room
            break
    if other is not None:
        return other  # nobody's but the neighbour's was said
    if answer:
        said = flat.strip(" ,。.!的啊呀哦呢吧哈了")
        bare = _SPACED.fullmatch(flat) or _BARE.fullmatch(said) or _BARE_FLOOR.fullmatch(said)
        room = _room(bare.groupdict(), bare.group()) if bare else None
        if room is not None:
            return room
    if partial is None and "m" in flat and (found_in := _ENGLISH.search(flat)):
        return _room(found_in.groupdict(), found_in.group())
    return partial


def _anothers(flat: str, found: re.Match[str]) -> bool:
    """Whether a home is spoken of as somebody else's."""
    before = _OTHERS.search(flat, max(0, found.start() - 8), found.start())
    return before is not None or _OF_OTHERS.match(flat, found.end()) is not None


def _room(parts: Mapping[str, str | None], text: str) -> Room | None:
    building = parts.get("building") or parts.get("building2") or ""
    unit = parts.get("unit") or parts.get("unit2") or parts.get("unit3") or ""
    door = _door(parts)
    if door is None:
        return None
    floor, side = "", parts.get("side") or parts.get("side2") or ""
    if not door:
        if building and not unit and not parts.get("floor") and not parts.get("bare"):
            if building in _COUNTED and not text[len(building) :].startswith("号"):
                return None  # 一栋, 两座: a count
            if text.endswith(("座", "#")) and (not building.isalpha() or not building.isascii()):
                return None  # 七座: a car
            if text.endswith(("栋楼", "幢楼", "座楼")) and not building.isdigit():
                return None
        if unit in ("门", "东", "西") and not building:
            return None
        level = number(parts.get("floor") or parts.get("bare") or "")
        floor = "" if level is None else str(level)
        if not (building or unit or (floor and side)):
            return None
    return Room(_plain(building), _plain(unit), door, floor, side if not door else "")


def _door(parts: Mapping[str, str | None]) -> str | None:
    """The door's number: as written, or floor and door put together (十五楼02 is 1502); None for none."""
    floor, door = parts.get("floor"), parts.get("door")
    if floor and door:
        level, rest = number(floor), number(door)
        if level is not None and door.isascii() and door.isalpha():
            return f"{level}{door.upper()}"
        if level is None or rest is None:
            return None
        if rest >= 100:  # "15楼1502": the floor is said twice
            return str(rest)
        return f"{level}{rest:02d}"
    said = (parts.get(name) for name in ("number", "number2", "number3", "number4"))
    written = next((number for number in said if number), "").upper()
    if written and not written[0].isascii():
        value = number(written)
        return None if value is None or not 100 <= value <= 9999 else str(value)
    return written


def _plain(part: str) -> str:
    """A building or unit without leading zeros, in digits or capital letters."""
    value = number(part)
    return part.upper() if value is None else str(value)
