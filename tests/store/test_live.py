"""Live events and presence on a Redis of their own names: what is told is heard everywhere, once, or read anew."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import redis.asyncio as redis

from store import live as live_module
from store.errors import Unavailable
from store.live import Event, LiveStream, order
from store.presence import HERE, TYPING, PresenceBoard
from store.wake import connect_redis
from tests.clock import FixedClock

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.Redis]:
    made = connect_redis(redis_url)
    yield made
    await made.aclose()


@pytest.fixture
def name() -> str:
    return f"live-{uuid.uuid4().hex[:8]}"


async def test_what_one_process_tells_another_reads_in_order_and_may_resume(client: redis.Redis, name: str) -> None:
    here, there = LiveStream(client, name), LiveStream(client, name)
    start = await there.newest()
    assert await there.newest() == start
    here.tell(Event("ticket", "R1", estate_id="hy", ticket="R1", building="3", executor="zhang", was=("liu",)))
    here.tell(Event("message", "m1", estate_id=None, conversation="c1"))
    for _ in range(50):
        here.tell(Event("conversation", "c1", estate_id="hy", conversation="c1"))
    here.tell(Event("ticket", "R1", estate_id="hy", ticket="R1", building="3", executor="chen"))
    [entry] = await there.read(start)
    assert [(event.kind, event.id) for event in entry.events] == [
        ("message", "m1"),
        ("conversation", "c1"),
        ("ticket", "R1"),
    ]
    message, conversation, ticket = entry.events
    assert message.estate_id is None and conversation.estate_id == "hy"
    assert ticket.executor == "chen" and set(ticket.was) == {"zhang", "liu"}, "who had it hears that it is gone"
    missed = await there.since(start, most=10)
    assert missed.complete and [one.position for one in missed.entries] == [entry.position] == [missed.position]
    nothing = await there.since(entry.position, most=10)
    assert nothing.complete and not nothing.entries and nothing.position == entry.position
    await here.close()


async def test_too_old_too_new_and_too_many_ask_for_a_fresh_look(
    client: redis.Redis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = LiveStream(client, name)
    empty = await stream.since("5-0", most=10)
    assert not empty.complete and order(empty.position) > (5, 0)
    monkeypatch.setattr(live_module, "STREAM_LENGTH", 100)
    start = await stream.newest()
    for number in range(600):
        await stream._add(client, [Event("ticket", str(number))])
    assert not (await stream.since(start, most=1000)).complete, "trimmed away"
    newest = await stream.newest()
    assert not (await stream.since("99999999999999-0", most=10)).complete, "from a Redis that forgot"
    assert (await stream.since(newest, most=10)).complete
    monkeypatch.setattr(live_module, "MOST_WAITING", 5)
    for number in range(20):
        stream.tell(Event("ticket", str(number)))
    await stream.close()
    told = [event.kind for entry in await stream.read(newest) for event in entry.events]
    assert "resync" in told and len(told) <= 6


async def test_without_redis_nothing_is_told_nothing_raised_and_later_all_read_anew(
    client: redis.Redis, name: str, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    none, away = LiveStream(None, name), LiveStream(connect_redis(NOWHERE), name)
    monkeypatch.setattr(live_module, "PAUSE_SECONDS", 0.02)
    for stream in (none, away):
        stream.tell(Event("ticket", "R1"))
        for ask in (stream.newest(), stream.read("0-0"), stream.since("1-0", most=5)):
            with pytest.raises(Unavailable):
                await ask
    # It comes back: those who missed something are told so, once.
    start = await LiveStream(client, name).newest()
    broken, away._redis = away._redis, client
    writer = away._writer
    assert writer is not None, "it keeps trying as long as something was lost"
    # The client was bound when writing began; a new tell after the pause uses the one that answers.
    await away.close()
    away._lost = True
    away.tell(Event("ticket", "R2"))
    [entry] = await LiveStream(client, name).read(start)
    assert [event.kind for event in entry.events] == ["resync"]
    await away.close()
    assert broken is not None
    await broken.aclose()
    for board in (PresenceBoard(None, name), PresenceBoard(connect_redis(NOWHERE), name)):
        assert await board.come("c1", "li", "李工", clock.wall(), typing=True) == []
        assert await board.seen("c1", clock.wall()) == [] and await board.leave("c1", "li", clock.wall()) == []


async def test_who_is_here_types_leaves_and_is_forgotten(client: redis.Redis, name: str, clock: FixedClock) -> None:
    board = PresenceBoard(client, name)
    assert await board.come("c1", "li", "李工", clock.wall(), typing=False) == []
    [li] = await board.come("c1", "zhou", "小周", clock.wall(), typing=True)
    assert (li.staff, li.name, li.typing) == ("li", "李工", False)
    assert [(one.staff, one.typing) for one in await board.seen("c1", clock.wall())] == [("li", False), ("zhou", True)]
    assert await board.seen("c2", clock.wall()) == []
    later = clock.wall() + TYPING + timedelta(seconds=1)
    assert [one.typing for one in await board.seen("c1", later)] == [False, False]
    assert {one.staff for one in await board.leave("c1", "li", later)} == {"li", "zhou"}
    assert [one.staff for one in await board.seen("c1", later)] == ["zhou"]
    assert await board.seen("c1", clock.wall() + HERE) == []
    assert 0 < await client.ttl(f"guanjia:{name}:here:c1") <= 60


async def test_telling_takes_no_time_and_one_command_carries_many(client: redis.Redis, name: str) -> None:
    stream = LiveStream(client, name)
    start = await stream.newest()
    for number in range(100):
        stream.tell(Event("ticket", str(number)))
    await asyncio.sleep(0)
    await stream.close()
    entries = await stream.read(start)
    assert [event.id for entry in entries for event in entry.events] == [str(number) for number in range(100)]
    assert len(entries) <= 2, "a command for each would be a hundred"
