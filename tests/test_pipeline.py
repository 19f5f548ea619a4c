"""The way of a message, with handlers of the test's own: once, in order, and finished whatever dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from pymongo.monitoring import CommandListener, CommandStartedEvent

import nlp
from bot.pipeline import Pipeline, Stale
from bot.tasks import Tasks
from bot.wechat.push import Push
from desk.actors import owner_actor
from desk.desk import Desk
from desk.effects import brief
from desk.tickets import NewTicket
from handlers.context import Context, Reply
from store.conversations import Dialogue
from store.errors import Unavailable
from store.messages import Answer, AnswerState, Handling
from store.tickets import Category
from tests.clock import FixedClock
from tests.opened import opened_desk

APP, OWNER = "wxapp00000000000001", "oOwner_1"
CONVERSATION = f"{APP}:{OWNER}"


class Operations(CommandListener):
    """Counts what goes to MongoDB."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: object) -> None:
        """Not counted."""

    def failed(self, event: object) -> None:
        """Not counted."""


@pytest.fixture(scope="session", autouse=True)
def understanding() -> None:
    nlp.load()


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
async def desk(mongodb_uri: str, database_name: str, clock: FixedClock, operations: Operations) -> AsyncIterator[Desk]:
    async with opened_desk(mongodb_uri, database_name, clock, listeners=[operations]) as desk:
        yield desk


def push(text: str, number: int = 1, *, second: int = 0) -> Push:
    fields = {
        "ToUserName": "gh_account",
        "FromUserName": OWNER,
        "CreateTime": str(1_773_108_000 + second),
        "MsgType": "text",
        "Content": text,
        "MsgId": str(1000 + number),
    }
    return Push.of(APP, fields)


async def echo(context: Context) -> Reply:
    """Says what it was told, with how many it has been told."""
    count = int(context.conversation.facts.get("count", 0)) + 1
    return Reply(f"{count}: {context.message.text}", changes={"facts": {"count": count}})


async def opens_a_ticket(context: Context) -> Reply:
    new = NewTicket(Category.REPAIR, description=context.message.text)
    ticket = await context.desk.tickets.open(
        new, by=context.owner, owner_id=context.owner.id, conversation=context.conversation, key=context.message.key
    )
    return Reply(ticket.number, tickets=(brief(ticket),))


def pipeline(desk: Desk, respond: Callable[[Context], Awaitable[Reply]], process: str = "one") -> Pipeline:
    return Pipeline(desk, respond, process=process, tasks=Tasks())


async def answer(pipeline: Pipeline, push: Push) -> Answer:
    kept = await pipeline.keep(push)
    return kept if isinstance(kept, Answer) else await kept


async def test_ordinary_talk_costs_five_operations(desk: Desk, operations: Operations) -> None:
    pipe = pipeline(desk, echo)
    await answer(pipe, push("first contact", 1))
    operations.names.clear()
    assert (await answer(pipe, push("你好", 2))).text == "2: 你好"
    assert Counter(operations.names) == {"insert": 1, "update": 3, "find": 1}


async def test_opening_a_ticket_costs_at_most_eight_operations(desk: Desk, operations: Operations) -> None:
    pipe = pipeline(desk, opens_a_ticket)
    await answer(pipe, push("灯坏了", 1))
    operations.names.clear()
    await answer(pipe, push("水管漏水", 2))
    assert len(operations.names) == 7, operations.names


async def test_the_very_first_message_of_somebody_new_stays_within_eight_operations(
    desk: Desk, operations: Operations
) -> None:
    await desk.stores.counters.next("R", desk.clock.now().date())  # the day's counter, once a day
    operations.names.clear()
    await answer(pipeline(desk, opens_a_ticket), push("水管爆了", 1))
    assert len(operations.names) == 8, operations.names


async def test_a_repeat_gets_the_same_answer_and_does_nothing_twice(desk: Desk) -> None:
    pipe = pipeline(desk, echo)
    first = await answer(pipe, push("你好"))
    repeat = await answer(pipe, push("你好"))
    assert first.text == repeat.text == "1: 你好"


async def test_two_processes_with_the_same_push_give_one_answer(desk: Desk) -> None:
    one, two = pipeline(desk, opens_a_ticket, "one"), pipeline(desk, opens_a_ticket, "two")
    answers = await asyncio.gather(*(answer(pipe, push("漏水")) for pipe in (one, two, one, two)))
    assert len({a.text for a in answers}) == 1


async def test_one_owners_messages_are_handled_in_order(desk: Desk) -> None:
    pipe = pipeline(desk, echo)
    kept = [await pipe.keep(push(f"m{n}", n, second=n)) for n in range(20)]
    texts = [(await task).text for task in kept if isinstance(task, asyncio.Task)]
    assert texts == [f"{n + 1}: m{n}" for n in range(20)]


async def test_messages_that_wait_behind_another_process_are_taken_by_its_holder(desk: Desk) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(context: Context) -> Reply:
        if context.message.text == "m0":
            entered.set()
            await go_on.wait()
        return await echo(context)

    one, two = pipeline(desk, slow, "one"), pipeline(desk, echo, "two")
    first = asyncio.create_task(answer(one, push("m0", 0)))
    await entered.wait()
    others = [asyncio.create_task(answer(two, push(f"m{n}", n, second=n))) for n in (1, 2)]
    while (await desk.stores.conversations.get(CONVERSATION)).waiting < 1:
        await asyncio.sleep(0.01)
    go_on.set()
    texts = [(await task).text for task in (first, *others)]
    assert texts == ["1: m0", "2: m1", "3: m2"]


async def test_a_message_whose_process_died_is_finished_once_by_the_sweeper(desk: Desk, clock: FixedClock) -> None:
    started = asyncio.Event()

    async def dies(context: Context) -> Reply:
        reply = await opens_a_ticket(context)
        started.set()
        await asyncio.Event().wait()
        return reply

    dead = pipeline(desk, dies, "dead")
    kept = await dead.keep(push("厨房漏水"))
    assert isinstance(kept, asyncio.Task)
    await started.wait()
    kept.cancel()
    clock.move(seconds=11)
    clock.move_wall(seconds=13)
    alive = pipeline(desk, opens_a_ticket, "alive")
    [left] = await desk.stores.messages.left_behind(before=clock.now())
    await alive.finish_left_behind(left)
    done = await desk.stores.messages.get(left.id)
    assert done.state is Handling.DONE and done.answer is not None and done.answer.state is AnswerState.DELIVERY
    [delivery] = await desk.stores.deliveries.due(at=clock.now())
    conversation = await desk.stores.conversations.get(CONVERSATION)
    [ticket] = conversation.open_tickets
    assert delivery.text == ticket.number
    await alive.finish_left_behind(left)
    assert len(await desk.stores.deliveries.due(at=clock.now())) == 1


async def test_a_crash_between_conversation_and_message_does_not_repeat_the_talk(desk: Desk) -> None:
    pipe = pipeline(desk, echo)
    await answer(pipe, push("一", 1))
    rows = desk.stores.connection.database["messages"]
    await rows.update_one({"_id": push("一", 1).key}, {"$set": {"state": "received", "answer": None}})
    repeated = await answer(pipeline(desk, echo, "next"), push("一", 1))
    assert repeated.text == "1: 一"
    assert (await answer(pipe, push("二", 2))).text == "2: 二"


async def test_who_lost_the_lease_changes_nothing(desk: Desk, clock: FixedClock) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(context: Context) -> Reply:
        entered.set()
        await go_on.wait()
        return Reply("from the slow one", changes={"facts": {"by": "slow"}})

    slow_one = pipeline(desk, slow, "slow")
    kept = await slow_one.keep(push("你好"))
    assert isinstance(kept, asyncio.Task)
    await entered.wait()
    clock.move_wall(seconds=20)
    quick = pipeline(desk, echo, "quick")
    assert (await answer(quick, push("你好"))).text == "1: 你好"
    go_on.set()
    assert (await kept).text == "1: 你好"
    assert (await desk.stores.conversations.get(CONVERSATION)).facts == {"count": 1}


async def test_a_poison_message_is_set_aside_after_three_tries_and_the_rest_goes_on(desk: Desk) -> None:
    tries = []

    async def breaks(context: Context) -> Reply:
        if context.message.text == "poison":
            tries.append(1)
            raise RuntimeError("boom")
        return await echo(context)

    pipe = pipeline(desk, breaks)
    refused = await answer(pipe, push("poison", 1))
    assert len(tries) == 3 and "抱歉" in (refused.text or "")
    [aside] = await desk.stores.messages.set_aside()
    assert "boom" in (aside.problem or "")
    assert (await answer(pipe, push("你好", 2))).text == "1: 你好"


class Killed(BaseException):
    """What a process that dies looks like from inside: nothing after it runs, nothing is released."""


async def test_a_message_that_kills_its_process_is_set_aside_after_three_of_them(desk: Desk, clock: FixedClock) -> None:
    begun = []

    async def kills(context: Context) -> Reply:
        if context.message.text == "poison":
            begun.append(1)
            raise Killed
        return await echo(context)

    with pytest.raises(Killed):
        await answer(pipeline(desk, kills, "first"), push("poison", 1))
    for name in ("second", "third"):
        clock.move(seconds=15)
        clock.move_wall(seconds=15)
        [left] = await desk.stores.messages.left_behind(before=clock.now())
        with pytest.raises(Killed):
            await pipeline(desk, kills, name).finish_left_behind(left)
    clock.move(seconds=15)
    clock.move_wall(seconds=15)
    [left] = await desk.stores.messages.left_behind(before=clock.now())
    survivor = pipeline(desk, kills, "fourth")
    assert await survivor.finish_left_behind(left)
    assert len(begun) == 3
    [aside] = await desk.stores.messages.set_aside()
    assert "process that ended" in (aside.problem or "")
    assert (await answer(survivor, push("你好", 2))).text == "1: 你好"


async def test_a_database_that_goes_away_again_and_again_is_no_fault_of_the_message(
    desk: Desk, clock: FixedClock
) -> None:
    away = True

    async def interrupted(context: Context) -> Reply:
        if away:
            raise Unavailable("gone for a moment")
        return await echo(context)

    pipe = pipeline(desk, interrupted)
    with pytest.raises(Unavailable):
        await answer(pipe, push("你好", 1))
    for _ in range(5):
        clock.move(seconds=15)
        [left] = await desk.stores.messages.left_behind(before=clock.now())
        with pytest.raises(Unavailable):
            await pipe.finish_left_behind(left)
    away = False
    clock.move(seconds=15)
    assert await pipe.finish_left_behind(left)
    assert (await desk.stores.messages.get(left.id)).state is Handling.DONE


async def test_an_answer_that_comes_too_late_leaves_as_a_delivery(desk: Desk, clock: FixedClock) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(context: Context) -> Reply:
        entered.set()
        await go_on.wait()
        return await echo(context)

    pipe = pipeline(desk, slow)
    kept = await pipe.keep(push("你好"))
    assert isinstance(kept, asyncio.Task)
    await entered.wait()
    assert await pipe.give_up_waiting(push("你好").key) is None
    go_on.set()
    assert (await kept).state is AnswerState.DELIVERY
    [delivery] = await desk.stores.deliveries.due(at=clock.now())
    assert delivery.text == "1: 你好"


async def test_a_stale_push_is_refused_unless_it_is_known(desk: Desk) -> None:
    pipe = pipeline(desk, echo)
    old = Push.from_dict({**push("旧的").to_dict(), "stale": True})
    with pytest.raises(Stale):
        await pipe.keep(old)
    await answer(pipe, push("旧的"))
    assert (await answer(pipe, old)).text == "1: 旧的"


async def test_a_dialogue_waits_for_the_next_message_and_ends_with_it(desk: Desk, clock: FixedClock) -> None:
    async def asks(context: Context) -> Reply:
        if context.conversation.dialogue:
            return Reply(f"{context.conversation.dialogue.step}={context.message.text}")
        dialogue = Dialogue(kind="test", step="place", expires_at=clock.now() + timedelta(minutes=5))
        return Reply("哪里?", dialogue=dialogue)

    pipe = pipeline(desk, asks)
    assert (await answer(pipe, push("灯坏了", 1))).text == "哪里?"
    assert (await answer(pipe, push("客厅", 2))).text == "place=客厅"
    assert (await answer(pipe, push("你好", 3))).text == "哪里?"


async def test_a_store_that_goes_away_while_handling_leaves_the_message_to_be_finished(desk: Desk) -> None:
    async def away(context: Context) -> Reply:
        raise Unavailable("tickets")

    pipe = pipeline(desk, away)
    with pytest.raises(Unavailable):
        await answer(pipe, push("漏水"))
    assert (await answer(pipeline(desk, echo, "two"), push("漏水"))).text == "1: 漏水"


def test_the_owner_is_named_by_person_not_by_openid() -> None:
    assert owner_actor("resident-1").tag == "owner:resident-1"
