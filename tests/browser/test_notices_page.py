"""A notice on the page: written beside a phone, approved by another person, watched going out, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.timers import Timers
from desk.settings import demo_settings
from store.bindings import Binding
from store.conversations import Allowance, Conversation
from store.deliveries import DeliveryState, Rung
from store.residents import Resident
from store.rooms import Room, room_id
from tests.api.world import OFFICIAL, PASSWORD, World
from tests.faults import watch

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1280, "height": 800}
API = "/api/inbox/v1"
PHONE: ViewportSize = {"width": 390, "height": 844}
NAMES = "赵敏 钱程 孙丽 李强 周洋 吴桐 郑爽 冯军 陈默 褚英 卫东 蒋雯 沈阳 韩梅 杨柳 朱迪 秦岭 尤佳 许诺 何平".split()


@pytest.fixture
async def block(world: World) -> World:
    """Building 8 with twenty homes: half of them in WeChat, some of whom wrote lately, three empty."""
    stores, now = world.desk.stores, world.clock.now()
    since = now - timedelta(days=400)
    templates = demo_settings().to_json()["templates"]
    await stores.settings.put("*", {"templates": templates}, version=0)
    await world.desk.rules.refresh()
    for n, name in enumerate(NAMES):
        number = f"{n // 2 + 1}0{n % 2 + 1}"
        id = room_id("hy", "8", "1", number)
        await stores.rooms.add(
            [Room(id=id, estate_id="hy", building="8", unit="1", number=number, name=f"8栋1单元{number}")]
        )
        if n >= 17:
            continue
        await stores.residents.add([Resident(id=f"n{n}", name=name, created_at=since)])
        binding = Binding(id=f"n{n}", resident_id=f"n{n}", room_id=id, estate_id="hy", starts_at=since)
        await stores.bindings.add([binding])
        if n < 10:
            window = Allowance(left=5, until=now + timedelta(days=1)) if n < 4 else Allowance()
            chat = Conversation(
                id=f"{OFFICIAL}:o-n{n}", app_id=OFFICIAL, openid=f"o-n{n}", estate_id="hy", resident_id=f"n{n}",
                name=name, allowance=window, last_at=since,
            )  # fmt: skip
            await stores.conversations.create(chat)
    return world


async def opened(
    browser: Browser, server: TestServer, who: str, size: ViewportSize, path: str = "", *, dark: bool = False
) -> Page:
    """The notices as this colleague sees them; anything that the browser complains about fails the test."""
    context = await browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="zh-CN")
    page = await context.new_page()
    watch(page)
    await page.goto(str(server.make_url(f"/inbox/notices{path}")))
    await page.get_by_label("用户名").fill(who)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="公告", exact=True)).to_be_visible()
    return page


async def fits(page: Page) -> None:
    """Nothing sticks out to the side."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def sent(block: World) -> None:
    """A worker for a few seconds, and WeChat took seven of ten."""
    timers, deliveries = Timers(block.desk), block.desk.stores.deliveries
    for _ in range(3):
        block.clock.move(seconds=1)
        await timers.poll_once()
    [notice] = await block.desk.stores.notices.in_force()
    rows = await deliveries.of_notice(notice.id, [DeliveryState.QUEUED], limit=10)
    for n, row in enumerate(rows[:7]):
        way = Rung.CUSTOMER if n < 3 else Rung.TEMPLATE
        await deliveries.move(row, DeliveryState.ACCEPTED, at=block.clock.now(), changes={"rungs_used": [way]})
    block.clock.move(seconds=20)
    await timers.poll_once()


async def test_a_notice_from_the_first_word_to_its_withdrawal(
    block: World, browser: Browser, server: TestServer, picture: Callable[[str], str]
) -> None:
    desk = await opened(browser, server, "xiaozhou", DESK)
    await expect(desk.get_by_text("还没有公告")).to_be_visible()

    # Written: the phone and the number of homes stand beside it.
    await desk.get_by_role("button", name="写公告").click()
    await desk.get_by_text("停水停电", exact=True).click()
    await desk.get_by_label("标题").fill("生活水箱清洗")
    tomorrow = (block.clock.now() + timedelta(days=1)).astimezone(block.desk.rules.of("hy").zone)
    await desk.get_by_label("从", exact=True).fill(f"{tomorrow:%Y-%m-%d}T09:00")
    await desk.get_by_label("到", exact=True).fill(f"{tomorrow:%Y-%m-%d}T12:00")
    await desk.get_by_label("为什么停").fill("清洗水箱")
    await desk.get_by_label("正文").fill("请提前储水。来水后先放几分钟再用。<b>x</b>")
    phone = desk.locator("[data-part=message]")
    await expect(phone).to_contain_text("【停水通知】生活水箱清洗")
    await expect(phone).to_contain_text("明天 9:00-12:00，全小区停水（清洗水箱）")
    await expect(phone).to_contain_text("<b>x</b>")
    await desk.get_by_text("按楼栋", exact=True).click()
    await desk.locator("label.el-checkbox", has_text="8栋").click()
    await expect(desk.locator(".reach-figures")).to_contain_text("20 户")
    await expect(desk.locator(".reach-figures")).to_contain_text("10 户没有人在微信里")
    await expect(phone).to_contain_text("8栋停水")
    await desk.screenshot(path=picture("notices-editor-1280"))
    await fits(desk)

    # Nothing typed is lost on a reload.
    await desk.reload()
    await expect(desk.get_by_label("标题")).to_have_value("生活水箱清洗")
    await expect(desk.locator(".reach-figures")).to_contain_text("20 户")

    # A draft that somebody changes elsewhere meanwhile says so at once; nothing typed goes before one has chosen.
    await desk.get_by_role("button", name="存草稿").click()
    await desk.get_by_role("button", name="修改").click()
    await desk.get_by_label("为什么停").fill("清洗地下水箱")
    [stored] = (await (await desk.context.request.get(str(server.make_url(f"{API}/notices")))).json())["items"]
    at = str(server.make_url(f"{API}/notices/{stored['number']}"))
    asked = await (await desk.context.request.get(at)).json()
    theirs = {name: asked[name] for name in ("kind", "title", "body", "outage", "version")}
    theirs |= {
        "signature": "工程部",
        "audience": {name: asked["audience"][name] for name in ("scope", "places", "roles")},
    }
    done = await desk.context.request.post(f"{at}/edit", data=theirs, headers={"X-Requested-With": "guanjia"})
    assert done.ok, await done.text()
    meanwhile = desk.locator(".changed-meanwhile")
    await expect(meanwhile).to_be_visible(timeout=20_000)
    await expect(desk.get_by_label("为什么停")).to_have_value("清洗地下水箱")
    await expect(desk.get_by_role("button", name="交去批准")).to_be_disabled()
    await desk.screenshot(path=picture("notices-meanwhile-1280"))
    await meanwhile.get_by_role("button", name="换成现在的").click()
    await expect(desk.get_by_label("为什么停")).to_have_value("清洗水箱")
    await expect(desk.get_by_label("落款")).to_have_value("工程部")
    await desk.get_by_role("button", name="交去批准").click()
    await expect(desk.get_by_text("等另一位经理批准")).to_be_visible()
    await expect(desk.get_by_role("button", name="批准", exact=True)).to_have_count(0)

    # The manager approves, a worker sends, and both pages show how far it is.
    boss = await opened(browser, server, "manager", DESK)
    await boss.get_by_role("link", name="生活水箱清洗").click()
    await boss.screenshot(path=picture("notices-approve-1280"))
    await boss.get_by_role("button", name="批准", exact=True).click()
    await expect(boss.get_by_text("发给8栋,20 户 17 人")).to_be_visible()
    await boss.get_by_role("dialog").get_by_role("button", name="批准").click()
    await expect(boss.locator("header .notice-state")).to_have_text("等时间发")
    await sent(block)
    results = boss.locator(".notice-results")
    await expect(results.get_by_role("button", name="没送到")).to_contain_text("10", timeout=20_000)
    await expect(results.get_by_role("button", name="已发出")).to_contain_text("7", timeout=20_000)
    await expect(results.locator("li", has_text="没有登记住户")).to_have_count(3)
    await results.get_by_role("button", name="没送到").click()
    await expect(results.locator("li")).to_have_count(10)
    await expect(results.locator("li", has_text="没有人绑定这套房")).to_have_count(3)
    await boss.screenshot(path=picture("notices-results-1280"), full_page=True)
    await fits(boss)

    # On a phone and in the dark.
    path = f"/{boss.url.rpartition('/')[2]}"
    small = await opened(browser, server, "manager", PHONE, dark=True)
    await expect(small.get_by_role("link", name="生活水箱清洗")).to_be_visible()
    await small.screenshot(path=picture("notices-list-390-dark"))
    await small.get_by_role("link", name="生活水箱清洗").click()
    await expect(small.locator("[data-part=card]")).to_be_visible()
    await small.screenshot(path=picture("notices-390-dark"), full_page=True)
    await fits(small)
    await small.get_by_role("button", name="公告", exact=True).click()
    await expect(small.get_by_role("link", name="生活水箱清洗")).to_be_visible()
    light = await opened(browser, server, "manager", PHONE, "/new")
    await expect(light.locator("[data-part=message]")).to_be_visible()
    await light.screenshot(path=picture("notices-editor-390"))
    await fits(light)
    night = await opened(browser, server, "manager", DESK, path, dark=True)
    await expect(night.locator(".notice-results li").first).to_be_visible()
    await night.screenshot(path=picture("notices-1280-dark"))

    # Withdrawn with a word to those who have it.
    await boss.get_by_role("button", name="撤回", exact=True).click()
    dialog = boss.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="撤回", exact=True)).to_be_disabled()
    await dialog.get_by_label("原因").fill("改到下周六")
    await expect(dialog.get_by_text("给已经收到的 7 人发一条更正")).to_be_visible()
    await boss.screenshot(path=picture("notices-withdraw-1280"))
    await dialog.get_by_role("button", name="撤回", exact=True).click()
    await expect(boss.locator("header .notice-state")).to_have_text("已撤回")
    await expect(boss.locator("ol li", has_text="撤回")).to_contain_text("改到下周六")
    await expect(results.get_by_role("button", name="已取消")).to_contain_text("3", timeout=20_000)

    # What is not there, and what failed.
    await boss.goto(str(server.make_url("/inbox/notices/N20200101-0001")))
    await expect(boss.get_by_text("没有找到")).to_be_visible()
