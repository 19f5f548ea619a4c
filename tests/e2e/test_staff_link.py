"""A colleague links their own WeChat by scanning a code, and hears there of what they have to do."""

from __future__ import annotations

from store.staff import Role
from tests.house import TECHNICIAN, House


async def test_a_scanned_code_links_and_an_assignment_arrives_there(house: House) -> None:
    zhang = await house.sign_in(TECHNICIAN)
    code = await zhang.call("POST", "me/wechat/code")
    assert code["url"].startswith("http") and "showqrcode?ticket=" in code["picture"]
    phone = await house.wechat.user("zhangs-own", follow="quietly")
    await phone.follow(quietly=True)
    said = await phone.scans(code["scene"])
    assert "绑定好了" in str(said.reply)
    assert (await zhang.call("GET", "me/wechat"))["linked"] is True

    wang = await house.owner("wang")
    await wang.says("厨房水管漏水了")
    [ticket] = await house.tickets_of(wang)
    li = await house.sign_in("li")
    await li.call("POST", f"tickets/{ticket.number}/assign", {"executor": TECHNICIAN})
    await house.work()
    await house.background.alerts.poll_once()
    await house.work()
    heard = " ".join(str(one) for one in await phone.screen())
    assert ticket.number in heard and "派单" in heard
    assert (await house.stores.staff.get(TECHNICIAN)).role is Role.TECHNICIAN


async def test_a_code_that_holds_no_longer_says_so(house: House) -> None:
    phone = await house.wechat.user("somebody", follow="quietly")
    await phone.follow(quietly=True)
    assert "过期" in str((await phone.scans("staff.nonsense")).reply)
