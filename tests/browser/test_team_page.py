"""The page of colleagues and teams in Chromium: somebody comes, is planned, and leaves; on a phone too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.async_api import Browser, Page, expect

from store.staff import Role
from tests.browser.inbox import PHONE, at_the_desk, fits
from tests.house import PASSWORD, House

pytestmark = pytest.mark.browser
MANAGER = "zheng"


@pytest.fixture
async def house(inbox_house: House) -> House:
    await inbox_house.desk.staff.add(MANAGER, "郑敏", Role.MANAGER, PASSWORD, title="经理")
    return inbox_house


async def choose(page: Page, label: str, option: str) -> None:
    """One of a list that opens as one types."""
    await page.get_by_label(label).fill(option)
    await page.get_by_role("option", name=option).click()
    await page.get_by_role("heading", level=1).click()
    await expect(page.get_by_role("option", name=option)).to_be_hidden()


async def test_somebody_comes_is_planned_and_leaves(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    page = await at_the_desk(browser, house, MANAGER, path="team")
    own = page.get_by_role("link", name="郑敏")
    await expect(own).to_contain_text("经理")
    await expect(own).not_to_contain_text("经理 · 经理")

    # A new colleague, with a password that is shown once; the number can be taken away again.
    await page.get_by_role("button", name="加同事").click()
    form = page.get_by_role("form", name="加同事")
    await form.get_by_label("用户名").fill("sunli")
    await form.get_by_label("姓名").fill("孙莉")
    await page.reload()
    await expect(form.get_by_label("用户名")).to_have_value("sunli")
    await expect(form.get_by_label("姓名")).to_have_value("孙莉")
    await form.get_by_label("岗位").select_option("frontdesk")
    await form.get_by_label("电话").fill("13912340009")
    await form.get_by_role("button", name="保存").click()
    card = page.get_by_role("region", name="孙莉")
    await expect(card).to_contain_text("139****0009")
    await card.get_by_role("button", name="生成密码").click()
    await page.get_by_role("dialog").get_by_role("button", name="重置密码").click()
    once = page.get_by_role("dialog", name="孙莉的一次性密码")
    await expect(once).to_be_visible()
    await once.get_by_role("button", name="已交给本人").click()
    await expect(once).to_be_hidden()
    await card.get_by_role("button", name="修改资料").click()
    await page.get_by_label("不留号码").check()
    await page.reload()
    await expect(page.get_by_label("不留号码")).to_be_checked()
    await page.get_by_role("button", name="保存").click()
    await expect(card).not_to_contain_text("139****0009")
    assert (await house.stores.staff.get("sunli")).phone is None

    # A team of her own, a shift this week.
    await page.get_by_role("link", name="班组", exact=True).click()
    await page.get_by_role("button", name="加班组").click()
    form = page.get_by_role("form", name="加班组")
    await form.get_by_label("班组名称").fill("前台班")
    await form.get_by_label("编号").fill("hy-qiantai")
    await form.get_by_label("什么时候在").select_option("own")
    await form.get_by_label("周六").fill("9:00-12:00")
    await page.reload()
    await expect(form.get_by_label("周六")).to_have_value("9:00-12:00")
    await expect(form.get_by_label("编号")).to_have_value("hy-qiantai")
    await form.get_by_label("什么时候在").select_option("estate")
    await choose(page, "成员", "孙莉")
    await form.get_by_role("button", name="保存").click()
    week = page.locator("section.card", has=page.get_by_role("heading", name="排班"))
    await week.get_by_role("button", name="排班次").click()
    plan = page.get_by_role("dialog", name="排班次")
    await plan.get_by_label("孙莉").check()
    await plan.get_by_role("checkbox").nth(1).check()
    await plan.get_by_role("button", name="白班").click()
    await plan.get_by_role("button", name="排 1 个班次").click()
    shift = week.get_by_text("08:00–20:00")
    await expect(shift).to_be_visible()
    await expect(page.get_by_role("region", name="前台班")).to_contain_text("看排班")
    await fits(page)
    await page.screenshot(path=picture("team-1280"))

    # On a phone the week is in sight from today on; an address that leads nowhere says so.
    phone = await at_the_desk(browser, house, MANAGER, PHONE, dark=True, path="team/teams/hy-qiantai")
    await expect(phone.get_by_text("08:00–20:00")).to_be_in_viewport()
    await expect(phone.locator("thead .today")).to_be_in_viewport()
    await fits(phone)
    await phone.screenshot(path=picture("team-dark-390"))
    await phone.goto(f"{house.url}/inbox/team/teams/nothing")
    await expect(phone.get_by_role("alert").filter(has_text="没有找到")).to_be_visible()
    await phone.context.close()

    # She leaves: the reason is as long as the server takes, and she is out at once.
    await page.goto(f"{house.url}/inbox/team/people/sunli")
    await card.get_by_role("button", name="停用").click()
    asked = page.get_by_role("dialog", name="停用孙莉的账号?")
    await asked.get_by_label("原因").fill("长" * 120)
    await expect(asked.get_by_label("原因")).to_have_value("长" * 100)
    await asked.get_by_role("button", name="离职").click()
    await asked.get_by_role("button", name="停用", exact=True).click()
    await expect(page.get_by_text("账号已停用,手上没有要另外安排的")).to_be_visible()
    await expect(card.get_by_role("button", name="重新启用")).to_be_visible()
    left = await house.stores.staff.get("sunli")
    assert not left.active
    await page.context.close()
