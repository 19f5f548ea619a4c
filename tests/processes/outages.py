"""MongoDB or Redis away for a while, under real processes; short in ``make test``, long in ``make chaos``."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.emulator.client import Phone, PushResult
from store.embedded import processes
from store.embedded.shared import SharedServers
from tests.processes.town import Town, fault, open_town, shown, shown_twice, until

EMERGENCY = "厨房水管爆了,水漫出来了"


class Stores:
    """Embedded servers of one town alone, to be stopped and killed."""

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        self._servers = SharedServers(folder, need_mongodb=True, need_redis=True, lasting=lasting)
        self._folder = folder

    def open(self) -> None:
        self._servers.open()

    def close(self) -> None:
        self._servers.close()

    def url(self, name: str) -> str:
        return str(self._servers.url(name))

    def pid(self, name: str) -> int:
        mark = next(server.mark for server in self._servers._all if server.name == name)
        [process] = processes.find(mark)
        return process.pid

    def signal(self, name: str, what: signal.Signals) -> None:
        os.kill(self.pid(name), what)

    def mend(self) -> None:
        self._servers.mend()


@asynccontextmanager
async def own_town(folder: Path, *, lasting: bool) -> AsyncIterator[tuple[Town, Stores]]:
    stores = Stores(folder / "stores", lasting=lasting)
    await asyncio.to_thread(stores.open)
    try:
        async with open_town(
            folder,
            mongodb_uri=stores.url("mongodb"),
            redis_url=stores.url("redis"),
            database="guanjia_outage",
            spacing=5,
        ) as town:
            yield town, stores
    finally:
        await asyncio.to_thread(stores.close)


async def mongodb_away(folder: Path, seconds: float, *, killed: bool) -> None:
    """Pushes go on, are answered at once, and are worked off in order when it is back."""
    async with own_town(folder, lasting=killed) as (town, stores):
        serve = await town.start("serve")
        await town.start("worker")
        phones = await town.owners(6)
        before = await phones[0].says(fault(0))
        assert "R2" in (before.reply or ""), before
        stores.signal("mongodb", signal.SIGKILL if killed else signal.SIGSTOP)
        gone = time.monotonic()
        pushes: list[tuple[Phone, PushResult]] = []

        async def says(phone: Phone, text: str) -> None:
            pushes.append((phone, await phone.says(text)))

        await asyncio.gather(*(says(phone, fault(1)) for phone in phones[:4]))
        await says(phones[4], EMERGENCY)
        for number in (2, 3):
            await asyncio.gather(*(says(phone, fault(number)) for phone in phones[:4]))
        [emergency] = [push for phone, push in pushes if phone is phones[4]]
        assert "关" in (emergency.reply or "") and "阀" in (emergency.reply or ""), emergency.reply
        for _, push in pushes:
            assert push.statuses == [200] and "收到" in (push.reply or ""), (push.statuses, push.reply)
        slowest = max(attempt.milliseconds for _, push in pushes for attempt in push.attempts)
        began = time.monotonic()
        async with town.http.get(f"{serve.url}/readyz") as answer:
            assert answer.status == 503 and (await answer.json())["mongodb"] is False
        async with town.http.get(f"{serve.url}/healthz") as answer:
            assert answer.status == 200
        api = {"username": "zhang", "password": "x"}
        async with town.http.post(f"{serve.url}/api/inbox/v1/login", json=api) as answer:
            assert answer.status == 503 and answer.headers["Retry-After"]
        refused = time.monotonic() - began
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - gone)))
        if killed:
            await asyncio.to_thread(stores.mend)
        else:
            stores.signal("mongodb", signal.SIGCONT)

        async def all_done() -> bool:
            spool = Path(town.environment["GUANJIA_DATA_DIR"]) / "spool"
            if any(spool.glob("*.spool")):
                return False
            return not await town.received() and not await town.open_answers() and not await town.open_deliveries()

        took = await until(all_done, 60, "everything is worked off")
        for phone in phones[:5]:
            lines = await town.messages(phone)
            mine = [push for owner, push in pushes if owner is phone]
            assert {town.key(push) for push in mine} <= {line.id for line in lines}
            handled = [line.handled_at for line in lines if line.handled_at]
            assert handled == sorted(handled) and len(handled) == len(lines)
            answers = [entry.text for entry in await phone.screen() if entry.channel == "customer"]
            assert len(answers) == len(mine), (answers, await shown(phone))
            assert not shown_twice(answers), answers
        keys = [ticket.message_key for ticket in await town.tickets()]
        assert len(keys) == len(set(keys))
        print(
            f"\nmongodb {'killed' if killed else 'stopped'} {seconds} s: {len(pushes)} spooled, slowest answer "
            f"{slowest:.0f} ms, probes and API refused within {refused:.1f} s, worked off {took:.1f} s after its return"
        )


async def redis_away(folder: Path, seconds: float, *, killed: bool) -> None:
    """Slower, not wrong: answers at once, pushes by the poller."""
    async with own_town(folder, lasting=False) as (town, stores):
        await town.start("serve")
        await town.start("worker")
        phones = await town.owners(5)
        assert (await phones[0].says(fault(0))).status == 200
        stores.signal("redis", signal.SIGKILL if killed else signal.SIGSTOP)
        gone = time.monotonic()
        pushes = await asyncio.gather(*(phone.says(fault(1)) for phone in phones))
        slowest = max(attempt.milliseconds for push in pushes for attempt in push.attempts)
        assert all(push.statuses == [200] and "R2" in (push.reply or "") for push in pushes), pushes
        pushed = time.monotonic()
        for number, phone in enumerate(phones):
            conversation = await town.stores.conversations.get(town.conversation(phone))
            await _urgent(town, f"test:{number}", conversation.id, f"师傅快到了 {number}")

        async def arrived() -> bool:
            texts = [await shown(phone) for phone in phones]
            return all(f"师傅快到了 {number}" in texts[number] for number in range(len(phones)))

        await until(arrived, 40, "pushes leave by the poller")
        left = time.monotonic() - pushed
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - gone)))
        if killed:
            await asyncio.to_thread(stores.mend)
        else:
            stores.signal("redis", signal.SIGCONT)
        assert "R2" in ((await phones[0].says(fault(6))).reply or "")
        for phone in phones:
            assert not shown_twice(await shown(phone)), await shown(phone)
        how = "killed" if killed else "stopped"
        print(f"\nredis {how} {seconds} s: slowest answer {slowest:.0f} ms, pushes out after {left:.1f} s")


async def _urgent(town: Town, key: str, conversation_id: str, text: str) -> None:
    from desk.deliveries import Kind

    conversation = await town.stores.conversations.get(conversation_id)
    await town.desk.outbox.put(key, conversation, Kind.URGENT, text, person_id=conversation.person_id)
