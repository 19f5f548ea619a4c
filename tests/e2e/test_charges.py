"""A price on an owner's phone: asked, talked about, agreed to, and only then billed."""

from __future__ import annotations

from tests.house import FRONTDESK, TECHNICIAN, House


async def test_an_owner_is_asked_agrees_and_is_billed(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水龙头坏了,关不上")
    [ticket] = await house.tickets_of(wang)
    zhang, zhou = await house.sign_in(TECHNICIAN), await house.sign_in(FRONTDESK)
    await zhang.move(ticket.number, "accepted")
    await house.later(minutes=5)
    price = {
        "items": [{"name": "换水龙头", "unit_price": "60"}, {"name": "工时", "quantity": "0.5", "unit_price": "40"}]
    }
    charge = await zhang.call("POST", f"tickets/{ticket.number}/charges", price)
    await house.work()
    asked = await wang.wait_for("80.00")
    assert "同意回 1" in asked.text
    assert "不会收费" in ((await wang.says("为什么要收费,不是有保修吗")).reply or "")
    assert (await zhou.call("POST", f"charges/{charge['id']}/bill", {}, expect=409))["error"]["message"]
    answer = (await wang.says("1")).reply or ""
    assert "80.00" in answer and "接着处理" in answer
    panel = await zhou.call("GET", f"tickets/{ticket.number}")
    assert (panel["charges"]["state"], panel["charges"]["answer"]) == ("accepted", "1")
    assert [entry["text"] for entry in panel["timeline"] if entry["kind"] == "addition"] == [
        "为什么要收费,不是有保修吗"
    ]
    await zhou.call("POST", f"charges/{charge['id']}/bill", {})
    assert "80.00" not in ((await wang.says("1")).reply or ""), "what is settled is not answered again"
