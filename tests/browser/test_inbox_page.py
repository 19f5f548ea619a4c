"""The inbox page without live events, and the page of its API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.api.world import PASSWORD, WANG_CHAT, World
from tests.faults import watch

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 844}


async def opened(browser: Browser, server: TestServer, size: ViewportSize) -> Page:
    """The page after signing in as 小周; anything that the browser complains about fails the test."""
    context = await browser.new_context(viewport=size, locale="zh-CN")
    page = await context.new_page()
    watch(page)
    await page.goto(str(server.make_url("/inbox/")))
    await page.get_by_label("用户名").fill("xiaozhou")
    await page.get_by_label("密码").fill("wrong")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert").filter(has_text="用户名或密码不对")).to_be_visible()
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    return page


async def test_without_live_events_the_page_asks_and_the_old_addresses_lead_on(
    world: World, browser: Browser, server: TestServer, picture: Callable[[str], str]
) -> None:
    page = await opened(browser, server, PHONE)
    await expect(page.locator(".conversation-row").first).to_be_visible()
    await page.screenshot(path=picture("inbox-list-390"))
    at = world.clock.now() + timedelta(minutes=1)
    changes = {"unread": 1, "waiting_since": at, "last_at": at, "last_line": "楼下渗水了", "last_from": "owner"}
    await world.desk.stores.conversations.change(WANG_CHAT, changes)
    await expect(page.locator(".conversation-row", has_text="楼下渗水了")).to_be_visible(timeout=20_000)

    # Addresses from before had their place behind a hash.
    await page.goto(str(server.make_url(f"/inbox/#/conversations/{WANG_CHAT}")))
    await expect(page.get_by_role("heading", name="王芳")).to_be_visible()
    await expect(page.get_by_role("textbox", name="回复")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.context.close()


async def test_the_page_of_the_api_reads_the_description(browser: Browser, server: TestServer) -> None:
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(str(server.make_url("/api/docs")))
    await expect(page.get_by_text("/api/inbox/v1/tickets/{number}/transitions")).to_be_visible(timeout=15_000)
    assert complaints == []
    await page.close()
