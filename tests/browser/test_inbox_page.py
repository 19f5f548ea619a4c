"""A colleague's morning on the inbox page, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from nlp import understand
from store.messages import Answer, AnswerState, Direction, Message
from store.tickets import Category, State, Ticket
from tests.api.world import CHEN, CHEN_CHAT, PASSWORD, WANG_CHAT, World

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
async def morning(world: World) -> World:
    """Four matters in different states, and what was said about one of them."""
    zhang = await world.actor("zhang")
    lamp = await world.ticket("楼道灯不亮,一闪一闪的", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    lamp = await world.desk.tickets.move(lamp, State.ACCEPTED, zhang)
    lamp = await world.desk.tickets.move(lamp, State.RESOLVED, zhang, note="换了灯泡")
    world.clock.move(minutes=30)
    await world.ticket("楼上夜里装修太吵", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT, category=Category.COMPLAINT)
    lock = await world.ticket("单元门锁打不开", room=None)
    await world.desk.tickets.move(lock, State.ACCEPTED, zhang)
    world.clock.move(minutes=18)
    words = "厨房水管爆了,水漫出来了"
    said = understand(words).to_dict()
    at = world.clock.now() - timedelta(minutes=2)
    answer = Answer(text="收到,马上派人。水大的话请先关厨房水槽下的总阀。", state=AnswerState.WRITTEN)
    line = Message(
        id=f"{WANG_CHAT}:1",
        conversation_id=WANG_CHAT,
        direction=Direction.INBOUND,
        at=at,
        text=words,
        understanding=said,
        answer=answer,
    )
    await world.desk.stores.messages.keep(line)
    await world.ticket(words, urgent=True)
    changes = {"waiting_since": at, "last_at": at, "last_line": words, "unread": 1}
    await world.desk.stores.conversations.change(WANG_CHAT, changes)
    return world


async def opened(browser: Browser, server: TestServer, size: ViewportSize, *, dark: bool = False) -> Page:
    """The page after signing in as 小周; anything that the browser complains about fails the test."""
    context = await browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="zh-CN")
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
    await page.goto(str(server.make_url("/inbox/")))
    await page.get_by_label("用户名").fill("xiaozhou")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("navigation").get_by_role("link", name="工单").click()
    await expect(page.get_by_role("heading", name="工单")).to_be_visible()
    return page


async def fits(page: Page) -> None:
    """Nothing sticks out to the side."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1280", "390"])
async def test_from_signing_in_to_resolved_and_replied(
    size: ViewportSize, morning: World, browser: Browser, server: TestServer, picture: Callable[[str], str]
) -> None:
    width = size["width"]
    page = await opened(browser, server, size)
    row = page.get_by_role("region", name="工单").get_by_role("link", name="水管爆了")
    await expect(row).to_contain_text("紧急")
    await page.screenshot(path=picture(f"inbox-list-{width}"))
    await fits(page)

    await row.click()
    await expect(page.get_by_role("heading", name="水管爆了")).to_be_visible()
    await page.get_by_label("派给谁").select_option("zhang")
    await page.get_by_role("button", name="派单").click()
    await expect(page.locator(".facts")).to_contain_text("张师傅")
    await page.get_by_role("button", name="接单").click()
    await expect(page.locator(".facts .state")).to_have_text("已接单")
    morning.clock.move(minutes=25)
    await page.get_by_role("button", name="修好了").click()
    await page.get_by_label("做了什么").fill("换了水槽下的软管,试水不漏")
    await page.screenshot(path=picture(f"inbox-ticket-{width}"))
    await fits(page)
    await page.get_by_role("button", name="完成并告诉业主").click()
    await expect(page.locator(".facts .state")).to_have_text("待回访")

    morning.clock.move(minutes=1)
    await page.get_by_role("link", name="看会话").click()
    await expect(page.locator(".said.owner", has_text="水漫出来了")).to_be_visible()
    await page.get_by_role("textbox", name="回复").fill("王女士,软管换好了,有问题随时找我们")
    await page.get_by_role("button", name="发送").click()
    reply = page.locator(".said.colleague", has_text="软管换好了,有问题随时找我们")
    await expect(reply).to_contain_text("待发送")
    await expect(page.get_by_role("textbox", name="回复")).to_have_value("")
    await page.screenshot(path=picture(f"inbox-conversation-{width}"))
    await fits(page)

    [ticket] = [row for row in await _tickets(morning) if row.urgent]
    assert (ticket.state, ticket.executor) == (State.RESOLVED, "zhang")
    pushed = [push.text for push in await morning.desk.stores.deliveries.open_of(WANG_CHAT)]
    assert sum("软管换好了,有问题随时找我们" in text for text in pushed) == 1
    await page.context.close()


async def test_a_lost_race_shows_the_ticket_as_it_is(morning: World, browser: Browser, server: TestServer) -> None:
    page = await opened(browser, server, DESK)
    await page.get_by_role("region", name="工单").get_by_role("link", name="水管爆了").click()
    button = page.get_by_role("button", name="接单")
    await expect(button).to_be_visible()
    # The page stands still while a colleague is faster.
    await page.route(
        "**/tickets/R*", lambda route: route.abort() if route.request.method == "GET" else route.continue_()
    )
    [ticket] = [row for row in await _tickets(morning) if row.urgent]
    await morning.desk.tickets.move(ticket, State.ACCEPTED, await morning.actor("ligong"))
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("刚刚有人改过")
    await expect(page.locator(".facts .state")).to_have_text("已接单")
    await page.context.close()


async def test_server_away_and_back_keeps_the_draft(
    morning: World, browser: Browser, server: TestServer, picture: Callable[[str], str]
) -> None:
    page = await opened(browser, server, DESK, dark=True)
    await page.get_by_role("link", name="王芳").click()
    await page.get_by_role("textbox", name="回复").fill("写到一半")

    async def gone(route: Route) -> None:
        await route.abort()

    await page.route("**/api/**", gone)
    await expect(page.get_by_role("status")).to_have_text("连不上服务器,正在重试…", timeout=10_000)
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_text("没发出去")).to_be_visible()
    await page.screenshot(path=picture("inbox-away-dark"))
    await page.unroute("**/api/**")
    await page.get_by_role("button", name="再试一次").click()
    await expect(page.locator(".said.colleague", has_text="写到一半")).to_contain_text("待发送")
    await expect(page.get_by_role("status")).to_have_count(0, timeout=10_000)
    assert len(await morning.desk.stores.deliveries.open_of(WANG_CHAT)) == 1 + 1
    await page.context.close()


async def test_signed_out_means_back_to_signing_in(morning: World, browser: Browser, server: TestServer) -> None:
    page = await opened(browser, server, PHONE)
    morning.clock.move(hours=13)
    await expect(page.get_by_label("用户名")).to_be_visible(timeout=10_000)
    await page.get_by_label("用户名").fill("xiaozhou")
    await page.get_by_label("密码").fill("wrong")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_have_text("用户名或密码不对")
    await page.context.close()


async def test_an_empty_desk_and_very_long_words(
    world: World, browser: Browser, server: TestServer, picture: Callable[[str], str]
) -> None:
    page = await opened(browser, server, PHONE)
    await expect(page.get_by_text("还没有工单")).to_be_visible()
    await page.screenshot(path=picture("inbox-empty-390"))
    ticket = await world.ticket("漏" * 600 + "<script>alert(1)</script>😀")
    row = page.get_by_role("link", name="漏漏漏")
    await expect(row).to_be_visible(timeout=10_000)
    await row.click()
    await expect(page.locator(".words")).to_contain_text("<script>alert(1)</script>😀")
    await expect(page.locator(".over")).to_contain_text(ticket.number)
    await fits(page)
    await page.context.close()


async def test_the_page_of_the_api_reads_the_description(browser: Browser, server: TestServer) -> None:
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(str(server.make_url("/api/docs")))
    await expect(page.get_by_text("/api/inbox/v1/tickets/{number}/transitions")).to_be_visible(timeout=15_000)
    assert complaints == []
    await page.close()


async def _tickets(world: World) -> list[Ticket]:
    now = world.clock.now()
    return await world.desk.stores.tickets.listed(
        estates=None,
        state=None,
        category=None,
        room=None,
        executor=None,
        before=now + timedelta(days=1),
        since=now - timedelta(days=9),
        limit=50,
    )
