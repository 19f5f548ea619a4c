"""Conversations as the inbox lists them: one indexed question for each view, and what follows from a conversation.

A list reads only what a row shows. Each question is an equality and one window: anything more in the filter, and the
embedded server would use the index for the equality alone (decision 0002); what narrows further is left out by the
caller, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.client import Database, Row, patiently
from store.conversations import Conversation, LastReply, Mode, OpenTicket
from store.repo import Repo

LIST_FIELDS = dict.fromkeys(
    (
        "app_id openid estate_id resident_id name homes mode staff_id team_id unread waiting_since last_line last_from "
        "last_by last_at last_inbound_at followed allowance tickets ended tags snoozed_until next_due version"
    ).split(),
    1,
)
SIFT_FIELDS = dict.fromkeys("app_id openid estate_id homes mode staff_id last_at snoozed_until".split(), 1)
"""What a list is narrowed by that no index is: hundreds of rows are read for thirty."""
TAG = "#"
"""How the mark of a tag begins; that of a category is its name."""
ABSENT = ("waiting_since", "snoozed_until", "next_due")
"""Not there when there is none: their indexes hold only those conversations that have one."""
MOST_TRIES = 5
BATCH = 500
DONE = ("resolved",)
"""Still spoken of in a conversation, but no work any more."""


class ConversationLists(Repo):
    """Reading of lists; part of the repository of conversations."""

    name = "conversations"

    async def latest(self, *, before: datetime, since: datetime, limit: int, thin: bool = False) -> list[Conversation]:
        """All of them, the last to speak first, inside a window of ``last_at``; ``thin``: only what is sifted by."""
        return await self._newest({}, before=before, since=since, limit=limit, fields=SIFT_FIELDS if thin else None)

    async def held_by(
        self, staff_id: str | None, mode: Mode, *, before: datetime, since: datetime, limit: int
    ) -> list[Conversation]:
        """Those of one colleague, or that a person should answer and nobody does yet, the last to speak first.

        What the bot answers and nobody is named for is not among them: that is nearly everything, see ``latest``.
        """
        held = {"held": True, "staff_id": staff_id, "mode": mode}
        return await self._newest(held, before=before, since=since, limit=limit)

    async def marked(self, mark: str, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        """Those with an open ticket of a category, or with a tag, the last to speak first."""
        return await self._newest({"marked": True, "marks": mark}, before=before, since=since, limit=limit)

    async def waiting_longest(self, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        """Whose owner waits for an answer, in a window of ``waiting_since``, the longest first."""
        return await self._oldest("waiting_since", before=before, since=since, limit=limit)

    async def due_first(self, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        """With an open ticket whose next target is in this window, the earliest first."""
        return await self._oldest("next_due", before=before, since=since, limit=limit)

    async def snoozed(self, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        """Put off until a time in this window, the next to come back first."""
        return await self._oldest("snoozed_until", before=before, since=since, limit=limit)

    async def listed_of_ids(self, ids: Sequence[str]) -> list[Conversation]:
        """These, as a list shows them, in no order."""
        if not ids:
            return []
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids), projection=LIST_FIELDS)
        return [Conversation.of(row) for row in rows]

    async def _newest(
        self, equal: Row, *, before: datetime, since: datetime, limit: int, fields: dict[str, int] | None = None
    ) -> list[Conversation]:
        window: Row = {"last_at": {"$gte": since, "$lt": before}}
        rows = await self._list(
            {**equal, **window}, limit=limit, sort=[("last_at", -1)], projection=fields or LIST_FIELDS
        )
        return [Conversation.of(row) for row in rows]

    async def _oldest(self, field: str, *, before: datetime, since: datetime, limit: int) -> list[Conversation]:
        window: Row = {field: {"$gte": since, "$lt": before}}
        rows = await self._list(window, limit=limit, sort=[(field, 1)], projection=LIST_FIELDS)
        return [Conversation.of(row) for row in rows]

    # ---- what colleagues change ----

    async def retag(self, id: str, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put tags on and take tags off, whoever else does meanwhile."""
        if add:
            await self._update({"_id": id}, {"$addToSet": {"tags": {"$each": list(add)}}})
        if remove:
            await self._update({"_id": id}, {"$pull": {"tags": {"$in": list(remove)}}})
        await self.mark(id)

    async def replied(self, conversation: Conversation, reply: LastReply, changes: Mapping[str, Any]) -> bool:
        """A colleague's words come next; False when another reply came first. Repeating the same reply changes nothing.

        One write decides between two who send at the same moment, and nobody holds a lock.
        """
        before = conversation.last_reply.line if conversation.last_reply else None
        update = changed({**changes, "last_reply": reply.model_dump()}) | {"$inc": {"version": 1}}
        won = await self._update({"_id": conversation.id, "last_reply.line": before}, update)
        if won:
            self._tell("conversation", conversation.id, estate_id=None, conversation=conversation.id)
        return won

    async def taken_back(self, id: str, line: str, changes: Mapping[str, Any]) -> bool:
        """A reply was undone: what it changed is as before, unless more has happened since."""
        update = changed({**changes, "last_reply": None}) | {"$inc": {"version": 1}}
        undone = await self._update({"_id": id, "last_reply.line": line}, update)
        if undone:
            self._tell("conversation", id, estate_id=None, conversation=id)
        return undone

    # ---- what follows from tickets and tags ----

    async def mark(self, id: str) -> None:
        """Bring ``marks`` and ``next_due`` in line with tickets and tags, whoever else changes them meanwhile."""
        for _ in range(MOST_TRIES):
            row = await self._one({"_id": id})
            if row is None:
                return
            conversation = Conversation.of(row)
            seen = {"_id": id, "version": conversation.version or {"$in": [0, None]}}
            if await self._update(seen, {**changed(marks_of(conversation)), "$inc": {"version": 1}}):
                break
        self._tell("conversation", id, estate_id=None, conversation=id)


async def mark_all(database: Database) -> None:
    """Conversations from before there were lists get their marks. Repeating it changes nothing."""
    rows = database["conversations"]
    while found := await rows.find({"version": {"$exists": False}}).limit(BATCH).to_list(BATCH):
        for row in found:
            await rows.update_one(
                {"_id": row["_id"], "version": {"$exists": False}},
                {**changed(marks_of(Conversation.of(row))), "$inc": {"version": 1}},
            )


async def mark_held(database: Database) -> None:
    """Conversations from before there was ``held`` get it. Repeating it changes nothing."""
    rows = database["conversations"]
    with patiently():
        await rows.update_many({"mode": Mode.PERSON, "held": {"$ne": True}}, {"$set": {"held": True}})
        await rows.update_many({"staff_id": {"$gt": ""}, "held": {"$ne": True}}, {"$set": {"held": True}})


def marks_of(conversation: Conversation) -> dict[str, Any]:
    """What the lists are narrowed by, as it follows from the open tickets and the tags."""
    tickets = [ticket for ticket in conversation.open_tickets if ticket.state not in DONE]
    categories = sorted({ticket.category for ticket in tickets})
    marks = (*categories, *(f"{TAG}{tag}" for tag in conversation.tags))
    return {"marks": marks, "marked": bool(marks), "next_due": min(_dues(tickets), default=None)}


def marks_of_new(tickets: Sequence[OpenTicket]) -> Row:
    """What new tickets add, without knowing the others."""
    update: Row = {"$addToSet": {"marks": {"$each": sorted({ticket.category for ticket in tickets})}}}
    if dues := _dues(tickets):
        update["$min"] = {"next_due": min(dues)}
    return update


def _dues(tickets: Sequence[OpenTicket]) -> list[datetime]:
    # A brief from before there were targets in it has the time that its owner was told.
    return [due for ticket in tickets if (due := ticket.next_due or ticket.due) is not None]


def changed(values: Mapping[str, Any]) -> Row:
    """An update that sets these fields; those that are better absent are taken out when they are None."""
    values = {**values, **_held_by(values)}
    gone = {field: "" for field in ABSENT if field in values and values[field] is None}
    update: Row = {"$set": {field: value for field, value in values.items() if field not in gone}}
    if gone:
        update["$unset"] = gone
    return {operator: part for operator, part in update.items() if part}


def _held_by(values: Mapping[str, Any]) -> Row:
    """What these changes say about ``held``; naming nobody any more says nothing: a person may still have to answer."""
    if values.get("mode") == Mode.PERSON or values.get("staff_id"):
        return {"held": True}
    return {"held": False} if values.get("mode") == Mode.BOT and "staff_id" in values else {}
