"""Pushes to a bot that behaves, in all three modes."""

from __future__ import annotations

import asyncio
import base64

import pytest

from bot.emulator.client import EmulatorClient, EmulatorProblem
from tests.emulator.pretend_bot import PretendBot, sha


async def test_console_check_of_the_address(wechat: EmulatorClient, bot: PretendBot) -> None:
    assert await wechat.handshake() == (True, "ok")
    bot.config = bot.config.model_copy(deep=True)
    bot.config.account.token = "another1"
    assert await wechat.handshake() == (False, "answered with status 403")


@pytest.mark.parametrize("mode", ["plaintext", "compatible", "safe"])
async def test_a_message_is_answered_in_every_mode(wechat: EmulatorClient, bot: PretendBot, mode: str) -> None:
    await wechat.configure(mode=mode)
    lin = await wechat.user("林女士")
    result = await lin.says("厨房水管漏水 ]]> 😀")
    assert result.reply == "听到了: 厨房水管漏水 ]]> 😀"
    assert result.fault is None
    assert [entry.channel for entry in await lin.screen()] == ["sent", "passive"]
    assert bot.heard[-1]["Content"] == "厨房水管漏水 ]]> 😀"
    assert (b"<Content>" in bot.bodies[-1]) is (mode != "safe")
    assert ("msg_signature" in bot.queries[-1]) is (mode != "plaintext")
    assert bot.queries[-1]["openid"] == lin.openid


async def test_message_numbers_grow_and_do_not_fit_a_float(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin")
    numbers = [int((await lin.says(str(index))).msg_id or 0) for index in range(20)]
    assert numbers == sorted(set(numbers))
    assert 2**53 < numbers[0] < 2**63
    assert [int(fields["MsgId"]) for fields in bot.heard[1:]] == numbers


async def test_every_kind_of_message_carries_its_fields(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.sends_image()
    await lin.sends_voice("水管爆了")
    await lin.sends_voice()
    await lin.sends_video()
    await lin.sends_location(label="3 栋")
    await lin.sends_link("公告", "https://example.com/1")
    await lin.taps_msgmenu("r1", "好了")
    await lin.sends({"MsgType": "sticker", "Md5": "abc"})
    kinds = [fields["MsgType"] for fields in bot.heard]
    assert kinds == ["image", "voice", "voice", "video", "location", "link", "text", "sticker"]
    image, spoken, silent, video, place, link, tapped, _ = bot.heard
    assert image["PicUrl"].startswith("http://127.0.0.1:") and image["MediaId"]
    assert spoken["Recognition"] == "水管爆了" and spoken["Format"] == "amr"
    assert "Recognition" not in silent
    assert video["ThumbMediaId"]
    assert float(place["Location_X"]) == 30.28 and place["Label"] == "3 栋"
    assert link["Url"] == "https://example.com/1"
    assert tapped["bizmsgmenuid"] == "r1" and tapped["Content"] == "好了"
    assert all(fields["MsgId"].isdigit() for fields in bot.heard)


async def test_events_have_no_message_number(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow=False)
    await lin.scans("b:Zk3vQ9xT")
    await lin.scans("b:other")
    await lin.taps_menu("REPORT")
    await lin.taps_menu("https://example.com/", event="view")
    await lin.unfollow()
    await lin.follow()
    assert [(fields["Event"], fields["EventKey"]) for fields in bot.heard] == [
        ("subscribe", "qrscene_b:Zk3vQ9xT"),
        ("SCAN", "b:other"),
        ("CLICK", "REPORT"),
        ("VIEW", "https://example.com/"),
        ("unsubscribe", ""),
        ("subscribe", ""),
    ]
    assert bot.heard[0]["Ticket"] and bot.heard[1]["Ticket"]
    assert not any("MsgId" in fields for fields in bot.heard)


async def test_nobody_answers_three_times_then_the_user_is_told(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await wechat.configure(deadline_seconds=0.25)
    bot.delays = [1, 1, 1]
    result = await lin.says("在吗")
    assert [attempt.outcome for attempt in result.attempts] == ["timeout"] * 3
    assert all(attempt.milliseconds >= 240 for attempt in result.attempts)
    assert {fields["MsgId"] for fields in bot.heard} == {result.msg_id}
    assert len(bot.heard) == 3
    assert result.reply is None and "no answer within" in (result.fault or "")
    assert (await lin.screen())[-1].channel == "fault"
    assert "提供的服务出现故障" in (await lin.screen())[-1].text


async def test_a_late_first_answer_is_made_good_by_the_second(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await wechat.configure(deadline_seconds=1)
    bot.delays = [2]
    result = await lin.says("在吗")
    assert [attempt.outcome for attempt in result.attempts] == ["timeout", "reply"]
    assert result.reply == "听到了: 在吗" and result.fault is None
    assert [entry.channel for entry in await lin.screen()] == ["sent", "passive"]


async def test_server_errors_and_no_server_are_tried_again(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    bot.statuses = [500, 503]
    result = await lin.says("在吗")
    assert result.statuses == [500, 503, 200] and result.fault is None
    await wechat.configure(callback_url="http://127.0.0.1:9/callback")
    result = await lin.says("还在吗")
    assert [attempt.outcome for attempt in result.attempts] == ["refused"] * 3
    assert "connection failed" in (result.fault or "")


async def test_same_push_many_times_at_once_is_shown_once(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    result = await lin.says("漏水", parallel=3, repeats=2)
    assert len(bot.heard) == 5 and len({fields["MsgId"] for fields in bot.heard}) == 1
    assert len({query["nonce"] for query in bot.queries}) == 5
    assert [entry.text for entry in await lin.screen()] == ["漏水", "听到了: 漏水"]
    assert result.fault is None


async def test_retries_may_carry_the_same_signature(wechat: EmulatorClient, bot: PretendBot) -> None:
    await wechat.configure(retries_sign_again=False)
    lin = await wechat.user("lin", follow="quietly")
    bot.statuses = [500]
    await lin.says("漏水")
    assert len({query["nonce"] for query in bot.queries}) == 1
    assert len({query["signature"] for query in bot.queries}) == 1


async def test_pushes_can_overtake_each_other_and_come_again_later(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    first = await lin.says("一", hold=True)
    second = await lin.says("二", hold=True)
    assert first.state == "held" and bot.heard == []
    assert (await wechat.deliver(second)).reply == "听到了: 二"
    assert (await wechat.deliver(first)).reply == "听到了: 一"
    again = await wechat.deliver(first)
    assert [fields["Content"] for fields in bot.heard] == ["二", "一", "一"]
    assert [attempt.reply for attempt in again.attempts] == ["听到了: 一"] * 2
    assert [entry.text for entry in await lin.screen() if entry.channel == "passive"] == ["听到了: 二", "听到了: 一"]


async def test_control_characters_travel_as_they_are(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    result = await lin.says("漏\x1d水")
    assert result.statuses == [400] * 3  # the pretend bot does not clean them
    bot.bodies.clear()
    await wechat.configure(mode="plaintext")
    await lin.says("漏\x1d水")
    assert "漏\x1d水".encode() in bot.bodies[0]


async def test_wrong_stale_and_foreign_seals_on_purpose(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    assert (await lin.says("一", signature="broken")).statuses == [403] * 3
    now = int((await lin.says("二", age_seconds=400)).create_time)
    assert 395 <= now - int(bot.queries[-1]["timestamp"]) <= 405
    await lin.says("三", trailing_app_id="wx0000000000000000")
    body = bot.bodies[-1].decode()
    sealed = body[body.index("<Encrypt><![CDATA[") + 18 : body.rindex("]]></Encrypt>")]
    query = bot.queries[-1]
    assert query["msg_signature"] == sha(bot.config.account.token, query["timestamp"], query["nonce"], sealed)
    assert len(base64.b64decode(sealed)) % 32 == 0


async def test_raw_bodies_reach_the_bot_unchanged(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.raw(b"\xff\xfe<xml>", encrypt=False)
    assert bot.bodies[-1] == b"\xff\xfe<xml>"
    assert "msg_signature" not in bot.queries[-1]


async def test_slow_body_and_a_push_nobody_waits_for(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    slow = await lin.says("慢慢来", slow_seconds=0.3)
    assert slow.reply == "听到了: 慢慢来" and slow.attempts[0].milliseconds >= 300
    bot.delays = [0.1]
    result = await lin.says("不等", wait=False)
    assert result.state == "delivering" or result.attempts == []
    shown = await lin.wait_for("听到了: 不等")
    assert shown.channel == "passive" and shown.push_id == result.id


async def test_who_does_not_follow_cannot_write(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow=False)
    with pytest.raises(EmulatorProblem, match="follow first"):
        await lin.says("在吗")
    result = await lin.says("在吗", force=True)
    assert bot.heard[-1]["Content"] == "在吗"
    assert [entry.channel for entry in await lin.screen()] == ["sent"]
    assert result.fault is None


async def test_fifty_people_at_once(wechat: EmulatorClient, bot: PretendBot) -> None:
    phones = await asyncio.gather(*(wechat.user(f"owner{number}", follow="quietly") for number in range(50)))
    assert len({phone.openid for phone in phones}) == 50
    assert all(len(phone.openid) == 28 for phone in phones)
    results = await asyncio.gather(*(phone.says(phone.name) for phone in phones))
    assert [result.reply for result in results] == [f"听到了: owner{number}" for number in range(50)]
