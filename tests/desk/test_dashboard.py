"""The dashboard's figures, counted by hand on a small estate (docs/figures.md says what each means)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk.figures import Fact, packed, unpacked
from desk.sums import Filter, add_up, median, p90
from tests.api.world import World, make_world
from tests.clock import FixedClock

H = timedelta(hours=1)
TENTH, NINTH = date(2026, 3, 10), date(2026, 3, 9)
ZONE = ZoneInfo("Asia/Shanghai")


def test_median_and_nine_of_ten() -> None:
    assert (median([]), median([7]), median([4, 10]), median([1, 2, 30])) == (None, 7.0, 7.0, 2.0)
    assert p90([]) is None
    assert p90([5]) == 5.0
    assert p90(list(range(1, 11))) == 9.0, "the ninth of ten"
    assert p90(list(range(1, 12))) == 10.0


def test_what_is_packed_is_read_back() -> None:
    facts = [Fact(600, "repair", "3", "zhang", "gong", "d", 1, 5, 120, 300, None, 1, 2, 1, 1)]
    assert unpacked(packed(facts)) == facts


def ticket(number: int, opened: datetime, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "_id": f"t{number}",
        "number": f"R20260310-{number:04}",
        "category": "repair",
        "estate_id": "hy",
        "room_id": "hy/3-2-1502",
        "opened_at": opened,
        "updated_at": opened,
        "due": {"first_answer_by": opened + 2 * H, "done_by": opened + 24 * H},
    }
    return given | fields


@pytest.fixture
async def estate(mongodb_uri: str, database_name: str, clock: FixedClock) -> Any:
    """Six tickets: four of the 10th, one of the 9th, one of long ago. It is the 10th, 20:00 in Shanghai."""
    from store.tickets import Ticket

    world = await make_world(mongodb_uri, database_name, clock)
    clock.set(datetime(2026, 3, 10, 12, tzinfo=UTC))
    morning = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)  # 8:30
    happy = {"state": "answered", "satisfaction": 1, "asked_at": morning, "fixed": True}
    unhappy = {"state": "answered", "satisfaction": 4, "asked_at": morning, "fixed": True}
    rows = [
        # Answered after 10 min and done after 2 h: both in time. Satisfied.
        ticket(1, morning, state="resolved", executor="zhang", answered_at=morning + H / 6, resolved_at=morning + 2 * H)
        | {"revisit": happy},
        # Answered after 3 h (late), done after 9 h; not satisfied; reopened once before.
        ticket(2, morning, state="resolved", executor="liu", answered_at=morning + 3 * H, resolved_at=morning + 9 * H)
        | {"revisit": unhappy, "reopened": 1, "room_id": "hy/1-1-302"},
        # Nobody has answered for eleven hours and a half: late. Not done, its target is tomorrow: undecided.
        ticket(3, morning),
        # Opened half an hour ago: nothing is decided.
        ticket(4, morning + 11 * H, category="complaint"),
        # Of yesterday, 23:50: cancelled by its owner, counts for no share. Its day is the local one.
        ticket(5, datetime(2026, 3, 9, 15, 50, tzinfo=UTC), state="cancelled", ended_at=morning),
        # Opened a month ago, done today: today's work, no intake of the window.
        ticket(6, morning - timedelta(days=30), state="closed", answered_at=morning, resolved_at=morning)
        | {"ended_at": morning},
    ]
    for row in rows:
        await world.desk.stores.tickets.add(Ticket.of(row))
    await world.desk.rules.refresh()
    yield world
    await world.desk.stores.close()


async def test_a_small_estate_counted_by_hand(estate: World) -> None:
    boss = await estate.actor("ligong")
    two_days = Filter(since=NINTH, before=date(2026, 3, 11))
    found = await estate.desk.dashboard.of(two_days, boss)
    total = found.sums.total
    assert (total.opened, total.open, total.reopened) == (5, 2, 1)
    assert total.answered_share == pytest.approx(1 / 3, abs=1e-4), "1 in time; 2 and 3 late; 4 and 5 undecided"
    assert total.resolved_share == 1.0, "1 and 2 in time; 3 and 4 have until tomorrow; 5 was never to be done"
    assert (total.median_answer, total.p90_answer) == (95.0, 180.0), "10 and 180 minutes"
    assert (total.median_resolve, total.p90_resolve) == (330.0, 540.0), "120 and 540 minutes"
    assert (total.satisfaction, total.rated) == (0.5, 2)
    said = found.sums.satisfaction
    assert (said.resolved, said.asked, said.answered, said.counts) == (2, 2, 2, {1: 1, 2: 0, 3: 0, 4: 1})
    days = {day.day: day for day in found.sums.days}
    assert (days[NINTH].opened, days[NINTH].resolved) == (1, 0)
    assert (days[TENTH].opened, days[TENTH].resolved) == (4, 3), "with the one of a month ago"
    groups = {name: {row.key: row for row in rows} for name, rows in found.sums.groups.items()}
    assert {key: row.opened for key, row in groups["buildings"].items()} == {"3": 4, "1": 1}
    assert groups["buildings"]["3"].label == "3栋"
    assert {key: row.opened for key, row in groups["people"].items()} == {"zhang": 1, "liu": 1, "": 3}
    assert groups["people"]["zhang"].label == "张伟" and groups["people"]["liu"].answered_share == 0.0
    assert {key: row.opened for key, row in groups["categories"].items()} == {"repair": 4, "complaint": 1}
    assert found.sums.groups["companies"] == []
    assert (found.open, found.ages) == (
        2,
        [("day", "1 天内", 2), ("three", "1-3 天", 0), ("week", "3-7 天", 0), ("older", "7 天以上", 0)],
    )
    only = await estate.desk.dashboard.of(Filter(since=NINTH, before=date(2026, 3, 11), building="1"), boss)
    assert (only.sums.total.opened, only.sums.total.satisfaction, only.open) == (1, 0.0, 0)
    one_building = await estate.actor("liu")
    scoped = await estate.desk.dashboard.of(two_days, one_building)
    assert scoped.sums.total.opened == 1, "who looks after building 1 sees building 1"


async def test_kept_days_are_made_again_while_they_can_change(estate: World) -> None:
    figures, clock = estate.desk.figures, estate.clock
    assert isinstance(clock, FixedClock)
    first = await figures.of("hy", NINTH, TENTH)
    assert [len(first[day]) for day in (NINTH, TENTH)] == [1, 4]
    three = await estate.desk.stores.tickets.get("t3")
    boss = await estate.actor("ligong")
    from store.tickets import State

    await estate.desk.tickets.move(three, State.ACCEPTED, boss)

    async def answered() -> list[int | None]:
        facts = (await figures.of("hy", TENTH, TENTH))[TENTH]
        return [fact.answered for fact in facts if fact.stands == "o" and fact.category == "repair"]

    assert await answered() == [None], "kept for a minute"
    clock.move(minutes=2)
    assert await answered() == [690]
    rows = await estate.desk.stores.figures.of_ids(["hy:2026-03-09:1", "hy:2026-02-08:1"])
    assert all(not row.final for row in rows)
    clock.at += timedelta(days=40)
    await figures.of("hy", NINTH, TENTH)
    [ninth, tenth] = sorted(
        await estate.desk.stores.figures.of_ids(["hy:2026-03-09:1", "hy:2026-03-10:1"]), key=lambda row: row.id
    )
    assert ninth.final, "cancelled for more than a month: nothing of it changes any more"
    assert not tenth.final, "two of it are still open"
    assert await figures.refresh() == 46 + 60, "the recent ones, and some of long ago"
    assert len(await figures.of("hy", date(2026, 1, 5), TENTH, patience=timedelta(0))) > 46, "what was made is used"
    clock.at -= timedelta(days=60)
    assert list((await figures.of("hy", NINTH, TENTH)).values()) == [], "days to come are left out"


def test_nothing_in_nothing_out() -> None:
    empty = add_up([], Filter(since=NINTH, before=TENTH), {}, {})
    assert empty.total.opened == 0 and empty.total.answered_share is None and empty.total.p90_resolve is None
    assert [day.opened for day in empty.days] == [0]
