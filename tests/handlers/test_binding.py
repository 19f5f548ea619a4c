"""Who is it? Following, scanning, name with room and phone; and nothing that somebody wanted gets lost on the way."""

from __future__ import annotations

import pytest

from desk.desk import Desk
from store.conversations import Mode
from tests.clock import FixedClock
from tests.handlers.conftest import HOME
from tests.handlers.talk import Talk


async def test_a_new_follower_is_welcomed_and_told_how(stranger: Talk) -> None:
    said = await stranger.event("subscribe")

    assert said.startswith("您好，这里是海悦花园物业管家。") and "姓名 房号 手机号" in said
    assert (await stranger.conversation()).followed


async def test_somebody_who_comes_back_is_recognised(wang: Talk) -> None:
    assert await wang.event("unsubscribe") == ""
    assert not (await wang.conversation()).followed
    said = await wang.event("subscribe")

    assert said.startswith("欢迎回来") and "3栋2单元1502" in said
    assert (await wang.conversation()).followed


async def test_a_scanned_code_binds_at_once_and_only_once(stranger: Talk, desk: Desk) -> None:
    scene = await desk.residents.scene_for(HOME, resident_id="wang")
    said = await stranger.event("subscribe", scene=scene)

    assert said.startswith("王芳，您好，认出您家了：3栋2单元1502。")
    conversation = await stranger.conversation()
    assert conversation.resident_id == "wang" and [h.room_id for h in conversation.homes] == [HOME]
    assert "认出您家了" in await stranger.event("SCAN", scene=scene)


async def test_a_code_that_was_used_by_somebody_else_is_refused_kindly(stranger: Talk, wang: Talk, desk: Desk) -> None:
    scene = await desk.residents.scene_for(HOME, resident_id="wang")
    await wang.event("SCAN", scene=scene)

    assert "过期了" in await stranger.event("SCAN", scene=scene)
    assert not (await stranger.conversation()).homes


@pytest.mark.parametrize(
    "text", ["王芳 3栋2单元1502 13800000000", "我是王芳，3-2-1502，138 0000 0000", "13800000000 3栋2单元1502 王芳"]
)
async def test_name_room_and_phone_in_one_line_bind(stranger: Talk, text: str) -> None:
    said = await stranger.say(text)

    assert said == "认出您了，王芳：3栋2单元1502，业主。"
    assert (await stranger.conversation()).resident_id == "wang"


async def test_a_repair_waits_for_the_binding_and_is_opened_with_it(stranger: Talk) -> None:
    said = await stranger.say("厨房水龙头漏水")
    assert said.startswith("“厨房水龙头漏水”先记下了") and "姓名 房号 手机号" in said
    assert not await stranger.tickets()

    said = await stranger.say("王芳 3栋2单元1502 13800000000")

    ticket = await stranger.ticket()
    assert said.startswith("认出您了，王芳") and ticket.number in said
    assert ticket.room_id == HOME and ticket.owner_id == "wang" and ticket.description == "厨房水龙头漏水"


async def test_only_what_is_missing_is_asked(stranger: Talk) -> None:
    await stranger.say("厨房水龙头漏水")
    assert await stranger.say("王芳") == "还差房号和手机号，一起回一句就行，只用来核对登记。"
    assert (await stranger.say("3栋2单元1502")).startswith("还差手机号")
    said = await stranger.say("13800000000")

    assert (await stranger.ticket()).number in said


async def test_the_room_in_the_report_need_not_be_said_again(stranger: Talk) -> None:
    said = await stranger.say("3栋2单元1502厨房灯坏了")

    assert "还差姓名和手机号" in said
    assert (await stranger.say("王芳 13800000000")).startswith("认出您了")
    assert (await stranger.ticket()).room_id == HOME


@pytest.mark.parametrize("text", ["跳过", "不想说", "凭什么要我手机号"])
async def test_who_would_rather_not_say_gets_the_ticket_all_the_same(stranger: Talk, text: str) -> None:
    await stranger.say("厨房水龙头漏水")
    said = await stranger.say(text)

    ticket = await stranger.ticket()
    assert ticket.number in said and ticket.room_id is None and ticket.category == "repair"


async def test_particulars_of_nobody_say_what_to_do_and_keep_the_matter(stranger: Talk) -> None:
    await stranger.say("厨房水龙头漏水")
    said = await stranger.say("王芳 3栋2单元1502 13800000009")
    assert said.startswith("和登记资料没对上") and "人工" in said

    said = await stranger.say("王芳 3栋2单元1502 13800000000")
    assert (await stranger.ticket()).number in said


async def test_after_five_wrong_tries_a_person_looks_and_the_matter_has_its_ticket(stranger: Talk) -> None:
    await stranger.say("厨房水龙头漏水")
    for last in range(1, 5):
        assert "没对上" in await stranger.say(f"王芳 3栋2单元1502 1380000000{last}")
    said = await stranger.say("王芳 3栋2单元1502 13800000007")

    ticket = await stranger.ticket()
    assert said.startswith("您的资料交给前台核对了，今天 12:00 前告诉您结果") and ticket.number in said
    assert (await stranger.conversation()).mode is Mode.PERSON

    await stranger.bind_also(mode="bot")
    assert "今天核对的次数用完了" in await stranger.say("王芳 3栋2单元1502 13800000000")
    assert not (await stranger.conversation()).homes
    await stranger.say("客厅灯坏了")
    assert len(await stranger.tickets()) == 2


async def test_the_tries_start_anew_the_next_day(stranger: Talk, clock: FixedClock) -> None:
    for last in range(1, 5):
        await stranger.say(f"王芳 3栋2单元1502 1380000000{last}")
    clock.move(days=1)

    assert (await stranger.say("王芳 3栋2单元1502 13800000000")).startswith("认出您了")


async def test_two_matters_of_somebody_unknown_are_both_opened(stranger: Talk) -> None:
    await stranger.say("厨房水龙头漏水")
    await stranger.say("楼上半夜装修太吵了")
    said = await stranger.say("王芳 3栋2单元1502 13800000000")

    tickets = await stranger.tickets()
    assert [t.number[0] for t in tickets] == ["C", "R"] and all(t.number in said for t in tickets)


async def test_an_emergency_of_somebody_unknown_asks_only_where(stranger: Talk) -> None:
    said = await stranger.say("水管爆了，水漫出来了")
    ticket = await stranger.ticket()
    assert said.startswith("收到，马上派人") and ticket.number in said and said.endswith("师傅直接过去。")

    await stranger.say("3栋2单元1502")

    ticket = await stranger.ticket()
    assert (ticket.room_id, ticket.room_name) == (HOME, "3栋2单元1502")


async def test_the_room_of_an_emergency_is_taken_as_written(stranger: Talk) -> None:
    said = await stranger.say("9栋1单元303水管爆了，水漫出来了")

    ticket = await stranger.ticket()
    assert (ticket.room_id, ticket.room_name) == (None, "9栋1单元303")
    assert "您在哪里" not in said


async def test_an_emergency_does_not_make_the_earlier_matter_vanish(stranger: Talk) -> None:
    await stranger.say("客厅灯坏了")
    said = await stranger.say("水管爆了，水漫出来了")

    tickets = await stranger.tickets()
    assert len(tickets) == 2 and all(ticket.number in said for ticket in tickets)


async def test_a_matter_that_waited_too_long_gets_its_ticket_with_the_next_word(
    stranger: Talk, clock: FixedClock
) -> None:
    await stranger.say("客厅灯坏了")
    clock.move(hours=2)
    said = await stranger.say("你好")

    assert (await stranger.ticket()).number in said and "刚才说的“客厅灯坏了”也登记了" in said


async def test_whoever_wants_a_person_instead_keeps_the_matter(stranger: Talk) -> None:
    await stranger.say("客厅灯坏了")
    said = await stranger.say("人工")

    assert "转给前台" in said and (await stranger.ticket()).number in said


async def test_questions_are_answered_without_a_home(stranger: Talk) -> None:
    assert "可以施工" in await stranger.say("周末能装修吗")
    await stranger.say("客厅灯坏了")
    assert "可以施工" in await stranger.say("周末能装修吗")
    said = await stranger.say("王芳 3栋2单元1502 13800000000")

    assert (await stranger.ticket()).number in said


async def test_whoever_is_bound_is_told_so(wang: Talk) -> None:
    assert "已经在您名下" in await wang.say("绑定房号")


async def test_what_was_opened_before_binding_belongs_to_the_person_afterwards(stranger: Talk) -> None:
    await stranger.say("水管爆了，水漫出来了")
    await stranger.say("跳过")
    await stranger.say("王芳 3栋2单元1502 13800000000")

    assert (await stranger.ticket()).owner_id == "wang"
    assert "水管爆了" in await stranger.say("我的单怎么样了")


async def test_binding_that_is_handled_again_says_the_same(stranger: Talk) -> None:
    await stranger.say("厨房水龙头漏水")
    first, second = await stranger.crashed_on("王芳 3栋2单元1502 13800000000")

    assert first == second and (await stranger.ticket()).number in second


async def test_the_account_menu_leads_to_the_same_places(wang: Talk) -> None:
    assert "哪里坏了" in await wang.event("CLICK", event_key="repair")
    said = await wang.say("阳台推拉门卡住了")
    assert (await wang.ticket()).number in said
    assert "推拉门" in await wang.event("CLICK", event_key="progress")
    assert "转给前台" in await wang.event("CLICK", event_key="person")


async def test_events_that_say_nothing_leave_the_question_standing(wang: Talk) -> None:
    await wang.say("灯坏了")
    assert await wang.event("VIEW", event_key="https://example.test/") == ""
    assert await wang.event("TEMPLATESENDJOBFINISH") == ""
    await wang.say("客厅")

    assert (await wang.ticket()).place == "客厅"


async def test_somebody_who_says_all_of_it_at_once_need_not_say_it_twice(stranger: Talk) -> None:
    said = await stranger.say("我家漏水了，我在3栋2单元1502，我叫王芳，电话13800000000")

    assert said.startswith("认出您了，王芳") and (await stranger.ticket()).room_id == HOME


async def test_a_yes_is_no_name_and_a_bare_number_is_a_room(stranger: Talk) -> None:
    await stranger.say("客厅灯坏了")
    assert "还差姓名" in await stranger.say("1502，13800000000")
    await stranger.say("好的")
    assert "没对上" not in await stranger.say("嗯")

    assert (await stranger.say("王芳")).startswith("认出您了")
