"""Leases asked for by the dozen: whatever meets whatever, one holder at a time, and each knows what it got."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from store.conversations import EPOCH
from store.errors import Unavailable
from store.repo import while_still
from store.stores import Stores
from tests.clock import FixedClock
from tests.store.samples import MINUTE, SECOND, a_conversation

LENGTH = timedelta(seconds=12)


async def people(stores: Stores, name: str = "o") -> list[str]:
    """Five conversations that nobody holds."""
    ids = [f"wx:{name}{number}" for number in range(5)]
    for id in ids:
        await stores.conversations.create(a_conversation(id))
    return ids


async def holders(stores: Stores, ids: Sequence[str]) -> list[tuple[str, int]]:
    rows = [await stores.conversations.get(id) for id in ids]
    return [(row.lease.holder, row.fence) for row in rows]


async def test_many_who_ask_again_and_again_hold_each_fence_once_and_miss_no_mark(
    stores: Stores, elsewhere: Stores, clock: FixedClock
) -> None:
    ids = await people(stores)
    fences: Counter[tuple[str, int]] = Counter()
    holding: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    async def worker(side: Stores, holder: str, turns: int) -> None:
        conversations = side.conversations
        for turn in range(turns):
            id = ids[turn % len(ids)]
            wall = clock.wall()
            if not await conversations.claim_free(id, holder=holder, wall=wall, length=MINUTE):
                told = await conversations.mark_waiting(id, wall=wall)
                marked[id] += told
                continue
            holding[id] += 1
            assert holding[id] == 1, "two hold one lease"
            mine = await conversations.get(id)
            assert mine.lease.holder == holder
            fences[id, mine.fence] += 1
            while True:
                current = await conversations.get(id)
                seen[id] += current.waiting
                if current.waiting:  # as many as we saw, not those that come meanwhile
                    rows = side.connection.database["conversations"]
                    await rows.update_one({"_id": id, "fence": mine.fence}, {"$inc": {"waiting": -current.waiting}})
                holding[id] -= 1  # from the moment at which the release is asked for, others may get it
                released = await conversations.finish(id, fence=mine.fence, changes={}, release=True)
                if released:
                    break
                holding[id] += 1

    await asyncio.gather(
        *(worker(side, f"p{number}", 30) for number, side in enumerate([stores, elsewhere, elsewhere, stores]))
    )
    assert set(fences.values()) == {1}
    rows = {id: await stores.conversations.get(id) for id in ids}
    for id, row in rows.items():
        assert row.lease.holder == "" and row.waiting == 0
        assert row.fence == sum(1 for one, _ in fences if one == id)
        assert seen[id] == marked[id], "who was told that a message waits gave the lease back without a look"


async def test_the_same_one_asked_for_twice_in_one_command_by_one_and_by_two(stores: Stores, clock: FixedClock) -> None:
    conversations, wall, ids = stores.conversations, clock.wall(), await people(stores)

    async def ask(*asked: tuple[str, str]) -> list[bool]:
        # The first is under way when the others come, and these leave together.
        first = conversations.claim_free("wx:nobody", holder="x", wall=wall, length=LENGTH)
        rest = (conversations.claim_free(id, holder=holder, wall=wall, length=LENGTH) for id, holder in asked)
        return list(await asyncio.gather(first, *rest))[1:]

    assert await ask((ids[0], "one"), (ids[1], "one"), (ids[0], "one")) == [True, True, False]
    heard = await ask((ids[2], "one"), (ids[2], "two"), (ids[3], "two"))
    assert sorted(heard[:2]) == [False, True] and heard[2]
    winner = "one" if heard[0] else "two"
    assert await holders(stores, ids) == [("one", 1), ("one", 1), (winner, 1), ("two", 1), ("", 0)]


async def test_a_caller_that_went_away_leaves_a_lease_that_runs_out_and_none_lasts_too_long(
    stores: Stores, clock: FixedClock
) -> None:
    conversations, wall, ids = stores.conversations, clock.wall(), await people(stores)
    gone = asyncio.create_task(conversations.claim_free(ids[0], holder="gone", wall=wall, length=LENGTH))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(10):
        while (await holders(stores, ids))[0] != ("gone", 1):
            await asyncio.sleep(0.01)
    assert not await conversations.claim(ids[0], holder="next", wall=wall + LENGTH - SECOND, length=LENGTH)
    assert await conversations.claim(ids[0], holder="next", wall=wall + LENGTH, length=LENGTH)
    assert (await conversations.get(ids[0])).waiting == 1, "what the one that went away left is looked for first"

    # The first of a command asked earlier than the last: no lease may last longer than its holder believes.
    asked = [("wx:nobody", 0), (ids[1], 0), (ids[2], 3), (ids[3], 1)]
    await asyncio.gather(
        *(conversations.claim_free(id, holder="me", wall=wall + s * SECOND, length=LENGTH) for id, s in asked)
    )
    for id, seconds in asked[1:]:
        lease = (await conversations.get(id)).lease
        assert lease.holder == "me" and wall < lease.until <= wall + seconds * SECOND + LENGTH


async def test_when_the_reply_is_lost_all_hear_it_and_what_was_taken_runs_out(
    stores: Stores, elsewhere: Stores, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MongoDB repeats no update of many rows by itself; nobody may believe that a lease is theirs, or not."""
    conversations, wall = stores.conversations, clock.wall()
    for lost in ("_update_many", "_list"):
        ids = await people(stores, f"{lost}-")
        assert await elsewhere.conversations.claim_free(ids[1], holder="other", wall=wall, length=LENGTH)
        with monkeypatch.context() as patch:
            patch.setattr(conversations, lost, _loses(getattr(conversations, lost)))
            claims = (conversations.claim_free(id, holder="me", wall=wall, length=LENGTH) for id in ids[1:])
            first = conversations.claim_free(ids[0], holder="me", wall=wall, length=LENGTH)
            heard = await asyncio.gather(first, *claims, return_exceptions=True)
        assert [type(one) for one in heard[1:]] == [Unavailable] * 4
        assert await holders(stores, ids) == [("me", 1), ("other", 1), ("me", 1), ("me", 1), ("me", 1)]
        late = wall + LENGTH
        for id in ids:
            assert not await elsewhere.conversations.claim_free(id, holder="other", wall=late, length=LENGTH)
            assert await elsewhere.conversations.claim_left(id, holder="other", wall=late, length=LENGTH)
        assert {fence for _, fence in await holders(stores, ids)} == {2}


def _loses(call: Any) -> Any:
    async def loses(*args: Any, **named: Any) -> Any:
        await call(*args, **named)
        raise Unavailable("the reply is lost")

    return loses


# ---- the filter that says "not other than" ----

VALUES: tuple[Any, ...] = (None, 0, 1, -0.0, 1.0, False, True, "", "received", "0", EPOCH, [0], [], {"a": 1})


async def test_a_field_that_is_still_so_is_one_that_equals_also_where_it_is_missing_or_of_another_kind(
    stores: Stores,
) -> None:
    rows = stores.connection.database["odd"]
    await rows.insert_many([{"_id": str(n), "n": n, "x": value} for n, value in enumerate(VALUES)])
    await rows.insert_one({"_id": "missing"})

    async def found(filter: Mapping[str, Any]) -> list[str]:
        return [row["_id"] for row in await rows.find(filter).to_list(1)]

    ids = [*(str(n) for n in range(len(VALUES))), "missing"]
    for value in (None, 0, 1, False, True, "", "received", EPOCH):
        for id in ids:
            assert await found(while_still(id, x=value)) == await found({"_id": id, "x": value}), (id, value)
    twice = {"x": 1, "n": 2}
    assert await found(while_still("2", **twice)) == await found({"_id": "2", **twice}) == ["2"]
    changed = await rows.update_one(while_still("2", **twice), {"$set": {"x": 5}})
    again = await rows.update_one(while_still("2", **twice), {"$set": {"x": 6}})
    assert (changed.matched_count, again.matched_count) == (1, 0)
    await rows.delete_many({})
