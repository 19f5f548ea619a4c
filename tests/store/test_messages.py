"""Messages: kept once, finished once, and every answer's fate told once."""

from __future__ import annotations

import asyncio

import pytest

from store.errors import Duplicate, NotFound
from store.messages import Answer, AnswerState, Direction, Handling, Message
from store.stores import Stores
from tests.store.samples import LIN, MINUTE, NOW, SECOND, a_message

SAID = Answer(text="已收到", state=AnswerState.STORED, by="p1", released=("d1",))


async def done(stores: Stores, id: str, *, seconds: int = 0, by: str = "p1") -> None:
    answer = SAID.model_copy(update={"by": by})
    assert await stores.messages.done(id, answer=answer, at=NOW + seconds * SECOND, unless_late=False)


async def test_of_the_same_push_three_times_at_once_one_is_kept(stores: Stores, elsewhere: Stores) -> None:
    message = a_message(push={"fields": {"MsgId": "1"}}, understanding={"label": "repair"})
    outcomes = await asyncio.gather(
        *(side.messages.keep(message) for side in (stores, elsewhere, stores)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Duplicate", "Duplicate", "NoneType"]
    assert await stores.messages.get("m1") == message
    with pytest.raises(Duplicate):
        await stores.messages.keep(message)


async def test_what_is_not_there(stores: Stores) -> None:
    assert await stores.messages.find("nothing") is None
    with pytest.raises(NotFound):
        await stores.messages.get("nothing")
    assert not await stores.messages.mark_late("nothing")
    assert not await stores.messages.done("nothing", answer=Answer(), at=NOW, unless_late=False)
    assert await stores.messages.failed_try("nothing", "?", most=3) == 0


async def test_lines_added_again_stay_as_they_were(stores: Stores) -> None:
    first = a_message("n1", direction=Direction.NOTE, text="一", state=Handling.DONE)
    await stores.messages.add([first])
    await stores.messages.add([first.model_copy(update={"text": "二"}), a_message("n2")])
    await stores.messages.add([])
    assert (await stores.messages.get("n1")).text == "一"
    assert (await stores.messages.get("n2")).id == "n2"


async def test_a_message_is_finished_once(stores: Stores, elsewhere: Stores) -> None:
    await stores.messages.keep(a_message())
    finished = await asyncio.gather(
        *(
            side.messages.done("m1", answer=SAID, at=NOW + SECOND, unless_late=True)
            for side in (stores, elsewhere, stores)
        )
    )
    assert sum(finished) <= 1, "who hears False looks: calls that left in one command cannot tell which of them it was"
    message = await stores.messages.get("m1")
    assert (message.state, message.answer, message.handled_at) == (Handling.DONE, SAID, NOW + SECOND)
    assert not await stores.messages.mark_late("m1"), "its answer was ready after all"


async def test_either_the_answer_is_in_time_or_it_is_late_never_both(stores: Stores, elsewhere: Stores) -> None:
    for number in range(6):
        await stores.messages.keep(a_message(f"m{number}"))
        in_time, late = await asyncio.gather(
            stores.messages.done(f"m{number}", answer=SAID, at=NOW, unless_late=True),
            elsewhere.messages.mark_late(f"m{number}"),
        )
        assert in_time != late
        if late:
            assert await stores.messages.done(f"m{number}", answer=SAID, at=NOW, unless_late=False)


async def test_a_message_that_fails_three_times_is_set_aside_with_its_reason(stores: Stores) -> None:
    await stores.messages.keep(a_message())
    assert [await stores.messages.failed_try("m1", f"E{n}", most=3) for n in (1, 2)] == [1, 2]
    assert await stores.messages.set_aside() == []
    assert await stores.messages.failed_try("m1", "E3", most=3) == 3
    [failed] = await stores.messages.set_aside()
    assert (failed.id, failed.problem) == ("m1", "E3")
    assert await stores.messages.left_behind(before=NOW + MINUTE) == []


async def test_a_message_already_finished_is_not_set_aside(stores: Stores) -> None:
    await stores.messages.keep(a_message())
    await done(stores, "m1")
    await stores.messages.failed_try("m1", "late", most=1)
    assert (await stores.messages.get("m1")).state is Handling.DONE


async def test_what_waits_in_a_conversation_comes_in_order_and_bounded(stores: Stores) -> None:
    for id, created, at in (("b", 2, 9), ("a", 1, 10), ("c", 2, 11), ("d", 3, 12)):
        await stores.messages.keep(a_message(id, created_at=NOW + created * SECOND, at=NOW + at * SECOND))
    await stores.messages.keep(a_message("x", "wx1:other"))
    await stores.messages.keep(a_message("y", state=Handling.DONE))
    assert [m.id for m in await stores.messages.waiting_in(LIN)] == ["a", "b", "c", "d"]
    assert [m.id for m in await stores.messages.waiting_in(LIN, limit=2)] == ["a", "b"]


async def test_what_was_left_behind_is_found_oldest_first(stores: Stores) -> None:
    for id, at in (("b", 2), ("a", 1), ("c", 30)):
        await stores.messages.keep(a_message(id, f"wx1:{id}", at=NOW + at * SECOND))
    assert [m.id for m in await stores.messages.left_behind(before=NOW + 30 * SECOND)] == ["a", "b"]
    assert [m.id for m in await stores.messages.left_behind(before=NOW + MINUTE, limit=1)] == ["a"]


async def test_what_became_of_an_answer_is_told_once(stores: Stores, elsewhere: Stores) -> None:
    await stores.messages.keep(a_message())
    await done(stores, "m1")
    told = await asyncio.gather(
        stores.messages.answer_became("m1", AnswerState.DELIVERY),
        elsewhere.messages.answer_became("m1", AnswerState.UNKNOWN),
    )
    assert sorted(told) == [False, True]
    await stores.messages.answers_written(["m1"])
    answer = (await stores.messages.get("m1")).answer
    assert answer is not None and answer.state in (AnswerState.DELIVERY, AnswerState.UNKNOWN)


async def test_answers_nobody_reported_as_written_are_found(stores: Stores) -> None:
    for number, by in enumerate(("p1", "p1", "p2")):
        await stores.messages.keep(a_message(f"m{number}"))
        await done(stores, f"m{number}", seconds=number, by=by)
    assert [m.id for m in await stores.messages.answers_of("p1")] == ["m0", "m1"]
    assert [m.id for m in await stores.messages.stored_before(NOW + 2 * SECOND)] == ["m0", "m1"]
    await stores.messages.answers_written(["m0", "m2"])
    await stores.messages.answers_written([])
    assert [m.id for m in await stores.messages.answers_of("p1")] == ["m1"]
    assert await stores.messages.answers_of("p2") == []


async def test_the_timeline_is_newest_first_inside_its_window(stores: Stores) -> None:
    lines: list[Message] = [
        a_message(f"m{n}", at=NOW + n * MINUTE, ticket_id="t1" if n % 2 else None) for n in range(6)
    ]
    await stores.messages.add([*lines, a_message("x", "wx1:other", at=NOW + MINUTE)])
    found = await stores.messages.timeline(LIN, before=NOW + 4 * MINUTE, since=NOW + MINUTE, limit=2)
    assert [m.id for m in found] == ["m3", "m2"]
    assert [m.id for m in await stores.messages.of_ticket("t1")] == ["m1", "m3", "m5"]
    assert [m.id for m in await stores.messages.of_ticket("t1", limit=1)] == ["m1"]


async def test_which_answers_are_still_stored_or_in_a_state(stores: Stores) -> None:
    for number in range(3):
        await stores.messages.keep(a_message(f"m{number}"))
        await done(stores, f"m{number}")
    await stores.messages.answers_written(["m1"])
    assert sorted(m.id for m in await stores.messages.still_stored(["m0", "m1", "nothing"])) == ["m0"]
    assert await stores.messages.still_stored([]) == []
    states = [AnswerState.WRITTEN, AnswerState.UNKNOWN]
    assert [m.id for m in await stores.messages.answers_in(states, limit=9)] == ["m1"]
    assert len(await stores.messages.answers_in([AnswerState.STORED], limit=1)) == 1
