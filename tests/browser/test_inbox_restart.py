"""The server behind an open page ends and another one comes on its port, as when a new version is rolled out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from bot.app import create_app
from bot.runtime import Runtime
from tests.browser.inbox import at_the_desk, row, said
from tests.house import FRONTDESK, House

pytestmark = pytest.mark.browser
PATIENCE = 60_000
"""The page tries again after growing pauses."""


class Serving:
    """One `serve` of the house that can be ended and begun anew on the same port."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def begin(self) -> None:
        """A fresh application, as a new process would have."""
        self._runner = web.AppRunner(create_app(self._runtime, loops=False), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def end(self) -> None:
        """As on SIGTERM."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


@pytest.fixture
async def house(inbox_house: House) -> House:
    return inbox_house


@pytest.fixture
async def serving(house: House) -> AsyncIterator[Serving]:
    serving = Serving(house.runtime)
    await serving.begin()
    yield serving
    await serving.end()


async def test_an_open_page_is_live_again_after_the_server_was_away(
    house: House, serving: Serving, browser: Browser
) -> None:
    wang = await house.owner("wang")
    await wang.says("楼道灯不亮")
    page = await at_the_desk(browser, replace(house, url=serving.url), FRONTDESK)
    await row(page, "王芳").get_by_role("link").click()
    await expect(said(page, "楼道灯不亮").first).to_be_visible()
    box = page.get_by_role("textbox", name="回复")
    await box.fill("写到一半")
    away = page.get_by_role("status").filter(has_text="连不上服务器")
    await expect(away).to_be_hidden()

    await serving.end()
    await expect(away).to_be_visible(timeout=PATIENCE)
    await wang.says("还是不亮")
    await expect(said(page, "还是不亮")).to_have_count(0)

    # Nobody touches the page: what was missed comes by itself, and what was typed is still there.
    async with page.expect_response(lambda answer: answer.url.endswith("/events"), timeout=PATIENCE) as opened:
        await serving.begin()
    assert (await opened.value).status == 200, "the stream stands again"
    await expect(away).to_be_hidden(timeout=PATIENCE)
    await expect(said(page, "还是不亮").first).to_be_visible(timeout=PATIENCE)
    await expect(box).to_have_value("写到一半")
    await wang.says("算了,明天再说")
    await expect(said(page, "明天再说").first).to_be_visible()
    await page.context.close()
