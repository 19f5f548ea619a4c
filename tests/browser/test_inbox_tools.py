"""What makes a desk quick: views of one's own, many at once, later, macros, handing over, putting right; and drafts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from store.tickets import Category
from tests.browser.inbox import PAYLOADS, PHONE, Office, fits, row, said, sign_in
from tests.house import FRONTDESK, SUPERVISOR, TECHNICIAN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("inbox-tools"),
]


@dataclass
class Desks:
    """The front desk's window and the supervisor's."""

    office: Office
    zhou: Page
    li: Page

    @property
    def house(self):
        return self.office.house

    async def opened(self, page: Page, name: str) -> None:
        """The conversation with this owner, out of the whole list."""
        await page.goto(f"{self.house.url}/inbox/conversations")
        await row(page, name).get_by_role("link").click()
        await expect(page.get_by_role("heading", name=name)).to_be_visible()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(office: Office) -> AsyncIterator[Desks]:
    """王芳 and 陈晨 have written."""
    house = office.house
    zhou = await house.sign_in(FRONTDESK)
    await zhou.call(
        "POST",
        "macros",
        {
            "name": "约上门",
            "actions": [
                {"do": "assign", "to": "me"},
                {"do": "tag", "add": ["已约"]},
                {"do": "reply", "text": "师傅明天上午到,到前先打您电话"},
            ],
            "personal": True,
        },
    )
    for name, words in (("wang", "楼道灯不亮"), ("chen", "厨房水龙头漏水")):
        await (await house.owner(name)).says(words)
    made = Desks(office, await office.at(FRONTDESK), await office.at(SUPERVISOR))
    yield made
    for page in (made.zhou, made.li):
        await page.context.close()


async def more(page: Page, deed: str) -> None:
    """One of the rarer things to do with the conversation."""
    await page.locator(".talk-head").get_by_role("button", name="更多").click()
    await page.get_by_role("menuitem", name=deed, exact=True).click()


async def view(page: Page, name: str) -> None:
    """Another view of the list. The menu fades: what is still closing must not be taken for the one that opens."""
    shown = page.locator(".view-list").filter(visible=True)
    await expect(shown).to_have_count(0)
    await page.locator(".view-picker").click()
    await shown.get_by_role("button", name=name).first.click()
    await expect(shown).to_have_count(0)


async def test_a_view_of_ones_own_is_kept_and_taken_away(desks: Desks) -> None:
    page = desks.zhou
    await page.goto(f"{desks.house.url}/inbox/conversations")
    await expect(row(page, "陈晨")).to_be_visible()
    late = asyncio.Event()

    async def when_typed(route: Route) -> None:
        await late.wait()
        await route.fulfill(json={"items": ["夜里的"]})

    # The page is drawn again while somebody types: the tags come in late. What is typed stays.
    await page.route("**/conversations/tags", when_typed)
    await page.get_by_role("button", name="筛选").click()
    await page.get_by_label("楼栋").fill("3")
    late.set()
    await expect(page.get_by_label("标签").get_by_text("夜里的")).to_have_count(1)
    await expect(page.get_by_label("楼栋")).to_have_value("3")
    await page.unroute("**/conversations/tags")
    await page.get_by_label("楼栋").press("Enter")
    await expect(row(page, "陈晨")).to_have_count(0)
    await view(page, "把现在的筛选存成视图")
    dialog = page.get_by_role("dialog", name="把现在的筛选存成视图")
    await dialog.get_by_label("视图的名字").fill("3 栋")
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("button", name="视图 3 栋")).to_be_visible()

    await view(page, "全部")
    await expect(row(page, "陈晨")).to_be_visible()
    await page.reload()
    await view(page, "3 栋")
    await expect(page.get_by_role("button", name="视图 3 栋")).to_be_visible()
    await expect(row(page, "陈晨")).to_have_count(0)
    await expect(row(page, "王芳")).to_be_visible()
    await view(page, "删掉视图「3 栋」?")
    await page.get_by_role("dialog", name="删掉视图「3 栋」?").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("button", name="视图 全部")).to_be_visible()
    await view(page, "全部")
    await expect(row(page, "陈晨")).to_be_visible()
    await page.get_by_role("button", name="筛选").click()


async def test_several_at_once_and_one_for_later(desks: Desks) -> None:
    zhou, li, house = desks.zhou, desks.li, desks.house
    for page in (zhou, li):
        await page.goto(f"{house.url}/inbox/conversations")
    await row(zhou, "王芳").hover()
    await zhou.get_by_label("选中王芳").check()
    await zhou.get_by_label("选中陈晨").check()
    bar = zhou.get_by_role("toolbar", name="选了 2 个")
    await bar.get_by_role("button", name="标签").click()
    dialog = zhou.get_by_role("dialog", name="标签")
    await dialog.get_by_label("加标签").fill("本周看")
    await dialog.get_by_role("button", name="保存").click()
    await expect(bar).to_be_hidden()
    for name in ("王芳", "陈晨"):
        await expect(row(zhou, name)).to_contain_text("本周看")
        await zhou.get_by_label(f"选中{name}").check()
    await bar.get_by_role("button", name="分给").click()
    await zhou.get_by_role("dialog", name="分给").get_by_role("option", name="李刚").click()
    await expect(bar).to_be_hidden()
    await view(li, "我的")
    for name in ("王芳", "陈晨"):
        await expect(row(zhou, name)).to_contain_text("李刚")
        await expect(row(li, name)).to_be_visible()

    # A tag more comes to those that are there; what is marked unread stays so while it lies open.
    await row(zhou, "王芳").get_by_role("link").click()
    await more(zhou, "标签")
    await expect(dialog).to_contain_text("本周看")
    await dialog.get_by_label("加标签").fill("夜里")
    await dialog.get_by_role("button", name="保存").click()
    for word in ("本周看", "夜里"):
        await expect(zhou.locator(".talk-head")).to_contain_text(word)
    await zhou.keyboard.press("u")
    await expect(row(zhou, "王芳").locator(".dot.on")).to_have_count(1)

    # Out of sight until it is time, or until the owner writes.
    await more(zhou, "稍后再看")
    await zhou.get_by_role("dialog", name="稍后再看").get_by_role("button", name="1 小时后").click()
    await expect(row(zhou, "王芳")).to_have_count(0)
    await view(zhou, "稍后再看")
    await expect(row(zhou, "王芳")).to_contain_text("再出现")
    await view(zhou, "全部")
    await zhou.locator(".talk-head").hover()  # under the pointer the rows keep their places
    house.clock.move(minutes=1)
    await (await house.owner("wang")).says("灯还是不亮")
    await expect(row(zhou, "王芳")).to_contain_text("灯还是不亮")
    await fits(zhou)


async def test_a_macro_a_hand_over_and_a_correction(desks: Desks) -> None:
    zhou, li, house = desks.zhou, desks.li, desks.house
    await desks.opened(zhou, "陈晨")
    await more(zhou, "约上门")
    await expect(said(zhou, "到前先打您电话")).to_have_count(1)
    await expect(zhou.locator(".talk-head")).to_contain_text("已约")
    await expect(zhou.get_by_role("button", name="交还管家")).to_be_visible()

    # Handed over with a reason: it leaves this desk and is at the other by itself, with the reason.
    await li.goto(f"{house.url}/inbox/conversations?view=mine")
    await expect(li.get_by_role("button", name="视图 我的")).to_be_visible()
    await more(zhou, "转交")
    dialog = zhou.get_by_role("dialog", name="转交")
    await dialog.get_by_role("option", name="李刚").click()
    await dialog.get_by_label("原因").fill("要主管定赔偿")
    await dialog.get_by_role("button", name="转交").click()
    await expect(zhou.locator(".talk-head")).to_contain_text("李刚")
    await row(li, "陈晨").get_by_role("link").click()
    await expect(li.locator(".timeline-view .event", has_text="要主管定赔偿")).to_contain_text("周敏")

    # What the bot took for a repair is a complaint: the line, the ticket, and an example to learn from.
    line = said(li, "厨房水龙头漏水").first
    await line.get_by_role("button", name="报修").click()
    details = li.locator(".understood-details").filter(visible=True)
    await expect(details.get_by_label("的类别也一起改")).to_be_checked()
    await details.get_by_role("button", name="投诉").click()
    await expect(line.get_by_role("button", name="投诉")).to_be_visible()
    await expect(said(zhou, "厨房水龙头漏水").first.get_by_role("button", name="投诉")).to_be_visible()
    [ticket] = await house.tickets_of(await house.owner("chen"))
    assert ticket.category is Category.COMPLAINT
    now = house.clock.now()
    [example] = await house.stores.examples.listed(before=now.replace(year=2030), since=now.replace(year=2020), limit=9)
    assert (example.text, example.label, example.was_label) == ("厨房水龙头漏水", "complaint", "repair")
    assert example.by == f"staff:{SUPERVISOR}"


async def test_nothing_typed_is_lost_by_a_reload_or_an_ended_session(desks: Desks) -> None:
    page, house = desks.zhou, desks.house
    await desks.opened(page, "王芳")
    box = page.locator(".composer").get_by_role("textbox")
    await box.fill("灯管已经买好,")
    await page.locator(".composer").get_by_role("tab", name="备注").click()
    await box.fill("业主白天不在家")
    await page.reload()
    await expect(box).to_have_value("灯管已经买好,")
    await page.locator(".composer").get_by_role("tab", name="备注").click()
    await expect(box).to_have_value("业主白天不在家")
    # Elsewhere in between; the list says that something is begun there.
    await row(page, "陈晨").get_by_role("link").click()
    await expect(page.get_by_role("heading", name="陈晨")).to_be_visible()
    await expect(box).to_have_value("")
    await row(page, "王芳").get_by_role("link").click()
    await expect(box).to_have_value("灯管已经买好,")

    # Signed out from another device while the note is typed: sign in over the page, and it is there, once.
    await page.locator(".composer").get_by_role("tab", name="备注").click()
    await box.fill("业主白天不在家,晚上七点后再去")
    await (await house.sign_in(FRONTDESK)).call("POST", "logout-everywhere", {})
    await box.press("Control+Enter")
    await expect(page.get_by_role("heading", name="登录过期了")).to_be_visible()
    await sign_in(page, FRONTDESK)
    await expect(page.get_by_role("heading", name="登录过期了")).to_be_hidden()
    if await box.input_value():  # the sign-in had come before the key
        await box.press("Control+Enter")
    await expect(page.locator(".timeline-view .note", has_text="业主白天不在家,晚上七点后再去")).to_have_count(1)
    await page.locator(".composer").get_by_role("tab", name="回复").click()
    await expect(box).to_have_value("灯管已经买好,")
    await box.fill("")


async def test_who_may_not_see_a_page_is_told_so(desks: Desks) -> None:
    house = desks.house
    zhang = await desks.office.at(TECHNICIAN, "settings", PHONE)
    await expect(zhang.get_by_role("alert").filter(has_text="您的岗位看不到「设置」")).to_be_visible()
    await expect(zhang).to_have_url(f"{house.url}/inbox/tickets")
    await desks.zhou.goto(f"{house.url}/inbox/audit")
    await expect(desks.zhou.get_by_role("alert").filter(has_text="您的岗位看不到「审计」")).to_be_visible()
    await expect(desks.zhou).to_have_url(f"{house.url}/inbox/conversations")
    for page in (zhang, desks.zhou):
        names = await page.get_by_role("navigation", name="主导航").get_by_role("link").all_text_contents()
        assert names and not {"设置", "审计"} & set(names)
        for path in ("audit", "settings", "settings/fields"):
            assert (await page.request.get(f"{house.url}/api/inbox/v1/{path}")).status == 403
    await zhang.context.close()
    # A supervisor reads the settings and changes nothing.
    await desks.li.goto(f"{house.url}/inbox/settings/office")
    await expect(desks.li.get_by_role("textbox", name="周六")).to_be_disabled()
    await expect(desks.li.get_by_role("button", name="看看改了什么")).to_have_count(0)


async def test_payloads_are_text_everywhere_on_the_conversation_page(desks: Desks) -> None:
    page, house = desks.li, desks.house
    wang = await house.owner("wang")
    zhou = await house.sign_in(FRONTDESK)
    chat = f"conversations/{house.conversation_id(wang).replace(':', '%3A')}"
    payloads = [payload.replace("\u0000", "") for payload in PAYLOADS]
    for payload in payloads:
        house.clock.move(seconds=30)
        await wang.says(payload)
        await zhou.call("POST", f"{chat}/notes", {"text": f"备注 {payload}"})
    image = payloads[1]
    await zhou.call("POST", "tickets", {"category": "repair", "description": image, "room": "3-2-1502"})
    await zhou.call("POST", f"{chat}/tags", {"add": ["<b>标签</b>"], "remove": []})
    await zhou.call(
        "POST", "canned", {"title": image, "text": payloads[0], "shortcut": "x1", "personal": False}, expect=403
    )
    canned = {"title": image[:40], "text": payloads[0], "shortcut": "x1", "personal": False}
    await (await house.sign_in(SUPERVISOR)).call("POST", "canned", canned)

    await desks.opened(page, "王芳")
    for payload in payloads[:6]:
        await expect(said(page, payload).first).to_be_visible()
        await expect(page.locator(".timeline-view .note", has_text=payload)).to_have_count(1)
    await expect(page.locator(".talk-head")).to_contain_text("<b>标签</b>")
    await page.get_by_role("textbox", name="回复").fill("/x1")
    await expect(page.get_by_role("option").filter(has_text=image[:40])).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="回复")).to_have_value(payloads[0])
    await page.get_by_role("textbox", name="回复").fill("")
    await page.get_by_role("searchbox").fill("caught")
    await expect(page.locator(".search-results mark").first).to_be_visible()
    assert await page.evaluate("window.caught") is None
    assert (
        await page.locator("#content").locator("script, iframe, img[src=x], svg[onload], b:text-is('标签')").count()
        == 0
    )
    await fits(page)
