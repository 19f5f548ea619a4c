"""What people really write: half a sentence, a correction, a sign, abuse, English; and the answer to it."""

from __future__ import annotations

import pytest

from handlers import signs, temper
from handlers.english import is_english
from tests.handlers.talk import Talk


async def test_a_place_alone_is_asked_about_and_is_not_lost(wang: Talk) -> None:
    assert await wang.say("厨房") == "厨房怎么了？说一句就能派单，比如“漏水”“灯不亮”。"
    await wang.say("水龙头")

    ticket = await wang.ticket()
    assert (ticket.title, ticket.place) == ("厨房水龙头", "厨房")
    await wang.say("漏水了")
    assert [added.text for added in (await wang.ticket()).additions] == ["漏水了"]


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("3栋电梯", "电梯灯全灭了"),
        ("5栋2单元门禁", "门禁灯全灭了"),
        ("3号楼电梯间", "电梯间灯全灭了"),
        ("地下车库", "地下车库灯全灭了"),
    ],
)
async def test_the_name_of_a_place_is_no_report_yet(wang: Talk, place: str, title: str) -> None:
    assert (await wang.say(place)).startswith(f"{place}怎么了？")
    await wang.say("灯全灭了")
    assert (await wang.ticket()).title == title


async def test_half_a_sentence_is_listened_to(wang: Talk) -> None:
    assert await wang.say("有个事") == "您说，我听着。"
    assert "① 报修" in await wang.say("想把家里大门换成红色的"), "it is no word on a ticket: there is none"
    assert (await wang.say("3栋电梯")).startswith("3栋电梯怎么了？")


async def test_a_correction_is_repeated_and_the_title_follows(wang: Talk) -> None:
    await wang.say("卧室灯不亮了")
    assert (await wang.say("不对，是客厅的灯")).startswith("改过来了，是客厅（")
    assert "明天上午" in await wang.say("明天上午")
    said = await wang.say("哦不，后天上午")

    ticket = await wang.ticket()
    assert (ticket.title, ticket.place, ticket.wished_time) == ("客厅灯不亮了", "客厅", "后天上午")
    assert "客厅灯不亮了，改到后天上午" in said


@pytest.mark.parametrize("regret", ["又漏了", "等等，还是来吧，没弄好"])
async def test_who_cancelled_too_early_need_not_tell_it_all_again(wang: Talk, regret: str) -> None:
    await wang.say("厨房水龙头漏水，明天上午来")
    await wang.say("不用来了，我自己弄好了")
    assert "已经取消好了" in await wang.say("取消")
    said = await wang.say(regret)

    old, new = await wang.tickets()
    assert not old.is_open and new.title == old.title and new.number in said


async def test_no_visit_is_promised_for_the_night_or_for_yesterday(wang: Talk) -> None:
    await wang.say("客厅空调不制冷")
    assert "夜里不方便敲门" in await wang.say("凌晨三点")
    assert (await wang.say("明天下午三点")).startswith("记上了：明天下午三点")
    assert (await wang.say("改成昨天")).startswith("这个时间已经过了")
    assert (await wang.say("改时间")).startswith("改到什么时候方便")
    assert "夜里不方便敲门" in await wang.say("半夜")
    assert "改到后天" in await wang.say("后天上午")
    assert (await wang.ticket()).wished_time == "后天上午"


async def test_any_time_is_a_wish_too(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    assert (await wang.say("都可以")).startswith("好的，时间您不限")
    assert (await wang.ticket()).wished_time == "都可以"


async def test_words_to_a_push_are_not_the_answer_to_our_question(wang: Talk) -> None:
    await wang.say("客厅灯不亮")
    for words in ("收到，谢谢", "知道了", "好的知道了"):
        assert await wang.say(words) in ("好的，有事随时说。", "不客气，有事随时说。")
    assert "明天上午" in await wang.say("明天上午")
    assert (await wang.ticket()).wished_time == "明天上午"


async def test_the_third_chase_is_one_as_well(wang: Talk) -> None:
    await wang.say("楼道灯不亮")
    for words in ("怎么还没来", "怎么还没来", "到底来不来"):
        said = await wang.say(words)
    assert "主管也在盯了" in said and (await wang.ticket()).nudges == 3


@pytest.mark.parametrize("words", ["楼上是1602", "他家没人", "楼上户主姓陈"])
async def test_whom_it_concerns_is_no_second_ticket(wang: Talk, words: str) -> None:
    await wang.say("楼上漏水漏到我家天花板了，滴得厉害")
    assert (await wang.say(words)).startswith("记上了")

    assert [added.text for added in (await wang.ticket()).additions] == [words]


async def test_abuse_without_a_matter_is_asked_about_calmly(wang: Talk) -> None:
    for words in ("你们这帮吃干饭的废物", "傻逼物业", "滚"):
        assert (await wang.say(words)).startswith("抱歉让您生气了。是什么事没办好？")
    assert "单号 C" in await wang.say("你们保安骂人")

    await wang.ticket()


@pytest.mark.parametrize("words", ["垃圾没人清", "楼下垃圾桶满了", "你们物业太差劲了，垃圾堆了三天", "骗子上门推销"])
def test_a_matter_is_no_mere_abuse(words: str) -> None:
    assert not temper.only_abuse(words)


@pytest.mark.parametrize(
    ("sign", "texts"),
    [
        ("glad", ("🙏", "👍🏻👍", "[强][玫瑰]")),
        ("upset", ("😡", "[流泪]", "😭😭！")),
        (None, ("💧💧", "?", "", "好👍", "[3栋]", "[强]修好了", "漏水😭")),
    ],
)
def test_signs(sign: str | None, texts: tuple[str, ...]) -> None:
    assert [signs.read_sign(text) for text in texts] == [sign] * len(texts)


async def test_signs_are_answered_as_what_they_say(wang: Talk) -> None:
    assert (await wang.say("😡")).startswith("怎么了？")
    await wang.say("客厅灯不亮，明天上午来")
    assert await wang.say("🙏") == "好的，有事随时说。"
    assert (await wang.ticket()).number in await wang.say("😭😭"), "they wait for it"


async def test_who_would_rather_not_say_is_told_why_and_what_to_do(stranger: Talk) -> None:
    await stranger.say("我家灯坏了")
    assert "免得别人冒用您家" in await stranger.say("为什么要手机号")
    said = await stranger.say("不想给")
    assert (await stranger.ticket()).number in said and "房号还没有" in said
    assert "3栋2单元1502" in await stranger.say("3栋2单元1502")
    assert (await stranger.ticket()).room_name == "3栋2单元1502"


async def test_particulars_come_in_pieces_or_in_the_middle_of_an_emergency(stranger: Talk) -> None:
    await stranger.say("厨房好像有煤气味")
    said = await stranger.say("王芳 3栋2单元1502 13800000000")

    assert "认出您了，王芳" in said and (await stranger.ticket()).room_name == "3栋2单元1502"
    assert (await stranger.conversation()).homes


async def test_the_name_may_come_first(stranger: Talk) -> None:
    assert (await stranger.say("王芳")).startswith("还差房号和手机号")
    assert (await stranger.say("3栋2单元1502")).startswith("还差手机号")
    assert (await stranger.say("13800000000")).startswith("认出您了，王芳")


async def test_english_gets_a_line_that_its_writer_can_read(wang: Talk) -> None:
    said = await wang.say("My light in the living room is broken, can you send someone tomorrow morning")
    ticket = await wang.ticket()
    assert said.endswith(f"Received ({ticket.number}). We will tell you here who comes and when.")
    assert len(said.splitlines()) <= 5

    said = await wang.say("Help! water everywhere in my kitchen")
    assert "somebody is being sent now. Shut the main valve" in said
    assert "To talk to a person" in await wang.say("What time does the office open?")
    assert (await wang.say("thank you very much")).startswith("不客气")
    assert not is_english("my 空调 is not working") and not is_english("R20260310-0001 ok")
