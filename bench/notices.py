"""What a notice costs: per person for five thousand against five hundred, and the memory that it takes meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure
from desk.actors import Actor
from desk.desk import Desk
from desk.notices import Wording
from desk.settings import demo_settings
from store.bindings import Binding
from store.bulk import add_in_bulk
from store.client import connect
from store.clock import SystemClock
from store.conversations import Conversation
from store.deliveries import DeliveryState
from store.embedded.shared import attach
from store.estates import Estate
from store.notices import NoticeState
from store.residents import Resident
from store.rooms import Room, room_id
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores

FEW, MANY = 500, 5_000
HOMES_OF_A_UNIT = 34
RATIO_LIMIT = 1.3
MEMORY_LIMIT = 1.5
TICKS = os.sysconf("SC_CLK_TCK")
NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
WRITER, MANAGER = Actor("staff", "zhou", role=Role.FRONTDESK), Actor("staff", "ma", role=Role.MANAGER)


class Spent:
    """CPU seconds of this process and of the database: what others do on the machine is not in it."""

    def __init__(self, server: int) -> None:
        self._stat = Path(f"/proc/{server}/stat")

    def now(self) -> float:
        """So far."""
        fields = self._stat.read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / TICKS


class Standing:
    """Ten in the morning, for as long as it takes."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        """Business time."""
        return self.at

    def wall(self) -> datetime:
        """The machine's time."""
        return SystemClock().wall()


@dataclass(slots=True)
class Town:
    """An estate of so many people, and what its notices have cost so far, in CPU seconds."""

    stores: Stores
    desk: Desk
    spent: Spent
    people: int
    notice_id: str = ""
    reached: int = 0
    fan_out: float = 0.0
    preview: float = 0.0
    memory: int = 0
    """Bytes at the worst moment of a batch."""

    async def announce(self) -> None:
        """A notice to everybody, approved; the rows of the one before are gone."""
        for repo in (self.stores.deliveries, self.stores.messages):
            await repo._delete({})
        wording = Wording(estate_id="hy", title="生活水箱清洗", body="周六清洗生活水箱，请提前储水。" * 5)
        began = self.spent.now()
        reach = await self.desk.notices.preview(wording, WRITER)
        self.preview = self.preview or self.spent.now() - began
        assert reach.people == self.people, reach
        notice = await self.desk.notices.submit(await self.desk.notices.write(wording, WRITER), WRITER)
        self.notice_id = (await self.desk.notices.approve(notice, MANAGER, version=notice.version)).id

    async def batch(self) -> bool:
        """One run of the timer; False: everybody has their row."""
        timer = await self.stores.timers.find(f"notice_send:{self.notice_id}")
        assert timer is not None
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        began = self.spent.now()
        going = await self.desk.notice_sending.send(timer) is not None
        self.fan_out += self.spent.now() - began
        self.memory = max(self.memory, tracemalloc.get_traced_memory()[1] - before)
        self.reached += await _left(self.stores)
        return going


async def measure() -> list[Figure]:
    """One notice to many, and meanwhile, batch by batch, one after the other to few: both under the same load."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=False)
        few, many = [await _town(embedded.mongodb_uri or "", people) for people in (FEW, MANY)]
        for town in (few, many):
            await town.announce()
        tracemalloc.start()
        await few.batch()
        few.fan_out, few.reached, few.memory = 0.0, 0, 0  # what is loaded once must not count
        going = True
        while going:
            going = await many.batch()
            if not await few.batch():
                await few.announce()
        tracemalloc.stop()
        began = many.spent.now()
        counted = await many.desk.notice_sending.count(await many.stores.notices.get(many.notice_id))
        counting = many.spent.now() - began
        assert counted.state is NoticeState.SENT and sum(counted.counts.values()) == MANY, counted.counts
        for town in (few, many):
            await town.stores.close()
        await embedded.close()
    cost = [town.fan_out / town.reached * 1000 for town in (many, few)]
    ratio, memory = cost[0] / cost[1], many.memory / few.memory
    preview = (many.preview / MANY) / (few.preview / FEW)
    return [
        Figure(
            f"a notice, CPU per person: {MANY:,} / {FEW}",
            f"{ratio:.2f} ({cost[0]:.2f} ms / {cost[1]:.2f} ms)",
            f"<= {RATIO_LIMIT}",
            ratio <= RATIO_LIMIT,
        ),
        Figure(
            f"a notice, memory of a batch: {MANY:,} / {FEW}",
            f"{memory:.2f} ({many.memory / 1024:,.0f} kB / {few.memory / 1024:,.0f} kB)",
            f"<= {MEMORY_LIMIT}",
            memory <= MEMORY_LIMIT,
        ),
        Figure(f"preview of a notice, CPU per person: {MANY:,} / {FEW}", f"{preview:.2f} ({many.preview:.2f} s)"),
        Figure(f"counting its {MANY:,} rows", f"{counting * 1000:.0f} ms"),
    ]


async def _town(uri: str, people: int) -> Town:
    name, clock = f"notices{people}", Standing()
    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=clock)
    await _people(stores, people)
    status = await stores.connection.database.command("serverStatus")
    desk = Desk(stores, clock, settings=demo_settings())
    await desk.rules.refresh()
    return Town(stores, desk, Spent(int(status["pid"])), people)


async def _left(stores: Stores) -> int:
    """What the sender would have done meanwhile; gives how many rows."""
    sent = 0
    while rows := await stores.deliveries.due(at=NOW, limit=500):
        ids = [row.id for row in rows]
        await stores.deliveries._update_many({"_id": {"$in": ids}}, {"$set": {"state": DeliveryState.ACCEPTED}})
        sent += len(ids)
    return sent


async def _people(stores: Stores, people: int) -> None:
    """So many homes with one person each, all of whom follow."""
    since = NOW - timedelta(days=400)
    await stores.estates.add([Estate(id="hy", name="海悦花园")])
    for start in range(0, people, 500):
        rooms, residents, bindings, chats = [], [], [], []
        for n in range(start, min(start + 500, people)):
            unit = n // HOMES_OF_A_UNIT
            building, number = str(unit // 2 + 1), str(n % HOMES_OF_A_UNIT + 101)
            id = room_id("hy", building, str(unit % 2 + 1), number)
            rooms.append(
                Room(id=id, estate_id="hy", building=building, unit=str(unit % 2 + 1), number=number, name=number)
            )
            residents.append(Resident(id=f"r{n}", name=f"业主{n}", created_at=since))
            bindings.append(Binding(id=f"b{n}", resident_id=f"r{n}", room_id=id, estate_id="hy", starts_at=since))
            chats.append(
                Conversation(
                    id=f"wx:o{n}", app_id="wx", openid=f"o{n}", estate_id="hy", resident_id=f"r{n}", last_at=since
                )
            )
        await stores.rooms.add(rooms)
        await stores.residents.add(residents)
        await stores.bindings.add(bindings)
        await add_in_bulk(stores.conversations, chats)


if __name__ == "__main__":
    import asyncio

    for figure in asyncio.run(measure()):
        print(figure.name, figure.value, figure.limit, figure.ok)
