"""Operations that leave in one command: each caller hears what became of its own row, whatever its neighbours did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import date

import pytest

from store.errors import Duplicate, Unavailable
from store.messages import Answer, AnswerState, Handling
from store.stores import Stores
from store.together import Together
from tests.clock import FixedClock
from tests.store.samples import LIN, MINUTE, NOW, a_conversation, a_message

DAY = date(2026, 3, 10)


class Slow:
    """Carries out commands one by one, when told."""

    def __init__(self) -> None:
        self.commands: list[list[int]] = []
        self.may_go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.commands.append(list(items))
        await self.may_go.wait()
        if 13 in items:
            raise ConnectionError("away")
        return [ValueError("seven") if item == 7 else item * 10 for item in items]


async def under_way(slow: Slow, commands: int) -> None:
    """Returns when that many commands were begun."""
    async with asyncio.timeout(5):
        while len(slow.commands) < commands:
            await asyncio.sleep(0)


# ---- the gathering itself ----


async def test_what_comes_while_a_command_is_under_way_leaves_as_one() -> None:
    slow = Slow()
    together: Together[int, int] = Together(slow)
    first = asyncio.create_task(together.do(1))
    await under_way(slow, 1)
    rest = [asyncio.create_task(together.do(item)) for item in (2, 3, 4)]
    await asyncio.sleep(0)
    slow.may_go.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert slow.commands == [[1], [2, 3, 4]]


async def test_an_error_of_one_item_is_heard_by_its_caller_only() -> None:
    slow = Slow()
    slow.may_go.set()
    together: Together[int, int] = Together(slow)
    heard = await asyncio.gather(*(together.do(item) for item in (6, 7, 8)), return_exceptions=True)
    assert heard[0] == 60
    assert isinstance(heard[1], ValueError)
    assert heard[2] == 80


async def test_an_error_of_the_whole_command_is_heard_by_all_and_the_next_command_goes() -> None:
    slow = Slow()
    slow.may_go.set()
    together: Together[int, int] = Together(slow)
    heard = await asyncio.gather(together.do(13), together.do(14), return_exceptions=True)
    assert [type(one) for one in heard] == [ConnectionError, ConnectionError]
    assert await together.do(15) == 150


async def test_a_caller_that_gives_up_disturbs_nobody() -> None:
    slow = Slow()
    together: Together[int, int] = Together(slow)
    first = asyncio.create_task(together.do(1))
    await under_way(slow, 1)
    gone, stays = asyncio.create_task(together.do(2)), asyncio.create_task(together.do(3))
    await asyncio.sleep(0)
    gone.cancel()
    slow.may_go.set()
    assert list(await asyncio.gather(first, stays)) == [10, 30]
    assert slow.commands[1] == [2, 3]


async def test_nobody_waits_behind_a_command_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    together: Together[int, int] = Together(slow)
    monkeypatch.setattr("store.together.PATIENCE", 0.0)
    hangs = asyncio.create_task(together.do(1))
    await under_way(slow, 1)
    while asyncio.get_running_loop().time() <= together._since:
        await asyncio.sleep(0)
    other = asyncio.create_task(together.do(2))
    await under_way(slow, 2)
    assert slow.commands == [[1], [2]]
    slow.may_go.set()
    assert list(await asyncio.gather(hangs, other)) == [10, 20]


# ---- rows ----


async def test_twenty_messages_at_once_with_some_known_and_one_twice(stores: Stores) -> None:
    await stores.messages.keep(a_message("m3"))
    ids = [f"m{number}" for number in range(20)] + ["m5"]
    heard = await asyncio.gather(*(stores.messages.keep(a_message(id)) for id in ids), return_exceptions=True)
    assert isinstance(heard[3], Duplicate)
    assert sorted(type(one).__name__ for one in (heard[5], heard[20])) == ["Duplicate", "NoneType"]
    assert [one for number, one in enumerate(heard) if number not in {3, 5, 20}] == [None] * 18
    assert [(await stores.messages.get(id)).id for id in ids] == ids


async def test_a_row_that_no_server_takes_does_not_harm_its_neighbours(stores: Stores) -> None:
    rows = [a_message(f"m{number}") for number in range(4)]
    rows[2] = rows[2].model_copy(update={"push": {"too": 2**80}})
    heard = await asyncio.gather(*(stores.messages.keep(row) for row in rows), return_exceptions=True)
    assert isinstance(heard[2], OverflowError)
    assert [heard[0], heard[1], heard[3]] == [None] * 3
    assert await stores.messages.find("m2") is None
    assert (await stores.messages.get("m3")).id == "m3"


async def test_all_hear_that_the_database_is_away(gone: Stores) -> None:
    heard = await asyncio.gather(*(gone.messages.keep(a_message(f"m{n}")) for n in range(5)), return_exceptions=True)
    assert [type(one) for one in heard] == [Unavailable] * 5


async def test_numbers_wanted_at_once_are_one_after_the_other_and_without_gaps(
    stores: Stores, elsewhere: Stores
) -> None:
    wanted = [side.counters.next("R", DAY) for side in (stores, elsewhere) for _ in range(30)]
    assert sorted(await asyncio.gather(*wanted)) == list(range(1, 61))


async def test_answers_stored_at_once_of_which_one_came_too_late(stores: Stores) -> None:
    for number in range(6):
        await stores.messages.keep(a_message(f"m{number}"))
    assert await stores.messages.mark_late("m4")
    answers = [Answer(text=f"answer {number}", state=AnswerState.STORED, by="p") for number in range(6)]
    stored = await asyncio.gather(
        *(stores.messages.done(f"m{number}", answer=answers[number], at=NOW, unless_late=True) for number in range(6))
    )
    assert stored[4] is False
    rows = [await stores.messages.get(f"m{number}") for number in range(6)]
    assert rows[4].state is Handling.RECEIVED
    # Whoever heard False looks, and finds its own answer.
    assert [row.answer for number, row in enumerate(rows) if number != 4] == answers[:4] + answers[5:]


async def test_conversations_looked_up_at_once_are_each_ones_own(stores: Stores) -> None:
    await stores.conversations.create(a_conversation())
    await stores.conversations.create(a_conversation("wx:o2"))
    found = await asyncio.gather(*(stores.conversations.get(id) for id in (LIN, "wx:o2", LIN)))
    assert [one.id for one in found] == [LIN, "wx:o2", LIN]
    heard = await asyncio.gather(stores.conversations.get(LIN), stores.conversations.get("x"), return_exceptions=True)
    assert type(heard[1]).__name__ == "NotFound"


async def test_leases_wanted_at_once_of_which_one_is_held_and_one_is_nowhere(
    stores: Stores, elsewhere: Stores, clock: FixedClock
) -> None:
    ids = [f"wx:o{number}" for number in range(6)]
    for id in ids:
        await stores.conversations.create(a_conversation(id))
    wall = clock.wall()
    assert await elsewhere.conversations.claim_free(ids[3], holder="other", wall=wall, length=MINUTE)
    wanted = [*ids, "wx:nobody"]
    heard = await asyncio.gather(
        *(stores.conversations.claim_free(id, holder="me", wall=wall, length=MINUTE) for id in wanted)
    )
    assert heard == [True, True, True, False, True, True, False]
    rows = [await stores.conversations.get(id) for id in ids]
    assert [row.lease.holder for row in rows] == ["me", "me", "me", "other", "me", "me"]
    assert [row.fence for row in rows] == [1] * 6
    again = (stores.conversations.claim_free(id, holder="again", wall=wall, length=MINUTE) for id in wanted)
    assert await asyncio.gather(*again) == [False] * 7


async def test_conversations_finished_at_once_of_which_one_has_a_message_waiting_and_one_was_lost(
    stores: Stores, elsewhere: Stores, clock: FixedClock
) -> None:
    ids = [f"wx:o{number}" for number in range(6)]
    for id in ids:
        await stores.conversations.create(a_conversation(id))
        assert await stores.conversations.claim_free(id, holder="me", wall=clock.wall(), length=MINUTE)
    assert await elsewhere.conversations.mark_waiting(ids[2], wall=clock.wall())
    # The lease of one ran out, and another process has handled the same message under it.
    late = clock.wall() + 2 * MINUTE
    assert await elsewhere.conversations.claim(ids[4], holder="other", wall=late, length=MINUTE)
    theirs = [{"key": "m4", "answer": "theirs", "fence": 2}]
    assert await elsewhere.conversations.finish(ids[4], fence=2, changes={"recent": theirs}, release=False)
    heard = await asyncio.gather(
        *(
            stores.conversations.finish(
                id,
                fence=1,
                changes={"recent": [{"key": f"m{number}", "answer": "mine", "fence": 1}]},
                release=True,
                key=f"m{number}",
            )
            for number, id in enumerate(ids)
        )
    )
    assert heard == [True, True, False, True, False, True]
    rows = [await stores.conversations.get(id) for id in ids]
    assert [row.lease.holder for row in rows] == ["", "", "me", "", "other", ""]
    assert [[done.answer for done in row.recent] for row in rows] == [
        ["mine"],
        ["mine"],
        [],
        ["mine"],
        ["theirs"],
        ["mine"],
    ]


async def test_a_change_that_no_server_takes_does_not_harm_its_neighbours(stores: Stores, clock: FixedClock) -> None:
    ids = [f"wx:o{number}" for number in range(4)]
    for id in ids:
        await stores.conversations.create(a_conversation(id))
        assert await stores.conversations.claim_free(id, holder="me", wall=clock.wall(), length=MINUTE)

    def finish(number: int, name: object) -> Awaitable[bool]:
        return stores.conversations.finish(ids[number], fence=1, changes={"name": name}, release=True, key="m")

    heard = await asyncio.gather(
        finish(0, "林"), finish(1, "王"), finish(2, 2**80), finish(3, "陈"), return_exceptions=True
    )
    assert isinstance(heard[2], OverflowError)
    assert [heard[0], heard[1], heard[3]] == [True] * 3
    assert [(await stores.conversations.get(id)).name for id in ids] == ["林", "王", "", "陈"]
