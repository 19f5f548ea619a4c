"""Pages of a list whose windows learn how dense it is.

The embedded server decodes every row of a window, whatever the limit (stores.md, rule 4): a window that fits a list of
a thousand rows is slow on one of a hundred thousand. So each list remembers how far its last page reached and begins
there: two rounds later a page reads about as many rows as it shows. What is remembered is a guess, never a filter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk.api.paging import AHEAD, BEGINNING, MOST_ROWS, TICK, Cursors, Page, PageQuery, Position, Row

FIRST = timedelta(hours=2)
"""How far the first page of a list reaches of which nothing is known yet."""
LEAST = timedelta(seconds=1)
GROWS, MOST_GROWTH = 4, 16
ROWS_AT_ONCE = 500
_ALL = timedelta(days=36_500)
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
    last = end or now + AHEAD
    start = _start(after, now, oldest_first=oldest_first)
    known_end = reach.edges.get(known) if after is None else None

    def is_behind(row: Row) -> bool:
        key = position(row).key
        return after is None or (key > after.key if oldest_first else key < after.key)

    def window(edge: datetime, width: timedelta, found: bool) -> tuple[datetime, datetime]:
        if not oldest_first:
            return (edge - width if width < edge - BEGINNING else BEGINNING), edge
        if known in reach.whole:
            return edge, last
        if after is None and edge == start and known_end is not None:
            return edge, min(known_end + TICK, last)
        if after is None and not found:  # where the oldest are is not known yet
            return edge, next((now - age for age in AGES if now - age > edge), last)
        return edge, (edge + width if width < last - edge else last)

    width = _ALL if known in reach.whole else reach.width(known, wanted)
    found: list[Row] = []
    read, size, edge = 0, ROWS_AT_ONCE, start
    while True:
        since, before = window(edge, width, bool(found))
        rows = await fetch(before, since, size)
        read += len(rows)
        reached = before if oldest_first else since
        if len(rows) >= size:  # the limit cut the window off: it ends where whole instants end
            instant = position(rows[-1]).at
            rows = [row for row in rows if position(row).at != instant]
            if not rows:
                size *= 2
                continue
            reached = instant if oldest_first else instant + TICK
        fresh = sorted(filter(is_behind, rows), key=lambda row: position(row).key, reverse=not oldest_first)
        kept = [row for row in fresh if keep(row)]
        found += kept
        if len(found) >= wanted or reached == (last if oldest_first else BEGINNING):
            break
        if read >= MOST_ROWS:  # nearly nothing of it is for this caller: the next page goes on from here
            behind = Position(reached - TICK, "\uffff") if oldest_first else Position(reached, "")
            return Page(found, cursors.write(name, behind))
        span = abs(reached - edge)
        width = _next_width(span, len(kept), wanted - len(found))
        edge = reached
    full = len(found) >= wanted
    times = [position(row).at for row in found[:wanted]]
    reach.learn(known, times[0] if oldest_first and times else start, times, full=full, read=read, limit=wanted)
    shown = found[: query.limit]
    return Page(shown, cursors.write(name, position(shown[-1])) if full else None)


def _start(after: Position | None, now: datetime, *, oldest_first: bool) -> datetime:
    if after is not None:
        # The row at the cursor is read again and left out by its id: others may share its millisecond.
        return after.at if oldest_first else after.at + TICK
    return BEGINNING if oldest_first else now + AHEAD


def _next_width(span: timedelta, kept: int, missing: int) -> timedelta:
    """How wide the next window is: as dense as the one before, if anything was in that."""
    if not kept:
        return min(span * GROWS, _ALL)
    return max(min(span / kept * missing * SLACK, span * MOST_GROWTH, _ALL), LEAST)
