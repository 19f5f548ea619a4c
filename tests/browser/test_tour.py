"""The tour: four steps by one click each, on both sides of the same page, over the whole house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, FrameLocator, Page, ViewportSize, expect

import nlp
from bot.app import create_app
from bot.demo.tour.menu import MENU
from bot.emulator.page import DIST
from inbox.page import DIST as INBOX_DIST
from store.staff import Role
from tests.browser.chat import worker
from tests.clock import FixedClock
from tests.faults import watch
from tests.house import PASSWORD, House, open_house
from tests.test_demo import Demo as RunningDemo

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Demo:
    """The house, and its web process as the demo runs it."""

    house: House
    url: str


@pytest.fixture
async def demo(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[Demo]:
    for dist in (DIST, INBOX_DIST):
        if not (dist / "index.html").is_file():
            pytest.fail("the pages are not built: run make web")
    nlp.load()
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        await house.desk.staff.add("xiaozhou", "周晓雯", Role.FRONTDESK, PASSWORD, title="小周")
        await house.background.account.create_menu(MENU)
        await (await house.owner("wang")).set(shown_as="王丽华", about="3栋2单元1502 · 业主")
        settings = house.settings.model_copy(update={"clock_file": tmp_path / "clock.json"})
        server = TestServer(create_app(replace(house.runtime, settings=settings), loops=False))
        await server.start_server()
        await house.wechat.configure(tour_port=server.port)
        async with worker(house):
            yield Demo(house, str(server.make_url("")).rstrip("/"))
        await server.close()


async def opened(browser: Browser, demo: Demo, size: ViewportSize) -> tuple[Page, FrameLocator, FrameLocator]:
    """The tour with both of its sides; a frame that is refused fails the test."""
    context = await browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = await context.new_page()
    page.set_default_timeout(15_000)
    watch(page)
    await page.goto(f"{demo.url}/")
    assert page.url == f"{demo.url}/tour"
    phone, inbox = page.frame_locator("#phone"), page.frame_locator("#inbox")
    await expect(phone.get_by_text("还没有聊过。")).to_be_visible()
    return page, phone, inbox


async def send(phone: FrameLocator) -> None:
    """What the tour filled in, sent by the person."""
    await phone.get_by_role("button", name="发送", exact=True).click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
async def test_four_steps(size: ViewportSize, demo: Demo, browser: Browser, picture: Callable[[str], str]) -> None:
    page, phone, inbox = await opened(browser, demo, size)
    steps = page.locator(".steps li")
    await expect(steps.nth(0)).to_have_class("next")
    await expect(page.get_by_role("button", name="张师傅：接单")).to_be_disabled()
    if size is PHONE:
        await page.screenshot(path=picture("tour-begin-390"))

    await page.get_by_role("button", name="填好：厨房水管爆了").click()
    await expect(phone.get_by_role("textbox", name="写给公众号")).to_have_value("厨房水管爆了,水漫出来了")
    assert await demo.house.wechat.pushes("wang") == []  # filled in, not sent
    await send(phone)
    await expect(steps.nth(0)).to_have_class("done")
    await expect(steps.nth(1)).to_have_class("next")

    await page.get_by_role("button", name="张师傅：接单").click()
    await expect(steps.nth(1)).to_have_class("done")
    await expect(phone.locator(".row.theirs", has_text="接单了")).to_have_count(1)
    if size is PHONE:
        await page.get_by_role("button", name="物业收件箱").click()
    await expect(inbox.get_by_role("heading", name="水管爆了")).to_be_visible()
    await expect(inbox.locator(".state-chip").first).to_have_text("已接单")
    if size is PHONE:
        await page.screenshot(path=picture("tour-accepted-390"))

    await page.get_by_role("button", name="张师傅：修好了").click()
    await expect(phone.locator(".row.theirs", has_text="换了水槽下的软管")).to_have_count(1)
    demo.house.clock.move(hours=3)
    await page.get_by_role("button", name="填好一句回答").click()
    await expect(phone.get_by_role("textbox", name="写给公众号")).to_have_value("修是修好了,就是来得太慢")
    await send(phone)
    await expect(steps.nth(2)).to_have_class("done")

    await page.get_by_role("button", name="填好：我的快递到了吗").click()
    await send(phone)
    await expect(steps.nth(3)).to_have_class("done")
    await expect(page.get_by_role("status").filter(has_text="四步都看过了")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    [ticket] = await demo.house.tickets_of(await demo.house.owner("wang"))
    assert ticket.revisit.fixed is True
    await page.context.close()


async def test_what_is_done_by_hand_counts_too_and_a_reload_forgets_nothing(demo: Demo, browser: Browser) -> None:
    page, phone, _ = await opened(browser, demo, DESK)
    wang = await demo.house.owner("wang")
    await wang.says("厨房水管爆了,水漫出来了")
    await expect(page.locator(".steps li").nth(0)).to_have_class("done")
    await expect(phone.locator(".row.own", has_text="水漫出来了")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".steps li").nth(0)).to_have_class("done")
    await page.context.close()


async def test_only_the_tour_may_frame_the_inbox_and_only_in_the_demo(demo: Demo) -> None:
    http = demo.house.http
    async with http.get(f"{demo.url}/inbox/") as answer:
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    async with http.get(f"{demo.house.url}/inbox/") as answer:
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert answer.headers["X-Frame-Options"] == "DENY"
    async with http.get(f"{demo.url}/tour") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert f"frame-src 'self' {demo.house.wechat.base_url};" in policy
        assert policy.endswith("frame-ancestors 'none'") and "unsafe" not in policy
    for path in ("/tour", "/tour/state", "/tour/tour.js"):
        async with http.get(f"{demo.house.url}{path}") as answer:
            assert answer.status == 404, path
    for query in ("since=yesterday", "since=2026-03-10T10:00:00"):
        async with http.get(f"{demo.url}/tour/state?{query}") as answer:
            assert answer.status == 400, query
    async with http.get(f"{demo.url}/tour/nothing.js") as answer:
        assert answer.status == 404


@pytest.mark.timeout(360)
async def test_in_the_demo_itself(
    tmp_path: Path, browser: Browser, picture: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by its command, with its sample estate and its own processes; README shows these pictures."""
    monkeypatch.setattr("tests.test_demo.STARTS_WITHIN", 200)  # how fast it is, is measured elsewhere
    running = await asyncio.to_thread(RunningDemo, tmp_path / "data")
    try:
        assert running.said().index("/tour") < running.said().index("/inbox/")
        page = await browser.new_page(viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        watch(page)
        await page.goto(running.address)
        steps, phone, inbox = page.locator(".steps li"), page.frame_locator("#phone"), page.frame_locator("#inbox")
        await expect(phone.get_by_role("button", name="查快递")).to_be_visible()
        await page.get_by_role("button", name="填好：厨房水管爆了").click()
        await expect(phone.get_by_role("textbox", name="写给公众号")).to_have_value("厨房水管爆了,水漫出来了")
        await page.screenshot(path=picture("tour-1-report"))
        await send(phone)
        await page.get_by_role("button", name="张师傅：接单").click()
        await expect(inbox.locator(".state-chip").first).to_have_text("已接单")
        await expect(phone.locator(".row.theirs", has_text="接单了")).to_have_count(1)
        await page.screenshot(path=picture("tour-2-accept"))
        await page.get_by_role("button", name="张师傅：修好了").click()
        await page.get_by_role("button", name="填好一句回答").click(timeout=60_000)
        await send(phone)
        await expect(steps.nth(2)).to_have_class("done")
        await expect(inbox.locator(".state-chip").first).to_have_text("已关闭")
        await expect(phone.get_by_role("heading", name="海悦花园物业管家")).to_be_visible()
        await page.screenshot(path=picture("tour-3-revisit"))
        await page.get_by_role("button", name="填好：我的快递到了吗").click()
        await send(phone)
        await expect(steps.nth(3)).to_have_class("done")
        await expect(phone.locator(".row.theirs").last).to_contain_text("6-2031")
        await expect(phone.get_by_role("heading", name="海悦花园物业管家")).to_be_visible()
        await page.screenshot(path=picture("tour-4-ask"))
        await page.close()
    finally:
        running.process.terminate()
        await asyncio.to_thread(running.process.wait, 30)
