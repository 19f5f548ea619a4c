"""Timers: planned once, taken by one worker, cancelled only while they wait."""

from __future__ import annotations

import asyncio

from store.stores import Stores
from tests.store.samples import MINUTE, NOW, SECOND, a_timer


async def test_planning_twice_plans_once(stores: Stores, elsewhere: Stores) -> None:
    timer = a_timer(data={"round": 1})
    await asyncio.gather(stores.timers.plan([timer]), elsewhere.timers.plan([timer]))
    await stores.timers.plan([timer.model_copy(update={"due": NOW - MINUTE})])
    assert await stores.timers.due(at=NOW) == [timer]


async def test_due_timers_oldest_first_and_bounded(stores: Stores) -> None:
    await stores.timers.plan([a_timer(f"a{n}", due=NOW - n * MINUTE) for n in range(3)])
    await stores.timers.plan([a_timer("later", due=NOW + SECOND), a_timer("done", state="done")])
    assert [timer.id for timer in await stores.timers.due(at=NOW)] == ["a2", "a1", "a0"]
    assert [timer.id for timer in await stores.timers.due(at=NOW, limit=2)] == ["a2", "a1"]


async def test_planned_again_it_is_moved_whatever_became_of_it(stores: Stores) -> None:
    timer = a_timer()
    await stores.timers.plan_again(timer)
    mine = await stores.timers.change(timer, {"state": "running", "running_until": NOW + MINUTE})
    assert mine is not None
    await stores.timers.plan_again(timer.model_copy(update={"due": NOW - MINUTE}))
    assert await stores.timers.change(mine, {"state": "done"}) is None, "the run under way cannot undo it"
    [again] = await stores.timers.due(at=NOW)
    assert again.due == NOW - MINUTE and await stores.timers.next_due() == NOW - MINUTE


async def test_many_who_plan_the_same_timer_again_leave_one(stores: Stores, elsewhere: Stores) -> None:
    moved = [a_timer(due=NOW - n * SECOND) for n in range(8)]
    await asyncio.gather(*((stores if n % 2 else elsewhere).timers.plan_again(one) for n, one in enumerate(moved)))
    assert len(await stores.timers.due(at=NOW)) == 1


async def test_nothing_pending_has_no_next_time(stores: Stores) -> None:
    await stores.timers.plan([a_timer(state="done")])
    assert await stores.timers.next_due() is None


async def test_of_two_workers_one_runs_it(stores: Stores, elsewhere: Stores) -> None:
    timer = a_timer()
    await stores.timers.plan([timer])
    changes = {"state": "running", "running_until": NOW + MINUTE}
    taken = await asyncio.gather(stores.timers.change(timer, changes), elsewhere.timers.change(timer, changes))
    [mine] = [one for one in taken if one is not None]
    assert (mine.state, mine.version, mine.running_until) == ("running", 1, NOW + MINUTE)
    assert await stores.timers.due(at=NOW) == []
    assert await stores.timers.stuck(wall=NOW + MINUTE) == [mine]
    assert await stores.timers.stuck(wall=NOW + MINUTE - SECOND) == []


async def test_a_worker_taken_for_dead_cannot_end_the_timer(stores: Stores) -> None:
    timer = a_timer()
    await stores.timers.plan([timer])
    slow = await stores.timers.change(timer, {"state": "running", "running_until": NOW})
    assert slow is not None
    again = await stores.timers.change(slow, {"state": "pending", "running_until": None})
    assert again is not None
    quick = await stores.timers.change(again, {"state": "running", "running_until": NOW + MINUTE})
    assert quick is not None
    assert await stores.timers.change(slow, {"state": "done"}) is None
    assert await stores.timers.change(quick, {"state": "done"}) is not None


async def test_cancelling_leaves_what_runs_or_is_another_matter(stores: Stores) -> None:
    await stores.timers.plan(
        [
            a_timer("waits"),
            a_timer("runs", state="running", running_until=NOW),
            a_timer("kind", kind="resume"),
            a_timer("other", ticket_id="t2"),
        ]
    )
    assert await stores.timers.cancel("t1", ["close", "closing_soon"]) == 1
    assert sorted(timer.id for timer in await stores.timers.due(at=NOW)) == ["kind", "other"]
    assert await stores.timers.change(a_timer("waits"), {"state": "running"}) is None
