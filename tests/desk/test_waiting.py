"""What is said about waiting: only from enough cases, by place in the queue, and one word when it will be late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.settings import demo_settings
from desk.waiting import Snapshot, Wait, Waiting
from store.conversations import Mode
from store.statistics import Case
from store.tickets import Category, State
from tests.desk.conftest import Office
from tests.desk.duty import set_rules, team

S = State


async def cases(office: Office, many: int, *, minutes: float = 6, key: str = "accept|repair") -> None:
    """So many tickets were taken after so many minutes."""
    for n in range(many):
        case = Case(id=f"{key}{n}", at=office.clock.now() - timedelta(hours=n), minutes=minutes)
        await office.stores.statistics.add_case("waiting:hy", key, case, most=100)
    await office.desk.waiting.refresh(now=True)


def of_new(office: Office) -> Wait:
    return office.desk.waiting.of_new("hy", Category.REPAIR)


async def test_no_time_is_said_before_there_are_twenty_cases(office: Office) -> None:
    await cases(office, 19)
    assert of_new(office) == Wait(0, None)
    await cases(office, 20)
    assert of_new(office) == Wait(0, 6)


async def test_old_cases_and_those_of_other_kinds_count_nothing(office: Office) -> None:
    await cases(office, 20)
    assert office.desk.waiting.of_new("hy", Category.COMPLAINT).minutes is None
    office.clock.move(weeks=5)
    assert of_new(office).minutes is None


async def test_the_figures_of_the_team_that_it_goes_to_come_first_when_there_are_enough(office: Office) -> None:
    await team(office, "zhang", id="gc.1")
    await set_rules(office, {"name": "电梯", "subjects": ["电梯"], "team": "gc.1", "mode": "grab"})
    await cases(office, 30)
    await cases(office, 19, minutes=40, key="accept|repair|gc_1")
    waiting = office.desk.waiting
    lift = await office.open(description="电梯坏了", subject="电梯")
    assert waiting.of_opened(lift).minutes == 6, "nineteen of the team are too few"
    await cases(office, 20, minutes=40, key="accept|repair|gc_1")
    pipe = await office.open()
    assert (waiting.of_opened(lift).minutes, waiting.of_opened(pipe).minutes) == (40, 6)
    await office.later()
    await waiting.refresh(now=True)
    from desk.effects import brief

    placed = await office.again(lift)
    assert placed.team == "gc.1"
    assert (waiting.of_ticket(brief(placed), "hy"), waiting.of_ticket(brief(pipe), "hy")) == (Wait(0, 40), Wait(1, 6))


async def test_what_is_said_is_what_most_waited_and_not_the_best(office: Office) -> None:
    for n in range(20):
        case = Case(id=f"c{n}", at=office.clock.now(), minutes=n + 1)
        await office.stores.statistics.add_case("waiting:hy", "accept|repair", case, most=100)
    await office.desk.waiting.refresh(now=True)
    assert of_new(office).minutes == 15
    await cases(office, 60, minutes=1000)
    assert of_new(office).minutes is None, "sixteen hours is not said as minutes"


async def test_accepting_is_counted_once_whatever_is_repeated(office: Office) -> None:
    ticket = await office.open()
    office.clock.move(minutes=7)
    taken = await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("zhang"))
    event = taken.events[-1]
    await office.desk.effects.of(taken, event)
    found = await office.stores.statistics.find("waiting:hy")
    assert found is not None and [case.minutes for case in found.cases["accept|repair"]] == [7.0]


async def test_the_place_in_the_queue_is_by_number(office: Office) -> None:
    await cases(office, 20)
    for _ in range(3):
        await office.open()
        office.clock.move(minutes=1)
    await office.desk.waiting.refresh(now=True)
    mine = (await office.stores.tickets.listed(
        estates=["hy"], state="new",
        before=office.clock.now(), since=office.clock.now() - timedelta(days=1), limit=9,
    ))[0]  # fmt: skip
    from desk.effects import brief

    assert office.desk.waiting.of_ticket(brief(mine), "hy") == Wait(2, 6)
    assert of_new(office).ahead == 3
    taken = brief(mine.model_copy(update={"state": S.ACCEPTED}))
    assert office.desk.waiting.of_ticket(taken, "hy") is None


async def test_two_who_ask_for_a_person_at_once_do_not_get_the_same_place(office: Office) -> None:
    waiting, now = office.desk.waiting, office.clock.now()
    await cases(office, 20, minutes=3, key="person")
    wang = await office.stores.conversations.get("wxapp:o-wang")
    chen = await office.stores.conversations.get("wxapp:o-chen")
    assert waiting.of_person(wang, now) == Wait(0, 3)
    office.clock.move(seconds=5)
    assert waiting.of_person(chen, office.clock.now()) == Wait(1, 6)
    # Both are stored now; what was read from the database and what this process remembers are the same people.
    for chat, at in ((wang, now), (chen, office.clock.now())):
        changes = {"mode": Mode.PERSON, "waiting_since": at, "last_at": at}
        await office.stores.conversations.change(chat.id, changes)
    await waiting.refresh(now=True)
    chen = await office.stores.conversations.get(chen.id)
    assert waiting.of_person(chen, office.clock.now()) == Wait(1, 6)
    wang = await office.stores.conversations.get(wang.id)
    await office.desk.conversations.take_over(wang, await office.actor("zhou"))
    await waiting.refresh(now=True)
    assert waiting.of_person(chen, office.clock.now()).ahead == 0


async def test_reading_again_within_half_a_minute_reads_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.desk.waiting.refresh(now=True)
    read: list[str] = []

    async def find(id: str) -> None:
        read.append(id)

    monkeypatch.setattr(office.stores.statistics, "find", find)
    await office.desk.waiting.refresh()
    assert read == []
    office.clock.move(seconds=31)
    await office.desk.waiting.refresh()
    assert read == ["waiting:hy"]


async def late_news(office: Office) -> list[str]:
    return [row.text for row in await office.heard() if row.id.startswith("late:")]


async def test_one_unasked_word_when_it_will_be_late(office: Office) -> None:
    ticket = await office.open()
    await office.later(minutes=1)
    assert ticket.due.on_site_by is not None
    office.clock.set(ticket.due.on_site_by - timedelta(minutes=11))
    await office.later()
    assert await late_news(office) == []
    await office.later(minutes=1)
    [said] = await late_news(office)
    assert "抱歉" in said and "还没有师傅接单" in said and "现在预计" in said and ticket.number in said
    await office.later(days=5)
    assert len(await late_news(office)) == 1


async def test_who_has_arrived_or_is_done_is_not_late(office: Office) -> None:
    ticket = await office.open()
    await office.later(minutes=1)
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, zhang)
    ticket = await office.desk.tickets.move(ticket, S.IN_PROGRESS, zhang)
    await office.desk.tickets.move(ticket, S.IN_PROGRESS, zhang, progress="arrived")
    assert ticket.due.on_site_by is not None
    office.clock.set(ticket.due.on_site_by)
    await office.later()
    assert await late_news(office) == []


async def test_never_a_second_push_within_half_an_hour(office: Office) -> None:
    ticket = await office.open()
    await office.later(minutes=1)
    assert ticket.due.on_site_by is not None
    office.clock.set(ticket.due.on_site_by - timedelta(minutes=15))
    await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, await office.actor("zhang"))
    [row] = [row for row in await office.heard() if row.kind == "status"]
    sent = {"sent_at": office.clock.now()}
    assert await office.stores.deliveries.move(row, row.state.ACCEPTED, at=office.clock.now(), changes=sent)
    await office.later(minutes=10)
    assert await late_news(office) == []
    await office.later(minutes=19)
    assert await late_news(office) == []
    await office.later(minutes=1)
    assert len(await late_news(office)) == 1


@given(st.lists(st.floats(min_value=0, max_value=10_000), max_size=60))
def test_whatever_happened_what_is_said_is_sensible(minutes: list[float]) -> None:
    from desk.rulebook import Rulebook
    from desk.timers import Schedule
    from tests.clock import FixedClock

    class Nothing:
        timers = None

        def follow(self, _: object) -> None:
            return

    clock = FixedClock()
    rules = Rulebook(None, base=demo_settings())  # type: ignore[arg-type]
    waiting = Waiting(None, rules, None, Nothing(), Schedule(Nothing()), clock)  # type: ignore[arg-type]
    waiting._now = Snapshot(clock.now(), {"hy|accept|repair": tuple((clock.now(), m) for m in minutes)}, {})
    said = waiting.of_new("hy", Category.REPAIR).minutes
    assert said is None or (len(minutes) >= 20 and 1 <= said <= 480)
