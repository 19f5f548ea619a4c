"""What colleagues wait for in the inbox: each list, page and search at 100,000 tickets against 1,000.

Both estates stand on the same server in the same run, and are asked in turn through the API. ``GUANJIA_BENCH_DIR``
keeps the filled folder for the next run (filling takes minutes).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

import nlp
from bench.figure import Figure
from bench.inbox_estate import ESTATE, chat_of, fill, number_of
from desk.desk import Desk
from inbox.setup import setup
from store.client import connect
from store.clock import Clock, SystemClock
from store.embedded.shared import attach
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from store.teams import Team

FEW, MANY = 1_000, 100_000
ROUNDS = 31
LIMIT = 1.3
PASSWORD = "only for the bench"
FILLED = "filled"


@dataclass
class House:
    """An estate with so many conversations, served."""

    stores: Stores
    runner: web.AppRunner
    http: aiohttp.ClientSession
    url: str
    newest: str = ""
    """Number of the newest closed ticket: half a year of others lies before it at every size."""

    async def ask(self, path: str) -> dict[str, Any]:
        """One look, as the page makes it."""
        async with self.http.get(f"{self.url}{path}".replace("NEWEST", self.newest)) as answer:
            body = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {body}")
            return dict(body)

    async def close(self) -> None:
        """Stop serving."""
        await self.http.close()
        await self.runner.cleanup()
        await self.stores.close()


async def serve(uri: str, name: str, clock: Clock) -> House:
    """Serve a database that is filled."""
    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=clock)
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    app = web.Application()
    setup(app, desk)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}/api/inbox/v1"
    known = {"username": "zhou1", "password": PASSWORD}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/login", json=known) as answer:
        token = (await answer.json())["token"]
    http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})
    house = House(stores, runner, http, url)
    house.newest = (await house.ask("/tickets?state=closed&limit=1"))["items"][0]["number"]
    return house


async def furnish(uri: str, name: str, count: int, clock: Clock) -> None:
    """Fill a database: its rows, teams, colleagues."""
    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=clock)
    await fill(stores, count, clock.now())
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    await desk.staff.add("zhou1", "周敏", Role.SUPERVISOR, PASSWORD, phone="13800000000", estates=[ESTATE])
    for n in range(3):
        members = tuple(f"gong{m}" for m in range(n, 12, 3))
        await stores.teams.add(Team(id=f"team{n}", name=f"维修{n + 1}班", estate_id=ESTATE, members=members))
    for n in range(12):
        phone = f"1390000{n:04d}"
        await desk.staff.add(
            f"gong{n}", f"{'张李陈刘'[n % 4]}师傅", Role.TECHNICIAN, None, phone=phone, estates=[ESTATE]
        )
    await stores.close()


CHAT = quote(chat_of(3), safe="")
LOOKS = {
    "conversations: all": "/conversations?view=all",
    "conversations: mine": "/conversations?view=mine",
    "conversations: unassigned": "/conversations?view=unassigned",
    "conversations: waiting longest": "/conversations?view=waiting",
    "conversations: breached": "/conversations?view=breached",
    "conversations: held by the bot": "/conversations?view=bot",
    "conversations: snoozed": "/conversations?view=snoozed",
    "conversations: of a category": "/conversations?category=complaint",
    "conversations: of a building": "/conversations?building=7",
    "conversations: with a tag": f"/conversations?tag={quote('重点')}",
    "conversations: search as rows": f"/conversations?q={quote('地下车库 积水')}",
    "conversations: numbers beside the views": "/conversations/counts",
    "search: two words": f"/search?q={quote('地下车库 积水')}",
    "search: a room": f"/search?q={quote('1栋1单元101')}",
    "search: a name": f"/search?q={quote('王四3')}",
    "search: a ticket number": f"/search?q={number_of(3)}",
    "one conversation": f"/conversations/{CHAT}",
    "its lines": f"/conversations/{CHAT}/messages",
    "tickets: all": "/tickets",
    "tickets: open": "/tickets?state=open",
    "tickets: open, by what falls due": "/tickets?sort=due",
    "tickets: closed": "/tickets?state=closed",
    "tickets: resolved": "/tickets?state=resolved",
    "tickets: declined (one in twelve)": "/tickets?state=declined",
    "tickets: two states": "/tickets?state=resolved,closed",
    "tickets: of a category": "/tickets?category=complaint",
    "tickets: of a building": "/tickets?building=7",
    "tickets: of a room": f"/tickets?room={quote('hy/1-1-101')}",
    "tickets: by executor": "/tickets?executor=gong4",
    "tickets: by executor, closed": "/tickets?executor=gong4&state=closed",
    "tickets: of a team": "/tickets?team=team1",
    "tickets: urgent": "/tickets?urgent=true",
    "tickets: late": "/tickets?breached=true",
    "tickets: with a tag": f"/tickets?tag={quote('重点')}",
    "tickets: words": f"/tickets?q={quote('车库积水')}",
    "tickets: a number": f"/tickets?q={number_of(3)}",
    "tickets: counts": "/tickets/counts",
    "one ticket, with history and similar cases": "/tickets/NEWEST",
    "one open ticket, with who could take it": f"/tickets/{number_of(0)}",
    "board": "/board",
    "calls": "/calls",
    "duty log": "/duty",
    "dashboard, 30 days": "/dashboard",
}


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, Path]]:
    """A MongoDB, and the folder that is kept or thrown away."""
    kept = os.environ.get("GUANJIA_BENCH_DIR")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(kept or folder)
        embedded = await attach(data, need_mongodb=True, need_redis=False, lasting=True)
        try:
            yield os.environ.get("GUANJIA_MONGODB_URI") or embedded.mongodb_uri or "", data
        finally:
            await embedded.close()


async def measure() -> list[Figure]:
    """Every look at both, in turn; the figure is the ratio of the medians."""
    nlp.load()
    clock = SystemClock()
    async with server() as (uri, data):
        figures = []
        if not (data / FILLED).exists():
            began = time.perf_counter()
            await furnish(uri, "few", FEW, clock)
            await furnish(uri, "many", MANY, clock)
            (data / FILLED).touch()
            made = time.perf_counter() - began
            figures.append(Figure(f"{MANY:,} conversations, tickets and lines written in", f"{made:.0f} s"))
        few, many = await serve(uri, "few", clock), await serve(uri, "many", clock)
        try:
            figures.append(await _cold(many.ask))
            for name, path in LOOKS.items():
                figures.append(await _compared(name, few.ask, many.ask, path))
        finally:
            await few.close()
            await many.close()
    return figures


Ask = Callable[[str], Awaitable[dict[str, Any]]]


async def _cold(ask: Ask) -> Figure:
    """The first dashboard of a process; in a new database no day has been added up yet."""
    start = time.perf_counter()
    await ask("/dashboard")
    return Figure(f"inbox, the first dashboard at {MANY:,}", f"{time.perf_counter() - start:.2f} s")


async def _compared(name: str, few: Ask, many: Ask, path: str) -> Figure:
    times: dict[Ask, list[float]] = {few: [], many: []}
    for _ in range(3):  # a list learns how dense it is
        for ask in times:
            await ask(path)
    for _ in range(ROUNDS):
        for ask, seen in times.items():
            start = time.perf_counter()
            await ask(path)
            seen.append(time.perf_counter() - start)
    small, large = (sorted(seen)[ROUNDS // 2] for seen in times.values())
    ratio = large / small
    return Figure(
        f"inbox, {name}: {MANY:,} / {FEW:,}",
        f"{ratio:.2f} ({large * 1000:.1f} ms / {small * 1000:.1f} ms)",
        f"<= {LIMIT}",
        ratio <= LIMIT,
    )


if __name__ == "__main__":
    import asyncio

    for figure in asyncio.run(measure()):
        print(figure.name, figure.value, figure.limit, figure.ok)
