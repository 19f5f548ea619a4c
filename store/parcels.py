"""Parcels at the front desk: the log. What may be done with them stands in ``desk/parcels.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.client import Database, Row
from store.documents import Document, Part
from store.errors import Conflict, Duplicate, NotFound
from store.repo import Repo

TAILS = (4, 5, 6)
"""How many last characters of a tracking number people write."""
MOST_EVENTS = 100
BATCH = 200


class ParcelState(StrEnum):
    """Where a parcel stands."""

    AWAITED = "awaited"
    """Not here: somebody asked for this number and wants to be told."""
    WAITING = "waiting"
    COLLECTED = "collected"
    LOST = "lost"
    DAMAGED = "damaged"
    RETURNED = "returned"
    CAME = "came"
    """What was awaited has been logged."""


class ParcelEvent(Part):
    """One thing that happened to it. ``id`` makes a replay recognisable."""

    id: str
    at: datetime
    by: str
    kind: str
    note: str = ""


class Allowed(Part):
    """Somebody whom the home lets collect it."""

    name: str
    by: str
    """Who said so: a tag as ``owner:...``."""
    at: datetime


class Parcel(Document):
    """A parcel at the front desk."""

    estate_id: str
    room_id: str
    room_name: str = ""
    recipient: str = ""
    kind: str = "express"
    carrier: str = ""
    tracking: str = ""
    shelf: str = ""
    code: str = ""
    state: ParcelState = ParcelState.WAITING
    arrived_at: datetime
    """Logged; of an awaited one: asked for."""
    by: str = ""
    """Who logged it."""
    allowed: tuple[Allowed, ...] = ()
    tries: int = 0
    """Wrong codes shown so far."""
    ended_at: datetime | None = None
    collected_by: str = ""
    """As the owner reads it: 本人, 张三."""
    collected_how: str = ""
    """code | identity"""
    ticket_id: str | None = None
    ticket_number: str = ""
    person_id: str = ""
    """Of an awaited one: who asked."""
    events: tuple[ParcelEvent, ...] = ()
    version: int = 0

    @property
    def tail(self) -> str:
        """The last four characters of the tracking number."""
        return self.tracking[-4:]


def terms_of(parcel: Parcel) -> list[str]:
    """What it is found by: number, its tails, code, recipient."""
    number = parcel.tracking.upper()
    terms = {number, *(number[-length:] for length in TAILS if len(number) > length), parcel.code, parcel.recipient}
    return sorted(term for term in terms if term)


class ParcelRepo(Repo):
    """The only code that knows the ``parcels`` collection."""

    name = "parcels"

    async def add(self, parcels: Sequence[Parcel]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(_row(parcel) for parcel in parcels)

    async def log(self, parcel: Parcel) -> Parcel:
        """Insert it; gives what is stored under its id, also when (a replay) it was there before."""
        try:
            await self._insert(_row(parcel))
        except Duplicate:
            return await self.get(parcel.id)
        self._told(parcel)
        return parcel

    async def get(self, id: str) -> Parcel:
        """The parcel; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Parcel.of(row)

    async def waiting_for(self, room_ids: Sequence[str], limit: int = 50) -> list[Parcel]:
        """What waits for these rooms, oldest first."""
        return await self.of_rooms(room_ids, (ParcelState.WAITING,), limit=limit)

    async def of_rooms(self, room_ids: Sequence[str], states: Sequence[ParcelState], limit: int = 50) -> list[Parcel]:
        """Parcels of these rooms in these states, oldest first."""
        filter = {"room_id": {"$in": list(room_ids)}, "state": {"$in": list(states)}}
        rows = await self._list(filter, limit=limit, sort=[("arrived_at", 1)])
        return [Parcel.of(row) for row in rows]

    async def found_by(self, term: str, limit: int = 50) -> list[Parcel]:
        """Every parcel with this number, tail, code or recipient; whose they are is the caller's matter."""
        return [Parcel.of(row) for row in await self._list({"terms": term}, limit=limit)]

    async def listed(
        self, *, state: str | None, room_ids: Sequence[str] | None, before: datetime, since: datetime, limit: int
    ) -> list[Parcel]:
        """Newest first, inside a window of ``arrived_at``."""
        filter: Row = {"arrived_at": {"$gte": since, "$lt": before}}
        if state is not None:
            filter["state"] = state
        if room_ids is not None:
            filter["room_id"] = {"$in": list(room_ids)}
        return [Parcel.of(row) for row in await self._list(filter, limit=limit, sort=[("arrived_at", -1)])]

    async def take_try(self, id: str, *, most: int) -> bool:
        """Count one shown code before it is looked at; False when there were too many, or it does not wait any more."""
        filter = {"_id": id, "state": ParcelState.WAITING, "tries": {"$lt": most}}
        return await self._update(filter, {"$inc": {"tries": 1}})

    async def change(self, parcel: Parcel, event: ParcelEvent, changes: Mapping[str, Any]) -> Parcel:
        """Write one change with its event, if the parcel still is as the caller saw it; gives it as it is now.

        Raises Conflict with the current document when somebody else was faster.
        """
        update: Row = {
            "$set": dict(changes),
            "$inc": {"version": 1},
            "$push": {"events": {"$each": [event.model_dump()], "$slice": -MOST_EVENTS}},
        }
        won = await self._update({"_id": parcel.id, "state": parcel.state, "version": parcel.version}, update)
        current = await self.get(parcel.id)
        if not won and not any(known.id == event.id for known in current.events):
            raise Conflict(parcel.id, current)
        self._told(current)
        return current

    async def allow(self, id: str, allowed: Allowed) -> None:
        """Let somebody collect it; saying so again changes nothing."""
        await self._update(
            {"_id": id, "allowed.name": {"$ne": allowed.name}}, {"$push": {"allowed": allowed.model_dump()}}
        )

    async def disallow(self, id: str, name: str | None) -> None:
        """Nobody of this name (None: nobody at all) may collect it for the home any more."""
        if name is None:
            await self._update({"_id": id}, {"$set": {"allowed": []}})
        else:
            await self._update({"_id": id}, {"$pull": {"allowed": {"name": name}}})

    def _told(self, parcel: Parcel) -> None:
        building = parcel.room_id.rpartition("/")[2].partition("-")[0]
        self._tell("parcel", parcel.id, estate_id=parcel.estate_id, building=building)


def _row(parcel: Parcel) -> Row:
    return parcel.row() | {"terms": terms_of(parcel)}


async def index_terms(database: Database) -> None:
    """Write what they are found by into parcels that were logged before there was such a thing."""
    rows = database[ParcelRepo.name]
    while found := await rows.find({"terms": {"$exists": False}}).limit(BATCH).to_list(BATCH):
        for row in found:
            await rows.update_one({"_id": row["_id"]}, {"$set": {"terms": terms_of(Parcel.of(row))}})
