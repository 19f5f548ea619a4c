"""Handling that takes longer than the platform waits: "success" at once, the answer follows, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.emulator.client import Phone
from handlers.context import Context, Reply
from handlers.dispatch import respond
from store.conversations import EPOCH
from tests.clock import FixedClock
from tests.house import House, open_house
from tests.processes.town import shown


class Slow:
    """A handler that waits for the test, then answers as ever."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, context: Context) -> Reply:
        self.entered.set()
        await self.go_on.wait()
        return await respond(context)


@pytest.fixture
async def house(
    tmp_path: Path,
    mongodb_uri: str,
    redis_url: str,
    database_name: str,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    monkeypatch.setattr("bot.webhook.ANSWER_WITHIN", 0.3)
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        yield house


async def _said_slowly(house: House) -> tuple[Phone, Slow, Any]:
    phone = await house.owner("wang")
    slow = Slow()
    house.parts.pipeline.deciding.respond = slow
    push = await phone.says("厨房水龙头滴水,明天上午来修")
    assert push.statuses == [200] and push.reply is None and slow.entered.is_set()
    return phone, slow, push


async def test_the_answer_follows_as_a_customer_message_once(house: House) -> None:
    phone, slow, push = await _said_slowly(house)
    again = asyncio.create_task(house.wechat.deliver(push))
    slow.go_on.set()
    assert (await again).reply is None
    await house.parts.tasks.idle()
    await house.parts.sweeper.sweep()
    await house.work()
    [ticket] = await house.tickets_of(phone)
    [text] = await shown(phone)
    assert ticket.number in text
    assert (await house.wechat.deliver(push)).reply is None and await shown(phone) == [text]


async def test_the_answer_follows_once_when_the_slow_process_dies(house: House) -> None:
    phone, slow, _ = await _said_slowly(house)
    [work] = house.parts.pipeline._running.values()
    work.cancel()
    house.clock.move(seconds=11)
    conversations = house.stores.connection.database["conversations"]
    await conversations.update_many({}, {"$set": {"lease.until": EPOCH}})  # twelve seconds later
    slow.go_on.set()
    for _ in range(2):
        await asyncio.gather(house.parts.sweeper.sweep(), house.background.sweeper.sweep())
    await house.work()
    [ticket] = await house.tickets_of(phone)
    [text] = await shown(phone)
    assert ticket.number in text


async def test_an_hour_skipped_in_the_middle_frees_no_lease(house: House) -> None:
    phone, slow, _ = await _said_slowly(house)
    house.clock.move(hours=1)
    conversation = house.conversation_id(phone)
    wall = house.runtime.clock.wall()
    lease = (await house.stores.conversations.get(conversation)).lease
    assert lease.holder == house.runtime.process and lease.until > wall
    await house.background.sweeper.sweep()
    assert (await house.stores.conversations.get(conversation)).lease == lease
    slow.go_on.set()
    await house.parts.tasks.idle()
    await house.work()
    [text] = await shown(phone)
    assert (await house.tickets_of(phone))[0].number in text


async def test_what_is_said_while_the_database_goes_away_in_the_middle_tells_what_to_do_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.errors import Unavailable

    async def away(*args: object) -> Reply:
        raise Unavailable("tickets")

    phone = await house.owner("wang")
    monkeypatch.setattr(house.parts.pipeline.deciding, "respond", away)
    push = await phone.says("厨房水管爆了,水漫出来了")
    assert "收到" in (push.reply or "") and "阀" in (push.reply or "")
    monkeypatch.undo()
    house.clock.move(seconds=11)
    await house.parts.sweeper.sweep()
    await house.work()
    texts = await shown(phone)
    [ticket] = await house.tickets_of(phone)
    assert len(texts) == 2 and ticket.number in texts[1]
