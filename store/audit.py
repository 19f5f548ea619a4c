"""The audit log: who did what to whom. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.repo import Repo


class AuditRepo(Repo):
    """The only code that knows the ``audit`` collection. Rows are only ever added."""

    name = "audit"

    async def add(
        self, id: str, *, at: datetime, by: str, action: str, subject: str, details: Mapping[str, Any]
    ) -> None:
        """Who did what to whom, when."""
        await self._insert(
            {"_id": id, "at": at, "by": by, "action": action, "subject": subject, "details": dict(details)}
        )
