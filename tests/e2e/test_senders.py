"""Who sends: two at once, one that dies, one that is late; and everything going wrong at random."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import timedelta

import pytest

from desk.deliveries import Kind
from store.deliveries import DeliveryState, Rung
from tests.e2e.outgoing import (
    another_worker,
    attention,
    once,
    pushed,
    put,
    row,
    states,
    texts,
    until,
)
from tests.house import House

S = DeliveryState


async def test_two_senders_at_once_never_send_twice(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    other = another_worker(house)
    for owner in (wang, chen):
        await owner.says("你好")
    try:
        for number in range(4):
            for owner in (wang, chen):
                await put(house, owner, f"{owner.name}{number}")
            await asyncio.gather(once(house.background), once(other), once(house.background), once(other))
        await until(lambda: _all_sent(house))
    finally:
        await other.close()
    assert await texts(wang) == [f"wang{number}" for number in range(4)]
    assert await texts(chen) == [f"chen{number}" for number in range(4)]


async def _all_sent(house: House) -> bool:
    await once(house.background)
    return not await house.stores.deliveries.due(at=house.clock.now())


async def test_a_sender_cut_off_in_the_middle_leaves_one_unknown_and_goes_on_with_the_rest(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", delay_seconds=2, when="after", times=1)
    await put(house, wang, "正在发")
    await put(house, wang, "下一条")
    dying = another_worker(house, "dying")
    await dying.sender.poll_once()
    await until(lambda: _has_shown(house, "正在发", wang.name))
    await dying.tasks.close(grace=0)
    await dying.close()
    await house.work()
    cut_off = await row(house, "正在发")
    assert cut_off.state is S.UNKNOWN and [a.problem for a in cut_off.attempts] == ["unknown"]
    assert await texts(wang) == ["正在发", "下一条"]
    assert list(await attention(house)) == ["test:正在发"]
    await house.work()
    assert await texts(wang) == ["正在发", "下一条"]
    # The owner acts: they have seen it.
    await wang.says("好的")
    await house.work()
    assert await states(house, "正在发", "下一条") == [S.DELIVERED, S.DELIVERED]
    assert (await texts(wang)).count("正在发") == 1


async def _has_shown(house: House, text: str, name: str) -> bool:
    return text in await texts(await house.wechat.user(name, follow=False))


async def test_a_row_of_a_killed_sender_is_taken_over_when_its_lease_runs_out(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    id = await put(house, wang, "不知道发没发")
    stores, conversation_id = house.stores, house.conversation_id(wang)
    wall = house.clock.wall()
    assert await stores.conversations.claim_sending(
        conversation_id, holder="killed", wall=wall, length=timedelta(seconds=20)
    )
    before = await row(house, id)
    await stores.deliveries.move(
        before, S.SENDING, at=house.clock.now(), changes={"rungs_used": (Rung.CUSTOMER,), "tries": 1}
    )
    house.clock.move(seconds=19)
    await house.work()
    assert await states(house, id) == [S.SENDING]
    house.clock.move(seconds=2)
    await stores.conversations.keep_sending(conversation_id, holder="killed", until=house.clock.wall())
    await house.work()
    await house.work()
    after = await row(house, id)
    assert after.state is S.UNKNOWN and len(after.attempts) == 1 and await pushed(wang) == []
    assert id in await attention(house)
    # Settled by nothing for ten minutes: the next rung, still marked.
    await house.later(minutes=10, seconds=1)
    [card] = await pushed(wang)
    assert card.channel == "template"
    assert (await row(house, id)).state in (S.ACCEPTED, S.DELIVERED) and id in await attention(house)


async def test_a_sender_that_lost_its_lease_stops(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "一")
    await put(house, wang, "二")
    await house.wechat.fault(path="cgi-bin/message/custom/send", delay_seconds=0.6, when="after", times=1)
    slow = another_worker(house, "slow")
    await slow.sender.poll_once()
    await until(lambda: _has_shown(house, "一", wang.name))
    conversations, wall = house.stores.conversations, house.clock.wall() + timedelta(seconds=21)
    assert await conversations.claim_sending(
        house.conversation_id(wang), holder="third", wall=wall, length=timedelta(seconds=20)
    )
    await slow.tasks.idle()
    await slow.close()
    assert await texts(wang) == ["一"]
    assert (await row(house, "二")).state is S.QUEUED
    await conversations.release_sending(house.conversation_id(wang), holder="third")
    await house.work()
    assert await texts(wang) == ["一", "二"]


async def test_a_lost_wake_up_costs_nothing_but_time(house: House, redis_url: str) -> None:
    from redis import Redis

    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "还在")
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    assert await house.stores.wake.listen("anybody") == []
    await house.work()
    assert await texts(wang) == ["还在"]


async def test_stale_news_does_not_follow_newer_news_by_another_way(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", http_status=502, times=1)
    await put(house, wang, "接单了", Kind.URGENT, ticket_id="t1")
    await house.work()
    await house.later(minutes=5)
    await put(house, wang, "修好了", Kind.URGENT, ticket_id="t1")
    await house.work()
    await house.later(minutes=6)
    assert [entry.text for entry in await pushed(wang)] == ["修好了"]
    assert await states(house, "接单了", "修好了") == [S.CANCELLED, S.ACCEPTED]
    assert list(await attention(house)) == ["test:接单了"]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_wechat_does_nothing_is_said_twice_or_out_of_order_and_nothing_is_forgotten(
    house: House, seed: int
) -> None:
    dice = random.Random(seed)
    wang = await house.owner("wang")
    await wang.says("你好")
    workers = [house.background, another_worker(house, "two"), another_worker(house, "three")]
    paths = ["cgi-bin/message/custom/send", "cgi-bin/message/template/send"]
    faults: list[dict[str, object]] = [
        {"errcode": -1},
        {"errcode": 45015},
        {"errcode": 45047},
        {"errcode": 42001},
        {"http_status": 502, "when": "before"},
        {"http_status": 502, "when": "after"},
        {"drop": True, "when": "before"},
        {"drop": True, "when": "after"},
    ]
    said: list[str] = []
    ids: list[str] = []
    for step in range(24):
        if dice.random() < 0.5:
            await house.wechat.fault(path=dice.choice(paths), times=1, **dice.choice(faults))
        if dice.random() < 0.8:
            ids.append(
                await put(house, wang, f"<{step:02}>", dice.choice([Kind.STAFF_REPLY, Kind.STAFF_REPLY, Kind.URGENT]))
            )
        if dice.random() < 0.25:
            said.append((await wang.says("好的")).reply or "")
        await asyncio.gather(*(once(dice.choice(workers)) for _ in range(3)))
        house.clock.move(seconds=dice.choice([1, 5, 40, 700, 180_000]))
    await house.wechat.clear_faults()
    workers.append(another_worker(house, "knows of no pause"))  # pauses go by the machine's time, which stands here
    for _ in range(6):
        said.append((await wang.says("好的")).reply or "")
        await once(workers[-1])
        house.clock.move(minutes=11)
    for worker in workers[1:]:
        await worker.close()
    shown = [entry.text for entry in await wang.screen() if entry.channel in ("passive", "customer")]
    read = [mark for text in shown for mark in re.findall(r"<\d\d>", text)]
    assert len(read) == len(set(read)), "said twice"
    rows = [await row(house, id) for id in ids]
    assert {one.state for one in rows} <= {S.DELIVERED, S.UNDELIVERABLE, S.ACCEPTED}, [(r.text, r.state) for r in rows]
    listed = await attention(house)
    for one in rows:
        assert one.text in read or one.id in listed or any(a.rung is Rung.TEMPLATE for a in one.attempts), one
    replies = [mark for mark in read if next(one for one in rows if one.text == mark).kind == Kind.STAFF_REPLY]
    assert replies == sorted(replies), "out of order"
