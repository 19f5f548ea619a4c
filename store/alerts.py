"""Alerts to colleagues: one row per person (or group) and way, under derived ids: raised twice, it is there once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.documents import Document
from store.repo import Repo


class Alert(Document):
    """One thing that a colleague has to know now."""

    way: str
    """inbox | wechat | webhook | sms"""
    staff_id: str = ""
    """Empty: the estate's group (webhook)."""
    estate_id: str = ""
    ticket_id: str | None = None
    number: str = ""
    kind: str
    text: str
    urgent: bool = False
    at: datetime
    state: str = "queued"
    """queued | sending | sent | skipped | failed | unknown; the inbox's own are sent at once."""
    not_before: datetime
    tries: int = 0
    version: int = 0
    sending_until: datetime | None = None
    sent_at: datetime | None = None
    seen_at: datetime | None = None
    problem: str | None = None


class AlertRepo(Repo):
    """The only code that knows the ``alerts`` collection."""

    name = "alerts"

    async def add(self, alerts: Sequence[Alert]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(alert.row() for alert in alerts)
        for alert in alerts:
            if alert.way == "inbox":
                ticket, whose = alert.number or None, (alert.staff_id,)
                self._tell("alert", alert.id, estate_id=alert.estate_id, ticket=ticket, staff=alert.staff_id, to=whose)

    async def find(self, id: str) -> Alert | None:
        """The row, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Alert.of(row)

    async def due(self, *, at: datetime, limit: int = 100) -> list[Alert]:
        """What may leave now, oldest first."""
        rows = await self._list({"state": "queued", "not_before": {"$lte": at}}, limit=limit, sort=[("not_before", 1)])
        return [Alert.of(row) for row in rows]

    async def stuck(self, *, wall: datetime, limit: int = 100) -> list[Alert]:
        """Whose worker died while sending them."""
        rows = await self._list({"state": "sending"}, limit=limit)
        found = [Alert.of(row) for row in rows]
        return [alert for alert in found if alert.sending_until is None or alert.sending_until <= wall]

    async def change(self, alert: Alert, changes: Mapping[str, Any]) -> Alert | None:
        """Write one change if the row still is as the caller saw it; None when it is not."""
        won = await self._update(
            {"_id": alert.id, "state": alert.state, "version": alert.version},
            {"$set": dict(changes), "$inc": {"version": 1}},
        )
        return alert.model_copy(update={**changes, "version": alert.version + 1}) if won else None

    async def of_staff(self, staff_id: str, *, before: datetime, since: datetime, limit: int) -> list[Alert]:
        """A colleague's alerts in the inbox, newest first."""
        rows = await self._list(
            {"staff_id": staff_id, "way": "inbox", "at": {"$gte": since, "$lt": before}},
            limit=limit,
            sort=[("at", -1)],
        )
        return [Alert.of(row) for row in rows]

    async def seen(self, id: str, at: datetime) -> bool:
        """The colleague has looked at it."""
        return await self._update({"_id": id}, {"$set": {"seen_at": at}})
