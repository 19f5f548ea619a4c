"""Two matters in one message: two tickets that know each other, or a ticket and an answer, in one reply."""

from __future__ import annotations

import pytest

from desk.desk import Desk
from store.stores import Stores
from store.tickets import State
from tests.clock import FixedClock
from tests.handlers.talk import Talk
from tests.handlers.test_revisit import done

TWO = "厨房水管漏水，另外楼上天天半夜装修太吵了"


async def test_two_tickets_know_each_other_and_one_reply_names_both(wang: Talk) -> None:
    said = await wang.say(TWO)

    complaint, repair = await wang.tickets()
    assert {"kind": "together", "id": complaint.id} in repair.links
    assert {"kind": "together", "id": repair.id} in complaint.links
    assert repair.number in said and complaint.number in said and len(said.splitlines()) <= 5
    assert "装修" not in repair.description and "水管" not in complaint.description


async def test_handled_twice_it_still_is_two_tickets(wang: Talk) -> None:
    first, again = await wang.crashed_on(TWO)

    assert first == again and len(await wang.tickets()) == 2


async def test_a_ticket_and_an_answer_from_the_parcel_log(wang: Talk) -> None:
    said = await wang.say("走廊灯坏了,另外我的快递到了没")

    ticket = await wang.ticket()
    assert ticket.number in said and "快递" in said and len(said.splitlines()) <= 5
    assert "快递" not in ticket.description


async def test_a_ticket_and_an_answer_from_the_knowledge_base(wang: Talk) -> None:
    said = await wang.say("厨房水龙头漏水要修，顺便问下周末能装修吗")

    ticket = await wang.ticket()
    assert ticket.number.startswith("R") and ticket.number in said and "施工" in said
    assert len(said.splitlines()) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "你好，厨房水管漏水了，麻烦尽快来修，谢谢",
        "厨房水管漏水，我住3栋2单元1502，明天上午在家",
        "厨房水管漏水漏了三天，拿盆接着呢，另外一个盆也快满了",
    ],
)
async def test_explaining_greeting_room_and_time_are_no_second_matter(wang: Talk, text: str) -> None:
    await wang.say(text)

    assert len(await wang.tickets()) == 1


async def test_what_was_done_is_closed_and_what_is_new_gets_its_ticket(
    wang: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(wang, desk, stores, clock, "卫生间马桶堵了，明天上午来")
    said = await wang.say("之前那个好了现在厨房灯又坏了")

    old, new = await wang.tickets()
    assert (old.state, old.revisit.fixed) == (State.CLOSED, True)
    assert new.number in said and "灯" in new.title and "马桶" not in new.title
    assert len(said.splitlines()) <= 5
    assert (await wang.conversation()).revisits == ()


async def test_who_does_not_want_to_be_asked_is_left_alone(
    wang: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(wang, desk, stores, clock, "卫生间马桶堵了，明天上午来")
    said = await wang.say("别问了")

    assert said == "好的，谢谢您。有事随时说。"
    assert (await wang.conversation()).revisits == () and (await wang.ticket()).state is State.RESOLVED


async def test_a_building_without_a_door_stands_on_the_ticket(wang: Talk) -> None:
    await wang.say("1栋2单元的楼道灯不亮了")

    ticket = await wang.ticket()
    assert ticket.room_id is None and ticket.room_name == "1栋2单元"


async def test_the_same_words_are_an_answer_when_the_time_was_asked(wang: Talk) -> None:
    await wang.say("厨房水管漏水了")
    said = await wang.say("明天上午")

    ticket = await wang.ticket()
    assert ticket.wished_time == "明天上午" and ticket.number in said


async def test_praise_beside_a_repair_gets_its_own_ticket(wang: Talk) -> None:
    said = await wang.say("表扬一下小孙师傅，手艺真好，另外我家厨房水龙头漏水了要修")

    repair, praise = await wang.tickets()
    assert repair.number.startswith("R") and praise.number.startswith("S")
    assert {"kind": "together", "id": repair.id} in praise.links
    assert repair.number in said and praise.number in said and len(said.splitlines()) <= 5


async def test_a_thing_found_beside_a_repair_does_not_hide_it(wang: Talk) -> None:
    said = await wang.say("昨天捡到一串钥匙放前台了，另外我家窗户把手断了")

    found, repair = await wang.tickets()
    assert repair.number.startswith("R") and "窗户" in repair.title and "钥匙" not in repair.description
    assert found.number.startswith("I") and "钥匙" in found.title
    assert repair.number in said and found.number in said and len(said.splitlines()) <= 5
    assert "哪个位置的窗户" in said.splitlines()[-1]  # the question is last


async def test_an_older_ticket_is_cancelled_and_the_new_matter_opened(wang: Talk) -> None:
    await wang.say("卧室的灯不亮了，明天上午来")
    said = await wang.say("上次的灯取消吧，自己换好了。另外马桶堵了，你们来通一下")

    old, new = await wang.tickets()
    assert old.state is State.CANCELLED and new.state is State.NEW and "马桶" in new.title
    assert old.number in said and new.number in said and len(said.splitlines()) <= 5


async def test_handled_twice_it_cancels_the_older_one_only(wang: Talk) -> None:
    await wang.say("卧室的灯不亮了，明天上午来")
    await wang.crashed_on("上次的灯取消吧，自己换好了。另外马桶堵了，你们来通一下")

    assert [one.state for one in await wang.tickets()] == [State.CANCELLED, State.NEW]


async def test_a_question_after_an_older_ticket_beside_a_new_one(wang: Talk) -> None:
    await wang.say("卧室的灯不亮了，明天上午来")
    said = await wang.say("之前报的灯修到哪步了，还有厨房水槽堵了，也来看看")

    old, new = await wang.tickets()
    assert old.number in said and new.number in said and "水槽" in new.title


async def test_two_parcels_are_answered_once(wang: Talk) -> None:
    said = await wang.say("圆通的帮我放前台，还有申通那个怎么还没到")

    assert said.count("还没登记到您的快递") == 1
