"""The register of homes and people: entered again and again, the same lines give the same documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.desk import Desk
from desk.wording import room_name
from store.bindings import Binding
from store.ids import derived
from store.residents import Resident
from store.rooms import Room, room_id

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: somebody and their home."""

    building: str
    unit: str
    number: str
    name: str
    phone: str
    role: str = "owner"

    @property
    def place(self) -> tuple[str, str, str]:
        """The home."""
        return self.building, self.unit, self.number


@dataclass(slots=True)
class Entered:
    """How much of it was new."""

    rooms: int = 0
    people: int = 0
    bindings: int = 0


async def enter(desk: Desk, estate_id: str, entries: Sequence[Entry], *, at: datetime | None = None) -> Entered:
    """Add the homes, people and bindings that are not there yet; the bindings hold from ``at`` (now)."""
    entered = Entered()
    starts_at = at or desk.clock.now()
    for start in range(0, len(entries), AT_ONCE):
        await _enter_some(desk, estate_id, entries[start : start + AT_ONCE], starts_at, entered)
    return entered


async def _enter_some(desk: Desk, estate_id: str, entries: Sequence[Entry], at: datetime, entered: Entered) -> None:
    stores = desk.stores
    rooms = {room.id: room for room in (room_of(estate_id, *entry.place) for entry in entries)}
    new_rooms = set(rooms) - {room.id for room in await stores.rooms.of_ids(list(rooms))}
    await stores.rooms.add([rooms[id] for id in new_rooms])

    candidates = [person_ids(desk, entry) for entry in entries]
    wanted = [id for ids in candidates for id in ids]
    known = {person.id for person in await stores.residents.of_ids(wanted)}
    people: dict[str, Resident] = {}
    chosen: list[str] = []
    for entry, ids in zip(entries, candidates, strict=True):
        id = next((id for id in ids if id in known), ids[0])
        chosen.append(id)
        if id not in known and id not in people:
            phone = stores.sealer.phone(entry.phone)
            people[id] = Resident(id=id, name=entry.name, phone=phone, created_at=at)
    await stores.residents.add(list(people.values()))

    bindings = {
        (binding := _binding(estate_id, entry, id, at)).id: binding for entry, id in zip(entries, chosen, strict=True)
    }
    old_rooms = [id for id in rooms if id not in new_rooms]
    there = {binding.id for binding in await stores.bindings.of_rooms(old_rooms, at=at, limit=20 * AT_ONCE)}
    fresh = [binding for id, binding in bindings.items() if id not in there]
    await stores.bindings.add(fresh)
    for id in {binding.resident_id for binding in fresh if binding.resident_id in known}:
        await desk.residents.refresh(id)  # their conversations know the new home at once
    entered.rooms += len(new_rooms)
    entered.people += len(people)
    entered.bindings += len(fresh)


def room_of(estate_id: str, building: str, unit: str, number: str) -> Room:
    """The home as a document."""
    return Room(
        id=room_id(estate_id, building, unit, number),
        estate_id=estate_id,
        building=building,
        unit=unit,
        number=number,
        name=room_name(building, unit, number),
    )


def person_ids(desk: Desk, entry: Entry) -> list[str]:
    """The ids this person may have: one per SECRET_KEY in use. Phone and name together are a person."""
    name = "".join(unicodedata.normalize("NFKC", entry.name).split()).casefold()
    return [derived(f"{hash}:{name}", "registered") for hash in desk.stores.sealer.hashes(entry.phone)]


def _binding(estate_id: str, entry: Entry, resident_id: str, at: datetime) -> Binding:
    room = room_id(estate_id, *entry.place)
    return Binding(
        id=derived(f"{resident_id}:{room}", "binding"),
        resident_id=resident_id,
        room_id=room,
        estate_id=estate_id,
        role=entry.role,
        starts_at=at,
    )
