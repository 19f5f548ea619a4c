"""An owner's phone in the browser: the chat page over the whole house, so that every reply is the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from bot.demo.tour.menu import MENU, keys
from bot.emulator.page import DIST
from handlers.help import MENU_KEYS
from tests.clock import FixedClock
from tests.house import House, open_house

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 360, "height": 640}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["390", "1280"])


@pytest.fixture
async def house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The house with two owners and the account's menu, and a worker that sends what is due."""
    if not (DIST / "index.html").is_file():
        pytest.fail("the page is not built: run make web")
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock, deadline=1.0
    ) as house:
        assert set(keys()) <= set(MENU_KEYS)
        await house.background.account.create_menu(MENU)
        for name, shown, about in (("wang", "王芳", "3栋2单元1502 · 业主"), ("chen", "陈晨", "1栋1单元302 · 业主")):
            phone = await house.owner(name)
            await phone.set(shown_as=shown, about=about)
        working = asyncio.create_task(_work(house))
        yield house
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _work(house: House) -> None:
    while True:
        await house.work()
        await asyncio.sleep(0.1)


async def opened(browser: Browser, house: House, size: ViewportSize, *, name: str = "wang", dark: bool = False) -> Page:
    """The page on this phone; whatever the browser complains about, our policy included, fails the test."""
    context = await browser.new_context(
        viewport=size,
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=size["width"] < 600,
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
    page.on("console", lambda line: pytest.fail(line.text) if "Content Security Policy" in line.text else None)
    await page.goto(f"{house.wechat.base_url}/#{name}")
    await expect(page.get_by_role("heading", name="和苑物业管家").or_(page.get_by_text("还没有业主"))).to_be_visible()
    return page


async def says(page: Page, text: str) -> None:
    """Type it and send it, as a thumb does."""
    keyboard = page.get_by_role("button", name="切换到输入")
    if await keyboard.is_visible():
        await keyboard.click()
    await page.get_by_role("textbox", name="写给公众号").fill(text)
    await page.get_by_role("button", name="发送", exact=True).click()


def reply(page: Page, words: str) -> Locator:
    """A bubble of the account with these words."""
    return page.locator(".row.theirs", has_text=words)


async def fits(page: Page) -> None:
    """Nothing sticks out to the side, neither of the window nor of the list of messages."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await page.evaluate(
        "[...document.querySelectorAll('.list')].every((box) => box.scrollWidth <= box.clientWidth)"
    )


@SIZES
async def test_a_burst_pipe_from_the_first_word_to_the_rating(
    size: ViewportSize, house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    width = size["width"]
    page = await opened(browser, house, size)
    await expect(page.get_by_text("还没有聊过。下面写一句试试")).to_be_visible()
    await page.screenshot(path=picture(f"chat-empty-{width}"))

    await says(page, "厨房水管爆了,水漫出来了")
    await expect(page.locator(".row.own", has_text="水漫出来了")).to_have_count(1)
    receipt = reply(page, "3栋2单元1502")
    await expect(receipt).to_contain_text("R2026")
    await fits(page)

    await page.get_by_role("button", name="更多功能").click()
    await page.get_by_role("button", name="示例照片").click()
    await expect(page.locator(".samples img")).to_have_count(6)
    await page.screenshot(path=picture(f"chat-samples-{width}"))
    await page.get_by_role("button", name="水管爆裂").click()
    await page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
    photo = page.locator(".row.own .picture img")
    await expect(photo).to_be_visible()
    await page.wait_for_function("document.querySelector('.own .picture img')?.naturalWidth > 100")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".row.theirs")).to_have_count(2)

    [ticket] = await house.tickets_of(await house.owner("wang"))
    staff = await house.sign_in("zhang")
    await staff.move(ticket.number, "accepted")
    await expect(page.locator(".row.theirs, .notice-card", has_text="张师傅")).to_have_count(1)
    await page.screenshot(path=picture(f"chat-repair-{width}"))
    await page.context.close()
