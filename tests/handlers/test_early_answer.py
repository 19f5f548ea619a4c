"""The verdict of an owner who does not wait to be asked: it is the answer to the revisit of that work."""

from __future__ import annotations

from typing import Any

import pytest

from desk.desk import Desk
from store.stores import Stores
from store.tickets import State
from tests.clock import FixedClock
from tests.handlers.talk import Talk
from tests.handlers.test_revisit import done

WORDS = "修是修好了,就是来得太慢"


@pytest.fixture
async def mended(wang: Talk, desk: Desk, stores: Stores, clock: FixedClock) -> Talk:
    """Ms Wang's kitchen pipe is done, and nobody has asked her yet."""
    await done(wang, desk, stores, clock, "厨房水管漏水，明天上午来", ask=False)
    return wang


@pytest.mark.parametrize(
    ("words", "rating"),
    [(WORDS, 3), ("修好了，就是师傅来得慢了点", 3), ("谢谢师傅，修得很好", 1), ("很满意", 1), ("水管修好了", None)],
)
async def test_a_verdict_before_the_question_is_the_answer(
    mended: Talk, desk: Desk, words: str, rating: int | None
) -> None:
    said = await mended.say(words)

    ticket = await mended.ticket()
    assert ticket.state is State.CLOSED and ticket.revisit.state == "answered"
    assert (ticket.revisit.fixed, ticket.rating, ticket.revisit.words) == (True, rating, words)
    assert said.startswith("谢谢您") or "记下了" in said
    await desk.revisits.ask(ticket.id, 1)
    assert (await mended.conversation()).revisits == (), "the planned question is not asked any more"


async def test_handled_again_after_a_crash_it_says_the_same(mended: Talk) -> None:
    first, again = await mended.crashed_on(WORDS)

    assert first == again and (await mended.ticket()).state is State.CLOSED


@pytest.mark.parametrize("words", ["没修好", "修了跟没修一样，还在漏"])
async def test_a_bad_verdict_goes_its_usual_way(mended: Talk, words: str) -> None:
    await mended.say(words)

    assert (await mended.ticket()).state is State.ACCEPTED


async def test_the_work_is_done_and_something_new_is_broken(mended: Talk) -> None:
    await mended.say("那个好了，现在厨房灯又坏了")

    assert sorted(ticket.state for ticket in await mended.tickets()) == [State.CLOSED, State.NEW]


@pytest.mark.parametrize("words", ["电梯保养得挺好", "好的", "谢谢", "修好了吗", "楼上太吵了", "来得太慢"])
async def test_other_words_leave_the_revisit_planned(mended: Talk, words: str) -> None:
    await mended.say(words)

    [mended_one] = [ticket for ticket in await mended.tickets() if ticket.number.startswith("R")]
    assert (mended_one.state, mended_one.revisit.state) == (State.RESOLVED, "planned")


async def test_after_two_days_nobody_knows_what_is_meant(mended: Talk, clock: FixedClock) -> None:
    clock.move(hours=47)
    await mended.say("修好了，谢谢")

    assert (await mended.ticket()).state is State.RESOLVED


async def test_ordinary_talk_reads_no_ticket(mended: Talk, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    get = stores.tickets.get

    async def counted(id: str, *more: Any) -> Any:
        read.append(id)
        return await get(id, *more)

    monkeypatch.setattr(stores.tickets, "get", counted)
    for words in ("你好", "谢谢", "物业费怎么交", "好的"):
        await mended.say(words, first_time=True)
    assert read == []
