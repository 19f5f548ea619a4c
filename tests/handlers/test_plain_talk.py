"""How people talk: slang, dialect, prices first, the same again, thanks with a wish behind them."""

from __future__ import annotations

import pytest

from desk.texts import Texts
from handlers.safety import safety_text, unmistakable
from nlp import understand
from tests.handlers.talk import Talk

TEXTS = Texts.load()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("3栋电梯坏了，有人困在里面", "lift"),
        ("小区门口井盖没了，差点掉下去", "hole"),
        ("楼上阳台的玻璃松了要掉下来，快来人", "above"),
        ("厨房有股怪味", "smell"),
        ("救命啊 孩子掉水池里了", "drowning"),
    ],
)
def test_the_advice_fits_the_danger(words: str, line: str) -> None:
    assert safety_text(TEXTS, understand(words)) == TEXTS.say(f"safety.{line}")


def test_nobody_is_told_to_keep_off_the_doors_of_a_lift_that_is_empty() -> None:
    assert safety_text(TEXTS, understand("3栋电梯坏了，老人下不了楼")) is None


@pytest.mark.parametrize(
    "words", ["心态崩了 跟水管爆了似的", "小说里男主被困电梯 三章才出来", "等着救命呢 我的快递一直不动"]
)
def test_what_is_only_told_of_is_no_danger(words: str) -> None:
    assert unmistakable(words) is None


async def test_slang_is_no_emergency(wang: Talk) -> None:
    said = await wang.say("救命谁懂啊 空调突然不制冷了要热死了")
    assert "马上派人" not in said and not (await wang.ticket()).urgent


async def test_the_same_words_again_are_the_same_matter(wang: Talk) -> None:
    await wang.say("厨房漏水，明天上午来")
    assert (await wang.say("厨房漏水")).startswith("这件事已经有单了")
    await wang.ticket()
    assert "单号" in await wang.say("卫生间漏水")
    assert len(await wang.tickets()) == 2


async def test_who_asks_for_the_price_first_need_not_say_it_again(wang: Talk) -> None:
    await wang.say("马桶堵了疏通多少钱")
    await wang.say("那来通一下吧")

    assert (await wang.ticket()).title.startswith("马桶堵了")


async def test_a_wish_behind_the_thanks_is_taken(wang: Talk) -> None:
    said = await wang.say("谢谢，马桶修好了，再帮我看看花洒")
    ticket = await wang.ticket()
    assert "花洒" in ticket.title and ticket.number in said
    assert await wang.say("谢谢你们帮我看看") == "不客气，有事随时说。"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("不好意思发错了", "没关系，有事随时说。"),
        ("怎么还不来人", "没找到您在办的单子。是哪件事？说一句，马上登记。"),
        ("张师傅", "您说，我听着。"),
    ],
)
async def test_words_that_want_no_ticket_open_none(wang: Talk, words: str, answer: str) -> None:
    assert await wang.say(words) == answer
    assert await wang.tickets() == []


async def test_a_number_in_letters_is_a_choice(wang: Talk) -> None:
    assert "① 报修" in await wang.say("一")
    assert await wang.tickets() == []


async def test_a_changed_phone_goes_to_the_front_desk(wang: Talk) -> None:
    said = await wang.say("我换手机号了，新号13712345678")
    assert said.startswith("转给前台了，单号 I") and "13712345678" not in (await wang.ticket()).title


async def test_since_today_is_no_wish_and_the_weekend_is_one(wang: Talk) -> None:
    await wang.say("今天厨房灯又坏了")
    assert (await wang.ticket()).wished_time is None
    await wang.say("周末两天都可以")
    assert (await wang.ticket()).wished_time == "周末"


async def test_the_place_may_come_after_the_time(wang: Talk) -> None:
    await wang.say("水龙头漏水")
    await wang.say("明天上午")
    assert (await wang.say("厨房的")).startswith("记上了：厨房")
    ticket = await wang.ticket()
    assert (ticket.place, ticket.wished_time) == ("厨房", "明天上午")


async def test_well_again_and_giving_up_are_about_the_open_work(wang: Talk) -> None:
    await wang.say("厨房漏水，明天上午来")
    await wang.say("客厅灯不亮，明天上午来")
    assert "厨房漏水，对吗？① 取消" in await wang.say("不漏了")
    await wang.say("1")
    kitchen, lamp = await wang.tickets()
    assert not kitchen.is_open and lamp.is_open
    assert lamp.number in await wang.say("要等到什么时候")
    assert lamp.number in await wang.say("师傅到哪了")


async def test_what_is_added_to_a_lost_thing_joins_it(wang: Talk) -> None:
    await wang.say("我在小区丢了个蓝色书包")
    assert (await wang.say("里面有身份证")).startswith("记上了")
    await wang.ticket()


async def test_a_parcel_that_somebody_took_is_searched_for(wang: Talk) -> None:
    assert "单号 P" in await wang.say("有人拿了我的快递")


async def test_a_day_stays_a_day(wang: Talk) -> None:
    await wang.say("厨房漏水，周六上午来")
    assert "改到明天。" in (await wang.say("改到明天")).replace("\n", "")
