"""Targets: why they are what they are, recomputed at every change, standing still while the owner is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from desk.calendar import BusinessCalendar
from desk.deadlines import Term
from desk.due_why import DUE_NAMES, say_term, why
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.office_hours import OfficeHours
from desk.settings import TradeSettings
from store.tickets import Category, State
from tests.desk.conftest import WANG, Office
from tests.desk.duty import set_rules, team
from tests.test_calendar import calendars, ends_work, moments, spans

S = State
ZONE = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


async def test_each_time_says_its_rule_and_its_numbers(office: Office) -> None:
    ticket = await office.open()
    assert ticket.due_why["accept_by"] == "普通报修:工作时间 10 分钟内接单,从 3月10日 10:00 算起"
    assert ticket.due_why["on_site_by"] == "普通报修:下一个工作日下班前上门,从 3月10日 10:00 算起"
    urgent = await office.open(urgent=True)
    assert urgent.due_why["done_by"] == "紧急维修:不分昼夜 24 小时内办结,从 3月10日 10:00 算起"
    assert urgent.due_why["first_answer_by"].startswith("紧急维修:当即首次回复")


@pytest.mark.parametrize("category", "RCIPS")
def test_whatever_is_due_has_a_reason(category: str) -> None:
    for urgent in (True, False):
        said = why(category, urgent=urgent, severity=None, settings=TradeSettings(), since=at(10, 10), zone=ZONE)
        assert set(said) <= set(DUE_NAMES) and "accept_by" in said


def test_terms_in_words() -> None:
    assert say_term(Term(by="business_days", days=0.5)) == "半个工作日内"
    assert say_term(Term(by="business_days", days=1)) == "1 个工作日内"
    assert say_term(Term(by="end_of_business_day", days=3)) == "第 3 个工作日下班前"
    assert say_term(Term(by="end_of_business_day")) == "当个工作日下班前"


async def test_it_turns_out_to_be_urgent(office: Office) -> None:
    ticket = await office.open()
    office.clock.move(hours=3)
    moved = await office.desk.targets.reclassify(ticket, await office.actor("zhou"), urgent=True, reason="水漫到楼下")
    now = office.clock.now()
    assert moved.urgent and moved.due.accept_by == now + timedelta(minutes=10)
    assert moved.due.on_site_by == now + timedelta(minutes=30)
    assert moved.due.done_by == ticket.opened_at + timedelta(hours=24)
    assert moved.due_why["on_site_by"].endswith("从 3月10日 13:00 算起;改为紧急维修后重算")
    assert moved.events[-1].reason == "水漫到楼下" and moved.number == ticket.number


async def test_a_first_answer_is_never_put_off_and_a_neutral_update_moves_nothing(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, severity="minor")
    office.clock.move(minutes=30)
    li = await office.actor("li")
    assert await office.desk.targets.reclassify(ticket, li, severity="minor") == ticket
    await office.desk.tickets.note(ticket, "看过了", li)
    await office.desk.tickets.nudge(ticket.id, "快点", by=WANG, key="n")
    assert (await office.again(ticket)).due == ticket.due
    became = await office.desk.targets.reclassify(await office.again(ticket), li, category=Category.SUGGESTION)
    assert became.due.first_answer_by == ticket.due.first_answer_by
    assert became.due_why["first_answer_by"] == ticket.due_why["first_answer_by"]


async def test_severity_is_the_supervisors_and_brings_its_own_times(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT)
    with pytest.raises(NotAllowed, match="主管"):
        await office.desk.targets.reclassify(ticket, await office.actor("zhou"), severity="major")
    with pytest.raises(NotAllowed, match="前台或主管"):
        await office.desk.targets.reclassify(ticket, await office.actor("zhang"), urgent=True)
    li = await office.actor("li")
    major = await office.desk.targets.reclassify(ticket, li, severity="major", key="once")
    assert major.due.answer_by == ticket.opened_at + timedelta(days=2)
    assert major.due.done_by == ticket.opened_at + timedelta(days=15)
    assert major.due.first_answer_by == ticket.due.first_answer_by
    assert (await office.desk.targets.reclassify(major, li, severity="major", key="once")).version == major.version
    back = await office.desk.targets.reclassify(major, li, severity="minor")
    assert back.due.answer_by is None and "answer_by" not in back.due_why


async def test_what_makes_no_sense_is_refused(office: Office) -> None:
    li = await office.actor("li")
    repair = await office.open()
    with pytest.raises(Incomplete, match="没有这个等级"):
        await office.desk.targets.reclassify(repair, li, severity="huge")
    with pytest.raises(Incomplete, match="只有投诉"):
        await office.desk.targets.reclassify(repair, li, severity="major")
    with pytest.raises(Incomplete, match="只有投诉"):
        await office.desk.targets.set_about(repair, ["zhang"], li)
    gone = await office.desk.tickets.move(repair, S.CANCELLED, WANG)
    with pytest.raises(Illegal):
        await office.desk.targets.reclassify(gone, li, urgent=True)
    with pytest.raises(Illegal):
        await office.desk.targets.hand_over(gone, "zhang", li, "x")


async def test_the_clock_stands_while_the_owner_is_waited_for(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)  # Tuesday 10:00
    office.clock.set(at(10, 14))
    asked = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="周几在家")
    assert asked.due == ticket.due and asked.paused is not None
    office.clock.set(at(12, 14))  # two business days later
    again = await office.desk.tickets.move(asked, S.ACCEPTED, WANG)
    assert again.paused is None
    assert (again.due.on_site_by, again.due.done_by) == (at(13, 17, 30), at(17, 17, 30))
    assert again.due_why["on_site_by"].endswith(";等业主 2 天,顺延")
    assert again.due.first_answer_by == ticket.due.first_answer_by


async def test_what_was_late_before_it_waited_stays_late(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(), S.ACCEPTED, zhang)
    office.clock.set(at(12, 10))
    asked = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="在吗")
    office.clock.set(at(12, 16))
    again = await office.desk.tickets.move(asked, S.ACCEPTED, WANG)
    assert again.due.on_site_by == ticket.due.on_site_by == at(11, 17, 30)
    assert again.due.done_by == at(16, 14, 30)


async def test_deferred_and_sooner_after_all(office: Office) -> None:
    ticket = await office.open()
    until = at(20, 15)
    put_off = await office.desk.tickets.move(ticket, S.DEFERRED, WANG, reason="出差", until=until)
    assert put_off.due.on_site_by == at(20, 17, 30) and "改期到" in put_off.due_why["on_site_by"]
    assert put_off.due.done_by is not None and ends_work(office.desk.rules.of("hy").calendar, put_off.due.done_by)
    office.clock.set(at(12, 10))
    sooner = await office.desk.tickets.move(put_off, S.ACCEPTED, WANG)
    assert sooner.due.on_site_by == at(13, 17, 30) and sooner.due.done_by == at(17, 17, 30)


async def test_a_wall_clock_stands_too(office: Office) -> None:
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(urgent=True), S.ACCEPTED, zhang)
    asked = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="门禁密码")
    office.clock.move(hours=10)
    again = await office.desk.tickets.move(asked, S.ACCEPTED, WANG)
    assert ticket.due.done_by and again.due.done_by == ticket.due.done_by + timedelta(hours=10)


async def test_what_it_waited_is_not_lost_when_its_severity_changes(office: Office) -> None:
    zhou, li = await office.actor("zhou"), await office.actor("li")
    ticket = await office.desk.tickets.move(await office.open(Category.COMPLAINT, severity="minor"), S.ACCEPTED, zhou)
    asked = await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhou, question="几楼")
    office.clock.set(at(11, 10))
    again = await office.desk.tickets.move(asked, S.ACCEPTED, WANG)
    graver = await office.desk.targets.reclassify(again, li, severity="important")
    assert graver.due.done_by == at(12, 10), "one business day, and the one that was waited"


async def test_a_team_with_hours_of_its_own_has_its_own_time_to_accept(office: Office) -> None:
    office.clock.set(at(10, 22))
    await team(office, "zhang", office={"always_open": True})
    await set_rules(office, {"name": "报修", "team": "gc", "mode": "turns"})
    ticket = await office.open()
    assert ticket.due.accept_by == at(11, 8, 40)
    await office.later()
    given = await office.again(ticket)
    assert given.executor == "zhang" and given.due.accept_by == at(10, 22, 10)
    assert given.due_why["accept_by"].endswith("按「工程班」的工作时间")
    assert given.due.on_site_by == ticket.due.on_site_by


@given(calendars, moments, spans)
def test_taking_back_what_was_added(calendar: BusinessCalendar, start: datetime, span: timedelta) -> None:
    end = calendar.add(start, span)
    begun = calendar.subtract(end, span)
    assert begun <= end and calendar.between(begun, end) == span
    assert begun >= start or calendar.between(begun, start) == timedelta(0)


@given(calendars, moments, spans, spans)
def test_a_longer_warning_never_comes_later(
    calendar: BusinessCalendar, moment: datetime, span: timedelta, more: timedelta
) -> None:
    assert calendar.subtract(moment, span + more) <= calendar.subtract(moment, span) <= moment


def test_subtracting_is_forward_only_and_never_endless() -> None:
    calendar = BusinessCalendar(ZONE, OfficeHours(), holidays=lambda day: False)
    with pytest.raises(ValueError, match="forward only"):
        calendar.subtract(at(10, 10), timedelta(seconds=-1))
    with pytest.raises(ValueError, match="no open day within 400 days"):
        calendar.subtract(datetime(2026, 3, 10, tzinfo=UTC), timedelta(minutes=1))
