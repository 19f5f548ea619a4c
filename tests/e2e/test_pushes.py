"""Pushes to an owner's chat: order, quiet hours, caps, merging, two senders, crashes (the contract, section 6)."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import timedelta

import pytest

from desk.deliveries import Kind
from store.conversations import ParkedText
from store.deliveries import DeliveryState, Rung
from tests.e2e.outgoing import (
    another_worker,
    attention,
    closed_window,
    once,
    opened,
    pushed,
    put,
    reply,
    row,
    states,
    technician,
    texts,
    until,
)
from tests.house import SUPERVISOR, House

S = DeliveryState


# ---- order ----


async def test_pushes_leave_in_the_order_in_which_they_were_written(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    for number in range(5):
        await put(house, wang, f"第{number}条")
    await house.work()
    assert await texts(wang) == [f"第{number}条" for number in range(5)]


async def test_a_row_that_is_tried_again_keeps_its_place(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "先说")
    await put(house, wang, "后说")
    await house.work()
    assert await texts(wang) == []
    await house.later(seconds=2)
    assert await texts(wang) == ["先说", "后说"]


async def test_quiet_hours_hold_back_the_news_and_not_the_reply_behind_it(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=12, minutes=30)  # 22:30
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    await reply(house, wang, "我们在的")
    await house.work()
    [night] = await texts(wang)
    assert "我们在的" in night
    await house.later(hours=9, minutes=29)  # 7:59
    assert len(await texts(wang)) == 1
    await house.later(minutes=1)
    assert "张师傅接单了" in (await texts(wang))[1]


async def test_news_whose_retry_falls_into_quiet_hours_does_not_hold_back_a_reply(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    house.clock.move(hours=11, minutes=59, seconds=59)
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "师傅出发了", Kind.STATUS, ticket_id="t1")
    await house.work()
    await house.later(seconds=5)
    await put(house, wang, "夜里的回复")
    await house.work()
    assert await texts(wang) == ["夜里的回复"]
    await house.later(hours=10)
    assert await texts(wang) == ["夜里的回复", "师傅出发了"]


async def test_at_night_news_reaches_who_wrote_in_the_last_half_hour(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=13)
    await wang.says("有人吗")
    house.clock.move(minutes=30)
    await (await technician(house)).move(ticket.number, "accepted")
    await house.work()
    assert "张师傅接单了" in (await texts(wang))[-1]


async def test_urgent_news_passes_the_night(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("3栋2单元1502厨房水管爆了,水漫出来了")
    [ticket] = await house.tickets_of(wang)
    house.clock.move(hours=14)
    await (await technician(house)).move(ticket.number, "accepted")
    await house.work()
    assert "张师傅接单了" in (await texts(wang))[-1]


# ---- caps and merging ----


async def test_one_piece_of_news_per_ticket_in_half_an_hour_and_the_latest_wins(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    await zhang.move(ticket.number, "in_progress")
    await house.later(minutes=10)
    await zhang.move(ticket.number, "resolved", "换了灯泡")
    await house.later(minutes=19)
    [accepted] = await texts(wang)
    assert "接单" in accepted
    await house.later(minutes=1)
    [_, resolved] = await texts(wang)
    assert "修好了" in resolved


async def test_news_every_ten_minutes_does_not_starve_the_owner(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    for minute in range(0, 100, 10):
        await put(house, wang, f"{minute}分", Kind.STATUS, ticket_id=ticket.id)
        await house.later(minutes=10)
    assert await texts(wang) == ["0分", "30分", "60分", "90分"]


async def test_news_of_two_tickets_made_within_three_minutes_is_one_message(house: House) -> None:
    wang = await house.owner("wang")
    one, two = await opened(house, wang), await opened(house, wang, "卫生间的马桶堵了")
    zhang = await technician(house)
    before = len(await texts(wang))
    await zhang.move(one.number, "accepted")
    house.clock.move(minutes=3)
    await zhang.move(two.number, "accepted")
    await house.work()
    [both] = (await texts(wang))[before:]
    assert one.number in both and two.number in both
    # The cap counts for both of them.
    for ticket in (one, two):
        await zhang.move(ticket.number, "in_progress")
        house.clock.move(minutes=4)
        await house.work()
    assert len(await texts(wang)) == before + 1


async def test_news_made_later_than_three_minutes_is_a_message_of_its_own(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    house.clock.move(minutes=4)
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await texts(wang) == ["甲", "乙"]


async def test_capped_news_neither_leaves_with_other_news_nor_holds_it_back(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲1", Kind.STATUS, ticket_id="t1")
    await house.later(minutes=1)
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await put(house, wang, "甲2", Kind.STATUS, ticket_id="t1")
    await house.work()
    assert await texts(wang) == ["甲1", "乙"]
    await house.later(minutes=30)
    assert await texts(wang) == ["甲1", "乙", "甲2"]


async def test_merged_news_parts_again_when_nothing_left_and_none_of_it_is_lost(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", errcode=-1, times=1)
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await states(house, "甲", "乙") == [S.QUEUED, S.QUEUED]
    # Newer news of the first ticket wins over its older one, and over nothing else.
    await put(house, wang, "甲新", Kind.STATUS, ticket_id="t1")
    await house.later(seconds=2)
    assert "".join(await texts(wang)).count("乙") == 1 and "甲新" in "".join(await texts(wang))
    assert await states(house, "甲") == [S.MERGED]
    assert all("甲\n" not in text and not text.endswith("甲") for text in await texts(wang))


async def test_a_reply_between_two_pieces_of_news_keeps_its_place(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "甲", Kind.STATUS, ticket_id="t1")
    await put(house, wang, "回复")
    await put(house, wang, "乙", Kind.STATUS, ticket_id="t2")
    await house.work()
    assert await texts(wang) == ["甲", "回复", "乙"]


async def test_news_that_is_not_true_any_more_is_not_told(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=12, minutes=30)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await house.work()
    answer = await wang.says(f"取消{ticket.number},不用来了")
    if "确" in (answer.reply or ""):
        await wang.says("是")
    [ticket] = await house.tickets_of(wang)
    assert ticket.state.value == "cancelled"
    before = len(await texts(wang))
    await house.later(hours=11)
    assert not any("接单" in text for text in (await texts(wang))[before:])


async def test_a_question_that_nobody_needs_answered_any_more_is_not_asked(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    house.clock.move(hours=49)
    zhang = await technician(house)
    await zhang.move(ticket.number, "waiting_owner", question="灯是吸顶的还是吊的")
    await house.work()
    await zhang.move(ticket.number, "accepted", "看到了,不用问了")
    await house.work()
    said = (await wang.says("你好")).reply or ""
    await house.work()
    assert "吸顶" not in said + "".join(await texts(wang))


async def test_a_revisit_that_waits_for_the_morning_is_not_asked_after_the_ticket_went_on(house: House) -> None:
    wang = await house.owner("wang")
    ticket = await opened(house, wang)
    house.clock.move(hours=9)
    zhang = await technician(house)
    await zhang.move(ticket.number, "accepted")
    await zhang.move(ticket.number, "resolved", "好了")
    await house.later(hours=3)  # 22:00, the question is written and waits for 9:00
    li = await house.sign_in(SUPERVISOR)
    await li.move(ticket.number, "accepted", "还要再来一次", reason="还要再来一次")
    await house.later(hours=12)
    assert not any("修好了吗" in text for text in await texts(wang))


async def test_one_revisit_a_day_per_person_and_each_within_a_day_of_its_work(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "回访甲", Kind.REVISIT)
    await put(house, wang, "回访乙", Kind.REVISIT)
    await house.work()
    assert await texts(wang) == ["回访甲"]
    await house.later(hours=9, minutes=58)  # 19:58
    assert len(await texts(wang)) == 1
    await house.later(minutes=1)  # tomorrow at 9:00 would be more than a day after the work was done
    assert await texts(wang) == ["回访甲", "回访乙"]


async def test_an_expired_push_is_not_sent(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    now = house.clock.now()
    await put(
        house, wang, "停水通知", Kind.NOTICE, not_before=now + timedelta(minutes=5), expires_at=now + timedelta(1)
    )
    house.clock.move(days=1)
    await house.work()
    gone = await row(house, "停水通知")
    assert gone.state is S.CANCELLED and gone.reason == "expired" and await pushed(wang) == []


# ---- who sends, and what a crash leaves ----


async def test_two_senders_at_once_never_send_twice(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    other = another_worker(house)
    for owner in (wang, chen):
        await owner.says("你好")
    try:
        for number in range(4):
            for owner in (wang, chen):
                await put(house, owner, f"{owner.name}{number}")
            await asyncio.gather(once(house.background), once(other), once(house.background), once(other))
        await until(lambda: _all_sent(house))
    finally:
        await other.close()
    assert await texts(wang) == [f"wang{number}" for number in range(4)]
    assert await texts(chen) == [f"chen{number}" for number in range(4)]


async def _all_sent(house: House) -> bool:
    await once(house.background)
    return not await house.stores.deliveries.due(at=house.clock.now())


async def test_a_sender_cut_off_in_the_middle_leaves_one_unknown_and_goes_on_with_the_rest(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", delay_seconds=2, when="after", times=1)
    await put(house, wang, "正在发")
    await put(house, wang, "下一条")
    dying = another_worker(house, "dying")
    await dying.sender.poll_once()
    await until(lambda: _has_shown(house, "正在发", wang.name))
    await dying.tasks.close(grace=0)
    await dying.close()
    await house.work()
    cut_off = await row(house, "正在发")
    assert cut_off.state is S.UNKNOWN and [a.problem for a in cut_off.attempts] == ["unknown"]
    assert await texts(wang) == ["正在发", "下一条"]
    assert list(await attention(house)) == ["test:正在发"]
    await house.work()
    assert await texts(wang) == ["正在发", "下一条"]
    # The owner acts: they have seen it.
    await wang.says("好的")
    await house.work()
    assert await states(house, "正在发", "下一条") == [S.DELIVERED, S.DELIVERED]
    assert (await texts(wang)).count("正在发") == 1


async def _has_shown(house: House, text: str, name: str) -> bool:
    return text in await texts(await house.wechat.user(name, follow=False))


async def test_a_row_of_a_killed_sender_is_taken_over_when_its_lease_runs_out(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    id = await put(house, wang, "不知道发没发")
    stores, conversation_id = house.stores, house.conversation_id(wang)
    wall = house.clock.wall()
    assert await stores.conversations.claim_sending(
        conversation_id, holder="killed", wall=wall, length=timedelta(seconds=20)
    )
    before = await row(house, id)
    await stores.deliveries.move(
        before, S.SENDING, at=house.clock.now(), changes={"rungs_used": (Rung.CUSTOMER,), "tries": 1}
    )
    house.clock.move(seconds=19)
    await house.work()
    assert await states(house, id) == [S.SENDING]
    house.clock.move(seconds=2)
    await stores.conversations.keep_sending(conversation_id, holder="killed", until=house.clock.wall())
    await house.work()
    await house.work()
    after = await row(house, id)
    assert after.state is S.UNKNOWN and len(after.attempts) == 1 and await pushed(wang) == []
    assert id in await attention(house)
    # Settled by nothing for ten minutes: the next rung, still marked.
    await house.later(minutes=10, seconds=1)
    [card] = await pushed(wang)
    assert card.channel == "template"
    assert (await row(house, id)).state in (S.ACCEPTED, S.DELIVERED) and id in await attention(house)


async def test_a_sender_that_lost_its_lease_stops(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "一")
    await put(house, wang, "二")
    await house.wechat.fault(path="cgi-bin/message/custom/send", delay_seconds=0.6, when="after", times=1)
    slow = another_worker(house, "slow")
    await slow.sender.poll_once()
    await until(lambda: _has_shown(house, "一", wang.name))
    conversations, wall = house.stores.conversations, house.clock.wall() + timedelta(seconds=21)
    assert await conversations.claim_sending(
        house.conversation_id(wang), holder="third", wall=wall, length=timedelta(seconds=20)
    )
    await slow.tasks.idle()
    await slow.close()
    assert await texts(wang) == ["一"]
    assert (await row(house, "二")).state is S.QUEUED
    await conversations.release_sending(house.conversation_id(wang), holder="third")
    await house.work()
    assert await texts(wang) == ["一", "二"]


async def test_a_lost_wake_up_costs_nothing_but_time(house: House, redis_url: str) -> None:
    from redis import Redis

    wang = await house.owner("wang")
    await wang.says("你好")
    await put(house, wang, "还在")
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    assert await house.stores.wake.listen("anybody") == []
    await house.work()
    assert await texts(wang) == ["还在"]


async def test_stale_news_does_not_follow_newer_news_by_another_way(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path="cgi-bin/message/custom/send", http_status=502, times=1)
    await put(house, wang, "接单了", Kind.URGENT, ticket_id="t1")
    await house.work()
    await house.later(minutes=5)
    await put(house, wang, "修好了", Kind.URGENT, ticket_id="t1")
    await house.work()
    await house.later(minutes=6)
    assert [entry.text for entry in await pushed(wang)] == ["修好了"]
    assert await states(house, "接单了", "修好了") == [S.CANCELLED, S.ACCEPTED]
    assert list(await attention(house)) == ["test:接单了"]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_wechat_does_nothing_is_said_twice_or_out_of_order_and_nothing_is_forgotten(
    house: House, seed: int
) -> None:
    dice = random.Random(seed)
    wang = await house.owner("wang")
    await wang.says("你好")
    workers = [house.background, another_worker(house, "two"), another_worker(house, "three")]
    paths = ["cgi-bin/message/custom/send", "cgi-bin/message/template/send"]
    faults: list[dict[str, object]] = [
        {"errcode": -1},
        {"errcode": 45015},
        {"errcode": 45047},
        {"errcode": 42001},
        {"http_status": 502, "when": "before"},
        {"http_status": 502, "when": "after"},
        {"drop": True, "when": "before"},
        {"drop": True, "when": "after"},
    ]
    said: list[str] = []
    ids: list[str] = []
    for step in range(24):
        if dice.random() < 0.5:
            await house.wechat.fault(path=dice.choice(paths), times=1, **dice.choice(faults))
        if dice.random() < 0.8:
            ids.append(
                await put(house, wang, f"<{step:02}>", dice.choice([Kind.STAFF_REPLY, Kind.STAFF_REPLY, Kind.URGENT]))
            )
        if dice.random() < 0.25:
            said.append((await wang.says("好的")).reply or "")
        await asyncio.gather(*(once(dice.choice(workers)) for _ in range(3)))
        house.clock.move(seconds=dice.choice([1, 5, 40, 700, 180_000]))
    await house.wechat.clear_faults()
    workers.append(another_worker(house, "knows of no pause"))  # pauses go by the machine's time, which stands here
    for _ in range(6):
        said.append((await wang.says("好的")).reply or "")
        await once(workers[-1])
        house.clock.move(minutes=11)
    for worker in workers[1:]:
        await worker.close()
    shown = [entry.text for entry in await wang.screen() if entry.channel in ("passive", "customer")]
    read = [mark for text in shown for mark in re.findall(r"<\d\d>", text)]
    assert len(read) == len(set(read)), "said twice"
    rows = [await row(house, id) for id in ids]
    assert {one.state for one in rows} <= {S.DELIVERED, S.UNDELIVERABLE, S.ACCEPTED}, [(r.text, r.state) for r in rows]
    listed = await attention(house)
    for one in rows:
        assert one.text in read or one.id in listed or any(a.rung is Rung.TEMPLATE for a in one.attempts), one
    replies = [mark for mark in read if next(one for one in rows if one.text == mark).kind == Kind.STAFF_REPLY]
    assert replies == sorted(replies), "out of order"


# ---- the window ----


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
