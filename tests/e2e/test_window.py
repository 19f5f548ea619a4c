"""The window of 48 hours and five messages: templates, and replies that wait for the owner's next action."""

from __future__ import annotations

import pytest

from desk.deliveries import Kind
from store.conversations import ParkedText
from store.deliveries import DeliveryState
from tests.e2e.outgoing import (
    attention,
    closed_window,
    pushed,
    put,
    reply,
    states,
    texts,
)
from tests.house import House

S = DeliveryState


async def test_the_sixth_push_goes_by_template(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    for number in range(6):
        await put(house, wang, f"第{number}条", Kind.URGENT)
    await house.work()
    shown = await pushed(wang)
    assert [entry.channel for entry in shown] == ["customer"] * 5 + ["template"]
    assert await house.wechat.refusals() == []


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.URGENT])
async def test_after_two_silent_days_news_goes_by_template(house: House, kind: Kind) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await put(house, wang, "师傅出发了", kind)
    await house.work()
    [card] = await pushed(wang)
    assert card.channel == "template" and "R20260310-0001" in card.text
    assert await house.wechat.refusals() == [], "our own count must know that the window is closed"


async def test_replies_wait_for_the_owners_next_word_and_come_with_the_answer(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    first, second = await reply(house, wang, "第一段回复"), await reply(house, wang, "第二段回复")
    await house.work()
    assert [entry.channel for entry in await pushed(wang)] == ["template", "template"]
    assert await states(house, first, second) == [S.PARKED, S.PARKED]
    said = (await wang.says("你好")).reply or ""
    assert said.index("第一段回复") < said.index("第二段回复") < len(said) - 5
    await house.work()
    assert await states(house, first, second) == [S.DELIVERED, S.DELIVERED]
    again = (await wang.says("还有吗")).reply or ""
    assert "段回复" not in again and await texts(wang) == []
    assert await attention(house) == {}


async def test_what_does_not_fit_the_answer_follows_in_order_within_the_allowance(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    for number in range(4):
        await reply(house, wang, f"{number}:" + "长" * 400)
    await house.work()
    said = (await wang.says("你好")).reply or ""
    await house.work()
    rest = await texts(wang)
    numbers = [text[text.index(":长") - 1] for text in [said, *rest]]
    assert numbers == ["0", "1", "2", "3"] and len(said.encode()) <= 2047


@pytest.mark.parametrize("deed", ["tap", "scan"])
async def test_a_tap_or_a_scan_frees_what_waits(house: House, deed: str) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    id = await reply(house, wang, "师傅明天九点到")
    await house.work()
    push = await (wang.taps_menu("my_tickets") if deed == "tap" else wang.scans("whatever"))
    assert "师傅明天九点到" in (push.reply or "")
    await house.work()
    assert await states(house, id) == [S.DELIVERED]
    assert await texts(wang) == []


async def test_a_parked_reply_does_not_hold_back_what_can_go(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await put(house, wang, "等着的回复")
    await put(house, wang, "师傅出发了", Kind.URGENT)
    await house.work()
    waiting, sent = await states(house, "等着的回复", "师傅出发了")
    assert waiting is S.PARKED and sent in (S.ACCEPTED, S.DELIVERED)


async def test_a_late_answer_that_finds_the_window_closed_is_announced_and_kept(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await put(house, wang, "物业费每季度交一次", Kind.ANSWER)
    await house.work()
    [card] = await pushed(wang)
    assert card.channel == "template" and "回复" in card.text
    assert "物业费每季度交一次" in ((await wang.says("你好")).reply or "")
    await house.work()
    assert await states(house, "物业费每季度交一次") == [S.DELIVERED]


async def test_who_unfollowed_gets_nothing_and_is_on_the_call_list(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await put(house, wang, "在等的回复")
    await house.work()
    await wang.unfollow()
    await put(house, wang, "后来的回复")
    await put(house, wang, "师傅出发了", Kind.STATUS)
    await house.work()
    listed = await attention(house)
    assert {item["state"] for item in listed.values()} == {"undeliverable"} and len(listed) == 3
    assert {item["reason"] for item in listed.values()} == {"not following"}
    assert listed["test:在等的回复"]["to_call"] and listed["test:后来的回复"]["to_call"]
    assert not [refused for refused in await house.wechat.refusals() if refused.errcode]


async def test_a_reply_that_was_answered_while_its_notice_was_tried_is_said_once(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    id = await put(house, wang, "只说一次")
    # As it stands between "text kept" and "notice sent" when the notice is to be tried once more.
    await house.stores.conversations.park(house.conversation_id(wang), ParkedText(delivery_id=id, text="只说一次"))
    assert "只说一次" in ((await wang.says("你好")).reply or "")
    await house.work()
    assert await states(house, id) == [S.DELIVERED] and await texts(wang) == []
