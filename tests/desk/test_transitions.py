"""The table of the contract, section 5, row by row: who may, what it needs, what the owner hears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.actors import SYSTEM, Actor
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.transitions import targets, transition
from store.errors import NotFound
from store.tickets import OPEN, Category, State, Ticket
from tests.desk.conftest import WANG, Office

S = State
EXECUTOR, SUPERVISORS, DESK = {"zhang"}, {"li", "ma", "root"}, {"zhou"}
STAFF = EXECUTOR | SUPERVISORS | DESK
EVERYBODY = STAFF | {"owner", "system"}
# from, to, who may, what is needed (as the contract prints it), what is heard
ROWS: list[tuple[tuple[State, ...], State, set[str], set[str], str | None]] = [
    ((S.NEW,), S.ACCEPTED, EXECUTOR | DESK | SUPERVISORS, set(), "接单了"),
    ((S.NEW,), S.DECLINED, SUPERVISORS, {"reason"}, "没能办，原因是：缺料"),
    ((S.ACCEPTED,), S.NEW, EXECUTOR | SUPERVISORS, {"reason"}, None),
    ((S.ACCEPTED,), S.IN_PROGRESS, EXECUTOR | SUPERVISORS, set(), "出发了"),
    ((S.ACCEPTED, S.IN_PROGRESS), S.WAITING_OWNER, STAFF, {"question"}, "明早家里有人吗？"),
    ((S.ACCEPTED, S.IN_PROGRESS), S.WAITING_PARTS, EXECUTOR | SUPERVISORS, {"reason", "until"}, "要等一等：缺料"),
    ((S.NEW, S.ACCEPTED, S.IN_PROGRESS), S.DEFERRED, {"owner"} | SUPERVISORS, {"until", "reason"}, "改到"),
    ((S.WAITING_OWNER, S.WAITING_PARTS, S.DEFERRED), S.ACCEPTED, EVERYBODY, set(), "接着办了"),
    ((S.ACCEPTED, S.IN_PROGRESS), S.RESOLVED, EXECUTOR | DESK | SUPERVISORS, {"note"}, "修好了：换了角阀"),
    ((S.RESOLVED,), S.CLOSED, SUPERVISORS | {"owner", "system"}, set(), None),
    ((S.RESOLVED, S.CLOSED), S.ACCEPTED, SUPERVISORS | {"owner", "system"}, {"reason"}, "抱歉让您又跑一趟"),
    (OPEN, S.CANCELLED, STAFF | {"owner"}, set(), "取消了"),
    (OPEN, S.MERGED, STAFF, {"target"}, "同一件事"),
]
PAIRS = {(source, to): row for row in ROWS for source in row[0] for to in (row[1],)}
WAY = {
    S.NEW: (),
    S.ACCEPTED: (S.ACCEPTED,),
    S.IN_PROGRESS: (S.ACCEPTED, S.IN_PROGRESS),
    S.WAITING_OWNER: (S.ACCEPTED, S.WAITING_OWNER),
    S.WAITING_PARTS: (S.ACCEPTED, S.WAITING_PARTS),
    S.DEFERRED: (S.ACCEPTED, S.DEFERRED),
    S.RESOLVED: (S.ACCEPTED, S.RESOLVED),
    S.CLOSED: (S.ACCEPTED, S.RESOLVED, S.CLOSED),
    S.DECLINED: (S.DECLINED,),
    S.CANCELLED: (S.CANCELLED,),
    S.MERGED: (S.MERGED,),
}


async def words(office: Office, needs: set[str]) -> dict[str, Any]:
    target = await office.open() if "target" in needs else None
    every = {
        "reason": "缺料",
        "question": "明早家里有人吗？",
        "note": "换了角阀",
        "until": office.clock.now() + timedelta(days=1),
        "target": target.number if target else None,
    }
    return {name: value for name, value in every.items() if name in needs}


async def brought_to(office: Office, state: State, category: Category = Category.REPAIR) -> Ticket:
    """A ticket that zhang works on, in this state."""
    ticket = await office.open(category)
    li, zhang = await office.actor("li"), await office.actor("zhang")
    for to in WAY[state]:
        needs = set(row.needs) if (row := transition(ticket.state, to)) else set()
        if to is S.ACCEPTED:
            ticket = await office.desk.tickets.move(ticket, to, zhang, tell=False)
        else:
            ticket = await office.desk.tickets.move(ticket, to, li, tell=False, **await words(office, needs))
    if ticket.is_open and ticket.executor is None:
        ticket = await office.desk.tickets.assign(ticket, await office.stores.staff.get("zhang"), li)
    return ticket


async def somebody(office: Office, who: str) -> Actor:
    return {"owner": WANG, "system": SYSTEM}.get(who) or await office.actor(who)


@pytest.mark.parametrize(("source", "to"), PAIRS)
async def test_a_row_is_done_by_those_it_names_and_heard_once(office: Office, source: State, to: State) -> None:
    _, _, may, needs, heard = PAIRS[source, to]
    for who in sorted(EVERYBODY):
        ticket = await brought_to(office, source)
        given, actor = await words(office, needs), await somebody(office, who)
        before = {row.id for row in await office.heard()}
        if who not in may:
            with pytest.raises(NotAllowed):
                await office.desk.tickets.move(ticket, to, actor, **given)
            assert (await office.again(ticket)).version == ticket.version
            continue
        for name in needs:
            with pytest.raises(Incomplete) as refused:
                await office.desk.tickets.move(ticket, to, actor, **{**given, name: None})
            assert name in refused.value.details["missing"]  # type: ignore[operator]
        moved = await office.desk.tickets.move(ticket, to, actor, **given)
        assert (moved.state, moved.version) == (to, ticket.version + 1)
        assert len(moved.events) == len(ticket.events) + 1 and moved.events[-1].by == actor.tag
        fresh = [row for row in await office.heard() if row.id not in before]
        if heard is None:
            assert fresh == []
        else:
            [row] = fresh
            assert heard in row.text and row.id == f"ticket:{ticket.id}:{to.value}:{moved.version}:wang"
        assert (await office.again(ticket)).effects == ()


@pytest.mark.parametrize("source", list(State))
async def test_whatever_is_not_in_the_table_is_refused_with_what_is_possible(office: Office, source: State) -> None:
    ticket = await brought_to(office, source)
    li = await office.actor("li")
    legal = {to for state, to in PAIRS if state is source} | ({S.IN_PROGRESS} if source is S.IN_PROGRESS else set())
    assert set(targets(source)) == legal
    for to in set(State) - legal:
        with pytest.raises(Illegal) as refused:
            await office.desk.tickets.move(ticket, to, li, note="x", until=office.clock.now() + timedelta(days=1))
        assert refused.value.details["possible"] == [state.value for state in targets(source)]
    assert (await office.again(ticket)).version == ticket.version


@pytest.mark.parametrize("source", [S.ACCEPTED, S.IN_PROGRESS, S.WAITING_OWNER])
async def test_another_technician_does_not_even_learn_of_the_ticket(office: Office, source: State) -> None:
    ticket = await brought_to(office, source)
    liu = await office.actor("liu")
    with pytest.raises(NotFound):
        await office.desk.tickets.move(ticket, S.CANCELLED, liu)
    with pytest.raises(NotFound):
        await office.desk.tickets.by_number(ticket.number, liu)


async def test_scope_is_estate_and_building_but_work_that_was_given_is_in_it(office: Office) -> None:
    await office.stores.staff.change("liu", {"buildings": ["1"]})
    ticket, li = await office.open(), await office.actor("li")
    with pytest.raises(NotFound):
        await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("liu"))
    given = await office.desk.tickets.assign(ticket, await office.stores.staff.get("liu"), li)
    assert (await office.desk.tickets.move(given, S.ACCEPTED, await office.actor("liu"))).executor == "liu"
    await office.stores.staff.change("liu", {"estates": ["elsewhere"]})
    with pytest.raises(NotFound):
        await office.desk.tickets.by_number(ticket.number, await office.actor("liu"))
    with pytest.raises(Incomplete, match="不在这个小区"):
        await office.desk.tickets.assign(await office.open(), await office.stores.staff.get("liu"), li)


COMPLAINT = {
    S.ACCEPTED: "张师傅接手了",
    S.IN_PROGRESS: "张师傅去处理了",
    S.RESOLVED: "处理好了：换了角阀。\n没解决就回“没解决”",
}


@pytest.mark.parametrize("to", COMPLAINT)
async def test_a_complaint_is_not_mended_but_settled(office: Office, to: State) -> None:
    ticket = await brought_to(office, WAY[to][-2] if len(WAY[to]) > 1 else S.NEW, Category.COMPLAINT)
    await office.desk.tickets.move(ticket, to, await office.actor("zhang"), note="换了角阀")
    [row] = await office.heard()
    assert COMPLAINT[to] in row.text and "修" not in row.text and "到）" not in row.text


async def test_a_reopened_complaint_is_not_sent_for_again_as_a_repair(office: Office) -> None:
    ticket = await brought_to(office, S.RESOLVED, Category.COMPLAINT)
    moved = await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("li"), reason="又在施工")
    [row] = await office.heard()
    assert "没给您办好" in row.text and "派单" not in row.text and moved.reopened == 1


async def test_steps_of_the_work_are_told_once_each(office: Office) -> None:
    ticket, zhang = await brought_to(office, S.ACCEPTED), await office.actor("zhang")
    for progress in ("on_the_way", "on_the_way", "arrived", "arrived", "working"):
        ticket = await office.desk.tickets.move(ticket, S.IN_PROGRESS, zhang, progress=progress)
    assert [row.text.splitlines()[0][:5] for row in await office.heard()] == ["张师傅出发", "张师傅到了"]
    assert ticket.progress == "working"


async def test_the_question_is_asked_by_who_wrote_it(office: Office) -> None:
    ticket = await brought_to(office, S.ACCEPTED)
    await office.desk.tickets.move(ticket, S.WAITING_OWNER, await office.actor("li"), question="几点方便？")
    [row] = await office.heard()
    assert row.text.startswith("李工想问您：几点方便？") and row.kind == "staff_reply"


async def test_an_owner_is_never_named_as_the_one_who_comes(office: Office) -> None:
    ticket = await office.open()
    li = await office.actor("li")
    ticket = await office.desk.tickets.move(
        ticket, S.DEFERRED, li, reason="您不在", until=office.clock.now() + timedelta(days=1), tell=False
    )
    await office.desk.tickets.move(ticket, S.ACCEPTED, WANG)
    [row] = await office.heard()
    assert "王芳" not in row.text and "接着办了" in row.text


async def test_first_contact_owns_it_on_the_record(office: Office) -> None:
    ticket = await office.open()
    assert ticket.responsible == SYSTEM.tag
    zhang, li = await office.actor("zhang"), await office.actor("li")
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, zhang)
    assert (ticket.responsible, ticket.executor) == ("staff:zhang", "zhang")
    ticket = await office.desk.tickets.assign(ticket, await office.stores.staff.get("liu"), li)
    assert (ticket.responsible, ticket.events[-1].by, ticket.events[-1].note) == ("staff:liu", "staff:li", "刘强")
    ticket = await office.desk.tickets.move(ticket, S.NEW, await office.actor("liu"), reason="没有工具")
    assert (ticket.responsible, ticket.executor, ticket.executor_name) == (SYSTEM.tag, None, "")
    assert ticket.events[-1].reason == "没有工具"


async def test_who_does_the_work_without_having_accepted_it_is_its_executor(office: Office) -> None:
    ticket, li = await office.open(), await office.actor("li")
    tomorrow = office.clock.now() + timedelta(days=1)
    ticket = await office.desk.tickets.move(ticket, S.DEFERRED, li, reason="您不在", until=tomorrow)
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, SYSTEM)
    assert ticket.executor is None
    ticket = await office.desk.tickets.move(ticket, S.IN_PROGRESS, await office.actor("liu"))
    assert (ticket.executor, ticket.responsible) == ("liu", "staff:liu")


async def test_closed_is_reopened_within_thirty_days_only(office: Office) -> None:
    ticket = await brought_to(office, S.CLOSED)
    office.clock.move(days=30)
    assert (await office.desk.tickets.move(ticket, S.ACCEPTED, WANG, reason="又漏")).reopened == 1
    other = await brought_to(office, S.CLOSED)
    office.clock.move(days=30, seconds=1)
    with pytest.raises(Illegal, match="新开一单"):
        await office.desk.tickets.move(other, S.ACCEPTED, WANG, reason="又漏")


async def test_a_merged_ticket_goes_on_under_the_other_number_for_its_owner_too(office: Office) -> None:
    mine, theirs = await office.open(), await office.open(owner="chen")
    third, zhang = await office.open(owner="chen"), await office.actor("zhang")
    await office.desk.tickets.move(mine, S.MERGED, await office.actor("li"), target=theirs.number)
    theirs = await office.again(theirs)
    await office.desk.tickets.move(theirs, S.MERGED, await office.actor("li"), target=third.number)
    third = await office.desk.tickets.move(await office.again(third), S.ACCEPTED, zhang)
    texts = [row.text for row in await office.heard("wang")]
    assert len(texts) == 3 and f"进展都从 {theirs.number}" in texts[0] and f"进展都从 {third.number}" in texts[1]
    assert "张师傅接单了" in texts[2] and third.number in texts[2]
    assert len([row for row in await office.heard("chen") if "接单了" in row.text]) == 1
