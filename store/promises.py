"""Promises: times that colleagues gave owners, from proposed to kept, missed or taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo


class PromiseState(StrEnum):
    """How far a promise is."""

    PROPOSED = "proposed"
    """Read in a colleague's words; the writer has not said yet whether it is one."""
    CONFIRMED = "confirmed"
    KEPT = "kept"
    SLIPPED = "slipped"
    """Its time passed; the owner was told, with a new time if there is one."""
    MOVED = "moved"
    """A colleague gave another time before this one passed."""
    DISMISSED = "dismissed"
    VOID = "void"
    """The ticket went another way."""


class PromiseKind(StrEnum):
    """What is to happen by then."""

    ARRIVAL = "arrival"
    REPLY = "reply"
    DONE = "done"


class Promise(Document):
    """One time that was given to an owner."""

    kind: PromiseKind
    state: PromiseState = PromiseState.PROPOSED
    text: str = ""
    """The words that it was read in."""
    due: datetime
    ticket_id: str | None = None
    number: str = ""
    title: str = ""
    conversation_id: str | None = None
    person_id: str = ""
    estate_id: str = ""
    building: str = ""
    by: str = ""
    """Tag of who gave it."""
    who: str = ""
    """As owners hear of them."""
    source: str = "manual"
    """reply | note | manual | slipped | moved"""
    reason: str = ""
    """Why it is, or will be, late; a colleague's words."""
    slips: int = 0
    """How many times before this one were missed."""
    after: str | None = None
    """The promise that this one stands for now."""
    version: int = 0
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    ended_at: datetime | None = None


class PromiseRepo(Repo):
    """The only code that knows the ``promises`` collection."""

    name = "promises"

    async def add(self, promises: Sequence[Promise]) -> None:
        """Store those that are not there yet."""
        await self._insert_new(promise.row() for promise in promises)
        for promise in promises:
            self._told(promise)

    async def get(self, id: str) -> Promise:
        """One promise; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Promise.of(row)

    async def of_ids(self, ids: Sequence[str]) -> list[Promise]:
        """Those of these that are there, in no order."""
        return [Promise.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)]

    async def of_ticket(self, ticket_id: str, limit: int = 50) -> list[Promise]:
        """All promises about a ticket, the earliest due first."""
        rows = await self._list({"ticket_id": ticket_id}, limit=limit)
        return sorted((Promise.of(row) for row in rows), key=lambda promise: promise.due)

    async def confirmed_in(self, conversation_id: str, limit: int = 50) -> list[Promise]:
        """What still holds in a conversation, with or without a ticket."""
        filter = {"conversation_id": conversation_id, "state": PromiseState.CONFIRMED}
        return [Promise.of(row) for row in await self._list(filter, limit=limit)]

    async def listed(self, state: PromiseState, *, before: datetime, since: datetime, limit: int) -> list[Promise]:
        """In this state, by when they are due, the latest first, inside a window."""
        rows = await self._list(
            {"state": state, "due": {"$gte": since, "$lt": before}}, limit=limit, sort=[("due", -1)]
        )
        return [Promise.of(row) for row in rows]

    async def move(self, promise: Promise, to: PromiseState, changes: Mapping[str, Any]) -> Promise | None:
        """Write one change if the promise still is as the caller saw it; None when it is not."""
        values = {**changes, "state": to}
        won = await self._update(
            {"_id": promise.id, "state": promise.state, "version": promise.version},
            {"$set": values, "$inc": {"version": 1}},
        )
        if not won:
            return None
        self._told(promise)
        return promise.model_copy(update={**values, "version": promise.version + 1})

    def _told(self, promise: Promise) -> None:
        ids = {"conversation": promise.conversation_id, "ticket": promise.number or None}
        self._tell("promise", promise.id, estate_id=promise.estate_id, building=promise.building, **ids)
