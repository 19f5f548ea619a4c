"""Pages of a list, newest first, by a signed cursor over (time, id) inside windows that grow backwards.

Every query is bounded by a window on the sort field (stores.md, rules 4 and 7). A page that the last day does not fill
looks a week, a month, a year, and at last all the way back.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from desk.api.errors import ApiError
from store.sealed import Sealer

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

WINDOWS = (timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=365), None)
"""How far back the queries of one page look, one after the other; None: to the beginning."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
"""The first page looks this far ahead: another process' clock may be a little early."""
TICK = timedelta(milliseconds=1)
MOST_ROWS = 2000
"""Rows that one page reads at most when most of them are not for this caller; the next page goes on from there."""
LONGEST_CURSOR = 400


class PageQuery(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=LONGEST_CURSOR, description="`next` of the page before")
    limit: int = Field(default=30, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended; the next one starts behind it."""

    at: datetime
    id: str

    @property
    def key(self) -> tuple[datetime, str]:
        """What rows are ordered by."""
        return (self.at, self.id)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and the cursor of the next one; None: this was the last."""

    rows: list[Row]
    next: str | None


class Cursors:
    """Writes and reads cursors; what we did not sign, or signed for another list, is refused."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def write(self, name: str, position: Position) -> str:
        """The cursor of list ``name`` behind this position."""
        millis = round(position.at.timestamp() * 1000)
        text = json.dumps([name, millis, position.id], ensure_ascii=False, separators=(",", ":"))
        signed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return f"{signed}.{self._sealer.hash(f'cursor:{signed}')[:32]}"

    def read(self, name: str, cursor: str) -> Position:
        """The position in a cursor of list ``name``; raises a 400."""
        signed, _, signature = cursor.partition(".")
        good = [known[:32] for known in self._sealer.hashes(f"cursor:{signed}")]
        if not any(hmac.compare_digest(known.encode(), signature.encode()) for known in good):
            raise _refused()
        try:
            whose, millis, id = json.loads(base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)))
        except (ValueError, binascii.Error) as unreadable:
            raise _refused() from unreadable
        if whose != name:
            raise _refused()
        return Position(datetime.fromtimestamp(millis / 1000, tz=UTC), str(id))


def _refused() -> ApiError:
    return ApiError(400, "bad_cursor", "翻页位置不对,请从第一页开始")


class Newest(Protocol[Row_co]):
    """Reads the newest rows of a window of time."""

    def __call__(self, *, before: datetime, since: datetime, limit: int) -> Awaitable[Sequence[Row_co]]:
        """At most so many of [since, before)."""
        ...


async def read_page(
    fetch: Newest[Row],
    position: Callable[[Row], Position],
    *,
    name: str,
    cursors: Cursors,
    query: PageQuery,
    now: datetime,
    keep: Callable[[Row], bool] = lambda row: True,
) -> Page[Row]:
    """One page of what ``fetch`` gives, of those rows that ``keep`` lets this caller see."""
    after = cursors.read(name, query.cursor) if query.cursor else None
    # The row at the cursor is read again and left out by its id: others may share its millisecond.
    anchor = after.at + TICK if after else now + AHEAD
    before, read = anchor, 0
    found: list[Row] = []
    for window in WINDOWS:
        since = BEGINNING if window is None else anchor - window
        size = query.limit + 1
        while True:
            rows = await fetch(before=before, since=since, limit=size)
            read += len(rows)
            complete = len(rows) < size
            whole = list(rows) if complete else _whole_instants(rows, position)
            fresh = sorted(whole, key=lambda row: position(row).key, reverse=True)
            if after is not None:
                fresh = [row for row in fresh if position(row).key < after.key]
            kept = [row for row in fresh if keep(row)]
            if complete or len(found) + len(kept) > query.limit:
                break
            if read >= MOST_ROWS and fresh:
                return Page((found + kept)[: query.limit], cursors.write(name, position(fresh[-1])))
            size *= 2
        found += kept
        if len(found) > query.limit:
            rows_of_page = found[: query.limit]
            return Page(rows_of_page, cursors.write(name, position(rows_of_page[-1])))
        before = since
    return Page(found, None)


def _whole_instants(rows: Sequence[Row], position: Callable[[Row], Position]) -> list[Row]:
    """Without the rows of the last millisecond, of which the limit may have cut some off in no particular order."""
    last = min(position(row).at for row in rows)
    return [row for row in rows if position(row).at > last]
