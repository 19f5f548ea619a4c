"""What WeChat refuses for good: a person hears of it, the rest goes on."""

from __future__ import annotations

import asyncio

import pytest

from desk.deliveries import Kind
from store.deliveries import DeliveryState
from tests.e2e.outgoing import (
    NEW_REPLY,
    attention,
    closed_window,
    pushed,
    put,
    row,
    states,
    texts,
)
from tests.house import House

S = DeliveryState
SEND, CARD = "cgi-bin/message/custom/send", "cgi-bin/message/template/send"


async def calls(house: House, path: str) -> int:
    """How often the platform was asked."""
    return len(await house.wechat.calls(path))


async def test_an_address_that_wechat_does_not_know_is_marked_and_dropped(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=40003, times=1)
    id = await put(house, wang, "给谁")
    await house.work()
    gone = await row(house, id)
    assert gone.state is S.UNDELIVERABLE and "40003" in (gone.reason or "") and await calls(house, CARD) == 0
    identity = await house.stores.identities.find(house.conversation_id(wang))
    assert identity is not None and identity.unreachable and "40003" in identity.unreachable
    assert (await attention(house))[id]["to_call"]


async def test_not_a_follower_for_templates_falls_through_to_the_list(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.fault(path=CARD, errcode=43004, times=0)
    news, answer = await put(house, wang, "师傅出发了", Kind.URGENT), await put(house, wang, "有回复")
    await house.work()
    listed = await attention(house)
    assert listed[news]["state"] == "undeliverable" and "43004" in listed[news]["reason"]
    assert listed[answer]["state"] == "parked" and "43004" in listed[answer]["reason"]
    assert "有回复" in ((await wang.says("在")).reply or "")


async def test_a_template_that_does_not_exist_is_told_to_a_person(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    values = {"templates": {"ticket_status": {"template_id": "deleted", "fields": {"thing2": "{title}"}}}}
    assert await house.stores.settings.put("hy", values, version=0)
    await house.desk.rules.refresh()
    id = await put(house, wang, "师傅出发了", Kind.URGENT)
    await house.work()
    listed = await attention(house)
    assert listed[id]["state"] == "undeliverable" and "40037" in listed[id]["reason"]
    assert "40037" in caplog.text


async def test_a_field_that_is_too_long_is_shortened_once_and_the_others_stay_whole(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    errmsg = "argument invalid! data.thing2.value invalid rid: 1"
    await house.wechat.fault(path=CARD, errcode=47003, errmsg=errmsg, times=1)
    template = {
        "number": "R20260310-0001",
        "title": "客厅的吊灯一闪一闪然后全灭了",
        "state": "处理中",
        "time": "2026年03月10日 10:00",
        "remark": "师傅出发了,十分钟左右到您家",
    }
    await put(house, wang, "师傅出发了", Kind.URGENT, template=template)
    await house.work()
    [card] = await pushed(wang)
    values = [field.value for field in card.fields]
    assert values == ["R20260310-0001", "客厅的吊灯一闪一闪…", "处理中", template["time"], template["remark"]]
    assert await calls(house, CARD) == 2


async def test_a_field_that_stays_wrong_is_told_to_a_person(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    await house.wechat.fault(path=CARD, errcode=47003, times=0)
    id = await put(house, wang, "师傅出发了", Kind.URGENT)
    await house.work()
    assert await calls(house, CARD) == 2
    assert "47003" in (await attention(house))[id]["reason"]


async def test_words_that_wechat_does_not_pass_do_not_stop_the_rest(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, errcode=45168, times=1)
    await put(house, wang, "敏感")
    await put(house, wang, "不敏感")
    await house.work()
    assert await states(house, "敏感") == [S.UNDELIVERABLE] and await texts(wang) == ["不敏感"]


async def test_a_mapping_that_names_something_unknown_does_not_jam_the_queue(house: House) -> None:
    wang = await house.owner("wang")
    await closed_window(house, wang)
    values = {
        "templates": {"ticket_status": {"template_id": "emu-ticket-progress", "fields": {"thing2": "{nonsense}"}}}
    }
    assert await house.stores.settings.put("hy", values, version=0)
    await house.desk.rules.refresh()
    id = await put(house, wang, "师傅出发了", Kind.URGENT)
    await put(house, wang, "有回复", template=NEW_REPLY)
    await house.work()
    assert (await row(house, id)).state is S.UNDELIVERABLE
    assert (await row(house, "有回复")).state is S.PARKED


async def test_a_very_slow_answer_is_unknown_before_the_lease_runs_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ladder.LONGEST_TRY", 0.3)
    wang = await house.owner("wang")
    await wang.says("你好")
    await house.wechat.fault(path=SEND, delay_seconds=1, when="after", times=1)
    id = await put(house, wang, "慢")
    async with asyncio.timeout(0.9):
        await house.work()
    assert (await row(house, id)).state is S.UNKNOWN
