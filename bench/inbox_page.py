"""The built inbox page in Chromium, before a real ``serve``.

How much it loads, how soon it is usable, how soon a message is seen in a second browser, and what a tab that nobody
touches asks for.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

import nlp
from bench.figure import Figure
from bench.inbox import PASSWORD, furnish
from bench.inbox_estate import APP
from bench.load import Push, send
from bench.processes import running
from store.clock import SystemClock
from store.embedded.shared import attach

TOKEN, SECRET = "benchtoken", "bench " * 4
CONVERSATIONS = 1_000
LOADS, MESSAGES = 7, 11
PAUSE_MS = 2_500
"""Between two messages: a desk with one owner a second is another measure."""
IDLE_SECONDS = 60.0
MOST_KB, USABLE_SECONDS, SEEN_SECONDS, PER_SECOND = 350, 1.5, 1.0, 1.0
ROW = ".conversation-row"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Traffic:
    """What a page asked for."""

    asked: list[str] = field(default_factory=list)
    received: float = 0
    """Bytes as they came over the wire, with headers."""


async def measure() -> list[Figure]:
    """Against the issue's limits."""
    nlp.load()
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=True)
        env = {
            "GUANJIA_DATA_DIR": folder,
            "GUANJIA_MONGODB_URI": embedded.mongodb_uri or "",
            "GUANJIA_REDIS_URL": embedded.redis_url or "",
            "GUANJIA_DATABASE": "page",
            "GUANJIA_PORT": "0",
            "GUANJIA_SECRET_KEY": SECRET,
            "GUANJIA_WECHAT_APP_ID": APP,
            "GUANJIA_WECHAT_APP_SECRET": "none",
            "GUANJIA_WECHAT_TOKEN": TOKEN,
            "GUANJIA_WECHAT_MODE": "plaintext",
            "GUANJIA_LOG_LEVEL": "error",
        }
        try:
            await furnish(env["GUANJIA_MONGODB_URI"], "page", CONVERSATIONS, SystemClock())
            async with running("-m", "bot.cli", "serve", env=env) as serve, _browser() as browser:
                return await _looked(browser, serve.url)
        finally:
            await embedded.close()


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        path = next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = await play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def _looked(browser: Browser, url: str) -> list[Figure]:
    first = await browser.new_context(locale="zh-CN")
    page = await first.new_page()
    await page.goto(f"{url}/inbox/")
    await page.get_by_label("用户名").fill("zhou1")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.locator(ROW).first.wait_for()
    state: Any = await first.storage_state()
    kilobytes, seconds = [], []
    for _ in range(LOADS):
        context = await browser.new_context(locale="zh-CN", storage_state=state)  # with nothing in its cache
        took, received = await _load(context, url)
        kilobytes.append(received / 1000)
        seconds.append(took)
        await context.close()
    second = await browser.new_context(locale="zh-CN", storage_state=state)
    other = await second.new_page()
    await other.goto(f"{url}/inbox/conversations")
    await other.locator(ROW).first.wait_for()
    await other.wait_for_timeout(1500)  # its events are listened to
    seen = []
    for n in range(MESSAGES):
        seen.append(await _seen(other, url, n))
        await other.wait_for_timeout(PAUSE_MS)
    await other.wait_for_timeout(3000)
    asked = await _idle(other)
    loaded, usable, most = max(kilobytes), statistics.median(seconds), max(seen)
    return [
        Figure("inbox page: first load, compressed", f"{loaded:.0f} kB", f"<= {MOST_KB} kB", loaded <= MOST_KB),
        Figure(
            "inbox page: usable (first rows of the list)",
            f"{usable:.2f} s (worst of {LOADS}: {max(seconds):.2f} s)",
            f"<= {USABLE_SECONDS} s",
            usable <= USABLE_SECONDS,
        ),
        Figure(
            "inbox page: a message in a second browser",
            f"{statistics.median(seen):.2f} s (worst of {MESSAGES}: {most:.2f} s)",
            f"<= {SEEN_SECONDS} s",
            most <= SEEN_SECONDS,
        ),
        Figure(
            "inbox page: requests of an idle tab",
            f"{len(asked) / IDLE_SECONDS * 60:.0f} a minute",
            f"<= {PER_SECOND:.0f} a second",
            len(asked) / IDLE_SECONDS <= PER_SECOND,
        ),
    ]


async def _load(context: BrowserContext, url: str) -> tuple[float, float]:
    """Seconds from the start of the navigation to the first rows, and the bytes that came until the page was still."""
    page = await context.new_page()
    traffic = await _watched(page)
    await page.goto(f"{url}/inbox/", wait_until="commit")
    await page.locator(ROW).first.wait_for()
    took = await page.evaluate("performance.now()") / 1000
    await page.wait_for_timeout(1500)
    return took, traffic.received


async def _watched(page: Page) -> Traffic:
    traffic = Traffic()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: traffic.asked.append(event["request"]["url"]))

    def finished(event: dict[str, Any]) -> None:
        traffic.received += event["encodedDataLength"]

    session.on("Network.loadingFinished", finished)
    return traffic


async def _seen(page: Page, url: str, n: int) -> float:
    """Seconds from the push of an owner to its words on the page."""
    text = f"请问第{n}号楼的门禁什么时候修好"
    shown = asyncio.create_task(page.locator(ROW, has_text=text).first.wait_for(timeout=10_000))
    await asyncio.sleep(0)
    began = time.perf_counter()
    await send(url, TOKEN, [Push(f"o{n:06d}", text)], connections=1)
    await shown
    return time.perf_counter() - began


async def _idle(page: Page) -> list[str]:
    traffic = await _watched(page)
    await page.wait_for_timeout(IDLE_SECONDS * 1000)
    return traffic.asked


if __name__ == "__main__":
    for figure in asyncio.run(measure()):
        print(figure.name, figure.value, figure.limit, figure.ok)
