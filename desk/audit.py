"""The audit log: every change by a colleague, every look at what belongs to an owner. Ids, never words."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from desk.actors import Actor
from store.audit import AuditRow
from store.clock import Clock
from store.errors import Duplicate
from store.ids import Ids, derived
from store.stores import Stores

LOOK = timedelta(minutes=10)
"""A page reads again whenever something changes: within this time looking at the same thing is one look."""
REMEMBERED = 10_000


class Audit:
    """Writes the log."""

    def __init__(self, stores: Stores, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._clock = clock
        self._ids = ids
        self._looked: OrderedDict[str, None] = OrderedDict()

    async def did(
        self,
        by: Actor | str,
        action: str,
        subject: str,
        *,
        estate_id: str = "",
        details: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> None:
        """Somebody changed something. ``key``: that of the request, so that its repeat is not a second deed."""
        id = derived(f"{key}\n{action}", "audit") if key else self._ids.new()
        tag = by if isinstance(by, str) else by.tag
        await self._add(id, tag, action, subject, estate_id, details)

    async def looked(
        self, by: Actor, action: str, subject: str, *, estate_id: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """Somebody looked at something: one row in ten minutes, whichever process they ask."""
        id = self._look_id(by, action, subject, details)
        if id in self._looked:
            return
        await self._add(id, by.tag, action, subject, estate_id, details)
        self._looked[id] = None
        if len(self._looked) > REMEMBERED:
            self._looked.popitem(last=False)

    def has_looked(self, by: Actor, action: str, subject: str, details: Mapping[str, Any] | None = None) -> bool:
        """Whether this very look is on record, as far as this process knows."""
        return self._look_id(by, action, subject, details) in self._looked

    def _look_id(self, by: Actor, action: str, subject: str, details: Mapping[str, Any] | None) -> str:
        turn = int(self._clock.now().timestamp() // LOOK.total_seconds())
        return derived(f"{by.tag}\n{action}\n{subject}\n{turn}\n{sorted((details or {}).items())}", "audit")

    async def _add(
        self, id: str, by: str, action: str, subject: str, estate_id: str, details: Mapping[str, Any] | None
    ) -> None:
        now = self._clock.now()
        with suppress(Duplicate):  # a repeat, or another process has seen the same look
            await self._stores.audit.add(
                id, at=now, by=by, action=action, subject=subject, details=details or {}, estate_id=estate_id
            )


def readable(row: AuditRow, reader: Actor) -> bool:
    """Whether this row concerns an estate of the reader, or is their own; who has all estates reads all."""
    return not reader.estates or row.by == reader.tag or row.estate_id in reader.estates
