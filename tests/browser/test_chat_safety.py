"""What the chat page must never do: take words for markup, be framed or called by strangers, lose its place."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chat import PHONE, opened, pushed, says
from tests.house import House

pytestmark = pytest.mark.browser


HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    '<a href="javascript:window.hit=1">点我</a>',
    '<a href=" jAvAsCrIpT:window.hit=1">点我</a>',
    '<a href="java\nscript:window.hit=1">点我</a>',
    '<a href="data:text/html,<script>top.hit=1</script>">点我</a>',
    '<a href="&#106;avascript:window.hit=1">点我</a>',
    '<a href="weixin://dl/business">点我</a>',
    "<a href='//evil.example/x'>点我</a>",
    "<a onclick='window.hit=1' href='vbscript:x'>点我</a>",
    "<svg onload='window.hit=1'></svg>{{constructor.constructor('window.hit=1')()}}",
]


async def test_nothing_that_anybody_writes_becomes_markup(house: House, browser: Browser) -> None:
    page = await opened(browser, house, PHONE)
    await says(page, "<b>粗</b><img src=x onerror='window.hit=1'><a href='https://evil.example/'>点</a>")
    own = page.locator(".row.own", has_text="<b>粗</b>")
    await expect(own).to_contain_text("onerror='window.hit=1'")
    await expect(own.locator("b, img")).to_have_count(0)
    # The address is a link because it is an address; the tag around it stays what was typed.
    await expect(own).to_contain_text("<a href='")
    wang = await house.owner("wang")
    for number, text in enumerate(HOSTILE):
        if number % 4 == 0:
            await wang.says("再来")
        await house.background.account.send_text(wang.openid, f"[{number}] {text}")
        bubble = page.locator(".row.theirs", has_text=f"[{number}]")
        await expect(bubble).to_have_count(1)
        await expect(bubble.locator("a, img, svg:not(.icon), script, iframe, button")).to_have_count(0)
        assert text.split("\n")[0] in await bubble.inner_text()
    assert await page.evaluate("window.hit") is None
    await page.context.close()


async def test_links_and_choices_in_a_text_work(house: House, browser: Browser) -> None:
    page = await opened(browser, house, PHONE)
    await says(page, "在吗")
    wang = await house.owner("wang")
    await expect(page.locator(".row.theirs")).not_to_have_count(0)
    await house.background.account.send_text(
        wang.openid,
        '看<a href="https://estate.example/n?a=1&amp;b=2">公告</a>,或 https://estate.example/x。'
        '\n<a href="weixin://bizmsgmenu?msgmenucontent=%E4%BA%BA%E5%B7%A5&msgmenuid=7">找人工</a>',
    )
    bubble = page.locator(".row.theirs", has_text="公告")
    notice = bubble.get_by_role("link", name="公告")
    await expect(notice).to_have_attribute("href", "https://estate.example/n?a=1&b=2")
    await expect(notice).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(bubble.get_by_role("link", name="https://estate.example/x")).to_have_attribute("target", "_blank")
    await bubble.get_by_role("button", name="找人工").click()
    await expect(page.locator(".row.own", has_text="人工")).to_have_count(1)
    push = await pushed(house, lambda push: push.fields.get("Content") == "人工")
    assert (push.fields["Content"], push.fields["bizmsgmenuid"]) == ("人工", "7")
    await page.context.close()


async def test_who_may_show_it_in_a_frame_and_who_may_call_it(house: House) -> None:
    base = house.wechat.base_url
    async with house.http.get(f"{base}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert policy.endswith("frame-ancestors 'none'") and "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
    await house.wechat.configure(tour_port=8080)
    async with house.http.get(f"{base}/") as answer:
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors http://127.0.0.1:8080")
        assert "X-Frame-Options" not in answer.headers
    async with house.http.get(f"{base}/", headers={"Host": "evil.example;script-src *:1"}) as answer:
        assert "evil" not in answer.headers["Content-Security-Policy"]
    async with house.http.post(f"{base}/control/clock", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"]["code"] == "other_site"
    for path in (
        "/assets/..%2f..%2fpackage.json",
        "/samples/nothing.png",
        "/assets/",
        "/control/events?after=x&wait=-1",
    ):
        async with house.http.get(f"{base}{path}") as answer:
            assert answer.status in (400, 404), path


async def test_the_stream_resumes_by_id_and_says_when_it_cannot(house: House) -> None:
    base = house.wechat.base_url
    wang = await house.owner("wang")

    async def since(mark: str, wait: float = 0) -> dict[str, Any]:
        async with house.http.get(f"{base}/control/events", params={"after": mark, "wait": str(wait)}) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async with house.http.get(f"{base}/control/snapshot") as answer:
        mark = (await answer.json())["mark"]
    await wang.says("第一句")
    await wang.says("第二句")
    first = await since(mark, 5)
    while not any(event["data"].get("entry", {}).get("text") == "第二句" for event in first["items"]):
        first = await since(mark, 5)
    said = [event["data"]["entry"]["text"] for event in first["items"] if event["type"] == "entry"]
    assert said[0] == "第一句" and "第二句" in said
    half = next(event["id"] for event in first["items"] if event["type"] == "entry")
    again = (await since(half))["items"]
    later = [event for event in (await since(mark))["items"] if event["number"] > int(half.split("-")[1])]
    # Something more may have happened between the two questions: what the first one told must stand as it was.
    assert again
    assert later[: len(again)] == again
    assert (await since("0000-5"))["reset"] is True
    async with house.http.get(f"{base}/control/events", headers={"Last-Event-ID": half}) as stream:
        assert stream.content_type == "text/event-stream"
        lines = [(await stream.content.readline()).decode() for _ in range(5)]
        assert lines[0].startswith("retry:")
        assert any(line.startswith("id: ") for line in lines)
    async with house.http.get(f"{base}/control/events", headers={"Last-Event-ID": "gone-7"}) as stream:
        assert "event: reset" in (await stream.content.readuntil(b"data: {}")).decode()
