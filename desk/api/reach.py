"""Pages of a list whose windows learn how dense it is.

The embedded server decodes every row of a window, whatever the limit (stores.md, rule 4): a window that fits a list of
a thousand rows is slow on one of a hundred thousand. So each list remembers how far its last page reached and begins
there: two rounds later a page reads about as many rows as it shows. What is remembered is a guess, never a filter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk.api.paging import AHEAD, BEGINNING, MOST_ROWS, TICK, Cursors, Page, PageQuery, Position, Row

FIRST = timedelta(hours=2)
"""How far the first page of a list reaches of which nothing is known yet."""
LEAST = timedelta(seconds=1)
GROWS = 4
SLACK = 1.3
AGES = tuple(timedelta(minutes=minutes) for minutes in (92_160, 23_040, 5_760, 1_440, 360, 90, 20, 5))
"""Where the windows of a list end that begins with the oldest, before now."""
MOST_LISTS = 2_000


@dataclass
class Reach:
    """What one process knows of its lists: seconds per row, and where the first page of an oldest-first list ends."""

    seconds: dict[str, float] = field(default_factory=dict)
    edges: dict[str, datetime] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    """Lists so short that one window takes all of them."""

    def learn(self, name: str, start: datetime, rows: Sequence[datetime], *, full: bool, read: int, limit: int) -> None:
        """Remember how a page went: where it began, when its rows are, whether there are more."""
        if len(self.seconds) + len(self.edges) + len(self.whole) > MOST_LISTS:
            for kept in (self.seconds, self.edges, self.whole):
                kept.clear()
        if not full and read <= GROWS * limit:
            self.whole.add(name)
            return
        self.whole.discard(name)
        if rows:
            self.edges[name] = rows[-1]
            self.seconds[name] = abs((rows[-1] - start).total_seconds()) / len(rows)

    def width(self, name: str, limit: int) -> timedelta:
        """How wide the first window of a page is best."""
        known = self.seconds.get(name)
        return FIRST if known is None else max(timedelta(seconds=known * limit * SLACK), LEAST)


def newest_windows(start: datetime, width: timedelta, *, whole: bool) -> Iterator[tuple[datetime, datetime]]:
    """From ``start`` back to the beginning, each window wider than the one before: (since, before)."""
    before = start
    while before > BEGINNING:
        since = BEGINNING if whole or width >= before - BEGINNING else before - width
        yield since, before
        before, width = since, width * GROWS


def oldest_windows(
    start: datetime, now: datetime, end: datetime, edge: datetime | None, width: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """From ``start`` on to the end: (since, before)."""
    since = start
    if edge is None:
        for age in AGES:
            if now - age > since:
                yield since, now - age
                since = now - age
    elif edge > since:
        yield since, min(edge, end)
        since = edge
    while since < end:
        before = end if width >= end - since else since + width
        yield since, before
        since, width = before, width * GROWS


Fetch = Callable[[datetime, datetime, int], Awaitable[Sequence[Row]]]
"""Rows of a window (before, since, limit), in the order of the list."""


async def read_reaching(
    fetch: Fetch[Row],
    position: Callable[[Row], Position],
    *,
    name: str,
    cursors: Cursors,
    query: PageQuery,
    now: datetime,
    reach: Reach,
    keep: Callable[[Row], bool] = lambda row: True,
    oldest_first: bool = False,
    end: datetime | None = None,
) -> Page[Row]:
    """One page of what ``fetch`` gives, of those rows that ``keep`` lets this caller see.

    ``oldest_first``: a list that begins with the earliest time and goes up to ``end``.
    """
    after = cursors.read(name, query.cursor) if query.cursor else None
    known = f"{name}|{'next' if after else 'first'}|{query.limit}"
    wanted = query.limit + 1
    width = reach.width(known, wanted)
    whole = known in reach.whole
    if oldest_first:
        start, last = (after.at if after else BEGINNING), end or now + AHEAD
        edge = last if whole else None if after is not None else reach.edges.get(known)
        if after is not None and edge is None:
            edge = min(after.at + width, last)
        windows = oldest_windows(start, now, last, edge + TICK if edge else None, width)
    else:
        start = after.at + TICK if after else now + AHEAD
        windows = newest_windows(start, width, whole=whole)

    def is_behind(row: Row) -> bool:
        key = position(row).key
        return after is None or (key > after.key if oldest_first else key < after.key)

    found: list[Row] = []
    read = 0
    for since, before in windows:
        size = 2 * wanted
        while True:
            rows = await fetch(before, since, size)
            read += len(rows)
            complete = len(rows) < size
            sure = list(rows) if complete else _whole_instants(rows, position)
            fresh = sorted(filter(is_behind, sure), key=lambda row: position(row).key, reverse=not oldest_first)
            kept = [row for row in fresh if keep(row)]
            if complete or len(found) + len(kept) >= wanted:
                break
            if read >= MOST_ROWS and fresh:
                return Page((found + kept)[: query.limit], cursors.write(name, position(fresh[-1])))
            size *= 2
        found += kept
        if len(found) >= wanted:
            break
        if read >= MOST_ROWS:  # nearly nothing of it is for this caller: the next page goes on behind this window
            edge_of = Position(before - TICK, "\uffff") if oldest_first else Position(since, "")
            return Page(found, cursors.write(name, edge_of))
    full = len(found) >= wanted
    times = [position(row).at for row in found[:wanted]]
    reach.learn(known, times[0] if oldest_first and times else start, times, full=full, read=read, limit=wanted)
    shown = found[: query.limit]
    return Page(shown, cursors.write(name, position(shown[-1])) if full else None)


def _whole_instants(rows: Sequence[Row], position: Callable[[Row], Position]) -> list[Row]:
    """Without the rows of the last millisecond, of which the limit may have cut some off in no particular order."""
    last = position(rows[-1]).at
    return [row for row in rows if position(row).at != last]
