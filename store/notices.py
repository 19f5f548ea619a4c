"""Notices (公告): one text to many homes, from its draft to its archive. Whom it reached stands in ``deliveries``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import Conflict, NotFound
from store.repo import Repo

MOST_EVENTS = 200


class NoticeState(StrEnum):
    """How far a notice is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Waits for somebody else's approval."""
    SCHEDULED = "scheduled"
    """Approved; its time has not come."""
    SENDING = "sending"
    SENT = "sent"
    """Everybody has a row; it is in force until it expires."""
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    """It has expired."""


IN_FORCE = (NoticeState.SCHEDULED, NoticeState.SENDING, NoticeState.SENT)


class NoticeKind(StrEnum):
    """What kind of notice: it decides quiet hours and caps."""

    ORDINARY = "ordinary"
    OUTAGE = "outage"
    """Something will be off, with times and places."""
    EMERGENCY = "emergency"


class Audience(Part):
    """Whom it is for. ``places``: buildings ("3"), units ("3-2") or room ids, as ``scope`` says."""

    scope: str = "all"
    """all | buildings | units | rooms"""
    places: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """owner | tenant | family; empty: whoever lives there."""


class Outage(Part):
    """What is off, when and where."""

    supply: str
    """As reports are compared: water, power, lift ..."""
    starts_at: datetime
    ends_at: datetime
    buildings: tuple[str, ...] = ()
    """Empty: where the notice goes."""
    reason: str = ""


class Reach(Part):
    """Whom it would reach, and by which way."""

    homes: int = 0
    people: int = 0
    ways: dict[str, int] = {}
    """People by way: customer | template | list | none."""
    silent: int = 0
    """Homes where nobody can be reached in WeChat: a call or a note at the door."""


class NoticeEvent(Part):
    """One thing that happened to it."""

    id: str
    at: datetime
    by: str
    kind: str
    note: str = ""


class Notice(Document):
    """One notice of one estate."""

    number: str
    estate_id: str
    kind: NoticeKind = NoticeKind.ORDINARY
    state: NoticeState = NoticeState.DRAFT
    title: str
    body: str = ""
    signature: str = ""
    audience: Audience = Audience()
    outage: Outage | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    send_at: datetime | None = None
    """None: as soon as it is approved."""
    unreached: str = "note"
    """What is done for homes that WeChat does not reach: note (at the door) | call."""
    writers: tuple[str, ...] = ()
    """Everybody who has worked on its words: none of them approves it."""
    created_at: datetime
    created_by: str = ""
    changed_at: datetime
    submitted_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    sent_at: datetime | None = None
    """When the first row was written."""
    ended_at: datetime | None = None
    planned: Reach = Reach()
    """As it was when it was handed in."""
    steps: tuple[str, ...] = ()
    """Units still to be gone through when it began to be sent, in order; ``done`` of them are finished."""
    done: int = 0
    correction: str = ""
    corrected_to: int = 0
    """The ``seq`` up to which those who got it have its correction."""
    counts: dict[str, int] = {}
    """Rows by state, as counted at ``counted_at``."""
    ways: dict[str, int] = {}
    """Rows that left, by way."""
    counted_at: datetime | None = None
    events: tuple[NoticeEvent, ...] = ()
    version: int = 0


LIST_FIELDS = {"steps": 0, "events": 0, "body": 0}


class NoticeRepo(Repo):
    """The only code that knows the ``notices`` collection."""

    name = "notices"

    async def add(self, notice: Notice) -> None:
        """Insert; raises Duplicate when this id is there."""
        await self._insert(notice.row())

    async def get(self, id: str) -> Notice:
        """One notice; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Notice.of(row)

    async def by_number(self, number: str) -> Notice:
        """The notice with this number; raises NotFound."""
        row = await self._one({"number": number})
        if row is None:
            raise NotFound(number)
        return Notice.of(row)

    async def listed(self, state: NoticeState | None, *, before: datetime, since: datetime, limit: int) -> list[Notice]:
        """Newest first, inside a window of ``created_at``; without the words that a list does not show."""
        filter: dict[str, Any] = {"created_at": {"$gte": since, "$lt": before}}
        if state is not None:
            filter["state"] = state
        rows = await self._list(filter, limit=limit, sort=[("created_at", -1)], projection=LIST_FIELDS)
        return [Notice.of(row) for row in rows]

    async def in_force(self, limit: int = 500) -> list[Notice]:
        """Approved and not over, in no order; few at any time."""
        rows = await self._list({"state": {"$in": list(IN_FORCE)}}, limit=limit, projection=LIST_FIELDS)
        return [Notice.of(row) for row in rows]

    async def change(self, notice: Notice, changes: Mapping[str, Any], event: NoticeEvent | None = None) -> Notice:
        """Write one decision if it still is as the caller saw it; raises Conflict with the current document."""
        values = {name: value for name, value in changes.items() if value is not None}
        gone = {name: "" for name, value in changes.items() if value is None}
        update: dict[str, Any] = {"$set": values, "$inc": {"version": 1}}
        if gone:
            update["$unset"] = gone
        if event is not None:
            update["$push"] = {"events": {"$each": [event.model_dump()], "$slice": -MOST_EVENTS}}
        won = await self._update({"_id": notice.id, "state": notice.state, "version": notice.version}, update)
        current = await self.get(notice.id)
        if not won:
            raise Conflict(notice.number, current)
        return current

    async def advance(self, id: str, *, done: int, to: int) -> bool:
        """So many units are gone through; False when somebody else was there already."""
        return await self._update({"_id": id, "done": done}, {"$set": {"done": to}})

    async def set(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields that are nobody's decision (counts, marks of progress)."""
        await self._update({"_id": id}, {"$set": dict(changes)})
