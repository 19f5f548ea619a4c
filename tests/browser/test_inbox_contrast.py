"""Every main page in light and dark, measured by axe-core: contrast (WCAG 2 AA), names of buttons, links and fields."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

from desk.call_list import put_on_call_list
from desk.deliveries import Kind
from tests.browser.inbox import MANAGER, Office, row
from tests.house import FRONTDESK, SUPERVISOR

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("inbox-contrast"),
]
AXE = Path(__file__).parents[2] / "inbox" / "web" / "node_modules" / "axe-core" / "axe.min.js"
STILL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
GO = """(path) => {  // as a link within the page does, which is quicker than a first load
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
}"""
LOOK = """async (only) => {
    const { violations } = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
    const said = (id, node) => [id, node.target.join(" "), node.any[0]?.message ?? "", node.html];
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => said(id, node)));
}"""
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}


@cache
def axe() -> str:
    if not AXE.is_file():
        pytest.fail("axe-core is missing: run make web")
    return AXE.read_text("utf-8")


async def wrong(page: Page, where: str) -> list[str]:
    """What axe finds here, in both themes."""
    await expect(page.locator("#content .loading-rows")).to_have_count(0)
    found: list[str] = []
    themes: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (("light", ALL), ("dark", COLOURS))
    for theme, rules in themes:
        await page.emulate_media(color_scheme=theme)
        await expect(page.locator("html.dark")).to_have_count(int(theme == "dark"))
        seen: list[list[Any]] = await page.evaluate(LOOK, rules)
        found += [f"{where} {theme}: {' | '.join(one)}" for one in seen]
    return found


async def test_every_page_can_be_read_and_heard(office: Office) -> None:
    house = office.house
    zhou, li = await house.sign_in(FRONTDESK), await house.sign_in(SUPERVISOR)
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await wang.says("厨房水管爆了,水漫出来了")
    await chen.says("请问小区里有没有充电宝租借的地方")
    house.clock.move(minutes=20)
    zheng = await house.sign_in(MANAGER)
    await zheng.call("POST", "duty", {"shift": "早班"})
    await zheng.call("POST", "teams", {"id": "hy-gong", "name": "工程班", "members": ["zhang"], "estate": "hy"})
    [ticket] = await house.tickets_of(wang)
    chat = f"conversations/{house.conversation_id(wang).replace(':', '%3A')}"
    await zhou.call("POST", f"{chat}/notes", {"text": "@李刚 上月也漏过"})
    await zhou.call("POST", f"{chat}/messages", {"text": "师傅马上到"})
    await zhou.call("POST", f"{chat}/tags", {"add": ["漏水"], "remove": []})
    await zhou.call("POST", "tickets", {"category": "complaint", "description": "楼上太吵", "room": "1-1-302"})
    await put_on_call_list(
        house.stores, "call:1", Kind.URGENT, "水管修好了", ticket, ticket.owner_id, now=house.clock.now()
    )
    notice = await zhou.call("POST", "notices", {"title": "停水通知", "body": "周三 9 点到 11 点停水", "estate": "hy"})
    incident = await li.call("POST", "incidents", {"title": "3 栋水管", "tickets": [ticket.number]})

    page = await office.at(MANAGER, "conversations")
    await page.evaluate(axe())
    await page.evaluate(STILL)
    await row(page, "王芳").get_by_role("link").click()
    await expect(page.locator(".timeline-view .note")).to_be_visible()
    found = await wrong(page, "conversation")
    for path, there in {
        "tickets": "text=楼上太吵",
        f"tickets/{ticket.number}": ".ticket-head",
        "board": "[data-card]",
        "calls": "article",
        "incidents": "#content >> text=3 栋水管",
        f"incidents/{incident['number']}": ".member-list, .incident-view",
        "notices": "#content >> text=停水通知",
        f"notices/{notice['number']}": "#content >> text=周三 9 点到 11 点停水",
        "notices/new": "#content textarea",
        "knowledge": ".article-list li",
        "knowledge/renovation-hours": ".article-whole",
        "knowledge/renovation-hours/edit": ".article-editor figure",
        "knowledge/gaps": ".gap-list li",
        "reports": "figure canvas",
        "parcels": ".parcel-state, .empty-state",
        "parcels/add": ".parcel-form",
        "duty": ".my-shift .entry-card",
        "team": "#content >> text=郑敏",
        "team/people/zhou": "#content section >> text=周敏",
        "team/teams/hy-gong": "#content table",
        "lexicon": "#content h1 >> text=词典",
        "settings/office": "#content h2 >> text=工作时间",
        "settings/templates": "#content h2 >> text=模板消息",
        "settings/handover": "#content h2 >> text=转人工",
        "audit": "#content table",
    }.items():
        await page.evaluate(GO, f"/inbox/{path}")
        await expect(page.locator(there).first).to_be_visible()
        found += await wrong(page, path)
    await page.context.close()
    assert not found, "\n".join(found)
