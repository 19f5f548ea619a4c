"""An owner's phone in the browser, for tests: the house behind it, and what a thumb does on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

import nlp
from bot.demo.tour.menu import MENU, keys
from bot.emulator.client import PushResult
from bot.emulator.page import DIST
from handlers.help import MENU_KEYS
from tests.clock import FixedClock
from tests.faults import watch
from tests.house import House, open_house

expect.set_options(timeout=15_000)  # the machine may be busy with other tests
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 360, "height": 640}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["390", "1280"])


@asynccontextmanager
async def open_chat(
    data_dir: Path, *, mongodb_uri: str, redis_url: str, database: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The house with two owners and the account's menu, and a worker that sends what is due."""
    if not (DIST / "index.html").is_file():
        pytest.fail("the page is not built: run make web")
    nlp.load()
    async with open_house(
        data_dir, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database, clock=clock
    ) as house:
        assert set(keys()) <= set(MENU_KEYS)
        await house.background.account.create_menu(MENU)
        for name, shown, about in (("wang", "王芳", "3栋2单元1502 · 业主"), ("chen", "陈晨", "1栋1单元302 · 业主")):
            phone = await house.owner(name)
            await phone.set(shown_as=shown, about=about)
        async with worker(house):
            yield house


@asynccontextmanager
async def worker(house: House) -> AsyncIterator[None]:
    """Somebody who does what is due, all the time."""
    working = asyncio.create_task(_work(house))
    yield
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
    watch(page)
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


async def pushed(house: House, meant: Callable[[PushResult], bool], count: int = 1) -> PushResult:
    """The newest of 王芳's pushes that are meant, once there are so many: a page shows words before they have left."""
    async with asyncio.timeout(15):
        while True:
            found = [push for push in await house.wechat.pushes("wang") if meant(push)]
            if len(found) >= count:
                return found[-1]
            await asyncio.sleep(0.05)


async def until(page: Page, condition: str) -> None:
    """Wait for it by looking again and again: what waits inside the page needs eval, which its policy forbids."""
    async with asyncio.timeout(10):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.02)


async def fits(page: Page) -> None:
    """Nothing sticks out to the side, neither of the window nor of the list of messages."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await page.evaluate(
        "[...document.querySelectorAll('.list')].every((box) => box.scrollWidth <= box.clientWidth)"
    )
