"""Whom a notice is for: the homes it covers, who lives there, and by which way each of them can be reached.

Gone through unit by unit, so that an estate of any size needs the memory of a few homes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.errors import Incomplete
from desk.rulebook import Rulebook
from desk.wording import room_name
from store.clock import Clock
from store.conversations import EPOCH, Conversation
from store.notices import Audience, Reach
from store.rooms import Room
from store.stores import Stores

HOMES_AT_ONCE = 100
MOST_OF_A_ROOM = 30
"""People bound to one room, as far as they are read."""
MOST_ROOMS = 2000
"""In a list of rooms."""
PLACES_KEPT = timedelta(seconds=60)
CUSTOMER, TEMPLATE, LIST, NONE = "customer", "template", "list", "none"
SCOPES = ("all", "buildings", "units", "rooms")
ROLES = ("owner", "tenant", "family")


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a building, with its number of homes."""

    building: str
    unit: str
    homes: int

    @property
    def key(self) -> str:
        """``3-2``; ``3-`` for a building without units."""
        return f"{self.building}-{self.unit}"

    @property
    def name(self) -> str:
        """As on the door."""
        return room_name(self.building, self.unit, "")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who is to read it, or a home where there is nobody (``person_id`` empty)."""

    person_id: str
    room_id: str
    way: str
    chat: Conversation | None = None
    why: str = ""
    """Why nobody is reached in WeChat: nobody bound | no chat | not following."""


class Audiences:
    """Finds homes and people."""

    def __init__(self, stores: Stores, rules: Rulebook, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._clock = clock
        self._places: dict[str, tuple[datetime, tuple[Unit, ...]]] = {}

    async def places(self, estate_id: str) -> tuple[Unit, ...]:
        """The units of an estate in the order of their doors; read again after a minute."""
        wall = self._clock.wall()
        known = self._places.get(estate_id)
        if known is None or wall - known[0] > PLACES_KEPT:
            counted = await self._stores.rooms.units_of(estate_id)
            units = (Unit(building, unit, homes) for (building, unit), homes in counted.items())
            known = self._places[estate_id] = (wall, tuple(sorted(units, key=_by_door)))
        return known[1]

    async def steps(self, estate_id: str, audience: Audience) -> tuple[str, ...]:
        """The keys of the units that it touches, in the order in which they are gone through."""
        units = await self.places(estate_id)
        if audience.scope == "rooms":
            wanted = {_unit_key(room) for room in audience.places}
            return tuple(unit.key for unit in units if unit.key in wanted)
        return tuple(unit.key for unit in units if _takes(audience, unit.building, unit.unit))

    async def check(self, estate_id: str, audience: Audience) -> None:
        """Refuse an audience that names what is not there, or nobody."""
        if audience.scope not in SCOPES or set(audience.roles) - set(ROLES):
            raise Incomplete("发给谁没有说清楚", audience="scope or roles")
        if audience.scope == "all":
            return
        if not audience.places:
            raise Incomplete("请选择楼栋、单元或房间", missing=["places"])
        unknown = await self._unknown(estate_id, audience)
        if unknown:
            raise Incomplete(f"没有这些地方：{'、'.join(unknown[:5])}", unknown=unknown[:50])

    async def _unknown(self, estate_id: str, audience: Audience) -> list[str]:
        places = dict.fromkeys(audience.places)
        if audience.scope == "rooms":
            if len(places) > MOST_ROOMS:
                raise Incomplete(f"一次最多 {MOST_ROOMS} 个房间，再多请按楼栋发", most=MOST_ROOMS)
            found = {room.id for room in await self._stores.rooms.of_ids(list(places)) if room.estate_id == estate_id}
        else:
            units = await self.places(estate_id)
            found = {unit.building for unit in units} if audience.scope == "buildings" else {u.key for u in units}
        return [place for place in places if place not in found]

    async def homes(self, estate_id: str, audience: Audience, step: str) -> list[Room]:
        """The homes of this step that it covers."""
        building, _, unit = step.partition("-")
        rooms = await self._stores.rooms.of_unit(estate_id, building, unit)
        if audience.scope == "rooms":
            wanted = set(audience.places)
            rooms = [room for room in rooms if room.id in wanted]
        return sorted(rooms, key=lambda room: room.id)

    async def people(self, estate_id: str, audience: Audience, rooms: Sequence[Room]) -> list[Recipient]:
        """Everybody of these homes once, and each home where there is nobody."""
        found: dict[str, Recipient] = {}
        for one in await self._ties(estate_id, audience, rooms):
            found.setdefault(one.person_id or one.room_id, one)
        return list(found.values())

    async def _ties(self, estate_id: str, audience: Audience, rooms: Sequence[Room]) -> list[Recipient]:
        """Everybody once in each of their homes, and each home where there is nobody."""
        found: list[Recipient] = []
        for start in range(0, len(rooms), HOMES_AT_ONCE):
            found += await self._people(estate_id, audience, [r.id for r in rooms[start : start + HOMES_AT_ONCE]])
        return found

    async def _people(self, estate_id: str, audience: Audience, room_ids: Sequence[str]) -> list[Recipient]:
        bindings = await self._stores.bindings.of_rooms(
            room_ids, at=self._clock.now(), limit=len(room_ids) * MOST_OF_A_ROOM
        )
        homes: dict[str, dict[str, None]] = {room: {} for room in room_ids}
        for binding in sorted(bindings, key=lambda one: one.id):
            if not audience.roles or binding.role in audience.roles:
                homes[binding.room_id][binding.resident_id] = None
        ids = sorted({person for people in homes.values() for person in people})
        chats, listed = await self._ways(ids) if ids else ({}, set())
        template = "notice" in self._rules.of(estate_id).settings.templates
        found = []
        for room, people in homes.items():
            if not people and not audience.roles:
                found.append(Recipient("", room, NONE, why="nobody bound"))
            for person in people:
                found.append(self._recipient(person, room, chats.get(person), person in listed, template))
        return found

    async def _ways(self, ids: Sequence[str]) -> tuple[Mapping[str, Conversation], set[str]]:
        """The chat of each person, and who else has the mini-program."""
        chats: dict[str, Conversation] = {}
        addresses: set[str] = set()
        conversations = await self._stores.conversations.of_residents(ids, limit=len(ids) * 20)
        for chat in sorted(conversations, key=lambda one: (not one.followed, one.created_at or EPOCH)):
            addresses.add(chat.id)
            chats.setdefault(str(chat.resident_id), chat)
        lost = [id for id in ids if id not in chats or not chats[id].followed]
        identities = await self._stores.identities.of_residents(lost, limit=len(lost) * 20) if lost else []
        return chats, {one.resident_id for one in identities if one.id not in addresses}

    def _recipient(self, person: str, room: str, chat: Conversation | None, listed: bool, template: bool) -> Recipient:
        if chat is not None and chat.followed:
            allowance = chat.allowance
            window = allowance.left > 0 and allowance.until > self._clock.now()
            way = CUSTOMER if window else TEMPLATE if template else LIST
            return Recipient(person, room, way, chat)
        why = "no chat" if chat is None else "not following"
        return Recipient(person, room, LIST if listed else NONE, None, why)

    async def reach(self, estate_id: str, audience: Audience) -> Reach:
        """How many homes and people it reaches, and by which way."""
        homes = silent = 0
        ways: dict[str, int] = {}
        seen: set[str] = set()
        for step in await self.steps(estate_id, audience):
            rooms: dict[str, bool] = {}
            for one in await self._ties(estate_id, audience, await self.homes(estate_id, audience, step)):
                rooms[one.room_id] = rooms.get(one.room_id, False) or one.way != NONE
                if one.person_id and one.person_id not in seen:
                    seen.add(one.person_id)
                    ways[one.way] = ways.get(one.way, 0) + 1
            homes += len(rooms)
            silent += sum(not heard for heard in rooms.values())
        return Reach(homes=homes, people=len(seen), ways=ways, silent=silent)


def covers(audience: Audience, room_id: str) -> bool:
    """Whether this home is among those it is for."""
    door = room_id.rpartition("/")[2]
    building, _, rest = door.partition("-")
    unit = rest.partition("-")[0]
    return room_id in audience.places if audience.scope == "rooms" else _takes(audience, building, unit)


def buildings_of(audience: Audience) -> set[str] | None:
    """The buildings it touches; None: every building of the estate."""
    if audience.scope == "all":
        return None
    return {place.rpartition("/")[2].partition("-")[0] for place in audience.places}


def say_places(audience: Audience) -> str:
    """As people say it: "3栋、5栋", "全小区"."""
    if audience.scope == "all":
        return "全小区"
    if audience.scope == "rooms":
        return _several([room_name(*_door(place)) for place in audience.places])
    return _several([room_name(*(place.partition("-")[::2]), "") for place in audience.places])


def _several(names: Sequence[str]) -> str:
    shown = "、".join(names[:6])
    return shown if len(names) <= 6 else f"{shown}等 {len(names)} 处"


def _door(room_id: str) -> tuple[str, str, str]:
    parts = room_id.rpartition("/")[2].split("-")
    return (parts[0], parts[1], "-".join(parts[2:])) if len(parts) > 2 else (parts[0], "", "-".join(parts[1:]))


def _unit_key(room_id: str) -> str:
    building, unit, _ = _door(room_id)
    return f"{building}-{unit}"


def _takes(audience: Audience, building: str, unit: str) -> bool:
    if audience.scope == "all":
        return True
    return (building if audience.scope == "buildings" else f"{building}-{unit}") in audience.places


def _by_door(unit: Unit) -> tuple[tuple[int, str], tuple[int, str]]:
    return _numeric(unit.building), _numeric(unit.unit)


def _numeric(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdecimal() else (10**9, text)


def in_order(places: Iterable[str]) -> tuple[str, ...]:
    """Each place once, in the order of the doors."""
    return tuple(sorted(dict.fromkeys(places), key=lambda place: [_numeric(part) for part in place.split("-")]))
