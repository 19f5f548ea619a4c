"""Questions in the chat: answered with the article's name, offered as choices, or handed to a person with all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk.actors import Actor
from desk.desk import Desk
from desk.knowledge import NewArticle
from nlp import Intent, understand
from store.conversations import Mode
from store.staff import Role
from store.tickets import Category
from tests.clock import FixedClock
from tests.handlers.talk import Talk

LI = Actor("staff", "li", "李工", Role.SUPERVISOR, title="主管")
UNKNOWN = "请问附近的幼儿园什么时候报名"


async def write(desk: Desk, title: str, body: str, **more: object) -> str:
    new = NewArticle(title=title, body=body, **more)  # type: ignore[arg-type]
    return (await desk.articles.create(new, LI)).id


async def gaps(talk: Talk) -> list[tuple[str, int]]:
    return [(gap.text, gap.count) for gap in await talk.desk.gaps.most_asked(LI, ["", "hy"])]


# ---- answered ----


async def test_an_answer_quotes_the_article_by_name_and_says_what_else_to_do(wang: Talk) -> None:
    said = await wang.say("周末能装修吗")
    assert said == (
        "工作日 8:00-12:00、13:30-18:00 可以施工；周末 9:00 起，不能有噪音。"
        "法定节假日、中高考期间，有响动的活一律停。\n（《装修施工时间》）没答到点上？回“人工”。"
    )
    assert len(said.splitlines()) <= 5 and not await wang.tickets()
    assert (await wang.conversation()).mode is Mode.BOT


@pytest.mark.parametrize("words", ["人工", "没答到点上", "不是这个意思，没说清", "答非所问", "转人工"])
async def test_an_answer_that_missed_brings_a_person_who_knows_the_question(wang: Talk, words: str) -> None:
    await wang.say("装修押金什么时候退")
    said = await wang.say(words)

    ticket = await wang.ticket()
    assert ticket.category is Category.INQUIRY and ticket.number in said and "不用再说一遍" in said
    assert "装修押金什么时候退" in ticket.description and "已答《装修押金什么时候退》" in ticket.description
    assert ticket.conversation_id == wang.id
    conversation = await wang.conversation()
    assert conversation.mode is Mode.PERSON and conversation.waiting_since is not None
    assert await gaps(wang) == [("装修押金什么时候退", 1)]
    assert await wang.say("还在吗") == "", "a person has the conversation now"


async def test_thanks_after_an_answer_are_thanks(wang: Talk) -> None:
    await wang.say("周末能装修吗")
    assert await wang.say("谢谢") == "不客气，有事随时说。"
    assert await wang.say("好的") == "好的，有事随时说。"
    assert not await wang.tickets() and await gaps(wang) == []


async def test_a_fault_after_an_answer_is_a_fault(wang: Talk) -> None:
    await wang.say("周末能装修吗")
    await wang.say("厨房水龙头漏水")
    assert (await wang.ticket()).category is Category.REPAIR


async def test_the_question_that_stands_is_not_pushed_aside_by_an_answer(wang: Talk) -> None:
    await wang.say("灯坏了")
    assert "可以施工" in await wang.say("周末能装修吗")
    await wang.say("客厅")
    assert (await wang.ticket()).place == "客厅"


async def test_the_phone_of_the_estate_stands_in_its_answer_or_there_is_none(wang: Talk) -> None:
    assert "{phone}" not in await wang.say("物业电话多少")


@pytest.mark.parametrize(("text", "expected"), [("车位不租了，退一下", "《月租车位怎么退》"), ("啦啦啦啦", "没看明白")])
async def test_words_that_are_no_question_are_answered_when_an_article_fits(
    wang: Talk, text: str, expected: str
) -> None:
    await wang.say("你好")
    assert wang.last is not None
    meaning = replace(understand("嗯哼哼"), text=text, intent=Intent.UNKNOWN)
    assert expected in await wang.handle(replace(wang.last, key="another", text=text, understanding=meaning))
    assert not await wang.tickets() and await gaps(wang) == []


# ---- several ----


async def test_near_articles_are_offered_as_at_most_three_choices(wang: Talk, desk: Desk) -> None:
    for place, what in (("东区", "6:00-9:00"), ("西区", "16:00-18:00"), ("南区", "全天"), ("北区", "周三")):
        await write(desk, f"{place}热水供应", f"{place}热水 {what} 有。", questions=(f"{place}热水什么时候有",))
    said = await wang.say("热水供应是什么时候")
    assert "① " in said and "③ " in said and "④" not in said and len(said.splitlines()) <= 5

    second = said.partition("② ")[2][:2]
    answer = await wang.say("②")
    assert answer.startswith(f"{second}热水 ") and f"《{second}热水供应》" in answer
    await wang.say("人工")
    assert "热水供应是什么时候" in (await wang.ticket()).description


@pytest.mark.parametrize("words", ["都不是", "人工"])
async def test_none_of_the_choices_brings_a_person(wang: Talk, desk: Desk, words: str) -> None:
    for place in ("东区", "西区"):
        await write(desk, f"{place}热水供应", f"{place}热水全天有。", questions=(f"{place}热水什么时候有",))
    assert "②" in await wang.say("热水供应是什么时候")
    said = await wang.say(words)
    assert (await wang.ticket()).number in said


async def test_a_choice_that_was_retired_meanwhile_goes_to_a_person(wang: Talk, desk: Desk) -> None:
    ids = [await write(desk, f"{place}热水供应", "全天有。", questions=(f"{place}热水",)) for place in ("东区", "西区")]
    assert "②" in await wang.say("热水供应是什么时候")
    for id in ids:
        await desk.articles.retire(id, LI, was=1)
    said = await wang.say("1")
    assert (await wang.ticket()).number in said


# ---- nothing ----


@pytest.mark.parametrize("words", ["人工", "好的", "1", "要"])
async def test_without_an_answer_a_person_is_offered_and_gets_the_question(wang: Talk, words: str) -> None:
    said = await wang.say(UNKNOWN)
    assert "没查到准话" in said and "人工" in said and not await wang.tickets()

    said = await wang.say(words)
    ticket = await wang.ticket()
    assert ticket.category is Category.INQUIRY and ticket.description == UNKNOWN
    assert ticket.number in said and "今天 12:00 前给您答复" in said
    assert (await wang.conversation()).mode is Mode.PERSON


async def test_whoever_wants_no_person_is_left_alone(wang: Talk) -> None:
    await wang.say(UNKNOWN)
    assert await wang.say("不用了") == "好的，有事随时说。"
    assert not await wang.tickets() and (await wang.conversation()).mode is Mode.BOT


async def test_handled_again_after_a_crash_a_question_is_counted_and_handed_over_once(wang: Talk) -> None:
    first, second = await wang.crashed_on(UNKNOWN)
    assert first == second and await gaps(wang) == [(UNKNOWN, 1)]
    first, second = await wang.crashed_on("人工")
    assert first == second and len(await wang.tickets()) == 1


async def test_alike_questions_count_together_and_name_nobody(wang: Talk) -> None:
    question = "我是王芳，3栋2单元1502，电话13800000000，附近的幼儿园什么时候报名"
    await wang.desk.gaps.note(question, "hy", "unanswered", key="one")
    await wang.say(UNKNOWN)
    [(text, count)] = await gaps(wang)
    assert count == 2
    for personal in ("王芳", "1502", "13800000000", "3栋"):
        assert personal not in text
    await wang.desk.gaps.note("能办签证吗", "hy", "unanswered", key="other")
    assert len(await gaps(wang)) == 2


async def test_a_closed_gap_opens_again_when_it_is_asked_again(wang: Talk, desk: Desk) -> None:
    await wang.say(UNKNOWN)
    [gap] = await desk.gaps.most_asked(LI, ["hy"])
    closed = await desk.gaps.close(gap.id, LI, note="不归我们")
    assert closed.state == "closed" and closed.closed_by == "staff:li" and await gaps(wang) == []
    await wang.say(UNKNOWN)
    assert await gaps(wang) == [(UNKNOWN, 2)]


# ---- validity, estates, bad input ----


async def test_what_is_written_is_known_at_once_and_only_while_it_holds(
    wang: Talk, desk: Desk, clock: FixedClock
) -> None:
    start = clock.now().replace(hour=4)
    end = start.replace(hour=9)
    await write(desk, "水箱清洗", "今天下午清洗水箱。", questions=("水箱清洗什么时候",), valid_from=start, valid_to=end)
    assert "今天下午" not in await wang.say("水箱清洗什么时候")
    clock.set(start)
    assert "今天下午清洗水箱" in await wang.say("水箱清洗什么时候")
    clock.set(end)
    assert "今天下午" not in await wang.say("水箱清洗什么时候")


async def test_an_estates_own_article_stands_for_the_general_one(wang: Talk, desk: Desk) -> None:
    await desk.knowledge.ready()
    await write(
        desk,
        "装修施工时间",
        "本小区周末一律不能装修。",
        estate_id="hy",
        questions=("周末能装修吗",),
        replaces="renovation-hours",
    )
    said = await wang.say("周末能装修吗")
    assert "一律不能装修" in said and "13:30" not in said


async def test_a_question_of_five_thousand_characters_gets_a_clear_answer(wang: Talk) -> None:
    assert "可以施工" in await wang.say("请问周末能装修吗" + "？我想问清楚" * 800)
    said = await wang.say("请问" + "嗯啊" * 2500 + "怎么办？")
    assert said and len(said.splitlines()) <= 5 and len(said) < 600
    for gap in await wang.desk.gaps.most_asked(LI, ["", "hy"]):
        assert len(gap.text) <= 80


async def test_two_questions_in_one_message_are_both_answered(wang: Talk) -> None:
    said = await wang.say("周末能装修吗？另外想问一下物业费怎么交？")
    assert "可以施工" in said and "前台" in said
