"""Colleagues at the inbox in the browser, for tests: the whole house behind it, and what they do on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

import nlp
from inbox.page import DIST
from store.staff import Role
from tests.browser.chat import worker
from tests.clock import FixedClock
from tests.faults import watch
from tests.house import PASSWORD, House, open_house, trade_settings

expect.set_options(timeout=15_000)  # the machine may be busy with other tests
UNDO = timedelta(seconds=60)
DESK: ViewportSize = {"width": 1280, "height": 800}
WIDE: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
MANAGER = "zheng"
PAYLOADS = (
    "<script>window.caught=1</script>",
    "<img src=x onerror=window.caught=2>",
    "<svg/onload=window.caught=3>",
    "javascript:window.caught=4",
    "{{constructor.constructor('window.caught=5')()}}",
    "</textarea><iframe srcdoc='<script>parent.caught=6</script>'>",
    "\u202e<b>翻过来</b>\u0000&lt;i&gt;😀",
)


@dataclass
class Office:
    """What the tests of one file share: the house with a manager, and a browser."""

    house: House
    browser: Browser

    async def at(self, username: str, path: str = "", size: ViewportSize = DESK, *, dark: bool = False) -> Page:
        """A colleague at the inbox, in a window of their own."""
        return await at_the_desk(self.browser, self.house, username, size, dark=dark, path=path)


@asynccontextmanager
async def open_office(
    data_dir: Path, chromium: str, *, mongodb_uri: str, redis_url: str, database: str
) -> AsyncIterator[Office]:
    """The house with a manager (郑敏), and Chromium without a window."""
    async with (
        open_inbox(
            data_dir, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database, clock=FixedClock()
        ) as house,
        async_playwright() as playwright,
    ):
        await house.desk.staff.add(MANAGER, "郑敏", Role.MANAGER, PASSWORD, title="经理")
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Office(house, browser)
        await browser.close()


@asynccontextmanager
async def open_inbox(
    data_dir: Path, *, mongodb_uri: str, redis_url: str, database: str, clock: FixedClock
) -> AsyncIterator[House]:
    """The house, with a worker that sends what is due."""
    if not (DIST / "index.html").is_file():
        pytest.fail("the page is not built: run make web")
    nlp.load()
    # On a busy machine the five seconds for taking a reply back are over before a test has pressed the button.
    settings = trade_settings()
    settings = settings.model_copy(update={"inbox": settings.inbox.model_copy(update={"undo": UNDO})})
    async with (
        open_house(
            data_dir, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database, clock=clock, settings=settings
        ) as house,
        worker(house),
    ):
        yield house


async def at_the_desk(
    browser: Browser, house: House, username: str, size: ViewportSize = DESK, *, dark: bool = False, path: str = ""
) -> Page:
    """The inbox after signing in; whatever the browser complains about, our policy included, fails the test."""
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
    await page.goto(f"{house.url}/inbox/{path}")
    await sign_in(page, username)
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    return page


async def sign_in(page: Page, username: str) -> None:
    """User name and password."""
    await page.get_by_label("用户名").fill(username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()


def row(page: Page, name: str) -> Locator:
    """A conversation in the list, by the owner's name."""
    return page.locator(".conversation-row", has_text=name)


def said(page: Page, text: str) -> Locator:
    """Something said in the timeline."""
    return page.locator(".timeline-view .said", has_text=text)


async def fits(page: Page) -> None:
    """Nothing sticks out to the side."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
