"""Who gets a new ticket: by rule, in turn, by grabbing; nobody there; handed back, handed over; never the accused."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.timers import Timers
from desk.duty_settings import DispatchRule
from desk.errors import Incomplete, NotAllowed
from desk.settings import TradeSettings
from store.errors import Conflict
from store.staff import Role, Staff
from store.tickets import Category, State, Ticket
from tests.desk.conftest import Office
from tests.desk.duty import alerts_of, ring, set_rules, shift, team

GRAB = {"name": "报修", "categories": ["repair"], "team": "gc", "mode": "grab"}
TURNS = {**GRAB, "mode": "turns"}


async def opened(office: Office, category: Category = Category.REPAIR, **more: object) -> Ticket:
    ticket = await office.open(category, **more)  # type: ignore[arg-type]
    await ring(office)
    return await office.again(ticket)


def said(ticket: Ticket) -> str:
    """Why it could not be placed."""
    return next(str(event.note) for event in reversed(ticket.events) if event.kind == "unplaced")


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in ticket.events]


async def test_without_rules_it_waits_for_somebody_to_take_it(office: Office) -> None:
    ticket = await opened(office)
    assert ticket.executor is None and kinds(ticket) == ["opened"] and ticket.effects == ()


async def test_in_turn_everybody_gets_as_many_as_the_next(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, TURNS)
    got = [(await opened(office)).executor for _ in range(4)]
    assert got == ["liu", "zhang", "liu", "zhang"]
    assert [alert.kind for alert in await alerts_of(office, "liu")] == ["assigned"] * 2


async def test_the_freest_gets_it_and_it_says_by_which_rule(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, {**GRAB, "mode": "assign"})
    busy = await office.open()
    await office.desk.tickets.assign(busy, await office.stores.staff.get("liu"), await office.actor("li"))
    ticket = await opened(office, category=Category.REPAIR)
    given = next(event for event in ticket.events if event.kind == "assigned")
    assert ticket.executor == "zhang" and ticket.state is State.NEW and given.by == "system:guanjia"
    assert given.reason == "按派单规则「报修」" and ticket.executor_name == "张师傅"


async def test_of_two_who_grab_it_one_has_it(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, GRAB)
    ticket = await opened(office)
    assert ticket.executor is None and ticket.team == "gc" and kinds(ticket) == ["opened", "offered"]
    for name in ("zhang", "liu"):
        [alert] = await alerts_of(office, name)
        assert alert.kind == "offered" and ticket.number in alert.text and "抢单" in alert.text
    both = [await office.actor(name) for name in ("zhang", "liu")]
    ended = await asyncio.gather(
        *(office.desk.tickets.move(ticket, State.ACCEPTED, one) for one in both), return_exceptions=True
    )
    assert sum(isinstance(one, Ticket) for one in ended) == 1 and sum(isinstance(one, Conflict) for one in ended) == 1
    assert (await office.again(ticket)).executor in ("zhang", "liu")


async def test_run_twice_and_by_two_workers_it_is_given_once(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, TURNS)
    ticket = await office.open()
    before = await office.again(ticket)
    await asyncio.gather(*(office.desk.tickets.finish_effects(before) for _ in range(3)), return_exceptions=True)
    await office.desk.tickets.finish_effects(before)
    ticket = await office.again(ticket)
    assert kinds(ticket).count("assigned") == 1
    assert len(await alerts_of(office, "zhang") + await alerts_of(office, "liu")) == 1


async def test_nobody_on_shift_the_supervisor_hears_at_once_and_later_it_goes_out(office: Office) -> None:
    await team(office, "zhang", rota=True)
    await set_rules(office, TURNS)
    ticket = await opened(office)
    assert ticket.executor is None and kinds(ticket) == ["opened", "unplaced"]
    [alert] = await alerts_of(office, "li")
    assert alert.kind == "unplaced" and "现在没有人在班" in alert.text
    now = office.clock.now()
    await shift(office, "zhang", now, now + timedelta(hours=8))
    await ring(office, minutes=5)
    assert (await office.again(ticket)).executor == "zhang"
    assert len([a for a in await alerts_of(office, "li") if a.kind == "unplaced"]) == 1


async def test_everybody_at_the_cap(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(office, {**TURNS, "cap": 2})
    first, second, third = [await opened(office) for _ in range(3)]
    assert (first.executor, second.executor, third.executor) == ("zhang", "zhang", None)
    assert "都满 2 单" in said(third)
    zhang = await office.actor("zhang")
    done = await office.desk.tickets.move(first, State.ACCEPTED, zhang)
    await office.desk.tickets.move(done, State.RESOLVED, zhang, note="好了")
    await ring(office, minutes=5)
    assert (await office.again(third)).executor == "zhang"


async def test_a_rule_that_names_a_missing_team_says_so_and_the_next_rule_is_tried(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(office, {**GRAB, "name": "旧规则", "team": "gone"}, TURNS)
    ticket = await opened(office)
    assert ticket.executor == "zhang" and "「gone」不存在" in str(ticket.events[1].note)
    assert await office.desk.dispatch.problems("hy") == ["rule 旧规则: no such team: gone"]


async def test_a_team_without_people_and_no_fitting_rule(office: Office) -> None:
    await team(office)
    await set_rules(office, GRAB)
    assert "还没有成员" in said(await opened(office))
    assert "没有派单规则适合" in said(await opened(office, Category.COMPLAINT))
    assert await office.desk.dispatch.problems("hy") == ["rule 报修: the team gc has no members"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"name": "谁"}, "names nobody"),
        ({"name": "两个", "team": "a", "staff": "b"}, "names team and staff"),
        ({"name": "错字", "team": "a", "catgories": ["repair"]}, "Extra inputs"),
        ({"name": "轮", "staff": "zhang", "mode": "turns"}, "one person cannot take turns"),
        ({"name": "零", "team": "a", "cap": 0}, "greater than or equal to 1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rule: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        DispatchRule.model_validate(rule)
    with pytest.raises(ValidationError, match=why):
        TradeSettings().changed({"dispatch": {"rules": [rule]}})


async def test_by_building_subject_and_urgency(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(
        office,
        {"name": "一栋", "buildings": ["1"], "staff": "liu", "mode": "assign"},
        {"name": "电梯", "subjects": ["电梯"], "staff": "ma", "mode": "assign"},
        {"name": "急", "urgent": True, "staff": "zhang", "mode": "assign"},
        {"name": "其余", "staff": "zhou", "mode": "assign"},
    )
    assert (await opened(office, owner="chen")).executor == "liu"
    assert (await opened(office, description="电梯按钮坏了", title="电梯按钮坏了")).executor == "ma"
    assert (await opened(office, urgent=True)).executor == "zhang"
    assert (await opened(office)).executor == "zhou"


async def test_a_contractor_gets_only_what_it_is_there_for(office: Office) -> None:
    await office.stores.staff.add(
        Staff(id="lift", name="赵电", role=Role.TECHNICIAN, company="迅达电梯", categories=("repair",))
    )
    await set_rules(office, {"name": "委外", "company": "迅达电梯", "mode": "assign"})
    assert (await opened(office)).executor == "lift"
    parcel = await opened(office, Category.PARCEL)
    assert parcel.executor is None and "都不能接这张单" in said(parcel)
    with pytest.raises(Exception, match=parcel.number):
        await office.desk.tickets.by_number(parcel.number, await office.actor("lift"))


async def test_handed_back_it_goes_to_somebody_else(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, TURNS)
    ticket = await opened(office)
    assert ticket.executor == "liu"
    liu = await office.actor("liu")
    ticket = await office.desk.tickets.move(ticket, State.ACCEPTED, liu)
    ticket = await office.desk.tickets.move(ticket, State.NEW, liu, reason="没有工具")
    ticket = await office.again(ticket)
    assert ticket.executor == "zhang" and "没有工具" in [event.reason for event in ticket.events]


async def test_handed_over_with_a_reason_on_the_record(office: Office) -> None:
    ticket = await opened(office)
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(ticket, State.ACCEPTED, zhang)
    with pytest.raises(Incomplete, match="原因"):
        await office.desk.targets.hand_over(ticket, "liu", zhang, "  ")
    with pytest.raises(NotAllowed):
        await office.desk.targets.hand_over(ticket, "liu", await office.actor("liu"), "我来")
    moved = await office.desk.targets.hand_over(ticket, "liu", zhang, "下班了", key="k")
    assert (await office.desk.targets.hand_over(moved, "liu", zhang, "下班了", key="k")).version == moved.version
    last = moved.events[-1]
    assert (moved.executor, moved.responsible, last.reason, last.by) == ("liu", "staff:liu", "下班了", "staff:zhang")
    assert [alert.kind for alert in await alerts_of(office, "liu")] == ["assigned"]


async def test_the_person_complained_about_never_handles_it(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, {"name": "投诉", "categories": ["complaint"], "team": "gc", "mode": "grab"})
    ticket = await opened(office, Category.COMPLAINT, description="张师傅态度太差了，还骂人", severity="important")
    assert ticket.about == ("zhang",)
    assert await alerts_of(office, "zhang") == [] and len(await alerts_of(office, "liu")) == 1
    li = await office.actor("li")
    with pytest.raises(Incomplete, match="被投诉"):
        await office.desk.tickets.assign(ticket, await office.stores.staff.get("zhang"), li)
    with pytest.raises(Incomplete, match="被投诉"):
        await office.desk.targets.hand_over(ticket, "zhang", li, "他来")
    with pytest.raises(NotAllowed, match="关于您"):
        await office.desk.tickets.move(ticket, State.ACCEPTED, await office.actor("zhang"))


async def test_found_out_later_it_is_taken_away(office: Office) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, {"name": "投诉", "team": "gc", "mode": "assign"})
    ticket = await opened(office, Category.COMPLAINT)
    assert ticket.executor == "liu"
    li = await office.actor("li")
    with pytest.raises(NotAllowed):
        await office.desk.targets.set_about(ticket, ["liu"], await office.actor("zhou"))
    with pytest.raises(Incomplete, match="没有这些同事"):
        await office.desk.targets.set_about(ticket, ["nobody"], li)
    after = await office.desk.targets.set_about(ticket, ["liu"], li)
    assert after.about == ("liu",) and after.executor == "zhang"


async def test_a_complaint_about_the_supervisor_goes_to_the_manager(office: Office) -> None:
    await set_rules(office, {"name": "投诉", "team": "gone"})
    await opened(office, Category.COMPLAINT, description="李刚不讲理")
    assert await alerts_of(office, "li") == [] and await alerts_of(office, "ma")


async def test_the_opening_itself_pays_nothing_for_it(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(office, TURNS)
    ticket = await office.open()
    assert (await office.again(ticket)).effects == (0,) and ticket.executor is None
    assert await office.stores.timers.due(at=office.clock.now() + timedelta(days=30)) == []


@pytest.mark.parametrize("mode", ["assign", "turns"])
async def test_three_workers_at_once_keep_to_the_cap_and_give_each_once(
    office: Office, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": mode, "cap": 3})
    tickets = [await office.open(owner="", chat=False) for _ in range(8)]
    workers = [Timers(office.desk) for _ in range(3)]
    settled, rounds = False, 0
    while not settled and rounds < 60:  # a busy machine lets them meet more often
        for _ in range(8):
            rounds += 1
            await asyncio.gather(*(worker.poll_once() for worker in workers))
        placed = [await office.again(ticket) for ticket in tickets]
        settled = sum(ticket.executor is not None for ticket in placed) >= 6
    assert Counter(ticket.executor for ticket in placed) == {"zhang": 3, "liu": 3, None: 2}
    assert all(sum(event.kind == "assigned" for event in ticket.events) <= 1 for ticket in placed)
    assert not [record for record in caplog.records if record.exc_info], "who was a moment later just looks again"


@pytest.mark.parametrize("mode", ["assign", "turns"])
async def test_a_ticket_on_its_way_counts_for_whoever_it_is_on_its_way_to(
    office: Office, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker is slow to write what it decided; the other one must not fill the same last place."""
    await team(office, "zhang")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": mode, "cap": 1})
    first, second = [await office.open(owner="", chat=False) for _ in range(2)]
    change, decided, go_on = office.stores.tickets.change, asyncio.Event(), asyncio.Event()

    async def slow(ticket: Ticket, *rest: Any, **more: Any) -> Ticket:
        if ticket.id == first.id:
            decided.set()
            await go_on.wait()
        return await change(ticket, *rest, **more)

    monkeypatch.setattr(office.stores.tickets, "change", slow)
    writing = asyncio.create_task(office.desk.dispatch.place(first))
    await decided.wait()
    problem = await office.desk.dispatch.place(second)
    with pytest.raises(Conflict):  # a third worker leaves the first ticket to whoever is at it
        await office.desk.dispatch.place(first)
    go_on.set()
    await writing

    assert problem is not None and "都满 1 单" in problem
    assert [(await office.again(one)).executor for one in (first, second)] == ["zhang", None]
    assert (await office.stores.staff.get("zhang")).placing == {}


async def test_who_counted_before_another_was_given_one_counts_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team(office, "zhang", "liu")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": "assign", "cap": 1})
    first, second = [await office.open(owner="", chat=False) for _ in range(2)]
    hold = office.stores.staff.hold
    met: list[str] = []

    async def late(staff: Staff, ticket_id: str, at: datetime) -> bool:
        if ticket_id == first.id and not met:
            met.append(ticket_id)
            assert await office.desk.dispatch.place(second) is None
        return await hold(staff, ticket_id, at)

    monkeypatch.setattr(office.stores.staff, "hold", late)
    assert await office.desk.dispatch.place(first) is None
    assert {(await office.again(one)).executor for one in (first, second)} == {"zhang", "liu"}


async def test_a_colleague_from_before_this_was_counted_gets_tickets_too(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": "assign", "cap": 2})
    await office.stores.staff._rows.update_one({"_id": "zhang"}, {"$unset": {"placed": "", "placing": ""}})
    assert [(await opened(office)).executor for _ in range(3)] == ["zhang", "zhang", None]


async def test_a_worker_that_died_over_a_ticket_keeps_nobodys_hands_full(office: Office) -> None:
    await team(office, "zhang")
    await set_rules(office, {"name": "报修", "team": "gc", "mode": "assign", "cap": 1})
    ticket = await office.open(owner="", chat=False)
    assert await office.stores.staff.hold(await office.stores.staff.get("zhang"), ticket.id, office.clock.wall())
    with pytest.raises(Conflict):
        await office.desk.dispatch.place(ticket)
    office.clock.move_wall(seconds=16)
    assert await office.desk.dispatch.place(ticket) is None
    assert (await office.again(ticket)).executor == "zhang"


async def test_who_was_quicker_than_the_look_and_is_the_accused_loses_it(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, description="张伟强师傅态度恶劣")
    await office.desk.tickets.move(ticket, State.ACCEPTED, await office.actor("zhang"))
    await office.later(seconds=1)
    current = await office.again(ticket)
    assert (current.about, current.executor) == (("zhang",), None)
    assert any("被投诉的人" in alert.text for alert in await alerts_of(office, "li"))
