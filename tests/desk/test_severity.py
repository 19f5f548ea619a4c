"""How grave a complaint is: what the rules propose and why, what a supervisor decides, and the times that follow."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from desk.errors import Illegal, Incomplete, NotAllowed
from desk.settings import TradeSettings
from desk.severity import Facts, propose
from store.errors import Conflict
from store.tickets import Category, State
from tests.desk.conftest import WANG, Office

S = State
SETTINGS = TradeSettings()


@pytest.mark.parametrize(
    ("facts", "severity", "reason"),
    [
        (Facts("楼道灯罩有点脏"), "minor", "小事"),
        (Facts("楼上夜里施工，孩子睡不着"), "important", "严重影响"),
        (Facts("你们保安态度太差，骂人"), "important", "态度"),
        (Facts("没人管", sentiment=-0.9), "important", "激动"),
        (Facts("小区地面湿滑，老人摔倒骨折了"), "major", "人员伤害"),
        (Facts("外墙掉下来把我车砸坏了"), "major", "财物损失"),
        (Facts("灯还没修", nudges=2, late=True), "major", "多次要求"),
        (Facts("灯还没修", slips=2), "major", "误点 2 次"),
        (Facts("噪音", open_for_days=7.0), "major", "7 天"),
        (Facts("停水", outage=True), "major", "大面积"),
        (Facts("整栋楼停水了没人说一声"), "major", "大面积"),
        (Facts("垃圾没人清", owners=5), "major", "5 位业主"),
    ],
)
def test_the_rules_say_how_grave_and_why(facts: Facts, severity: str, reason: str) -> None:
    proposal = propose(facts, SETTINGS)
    assert proposal.severity == severity and any(reason in one for one in proposal.reasons), proposal


@pytest.mark.parametrize(
    "facts",
    [
        Facts("电梯里有点味道，我每次坐都闻到"),
        Facts("灯还没修", nudges=3),
        Facts("噪音", open_for_days=6.9),
        Facts("垃圾没人清", owners=4),
        Facts("保安不让我快递进门"),
    ],
)
def test_what_does_not_reach_it_is_not_major(facts: Facts) -> None:
    assert propose(facts, SETTINGS).severity != "major"


async def test_a_new_complaint_carries_its_proposal_and_a_grave_one_reaches_the_supervisor(office: Office) -> None:
    small = await office.open(Category.COMPLAINT, description="楼道灯罩有点脏", severity="minor")
    grave = await office.open(Category.COMPLAINT, description="你们外墙掉下来把我车砸坏了", severity="minor")
    await office.later()
    one, other = await office.again(small), await office.again(grave)
    assert (one.proposed_severity, one.notes) == ("minor", ())
    assert (other.proposed_severity, other.severity) == ("major", "minor"), "proposed, not decided"
    assert "li" in other.observers and "财物损失" in str(other.notes[-1].note)
    repair = await office.open()
    await office.later()
    assert (await office.again(repair)).proposed_severity is None


async def test_what_nobody_has_graded_keeps_its_times_and_says_so(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, description="你们保安打人,把我打伤了")
    await office.later(seconds=1)
    current = await office.again(ticket)
    assert (current.severity, current.proposed_severity, current.due) == (None, "major", ticket.due)
    assert "未定级" in current.due_why["done_by"]
    decided = await office.desk.severity.decide(current, "major", await office.actor("li"), key="k")
    assert "重大投诉" in decided.due_why["done_by"] and decided.due.answer_by is not None


async def test_the_supervisor_decides_and_the_times_are_those_of_that_severity(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, severity="minor")
    li = await office.actor("li")
    first = ticket.due.first_answer_by
    decided = await office.desk.severity.decide(ticket, "major", li, reason="伤了人", key="k1")
    assert decided.severity == "major" and decided.due.answer_by == ticket.opened_at + timedelta(days=2)
    assert decided.due.done_by == ticket.opened_at + timedelta(days=15) and decided.due.first_answer_by == first
    again = await office.desk.severity.decide(decided, "major", li, reason="伤了人", key="k1")
    assert again.version == decided.version
    back = await office.desk.severity.decide(again, "minor", li, key="k2")
    assert (back.due.answer_by, back.due.done_by) == (None, ticket.due.done_by)
    assert [event.kind for event in back.events].count("severity") == 2 and await office.heard() == []


async def test_who_may_not_and_what_cannot_be_decided_is_refused(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT)
    decide, li = office.desk.severity.decide, await office.actor("li")
    for who in ("zhou", "zhang"):
        with pytest.raises(NotAllowed):
            await decide(ticket, "major", await office.actor(who))
    with pytest.raises(Incomplete):
        await decide(ticket, "terrible", li)
    with pytest.raises(Illegal):
        await decide(await office.open(), "major", li)
    closed = await office.desk.tickets.move(ticket, S.CANCELLED, li)
    with pytest.raises(Illegal):
        await decide(closed, "major", li)


async def test_two_supervisors_at_once_one_wins_and_the_other_hears_so(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, severity="minor")
    li, ma = await office.actor("li"), await office.actor("ma")
    decide = office.desk.severity.decide
    ends = await asyncio.gather(decide(ticket, "major", li), decide(ticket, "important", ma), return_exceptions=True)
    assert [isinstance(end, Conflict) for end in ends].count(True) == 1
    assert (await office.again(ticket)).version == 1


async def test_a_week_open_is_major_and_said_once(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, description="楼道灯罩有点脏", severity="minor")
    await office.later()
    zhou = await office.actor("zhou")
    await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, zhou)
    await office.later(days=7)
    current = await office.again(ticket)
    assert current.proposed_severity == "major" and "7 天" in current.severity_reasons[0]
    count = sum("建议定为重大" in str(note.note) for note in current.notes)
    await office.later(days=1)
    assert count == 1 == sum("建议定为重大" in str(note.note) for note in (await office.again(ticket)).notes)


async def test_chased_twice_after_its_time_is_major(office: Office) -> None:
    ticket = await office.open(Category.COMPLAINT, description="楼道灯罩有点脏", severity="minor")
    await office.later(days=2)
    for n in range(2):
        await office.desk.tickets.nudge(ticket.id, "怎么还没人", by=WANG, key=f"n{n}")
        await office.desk.severity.reconsider(ticket.id, key=f"n{n}")
    current = await office.again(ticket)
    assert current.proposed_severity == "major" and "催 2 次" in current.severity_reasons[0]
