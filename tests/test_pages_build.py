"""The built pages stand on their own: they come from our server and ask no other host for anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

DIST = Path(__file__).resolve().parent.parent / "inbox" / "web" / "dist"


@pytest.mark.browser
async def test_the_built_page_opens_from_under_inbox_and_asks_nobody_else(page: Page) -> None:
    app = web.Application()
    app.router.add_static("/inbox/", DIST)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    async with TestServer(app) as server:
        origin = str(server.make_url("/"))
        await page.goto(f"{origin}inbox/index.html")
        await page.wait_for_selector("#app > *")
        assert "管家" in await page.title()
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []


def test_the_page_of_the_api_needs_no_other_host() -> None:
    assert (DIST / "docs" / "swagger-ui-bundle.js").stat().st_size > 100_000
    assert (DIST / "docs" / "swagger-ui.css").stat().st_size > 10_000
