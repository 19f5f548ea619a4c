"""One lease, one holder: a process that stood still is a former holder, and knows it when it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.deciding import LEASE
from bot.ladder import End, Outcome
from bot.sender import LEASE as SENDING_LEASE
from bot.sender import Sender
from bot.tasks import Tasks
from desk.deliveries import Kind
from desk.desk import Desk
from handlers.context import Context, Reply
from store.client import connect
from store.deliveries import Delivery, DeliveryState
from store.errors import Unavailable
from store.sealed import Sealer
from store.stores import Stores
from tests.clock import FixedClock
from tests.processes.machine import Machine
from tests.test_pipeline import CONVERSATION, echo, push

OVER = LEASE.total_seconds() + 1


@pytest.fixture
async def desks(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two processes' desks over one database."""
    made = []
    for _ in range(2):
        stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer("x" * 32), name=database_name)
        await stores.migrate(holder="test", clock=clock)
        made.append(Desk(stores, clock))
        await made[-1].rules.refresh()
    yield made[0], made[1]
    for desk in made:
        await desk.stores.close()


class Pause:
    """A process stands still right before one of its calls, until it is told to go on."""

    def __init__(self, repo: Any, name: str, patch: pytest.MonkeyPatch, *, passes: int = 0) -> None:
        self._method = getattr(repo, name)
        self._passes = passes
        self.there, self.go_on = asyncio.Event(), asyncio.Event()
        patch.setattr(repo, name, self)

    async def __call__(self, *args: Any, **named: Any) -> Any:
        if self._passes > 0:
            self._passes -= 1
        elif not self.there.is_set():
            self.there.set()
            await self.go_on.wait()
        return await self._method(*args, **named)


class Slow:
    """A handler that waits for the test in the middle of its work."""

    def __init__(self) -> None:
        self.entered, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, context: Context) -> Reply:
        self.entered.set()
        await self.go_on.wait()
        return await echo(context)


async def there(event: asyncio.Event) -> None:
    async with asyncio.timeout(20):
        await event.wait()


@pytest.mark.parametrize("left", [False, True], ids=["given back", "left by a dead one"])
async def test_a_process_that_stood_still_after_its_claim_does_not_take_the_next_holders_place(
    desks: tuple[Desk, Desk], tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """It reads the conversation when another one holds it already: under that one's fence it must write nothing."""
    slow = Slow()
    one, two = Machine(desks[0], tmp_path, "one"), Machine(desks[1], tmp_path, "two", slow)
    await one.answer(push("零", 0))
    if left:
        assert await desks[0].stores.conversations.claim(CONVERSATION, holder="dead", wall=clock.wall(), length=LEASE)
        clock.move_wall(seconds=OVER)
    pause = Pause(desks[0].stores.conversations, "get", monkeypatch)
    first = asyncio.create_task(one.answer(push("一", 1)))
    await there(pause.there)
    clock.move_wall(seconds=OVER)
    second = asyncio.create_task(two.answer(push("二", 2, second=1)))
    await there(slow.entered)
    pause.go_on.set()
    # Both of them see the other's message waiting, or hear of it: whoever holds the lease handles it.
    held = await _settled(desks[1], "two")
    assert held, "the former holder has finished under the fence of the one that works now"
    slow.go_on.set()
    texts = {answer.text for answer in await asyncio.wait_for(asyncio.gather(first, second), 20)}
    assert texts == {"2: 一", "3: 二"}
    conversation = await desks[0].stores.conversations.get(CONVERSATION)
    assert conversation.facts == {"count": 3} and conversation.lease.holder == ""
    assert [done.answer for done in conversation.recent] == ["1: 零", "2: 一", "3: 二"]


async def _settled(desk: Desk, holder: str) -> bool:
    """Whether this one still holds the lease once the other has looked and told that a message waits."""
    async with asyncio.timeout(20):
        while True:
            conversation = await desk.stores.conversations.get(CONVERSATION)
            if conversation.lease.holder != holder:
                return False
            if conversation.waiting:
                return True
            await asyncio.sleep(0.01)


async def test_a_process_that_stood_still_between_two_messages_leaves_the_second_to_the_next_holder(
    desks: tuple[Desk, Desk], tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    one, two = Machine(desks[0], tmp_path, "one"), Machine(desks[1], tmp_path, "two", slow)
    await one.answer(push("零", 0))
    conversations = desks[0].stores.conversations
    # What waits here already is taken together with the first one.
    busy = Pause(conversations, "take_waiting", monkeypatch)
    assert await conversations.claim(CONVERSATION, holder="dead", wall=clock.wall(), length=LEASE)
    clock.move_wall(seconds=OVER)
    first = asyncio.create_task(one.answer(push("一", 1)))
    await there(busy.there)
    second = await one.pipeline.keep(push("二", 2, second=2))
    pause = Pause(conversations, "get", monkeypatch)
    busy.go_on.set()
    await there(pause.there)  # the first is finished, the second comes next
    clock.move_wall(seconds=OVER)
    third = asyncio.create_task(two.answer(push("三", 3, second=3)))
    await there(slow.entered)
    pause.go_on.set()
    assert await _settled(desks[1], "two"), "the former holder has finished under the fence of the one that works now"
    slow.go_on.set()
    assert isinstance(second, asyncio.Task)
    answers = await asyncio.wait_for(asyncio.gather(first, second, third), 20)
    assert [answer.text for answer in answers] == ["2: 一", "3: 二", "4: 三"]
    conversation = await conversations.get(CONVERSATION)
    assert conversation.facts == {"count": 4} and conversation.lease.holder == ""


class SlowWeChat:
    """Takes what is sent when the test says so."""

    def __init__(self) -> None:
        self.entered, self.go_on = asyncio.Event(), asyncio.Event()
        self.sent: list[str] = []

    async def climb(self, delivery: Delivery, *_: object) -> Outcome:
        self.entered.set()
        await self.go_on.wait()
        self.sent.append(delivery.text)
        return Outcome(End.ACCEPTED, api="message")


async def test_a_sender_that_stood_still_after_its_claim_takes_nobody_for_dead(
    desks: tuple[Desk, Desk], tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds a row that is being sent, by the one who holds this person now."""
    await Machine(desks[0], tmp_path, "web").answer(push("你好", 1))
    conversation = await desks[0].stores.conversations.get(CONVERSATION)
    await desks[0].outbox.put("test:1", conversation, Kind.URGENT, "师傅到了", person_id=conversation.person_id)
    wechat: Any = SlowWeChat()
    one, two = (Sender(desk, wechat, process=n, tasks=Tasks()) for desk, n in zip(desks, ("one", "two"), strict=True))
    pause = Pause(desks[0].stores.conversations, "get", monkeypatch)
    first = asyncio.create_task(one.round(CONVERSATION))
    await there(pause.there)
    clock.move_wall(seconds=SENDING_LEASE.total_seconds() + 1)
    second = asyncio.create_task(two.round(CONVERSATION))
    await there(wechat.entered)
    pause.go_on.set()
    await asyncio.wait_for(first, 20)
    wechat.go_on.set()
    await asyncio.wait_for(second, 20)
    row = await desks[0].stores.deliveries.get("test:1")
    assert (row.state, row.attention, wechat.sent) == (DeliveryState.ACCEPTED, False, ["师傅到了"])
    assert (await desks[0].stores.conversations.get(CONVERSATION)).allowance.left == conversation.allowance.left - 1


@pytest.mark.parametrize("by", ["next", "sweeper"])
async def test_what_the_database_interrupted_before_its_lease_comes_first_when_it_is_back(
    desks: tuple[Desk, Desk],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    by: str,
) -> None:
    """It is remembered, nobody holds the conversation, and no mark tells of it: only this process knows."""
    one = Machine(desks[0], tmp_path, "one")
    await one.answer(push("零", 0))

    async def away(*_: object, **__: object) -> bool:
        raise Unavailable("conversations")

    with monkeypatch.context() as patch:
        patch.setattr(desks[0].stores.conversations, "claim_free", away)
        with pytest.raises(Unavailable):
            await one.answer(push("一", 1))
    await asyncio.sleep(0)  # its task's end is told of
    [told] = [record for record in caplog.records if record.name == "bot.tasks"]
    assert told.levelname == "WARNING" and told.exc_info is None, "a database that is away needs no trace"
    if by == "sweeper":
        await one.sweeper.sweep()
    assert (await one.answer(push("二", 2, second=1))).text == "3: 二"
    [late] = await desks[0].stores.deliveries.open_of(CONVERSATION)
    assert late.text == "2: 一", "its owner heard already that we have it: the answer follows"
    await one.sweeper.sweep()
    assert not one.pipeline._left
    conversation = await desks[0].stores.conversations.get(CONVERSATION)
    assert conversation.facts == {"count": 3} and conversation.lease.holder == ""
