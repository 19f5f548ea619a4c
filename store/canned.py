"""Ready words and ready deeds of colleagues: canned replies and macros, shared in an estate or of one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo

MOST = 1000


class Ready(Document):
    """What both have in common."""

    name: str
    owner: str = ""
    """User name of whose it is; empty: shared."""
    estate_id: str = ""
    """Of shared ones: where; empty: everywhere."""
    by: str = ""
    changed_at: datetime | None = None


class Canned(Ready):
    """A reply with variables (``{name}``) and a shortcut."""

    text: str
    shortcut: str = ""
    uses: int = 0


class Macro(Ready):
    """Several deeds under one name."""

    actions: tuple[dict[str, Any], ...] = ()


Kind = TypeVar("Kind", bound=Ready)


class ReadyRepo(Repo, Generic[Kind]):
    """Base of both: few rows, read by whose they are."""

    kind: type[Kind]

    async def add(self, one: Kind) -> None:
        """Insert; a repeat changes nothing."""
        await self._insert_new([one.row()])

    async def get(self, id: str) -> Kind:
        """One; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return self.kind.of(row)

    async def of(self, owner: str) -> list[Kind]:
        """The shared ones and those of this colleague, in no order."""
        rows = await self._list({"owner": {"$in": ["", owner]}}, limit=MOST)
        return [self.kind.of(row) for row in rows]

    async def change(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields; raises NotFound."""
        if not await self._update({"_id": id}, {"$set": dict(changes)}):
            raise NotFound(id)

    async def remove(self, id: str) -> bool:
        """Throw it away; False when it was not there."""
        return await self._delete({"_id": id}) > 0


class CannedRepo(ReadyRepo[Canned]):
    """The only code that knows the ``canned`` collection."""

    name = "canned"
    kind = Canned

    async def used(self, id: str) -> None:
        """Once more: what is used most comes first."""
        await self._update({"_id": id}, {"$inc": {"uses": 1}})


class MacroRepo(ReadyRepo[Macro]):
    """The only code that knows the ``macros`` collection."""

    name = "macros"
    kind = Macro
