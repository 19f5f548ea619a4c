"""A write that is done and its answer lost, two sweepers at once, a process that dies between two writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.wechat.push import Push
from desk.desk import Desk
from store.client import connect
from store.deliveries import Delivery, DeliveryState
from store.errors import Unavailable
from store.messages import AnswerState, Handling, Message
from store.sealed import Sealer
from store.stores import Stores
from tests.clock import FixedClock
from tests.processes.machine import Machine
from tests.test_pipeline import CONVERSATION, echo, opens_a_ticket, push


class LosesReply:
    """A repository's method that does its work and then tells of a time-out, once."""

    def __init__(self, repo: Any, name: str, patch: pytest.MonkeyPatch) -> None:
        self._method = getattr(repo, name)
        self.lost = 0
        patch.setattr(repo, name, self)

    async def __call__(self, *args: Any, **named: Any) -> Any:
        result = await self._method(*args, **named)
        if not self.lost:
            self.lost += 1
            raise Unavailable("the reply is lost")
        return result


@pytest.fixture
async def desk(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[Desk]:
    stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer("x" * 32), name=database_name)
    await stores.migrate(holder="test", clock=clock)
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    yield desk
    await stores.close()


async def message(desk: Desk, number: int = 1) -> Message:
    return await desk.stores.messages.get(push("", number).key)


async def queued(desk: Desk) -> list[Delivery]:
    return await desk.stores.deliveries.open_of(CONVERSATION)


async def facts(desk: Desk) -> dict[str, Any]:
    return (await desk.stores.conversations.get(CONVERSATION)).facts


# ---- written, and the reply lost ----


@pytest.mark.parametrize("method", ["keep", "done"])
async def test_a_message_whose_write_timed_out_but_was_done(
    desk: Desk, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    one = Machine(desk, tmp_path, "one", opens_a_ticket)
    await one.answer(push("灯坏了", 9))
    LosesReply(desk.stores.messages, method, monkeypatch)
    with pytest.raises(Unavailable):
        await one.answer(push("水管漏水", 1))
    if method == "keep":  # the web process spools what was not kept
        await one.spool.append(push("水管漏水", 1), CONVERSATION)
    clock.move(seconds=30)
    clock.move_wall(seconds=30)
    monkeypatch.setattr("bot.answers.time.monotonic", lambda: 1000.0)
    await one.sweeper.sweep()
    monkeypatch.setattr("bot.answers.time.monotonic", lambda: 1030.0)
    await one.sweeper.sweep()
    done = await message(desk)
    assert done.state is Handling.DONE and done.answer and done.answer.state is AnswerState.DELIVERY
    [delivery] = [row for row in await queued(desk) if row.id.endswith(done.id)]
    assert delivery.text == done.answer.text
    tickets = (await desk.stores.conversations.get(CONVERSATION)).open_tickets
    assert len(tickets) == 2 and not len(one.spool)


@pytest.mark.parametrize("method", ["claim_free", "create", "finish"])
async def test_a_conversation_whose_write_timed_out_but_was_done(
    desk: Desk, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    one, two = Machine(desk, tmp_path, "one"), Machine(desk, tmp_path, "two")
    if method != "create":
        await one.answer(push("零", 0))
    expected = 1 if method == "create" else 2
    LosesReply(desk.stores.conversations, method, monkeypatch)
    with pytest.raises(Unavailable):
        await one.answer(push("一", 1))
    clock.move_wall(seconds=13)
    repeated = await two.answer(push("一", 1))
    assert repeated.text == f"{expected}: 一"
    assert await facts(desk) == {"count": expected}


# ---- order ----


async def test_what_a_dead_process_left_comes_before_what_is_written_next(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    entered = asyncio.Event()

    async def hangs(context: Any) -> Any:
        entered.set()
        await asyncio.Event().wait()

    dead, alive = Machine(desk, tmp_path, "dead", hangs), Machine(desk, tmp_path, "alive")
    kept = await dead.pipeline.keep(push("一", 1))
    assert isinstance(kept, asyncio.Task)
    await entered.wait()
    kept.cancel()
    clock.move_wall(seconds=13)
    assert (await alive.answer(push("二", 2, second=1))).text == "2: 二"
    first = await message(desk, 1)
    assert first.answer is not None and first.answer.text == "1: 一"


async def test_what_a_handler_left_when_the_database_went_comes_before_what_is_written_next(
    desk: Desk, tmp_path: Path
) -> None:
    async def away(context: Any) -> Any:
        raise Unavailable("tickets")

    one, two = Machine(desk, tmp_path, "one", away), Machine(desk, tmp_path, "two")
    with pytest.raises(Unavailable):
        await one.answer(push("一", 1))
    assert (await two.answer(push("二", 2, second=1))).text == "2: 二"


async def test_a_message_that_comes_while_an_earlier_one_goes_to_the_spool_waits_behind_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Machine(desk, tmp_path, "one")
    stuck, go_on = asyncio.Event(), asyncio.Event()
    keep = desk.stores.messages.keep

    async def slow(message: Message) -> None:
        stuck.set()
        await go_on.wait()
        await keep(message)

    monkeypatch.setattr(desk.stores.messages, "keep", slow)
    spooling = asyncio.Event()

    async def receive(push: Push) -> bool:
        try:
            async with asyncio.timeout(0.3 if push.text == "一" else 5):
                await one.pipeline.keep(push, behind=lambda: one.spool.holds(CONVERSATION))
        except (TimeoutError, Unavailable):
            go_on.set()
            spooling.set()
            await one.spool.append(push, CONVERSATION)
            return False
        return True

    first = asyncio.create_task(receive(push("一", 1)))
    await stuck.wait()
    second = asyncio.create_task(receive(push("二", 2, second=1)))
    assert not await first and not await second
    monkeypatch.undo()
    await one.sweeper.drain_spool()
    assert [row.text for row in await queued(desk)] == ["1: 一", "2: 二"]


# ---- two at once ----


async def test_two_sweepers_and_an_hour_skipped_do_not_answer_twice(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    one, two = Machine(desk, tmp_path, "one"), Machine(desk, tmp_path, "two")
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(context: Any) -> Any:
        entered.set()
        await go_on.wait()
        return await echo(context)

    busy = Machine(desk, tmp_path, "busy", slow)
    kept = await busy.pipeline.keep(push("一", 1))
    assert isinstance(kept, asyncio.Task)
    await entered.wait()
    clock.move(hours=1)
    [listed] = await desk.stores.messages.left_behind(before=clock.now())
    await asyncio.gather(one.sweeper.sweep(), two.sweeper.sweep())
    go_on.set()
    answer = await kept
    assert answer.text == "1: 一" and answer.state is AnswerState.STORED
    await one.pipeline.finish_left_behind(listed)  # a list that is older than what became of the message
    await asyncio.gather(one.sweeper.sweep(), two.sweeper.sweep())
    assert await queued(desk) == [] and await facts(desk) == {"count": 1}
    assert (await message(desk)).answer == answer


async def test_many_left_behind_and_two_sweepers(desk: Desk, tmp_path: Path, clock: FixedClock) -> None:
    dead = Machine(desk, tmp_path, "dead")
    for number in range(10):
        await desk.stores.messages.keep(_as_message(push(f"m{number}", number, second=number), clock))
    dead.dies()
    clock.move(seconds=15)
    machines = [Machine(desk, tmp_path, name) for name in ("one", "two")]
    await asyncio.gather(*(machine.sweeper.sweep() for machine in machines))
    for machine in machines:
        await machine.sweeper.sweep()
    assert [row.text for row in await queued(desk)] == [f"{n + 1}: m{n}" for n in range(10)]


async def test_a_replay_with_others_waiting_gives_the_lease_back(desk: Desk, tmp_path: Path, clock: FixedClock) -> None:
    one = Machine(desk, tmp_path, "one")
    await one.answer(push("一", 1))
    rows = desk.stores.connection.database["messages"]
    await rows.update_one({"_id": push("", 1).key}, {"$set": {"state": "received", "answer": None}})
    await desk.stores.messages.keep(_as_message(push("二", 2, second=1), clock))
    conversations = desk.stores.connection.database["conversations"]
    await conversations.update_one({"_id": CONVERSATION}, {"$set": {"waiting": 1}})
    assert (await one.answer(push("一", 1))).text == "1: 一"
    second = await message(desk, 2)
    assert second.answer is not None and second.answer.text == "2: 二"
    assert (await desk.stores.conversations.get(CONVERSATION)).lease.holder == ""


async def test_a_handler_that_hangs_is_set_aside_and_the_next_message_is_answered(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(context: Any) -> Any:
        if context.message.text == "一":
            await asyncio.Event().wait()
        return await echo(context)

    monkeypatch.setattr("bot.deciding.HANDLE_WITHIN", 0.05)
    one = Machine(desk, tmp_path, "one", hangs)
    await one.answer(push("一", 1))
    assert (await message(desk)).state is Handling.FAILED
    assert (await one.answer(push("二", 2))).text == "1: 二"


# ---- stored, and not written ----


async def test_an_answer_of_a_dead_process_that_was_never_begun_is_sent(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    dead, alive = Machine(desk, tmp_path, "dead"), Machine(desk, tmp_path, "alive")
    stored = await dead.answer(push("一", 1))
    await alive.sweeper.sweep()
    assert await queued(desk) == [], "a process that lives is left alone"
    dead.dies()
    await alive.sweeper.sweep()
    assert await queued(desk) == [], "the platform may still ask again"
    clock.move(seconds=21)
    await alive.sweeper.sweep()
    [delivery] = await queued(desk)
    assert delivery.text == stored.text
    assert not (tmp_path / "run" / "answers" / "dead.answers").exists()


async def test_an_answer_asked_for_again_in_time_is_not_sent(desk: Desk, tmp_path: Path, clock: FixedClock) -> None:
    dead, alive = Machine(desk, tmp_path, "dead"), Machine(desk, tmp_path, "alive")
    stored = await dead.answer(push("一", 1))
    dead.dies()
    await alive.sweeper.sweep()
    clock.move(seconds=5)
    again = await alive.answer(push("一", 1))
    assert again == stored
    alive.journal.writing(push("", 1).key)
    alive.journal.written(push("", 1).key)
    clock.move(seconds=21)
    await alive.sweeper.sweep()
    assert await queued(desk) == [] and (await message(desk)).answer == stored.model_copy(
        update={"state": AnswerState.WRITTEN}
    )


@pytest.mark.parametrize("writer", ["dead", "other"])
async def test_an_answer_whose_writing_began_is_unknown_and_listed(
    desk: Desk, tmp_path: Path, clock: FixedClock, writer: str
) -> None:
    machines = {name: Machine(desk, tmp_path, name) for name in ("dead", "other")}
    await machines["dead"].answer(push("一", 1))
    machines[writer].journal.writing(push("", 1).key)
    for machine in machines.values():
        machine.dies()
    clock.move(seconds=21)
    await Machine(desk, tmp_path, "alive").sweeper.sweep()
    [row] = await desk.stores.deliveries.unsettled_of(CONVERSATION)
    assert row.state is DeliveryState.UNKNOWN and row.attention and await queued(desk) == []
    assert list((tmp_path / "run" / "answers").glob("*.answers")) == [tmp_path / "run" / "answers" / "alive.answers"]
    assert (await desk.stores.conversations.get(CONVERSATION)).unsettled, "the owner's next action settles it"


@pytest.mark.parametrize("begun", [True, False])
async def test_a_sweeper_that_dies_half_way_is_finished_by_the_next(
    desk: Desk, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    dead, alive = Machine(desk, tmp_path, "dead"), Machine(desk, tmp_path, "alive")
    await dead.answer(push("一", 1))
    if begun:
        dead.journal.writing(push("", 1).key)
    dead.dies()
    clock.move(seconds=21)
    lost = LosesReply(desk.stores.messages, "answer_became", monkeypatch)
    with pytest.raises(Unavailable):
        await alive.sweeper.sweep()
    assert lost.lost == 1
    await alive.sweeper.sweep()
    rows = [*await queued(desk), *await desk.stores.deliveries.unsettled_of(CONVERSATION)]
    assert [(row.state, row.attention) for row in rows] == [
        (DeliveryState.UNKNOWN, True) if begun else (DeliveryState.QUEUED, False)
    ]


async def test_an_hour_skipped_makes_no_answer_of_a_living_process_unknown(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    one, two = Machine(desk, tmp_path, "one"), Machine(desk, tmp_path, "two")
    stored = await one.answer(push("一", 1))
    clock.move(hours=1)
    await two.sweeper.sweep()
    await one.sweeper.sweep()
    assert (await message(desk)).answer == stored and await queued(desk) == []


# ---- the spool ----


async def test_a_dead_spool_is_drained_once_by_whoever_comes_first(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    dead = Machine(desk, tmp_path, "dead")
    for number in (2, 1):
        await dead.spool.append(push(f"m{number}", number, second=number), CONVERSATION)
    dead.dies()
    machines = [Machine(desk, tmp_path, name) for name in ("one", "two")]
    await asyncio.gather(*(machine.sweeper.before_serving() for machine in machines))
    assert [row.text for row in await queued(desk)] == ["1: m1", "2: m2"]
    assert list((tmp_path / "spool").iterdir()) == []


async def test_what_two_living_processes_kept_of_one_owner_goes_in_by_its_time(
    desk: Desk, tmp_path: Path, clock: FixedClock
) -> None:
    one, two = (Machine(desk, tmp_path, name) for name in ("one", "two"))
    await two.spool.append(push("m1", 1, second=1), CONVERSATION)
    await one.spool.append(push("m2", 2, second=2), CONVERSATION)
    await two.spool.append(push("m3", 3, second=3), CONVERSATION)
    for machine in (one, two, one, two):
        await machine.sweeper.drain_spool()
    assert [row.text for row in await queued(desk)] == ["1: m1", "2: m2", "3: m3"]
    assert list((tmp_path / "spool").iterdir()) == []


def _as_message(push: Push, clock: FixedClock) -> Message:
    from bot.inbound import to_message, understood

    return to_message(push, understood(push.text, now=clock.now()), at=clock.now())
