"""Is it fixed, are you satisfied, anything else: by number, by tap, in free words; and what is said meanwhile."""

from __future__ import annotations

import pytest

from desk.actors import staff_actor
from desk.desk import Desk
from store.stores import Stores
from store.tickets import State
from tests.clock import FixedClock
from tests.handlers.talk import SUPERVISOR, Talk


@pytest.fixture
async def asked(wang: Talk, desk: Desk, stores: Stores, clock: FixedClock) -> Talk:
    """Ms Wang's kitchen pipe is done, and she has been asked."""
    await done(wang, desk, stores, clock, "厨房水管漏水，明天上午来")
    return wang


async def done(talk: Talk, desk: Desk, stores: Stores, clock: FixedClock, text: str, *, ask: bool = True) -> str:
    await talk.say(text)
    ticket = (await talk.tickets())[-1]
    zhang = staff_actor(await stores.staff.get("zhang"))
    ticket = await desk.tickets.move(ticket, State.ACCEPTED, zhang, tell=False)
    ticket = await desk.tickets.move(ticket, State.RESOLVED, zhang, note="换了角阀", tell=False)
    clock.move(hours=2)
    if ask:
        await desk.revisits.ask(ticket.id, 1)
    return ticket.number


async def test_by_numbers_to_the_end(asked: Talk) -> None:
    said = await asked.say("1")
    assert said.startswith("这次服务您觉得：① 满意 ② 比较满意")
    said = await asked.say("①")
    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.revisit.fixed and ticket.rating == 1
    assert said.startswith("谢谢您，这单就结了") and said.endswith("还有什么想告诉我们的？没有就回“没有”。")
    assert await asked.say("没有") == "好的，谢谢您。有事随时说。"

    conversation = await asked.conversation()
    assert conversation.revisits == () and conversation.dialogue is None and conversation.open_tickets == ()


async def test_free_words_answer_two_questions_at_once(asked: Talk) -> None:
    said = await asked.say("修是修好了,就是来得太慢")

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.revisit.fixed and ticket.rating == 3
    assert ticket.revisit.words == "修是修好了,就是来得太慢"
    assert "您说的“修是修好了,就是来得太慢”记下了" in said and "？" not in said


@pytest.mark.parametrize("words", ["满意", "挺好", "很满意", "师傅很好，很快"])
async def test_praise_says_that_it_is_fixed(asked: Talk, words: str) -> None:
    await asked.say(words)

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.rating in (1, 2)


@pytest.mark.parametrize(
    "words", ["2", "没好", "没修好", "又漏了", "水管还在漏", "厨房水管又漏水了", "不行，还是老样子"]
)
async def test_not_fixed_reopens_at_once_with_who_and_when(asked: Talk, words: str) -> None:
    said = await asked.say(words)

    ticket = await asked.ticket()
    assert (ticket.state, ticket.reopened) == (State.ACCEPTED, 1) and ticket.observers == ("li",)
    assert said == f"抱歉让您又跑一趟。{ticket.number} 已重新派单，这次由张师傅和主管盯着，最晚明天 17:30 上门。"
    assert (await asked.conversation()).revisits == ()


async def test_unhappy_reopens_too(asked: Talk) -> None:
    await asked.say("好了")
    said = await asked.say("不满意")

    ticket = await asked.ticket()
    assert (ticket.state, ticket.rating) == (State.ACCEPTED, 4)
    assert said.startswith("抱歉，这次没让您满意") and "张师傅和主管" in said


async def test_free_words_in_place_of_a_grade_are_kept(asked: Talk) -> None:
    await asked.say("好了")
    await asked.say("师傅进门还套了鞋套")

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.rating is None
    assert ticket.revisit.words == "师傅进门还套了鞋套"


async def test_blame_alone_is_kept_and_asked_back_once(asked: Talk) -> None:
    said = await asked.say("来得太慢了")
    assert said == "怕弄错您的意思，“厨房水管漏水”是 ① 好了 ② 没好？"
    await asked.say("1")
    await asked.say("3")

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.rating == 3
    assert [a.text for a in ticket.additions] == ["来得太慢了"]


@pytest.mark.parametrize("step", ["fixed", "satisfaction"])
async def test_bare_thanks_neither_reopens_nor_asks_again(asked: Talk, step: str) -> None:
    if step == "satisfaction":
        await asked.say("1")
    assert await asked.say("谢谢") == "不客气，有事随时说。"

    assert (await asked.ticket()).state is State.RESOLVED
    assert [r.step for r in (await asked.conversation()).revisits] == [step]


async def test_something_new_is_handled_and_the_revisit_stays(asked: Talk) -> None:
    for text in ("客厅灯坏了", "楼上太吵了", "周末能装修吗", "我的快递到了吗", "你好"):
        await asked.say(text)

    assert [t.number[0] for t in await asked.tickets()] == ["C", "R", "R"]
    assert [r.step for r in (await asked.conversation()).revisits] == ["fixed"]
    assert all(t.reopened == 0 for t in await asked.tickets())


async def test_an_emergency_is_never_taken_for_an_answer(asked: Talk) -> None:
    said = await asked.say("水管爆了，水漫出来了")

    assert said.startswith("收到，马上派人") and len(await asked.tickets()) == 2


async def test_the_last_words_are_kept_and_nothing_depends_on_them(asked: Talk) -> None:
    await asked.say("1")
    await asked.say("1")
    assert (await asked.ticket()).state is State.CLOSED
    assert await asked.say("希望下次提前打个电话") == "记下了，谢谢您告诉我们。"

    assert [a.text for a in (await asked.ticket()).additions] == ["希望下次提前打个电话"]


async def test_second_thoughts_at_the_last_question_reopen(asked: Talk) -> None:
    await asked.say("1")
    await asked.say("1")
    await asked.say("哎又漏了")

    assert (await asked.ticket()).state is State.ACCEPTED


async def test_taps_mean_the_same(asked: Talk) -> None:
    number = (await asked.ticket()).number
    assert (await asked.tap(f"revisit:fixed:{number}:yes", "① 好了")).startswith("这次服务您觉得")
    await asked.tap(f"revisit:sat:{number}:2", "② 比较满意")

    ticket = await asked.ticket()
    assert (ticket.state, ticket.rating) == (State.CLOSED, 2)
    assert "您回过了" in await asked.tap(f"revisit:fixed:{number}:yes", "① 好了")


async def test_a_tap_for_somebody_elses_ticket_finds_nothing(asked: Talk, both: Talk) -> None:
    number = (await asked.ticket()).number

    assert (await both.tap(f"revisit:fixed:{number}:no", "② 没好")).startswith("您名下没有")
    assert (await asked.ticket()).state is State.RESOLVED


async def test_a_tap_of_not_fixed_after_closing_reopens(asked: Talk) -> None:
    number = (await asked.ticket()).number
    await asked.say("修是修好了,就是来得太慢")
    await asked.tap(f"revisit:fixed:{number}:no", "② 没好")

    assert (await asked.ticket()).state is State.ACCEPTED


async def test_the_one_asked_last_is_answered_first_unless_the_words_name_another(
    asked: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(asked, desk, stores, clock, "卫生间马桶堵了，明天下午来修")
    await asked.say("水管又漏了")
    states = {t.title[:2]: t.state for t in await asked.tickets()}
    assert states == {"厨房": State.ACCEPTED, "卫生": State.RESOLVED}

    await asked.say("修是修好了,就是来得太慢")
    states = {t.title[:2]: t.state for t in await asked.tickets()}
    assert states == {"厨房": State.ACCEPTED, "卫生": State.CLOSED}


async def test_a_number_answers_the_question_asked_last(asked: Talk, desk: Desk, clock: FixedClock) -> None:
    await asked.say("我要报修")  # "what is broken?" stands
    clock.move(minutes=1)
    ticket = await asked.ticket()
    await desk.revisits.ask_again(ticket.id, 1)

    assert (await asked.say("1")).startswith("这次服务您觉得")


async def test_not_fixed_is_heard_unasked(wang: Talk, desk: Desk, stores: Stores, clock: FixedClock) -> None:
    await done(wang, desk, stores, clock, "厨房水管漏水，明天上午来", ask=False)
    said = await wang.say("水管又漏了")

    ticket = await wang.ticket()
    assert ticket.reopened == 1 and ticket.number in said


async def test_not_fixed_is_heard_after_closing_for_thirty_days(asked: Talk, desk: Desk, clock: FixedClock) -> None:
    await asked.say("修是修好了,就是来得太慢")
    clock.move(days=20)
    await asked.say("厨房水管又漏水了")
    assert (await asked.ticket()).reopened == 1

    zhang = staff_actor(await asked.stores.staff.get("zhang"))
    again = await desk.tickets.move(await asked.ticket(), State.RESOLVED, zhang, note="好了", tell=False)
    await desk.tickets.move(again, State.CLOSED, SUPERVISOR, tell=False)
    clock.move(days=40)
    await asked.say("厨房水管又漏水了")
    assert len(await asked.tickets()) == 2


async def test_something_else_that_broke_is_no_reopening(asked: Talk) -> None:
    await asked.say("客厅灯又坏了")

    assert [t.reopened for t in await asked.tickets()] == [0, 0]


@pytest.mark.parametrize("text", ["修是修好了,就是来得太慢", "没好", "厨房水管又漏水了", "满意"])
async def test_an_answer_that_is_handled_again_has_the_same_effect(asked: Talk, text: str) -> None:
    first, second = await asked.crashed_on(text)

    ticket = await asked.ticket()
    assert first == second
    assert ticket.reopened <= 1 and len([e for e in ticket.events if e.kind == "rated" and e.by == "owner:wang"]) == 1


async def test_a_bare_number_days_later_answers_nothing(asked: Talk, clock: FixedClock) -> None:
    clock.move(days=3)
    said = await asked.say("2")

    assert (await asked.ticket()).state is State.RESOLVED and "④ 找人工" in said


@pytest.mark.parametrize("words", ["呵呵，修得真好，比原来漏得还厉害", "好是好了，但还有一点点滴", "根本没人来过！"])
async def test_sarcasm_and_a_rest_of_the_fault_are_not_fixed(asked: Talk, words: str) -> None:
    said = await asked.say(words)

    ticket = await asked.ticket()
    assert said.startswith("抱歉让您又跑一趟") and ticket.revisit.fixed is False and ticket.is_open


async def test_another_thing_beside_the_verdict_gets_its_ticket(asked: Talk) -> None:
    said = await asked.say("修好了，不过卧室的灯又不亮了，顺便来看看")

    old, new = await asked.tickets()
    assert old.state is State.CLOSED and new.state is State.NEW and new.number in said
    assert await asked.say("满意") == "谢谢您，有事随时说。"
    assert (await asked.tickets())[1].wished_time is None


@pytest.mark.parametrize("words", ["？", "哪个？"])
async def test_a_question_mark_is_told_what_was_asked(asked: Talk, words: str) -> None:
    assert "① 好了 ② 没好" in await asked.say(words)
    assert "① 满意" in await asked.say("1")


async def test_who_has_not_looked_yet_is_not_hurried(asked: Talk) -> None:
    assert "不急" in await asked.say("不知道，我还没回家，晚上看看再说")
    await asked.say("看了，不漏了，挺好")

    assert (await asked.ticket()).state is State.CLOSED


async def test_the_reason_that_was_asked_for_is_no_complaint_of_its_own(asked: Talk) -> None:
    await asked.say("1")
    assert "哪里不满意，直接写下来" in await asked.say("4")
    assert await asked.say("地上弄得全是水也不擦") == "记下了，谢谢您告诉我们。"

    await asked.ticket()


async def test_all_of_them_done_is_said_once(asked: Talk, desk: Desk, stores: Stores, clock: FixedClock) -> None:
    await done(asked, desk, stores, clock, "客厅灯不亮，明天上午来")
    await asked.say("都好了")
    await asked.say("满意")

    pipe, lamp = await asked.tickets()
    assert (pipe.state, lamp.state) == (State.CLOSED, State.CLOSED) and (pipe.rating, lamp.rating) == (1, 1)
    assert lamp.number in await asked.say("水管满意，灯还是闪")
    pipe, lamp = await asked.tickets()
    assert pipe.state is State.CLOSED and lamp.is_open


async def test_more_words_on_what_was_reopened_open_nothing(asked: Talk) -> None:
    await asked.say("没好")
    assert "记上了" in await asked.say("还是漏")

    await asked.ticket()


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("修好了但是收了我50", "收了我50"),
        ("好了，但是师傅私下要了我100块钱，没开发票", "师傅私下要了我100块钱，没开发票"),
        ("漏是不漏了，可是把我家瓷砖弄碎了三块，谁赔", "把我家瓷砖弄碎了三块，谁赔"),
    ],
)
async def test_money_and_damage_in_a_good_answer_go_to_the_supervisor(asked: Talk, words: str, remark: str) -> None:
    first, second = await asked.crashed_on(words)

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.revisit.fixed and ticket.revisit.words == words
    assert ticket.problem is not None and ticket.problem.supervisor == "li" and remark in ticket.problem.reason
    assert first == second and first.startswith(f"抱歉。“{remark}”这件事由主管亲自核实，最晚")
    assert await asked.say("当时根本没说要钱") == "记下了，谢谢您告诉我们。"


async def test_money_without_a_word_on_the_work_is_kept_and_asked_back(asked: Talk) -> None:
    said = await asked.say("师傅收了我80块，不是说免费的吗")
    assert "由主管亲自核实" in said and "① 好了 ② 没好" in said

    await asked.say("好了")
    await asked.say("满意")
    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.problem is not None and "收了我80块" in ticket.problem.reason


async def test_a_fault_in_a_good_answer_really_reaches_the_supervisor(asked: Talk) -> None:
    assert "交给主管去改" in await asked.say("修好了，就是弄得一地水也不收拾")

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.observers == ("li",) and ticket.problem is None
    assert any("弄得一地水也不收拾" in (note.note or "") for note in ticket.notes)


@pytest.mark.parametrize("words", ["我在外地出差，下周才回", "我老公在家，我问问他"])
async def test_who_cannot_know_yet_is_not_taken_for_unhappy(asked: Talk, words: str) -> None:
    assert (await asked.say(words)).startswith("不急")
    assert (await asked.ticket()).state is State.RESOLVED


async def test_what_is_no_answer_is_none(asked: Talk) -> None:
    assert "从这个微信报的" in await asked.say("什么水管？我没报过修")
    await asked.say("今天天气真好")
    assert [one.step for one in (await asked.conversation()).revisits] == ["fixed"]

    assert "① 好了 ② 没好" in await asked.say("3"), "there were two choices"
    assert (await asked.say("好了")).startswith("这次服务您觉得")
    assert (await asked.say("好了")).startswith("这次服务您觉得")
    assert (await asked.say("5")).startswith("这次服务您觉得"), "no menu whose numbers mean something else"
    assert (await asked.say("6")).startswith("这次服务您觉得")
    await asked.say("1")
    assert (await asked.ticket()).rating == 1


async def test_a_question_behind_the_good_news_is_answered_too(asked: Talk) -> None:
    said = await asked.say("好了。这个保修多久？")

    assert "30 天内" in said and "① 满意" in said
    assert [one.step for one in (await asked.conversation()).revisits] == ["satisfaction"]


@pytest.mark.parametrize(("words", "rating"), [("1 1", 1), ("12", 2), ("5星好评", 1)])
async def test_both_answers_at_once(asked: Talk, words: str, rating: int) -> None:
    assert (await asked.say(words)).startswith("谢谢您，这单就结了")

    ticket = await asked.ticket()
    assert ticket.state is State.CLOSED and ticket.rating == rating


@pytest.mark.parametrize("words", ["呵呵，修得真好，一开水就喷出来还漏", "呵呵修得真好，一开就漏"])
async def test_what_fails_at_once_is_not_fixed(asked: Talk, words: str) -> None:
    await asked.say(words)

    assert (await asked.tickets())[-1].is_open and "C" not in {one.number[0] for one in await asked.tickets()}


async def test_one_of_two_things_left_undone_is_not_fixed(
    wang: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(wang, desk, stores, clock, "马桶堵了，水龙头也漏水，明天上午来")
    await wang.say("马桶好了，水龙头没人管")

    assert (await wang.tickets())[0].revisit.fixed is False


async def test_money_in_a_bad_answer_is_named_too(asked: Talk) -> None:
    said = await asked.say("没修好还收了我100")

    assert said.startswith("抱歉让您又跑一趟") and said.endswith("钱和损坏的事，主管一起核实。")


async def test_an_offer_of_ours_does_not_take_the_answer_to_the_revisit(asked: Talk) -> None:
    assert "没查到准话" in await asked.say("院子里能不能养骆驼")
    assert (await asked.say("好了")).startswith("这次服务您觉得")
