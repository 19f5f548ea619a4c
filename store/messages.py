"""Messages: a conversation's whole timeline. An inbound message is remembered here before anything else happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import NotFound
from store.repo import Repo, while_still


class Direction(StrEnum):
    """Who the line is from."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"
    EVENT = "event"


class Handling(StrEnum):
    """How far an inbound message is."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"
    """Set aside with its reason after three tries; shown to a person."""


class AnswerState(StrEnum):
    """What became of the answer."""

    STORED = "stored"
    """Kept; written into the HTTP answer next."""
    WRITTEN = "written"
    """Written into the HTTP answer."""
    DELIVERY = "delivery"
    """Too late for the HTTP answer: it left, or leaves, as a delivery."""
    LEAVING = "leaving"
    """Nobody wrote it: it is about to become a delivery."""
    DOUBTFUL = "doubtful"
    """The process died while writing it: it is about to be put on record as unknown."""
    UNKNOWN = "unknown"
    """The process died while writing it: never sent again by itself, shown to a person."""
    NONE = "none"
    """There is nothing to say."""


class Answer(Part):
    """The bot's answer to one message."""

    text: str | None = None
    state: AnswerState = AnswerState.NONE
    by: str = ""
    """The process that writes it."""
    released: tuple[str, ...] = ()


class Correction(Part):
    """What a colleague says that the words mean."""

    label: str
    intent: str = ""
    by: str
    by_name: str = ""
    at: datetime


class Message(Document):
    """One line of a conversation."""

    conversation_id: str
    direction: Direction
    at: datetime
    kind: str = "text"
    text: str = ""
    state: Handling = Handling.DONE
    push: dict[str, Any] | None = None
    understanding: dict[str, Any] | None = None
    answer: Answer | None = None
    handled_at: datetime | None = None
    late: bool = False
    tries: int = 0
    problem: str | None = None
    by: str = ""
    """Staff id of a staff line."""
    delivery_id: str | None = None
    ticket_id: str | None = None
    media: tuple[str, ...] = ()
    created_at: datetime | None = None
    """WeChat's CreateTime of an inbound message."""
    repeats: int = 0
    """How often WeChat pushed it again."""
    corrected: Correction | None = None
    mentions: tuple[str, ...] = ()
    """Whom a note calls, by user name."""


FOUND_BY = dict.fromkeys("conversation_id direction at kind text state".split(), 1)


MOST_WRITTEN = 25
"""Answers reported as written with one command."""
MOST_TOLD = 20
"""Lines added at once that are told one by one."""


class MessageRepo(Repo):
    """The only code that knows the ``messages`` collection."""

    name = "messages"

    async def keep(self, message: Message) -> None:
        """Remember it; raises Duplicate when this key is known."""
        await self._insert(message.row())

    async def add(self, messages: Sequence[Message]) -> None:
        """Lines for the timeline; those that are there already stay."""
        await self._insert_new(message.row() for message in messages)
        # Many at once are a notice or an import: the pages of everybody need not read for each of them.
        for message in messages if len(messages) <= MOST_TOLD else ():
            self._tell("message", message.id, estate_id=None, conversation=message.conversation_id)

    async def get(self, id: str) -> Message:
        """One line; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Message.of(row)

    async def find(self, id: str) -> Message | None:
        """One line, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Message.of(row)

    async def waiting_in(self, conversation_id: str, limit: int = 50) -> list[Message]:
        """What waits in one conversation, in order of arrival."""
        rows = await self._list(
            {"conversation_id": conversation_id, "state": Handling.RECEIVED},
            limit=limit,
            sort=[("created_at", 1), ("at", 1)],
        )
        return [Message.of(row) for row in rows]

    async def left_behind(self, *, before: datetime, limit: int = 100) -> list[Message]:
        """Received before ``before`` and still not done, oldest first, whatever the conversation."""
        rows = await self._list({"state": Handling.RECEIVED, "at": {"$lt": before}}, limit=limit, sort=[("at", 1)])
        return [Message.of(row) for row in rows]

    async def done(
        self, id: str, *, answer: Answer, at: datetime, unless_late: bool, ticket_id: str | None = None
    ) -> bool:
        """Store the answer, and the ticket that came of it, and finish; True when it is stored.

        False: look, as it may have been done by another process, or by this very call (see ``_update_with_others``), or
        with ``unless_late`` the platform has had ``success`` meanwhile.
        """
        received = {"state": Handling.RECEIVED} | ({"late": False} if unless_late else {})
        changes: dict[str, Any] = {"state": Handling.DONE, "answer": answer.model_dump(), "handled_at": at}
        if ticket_id is not None:
            changes["ticket_id"] = ticket_id
        return await self._update_with_others(while_still(id, **received), {"$set": changes}) is True

    async def mark_late(self, id: str) -> bool:
        """The platform gets ``success`` now, so the answer must leave as a delivery; False when it is done already."""
        return await self._update({"_id": id, "state": Handling.RECEIVED}, {"$set": {"late": True}})

    async def failed_try(self, id: str, problem: str, *, most: int) -> int:
        """Count a failed try; at ``most`` the message is set aside with its reason. Gives the number of tries."""
        await self._update({"_id": id}, {"$inc": {"tries": 1}, "$set": {"problem": problem}})
        row = await self._one({"_id": id}, {"tries": 1})
        tries = int((row or {}).get("tries", 0))
        if tries >= most:
            await self._update({"_id": id, "state": Handling.RECEIVED}, {"$set": {"state": Handling.FAILED}})
        return tries

    async def answers_written(self, ids: Sequence[str]) -> None:
        """These answers were written into the HTTP response.

        A few in one command: the embedded server takes nobody else's message while it carries out one.
        """
        for start in range(0, len(ids), MOST_WRITTEN):
            await self._update_many(
                {"_id": {"$in": list(ids[start : start + MOST_WRITTEN])}, "answer.state": AnswerState.STORED},
                {"$set": {"answer.state": AnswerState.WRITTEN}},
            )

    async def answer_became(self, id: str, state: AnswerState, *, was: AnswerState = AnswerState.STORED) -> bool:
        """Move one answer on, once: False when somebody else did."""
        return await self._update({"_id": id, "answer.state": was}, {"$set": {"answer.state": state}})

    async def answers_of(self, process: str, *, limit: int = 500) -> list[Message]:
        """Answers that a (dead) process had stored and not reported as written."""
        rows = await self._list(
            {"answer.state": AnswerState.STORED, "answer.by": process}, limit=limit, sort=[("handled_at", 1)]
        )
        return [Message.of(row) for row in rows]

    async def still_stored(self, ids: Sequence[str]) -> list[Message]:
        """Those of these messages whose answer is stored and not reported as written."""
        if not ids:
            return []
        rows = await self._list({"_id": {"$in": list(ids)}, "answer.state": AnswerState.STORED}, limit=len(ids))
        return [Message.of(row) for row in rows]

    async def answers_in(self, states: Sequence[AnswerState], *, limit: int) -> list[Message]:
        """Messages whose answer is in one of these states."""
        rows = await self._list({"answer.state": {"$in": list(states)}}, limit=limit)
        return [Message.of(row) for row in rows]

    async def stored_before(self, before: datetime, *, limit: int = 200) -> list[Message]:
        """Answers stored before ``before`` whose writing nobody reported."""
        rows = await self._list(
            {"answer.state": AnswerState.STORED, "handled_at": {"$lt": before}}, limit=limit, sort=[("handled_at", 1)]
        )
        return [Message.of(row) for row in rows]

    async def timeline(self, conversation_id: str, *, before: datetime, since: datetime, limit: int) -> list[Message]:
        """Newest first, inside a window of ``at``."""
        rows = await self._list(
            {"conversation_id": conversation_id, "at": {"$gte": since, "$lt": before}}, limit=limit, sort=[("at", -1)]
        )
        return [Message.of(row) for row in rows]

    async def after(self, conversation_id: str, at: datetime, limit: int = 100) -> list[Message]:
        """What stands in one conversation since ``at``, oldest first."""
        filter = {"conversation_id": conversation_id, "at": {"$gte": at}}
        return [Message.of(row) for row in await self._list(filter, limit=limit, sort=[("at", 1)])]

    async def of_ids(self, ids: Sequence[str]) -> list[Message]:
        """These lines, in no order."""
        if not ids:
            return []
        return [Message.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids))]

    async def written(self, state: Handling, *, since: datetime, before: datetime, limit: int) -> list[Message]:
        """Lines of all conversations in this state, oldest first, with what they are found by only."""
        rows = await self._list(
            {"state": state, "at": {"$gte": since, "$lt": before}}, limit=limit, sort=[("at", 1)], projection=FOUND_BY
        )
        return [Message.of(row) for row in rows]

    async def said(self, *, since: datetime, before: datetime, limit: int) -> list[Message]:
        """What owners wrote in all conversations, newest first, with the words and whose they are only."""
        filter = {"state": Handling.DONE, "direction": Direction.INBOUND, "at": {"$gte": since, "$lt": before}}
        rows = await self._list(filter, limit=limit, sort=[("at", -1)], projection=FOUND_BY)
        return [Message.of(row) for row in rows]

    async def reword(self, id: str, text: str) -> None:
        """Other words in a line that nobody has read yet."""
        await self._update({"_id": id}, {"$set": {"text": text}})

    async def repeated(self, id: str) -> None:
        """WeChat pushed it once more."""
        await self._update({"_id": id}, {"$inc": {"repeats": 1}})

    async def correct(self, message: Message, correction: Correction) -> None:
        """What it means, from a colleague; the last word counts."""
        await self._update({"_id": message.id}, {"$set": {"corrected": correction.model_dump()}})
        self._tell("message", message.id, estate_id=None, conversation=message.conversation_id)

    async def of_ticket(self, ticket_id: str, limit: int = 200) -> list[Message]:
        """The lines that belong to one ticket, oldest first."""
        rows = await self._list({"ticket_id": ticket_id}, limit=limit, sort=[("at", 1)])
        return [Message.of(row) for row in rows]

    async def set_aside(self, limit: int = 100) -> list[Message]:
        """Messages that failed for good, for a person to look at."""
        rows = await self._list({"state": Handling.FAILED}, limit=limit, sort=[("at", -1)])
        return [Message.of(row) for row in rows]
