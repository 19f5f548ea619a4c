"""Everything else: a person, courtesies, help, questions, parcels, and words that nobody understands."""

from __future__ import annotations

import pytest

from store.conversations import Mode
from store.parcels import Parcel
from store.stores import Stores
from tests.clock import FixedClock
from tests.handlers.conftest import HOME
from tests.handlers.talk import Talk

# ---- a person ----


async def test_a_person_is_promised_by_a_time_and_then_the_bot_is_silent(wang: Talk) -> None:
    said = await wang.say("人工")
    assert said.startswith("好的，转给前台了，10 分钟内有人接。")
    conversation = await wang.conversation()
    assert conversation.mode is Mode.PERSON and conversation.waiting_since is not None

    for text in ("厨房灯坏了", "你好", "1", "我的单怎么样了"):
        assert await wang.say(text) == ""
    assert await wang.say("", kind="image", media_id="photo-1") == ""
    assert not await wang.tickets()


async def test_at_night_the_owner_hears_when_the_desk_opens(wang: Talk, clock: FixedClock) -> None:
    clock.move(hours=13)

    assert "明天 8:30 上班就回您" in await wang.say("找人工客服")


async def test_an_emergency_is_handled_whoever_has_the_conversation(wang: Talk) -> None:
    await wang.say("人工")
    said = await wang.say("水管爆了，水漫出来了")

    assert said.startswith("收到，马上派人") and (await wang.ticket()).urgent
    assert (await wang.conversation()).mode is Mode.PERSON


@pytest.mark.parametrize("text", ["不用人工了", "转回机器人", "不要转人工"])
async def test_the_owner_may_hand_back(wang: Talk, text: str) -> None:
    await wang.say("人工")
    assert await wang.say(text) == "人工这边先到这里，之后有事还是直接发给我。"

    conversation = await wang.conversation()
    assert conversation.mode is Mode.BOT and conversation.waiting_since is None
    assert "客厅灯不亮了" in await wang.say("客厅灯不亮了")


async def test_not_wanting_a_person_hands_nobody_over(wang: Talk) -> None:
    await wang.say("不用人工了")

    assert (await wang.conversation()).mode is Mode.BOT


async def test_whether_it_is_a_machine_is_answered_honestly(wang: Talk) -> None:
    assert "自动管家" in await wang.say("你是机器人吗")
    assert (await wang.conversation()).mode is Mode.BOT


# ---- courtesies ----


async def test_courtesies_are_answered_and_open_nothing(wang: Talk) -> None:
    assert await wang.say("谢谢") == "不客气，有事随时说。"
    assert "我在" in await wang.say("你好")
    assert await wang.say("哈哈")
    assert not await wang.tickets()


async def test_a_suggestion_is_a_ticket_with_an_answer_by_a_time(wang: Talk) -> None:
    said = await wang.say("建议小区里加个秋千")

    ticket = await wang.ticket()
    assert ticket.number.startswith("S") and ticket.number in said and "明天 10:00 前给您回话" in said


async def test_praise_is_passed_on(wang: Talk) -> None:
    said = await wang.say("保安小王人很好，表扬一下")

    assert (await wang.ticket()).number in said and "原样转给" in said


async def test_lost_things_are_on_record(wang: Talk) -> None:
    said = await wang.say("我钥匙丢了，谁捡到了吗")

    assert (await wang.ticket()).number in said


# ---- questions and parcels ----


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("周末能装修吗", "周末 9:00 起"),
        ("物业费多少", "建筑面积算"),
        ("停车费多少钱一个月", "300 元一个月"),
        ("前台几点上班", "8:30-17:30"),
        ("门禁卡丢了怎么补办", "20 元一张"),
        ("搬家要开放行条吗", "放行条"),
    ],
)
async def test_what_is_asked_every_day_is_answered_at_once(wang: Talk, question: str, answer: str) -> None:
    assert answer in await wang.say(question)
    assert not await wang.tickets()


async def test_what_nobody_knows_goes_to_a_colleague_with_a_number(wang: Talk) -> None:
    assert "没查到准话" in await wang.say("请问附近的幼儿园什么时候报名")
    said = await wang.say("人工")

    ticket = await wang.ticket()
    assert ticket.number.startswith("I") and ticket.number in said and "今天 12:00 前给您答复" in said


async def test_parcels_are_told_with_shelf_and_code(wang: Talk, stores: Stores, clock: FixedClock) -> None:
    assert (await wang.say("我的快递到了吗")).startswith("还没登记到您的快递。到了马上告诉您，带取件码。")
    one = Parcel(
        id="p1", estate_id="hy", room_id=HOME, carrier="顺丰", shelf="A12", code="6-2031", arrived_at=clock.now()
    )
    await stores.parcels.add([one])
    assert await wang.say("我的快递到了吗") == "到了（顺丰），在 A12 架，取件码 6-2031，今天 21:00 前都能取。"
    await stores.parcels.add([one.model_copy(update={"id": "p2", "shelf": "B03", "code": "7-1180", "carrier": ""})])
    assert "B03 架，取件码 7-1180" in await wang.say("我的快递到了吗")


async def test_nobody_hears_of_others_parcels(stranger: Talk, stores: Stores, clock: FixedClock) -> None:
    await stores.parcels.add([Parcel(id="p1", estate_id="hy", room_id=HOME, code="6-2031", arrived_at=clock.now())])

    said = await stranger.say("3栋2单元1502的快递到了吗")
    assert "6-2031" not in said and "还差姓名和手机号" in said
    assert "6-2031" in await stranger.say("王芳 13800000000")


async def test_a_lost_parcel_is_a_ticket(wang: Talk) -> None:
    said = await wang.say("快递丢了")

    assert (await wang.ticket()).number.startswith("P") and (await wang.ticket()).number in said


async def test_wanting_to_ask_is_not_yet_a_question(wang: Talk) -> None:
    assert "您想问什么" in await wang.say("我想问一下")
    assert "可以施工" in await wang.say("周末能装修吗")
    assert not await wang.tickets()


# ---- nothing to understand ----


@pytest.mark.parametrize("text", ["😀", "?", "？？？", "...", "", "[微笑]" * 0, "👍👍👍", "\u200b"])
async def test_no_words_get_one_line_of_help_with_four_choices(wang: Talk, text: str) -> None:
    said = await wang.say(text)

    assert "④ 找人工" in said and "⑤" not in said and len(said.splitlines()) <= 2
    assert not await wang.tickets()


@pytest.mark.parametrize(
    ("choice", "said"), [("1", "哪里坏了"), ("报修", "哪里坏了"), ("③", "没有在办"), ("找人工", "转给前台")]
)
async def test_the_choices_work_as_numbers_and_words(wang: Talk, choice: str, said: str) -> None:
    await wang.say("？")

    assert said in await wang.say(choice)


async def test_twice_not_understood_goes_to_a_person(wang: Talk) -> None:
    assert "没看明白" in await wang.say("阿巴阿巴阿巴")
    said = await wang.say("咕噜咕噜咕噜")

    assert "不让您再猜了" in said and (await wang.conversation()).mode is Mode.PERSON


async def test_a_sticker_or_an_unknown_kind_is_no_error(wang: Talk) -> None:
    assert "④ 找人工" in await wang.say("", kind="sticker")
    assert await wang.event("something_new") == ""


async def test_words_right_after_a_ticket_are_about_it(wang: Talk, clock: FixedClock) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")
    await wang.say("是靠墙那边的")
    assert [a.text for a in (await wang.ticket()).additions] == ["是靠墙那边的"]

    clock.move(hours=2)
    assert "没看明白" in await wang.say("阿巴阿巴阿巴")


async def test_not_fixed_without_a_question_chases_what_is_open_or_asks_what_it_is(wang: Talk) -> None:
    assert "哪里坏了" in await wang.say("没好")
    await wang.say("卫生间马桶堵了，明天下午来修")
    await wang.say("还没好")

    assert (await wang.ticket()).nudges == 1


async def test_when_somebody_comes_is_a_question_about_the_ticket(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了，明天下午来修")

    assert "正在派单" in await wang.say("什么时候来")
    assert "正在派单" in await wang.say("师傅几点到")


async def test_the_street_lamp_is_in_nobodys_home(wang: Talk) -> None:
    await wang.say("小区路灯不亮")

    ticket = await wang.ticket()
    assert ticket.room_id is None and ticket.estate_id == "hy"


async def test_the_office_hours_are_told_in_an_emergency_too(wang: Talk) -> None:
    await wang.say("厨房水管爆了")

    assert "8:30-17:30" in await wang.say("几点上班")
    assert not (await wang.ticket()).additions
