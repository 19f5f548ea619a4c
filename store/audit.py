"""The audit log: who did what to whom. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class AuditRow(Document):
    """One thing that somebody did or looked at. Ids only: no texts, names of owners or phone numbers."""

    at: datetime
    by: str
    """``staff:zhou``"""
    action: str
    subject: str = ""
    estate_id: str = ""
    details: dict[str, Any] = {}


class AuditRepo(Repo):
    """The only code that knows the ``audit`` collection. Rows are only ever added."""

    name = "audit"

    async def add(
        self,
        id: str,
        *,
        at: datetime,
        by: str,
        action: str,
        subject: str,
        details: Mapping[str, Any],
        estate_id: str = "",
    ) -> None:
        """Who did what to whom, when; raises Duplicate when it is there already."""
        row = {"_id": id, "at": at, "by": by, "action": action, "subject": subject, "details": dict(details)}
        await self._insert(row | ({"estate_id": estate_id} if estate_id else {}))

    async def listed(
        self,
        *,
        by: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        before: datetime,
        since: datetime,
        limit: int,
    ) -> list[AuditRow]:
        """Newest first, inside a window of ``at``. An ``action`` that ends with a dot means all that begin so."""
        filter: dict[str, Any] = {"at": {"$gte": since, "$lt": before}}
        if by is not None:
            filter["by"] = by
        if subject is not None:
            filter["subject"] = subject
        if action is not None:
            filter["action"] = {"$gte": action, "$lt": f"{action[:-1]}/"} if action.endswith(".") else action
        return [AuditRow.of(row) for row in await self._list(filter, limit=limit, sort=[("at", -1)])]
