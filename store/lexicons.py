"""Published changes to the lexicon: versions, and one pointer that says which of them holds.

The pointer (``current``) is the truth and counts every change of itself: who read it before somebody else changed it
loses. A number is taken before its version is written, so that a process that dies in between leaves a gap, no doubt.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import Conflict, Duplicate, NotFound
from store.repo import Repo

POINTER = "current"
TRIED = "tried:"


class LexiconState(StrEnum):
    """What became of a version."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"


class Found(Part):
    """What a trial on stored messages found; kept with the version that it was made for."""

    read: int = 0
    concerned: int = 0
    changed: int = 0
    lost: int = 0
    """Emergencies that would no longer be urgent."""
    gained: int = 0
    unmet: int = 0
    """Words that stand in none of the messages."""
    at: datetime
    by: str = ""


class LexiconVersion(Document):
    """One published document. ``_id`` is its name: ``v3``."""

    number: int
    text: str
    note: str = ""
    by: str
    at: datetime
    state: LexiconState = LexiconState.PUBLISHED
    words: int = 0
    base: str = ""
    """The version of the package's lexicon that it was made for."""
    found: Found | None = None


class Standing(Document):
    """Which version holds: 0 is the package's own lexicon."""

    version: int = 0
    latest: int = 0
    serial: int = 0

    @property
    def name(self) -> str:
        """``v3``; empty: the package's own."""
        return f"v{self.version}" if self.version else ""


class TriedDocument(Document):
    """A document that was tried. ``_id`` is made of its digest."""

    found: Found
    against: str = ""
    """The version that held then."""
    base: str = ""


class LexiconRepo(Repo):
    """The only code that knows the ``lexicons`` collection."""

    name = "lexicons"

    async def standing(self) -> Standing:
        """Which version holds now."""
        row = await self._one({"_id": POINTER})
        return Standing(id=POINTER) if row is None else Standing.of(row)

    async def get(self, name: str) -> LexiconVersion:
        """One version by its name; raises NotFound."""
        row = await self._one({"_id": name}) if name[:1] == "v" and name[1:].isdigit() else None
        if row is None:
            raise NotFound(name)
        return LexiconVersion.of(row)

    async def listed(self, *, below: int, limit: int) -> list[LexiconVersion]:
        """Versions with a smaller number, the newest first; ``limit`` numbers are looked at."""
        ids = [f"v{number}" for number in range(below - 1, max(below - 1 - limit, 0), -1)]
        rows = await self._list({"_id": {"$in": ids}}, limit=len(ids)) if ids else []
        return sorted((LexiconVersion.of(row) for row in rows), key=lambda one: one.number, reverse=True)

    async def publish(self, version: LexiconVersion, now: Standing) -> LexiconVersion:
        """Write a version and let it hold, under the next number; raises Conflict when somebody was faster."""
        taken = await self._move(now, latest=now.latest + 1)
        kept = version.model_copy(update={"id": f"v{taken.latest}", "number": taken.latest})
        await self._insert(kept.row())
        try:
            await self._move(taken, version=taken.latest)
        except Conflict:
            await self._delete({"_id": kept.id})  # it never held: nobody is to find it among those that did
            raise
        return kept

    async def hold(self, number: int, now: Standing) -> Standing:
        """Let this version (0: none) hold from now on; raises Conflict when somebody was faster."""
        moved = await self._move(now, version=number)
        if now.version and now.version != number:
            await self._update({"_id": now.name}, {"$set": {"state": LexiconState.ROLLED_BACK}})
        if number:
            await self._update({"_id": f"v{number}"}, {"$set": {"state": LexiconState.PUBLISHED}})
        return moved

    async def tried(self, digest: str) -> TriedDocument | None:
        """What was found when the document with this digest was tried, or None."""
        row = await self._one({"_id": f"{TRIED}{digest}"})
        return None if row is None else TriedDocument.of(row)

    async def keep_tried(self, digest: str, found: Found, *, against: str, base: str) -> None:
        """Remember a trial; the last one counts."""
        values: dict[str, Any] = {"found": found.model_dump(), "against": against, "base": base}
        if not await self._update({"_id": f"{TRIED}{digest}"}, {"$set": values}):
            await self._insert_new([{"_id": f"{TRIED}{digest}", **values}])

    async def _move(self, now: Standing, **values: int) -> Standing:
        moved = now.model_copy(update={**values, "serial": now.serial + 1})
        try:
            if now.serial == 0:
                await self._insert(moved.row())
                return moved
        except Duplicate as faster:
            raise Conflict(POINTER) from faster
        changes = {"version": moved.version, "latest": moved.latest}
        if not await self._update({"_id": POINTER, "serial": now.serial}, {"$set": changes, "$inc": {"serial": 1}}):
            raise Conflict(POINTER)
        return moved
