"""Estates, rooms, residents, identities, bindings, staff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.bindings import Binding
from store.errors import Duplicate, NotFound
from store.estates import Estate
from store.identities import Identity
from store.residents import Resident
from store.rooms import Room, room_id
from store.staff import Role
from store.stores import Stores
from tests.store.samples import NOW, SECOND, a_colleague

DAY = timedelta(days=1)


def a_room(building: str, unit: str, number: str, estate_id: str = "hy") -> Room:
    id = room_id(estate_id, building, unit, number)
    return Room(id=id, estate_id=estate_id, building=building, unit=unit, number=number, name=id)


def a_binding(id: str, **fields: object) -> Binding:
    given: dict[str, object] = {
        "resident_id": "lin",
        "room_id": "hy/3-2-1502",
        "estate_id": "hy",
        "starts_at": NOW - DAY,
    }
    return Binding.model_validate({"_id": id, **given, **fields})


def an_identity(id: str, resident_id: str = "lin", unionid: str | None = None) -> Identity:
    app_id, openid = id.split(":")
    return Identity(id=id, app_id=app_id, openid=openid, unionid=unionid, resident_id=resident_id, created_at=NOW)


async def test_estates_by_id_and_added_once(stores: Stores) -> None:
    hy = Estate(id="hy", name="和园", calendar={"holidays": ["2026-10-01"]})
    await stores.estates.add([hy, Estate(id="ab", name="安北")])
    await stores.estates.add([Estate(id="hy", name="别名")])
    assert [estate.id for estate in await stores.estates.all()] == ["ab", "hy"]
    assert (await stores.estates.all())[1] == hy


async def test_a_room_is_found_as_people_write_it(stores: Stores) -> None:
    await stores.rooms.add([a_room("3", "2", "1502"), a_room("3", "", "1502", "ab"), a_room("5", "2", "1502")])
    assert (await stores.rooms.get("ab/3--1502")).unit == ""
    with pytest.raises(NotFound):
        await stores.rooms.get("hy/9-9-9")
    for asked, found in (
        (("3", "2"), ["hy/3-2-1502"]),
        (("3", ""), ["ab/3--1502", "hy/3-2-1502"]),
        (("", "2"), ["hy/3-2-1502", "hy/5-2-1502"]),
        (("7", ""), []),
    ):
        assert sorted(room.id for room in await stores.rooms.numbered(*asked, "1502")) == found
    assert [room.id for room in await stores.rooms.of_ids(["hy/5-2-1502", "nothing"])] == ["hy/5-2-1502"]
    assert await stores.rooms.of_ids([]) == []


async def test_residents(stores: Stores) -> None:
    lin = Resident(id="lin", name="林", created_at=NOW, phone={"sealed": "s"})
    await stores.residents.add([lin])
    await stores.residents.add([Resident(id="lin", name="又一个", created_at=NOW)])
    assert await stores.residents.get("lin") == lin
    await stores.residents.change("lin", {"name": "林晓"})
    assert [one.name for one in await stores.residents.of_ids(["lin", "nobody"])] == ["林晓"]
    with pytest.raises(NotFound):
        await stores.residents.get("nobody")
    with pytest.raises(NotFound):
        await stores.residents.change("nobody", {"name": "x"})


async def test_identities(stores: Stores) -> None:
    await stores.identities.add(an_identity("wx1:lin", unionid="u1"))
    await stores.identities.add(an_identity("wx1:lin", "somebody else"))
    await stores.identities.add(an_identity("mp:lin", unionid="u1"))
    await stores.identities.add(an_identity("wx1:wang", "wang"))
    known = await stores.identities.find("wx1:lin")
    assert known is not None and known.resident_id == "lin"
    assert await stores.identities.find("wx1:nobody") is None
    assert sorted(one.id for one in await stores.identities.of_resident("lin")) == ["mp:lin", "wx1:lin"]
    assert sorted(one.id for one in await stores.identities.of_unionid("u1")) == ["mp:lin", "wx1:lin"]
    assert await stores.identities.change("wx1:wang", {"unreachable": "blocked"})
    assert not await stores.identities.change("wx1:nobody", {"unreachable": "blocked"})


async def test_bindings_hold_from_their_start_to_just_before_their_end(stores: Stores) -> None:
    await stores.bindings.add(
        [
            a_binding("now"),
            a_binding("until later", ends_at=NOW + SECOND),
            a_binding("ends now", ends_at=NOW),
            a_binding("starts now", starts_at=NOW),
            a_binding("later", starts_at=NOW + SECOND),
            a_binding("other", resident_id="wang", room_id="hy/1-1-101"),
        ]
    )
    held = ["now", "starts now", "until later"]
    assert sorted(b.id for b in await stores.bindings.of_resident("lin", at=NOW)) == held
    assert sorted(b.id for b in await stores.bindings.of_rooms(["hy/3-2-1502"], at=NOW)) == held
    assert await stores.bindings.of_rooms([], at=NOW) == []
    assert await stores.bindings.end("now", NOW)
    assert not await stores.bindings.end("nothing", NOW)
    assert sorted(b.id for b in await stores.bindings.of_resident("lin", at=NOW)) == held[1:]


async def test_bindings_long_ended_do_not_hide_the_one_that_holds(stores: Stores) -> None:
    past = [a_binding(f"past{n}", starts_at=NOW - 9 * DAY, ends_at=NOW - DAY) for n in range(5)]
    await stores.bindings.add([*past, a_binding("now")])
    assert [b.id for b in await stores.bindings.of_resident("lin", at=NOW, limit=2)] == ["now"]
    assert [b.id for b in await stores.bindings.of_rooms(["hy/3-2-1502"], at=NOW, limit=2)] == ["now"]


async def test_staff(stores: Stores) -> None:
    zhang = a_colleague(estates=("hy",), role=Role.SUPERVISOR)
    await stores.staff.add(zhang)
    with pytest.raises(Duplicate):
        await stores.staff.add(a_colleague())
    await stores.staff.add(a_colleague("chen"))
    assert await stores.staff.get("zhang") == zhang
    assert await stores.staff.find("nobody") is None
    await stores.staff.change("zhang", {"on_duty": False})
    changed = await stores.staff.get("zhang")
    assert not changed.on_duty
    assert [one.id for one in await stores.staff.of_ids(["zhang", "nobody"])] == ["zhang"]
    assert [one.id for one in await stores.staff.all()] == ["chen", "zhang"]
    with pytest.raises(NotFound):
        await stores.staff.get("nobody")
    with pytest.raises(NotFound):
        await stores.staff.change("nobody", {"name": "x"})
