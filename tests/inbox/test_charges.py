"""Work that costs money: asked in the chat, answered in the owner's own words, billed only after a yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk.effects import brief
from handlers.context import Context, Inbound
from handlers.dispatch import respond
from nlp import understand
from tests.api.world import WANG, WANG_CHAT, World
from tests.inbox.conftest import SignIn

PRICE = {
    "items": [{"name": "换角阀", "quantity": "2", "unit_price": "40.50"}, {"name": "工时", "unit_price": "39"}],
    "note": "已过保修期",
}


async def hears(world: World, text: str, n: int) -> str:
    """What the bot answers to these words of the owner."""
    conversation = await world.desk.stores.conversations.get(WANG_CHAT)
    now = world.clock.now()
    message = Inbound(key=f"wx:{n}", kind="text", text=text, understanding=understand(text, now=now), at=now)
    ctx = Context(world.desk, world.desk.rules.of("hy"), conversation, message, now)
    return (await respond(ctx)).text or ""


async def test_nothing_is_billed_before_the_owner_says_yes(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    desk, zhang, liu = await sign_in("xiaozhou"), await sign_in("zhang"), await sign_in("liu")
    await desk.post(f"/tickets/{ticket.number}/assign", {"executor": "zhang"})
    path = f"/tickets/{ticket.number}/charges"
    assert (await liu.post(path, PRICE)).status == 404, "not in their building"
    wrongs: list[Any] = [
        {"items": []},
        {"items": [{"name": "换角阀", "unit_price": "1.005"}]},
        {"items": [{"name": "换角阀", "unit_price": "0"}]},
        {"items": [{"name": "换角阀", "unit_price": "-5"}]},
        {"items": [{"name": "换角阀", "unit_price": "nan"}]},
        {"items": [{"name": "换角阀", "unit_price": "5", "amount": "1"}]},
    ]
    for wrong in wrongs:
        assert (await zhang.post(path, wrong)).status == 400, wrong

    made = await zhang.post(path, PRICE, key="c1")
    assert made.status == 201, await made.text()
    sheet = await made.json()
    assert (sheet["state"], sheet["total"], sheet["told"]) == ("asked", "120.00", "queued")
    assert [item["amount"] for item in sheet["items"]] == ["81.00", "39.00"]
    assert (await (await zhang.post(path, PRICE, key="c1")).json())["id"] == sheet["id"]
    lines = (await (await desk.get(f"/conversations/{WANG_CHAT}/messages")).json())["items"]
    assert "一共 120.00 元" in lines[0]["text"] and "已过保修期" in lines[0]["text"]
    early = await desk.post(f"/charges/{sheet['id']}/bill")
    assert early.status == 409 and "没有同意" in (await early.json())["error"]["message"]

    assert "不会收费" in await hears(world, "怎么这么贵啊", 1)
    again = await (await zhang.post(path, {"items": [{"name": "换角阀", "unit_price": "88"}]})).json()
    [first] = [one for one in (await (await desk.get(path)).json())["items"] if one["id"] == sheet["id"]]
    assert first["state"] == "withdrawn", "a new price takes the old one back"
    assert "88.00" in await hears(world, "行,同意,修吧", 2)
    assert "88.00" in await hears(world, "行,同意,修吧", 2), "the same message again"
    listed = (await (await desk.get(path)).json())["current"]
    assert (listed["id"], listed["state"], listed["answer"]) == (again["id"], "accepted", "行,同意,修吧")
    assert listed["answered_by"] == f"owner:{WANG}" and listed["way"] == "chat"
    alerts = (await (await zhang.get("/alerts")).json())["items"]
    assert any("业主同意了" in alert["text"] for alert in alerts)
    assert (await zhang.post(f"/charges/{again['id']}/bill")).status == 403
    billed = await (await desk.post(f"/charges/{again['id']}/bill")).json()
    assert billed["state"] == "billed" and [step["kind"] for step in billed["history"]][-1] == "billed"
    assert (await desk.post(f"/charges/{again['id']}/withdraw", {"reason": "x"})).status == 409
    panel = await (await desk.get(f"/tickets/{ticket.number}")).json()
    assert panel["charges"]["state"] == "billed"
    assert "业主同意费用" in [entry["said"] for entry in panel["timeline"]]


async def test_a_no_a_bare_number_and_an_answer_by_phone(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    desk = await sign_in("xiaozhou")
    path = f"/tickets/{ticket.number}/charges"
    first = await (await desk.post(path, PRICE)).json()
    assert "不收" in await hears(world, "2", 1), "a bare number right after the question"
    assert (await (await desk.get(path)).json())["current"]["state"] == "refused"
    assert (await desk.post(f"/charges/{first['id']}/bill")).status == 409
    second = await (await desk.post(path, PRICE)).json()
    world.clock.move(hours=11)
    world.clock.at += timedelta(days=3)
    reply = await hears(world, "1", 2)
    assert "120.00" not in reply, "days later a bare number is no consent"
    desk = await sign_in("xiaozhou")
    nothing = await desk.post(f"/charges/{second['id']}/answer", {"accepted": True, "said": " ", "way": "phone"})
    assert nothing.status == 400
    said = {"accepted": True, "said": "可以,你们换吧", "way": "phone"}
    told = await (await desk.post(f"/charges/{second['id']}/answer", said)).json()
    assert (told["state"], told["answer"], told["way"]) == ("accepted", "可以,你们换吧", "phone")
    other = await desk.post(f"/charges/{second['id']}/answer", said | {"accepted": False})
    assert other.status == 409

    alone = await world.ticket("楼道灯不亮", owner="nobody", chat=None)
    waiting = await (await desk.post(f"/tickets/{alone.number}/charges", PRICE)).json()
    assert waiting["state"] == "proposed", "nobody to write to: it stands on the call list"
