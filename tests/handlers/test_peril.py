"""Danger from people and to people: somebody comes at once, 110 or 120 is named; harmless words get none of it."""

from __future__ import annotations

import pytest

from desk.texts import Texts
from handlers import peril
from handlers.safety import danger, safety_text
from nlp import understand
from store.stores import Stores
from tests.handlers.talk import Talk

TEXTS = Texts.load()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("有人撬我家门", "crime"),
        ("有陌生人一直在敲我家门，我好害怕", "crime"),
        ("楼下有人拿刀砍人", "crime"),
        ("有人翻进我家阳台了", "crime"),
        ("楼下几个人打起来了，流血了", "crime"),
        ("有人要跳楼", "life"),
        ("我室友割腕了", "life"),
        ("她吃了一瓶安眠药", "life"),
        ("我不想活了", "self"),
        ("太累了，我真的活不下去了", "self"),
        ("看不到希望，我不想活了", "self"),
        ("他们吵架，她站在天台上要跳", "life"),
        ("早上发现室友吃了安眠药", "life"),
        ("花园里有人落水了", "drowning"),
        ("游泳池有人溺水了，天热人多没人看见", "drowning"),
        ("小孩掉进景观池了", "drowning"),
        ("有人在门口打架，拿着棍子", "crime"),
        ("我爸突然说不出话，手也动不了", "hurt"),
        ("老人在大堂滑倒摔伤了起不来", "hurt"),
        ("有人晕倒在车库", "hurt"),
        ("我妈一个人在家，打电话没人接，能不能帮忙去看看", "silent"),
        ("对门老奶奶好几天没动静，敲门不应", "silent"),
    ],
)
def test_what_goes_on_now(words: str, what: str) -> None:
    assert peril.now(words) == danger(words) == what
    assert safety_text(TEXTS, understand(words)) == TEXTS.say(f"safety.{what}")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("我家昨晚进小偷了，电脑被偷", "theft"),
        ("我电动车被偷了", "theft"),
        ("小区里狗把我孩子咬伤了", "bite"),
        ("被狗咬了一口", "bite"),
        ("孩子手被门夹了流血", "wound"),
        ("楼上两口子打架摔东西", "violence"),
        ("孩子在楼下被人打了", "violence"),
    ],
)
def test_what_has_happened_gets_a_calm_line(words: str, line: str) -> None:
    assert peril.now(words) is None and peril.advice(words) == f"advice.{line}"


@pytest.mark.parametrize(
    "words",
    """
    小偷太多了,建议加装监控
    楼下打架的鸟太吵
    猫打架吵死了
    狗咬坏了我家沙发
    隔壁狗天天叫
    快递被偷了
    锁芯坏了撬不开
    老人摔伤了谁负责
    快递员敲我家门没人
    师傅敲门了吗
    师傅电话没人接
    电话打不通,你们人呢
    我妈说灯不亮,打你们电话没人接
    猫翻进我家阳台了
    热水器打不着火
    跳楼价甩卖
    吵得我不想活了
    再不来修我就不想活了
    手机掉水里了
    他手机掉水里了
    听说有人跳楼
    去年有人溺水
    桂花树歪了,拿根木棍给撑一撑
    给我妈买的,到了没有,她电话不接
    孩子抢我手机乱发的
    车被划伤了
    我晕,又停水
    晕倒,这么贵
    转人工,打人工电话
    装修师傅偷工减料
    水表走得快,是不是被偷水了
    """.split(),
)
def test_harmless_words_get_neither(words: str) -> None:
    assert peril.now(words) is None and peril.advice(words) is None


async def test_a_break_in_is_answered_as_the_emergency_it_is(wang: Talk, stores: Stores) -> None:
    said = await wang.say("有人撬我家门")

    ticket = await wang.ticket()
    assert ticket.urgent and ticket.urgent_reason == "有人行凶或闯入"
    assert said.startswith("收到，马上派人。先打 110；人躲到屋里锁好门") and "工程师傅" not in said

    said = await wang.say("怎么还没来，我好怕")
    assert said.startswith("别怕，我在") and "先打 110" in said
    assert (await wang.say("报警打多少")).startswith("报警打 110，有人受伤打 120")
    assert len(await wang.tickets()) == 1


async def test_a_theft_is_no_small_talk_and_a_bite_gets_its_advice(wang: Talk) -> None:
    said = await wang.say("我家昨晚进小偷了，电脑被偷")
    assert said.startswith("先打 110 报案，现场别动") and (await wang.ticket()).number in said

    said = await wang.say("小区里狗把我孩子咬伤了")
    assert said.startswith("咬破、抓破的地方先用肥皂水冲 15 分钟") and "单号 C" in said
    assert len(await wang.tickets()) == 2


async def test_traditional_characters_are_read_like_the_simplified_ones(wang: Talk) -> None:
    said = await wang.say("電梯卡住了，我被困在裡面")
    assert "请别扒门" in said

    for fear in ("好怕", "好害怕"):
        assert "请别扒门" in await wang.say(fear), "the advice is for the lift"
    assert (await wang.say("出來了")).startswith("人出来就好，受惊了")


async def test_one_socket_without_power_is_no_outage_and_an_outage_says_what_to_look_at(wang: Talk) -> None:
    said = await wang.say("卧室插座没电了")
    assert "马上派人" not in said and not (await wang.ticket()).urgent

    said = await wang.say("家里没电了")
    assert said.startswith("收到，马上派人。先看邻居家有没有电") and (await wang.tickets())[-1].urgent
    assert TEXTS.say("safety.no_power") not in (safety_text(TEXTS, understand("我们整栋楼停电了")) or "")


async def test_what_is_told_meanwhile_is_heard(wang: Talk) -> None:
    await wang.say("家里没电了")
    assert (await wang.say("好了，是跳闸，推上去了")).startswith("没事就好，记上了")

    await wang.say("我妈晕倒了")
    assert (await wang.say("打了120了")).startswith("记上了"), "nobody is told to do what is done"
    assert len(await wang.tickets()) == 2
