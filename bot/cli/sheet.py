"""Reads a register from a spreadsheet, and says row by row what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from bot.cli.register import Entry

HEADINGS: dict[str, tuple[str, ...]] = {
    "building": ("building", "楼栋", "楼号", "栋", "幢", "栋号", "楼栋号", "楼"),
    "unit": ("unit", "单元", "单元号"),
    "number": ("number", "room", "房号", "室号", "房间号", "房间", "门牌", "门牌号", "室"),
    "name": ("name", "姓名", "业主姓名", "名字", "住户", "住户姓名"),
    "phone": ("phone", "mobile", "电话", "手机", "手机号", "手机号码", "联系电话", "电话号码"),
    "role": ("role", "身份", "角色", "关系", "类型", "住户类型"),
}
NEEDED = ("building", "number", "name", "phone")
ROLES = {
    **dict.fromkeys(("", "owner", "业主", "产权人", "户主"), "owner"),
    **dict.fromkeys(("tenant", "租户", "租客", "承租人"), "tenant"),
    **dict.fromkeys(("family", "家属", "家人", "亲属", "家庭成员"), "family"),
}
LOOKED_FOR_HEADINGS = 10
"""So many rows may stand above the headings: a title, a date."""
LONGEST_NAME = 40

_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}")
_PART = re.compile(r"[0-9A-Z]{1,4}")


class NoRegister(Exception):
    """The file as a whole cannot be read as a register; the text says why."""


@dataclass(slots=True)
class Sheet:
    """The good rows, and for each bad one its number and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_sheet(path: Path) -> Sheet:
    """The first sheet of the workbook; raises ``NoRegister``."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        # Opened here: the library leaves it open when reading stops half-way.
        with path.open("rb") as file:
            workbook = load_workbook(file, read_only=True, data_only=True)
            try:
                if not workbook.worksheets:
                    raise NoRegister(f"{path} has no sheet")
                return read_rows(workbook.worksheets[0].iter_rows(values_only=True))
            finally:
                workbook.close()
    except OSError as error:
        raise NoRegister(f"cannot read {path}: {error.strerror or error}") from error
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, EOFError) as error:
        raise NoRegister(f"{path} is not an .xlsx workbook (save an .xls or .csv as .xlsx first)") from error


def read_rows(rows: Iterable[Sequence[Any]]) -> Sheet:
    """Rows as cells, headings among the first of them."""
    sheet = Sheet()
    columns: dict[str, int] | None = None
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in enumerate(rows, 1):
        if columns is None:
            columns = _columns(cells)
            if columns is None and number >= LOOKED_FOR_HEADINGS:
                break
            continue
        row = {name: _text(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        if not any(row.values()):
            continue
        problems, entry = _entry(row)
        if entry is not None:
            same = (*entry.place, entry.name, entry.phone)
            if same in seen:
                problems.append(f"the same person and home as in row {seen[same]}")
            seen.setdefault(same, number)
        if problems or entry is None:
            sheet.problems.append((number, "; ".join(problems)))
        else:
            sheet.entries.append(entry)
    if columns is None:
        first = ", ".join(names[1 if name in ("building", "unit") else 2] for name, names in HEADINGS.items())
        raise NoRegister(f"no headings found: one row must name the columns {first} (or {', '.join(HEADINGS)})")
    return sheet


def _columns(cells: Sequence[Any]) -> dict[str, int] | None:
    """Which column is which, if this row is the headings; raises ``NoRegister`` when it lacks one."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        heading = _text(cell).casefold().replace(" ", "").rstrip("*:")
        for name, names in HEADINGS.items():
            if heading in names:
                found.setdefault(name, at)
    if len(found) < 2:
        return None
    if lacking := [name for name in NEEDED if name not in found]:
        raise NoRegister(
            "the headings lack " + ", ".join(f"{name} ({' / '.join(HEADINGS[name][1:4])})" for name in lacking)
        )
    return found


def _entry(row: dict[str, str]) -> tuple[list[str], Entry | None]:
    problems: list[str] = []
    building = _part(row["building"], "号楼|栋楼|栋|幢|座|楼|#", "building", problems)
    unit = _part(row.get("unit", ""), "单元|门", "unit", problems, may_be_empty=True)
    number = _part(row["number"], "室|号|房|户", "number", problems)
    name = row["name"]
    if not name:
        problems.append("name is empty")
    elif len(name) > LONGEST_NAME or not any(character.isalpha() for character in name):
        problems.append("name is no name")
    phone = re.sub(r"[\s()\-—–]|^(?:\+|00)86", "", re.sub(r"[\s()\-—–]", "", row["phone"]))
    if not phone:
        problems.append("phone is empty")
    elif not _PHONE.fullmatch(phone):
        # Not repeated in full: what we print may end in a log.
        problems.append(f"phone has {len(phone)} characters and is no Chinese number (11 digits, 1...)")
    role = ROLES.get(row.get("role", "").casefold())
    if role is None:
        problems.append(f"role {row['role']!r} is none of 业主 (owner), 租户 (tenant), 家属 (family)")
    if problems or role is None:
        return problems, None
    return problems, Entry(building, unit, number, name, phone, role)


def _part(text: str, ending: str, what: str, problems: list[str], *, may_be_empty: bool = False) -> str:
    """A building, unit or number without its word (3栋 is 3) and without leading zeros."""
    part = re.sub(rf"^第|(?:{ending})$", "", text).strip().upper()
    part = re.sub(r"^0+(?=\d)", "", part) if part.isdigit() else part
    if not part:
        if not may_be_empty:
            problems.append(f"{what} is empty")
    elif not _PART.fullmatch(part):
        problems.append(f"{what} {text!r} cannot be read (at most 4 digits or letters, like 3 or 1502)")
    return part


def _text(cell: Any) -> str:
    """What the cell shows; a number without the .0 that spreadsheets add."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()
