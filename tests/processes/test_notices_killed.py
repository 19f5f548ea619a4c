"""kill -9 in the middle of a notice: two workers race, one dies, another comes; everybody reads it once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from desk.actors import Actor
from desk.notices import Wording
from desk.settings import demo_settings
from store.bindings import Binding
from store.notices import NoticeKind, NoticeState
from store.residents import Resident
from store.rooms import Room
from store.staff import Role
from tests.processes.town import Town, shown, until

UNITS, HOMES, OWNERS = 8, 40, 24
TITLE = "燃气抢修，请关好阀门"


@pytest.mark.timeout(240)
async def test_two_workers_one_of_them_killed(town: Town) -> None:
    desk, stores = town.desk, town.stores
    await stores.settings.put("*", {"templates": demo_settings().to_json()["templates"]}, version=0)
    await desk.rules.refresh()
    phones = await town.owners(OWNERS)
    since = desk.clock.now() - timedelta(days=1)
    homes = [f"hy/9-{unit}-{number:04d}" for unit in range(1, UNITS + 1) for number in range(HOMES)]
    doors = [home.rpartition("/")[2].split("-") for home in homes]
    await stores.rooms.add(
        [
            Room(id=home, estate_id="hy", building=door[0], unit=door[1], number=door[2], name="-".join(door))
            for home, door in zip(homes, doors, strict=True)
        ]
    )
    people = [f"resident-{n}" for n in range(OWNERS)]
    await stores.residents.add([Resident(id=id, name=id, created_at=since) for id in people])
    # Spread over all units, so that each batch has some of them; the other homes are empty.
    step = len(homes) // OWNERS
    await stores.bindings.add(
        [
            Binding(id=f"b{n}", resident_id=id, room_id=homes[n * step], estate_id="hy", starts_at=since)
            for n, id in enumerate(people)
        ]
    )
    # An emergency: whatever the time is where this test runs, it goes out now.
    writer = Actor("staff", "writer", role=Role.FRONTDESK)
    wording = Wording(estate_id="hy", title=TITLE, body="先关阀再开窗。", kind=NoticeKind.EMERGENCY, unreached="note")
    notice = await desk.notices.submit(await desk.notices.write(wording, writer), writer)
    boss = Actor("staff", "boss", role=Role.MANAGER)
    first, _ = await asyncio.gather(town.start("worker"), town.start("worker"))
    await desk.notices.approve(notice, boss, version=notice.version)

    async def begun() -> bool:
        return (await stores.notices.get(notice.id)).done > 0

    await until(begun, 60, "the first batch is written")
    await town.kill(first)
    await town.start("worker")

    async def finished() -> bool:
        ended = (await stores.notices.get(notice.id)).state is NoticeState.SENT
        return ended and not await town.open_deliveries()

    await until(finished, 90, "everybody has their row and all have left")
    rows = [row for row in await town.deliveries() if row.notice_id == notice.id]
    # The two other homes of the town's estate are among them.
    assert len({row.person_id or row.room_id for row in rows}) == len(rows) == len(homes) + 2
    of_person = {row.person_id: row for row in rows}
    for n, phone in enumerate(phones):
        got = [text for text in await shown(phone) if TITLE[:6] in text]
        row = of_person[f"resident-{n}"]
        assert len(got) <= 1, "nobody reads it twice"
        assert len(got) == 1 or (row.state == "unknown" and row.attention), (row.state, row.attempts)
