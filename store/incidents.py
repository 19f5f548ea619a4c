"""Incidents: one event that hit many homes, with the tickets of all who reported it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import Conflict, NotFound
from store.repo import Repo

MOST_MEMBERS = 2000
MOST_UPDATES = 200


class IncidentState(StrEnum):
    """How far an incident is."""

    PROPOSED = "proposed"
    """Alike reports came in; nobody has said yet that they are one event."""
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    DISMISSED = "dismissed"


ALIVE = (IncidentState.PROPOSED, IncidentState.CONFIRMED)


class Member(Part):
    """One ticket that belongs to it."""

    ticket_id: str
    number: str = ""
    person_id: str = ""
    room_id: str | None = None
    at: datetime
    joined_at: datetime | None = None
    """Came after it was confirmed: what was said before that reached it on coming."""
    told: bool = False
    """Its owner read of the incident in the answer to the report itself."""


class Update(Part):
    """What was said to all members."""

    id: str
    at: datetime
    by: str
    kind: str
    """acknowledged | update | closed"""
    text: str
    owner_text: str = ""
    """As it was sent."""
    expected_at: datetime | None = None


class Incident(Document):
    """The parent of many tickets about the same thing."""

    number: str
    state: IncidentState = IncidentState.PROPOSED
    estate_id: str = ""
    building: str = ""
    """Empty: the whole estate."""
    category: str = ""
    subject: str = ""
    """What it is about, as reports are compared: water, power, lift, or the thing itself."""
    title: str = ""
    urgent: bool = False
    severity: str | None = None
    reasons: tuple[str, ...] = ()
    """Why this severity is proposed."""
    expected_at: datetime | None = None
    members: tuple[Member, ...] = ()
    updates: tuple[Update, ...] = ()
    created_at: datetime
    created_by: str = ""
    changed_at: datetime
    decided_by: str = ""
    reason: str = ""
    closed_at: datetime | None = None
    unfinished: bool = False
    """Something was decided and not all members have it yet: the next look goes on."""
    progress: dict[str, int] = {}
    """To how many members each update was told."""
    version: int = 0

    @property
    def people(self) -> set[str]:
        """Who reported it."""
        return {member.person_id or member.ticket_id for member in self.members}


class IncidentRepo(Repo):
    """The only code that knows the ``incidents`` collection."""

    name = "incidents"

    async def add(self, incident: Incident) -> None:
        """Insert; raises Duplicate when this id is there."""
        await self._insert(incident.row())
        self._told(incident)

    async def get(self, id: str) -> Incident:
        """One incident; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Incident.of(row)

    async def find(self, id: str) -> Incident | None:
        """One incident, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Incident.of(row)

    async def by_number(self, number: str) -> Incident:
        """The incident with this number; raises NotFound."""
        row = await self._one({"number": number})
        if row is None:
            raise NotFound(number)
        return Incident.of(row)

    async def alive(self, *, since: datetime, limit: int = 200) -> list[Incident]:
        """Those that still matter, the newest first; few at any time.

        ``since``: a proposal that nobody ever decided does not have to be read for ever.
        """
        filter = {"state": {"$in": list(ALIVE)}, "created_at": {"$gte": since}}
        rows = await self._list(filter, limit=limit, sort=[("created_at", -1)])
        return [Incident.of(row) for row in rows]

    async def unfinished(self, limit: int = 50) -> list[Incident]:
        """Decided, and not told to all members yet (its process died)."""
        return [Incident.of(row) for row in await self._list({"unfinished": True}, limit=limit)]

    async def listed(
        self,
        state: IncidentState | tuple[IncidentState, ...] | None,
        *,
        before: datetime,
        since: datetime,
        limit: int,
    ) -> list[Incident]:
        """Newest first, inside a window of ``created_at``."""
        filter: dict[str, Any] = {"created_at": {"$gte": since, "$lt": before}}
        if state is not None:
            filter["state"] = {"$in": list(state)} if isinstance(state, tuple) else state
        return [Incident.of(row) for row in await self._list(filter, limit=limit, sort=[("created_at", -1)])]

    async def change(self, incident: Incident, changes: Mapping[str, Any], update: Update | None = None) -> Incident:
        """Write one change if it still is as the caller saw it; raises Conflict with the current document."""
        operations: dict[str, Any] = {"$set": dict(changes), "$inc": {"version": 1}}
        if update is not None:
            operations["$push"] = {"updates": {"$each": [update.model_dump()], "$slice": -MOST_UPDATES}}
        seen = {"_id": incident.id, "state": incident.state, "version": incident.version}
        won = await self._update(seen, operations)
        current = await self.get(incident.id)
        if not won:
            raise Conflict(incident.number, current)
        self._told(current)
        return current

    async def join(self, id: str, members: Sequence[Member]) -> int:
        """Add those that are not in it yet; gives how many were new. The version stays: nobody decided anything."""
        added = 0
        for member in members:
            room = {f"members.{MOST_MEMBERS - 1}": {"$exists": False}}
            new = {"_id": id, "members.ticket_id": {"$ne": member.ticket_id}, **room}
            if await self._update(new, {"$push": {"members": member.model_dump()}}):
                added += 1
        if added:
            self._tell("incident", id, estate_id=None)
        return added

    async def leave(self, id: str, ticket_id: str, *, again: Sequence[str] = ()) -> bool:
        """Take one out; False when it was not in it. The telling of the updates ``again`` begins anew with it."""
        member = {"_id": id, "members.ticket_id": ticket_id}
        change: dict[str, Any] = {"$pull": {"members": {"ticket_id": ticket_id}}}
        if again:
            change["$set"] = {f"progress.{update}": 0 for update in again}
        left = await self._update(member, change)
        if left:
            self._tell("incident", id, estate_id=None)
        return left

    async def told(self, id: str, update: str, was: int, now: int) -> bool:
        """So many members have heard an update; False when somebody left meanwhile and it begins anew."""
        seen: dict[str, Any] = {"_id": id, f"progress.{update}": was if was else {"$in": [0, None]}}
        return await self._update(seen, {"$set": {f"progress.{update}": now}})

    async def set(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields that are nobody's decision (marks of progress)."""
        await self._update({"_id": id}, {"$set": dict(changes)})
        self._tell("incident", id, estate_id=None)

    def _told(self, incident: Incident) -> None:
        self._tell("incident", incident.number, estate_id=incident.estate_id, building=incident.building)
