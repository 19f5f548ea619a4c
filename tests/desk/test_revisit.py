"""The revisit as time passes: asked, asked again, the call list, closing said before, closed; what ends it earlier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.actors import SYSTEM
from store.errors import Unavailable
from store.tickets import Category, State, Ticket
from store.timers import Timer
from tests.desk.conftest import WANG, Office

S = State


def asked(office_rows: list[Any]) -> list[str]:
    return [row.text for row in office_rows if row.kind == "revisit"]


async def test_silence_is_asked_twice_then_called_then_closed_as_said(office: Office) -> None:
    ticket = await office.resolved()
    await office.later(hours=1, minutes=59)
    assert asked(await office.heard()) == []
    await office.later(minutes=1)
    assert asked(await office.heard()) == ["“厨房水管漏水”修好了吗？① 好了 ② 没好"]
    await office.later(hours=24)
    assert asked(await office.heard())[1:] == ["再问您一声，“厨房水管漏水”好了吗？① 好了 ② 没好。回个数字就行。"]
    assert await office.calls() == []
    await office.later(hours=24)
    [call] = await office.calls()
    assert call.reason == "revisit: no answer" and (await office.again(ticket)).revisit.state == "call"
    await office.later(days=3, hours=22)
    assert "结单" in asked(await office.heard())[2] and (await office.again(ticket)).state is S.RESOLVED
    [row] = [row for row in await office.heard() if row.id.startswith("closing:")]
    await office.later(days=1)
    # It was said, but has not left yet: whoever has not heard of it is not surprised by it.
    assert (await office.again(ticket)).state is S.RESOLVED
    assert await office.stores.deliveries.move(row, row.state.ACCEPTED, at=office.clock.now()) is not None
    await office.later(days=1)
    closed = await office.again(ticket)
    assert (closed.state, closed.events[-1].by, closed.revisit.round) == (S.CLOSED, SYSTEM.tag, 1)
    assert len(asked(await office.heard())) == 3


@pytest.mark.parametrize("step", [0, 2, 26, 50, 145])
async def test_an_answer_ends_it_whenever_it_comes(office: Office, step: float) -> None:
    ticket = await office.resolved()
    for _ in range(int(step)):
        await office.later(hours=1)
    before = asked(await office.heard())
    outcome = await office.desk.revisits.answer(ticket.id, fixed=True, satisfaction=1, words="挺好", by=WANG, key="a1")
    assert outcome.closed and outcome.ticket.state is S.CLOSED and outcome.ticket.rating == 1
    again = await office.desk.revisits.answer(ticket.id, fixed=True, satisfaction=1, words="挺好", by=WANG, key="a1")
    assert again.ticket.version == outcome.ticket.version
    for _ in range(10):
        await office.later(days=1)
    assert asked(await office.heard()) == before and (await office.again(ticket)).revisit.state == "answered"
    assert (await office.stores.conversations.get(str(ticket.conversation_id))).revisits == ()


@pytest.mark.parametrize(("fixed", "satisfaction"), [(False, None), (True, 4)])
async def test_not_fixed_or_unhappy_reopens_tells_the_supervisor_and_is_asked_anew(
    office: Office, fixed: bool, satisfaction: int | None
) -> None:
    await office.stores.staff.change("li", {"active": True})
    ticket = await office.resolved()
    await office.later(hours=2)
    outcome = await office.desk.revisits.answer(
        ticket.id, fixed=fixed, satisfaction=satisfaction, words="又漏了", by=WANG, key="a1"
    )
    current = await office.again(ticket)
    assert outcome.reopened and (current.state, current.reopened, current.executor) == (S.ACCEPTED, 1, "zhang")
    assert current.observers == ("li",) and "问题件" in str(current.notes[0].note)
    assert current.due.done_by is not None and current.due.done_by > office.clock.now()
    await office.later(days=8)
    assert len(asked(await office.heard())) == 1, "a reopened ticket is not asked about"
    done = await office.desk.tickets.move(
        await office.again(ticket), S.RESOLVED, await office.actor("zhang"), note="好"
    )
    assert (done.revisit.round, done.revisit.fixed, done.revisit.satisfaction) == (2, None, None)
    await office.later(hours=2)
    keys = [row.id for row in await office.heard() if row.kind == "revisit"]
    assert keys == [f"revisit:{ticket.id}:{round}:asked:wang" for round in (1, 2)]
    [rated] = [event for event in done.events if event.kind == "rated" and "fixed" in event.data]
    assert rated.data["words"] == "又漏了", "what was said in the first round stays on record"


async def test_who_died_after_reopening_still_tells_the_supervisor(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await office.resolved()
    with monkeypatch.context() as broken:

        async def away(*args: object) -> None:
            raise Unavailable("tickets")

        broken.setattr(office.stores.tickets, "append_observers", away)
        with pytest.raises(Unavailable):
            await office.desk.revisits.answer(ticket.id, fixed=False, satisfaction=None, words="漏", by=WANG, key="a")
    assert (await office.again(ticket)).observers == ()
    await office.desk.revisits.answer(ticket.id, fixed=False, satisfaction=None, words="漏", by=WANG, key="a")
    current = await office.again(ticket)
    assert current.observers == ("li",) and len(current.notes) == 1 and current.reopened == 1


async def test_without_a_supervisor_somebody_above_is_told(office: Office) -> None:
    await office.stores.staff.change("li", {"active": False})
    ticket = await office.resolved()
    await office.desk.revisits.answer(ticket.id, fixed=False, satisfaction=None, words="漏", by=WANG, key="a")
    assert (await office.again(ticket)).observers == ("ma",)


async def test_a_complaint_is_asked_whether_it_is_settled(office: Office) -> None:
    await office.resolved(Category.COMPLAINT)
    await office.later(hours=2)
    [row] = [row for row in await office.heard() if row.kind == "revisit"]
    assert row.text == "“楼上夜里施工”这件事解决了吗？① 解决了 ② 没解决"
    assert row.menu is not None and [item[1] for item in row.menu["items"]] == ["① 解决了", "② 没解决"]


async def test_a_ticket_without_a_chat_goes_to_the_call_list_and_is_not_closed_behind_anybodys_back(
    office: Office,
) -> None:
    await office.stores.conversations.change("wxapp:o-wang", {"resident_id": None})
    ticket = await office.resolved(chat=False)
    assert await office.calls() == [], "a step that is no promise is not worth a call"
    for _ in range(4):
        await office.later(hours=24)
    [call] = await office.calls()
    assert "修好了吗" in call.text and ticket.number in str(call.reason) and call.state == "undeliverable"
    assert (await office.again(ticket)).revisit.state == "call"
    for _ in range(8):
        await office.later(days=1)
    assert (await office.again(ticket)).state is S.RESOLVED and len(await office.calls()) == 1


async def test_a_question_and_an_emergency_without_a_chat_are_rung_up_about(office: Office) -> None:
    await office.stores.conversations.change("wxapp:o-wang", {"resident_id": None})
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.open(chat=False), S.ACCEPTED, zhang)
    await office.desk.tickets.move(ticket, S.WAITING_OWNER, zhang, question="几点方便？")
    await office.desk.tickets.move(await office.open(chat=False, urgent=True), S.ACCEPTED, zhang)
    assert [("几点方便" in row.text, row.urgent) for row in await office.calls()] == [(True, False), (False, True)]


async def test_one_who_rang_up_and_has_a_chat_is_asked_there_and_forgotten_there(office: Office) -> None:
    ticket = await office.resolved(chat=False)
    await office.later(hours=2)
    assert len((await office.stores.conversations.get("wxapp:o-wang")).revisits) == 1
    await office.desk.tickets.move(await office.again(ticket), S.CLOSED, await office.actor("li"))
    assert (await office.stores.conversations.get("wxapp:o-wang")).revisits == ()


async def test_a_late_good_word_about_a_reopened_ticket_closes_nothing(office: Office) -> None:
    ticket = await office.resolved()
    await office.desk.tickets.move(ticket, S.ACCEPTED, await office.actor("li"), reason="还漏")
    outcome = await office.desk.revisits.answer(ticket.id, fixed=True, satisfaction=1, words="好", by=WANG, key="a")
    assert not outcome.closed and outcome.ticket.state is S.ACCEPTED


async def test_answer_and_closing_at_once_end_in_one_close(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = await office.resolved()
    await office.desk.tickets.move(stale, S.CLOSED, await office.actor("li"))
    get, first = office.stores.tickets.get, [stale]

    async def late(id: str) -> Ticket:
        return first.pop() if first else await get(id)

    monkeypatch.setattr(office.stores.tickets, "get", late)
    outcome = await office.desk.revisits.answer(stale.id, fixed=True, satisfaction=1, words="好", by=WANG, key="a")
    assert outcome.closed and outcome.ticket.version == 3


# ---- timers ----


async def test_a_timer_whose_worker_died_is_taken_over_and_asks_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await office.resolved()
    office.clock.move(hours=2)
    with monkeypatch.context() as broken:

        async def away(*args: object) -> None:
            raise Unavailable("timers")

        broken.setattr(office.stores.timers, "plan", away)
        with pytest.raises(Unavailable):
            await office.timers.poll_once()
    assert await office.timers.poll_once() == 0, "it still belongs to the one that died"
    office.clock.move_wall(seconds=26)
    assert await office.timers.poll_once() == 1
    assert len(asked(await office.heard())) == 1 and (await office.again(ticket)).revisit.state == "asked"
    await office.later(hours=24)
    assert len(asked(await office.heard())) == 2


async def test_a_call_that_was_half_listed_is_listed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = await office.resolved()
    await office.later(hours=2)
    await office.later(hours=24)
    office.clock.move(hours=24)
    with monkeypatch.context() as broken:

        async def away(*args: object, **more: object) -> None:
            raise Unavailable("tickets")

        broken.setattr(office.desk.tickets, "rate", away)
        with pytest.raises(Unavailable):
            await office.timers.poll_once()
    office.clock.move_wall(seconds=26)
    await office.timers.poll_once()
    assert len(await office.calls()) == 1 and (await office.again(ticket)).revisit.state == "call"


async def test_a_thousand_waiting_timers_cost_no_more_than_ten(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    for name in ("due", "stuck", "change"):
        method = getattr(office.stores.timers, name)

        def counting(*args: Any, _method: Any = method, _name: str = name, **more: Any) -> Any:
            counted.append(_name)
            return _method(*args, **more)

        monkeypatch.setattr(office.stores.timers, name, counting)
    due = office.clock.move(days=3)
    office.clock.move(days=-3)
    for many in (10, 1000):
        await office.stores.timers.plan([Timer(id=f"x{many}-{n}", kind="close", due=due) for n in range(many)])
        counted.clear()
        assert await office.timers.poll_once() == 0 and counted == ["stuck", "due"]


async def test_put_off_twice_goes_on_at_the_later_time_only(office: Office) -> None:
    ticket, li = await office.open(), await office.actor("li")
    first = office.clock.now() + timedelta(days=1)
    later = first + timedelta(days=2)
    ticket = await office.desk.tickets.move(ticket, S.DEFERRED, li, reason="出差", until=first)
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, WANG, tell=False)
    ticket = await office.desk.tickets.move(ticket, S.DEFERRED, WANG, reason="再晚", until=later, tell=False)
    await office.later(days=1)
    assert (await office.again(ticket)).state is S.DEFERRED
    await office.later(days=2)
    assert (await office.again(ticket)).state is S.ACCEPTED
    assert sum("接着办了" in row.text for row in await office.heard()) == 1
