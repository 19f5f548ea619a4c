"""Texts: an estate's own wording, over the defaults that stand in ``desk/texts``."""

from __future__ import annotations

from store.repo import Repo


class TextRepo(Repo):
    """The only code that knows the ``texts`` collection: an estate's own wording."""

    name = "texts"

    async def of_estate(self, estate_id: str, limit: int = 2000) -> dict[str, str]:
        """Text name to wording."""
        return {str(row["name"]): str(row["text"]) for row in await self._list({"estate_id": estate_id}, limit=limit)}
