"""What the settings were: one row per change, so that it can be seen and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class SettingVersion(Document):
    """The settings as a change left them. ``_id`` is whose they are and their version: ``hy:3``."""

    version: int
    values: dict[str, Any] = {}
    at: datetime
    by: str
    note: str = ""


class SettingVersionRepo(Repo):
    """The only code that knows the ``setting_versions`` collection. Rows are only ever added."""

    name = "setting_versions"

    async def add(self, version: SettingVersion) -> None:
        """Keep one; a replay adds nothing."""
        await self._insert_new([version.row()])

    async def of_ids(self, ids: Sequence[str]) -> list[SettingVersion]:
        """These versions, the newest first."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1)
        return sorted((SettingVersion.of(row) for row in rows), key=lambda one: one.version, reverse=True)
