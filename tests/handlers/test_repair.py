"""Somebody reports what is broken: the ticket is there at once, and at most one thing is asked with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from pymongo import monitoring

from desk.desk import Desk
from store.client import connect
from store.sealed import Sealer
from store.stores import Stores
from tests.clock import FixedClock
from tests.handlers.conftest import HOME, OTHER_HOME
from tests.handlers.talk import Talk


async def test_an_emergency_gets_advice_first_a_number_and_no_question(wang: Talk) -> None:
    said = await wang.say("3栋2单元1502厨房水管爆了,水漫出来了")

    ticket = await wang.ticket()
    first, second, third = said.splitlines()
    assert first.startswith("收到，马上派人。水大的话请先关家里的总水阀")
    assert second.startswith(f"单号 {ticket.number} · 3栋2单元1502 厨房水管爆了") and second.endswith("（紧急）")
    assert third == "工程师傅 10 分钟内接单，接单后告诉您是谁、几点到。"
    assert ticket.urgent and ticket.room_id == HOME and ticket.place == "厨房" and ticket.owner_id == "wang"
    assert ticket.classified and ticket.classified["words"]
    assert (await wang.conversation()).dialogue is None


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("家里有很大的煤气味", "请马上开窗、关燃气阀"),
        ("有人困在电梯里了", "请别扒门"),
        ("插座冒火花了", "请别碰湿的插座"),
        ("厨房着火了", "人先走，走楼梯"),
    ],
)
async def test_the_advice_fits_the_danger(wang: Talk, text: str, advice: str) -> None:
    assert advice in await wang.say(text)


async def test_nobody_is_told_to_shut_a_valve_when_the_water_is_off(wang: Talk) -> None:
    said = await wang.say("家里突然停水了")

    assert "阀" not in said and (await wang.ticket()).urgent


async def test_a_plain_repair_is_asked_for_place_then_time_and_both_are_on_the_ticket(wang: Talk) -> None:
    said = await wang.say("灯坏了")
    ticket = await wang.ticket()
    assert ticket.number in said and "10 分钟内有师傅接单" in said
    assert said.endswith("是家里哪个位置的灯？回一句就行，比如“客厅”，不好说就回“跳过”。")
    assert said.count("？") == 1

    said = await wang.say("客厅")
    assert "客厅" in said and "什么时候上门方便" in said
    said = await wang.say("明天上午")
    assert said == f"记上了：明天上午（{ticket.number}）。"

    ticket = await wang.ticket()
    assert (ticket.place, ticket.wished_time) == ("客厅", "明天上午")
    assert (await wang.conversation()).dialogue is None


async def test_questions_can_be_skipped_and_are_not_asked_again(wang: Talk) -> None:
    await wang.say("灯坏了")
    said = await wang.say("跳过")

    assert "？" not in said and (await wang.conversation()).dialogue is None
    assert (await wang.ticket()).place is None


async def test_what_was_said_is_not_asked(wang: Talk) -> None:
    said = await wang.say("卫生间马桶堵了，明天下午来修")

    ticket = await wang.ticket()
    assert "？" not in said and "您希望明天下午" in said
    assert (ticket.place, ticket.wished_time) == ("卫生间", "明天下午")


async def test_a_time_said_before_it_is_asked_is_taken(wang: Talk) -> None:
    await wang.say("灯坏了")
    said = await wang.say("后天上午")

    ticket = await wang.ticket()
    assert (ticket.place, ticket.wished_time) == (None, "后天上午") and "？" not in said


@pytest.mark.parametrize("text", ["随便什么时候", "都行", "随时"])
async def test_any_time_is_an_answer(wang: Talk, text: str) -> None:
    await wang.say("客厅灯不亮了")
    await wang.say(text)

    assert len(await wang.tickets()) == 1 and (await wang.conversation()).dialogue is None


async def test_what_stands_in_one_place_only_is_not_asked_where(wang: Talk) -> None:
    assert "哪个位置" not in await wang.say("我家马桶堵了")


async def test_for_what_all_share_nobody_need_be_at_home(wang: Talk) -> None:
    said = await wang.say("楼道灯坏了")

    assert "？" not in said and (await wang.ticket()).number in said


async def test_the_home_is_asked_when_there_are_several(both: Talk) -> None:
    said = await both.say("厨房水龙头漏水")
    ticket = await both.ticket()
    assert ticket.number in said and said.endswith("是哪一套？① 2栋1单元801 ② 1栋1单元302")

    said = await both.say("1栋那套")
    assert said.endswith("回前面的数字或名字就行：① 2栋1单元801 ② 1栋1单元302")
    said = await both.say("第二个")

    ticket = await both.ticket()
    assert ticket.room_id == OTHER_HOME and ticket.room_name == "1栋1单元302" and "1栋1单元302" in said


async def test_a_room_in_the_words_that_is_theirs_is_taken(both: Talk) -> None:
    said = await both.say("1-1-302卫生间马桶堵了")

    assert "哪一套" not in said and (await both.ticket()).room_id == OTHER_HOME


async def test_something_new_leaves_the_question(wang: Talk) -> None:
    await wang.say("灯坏了")
    said = await wang.say("楼上半夜装修太吵了")

    assert [t.number[0] for t in await wang.tickets()] == ["C", "R"]
    assert "这件事我们接下了" in said
    assert [t.place for t in await wang.tickets()] == [None, None]


async def test_an_emergency_breaks_through_a_question(wang: Talk) -> None:
    await wang.say("客厅灯不亮了")
    said = await wang.say("水管爆了，水漫出来了")

    assert said.startswith("收到，马上派人") and len(await wang.tickets()) == 2


async def test_thanks_in_between_leave_the_question_standing(wang: Talk) -> None:
    await wang.say("灯坏了")
    assert await wang.say("谢谢") == "不客气，有事随时说。"
    await wang.say("客厅")

    assert (await wang.ticket()).place == "客厅"


async def test_two_matters_are_two_tickets_and_one_receipt(wang: Talk) -> None:
    said = await wang.say("厨房水管漏水，另外楼上太吵了")

    complaint, repair = await wang.tickets()
    assert (repair.number[0], complaint.number[0]) == ("R", "C")
    assert repair.number in said and complaint.number in said and said.startswith("2 件事都接下了")
    assert {"kind": "together", "id": complaint.id} in repair.links
    assert {"kind": "together", "id": repair.id} in complaint.links


async def test_a_question_beside_a_repair_is_answered_too(wang: Talk) -> None:
    said = await wang.say("厨房灯坏了，另外我的快递到了吗")

    assert "还没登记到您的快递" in said and (await wang.ticket()).number in said


async def test_the_same_matter_again_joins_its_ticket(wang: Talk) -> None:
    await wang.say("厨房水管漏水，明天上午来")
    said = await wang.say("厨房水管漏水越来越大")

    ticket = await wang.ticket()
    assert said.startswith(f"这件事已经有单了：{ticket.number}") and "明天 17:30" in said
    assert [addition.text for addition in ticket.additions] == ["厨房水管漏水越来越大"]


async def test_only_the_wish_to_report_is_asked_what_it_is(wang: Talk) -> None:
    assert "哪里坏了" in await wang.say("我要报修")
    assert not await wang.tickets()
    said = await wang.say("阳台推拉门卡住了")

    assert (await wang.ticket()).number in said


async def test_at_night_the_times_are_those_of_the_next_morning(wang: Talk, clock: FixedClock) -> None:
    clock.move(hours=13)  # 23:00
    said = await wang.say("卫生间马桶堵了，后天下午来修")

    assert "明天 8:40 前有师傅接单" in said


async def test_a_receipt_never_exceeds_five_lines(both: Talk, wang: Talk) -> None:
    for talk in (both, wang):
        for text in (
            "灯坏了",
            "水管爆了，水漫出来了",
            "厨房水管漏水，另外楼上太吵了",
            "厨房灯坏了，另外我的快递到了吗",
        ):
            assert len((await talk.say(text)).splitlines()) <= 5


@pytest.mark.parametrize("text", ["厨房灯坏了<script>alert(1)</script>", "厨房灯坏了]]>", "厨房灯坏了{number}[[x]]"])
async def test_markup_is_only_text(wang: Talk, text: str) -> None:
    said = await wang.say(text)

    ticket = await wang.ticket()
    assert ticket.number in said and ticket.description == text


async def test_twenty_thousand_characters_are_one_ticket_with_a_short_title(wang: Talk) -> None:
    said = await wang.say("厨房水管漏水了" + "水" * 20_000)

    ticket = await wang.ticket()
    assert len(ticket.title) <= 21 and len(ticket.description) <= 2000 and len(said.encode()) < 2000


async def test_opening_a_ticket_costs_two_store_operations_and_talk_none(
    mongodb_uri: str, database_name: str, wang: Talk, clock: FixedClock
) -> None:
    class Counter(monitoring.CommandListener):
        names: list[str] = []

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            if event.command_name in ("find", "insert", "update", "findAndModify", "aggregate", "delete"):
                self.names.append(event.command_name)

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    counter = Counter()
    stores = Stores(
        connect(mongodb_uri, database_name, listeners=[counter]), None, sealer=Sealer("test secret"), name="counted"
    )
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    watched = Talk(desk, wang.stores, clock, wang.id)
    await watched.say("阳台推拉门卡住了")  # the day's counter is made at its first use
    await desk.knowledge.ready()  # as the processes do at their start
    expected = {"厨房水管漏水": 2, "你好": 0, "我的单怎么样了": 0, "谢谢": 0, "周末能装修吗": 0, "催一下": 1, "😀": 0}
    expected |= {"好的": 0, "嗯": 0, "人工": 0}
    try:
        for text, most in expected.items():
            counter.names.clear()
            watched.count += 1
            await watched.say(text, first_time=True)
            used = list(counter.names)
            assert len(used) <= most, (text, used)
    finally:
        await stores.close()


async def test_an_expired_question_is_dropped_without_a_word(wang: Talk, clock: FixedClock) -> None:
    await wang.say("灯坏了")
    clock.move(minutes=31)
    said = await wang.say("客厅")

    assert (await wang.ticket()).place is None and "记上了：客厅" not in said


async def test_a_question_of_an_older_version_is_dropped_without_a_word(wang: Talk) -> None:
    await wang.say("灯坏了")
    dialogue = (await wang.conversation()).dialogue
    assert dialogue is not None
    await wang.bind_also(dialogue=dialogue.model_dump() | {"version": 0, "data": {"shape": "unknown"}})
    await wang.say("靠墙那边")

    assert (await wang.ticket()).place is None


async def test_a_dialogue_that_nobody_knows_any_more_does_no_harm(wang: Talk, clock: FixedClock) -> None:
    expires = clock.now() + timedelta(minutes=5)
    await wang.bind_also(dialogue={"kind": "gone", "step": "x", "version": 1, "data": {}, "expires_at": expires})

    assert await wang.say("你好") == "您好，王芳，我在。要修什么、问什么，直接说一句就行。"


# ---- handled again after a crash ----


@pytest.mark.parametrize("text", ["厨房水管爆了,水漫出来了", "灯坏了", "厨房水管漏水，另外楼上太吵了", "楼上太吵了"])
async def test_a_message_that_is_handled_again_opens_nothing_twice(wang: Talk, text: str) -> None:
    first, second = await wang.crashed_on(text)
    many = len(await wang.tickets())

    assert first == second
    assert wang.last is not None
    assert await wang.handle(wang.last) is not None
    assert len(await wang.tickets()) == many == (2 if "另外" in text else 1)


# ---- while an emergency is under way ----


async def test_somebody_trapped_is_kept_company(wang: Talk) -> None:
    await wang.say("我被困在电梯里了，2栋的")
    for text in ("快点", "还没来", "我害怕，里面好闷", "到底有没有人啊"):
        said = await wang.say(text)
        assert "又催了一遍，主管也叫上了" in said and "别扒门" in said, text
    assert "人出来就好" in await wang.say("出来了，谢谢")

    ticket = await wang.ticket()
    assert ticket.nudges == 4


async def test_water_that_runs_is_told_how_to_stop_it(wang: Talk) -> None:
    await wang.say("水管爆了，水一直喷")
    assert "顺时针拧到底" in await wang.say("总阀在哪")
    assert "别硬拧" in await wang.say("关不掉啊")
    assert "水止住就好" in await wang.say("关上了")
    assert (await wang.say("物业费怎么交")) and await wang.ticket()


async def test_a_locked_room_is_no_lift(wang: Talk) -> None:
    said = await wang.say("孩子被反锁在卧室里了")

    assert "隔着门" in said and "轿厢" not in said
    assert (await wang.ticket()).number in await wang.say("才两岁，在哭")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("我家着火了", "119"),
        ("有没有人啊救命", "120"),
        ("help! fire", "119"),
        ("help! water everywhere in my kitchen", "总水阀"),
    ],
)
async def test_a_danger_named_outright_is_an_emergency(wang: Talk, words: str, advice: str) -> None:
    said = await wang.say(words)

    assert said.startswith("收到，马上派人") and advice in said and (await wang.ticket()).urgent


@pytest.mark.parametrize(
    ("first", "then", "tickets"),
    [
        ("隔壁着火了", "插座冒烟了还能用吗", 2),
        ("隔壁着火了", "隔壁阳台还在冒烟", 1),
        ("厨房着火了", "油烟机也在冒烟", 1),
        ("车库水管爆了", "我家马桶爆管喷水了", 2),
    ],
)
async def test_a_danger_at_home_is_not_the_neighbours(wang: Talk, first: str, then: str, tickets: int) -> None:
    await wang.say(first)
    await wang.say(then)

    assert len(await wang.tickets()) == tickets


async def test_a_cry_for_help_is_no_second_emergency(talk_as: Callable[..., Awaitable[Talk]]) -> None:
    stranger = await talk_as()
    await stranger.say("我家着火了")
    assert "又催了一遍" in await stranger.say("快来啊")
    await stranger.say("3栋2单元1502")

    assert (await stranger.ticket()).room_name == "3栋2单元1502"
