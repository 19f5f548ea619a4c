"""Tickets on the inbox page: given out, a lost race, charges, print, export; board by key; calls; duty log."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from desk.call_list import put_on_call_list
from desk.deliveries import Kind
from store.tickets import State
from tests.browser.inbox import DESK, PHONE, at_the_desk, fits
from tests.clock import FixedClock
from tests.house import FRONTDESK, SUPERVISOR, TECHNICIAN, House

pytestmark = pytest.mark.browser
LONG = "<b>漏</b>" + "漏" * 80 + "😀"


@pytest.fixture
async def house(inbox_house: House) -> House:
    return inbox_house


async def opened(house: House, description: str, **more: Any) -> str:
    """The number of a ticket that the front desk took in."""
    zhou = await house.sign_in(FRONTDESK)
    body = {"category": "repair", "description": description, "room": "3-2-1502", **more}
    return str((await zhou.call("POST", "tickets", body))["number"])


def state(page: Page) -> Any:
    """The state in the ticket's head."""
    return page.locator(".ticket-head .state")


async def chosen(page: Page, name: str) -> None:
    """A step out of the menu of the rarer ones."""
    await page.get_by_role("button", name="其他").click()
    await page.get_by_role("menuitem", name=name).click()


async def test_from_the_table_to_the_signature_of_the_owner(
    house: House, browser: Browser, picture: Callable[[str], str], tmp_path: Path
) -> None:
    number = await opened(house, "厨房水管漏水,水槽下面都湿了")
    await opened(house, LONG)
    li = await at_the_desk(browser, house, SUPERVISOR, DESK, path="tickets")
    table = li.get_by_role("table")
    await expect(table.get_by_role("link", name="厨房水管漏水")).to_be_visible()
    await expect(table.get_by_text("<b>漏</b>")).to_be_visible()
    await fits(li)

    # Columns are one's own and survive a reload; so does a filter, it stands in the address.
    await li.get_by_role("button", name="显示哪些列").click()
    await li.get_by_role("checkbox", name="催单").check()
    await li.get_by_role("checkbox", name="业主").uncheck()
    await li.keyboard.press("Escape")
    await li.get_by_role("button", name=re.compile("没人接")).click()
    await li.reload()
    await expect(table.get_by_role("columnheader", name="催单")).to_be_visible()
    await expect(table.get_by_role("columnheader", name="业主")).to_have_count(0)
    await expect(li.get_by_role("button", name=re.compile("没人接"))).to_have_attribute("aria-pressed", "true")
    await li.get_by_role("button", name=re.compile("全部")).first.click()
    await li.get_by_role("searchbox").fill("水管")
    await expect(table.locator("tbody tr")).to_have_count(1)
    await li.screenshot(path=picture("tickets-table-1280"))
    await li.get_by_role("button", name="导出 Excel").click()
    async with li.expect_download() as waiting:
        await li.get_by_role("menuitem", name="只要现在这几列").click()
    content = Path(await (await waiting.value).path()).read_bytes()
    rows = list(openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows][-1] == number
    assert "催单" in rows[0]
    assert "业主" not in rows[0]

    # By keyboard: j goes to the row, Enter opens it, a gives it out to whom the typing finds.
    await li.get_by_role("heading", name="工单").click()
    await li.keyboard.press("j")
    await li.keyboard.press("Enter")
    await expect(li.get_by_role("heading", name="厨房水管漏水")).to_be_visible()
    if await li.get_by_role("button", name="派单").count():
        await li.keyboard.press("a")
        await expect(li.get_by_role("option", name=re.compile("张伟强"))).to_contain_text("在班")
        await li.get_by_role("combobox").fill("张")
        await li.keyboard.press("Enter")
    await expect(li.locator(".ticket-head .who")).to_contain_text("张")
    await expect(li.get_by_role("button", name="转交")).to_be_visible()

    # Its technician on a phone takes it, while the supervisor's page stands still.
    zhang = await at_the_desk(browser, house, TECHNICIAN, PHONE, path=f"tickets/{number}")
    await expect(state(zhang)).to_have_text("待接单")
    await fits(zhang)
    await zhang.screenshot(path=picture("ticket-390"))
    await li.route(
        f"**/tickets/{number}", lambda route: route.abort() if route.request.method == "GET" else route.continue_()
    )
    await chosen(li, "改期")
    await li.get_by_role("button", name="明天 9:00").click()
    await li.get_by_label("原因").fill("业主说明天上午才在家")
    await zhang.get_by_role("button", name="接单").click()
    await expect(state(zhang)).to_have_text("已接单")
    await li.get_by_role("form", name="改期").get_by_role("button", name="改期").click()
    # The newer state is shown, what was typed is still there, and goes through at the second press.
    await expect(li.get_by_role("alert").filter(has_text="张伟强刚刚改过这张单,现在是「已接单」")).to_be_visible()
    await expect(state(li)).to_have_text("已接单")
    await expect(li.get_by_label("原因")).to_have_value("业主说明天上午才在家")
    await li.screenshot(path=picture("ticket-conflict-1280"))
    await li.get_by_role("form", name="改期").get_by_role("button", name="返回").click()
    await li.unroute(f"**/tickets/{number}")
    await chosen(li, "改期")
    await expect(li.get_by_label("原因")).to_have_value("业主说明天上午才在家")
    await li.get_by_role("form", name="改期").get_by_role("button", name="返回").click()

    # On the way, there, a price that the owner agrees to, done: each press is one step.
    await zhang.get_by_role("button", name="出发").click()
    await expect(state(zhang)).to_have_text("已出发")
    await zhang.get_by_role("button", name="到了").click()
    await expect(state(zhang)).to_have_text("已到场")
    await zhang.get_by_text("费用", exact=True).click()
    await zhang.get_by_role("button", name="报价").click()
    await zhang.get_by_label("项目").fill("角阀")
    await zhang.get_by_label("单价").fill("12元5")
    await expect(zhang.get_by_text("“12元5”不能作单价")).to_be_visible()
    await zhang.get_by_label("单价").fill("35元")
    await expect(zhang.get_by_text("不能作单价")).to_have_count(0)
    await expect(zhang.get_by_text("合计 35.00")).to_be_visible()
    await zhang.get_by_role("button", name="报给业主").click()
    await expect(zhang.locator(".charges .state")).to_contain_text(re.compile("待问业主|等业主答复"))
    await zhang.get_by_role("button", name="业主当面或电话说了").click()
    await zhang.get_by_label("业主说").fill("行,换吧")
    await zhang.get_by_role("form", name="业主怎么说").get_by_role("button", name="保存").click()
    await expect(zhang.locator(".charges")).to_contain_text("行,换吧")
    await zhang.get_by_role("button", name="办好了").click()
    await zhang.get_by_label("做了什么").fill("换了水槽下的角阀,试水不漏")
    await fits(zhang)
    await zhang.get_by_role("form", name="办好了").get_by_role("button", name="办好了").click()
    await expect(state(zhang)).to_have_text("待回访")

    # The supervisor sees it by itself, with who did what when; writes a note; the order can be printed.
    await expect(state(li)).to_have_text("待回访")
    await expect(li.locator(".timeline")).to_contain_text("换了水槽下的角阀,试水不漏")
    await expect(li.locator(".timeline")).to_contain_text("业主同意费用")
    await li.keyboard.press("n")
    await li.keyboard.type("下周抽查一次")
    await li.get_by_role("button", name="记下").click()
    await expect(li.locator(".timeline li.note")).to_contain_text("下周抽查一次")
    await li.screenshot(path=picture("ticket-1280"), full_page=True)
    async with li.context.expect_page() as printing:
        await li.get_by_role("link", name="打印工单").click()
    paper = await printing.value
    await expect(paper.get_by_text(number).first).to_be_visible()
    await expect(paper.get_by_text("35.00").first).to_be_visible()

    ticket = await house.stores.tickets.by_number(number)
    assert ticket is not None
    assert (ticket.state, ticket.executor, ticket.reopened) == (State.RESOLVED, TECHNICIAN, 0)
    await li.context.close()
    await zhang.context.close()


async def test_board_by_keyboard_calls_and_the_duty_log(
    house: House, browser: Browser, picture: Callable[[str], str], clock: FixedClock
) -> None:
    number = await opened(house, "楼道灯坏了", room="1-1-302")
    ticket = await house.stores.tickets.by_number(number)
    assert ticket is not None
    await put_on_call_list(
        house.stores, "call:1", Kind.URGENT, "水管修好了,可以用水了", ticket, ticket.owner_id, now=clock.now()
    )
    li = await at_the_desk(browser, house, SUPERVISOR, DESK, dark=True, path="board")
    card = li.locator(f"[data-card$=':{number}']")
    await expect(card).to_be_visible()
    before = await card.get_attribute("data-card")
    await card.focus()
    await li.keyboard.press("a")
    await li.get_by_role("combobox").fill("李刚" if before == f"{TECHNICIAN}:{number}" else "张")
    await li.keyboard.press("Enter")
    if before == f"{TECHNICIAN}:{number}":
        await li.get_by_label("为什么转交").fill("换班")
        await li.keyboard.press("Control+Enter")
    whom = "李刚" if before == f"{TECHNICIAN}:{number}" else "张伟强"
    await expect(li.get_by_role("region", name=whom).locator(f"[data-card$=':{number}']")).to_be_visible()
    await li.screenshot(path=picture("board-dark-1280"))
    await fits(li)

    # The number is shown on a press; what came of the call takes it off the list.
    zhou = await at_the_desk(browser, house, FRONTDESK, PHONE, path="calls")
    call = zhou.get_by_role("article", name=re.compile("1栋1单元302"))
    await expect(call).to_contain_text("没用过微信公众号")
    await call.get_by_role("button", name="我来打").click()
    await expect(call).to_contain_text("我在打")
    await call.get_by_role("radio", name="没人接").click()
    await call.get_by_role("button", name="保存").click()
    await expect(call).to_contain_text("没人接")
    await fits(zhou)
    await zhou.screenshot(path=picture("calls-390"))

    # A shift: begun, a point noted, handed over with what burns, signed by the other.
    await zhou.goto(f"{house.url}/inbox/duty")
    await zhou.get_by_role("button", name="开始值班").click()
    await zhou.get_by_label("发生了什么").fill("3 栋地库巡查,消防门关好了")
    await zhou.get_by_role("button", name="记下").click()
    await expect(zhou.locator(".my-shift")).to_contain_text("消防门关好了")
    await zhou.get_by_role("button", name="交班").click()
    await zhou.get_by_label("交给谁").select_option(SUPERVISOR)
    await zhou.get_by_label("还有什么要交代").fill("东门钥匙在抽屉\n明早水箱清洗")
    await fits(zhou)
    await zhou.get_by_role("form", name="交给下一班").get_by_role("button", name="交班").click()
    await expect(zhou.locator(".my-shift")).to_contain_text("等签字")
    await zhou.screenshot(path=picture("duty-390"))
    await li.goto(f"{house.url}/inbox/duty")
    entry = li.locator(".my-shift .entry-card")
    await expect(entry).to_contain_text("明早水箱清洗")
    await entry.get_by_role("button", name="签字接班").click()
    await li.get_by_role("dialog").get_by_role("button", name="签字接班").click()
    await expect(li.get_by_text("等您签字")).to_have_count(0)
    await expect(li.get_by_role("region", name="交接记录")).to_contain_text("已签字")
    await li.screenshot(path=picture("duty-dark-1280"))
    await li.context.close()
    await zhou.context.close()
