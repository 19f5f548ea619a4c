"""Which tags are in use on conversations, per estate: a short list to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from store.documents import Document
from store.repo import Repo

MOST_TAGS = 2000


class Tag(Document):
    """One tag. ``_id``: estate, a bar, and the tag."""

    estate_id: str = ""
    tag: str
    uses: int = 0


class TagRepo(Repo):
    """The only code that knows the ``tags`` collection."""

    name = "tags"

    async def used(self, estate_id: str, tags: Sequence[str]) -> None:
        """These were put on a conversation once more."""
        for tag in tags:
            id = f"{estate_id}|{tag}"
            if not await self._update({"_id": id}, {"$inc": {"uses": 1}}):
                await self._insert_new([Tag(id=id, estate_id=estate_id, tag=tag, uses=1).row()])

    async def all(self) -> list[Tag]:
        """Every tag, the most used first."""
        rows = [Tag.of(row) for row in await self._list({}, limit=MOST_TAGS)]
        return sorted(rows, key=lambda one: (-one.uses, one.tag))
