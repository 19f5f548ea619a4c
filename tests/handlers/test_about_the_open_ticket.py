"""Free words about what was reported already belong to it: times, corrections, chases, anger, mistakes."""

from __future__ import annotations

import pytest

from store.tickets import State
from tests.handlers.talk import Talk


async def test_a_burst_of_words_is_one_report(wang: Talk) -> None:
    for text in ("水龙头", "厨房的", "一直滴水", "关不紧", "还有", "明天上午来吧"):
        said = await wang.say(text)
        assert (text == "还有") == (said == "您说，我听着。")

    ticket = await wang.ticket()
    assert ticket.place == "厨房" and ticket.wished_time == "明天上午"


@pytest.mark.parametrize("text", ["一直滴水", "水管爆了", "楼上太吵"])
async def test_a_report_that_is_handled_again_does_not_go_on_with_itself(wang: Talk, text: str) -> None:
    first, second = await wang.crashed_on(text)

    assert first == second and (await wang.ticket()).number in second


async def test_a_bare_time_moves_the_visit_and_what_does_not_suit_is_no_time(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    assert "改到什么时候方便" in await wang.say("明天我不在家，换一天吧")
    assert "记上了：后天下午" in await wang.say("后天下午")
    assert "改到明天上午" in await wang.say("算了还是明早吧")
    assert "改到明天下午" in await wang.say("上午不方便，改明天下午行吗")
    assert "时间您不限" in await wang.say("随便什么时候")
    assert "定下哪天回一句" in await wang.say("过两天再说")

    assert (await wang.ticket()).wished_time == "过两天"


async def test_a_wrong_home_is_put_right(wang: Talk) -> None:
    await wang.say("家里马桶堵了")
    said = await wang.say("不是1502，是我妈家1602")

    ticket = await wang.ticket()
    assert said == f"改过来了，是 3栋2单元1602（{ticket.number}）。"
    assert (ticket.room_id, ticket.room_name) == ("hy/3-2-1602", "3栋2单元1602")


async def test_what_was_said_wrongly_is_put_right_on_the_same_ticket(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    await wang.say("明天上午")
    await wang.say("说错了，是卧室的灯")
    assert "改到后天上午" in await wang.say("说错了是后天上午")

    ticket = await wang.ticket()
    assert (ticket.place, ticket.wished_time) == ("卧室", "后天上午")


async def test_all_of_them_are_chased_when_all_are_meant(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    await wang.say("厨房水龙头漏水")
    assert "2 件都催了" in await wang.say("两个都没来")

    assert all(ticket.nudges == 1 for ticket in await wang.tickets())


@pytest.mark.parametrize("text", ["咋还没来嘞", "师傅到了没", "怎么处理的", "能不能快点，急用"])
async def test_asking_after_the_open_ticket_opens_nothing(wang: Talk, text: str) -> None:
    await wang.say("厨房水龙头漏水")

    assert (await wang.ticket()).number in await wang.say(text)
    await wang.ticket()


async def test_anger_without_a_fact_is_no_second_complaint(wang: Talk) -> None:
    await wang.say("楼上天天半夜蹦迪，吵死了")
    said = await wang.say("滚，别跟我说这些没用的")

    assert (await wang.ticket()).number in said and "回“人工”" in said


async def test_cancelled_by_mistake_is_reported_again(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    assert "取消好了" in await wang.say("不用来了")
    assert "客厅灯不亮" in await wang.say("我没说取消")

    first, second = await wang.tickets()
    assert first.state is State.CANCELLED and second.state is State.NEW
    assert "对吗？① 取消" in await wang.say("不好意思，发错群了")


async def test_a_vague_wish_for_somebody_to_come_is_asked_what_it_is(wang: Talk) -> None:
    for text in ("家里有点问题", "你们过来看一下吧"):
        assert (await wang.say(text)).startswith("哪里坏了？")
    assert await wang.say("跳过") == "好的，先放着。要办什么，说一句就行。"

    assert await wang.tickets() == []


async def test_what_is_no_answer_is_not_put_down_as_one(wang: Talk) -> None:
    await wang.say("灯坏了")
    assert "什么时候上门方便" in await wang.say("OK")
    assert "换个说法试试" in await wang.say("3")

    ticket = await wang.ticket()
    assert ticket.place is None and ticket.wished_time is None
