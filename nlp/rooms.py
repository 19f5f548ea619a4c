"""Which home is meant: 3栋2单元1502, 3-2-1502, 三号楼二单元十五楼02, 3#1502, 1502室."""

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

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"building": self.building, "unit": self.unit, "number": self.number}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``."""
        return cls(str(raw.get("building") or ""), str(raw.get("unit") or ""), str(raw.get("number") or ""))


_N = rf"(?:\d{{1,3}}|[{HAN}]{{1,4}})"
_DOOR = rf"(?:\d{{3,4}}[A-Za-z]?(?![\d.:-])|[{HAN}]{{3,5}}(?=[室号户房,。\s]|$))"
_FLOOR_DOOR = (
    rf"(?:(?P<floor>{_N})[楼层](?:的)?(?P<door>\d{{1,4}}|[{HAN}]{{1,4}})[室号户房]?"
    rf"|(?P<number>{_DOOR})[室号户房]?)"
)
_SPELLED = re.compile(
    rf"(?:(?<![\d.-])(?<!\d:)(?P<building>{_N}|[A-Za-z]\d?)\s*(?:号楼|号院|栋楼|[栋幢座#]楼?|楼(?=\s*{_N}单元))[\s,-]*)"
    rf"(?:第?(?P<unit>{_N})\s*(?:单元|门(?=[\s\d]))[\s,-]*|(?P<unit2>\d{{1,2}})-)?{_FLOOR_DOOR}"
)
_UNIT_ONLY = re.compile(rf"(?<![\d.-])(?<!\d:)(?P<unit>{_N})\s*单元[\s,-]*{_FLOOR_DOOR}")
_DASHED = re.compile(
    r"(?<![0-9A-Za-z.-])(?<!\d:)(?P<building>[1-9]\d{0,2}|0[1-9]|[A-Za-z]\d?)\s?[-/—–_]\s?(?:(?P<unit>\d{1,2})\s?[-/—–_]{1,2}\s?)?"
    r"(?P<number>\d{3,4}[A-Za-z]?)(?![\d.:%-])(?:室|号|户|房)?"
)
_DOOR_ONLY = re.compile(r"(?<![\d.#-])(?<!\d:)(?P<number>\d{3,4}[A-Za-z]?)\s?(?:室|房(?!东|租|价|子)|号房)")
_MAY_HOLD = re.compile(rf"\d{{3}}|单元|[{HAN}\d][楼层栋幢座号#]")


def read_room(text: str) -> Room | None:
    """The first home written in ``text``; a part that was not said is empty (``1502室`` has no building)."""
    return find_room(flatten(text))


def find_room(flat: str) -> Room | None:
    """As ``read_room``, for a text that is flattened already."""
    if not _MAY_HOLD.search(flat):
        return None
    for pattern in (_SPELLED, _DASHED, _UNIT_ONLY, _DOOR_ONLY):
        found = pattern.search(flat)
        if found:
            parts = found.groupdict()
            door = _door(parts)
            if door:
                unit = parts.get("unit") or parts.get("unit2") or ""
                return Room(_plain(parts.get("building") or ""), _plain(unit), door)
    return None


def _door(parts: Mapping[str, str | None]) -> str:
    """The door's number: as written, or floor and door put together (十五楼02 is 1502)."""
    floor, door = parts.get("floor"), parts.get("door")
    if floor and door:
        level, rest = number(floor), number(door)
        if level is None or rest is None:
            return ""
        if rest >= 100:  # "15楼1502": the floor is said twice
            return str(rest)
        return f"{level}{rest:02d}"
    written = (parts.get("number") or "").upper()
    if written and not written[0].isascii():
        value = number(written)
        return "" if value is None or not 100 <= value <= 9999 else str(value)
    return written


def _plain(part: str) -> str:
    """A building or unit without leading zeros, in digits or capital letters."""
    value = number(part)
    return part.upper() if value is None else str(value)
