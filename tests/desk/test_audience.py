"""Whom a notice is for: nobody twice, nobody outside, nobody left out; and how places are said."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desk.audience import Audiences, buildings_of, covers, in_order, say_places
from desk.rulebook import Rulebook
from store.bindings import Binding
from store.estates import Estate
from store.notices import Audience
from store.rooms import Room, room_id
from store.stores import Stores
from tests.clock import FixedClock

DOORS = [(b, u, n) for b in ("1", "2", "10") for u in ("", "1", "2") for n in ("101", "102")]
PEOPLE = [f"p{n}" for n in range(6)]
ROLES = ("owner", "tenant", "family")
NUMBER = itertools.count()

doors = st.lists(st.sampled_from(DOORS), min_size=1, max_size=8, unique=True)
ties = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DOORS), st.sampled_from(ROLES), st.booleans()), max_size=12
)
scopes = st.sampled_from(["all", "buildings", "units", "rooms"])
roles = st.lists(st.sampled_from(ROLES), max_size=2, unique=True)


@example(
    doors=[("1", "", "101"), ("1", "", "102")],
    ties=[("p0", ("1", "", "101"), "owner", False), ("p0", ("1", "", "102"), "owner", False)],
    scope="all",
    chosen=[("1", "", "101")],
    wanted=[],
).via("two homes of one owner behind one door: both are counted")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doors=doors, ties=ties, scope=scopes, chosen=doors, wanted=roles)
async def test_nobody_twice_nobody_outside_nobody_left_out(
    stores: Stores,
    clock: FixedClock,
    doors: list[tuple[str, str, str]],
    ties: list[tuple[str, tuple[str, str, str], str, bool]],
    scope: str,
    chosen: list[tuple[str, str, str]],
    wanted: list[str],
) -> None:
    """Estates of chance with bindings of chance, some of them over, seen by an audience of chance."""
    estate = f"e{next(NUMBER)}"
    now, rules = clock.now(), Rulebook(stores)
    await stores.estates.add([Estate(id=estate, name=estate)])
    rooms = {door: room_id(estate, *door) for door in doors}
    await stores.rooms.add(
        [
            Room(id=id, estate_id=estate, building=d[0], unit=d[1], number=d[2], name="-".join(d))
            for d, id in rooms.items()
        ]
    )
    bound = [
        Binding(
            id=f"{estate}:{n}",
            resident_id=f"{estate}:{person}",
            room_id=rooms[door],
            estate_id=estate,
            role=role,
            starts_at=now - timedelta(days=10),
            ends_at=now - timedelta(days=1) if over else None,
        )
        for n, (person, door, role, over) in enumerate(ties)
        if door in rooms
    ]
    await stores.bindings.add(bound)
    picked = [door for door in chosen if door in rooms] or doors[:1]
    names = {
        "all": (),
        "buildings": in_order(d[0] for d in picked),
        "units": in_order(f"{d[0]}-{d[1]}" for d in picked),
        "rooms": tuple(rooms[d] for d in picked),
    }
    audience = Audience(scope=scope, places=names[scope], roles=tuple(wanted))
    audiences = Audiences(stores, rules, clock)
    await audiences.check(estate, audience)

    inside = {id for id in rooms.values() if covers(audience, id)}
    homes = [await audiences.homes(estate, audience, step) for step in await audiences.steps(estate, audience)]
    found = [one for rooms_of_unit in homes for one in await audiences.people(estate, audience, rooms_of_unit)]
    people = Counter(one.person_id for one in found if one.person_id)
    living = {
        one.resident_id
        for one in bound
        if one.ends_at is None and one.room_id in inside and (not wanted or one.role in wanted)
    }
    assert set(people) == living
    assert {one.room_id for one in found} <= inside
    of_unit = Counter((one.person_id, one.room_id.rpartition("-")[0]) for one in found if one.person_id)
    assert set(of_unit.values()) <= {1}, "once in each unit; across units their row has one key"
    empty = {one.room_id for one in found if not one.person_id}
    occupied = {one.room_id for one in bound if one.ends_at is None}
    assert empty == (set() if wanted else inside - occupied)
    reach = await audiences.reach(estate, audience)
    assert reach.people == len(living) and sum(reach.ways.values()) == len(living)
    assert reach.homes <= len(inside) and (wanted or reach.homes == len(inside) == reach.silent)


@given(places=st.lists(st.sampled_from([f"{b}-{u}" for b, u, _ in DOORS])))
def test_places_have_one_order_whoever_chose_them(places: list[str]) -> None:
    assert in_order(places) == in_order(reversed(places)) == in_order(in_order(places))
    assert set(in_order(places)) == set(places)


def test_places_are_said_as_on_the_door() -> None:
    def said(scope: str, *places: str) -> str:
        return say_places(Audience(scope=scope, places=places))

    assert said("all") == "全小区"
    assert said("buildings", "3", "5") == "3栋、5栋"
    assert said("units", "3-2", "5-") == "3栋2单元、5栋"
    assert said("rooms", "hy/3-2-1502", "hy/5--1202") == "3栋2单元1502、5栋1202"
    assert said("buildings", *map(str, range(1, 9))) == "1栋、2栋、3栋、4栋、5栋、6栋等 8 处"
    assert buildings_of(Audience(scope="rooms", places=("hy/3-2-1502", "hy/5--1202"))) == {"3", "5"}
    assert buildings_of(Audience()) is None
    # Nothing of building 1 is in building 10, and nothing of unit 1 in unit 11.
    assert not covers(Audience(scope="buildings", places=("1",)), "hy/10-1-101")
    assert not covers(Audience(scope="units", places=("3-1",)), "hy/3-11-101")
