"""Tables to download: Excel and CSV, written in a thread. What people wrote stays text, whatever it begins with."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
TIME = "yyyy-mm-dd hh:mm"
LONGEST = 32_000
"""Characters that a cell takes."""
Value = str | int | float | bool | datetime | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for a formula (or, in a CSV file, for the way to one)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_one = asyncio.Semaphore(1)


async def xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[Value]], zone: ZoneInfo) -> bytes:
    """A workbook with one sheet; times in this zone. One is written at a time: it is work for the processor."""
    async with _one:
        return await asyncio.to_thread(_xlsx, title, headers, rows, zone)


async def as_csv(headers: Sequence[str], rows: Iterable[Sequence[Value]], zone: ZoneInfo) -> bytes:
    """A CSV file that Excel opens with Chinese headers."""
    return await asyncio.to_thread(_csv, headers, rows, zone)


def _xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[Value]], zone: ZoneInfo) -> bytes:
    # Loaded by the first who wants a table: it costs a quarter of a second and some 20 MB.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for i, header in enumerate(headers, 1):
        sheet.column_dimensions[get_column_letter(i)].width = max(10, min(40, 2 * len(header) + 6))

    def cell(value: Value) -> Any:
        if isinstance(value, datetime):
            made = WriteOnlyCell(sheet, value.astimezone(zone).replace(tzinfo=None))
            made.number_format = TIME
            return made
        if not isinstance(value, str):
            return value
        text = _CONTROL.sub("", value)[:LONGEST]
        if not text.startswith(_FORMULA):
            return text
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"  # also when it begins with "=": nothing that somebody wrote is calculated
        made.quotePrefix = True
        return made

    head = [WriteOnlyCell(sheet, header) for header in headers]
    for one in head:
        one.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv(headers: Sequence[str], rows: Iterable[Sequence[Value]], zone: ZoneInfo) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headers)
    for row in rows:
        writer.writerow([_plain(value, zone) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(value: Value, zone: ZoneInfo) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value)[:LONGEST]
    return f"'{text}" if text.startswith(_FORMULA) else text
