"""Whether the power is off: what is known is said, and "停了" sends somebody."""

from __future__ import annotations

import pytest

from desk.actors import staff_actor
from desk.desk import Desk
from store.stores import Stores
from store.tickets import Category
from tests.handlers.talk import SUPERVISOR, Talk

OFFER = "家里也停了就回“停了”，马上派人看。"


@pytest.mark.parametrize(
    ("words", "report"),
    [
        ("停电了吗", "家里停电了"),
        ("怎么停水了", "家里停水了"),
        ("停气了吗", "家里停气了"),
        ("什么时候来水", "家里停水了"),
    ],
)
async def test_nothing_is_known_the_rule_and_the_offer(wang: Talk, words: str, report: str) -> None:
    said = await wang.say(words)
    assert said.endswith(OFFER) and ("《" in said or "气" in words) and not await wang.tickets()
    assert "单号" in await wang.say("停了") or (await wang.ticket()).number in (await wang.say("好的"))

    ticket = await wang.ticket()
    assert (ticket.category, ticket.description) == (Category.REPAIR, report)


@pytest.mark.parametrize("words", ["家里也停了", "是的", "我家也没电"])
async def test_it_may_be_said_in_other_words(wang: Talk, words: str) -> None:
    await wang.say("停电了吗")
    await wang.say(words)

    assert (await wang.ticket()).category is Category.REPAIR


@pytest.mark.parametrize("words", ["没停", "不是，没停", "没有"])
async def test_it_is_on_after_all(wang: Talk, words: str) -> None:
    await wang.say("停电了吗")
    await wang.say(words)

    assert not await wang.tickets()


async def test_no_answer_to_the_point_brings_a_person(wang: Talk) -> None:
    await wang.say("停电了吗")
    await wang.say("没答到点上")

    assert (await wang.ticket()).category is Category.INQUIRY


@pytest.mark.parametrize("words", ["明天会停水吗", "欠费会停水停电吗", "停水通知在哪看", "停车费怎么交"])
async def test_what_is_not_about_now_is_an_ordinary_question(wang: Talk, words: str) -> None:
    assert OFFER not in await wang.say(words)


async def test_an_incident_of_the_building_is_the_answer_and_who_is_hit_joins(
    wang: Talk, both: Talk, desk: Desk, stores: Stores
) -> None:
    await both.say("2栋停电了")
    ticket = await both.ticket()
    li = staff_actor(await stores.staff.get(SUPERVISOR.id))
    incident = await desk.incidents.make([ticket], li, building="3", title="3 栋停电", key="k")
    await desk.incidents.confirm(incident, li, text="电缆被挖断")

    said = await wang.say("停电了吗")
    assert said.startswith("3 栋停电的事我们知道了，正在抢修") and "回“停了”" in said
    assert "已知晓，3 栋停电的事正在抢修" in await wang.say("停了")
    [mine] = await wang.tickets()
    assert any(link["kind"] == "incident" and link["id"] == incident.id for link in mine.links)
    assert "我们知道了" not in await both.say("停水了吗"), "water is something else"
