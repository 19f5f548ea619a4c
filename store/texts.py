"""Texts: an estate's own wording, over the defaults that stand in ``desk/texts``."""

from __future__ import annotations

from store.repo import Repo


class TextRepo(Repo):
    """The only code that knows the ``texts`` collection: an estate's own wording."""

    name = "texts"

    async def put(self, estate_id: str, name: str, text: str) -> None:
        """These words from now on."""
        key = {"estate_id": estate_id, "name": name}
        if not await self._update(key, {"$set": {"text": text}}):
            await self._insert_new([{"_id": f"{estate_id}:{name}", **key, "text": text}])
            await self._update(key, {"$set": {"text": text}})  # somebody else may have been faster

    async def remove(self, estate_id: str, name: str) -> None:
        """The default words again."""
        await self._delete({"estate_id": estate_id, "name": name})

    async def of_estate(self, estate_id: str, limit: int = 2000) -> dict[str, str]:
        """Text name to wording."""
        return {str(row["name"]): str(row["text"]) for row in await self._list({"estate_id": estate_id}, limit=limit)}
