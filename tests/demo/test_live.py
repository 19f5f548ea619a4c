"""Live mode over the whole house: owners write and answer, colleagues work, and a seed says what."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from bot.demo.estate.voices import VOICES
from bot.demo.live.owners import answer_to
from bot.demo.live.run import Order, alive, live
from tests.house import House

TICKET = re.compile(r"[RCIPS]\d{8}-\d{4,}")


@pytest.fixture
async def house(house: House) -> House:
    """With the two owners that write."""
    for name in ("wang", "chen"):
        await house.owner(name)
    return house


def order(house: House, turns: int | None, seed: int = 5) -> Order:
    return Order(house.wechat.base_url, house.url, 30, seed, turns, owners=("wang", "chen"))


async def run(house: House, turns: int, seed: int = 5) -> tuple[list[str], list[float]]:
    said: list[str] = []
    pauses: list[float] = []

    async def wait(seconds: float) -> None:
        pauses.append(seconds)
        await house.later(minutes=20)

    assert await live(order(house, turns, seed), said.append, wait) == turns
    return said, pauses


async def test_owners_write_and_colleagues_work(house: House) -> None:
    said, pauses = await run(house, 14)
    assert not [line for line in said if line.startswith("(")], said
    wrote = {line.partition(":")[0] for line in said}
    assert {"wang", "chen"} & wrote and {"zhang", "li"} & wrote
    phones = [await house.wechat.user(name, follow=False) for name in ("wang", "chen")]
    wrote_from = [p for p in phones if await house.stores.conversations.find(house.conversation_id(p)) is not None]
    tickets = [ticket for phone in wrote_from for ticket in await house.tickets_of(phone)]
    assert tickets and any(ticket.state != "new" for ticket in tickets)
    assert all(20 <= seconds <= 40 for seconds in pauses)
    screens = [entry for phone in phones for entry in await phone.screen()]
    assert any(entry.channel != "sent" and "接" in entry.text for entry in screens), "somebody heard who comes"


async def test_the_same_seed_begins_the_same(house: House) -> None:
    first, _ = await run(house, 1, seed=11)
    again, _ = await run(house, 1, seed=11)
    assert first[0] == again[0]


async def test_it_stops_when_told(house: House) -> None:
    said: list[str] = []
    async with alive(order(house, None), said.append) as task:
        async with asyncio.timeout(20):
            while not said:
                await asyncio.sleep(0)
        assert not task.done()
    assert task.done()


async def test_a_refusal_is_said_and_left(house: House) -> None:
    """Colleagues who cannot sign in do not end it."""
    await house.stores.staff.change("li", {"active": False})
    said, _ = await run(house, 8)
    assert any(line.startswith("(Refused") for line in said)
    assert any(line.startswith(("wang:", "chen:")) for line in said)


@pytest.mark.parametrize(
    ("asked", "one_of"),
    [
        ("“厨房水龙头漏水”修好了吗？① 好了 ② 没好", {word for v in VOICES for word in (*v.fixed, *v.not_fixed)}),
        ("这次服务您觉得：① 满意 ② 比较满意 ③ 基本满意 ④ 不满意", {"1", "2", "满意", "3", "来得有点慢"}),
        ("是家里哪个位置的灯？回一句就行", {"厨房", "客厅", "卫生间", "主卧", "阳台"}),
        ("什么时候上门方便？", {"明天上午", "今天下午都行", "都可以", "周六"}),
        ("张师傅接单了，最晚今天 15:20到。", {""}),
    ],
)
def test_questions_get_answers(asked: str, one_of: set[str]) -> None:
    chance = random.Random(1)
    assert {answer_to(asked, voice, chance) for voice in VOICES for _ in range(20)} <= one_of
