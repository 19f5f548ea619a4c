"""One cause behind several reports, and the times that colleagues gave: decided on the page, heard on the phones."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, expect

from store.promises import PromiseState
from store.tickets import State
from tests.browser.inbox import PHONE, at_the_desk, fits
from tests.house import FRONTDESK, SUPERVISOR, House

pytestmark = pytest.mark.browser


@pytest.fixture
async def house(inbox_house: House) -> House:
    return inbox_house


async def test_an_incident_from_the_first_ticket_to_its_end(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await wang.says("厨房水管漏水")
    await chen.says("楼道灯不亮")
    [leak], [light] = await house.tickets_of(wang), await house.tickets_of(chen)

    # Declared out of a ticket: it is proposed, and nobody has been told anything.
    li = await at_the_desk(browser, house, SUPERVISOR, path=f"tickets/{leak.number}")
    await li.get_by_text("关联的单").or_(li.get_by_role("heading", name="关联")).first.click()
    await li.get_by_role("button", name="定为公共事件").click()
    asked = li.get_by_role("dialog", name="定为公共事件")
    await asked.get_by_role("textbox").fill("3 栋停水")
    await asked.get_by_role("button", name="确定").click()
    await expect(li).to_have_url(re.compile("/incidents/E[0-9]{8}-[0-9]+"))
    incident = li.get_by_role("article")
    await expect(incident).to_contain_text("还没有告诉任何人")
    members = li.get_by_role("region", name="哪些单")
    await members.get_by_label("把哪张单加进来").fill(light.number)
    await members.get_by_role("button", name="加进来").click()
    await expect(members.get_by_role("listitem")).to_have_count(2)

    # The front desk sees it above its lists, and that the supervisor decides.
    zhou = await at_the_desk(browser, house, FRONTDESK, PHONE, dark=True)
    await zhou.get_by_role("link", name=re.compile("3 栋停水")).click()
    await expect(zhou.get_by_text("等主管确认")).to_be_visible()
    await expect(zhou.get_by_role("button", name="确认是一件事")).to_have_count(0)
    await fits(zhou)

    # Confirmed with a time: everybody hears it once, and the other page follows.
    await li.get_by_role("button", name="确认是一件事").click()
    form = li.get_by_role("form", name="确认是一件事")
    await form.get_by_label("怎么回事").fill("主管道爆裂,正在换管")
    await form.get_by_role("button", name="1 小时后").click()
    await form.get_by_role("button", name="确认并告诉 2 户").click()
    await expect(incident).to_contain_text("进行中")
    for phone in (wang, chen):
        await phone.wait_for(lambda line: "主管道爆裂" in line.text, timeout=20)
    await expect(zhou.get_by_role("button", name="告诉大家进展")).to_be_visible()
    await expect(incident).to_contain_text("通知了 2/2 单")
    await li.screenshot(path=picture("incident-1280"))
    await zhou.screenshot(path=picture("incident-dark-390"))

    # One of them is something else; what is said next reaches only who is still in it.
    await members.get_by_role("button", name="移出 1栋1单元302").click()
    await li.get_by_role("dialog").get_by_role("button", name="移出", exact=True).click()
    await expect(members.get_by_role("listitem")).to_have_count(1)
    await zhou.get_by_role("button", name="告诉大家进展").click()
    await zhou.get_by_role("form", name="告诉大家进展").get_by_label("进展").fill("管子换好了,正在试压")
    house.clock.move(minutes=31)  # about one ticket an owner hears at most every half hour
    await zhou.get_by_role("button", name="告诉 1 户").click()
    await wang.wait_for(lambda line: "正在试压" in line.text, timeout=20)

    # Over: the rest is resolved, the other one goes on.
    await li.get_by_role("button", name="结束", exact=True).click()
    await li.get_by_role("form", name="结束").get_by_label("处理结果").fill("换好了,水已经来了")
    house.clock.move(minutes=31)
    await li.get_by_role("button", name="结束并告诉 1 户").click()
    await wang.wait_for(lambda line: "水已经来了" in line.text, timeout=20)
    await expect(incident).to_contain_text("已结束")
    await expect(members).to_contain_text("待回访")
    assert not any("试压" in line.text or "水已经来了" in line.text for line in await chen.screen())
    assert (await house.stores.tickets.get(leak.id)).state is State.RESOLVED
    assert (await house.stores.tickets.get(light.id)).is_open
    await li.context.close()
    await zhou.context.close()


async def test_a_promise_is_given_moved_and_taken_back(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    [ticket] = await house.tickets_of(wang)
    page = await at_the_desk(browser, house, FRONTDESK, path=f"tickets/{ticket.number}")
    await page.get_by_role("heading", name="对业主的承诺").click()
    box = page.locator("details", has=page.get_by_role("heading", name="对业主的承诺"))
    await box.get_by_role("button", name="记一个承诺").click()
    form = box.get_by_role("form", name="记一个承诺")
    await form.get_by_role("button", name="1 小时后").click()
    await form.get_by_label("怎么说的").fill("电话里说好的")
    await form.get_by_role("button", name="记一个承诺").click()
    await expect(box.get_by_role("listitem")).to_contain_text("有效")

    await box.get_by_role("button", name="改时间").click()
    form = box.get_by_role("form", name="改时间")
    await expect(form.get_by_role("button", name="改时间")).to_be_disabled()
    await form.get_by_role("button", name="明天").click()
    await form.get_by_role("button", name="配件没到").click()
    await page.screenshot(path=picture("promise-1280"))
    await form.get_by_role("button", name="改时间").click()
    await expect(box.get_by_role("listitem")).to_have_count(2)
    await wang.wait_for(lambda line: "配件没到" in line.text, timeout=20)

    await box.get_by_role("button", name="取消这个时间").click()
    asked = page.get_by_role("dialog")
    await asked.get_by_label("原因").fill("师傅病了")
    await asked.get_by_role("button", name="取消这个时间").click()
    await expect(box.get_by_role("listitem").filter(has_text="作废")).to_contain_text("师傅病了")
    held = await house.stores.promises.of_ticket(ticket.id)
    assert sorted(one.state for one in held) == [PromiseState.MOVED, PromiseState.VOID]
    await fits(page)
    await page.context.close()
