"""What the sender does when WeChat refuses, is silent or is away: one rung after the other, nothing sent twice."""

from __future__ import annotations

import socket
from datetime import timedelta
from urllib.parse import quote

import pytest

from desk.deliveries import Kind
from store.deliveries import DeliveryState
from tests.e2e.outgoing import (
    another_worker,
    attention,
    closed_window,
    once,
    pushed,
    put,
    row,
    states,
    texts,
)
from tests.house import FRONTDESK, House

S = DeliveryState
SEND, CARD = "cgi-bin/message/custom/send", "cgi-bin/message/template/send"


async def calls(house: House, path: str) -> int:
    """How often the platform was asked."""
    return len(await house.wechat.calls(path))


# ---- our own count is wrong ----


@pytest.mark.parametrize("errcode", [45015, 45047])
async def test_a_window_that_is_closed_after_all_is_believed_and_the_template_goes(house: House, errcode: int) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=errcode, times=1)
    await put(house, wang, "师傅出发了", Kind.URGENT)
    await put(house, wang, "师傅到了", Kind.URGENT)
    await house.work()
    assert [entry.channel for entry in await pushed(wang)] == ["template", "template"]
    assert await calls(house, SEND) == 1
    conversation = await house.stores.conversations.get(house.conversation_id(wang))
    assert conversation.allowance.left <= 0
    await wang.says("好")
    await put(house, wang, "又有消息", Kind.URGENT)
    await house.work()
    assert (await texts(wang))[-1] == "又有消息"


async def test_a_reply_that_finds_the_window_closed_by_surprise_is_parked(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=45047, times=1)
    await put(house, wang, "在等您")
    await house.work()
    assert await states(house, "在等您") == [S.PARKED]
    assert "在等您" in ((await wang.says("好")).reply or "")


async def test_a_reply_that_waits_to_be_announced_goes_first_when_the_window_opens(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=45047, times=1)
    await house.wechat.fault(path=CARD, errcode=-1, times=1)
    await put(house, wang, "先写的")
    await house.work()
    await wang.says("在")
    await put(house, wang, "后写的")
    await house.later(seconds=5)
    assert await texts(wang) == ["先写的", "后写的"]


# ---- nobody knows whether it arrived ----


@pytest.mark.parametrize("fault", [{"http_status": 502}, {"drop": True}, {"body": "<html>502</html>"}])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_no_readable_answer_is_unknown_and_never_sent_again_by_itself(
    house: House, when: str, fault: dict[str, object]
) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, when=when, times=1, **fault)
    id = await put(house, wang, "也许到了")
    await put(house, wang, "下一条")
    await house.work()
    for _ in range(3):
        await house.later(minutes=3)
    unknown = await row(house, id)
    assert unknown.state is S.UNKNOWN and [a.problem for a in unknown.attempts] == ["unknown"]
    assert (await texts(wang)).count("也许到了") == (1 if when == "after" else 0)
    assert (await texts(wang))[-1] == "下一条"
    listed = await attention(house)
    assert (
        list(listed) == [id] and listed[id]["state"] == "unknown" and listed[id]["attempts"][0]["problem"] == "unknown"
    )


async def test_the_owners_next_word_settles_what_was_unknown(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, drop=True, when="after", times=1)
    id = await put(house, wang, "也许到了")
    await house.work()
    await wang.says("收到")
    await house.work()
    assert (await row(house, id)).state is S.DELIVERED
    # It stays on the list until somebody has looked: that the owner wrote is no proof.
    assert (await attention(house))[id]["reason"] == "unknown, then the owner acted"
    zhou = await house.sign_in(FRONTDESK)
    await zhou.call("POST", f"deliveries/{quote(id, safe='')}/checked")
    assert await attention(house) == {}
    await house.later(minutes=11)
    assert [entry.text for entry in await pushed(wang)] == ["也许到了"]


async def test_unknown_for_ten_minutes_goes_to_the_next_rung_once_and_stays_marked(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, http_status=504, times=1)
    id = await put(house, wang, "师傅出发了", Kind.STATUS, ticket_id="t1")
    await house.work()
    await house.later(minutes=10)
    assert await pushed(wang) == []
    await house.later(seconds=1)
    # Its own cap of half an hour does not hold it back.
    [card] = await pushed(wang)
    assert card.channel == "template"
    await house.later(minutes=30)
    assert len(await pushed(wang)) == 1 and id in await attention(house)


async def test_an_unknown_reply_is_not_said_again_only_announced(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, drop=True, when="after", times=1)
    await put(house, wang, "也许到了的回复")
    await house.work()
    await house.later(minutes=11)
    assert [entry.channel for entry in await pushed(wang)] == ["customer", "template"]
    said = (await wang.says("在")).reply or ""
    await house.work()
    assert "也许到了的回复" not in said and await texts(wang) == ["也许到了的回复"]


async def test_unknown_on_the_last_rung_ends_on_the_list_for_a_person(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.fault(path=CARD, http_status=500, times=1)
    id = await put(house, wang, "师傅出发了", Kind.URGENT)
    await house.work()
    assert (await row(house, id)).state is S.UNKNOWN
    await house.later(minutes=11)
    gone = await row(house, id)
    assert gone.state is S.UNDELIVERABLE and gone.to_call and gone.attention
    assert await calls(house, CARD) == 1


# ---- nothing left: again ----


async def test_no_connection_is_tried_again_and_nothing_is_marked(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    id = await put(house, wang, "等网络")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = another_worker(house, "away", wechat_api_base=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        await once(away)
        await away.close()
    held = await row(house, id)
    assert held.state is S.QUEUED and held.reason == "unreachable" and held.retrying and not held.attention
    await house.later(seconds=2)
    assert await texts(wang) == ["等网络"] and (await row(house, id)).state is S.ACCEPTED


async def test_busy_three_times_then_the_next_rung(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=-1, times=0)
    await put(house, wang, "师傅出发了", Kind.URGENT)
    await house.work()
    for asked in (1, 2):
        assert await calls(house, SEND) == asked and await pushed(wang) == []
        await house.later(seconds=5)
    assert await calls(house, SEND) == 3
    [card] = await pushed(wang)
    assert card.channel == "template"


async def test_a_busy_notice_of_a_reply_is_tried_again(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.fault(path=CARD, errcode=-1, times=1)
    id = await put(house, wang, "有回复")
    await house.work()
    assert await pushed(wang) == []
    await house.later(seconds=2)
    [card] = await pushed(wang)
    assert card.channel == "template" and (await row(house, id)).state is S.PARKED
    assert await attention(house) == {}


async def test_what_the_owner_reads_while_the_notice_waits_is_not_sent_again(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.fault(path=CARD, errcode=-1, times=1)
    id = await put(house, wang, "有回复")
    await house.work()
    said = (await wang.says("在吗")).reply or ""
    await house.later(seconds=2)
    seen = said.count("有回复") + "".join(await texts(wang)).count("有回复")
    assert seen == 1 and (await row(house, id)).state in (S.ACCEPTED, S.DELIVERED)


# ---- token ----


@pytest.mark.parametrize("errcode", [40001, 42001])
async def test_a_dead_token_is_renewed_once_and_the_push_goes(house: House, errcode: int) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "一")
    await house.work()
    await house.wechat.revoke_tokens(errcode)
    await put(house, wang, "二")
    await house.work()
    assert await texts(wang) == ["一", "二"] and await calls(house, SEND) == 3


async def test_a_token_that_is_refused_again_stops_all_sending_and_is_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await wang.says("你好")
    await chen.says("你好")
    await house.wechat.fault(path=SEND, errcode=40001, times=0)
    await put(house, wang, "一")
    await house.work()
    asked = await calls(house, SEND)
    await put(house, chen, "二")
    for _ in range(3):
        await house.later(seconds=20)
    assert await calls(house, SEND) == asked <= 4
    assert "40001" in caplog.text and "settings" in caplog.text
    assert await states(house, "一", "二") == [S.QUEUED, S.QUEUED]


# ---- limits ----


async def test_the_daily_limit_stops_customer_messages_until_midnight(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await wang.says("你好")
    await chen.says("你好")
    await house.wechat.fault(path=SEND, errcode=45009, times=0)
    await put(house, wang, "一")
    await house.work()
    await put(house, chen, "二")
    await house.later(minutes=5)
    assert await calls(house, SEND) == 1
    assert await states(house, "一", "二") == [S.QUEUED, S.QUEUED]
    # A person whose window is closed needs another API, and is not kept waiting by those.
    held = await row(house, "一")
    assert held.retrying and held.not_before - house.clock.now() > timedelta(minutes=1)
    await house.wechat.clear_faults()
    house.clock.move(hours=24)
    tomorrow = another_worker(house)
    await once(tomorrow)
    await tomorrow.close()
    assert await texts(wang) == ["一"] and await texts(chen) == ["二"]


async def test_the_minute_limit_waits_for_the_next_minute(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=45011, times=1)
    id = await put(house, wang, "慢一点")
    await house.work()
    held = await row(house, id)
    assert held.state is S.QUEUED and held.not_before == house.clock.now() + timedelta(minutes=1)
    house.clock.move(minutes=1)
    next_minute = another_worker(house)
    await once(next_minute)
    await next_minute.close()
    assert await texts(wang) == ["慢一点"]
