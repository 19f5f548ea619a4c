"""Pages: nothing missed, nothing twice, whatever shares a millisecond and whatever the caller may not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.api import paging
from desk.api.errors import ApiError
from desk.api.paging import Cursors, PageQuery, Position, read_page
from store.sealed import Sealer
from tests.clock import TUESDAY_MORNING

CURSORS = Cursors(Sealer("secret"))
SPANS = (0, 1, 3_600_000, 86_400_000, 86_400_001, 8 * 86_400_000, 40 * 86_400_000, 400 * 86_400_000)


@dataclass(frozen=True)
class Row:
    at: datetime
    id: str

    @property
    def position(self) -> Position:
        return Position(self.at, self.id)


async def all_pages(rows: list[Row], limit: int, keep: Callable[[Row], bool]) -> list[Row]:
    seen: list[Row] = []
    queries = 0

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Row]:
        nonlocal queries
        queries += 1
        inside = [row for row in rows if since <= row.at < before]
        return sorted(inside, key=lambda row: row.at, reverse=True)[:limit]

    cursor: str | None = None
    for _ in range(len(rows) + 2):
        page = await read_page(
            fetch,
            lambda row: row.position,
            name="rows",
            cursors=CURSORS,
            query=PageQuery(cursor=cursor, limit=limit),
            now=TUESDAY_MORNING,
            keep=keep,
        )
        assert len(page.rows) <= limit
        seen += page.rows
        if page.next is None:
            break
        cursor = page.next
    else:
        raise AssertionError("the pages never end")
    assert queries <= (len(rows) // limit + 2) * 20
    return seen


@given(
    ages=st.lists(st.sampled_from(SPANS).flatmap(lambda span: st.integers(span, span + 2)), max_size=30),
    limit=st.integers(1, 7),
    hidden=st.integers(1, 4),
)
async def test_every_row_once_newest_first(ages: list[int], limit: int, hidden: int) -> None:
    rows = [Row(TUESDAY_MORNING - timedelta(milliseconds=age), f"{index:03d}") for index, age in enumerate(ages)]

    def keep(row: Row) -> bool:
        return int(row.id) % hidden == 0

    expected = sorted(filter(keep, rows), key=lambda row: row.position.key, reverse=True)
    assert await all_pages(rows, limit, keep) == expected


async def test_a_list_of_which_little_is_ones_own_is_read_in_bounded_steps(monkeypatch) -> None:
    monkeypatch.setattr(paging, "MOST_ROWS", 50)
    rows = [Row(TUESDAY_MORNING - timedelta(seconds=age), f"{age:04d}") for age in range(500)]

    def keep(row: Row) -> bool:
        return row.id == "0499"

    assert [row.id for row in await all_pages(rows, 2, keep)] == ["0499"]


def test_a_cursor_is_only_good_for_its_list_and_unchanged() -> None:
    position = Position(datetime(2026, 3, 1, tzinfo=UTC), "wxofficial:o-王")
    cursor = CURSORS.write("a", position)
    assert CURSORS.read("a", cursor) == position
    assert Cursors(Sealer("new", "secret")).read("a", cursor) == position
    for name, text, cursors in (
        ("b", cursor, CURSORS),
        ("a", "A" + cursor[1:] if cursor[0] != "A" else "B" + cursor[1:], CURSORS),
        ("a", cursor, Cursors(Sealer("other"))),
        ("a", "", CURSORS),
        ("a", ".", CURSORS),
    ):
        try:
            cursors.read(name, text)
        except ApiError as refused:
            assert (refused.status, refused.code) == (400, "bad_cursor")
        else:
            raise AssertionError(text)
