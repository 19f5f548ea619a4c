"""Result events: what the platform tells later about a template message, and what follows from it."""

from __future__ import annotations

import pytest

from bot.emulator.client import Phone
from desk.deliveries import Kind
from store.deliveries import Attempt, DeliveryState, Rung
from tests.e2e.outgoing import another_worker, attention, closed_window, once, pushed, put, reply, row, texts, until
from tests.house import House

S = DeliveryState
CARD = "cgi-bin/message/template/send"


async def news_by_template(house: House, owner: Phone, kind: Kind = Kind.URGENT) -> str:
    """News that finds the window closed; back when it has left."""
    id = await put(house, owner, "师傅出发了", kind)
    await house.work()
    return id


async def becomes(house: House, id: str, state: DeliveryState) -> None:
    """Wait for the event to have its effect."""

    async def there() -> bool:
        await once(house.background)
        return (await row(house, id)).state is state

    await until(there)


async def test_success_is_delivered(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    id = await news_by_template(house, wang)
    await becomes(house, id, S.DELIVERED)
    assert await attention(house) == {}


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed", "failed:freq limit"])
async def test_a_failure_goes_to_the_call_list_with_its_reason(house: House, status: str) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await wang.set(template_result=status)
    id = await news_by_template(house, wang)
    await becomes(house, id, S.UNDELIVERABLE)
    listed = (await attention(house))[id]
    assert listed["to_call"] and listed["reason"] == status
    assert await pushed(wang) == [] and len(await house.wechat.calls(CARD)) == 1


async def test_failed_news_is_not_held_back_by_its_own_cap(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await wang.set(template_result="failed: system failed")
    await put(house, wang, "请问修好了吗", Kind.REVISIT)
    await house.work()
    await becomes(house, "请问修好了吗", S.UNDELIVERABLE)


async def test_a_reply_whose_notice_was_blocked_waits_and_somebody_rings_up(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await wang.set(template_result="failed:user block")
    id = await reply(house, wang, "您的钥匙在前台")
    await house.work()

    async def listed() -> bool:
        return id in await attention(house)

    await until(listed)
    waiting = (await attention(house))[id]
    assert waiting["state"] == "parked" and waiting["to_call"] and "user block" in waiting["reason"]
    assert "您的钥匙在前台" in ((await wang.says("你好")).reply or "")
    await house.work()
    assert (await row(house, id)).state is S.DELIVERED and await attention(house) == {}


async def test_the_success_of_a_notice_does_not_make_the_reply_delivered(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    id = await reply(house, wang, "您的钥匙在前台")
    await house.work()
    conversation = house.conversation_id(wang)

    async def reported() -> bool:
        return any(push.trigger == "templatesendjobfinish" and push.attempts for push in await house.wechat.pushes())

    await until(reported)
    assert (await row(house, id)).state is S.PARKED
    assert [text.delivery_id for text in (await house.stores.conversations.get(conversation)).parked] == [id]


@pytest.mark.parametrize(("status", "state"), [("success", S.DELIVERED), ("failed:user block", S.UNDELIVERABLE)])
async def test_a_result_settles_a_template_whose_answer_was_lost(
    house: House, status: str, state: DeliveryState
) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.configure(result_delay_seconds=60)
    await wang.set(template_result=status)
    await house.wechat.fault(path=CARD, drop=True, when="after", times=1)
    id = await news_by_template(house, wang)
    assert (await row(house, id)).state is S.UNKNOWN
    house.clock.move(seconds=61)
    await becomes(house, id, state)
    assert len(await house.wechat.calls(CARD)) == 1


async def test_a_result_that_overtakes_the_answer_of_its_own_call_is_not_lost(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await wang.set(template_result="failed:user block")
    await house.wechat.fault(path=CARD, delay_seconds=0.8, when="after", times=1)
    id = await put(house, wang, "师傅出发了", Kind.URGENT)
    slow = another_worker(house, "slow")
    await once(slow)
    await slow.close()
    await becomes(house, id, S.UNDELIVERABLE)
    assert (await attention(house))[id]["reason"] == "failed:user block"


async def test_results_are_idempotent_and_strangers_are_ignored(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await closed_window(house, wang)
    await chen.says("你好")
    id = await news_by_template(house, wang)
    await becomes(house, id, S.DELIVERED)
    msgid = next(attempt.msgid for attempt in (await row(house, id)).attempts if attempt.msgid)
    for fields in (
        {"MsgID": msgid, "Status": "failed:user block"},
        {"MsgID": msgid, "Status": "success"},
        {"MsgID": "1", "Status": "failed:user block"},
        {"MsgID": "", "Status": "success"},
        {"Status": "success"},
        {"MsgID": msgid},
    ):
        push = await chen.sends({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", **fields})
        assert push.statuses == [200] and push.attempts[0].outcome == "success"
    await house.work()
    assert (await row(house, id)).state is S.DELIVERED and await texts(wang) == []


async def test_two_lost_answers_are_not_guessed_apart(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    now = house.clock.now()
    for name in ("一", "二"):
        id = await put(house, wang, name, Kind.URGENT)
        lost = Attempt(rung=Rung.TEMPLATE, at=now, problem="unknown")
        await house.stores.deliveries.move(await row(house, id), S.UNKNOWN, at=now, attempt=lost)
    await wang.sends({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "77", "Status": "success"})
    assert [(await row(house, name)).state for name in ("一", "二")] == [S.UNKNOWN, S.UNKNOWN]
