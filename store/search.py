"""What lines and people are found by: words of the text, rooms, names, the tail of a phone number (as a keyed hash).

A collection of its own, written once per line by whoever looks for what is new, so that neither the inserting nor the
finishing of a message pays for its words. It can be thrown away and made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.conversations import EPOCH
from store.documents import Document
from store.repo import Repo

MARK = "mark"
"""The document that says up to when lines have been looked at."""


class Finding(Document):
    """One line, or one person, and what it is found by. ``_id``: the line's id, or ``person:`` and the conversation."""

    conversation_id: str
    estate_id: str = ""
    at: datetime
    """When the line was written; 1970 for a person."""
    terms: tuple[str, ...] = ()

    @property
    def is_person(self) -> bool:
        """Whether it is about who they are, not about what was said."""
        return self.id.startswith("person:")


class SearchRepo(Repo):
    """The only code that knows the ``search`` collection."""

    name = "search"

    async def add(self, findings: Sequence[Finding]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(finding.row() for finding in findings)

    async def put(self, finding: Finding) -> None:
        """Write what a person is found by now."""
        values = finding.row()
        id = values.pop("_id")
        if not await self._update({"_id": id}, {"$set": values}):
            await self.add([finding])

    async def of_ids(self, ids: Sequence[str]) -> list[Finding]:
        """These, in no order."""
        if not ids:
            return []
        return [Finding.of(row) for row in await self._list({"_id": {"$in": list(ids)}}, limit=len(ids))]

    async def lines(self, term: str, *, before: datetime, since: datetime, limit: int) -> list[Finding]:
        """Lines with this term, newest first, in a window of ``at``."""
        filter = {"terms": term, "at": {"$gte": since, "$lt": before}}
        return [Finding.of(row) for row in await self._list(filter, limit=limit, sort=[("at", -1)])]

    async def people(self, term: str, limit: int = 100) -> list[Finding]:
        """People with this term, in no order."""
        return [Finding.of(row) for row in await self._list({"terms": term, "at": EPOCH}, limit=limit)]

    async def read_mark(self, name: str = MARK) -> datetime:
        """Up to when lines (or what else has a mark) have been looked at."""
        row = await self._one({"_id": name})
        return EPOCH if row is None else row["until"]

    async def move_mark(self, until: datetime, name: str = MARK) -> None:
        """Lines up to ``until`` have been looked at; it never goes back."""
        if not await self._update({"_id": name}, {"$max": {"until": until}}):
            await self._insert_new([{"_id": name, "until": until}])
