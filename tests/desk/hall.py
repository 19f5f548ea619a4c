"""A small estate with everybody whom a notice may meet, and how one is approved there."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.notices import Wording
from store.bindings import Binding
from store.conversations import Allowance
from store.deliveries import Delivery
from store.identities import Identity
from store.notices import Notice
from store.residents import Resident
from store.rooms import Room, room_id
from tests.desk.conftest import APP, Office

MORNING = datetime.fromisoformat("2026-03-11T10:00:00+08:00")


async def furnished(office: Office) -> Office:
    """By day, beside the two owners: a tenant with the mini-program only, one without WeChat, an empty home."""
    office.clock.at = MORNING
    stores, since = office.stores, MORNING - timedelta(days=400)
    doors = [("3", "1", "101"), ("3", "1", "102"), ("3", "1", "103")]
    await stores.rooms.add(
        [
            Room(id=room_id("hy", *d), estate_id="hy", building=d[0], unit=d[1], number=d[2], name="-".join(d))
            for d in doors
        ]
    )
    for id, door, role in (("mini", doors[0], "tenant"), ("plain", doors[1], "owner")):
        await stores.residents.add([Resident(id=id, name=id, created_at=since)])
        binding = Binding(
            id=f"{id}-1", resident_id=id, room_id=room_id("hy", *door), estate_id="hy", role=role, starts_at=since
        )
        await stores.bindings.add([binding])
    mini = Identity(id="wxmini:o-mini", app_id="wxmini", openid="o-mini", resident_id="mini", created_at=since)
    await stores.identities.add(mini)
    window = Allowance(left=3, until=MORNING + timedelta(days=30))
    await stores.conversations.change(f"{APP}:o-wang", {"allowance": window.model_dump()})
    return office


async def approved(hall: Office, wording: Wording | None = None, writer: str = "zhou") -> Notice:
    """Written, handed in and approved by the manager."""
    notices = hall.desk.notices
    notice = await notices.write(wording or plain(), await hall.actor(writer))
    notice = await notices.submit(notice, await hall.actor(writer))
    return await notices.approve(notice, await hall.actor("ma"), version=notice.version)


def plain(**more: object) -> Wording:
    values: dict[str, object] = {"title": "生活水箱清洗", "body": "周六清洗生活水箱，用水不受影响。", **more}
    return Wording(estate_id="hy", **values)  # type: ignore[arg-type]


async def rows(hall: Office, notice: Notice) -> dict[str, Delivery]:
    found = await hall.stores.deliveries.of_notice(notice.id, limit=1000)
    return {row.person_id or str(row.room_id): row for row in found}
