"""Questions that a colleague passed on to one who knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document
from store.errors import Conflict, Duplicate, NotFound
from store.repo import Repo


class QuestionState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Question(Document):
    """One question of an owner, and who is to answer it."""

    estate_id: str = ""
    conversation_id: str
    owner_name: str = ""
    text: str
    note: str = ""
    """What the colleague at the desk adds; the owner does not see it."""
    asked_by: str
    asked_by_name: str = ""
    to: str
    """User name."""
    to_name: str = ""
    state: QuestionState = QuestionState.WAITING
    asked_at: datetime
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    article_id: str | None = None
    version: int = 0


class QuestionRepo(Repo):
    """The only code that knows the ``questions`` collection."""

    name = "questions"

    async def add(self, question: Question) -> Question:
        """Insert; gives what is stored under this id, also when it was there before."""
        try:
            await self._insert(question.row())
        except Duplicate:
            return await self.get(question.id)
        self._told(question)
        return question

    async def get(self, id: str) -> Question:
        """One question; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Question.of(row)

    async def listed(
        self, *, to: str | None, state: QuestionState, before: datetime, since: datetime, limit: int
    ) -> list[Question]:
        """Newest first, inside a window of ``asked_at``; of one colleague or of all."""
        filter: dict[str, Any] = {"state": state, "asked_at": {"$gte": since, "$lt": before}}
        if to is not None:
            filter["to"] = to
        return [Question.of(row) for row in await self._list(filter, limit=limit, sort=[("asked_at", -1)])]

    async def move(self, question: Question, changes: Mapping[str, Any]) -> Question:
        """Change it if it still is as the caller saw it; raises Conflict otherwise."""
        values = {**changes, "version": question.version + 1}
        same = {"_id": question.id, "state": question.state, "version": question.version}
        if not await self._update(same, {"$set": values}):
            raise Conflict(question.id, await self.get(question.id))
        self._told(question)
        return question.model_copy(update=values)

    def _told(self, question: Question) -> None:
        ids = {"conversation": question.conversation_id, "staff": question.to, "executor": question.to}
        self._tell("question", question.id, estate_id=question.estate_id, **ids)
