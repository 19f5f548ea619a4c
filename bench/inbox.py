"""What colleagues wait for in the inbox: each list, a search and one conversation at 100,000 against 1,000.

Both estates stand on the same server in the same run, and are asked in turn through the API. Their rows are alike: the
same year, the same shares of what waits, is open, tagged, or held by somebody.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
from aiohttp import web

import nlp
from bench.figure import Figure
from desk.desk import Desk
from desk.search import person_terms, terms_of
from inbox.setup import setup
from store.bulk import add_in_bulk
from store.client import connect
from store.clock import Clock, SystemClock
from store.conversation_lists import marks_of
from store.conversations import EPOCH, Allowance, Conversation, Home, Mode, OpenTicket
from store.embedded.shared import attach
from store.estates import Estate
from store.messages import Direction, Message
from store.sealed import Sealer
from store.search import Finding
from store.staff import Role
from store.stores import Stores
from store.tickets import Category, State, Ticket

FEW, MANY = 1_000, 100_000
ROUNDS = 31
LIMIT = 1.3
BATCH = 200
"""Rows in one command: more of them at once than fit the embedded server's cache of 256 MB hold it up for good."""
PASSWORD = "only for the bench"
APP = "wxbench0000000001"
LINES = 40
"""In the conversation that is opened."""
SAID = (
    "厨房水管爆了,水漫出来了",
    "电梯又停在三楼不动了",
    "物业费怎么交",
    "楼上半夜装修太吵",
    "快递放在哪里了",
    "客厅的灯不亮",
    "地下车库有积水",
    "门禁卡刷不开",
    "好的谢谢",
    "师傅什么时候到",
)


@dataclass
class House:
    """An estate with so many conversations, served."""

    stores: Stores
    runner: web.AppRunner
    http: aiohttp.ClientSession
    url: str

    async def ask(self, path: str) -> dict[str, object]:
        """One look, as the page makes it."""
        async with self.http.get(f"{self.url}{path}") as answer:
            body = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {body}")
            return dict(body)

    async def close(self) -> None:
        """Stop serving."""
        await self.http.close()
        await self.runner.cleanup()
        await self.stores.close()


def conversations(count: int, now: datetime) -> Iterable[Conversation]:
    """So many, spread over a year; in a hundred thousand the shares are as in a thousand."""
    chance = random.Random(11)
    for n in range(count):
        at = now - timedelta(seconds=chance.random() * 365 * 86_400)
        held, waits, works = chance.random(), chance.random() < 0.03, chance.random() < 0.1
        building, number = n % 20 + 1, n % 3000
        room = f"{building}栋1单元{number}"
        category = ("repair", "repair", "complaint", "inquiry", "parcel")[n % 5]
        due = now + timedelta(hours=chance.uniform(-48, 48))
        ticket = OpenTicket(
            id=f"t{n}", number=_number(n), category=category, state="new", title="水管漏水", next_due=due, at=at
        )
        made = Conversation(
            id=f"{APP}:o{n:06d}",
            app_id=APP,
            openid=f"o{n:06d}",
            estate_id="hy",
            resident_id=f"r{n}",
            name=f"王{'一二三四五六七八九'[n % 9]}{n}",
            homes=(Home(room_id=f"hy/{building}-1-{number}", name=room, estate_id="hy"),),
            tickets=(ticket,) if works else (),
            mode=Mode.PERSON if held < 0.1 or waits else Mode.BOT,
            staff_id=f"zhou{n % 2}" if held < 0.08 else None,
            tags=("重点",) if n % 25 == 7 else (),
            snoozed_until=now + timedelta(hours=chance.random() * 48) if n % 20 == 9 else None,
            waiting_since=now - timedelta(hours=chance.random() * 24) if waits else None,
            unread=int(waits),
            allowance=Allowance(left=5, until=at + timedelta(hours=48)),
            last_line=SAID[n % 10],
            last_at=at,
            last_inbound_at=at,
            created_at=at,
            version=1,
        )
        yield made.model_copy(update=marks_of(made))


def _number(n: int) -> str:
    return f"R20260310-{n:06d}"


async def fill(stores: Stores, count: int, now: datetime) -> None:
    """All rows, in bulk."""
    await stores.estates.add([Estate(id="hy", name="海悦花园")])
    batch: list[Conversation] = []
    for one in conversations(count, now):
        batch.append(one)
        if len(batch) == BATCH:
            await _put(stores, batch)
            batch = []
    first = f"{APP}:o{3:06d}"
    lines = [
        Message(
            id=f"deep{n}",
            conversation_id=first,
            direction=Direction.INBOUND,
            at=now - timedelta(minutes=n),
            text=SAID[n % 10],
        )
        for n in range(LINES)
    ]
    await stores.messages.add(lines)
    await stores.search.move_mark(now)


async def _put(stores: Stores, chats: list[Conversation]) -> None:
    await add_in_bulk(stores.conversations, chats)
    lines = [
        Message(
            id=f"m{chat.openid}",
            conversation_id=chat.id,
            direction=Direction.INBOUND,
            at=chat.last_at or EPOCH,
            text=chat.last_line,
        )
        for chat in chats
    ]
    await add_in_bulk(stores.messages, lines)
    found = [
        Finding(id=line.id, conversation_id=line.conversation_id, estate_id="hy", at=line.at, terms=terms_of(line.text))
        for line in lines
    ]
    people = [
        Finding(
            id=f"person:{chat.id}", conversation_id=chat.id, estate_id="hy", at=EPOCH, terms=person_terms(chat, chat.id)
        )
        for chat in chats
    ]
    await add_in_bulk(stores.search, [*found, *people])
    tickets = [
        Ticket(
            id=f"t{int(chat.openid[1:])}",
            number=_number(int(chat.openid[1:])),
            category=Category.REPAIR,
            state=State.NEW if chat.tickets else State.CLOSED,
            estate_id="hy",
            room_id=chat.homes[0].room_id,
            owner_id=chat.resident_id or "",
            conversation_id=chat.id,
            title="水管漏水",
            opened_at=chat.last_at or EPOCH,
            updated_at=chat.last_at or EPOCH,
        )
        for chat in chats
    ]
    await add_in_bulk(stores.tickets, tickets)


async def serve(uri: str, name: str, count: int, clock: Clock) -> House:
    """Fill a database, and serve it."""
    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=clock)
    await fill(stores, count, clock.now())
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    await desk.staff.add("zhou1", "周敏", Role.SUPERVISOR, PASSWORD, phone="13800000000", estates=["hy"])
    app = web.Application()
    setup(app, desk)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}/api/inbox/v1"
    http = aiohttp.ClientSession()
    async with http.post(f"{url}/login", json={"username": "zhou1", "password": PASSWORD}) as answer:
        token = (await answer.json())["token"]
    await http.close()
    http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})
    return House(stores, runner, http, url)


LOOKS = {
    "all": "/conversations?view=all",
    "mine": "/conversations?view=mine",
    "unassigned": "/conversations?view=unassigned",
    "waiting longest": "/conversations?view=waiting",
    "breached": "/conversations?view=breached",
    "held by the bot": "/conversations?view=bot",
    "snoozed": "/conversations?view=snoozed",
    "of a category": "/conversations?category=complaint",
    "of a building": "/conversations?building=7",
    "with a tag": f"/conversations?tag={quote('重点')}",
    "search for two words": f"/search?q={quote('地下车库 积水')}",
    "search for a room": f"/search?q={quote('8栋1单元7')}",
    "search for a ticket number": f"/search?q={_number(3)}",
    "one conversation": f"/conversations/{quote(f'{APP}:o000003', safe='')}",
    "its lines": f"/conversations/{quote(f'{APP}:o000003', safe='')}/messages",
}


async def measure() -> list[Figure]:
    """Every look at both, in turn; the figure is the ratio of the medians."""
    nlp.load()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=True)
        uri = os.environ.get("GUANJIA_MONGODB_URI") or embedded.mongodb_uri or ""
        began = time.perf_counter()
        few, many = await serve(uri, "few", FEW, clock), await serve(uri, "many", MANY, clock)
        made = time.perf_counter() - began
        try:
            figures = [Figure(f"{MANY:,} conversations, tickets and lines written in", f"{made:.0f} s")]
            for name, path in LOOKS.items():
                figures.append(await _compared(name, few.ask, many.ask, path))
        finally:
            await few.close()
            await many.close()
            await embedded.close()
    return figures


Ask = Callable[[str], Awaitable[dict[str, object]]]


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
