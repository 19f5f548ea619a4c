"""Deliveries: one row per message and recipient, from queued to its end (the contract, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.client import AWAY
from store.documents import Document, Part
from store.errors import NotFound, Unavailable
from store.repo import Repo

MOST_ATTEMPTS = 100
"""The last tries of one row that are kept."""
LAST_SEQ = 2**62
PIECE = 500


class DeliveryState(StrEnum):
    """How far a delivery is."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    PARKED = "parked"
    UNKNOWN = "unknown"
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Rung(StrEnum):
    """The ways to a person, best first."""

    PASSIVE = "passive"
    CUSTOMER = "customer"
    TEMPLATE = "template"
    LIST = "list"
    CALL = "call"


class Attempt(Part):
    """One try on one rung."""

    rung: Rung
    at: datetime
    errcode: int | None = None
    msgid: str | None = None
    problem: str | None = None


class CallTry(Part):
    """One try to ring somebody up."""

    id: str
    at: datetime
    by: str
    outcome: str
    """reached | no_answer | unreachable | wrong_number | refused"""
    words: str = ""


class Delivery(Document):
    """One message to one person. ``_id`` is the send key, so that writing it twice writes it once."""

    person_id: str
    conversation_id: str
    app_id: str
    openid: str
    estate_id: str = ""
    seq: int
    kind: str
    text: str
    menu: dict[str, Any] | None = None
    """``{"head", "items": [[id, text], ...], "tail"}`` for a msgmenu; ``text`` holds the same with numbers."""
    template: dict[str, str] = {}
    """Variables for the template's fields."""
    ticket_id: str | None = None
    urgent: bool = False
    not_before: datetime
    retrying: bool = False
    """Held back after a failure: what comes later waits behind it. Quiet hours and caps do not block others."""
    expires_at: datetime | None = None
    state: DeliveryState = DeliveryState.QUEUED
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    rungs_used: tuple[Rung, ...] = ()
    tries: int = 0
    merged_into: str | None = None
    attention: bool = False
    """A person has to look at it: unknown, undeliverable, or on the call list."""
    to_call: bool = False
    """On the call list: a person has to ring."""
    taken_by: str | None = None
    """Who rings up now."""
    taken_at: datetime | None = None
    calls: tuple[CallTry, ...] = ()
    checked: bool = False
    """Staff have seen this unknown or undeliverable row."""
    scheduled: bool = False
    """A colleague chose the time at which it leaves."""
    picture: str | None = None
    """The medium that is sent; ``text`` says so where no picture can be shown."""
    notice_id: str | None = None
    of_notice: bool | None = None
    """True on the rows of a notice and left out on all others, so that its index holds those only."""
    room_id: str | None = None
    """For whose sake this person is told (notices)."""
    version: int = 0
    created_at: datetime
    sent_at: datetime | None = None
    changed_at: datetime | None = None


class DeliveryRepo(Repo):
    """The only code that knows the ``deliveries`` collection."""

    name = "deliveries"

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(delivery.row() for delivery in deliveries)

    async def get(self, id: str) -> Delivery:
        """The row; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Delivery.of(row)

    async def due(self, *, at: datetime, limit: int = 200) -> list[Delivery]:
        """Queued rows whose time has come, the longest waiting first."""
        rows = await self._list(
            {"state": DeliveryState.QUEUED, "not_before": {"$lte": at}}, limit=limit, sort=[("not_before", 1)]
        )
        return [Delivery.of(row) for row in rows]

    async def open_of(self, conversation_id: str, limit: int = 50) -> list[Delivery]:
        """Queued and sending rows of one person in the order in which they must leave."""
        rows = await self._list(
            {
                "conversation_id": conversation_id,
                "state": {"$in": [DeliveryState.QUEUED, DeliveryState.SENDING]},
            },
            limit=limit,
            sort=[("seq", 1)],
        )
        return [Delivery.of(row) for row in rows]

    async def unsettled_of(self, conversation_id: str, limit: int = 50) -> list[Delivery]:
        """Rows that the owner's next action settles: accepted, unknown and parked."""
        rows = await self._list(
            {
                "conversation_id": conversation_id,
                "state": {"$in": [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.PARKED]},
            },
            limit=limit,
            sort=[("seq", 1)],
        )
        return [Delivery.of(row) for row in rows]

    async def move(
        self,
        delivery: Delivery,
        to: DeliveryState,
        *,
        at: datetime,
        attempt: Attempt | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Delivery | None:
        """Write one change if the row still is as the caller saw it; None when it is not."""
        values: dict[str, Any] = {"state": to, "changed_at": at, **(changes or {})}
        update: dict[str, Any] = {"$set": values, "$inc": {"version": 1}}
        if attempt is not None:
            update["$push"] = {"attempts": {"$each": [attempt.model_dump()], "$slice": -MOST_ATTEMPTS}}
        won = await self._update({"_id": delivery.id, "state": delivery.state, "version": delivery.version}, update)
        if not won:
            return None
        if not delivery.of_notice:  # thousands at a time: the notice itself tells how far it is
            self._tell("delivery", delivery.id, estate_id=delivery.estate_id, conversation=delivery.conversation_id)
        attempts = delivery.attempts if attempt is None else (*delivery.attempts, attempt)[-MOST_ATTEMPTS:]
        return delivery.model_copy(update={**values, "version": delivery.version + 1, "attempts": attempts})

    async def last_sent_of_ticket(self, ticket_id: str, kind: str, *, since: datetime) -> datetime | None:
        """When the last push of this kind about this ticket left, if after ``since``."""
        rows = await self._list(
            {"ticket_id": ticket_id, "kind": kind, "sent_at": {"$gte": since}},
            limit=1,
            sort=[("sent_at", -1)],
            projection={"sent_at": 1},
        )
        return rows[0]["sent_at"] if rows else None

    async def last_sent_to(self, conversation_id: str, kind: str, *, since: datetime) -> datetime | None:
        """When the last push of this kind left to this person, if after ``since``."""
        rows = await self._list(
            {"conversation_id": conversation_id, "kind": kind, "sent_at": {"$gte": since}},
            limit=1,
            sort=[("sent_at", -1)],
            projection={"sent_at": 1},
        )
        return rows[0]["sent_at"] if rows else None

    async def by_msgid(self, msgid: str) -> Delivery | None:
        """The row that a result event is about."""
        row = await self._one({"attempts.msgid": msgid})
        return None if row is None else Delivery.of(row)

    async def in_state(self, state: DeliveryState, *, before: datetime, limit: int = 100) -> list[Delivery]:
        """Rows in this state since before ``before``, oldest first."""
        rows = await self._list({"state": state, "changed_at": {"$lt": before}}, limit=limit, sort=[("changed_at", 1)])
        return [Delivery.of(row) for row in rows]

    async def to_look_at(self, *, before: datetime, since: datetime, limit: int) -> list[Delivery]:
        """Unknown, undeliverable and to-call rows that nobody has looked at yet, newest first."""
        rows = await self._list(
            {"checked": False, "attention": True, "created_at": {"$gte": since, "$lt": before}},
            limit=limit,
            sort=[("created_at", -1)],
        )
        return [Delivery.of(row) for row in rows]

    async def of_person(self, person_id: str, *, before: datetime, since: datetime, limit: int) -> list[Delivery]:
        """Everything that was pushed to a person, newest first (the mini-program's message list)."""
        rows = await self._list(
            {"person_id": person_id, "created_at": {"$gte": since, "$lt": before}},
            limit=limit,
            sort=[("created_at", -1)],
        )
        return [Delivery.of(row) for row in rows]

    async def move_person(self, was: str, becomes: str) -> int:
        """Everything that was pushed to a provisional person was pushed to the person we now know."""
        return await self._update_many({"person_id": was}, {"$set": {"person_id": becomes}})

    async def of_ids(self, ids: Sequence[str]) -> list[Delivery]:
        """These rows, in no order."""
        return [Delivery.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)]

    # ---- the rows of one notice ----

    async def of_notice(
        self,
        notice_id: str,
        states: Sequence[DeliveryState] = tuple(DeliveryState),
        *,
        after: int = 0,
        before: int = LAST_SEQ,
        limit: int,
        newest_first: bool = False,
    ) -> list[Delivery]:
        """Rows of a notice in these states with ``after < seq < before``, in order."""
        found: list[Delivery] = []
        for state in states:  # one by one: the embedded server takes no index for several values and a range
            rows = await self._list(
                {"of_notice": True, "notice_id": notice_id, "state": state, "seq": {"$gt": after, "$lt": before}},
                limit=limit,
                sort=[("seq", -1 if newest_first else 1)],
            )
            found += [Delivery.of(row) for row in rows]
        return sorted(found, key=lambda row: row.seq, reverse=newest_first)[:limit]

    async def tally_of_notice(self, notice_id: str) -> dict[tuple[str, str], int]:
        """How many rows of a notice there are by state and way, read in pieces: its memory does not grow with them."""
        found: dict[tuple[str, str], int] = {}
        try:
            wanted = _of_notice(notice_id, tuple(DeliveryState))
            cursor = self._rows.find(wanted, {"state": 1, "rungs_used": 1}).batch_size(PIECE)
            while rows := await cursor.to_list(PIECE):
                for row in rows:
                    key = (row["state"], (row.get("rungs_used") or [""])[-1])
                    found[key] = found.get(key, 0) + 1
        except AWAY as away:
            raise Unavailable(self.name) from away
        return found

    async def cancel_of_notice(self, notice_id: str, *, at: datetime, limit: int = 500) -> int:
        """Take back at most so many rows that have not left; gives how many there were. 0: none is left."""
        waiting = _of_notice(notice_id, (DeliveryState.QUEUED, DeliveryState.PARKED))
        ids = [row["_id"] for row in await self._list(waiting, limit=limit, projection={"_id": 1})]
        if not ids:
            return 0
        await self._update_many(
            {"_id": {"$in": ids}, "state": waiting["state"]},
            {
                "$set": {"state": DeliveryState.CANCELLED, "changed_at": at, "reason": "withdrawn"},
                "$inc": {"version": 1},
            },
        )
        return len(ids)

    async def backlog(self, *, at: datetime, most: int) -> int:
        """How many rows could leave right now, counted up to ``most``."""
        filter = {"state": DeliveryState.QUEUED, "not_before": {"$lte": at}}
        return len(await self._list(filter, limit=most, projection={"_id": 1}))

    async def cancel_of_ticket(self, ticket_id: str, kinds: Sequence[str], *, at: datetime) -> int:
        """What is still queued about this ticket no longer matters."""
        return await self._update_many(
            {"ticket_id": ticket_id, "kind": {"$in": list(kinds)}, "state": DeliveryState.QUEUED},
            {"$set": {"state": DeliveryState.CANCELLED, "changed_at": at}, "$inc": {"version": 1}},
        )


def _of_notice(notice_id: str, states: Sequence[DeliveryState]) -> dict[str, Any]:
    return {"of_notice": True, "notice_id": notice_id, "state": {"$in": list(states)}}
