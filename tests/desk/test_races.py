"""Two at once, one that dies half-way, and any order of moves: never a lost change, never one told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from desk.actors import SYSTEM
from desk.errors import DeskError
from desk.transitions import transition
from store.errors import Conflict, NotFound, Unavailable
from store.tickets import State, Ticket
from tests.desk.conftest import WANG, Office

S = State


async def test_of_two_moves_at_once_one_wins_and_the_other_sees_it(office: Office) -> None:
    zhang, li = await office.actor("zhang"), await office.actor("li")
    for _ in range(20):
        ticket = await office.open()
        done = await asyncio.gather(
            office.desk.tickets.move(ticket, S.ACCEPTED, zhang),
            office.desk.tickets.move(ticket, S.DECLINED, li, reason="缺料"),
            return_exceptions=True,
        )
        [lost] = [one for one in done if isinstance(one, Conflict)]
        [won] = [one for one in done if isinstance(one, Ticket)]
        assert isinstance(lost.current, Ticket) and lost.current.state is won.state and lost.current.version == 1
        assert len([row for row in await office.heard() if row.ticket_id == ticket.id]) == 1
        assert len((await office.again(ticket)).events) == 2


async def test_assigning_while_somebody_accepts_loses_nothing(office: Office) -> None:
    zhang, li = await office.actor("zhang"), await office.actor("li")
    liu = await office.stores.staff.get("liu")
    for _ in range(10):
        ticket = await office.open()
        done = await asyncio.gather(
            office.desk.tickets.move(ticket, S.ACCEPTED, zhang),
            office.desk.tickets.assign(ticket, liu, li),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Conflict) for one in done) == 1
        current = await office.again(ticket)
        assert current.executor == ("liu" if current.state is S.NEW else "zhang") and current.version == 1


async def test_the_same_message_twice_is_one_change_also_at_once(office: Office) -> None:
    ticket, zhang = await office.open(), await office.actor("zhang")
    done = await asyncio.gather(*(office.desk.tickets.move(ticket, S.ACCEPTED, zhang, key="k1") for _ in range(4)))
    assert {one.version for one in done} == {1}
    again = await office.desk.tickets.move(await office.again(ticket), S.ACCEPTED, zhang, key="k1")
    assert again.version == 1 and len(again.events) == 2 and len(await office.heard()) == 1


def once_away(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The store is away for the first call."""
    calls: list[int] = []

    async def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise Unavailable("deliveries")
        return await method(*args, **kwargs)

    return call


@pytest.mark.parametrize("where", ["outbox", "timers", "brief", "cancel"])
async def test_what_a_dead_process_left_is_finished_once(
    office: Office, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, zhang = await office.open(), await office.actor("zhang")
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, zhang, tell=False)
    broken = {
        "outbox": (office.desk.outbox, "put"),
        "timers": (office.stores.timers, "plan"),
        "brief": (office.stores.conversations, "show_ticket"),
        "cancel": (office.stores.tickets, "effects_done"),
    }
    owner, name = broken[where]
    monkeypatch.setattr(owner, name, once_away(getattr(owner, name)))
    with pytest.raises(Unavailable):
        await office.desk.tickets.move(ticket, S.RESOLVED, zhang, note="换了角阀", key="k1")
    office.clock.move(minutes=1)
    [left] = await office.stores.tickets.unfinished(before=office.clock.now())
    assert left.state is S.RESOLVED
    for _ in range(2):
        await office.desk.tickets.finish_effects(left)
    # The colleague's own repeat finds it done.
    await office.desk.tickets.move(await office.again(ticket), S.RESOLVED, zhang, note="换了角阀", key="k1")
    assert [row.text.startswith("修好了") for row in await office.heard()] == [True]
    [brief] = (await office.stores.conversations.get(str(ticket.conversation_id))).tickets
    assert brief.state == "resolved"
    office.clock.move(days=7)
    planned = await office.stores.timers.due(at=office.clock.now())
    assert sorted(timer.kind for timer in planned) == ["close", "closing_soon", "revisit_ask"]
    assert (await office.again(ticket)).effects == ()
    assert await office.stores.tickets.unfinished(before=office.clock.now()) == []


async def test_fifty_at_once_get_fifty_numbers(office: Office) -> None:
    opened = await asyncio.gather(*(office.open() for _ in range(50)))
    assert len({ticket.number for ticket in opened}) == 50
    assert {ticket.number[:9] for ticket in opened} == {"R20260310"}


class Moves(RuleBasedStateMachine):
    """Anybody tries anything with one ticket, over a real store."""

    office: Office
    loop: asyncio.AbstractEventLoop

    def run(self, work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(work), self.loop).result(30)

    def __init__(self) -> None:
        super().__init__()
        self.ticket: Ticket = self.run(self.office.open())
        self.other: Ticket = self.run(self.office.open())

    @rule(
        to=st.sampled_from(list(State)),
        who=st.sampled_from(["zhang", "liu", "zhou", "li", "owner", "system"]),
        progress=st.sampled_from([None, "on_the_way", "arrived", "working"]),
        said=st.booleans(),
    )
    def move(self, to: State, who: str, progress: str | None, said: bool) -> None:
        office, before = self.office, self.ticket
        actor = {"owner": WANG, "system": SYSTEM}.get(who) or self.run(office.actor(who))
        given: dict[str, Any] = {"note": "好", "reason": "因", "target": self.other.number} if said else {}
        if said:
            given["until"] = office.clock.now() + timedelta(hours=5)
        try:
            after: Ticket = self.run(office.desk.tickets.move(before, to, actor, progress=progress, **given))
        except (DeskError, NotFound):
            assert self.run(office.again(before)) == before
            return
        row = transition(before.state, to)
        assert row is not None and after.state is to
        assert after.version == before.version + 1 and len(after.events) == len(before.events) + 1
        if before.state in (S.DECLINED, S.CANCELLED, S.MERGED):
            raise AssertionError("these are the end")
        if before.state is S.CLOSED:
            assert to is S.ACCEPTED and before.ended_at and office.clock.now() - before.ended_at <= timedelta(days=30)
        self.ticket = self.run(office.again(after))

    @rule(days=st.sampled_from([0.1, 1, 31]))
    def wait(self, days: float) -> None:
        self.office.clock.move(days=days)

    @invariant()
    def nothing_is_left_undone(self) -> None:
        current: Ticket = self.run(self.office.again(self.ticket))
        # What the opening causes (version 0) is a worker's, later.
        assert set(current.effects) <= {0} and current.unfinished is bool(current.effects)
        assert (current.executor is None) == (current.executor_name == "")
        if current.state in (S.IN_PROGRESS, S.RESOLVED) and current.events[-1].by.startswith("staff:"):
            assert current.executor and (current.responsible or "").startswith("staff:")
        assert [e.data["version"] for e in current.events if "version" in e.data] == list(range(current.version + 1))


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


async def test_whatever_anybody_tries_only_legal_states_are_reached(office: Office) -> None:
    machine = type("Here", (Moves,), {"office": office, "loop": asyncio.get_running_loop()})
    few = settings(
        max_examples=10,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],  # making a failure small takes minutes over a real store
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=few)
