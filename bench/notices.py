"""What a notice costs: per person for five thousand against five hundred, and the memory that it takes meanwhile."""

from __future__ import annotations

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
NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
WRITER, MANAGER = Actor("staff", "zhou", role=Role.FRONTDESK), Actor("staff", "ma", role=Role.MANAGER)


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


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one notice."""

    people: int
    preview: float
    fan_out: float
    counting: float
    memory: int
    """Bytes at the worst moment of the fan-out."""


async def measure() -> list[Figure]:
    """The fan-out of both, their previews and their memory."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = await attach(Path(folder), need_mongodb=True, need_redis=False, lasting=False)
        few = await _cost(embedded.mongodb_uri or "", FEW)
        many = await _cost(embedded.mongodb_uri or "", MANY)
        await embedded.close()
    ratio = (many.fan_out / many.people) / (few.fan_out / few.people)
    preview = (many.preview / many.people) / (few.preview / few.people)
    memory = many.memory / few.memory
    each = f"{many.fan_out / many.people * 1000:.2f} ms / {few.fan_out / few.people * 1000:.2f} ms"
    return [
        Figure(
            f"a notice, cost per person: {MANY:,} / {FEW}",
            f"{ratio:.2f} ({each})",
            f"<= {RATIO_LIMIT}",
            ratio <= RATIO_LIMIT,
        ),
        Figure(
            f"a notice, memory of the fan-out: {MANY:,} / {FEW}",
            f"{memory:.2f} ({many.memory / 1024:,.0f} kB / {few.memory / 1024:,.0f} kB)",
            f"<= {MEMORY_LIMIT}",
            memory <= MEMORY_LIMIT,
        ),
        Figure(
            f"preview of a notice, per person: {MANY:,} / {FEW}", f"{preview:.2f} ({many.preview:.2f} s for {MANY:,})"
        ),
        Figure(f"counting its {MANY:,} rows", f"{many.counting * 1000:.0f} ms"),
    ]


async def _cost(uri: str, people: int) -> Cost:
    name = f"notices{people}"
    clock = Standing()
    stores = Stores(connect(uri, name), None, sealer=Sealer("bench " * 4), name=name)
    await stores.migrate(holder="bench", clock=clock)
    await _people(stores, people)
    desk = Desk(stores, clock, settings=demo_settings())
    await desk.rules.refresh()
    wording = Wording(estate_id="hy", title="生活水箱清洗", body="周六清洗生活水箱，请提前储水。" * 5)
    began = time.perf_counter()
    reach = await desk.notices.preview(wording, WRITER)
    preview = time.perf_counter() - began
    assert reach.people == people, reach
    notice = await desk.notices.submit(await desk.notices.write(wording, WRITER), WRITER)
    notice = await desk.notices.approve(notice, MANAGER, version=notice.version)
    timer = await stores.timers.find(f"notice_send:{notice.id}")
    assert timer is not None
    await desk.notice_sending.send(timer)  # what is loaded once must not count
    tracemalloc.start()
    fan_out, going = 0.0, True
    while going:
        began = time.perf_counter()
        going = await desk.notice_sending.send(timer) is not None
        fan_out += time.perf_counter() - began
        await _left(stores)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    began = time.perf_counter()
    counted = await desk.notice_sending.count(await stores.notices.get(notice.id))
    counting = time.perf_counter() - began
    assert counted.state is NoticeState.SENT and sum(counted.counts.values()) == people, counted.counts
    await stores.close()
    return Cost(people, preview, fan_out, counting, memory)


async def _left(stores: Stores) -> None:
    """What the sender would have done meanwhile."""
    while rows := await stores.deliveries.due(at=NOW, limit=500):
        ids = [row.id for row in rows]
        await stores.deliveries._update_many({"_id": {"$in": ids}}, {"$set": {"state": DeliveryState.ACCEPTED}})


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
