"""What colleagues corrected in the bot's understanding: examples to learn from, in the collection of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo

EXAMPLE = "example"


class Example(Document):
    """One message as the bot understood it, and as a colleague says that it is. ``_id`` is derived from the message."""

    kind: str = EXAMPLE
    estate_id: str = ""
    conversation_id: str
    message_id: str
    text: str
    """Without phone numbers."""
    label: str
    intent: str = ""
    was_label: str = ""
    was_intent: str = ""
    was_confidence: float = 0.0
    lexicon_version: str = ""
    ticket: str = ""
    by: str
    at: datetime
    learnt: bool = False
    """Whether the training has taken it in."""


class ExampleRepo(Repo):
    """The only code that knows the examples among the ``cases``."""

    name = "cases"

    async def put(self, example: Example) -> None:
        """Keep it; corrected once more, the last word counts."""
        values: dict[str, Any] = example.row()
        id = values.pop("_id")
        if not await self._update({"_id": id}, {"$set": values}):
            await self._insert_new([example.row()])

    async def find(self, id: str) -> Example | None:
        """One, or None."""
        row: Mapping[str, Any] | None = await self._one({"_id": id})
        return None if row is None else Example.of(dict(row))

    async def listed(self, *, before: datetime, since: datetime, limit: int) -> list[Example]:
        """Newest first, in a window of ``at``."""
        filter = {"kind": EXAMPLE, "at": {"$gte": since, "$lt": before}}
        return [Example.of(row) for row in await self._list(filter, limit=limit, sort=[("at", -1)])]

    async def mark_learnt(self, ids: Sequence[str]) -> None:
        """The training has taken these in."""
        await self._update_many({"_id": {"$in": list(ids)}}, {"$set": {"learnt": True}})
