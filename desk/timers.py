"""What is to happen at a time: planned here by any part of the desk, run by whichever worker takes it first.

The rows are in MongoDB (``store/timers.py``), the loop is ``bot/timers.py``. How to use it: docs/timers.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from store.clock import to_millis
from store.stores import Stores
from store.timers import Timer

Work = Callable[[Timer], Awaitable[datetime | None]]
"""What a timer does. A time given back runs the same timer again then; None: it is done."""


class Schedule:
    """Plans timers, and knows what each kind of them does."""

    def __init__(self, stores: Stores) -> None:
        self._timers = stores.timers
        self._kinds: dict[str, Work] = {}

    # ---- what a kind does ----

    def on(self, kind: str, work: Work) -> None:
        """Run ``work`` for timers of this kind. A kind that is taken is refused."""
        if kind in self._kinds:
            raise ValueError(f"timer kind {kind} is wired twice")
        self._kinds[kind] = work

    def work_of(self, kind: str) -> Work | None:
        """What a kind does, or None."""
        return self._kinds.get(kind)

    # ---- when ----

    async def plan(
        self,
        id: str,
        kind: str,
        due: datetime,
        ticket_id: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Plan it once: a timer with this id that is there already (also one that is over) stays as it is."""
        await self._timers.plan([_timer(id, kind, due, ticket_id, data)])

    async def plan_again(
        self,
        id: str,
        kind: str,
        due: datetime,
        ticket_id: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Plan it for ``due`` whatever it was before; a run that is under way now will not move it again."""
        await self._timers.plan_again(_timer(id, kind, due, ticket_id, data))

    async def cancel(self, ticket_id: str, *kinds: str) -> int:
        """These kinds no longer matter for this ticket; gives how many were taken back."""
        return await self._timers.cancel(ticket_id, kinds)


def _timer(id: str, kind: str, due: datetime, ticket_id: str | None, data: Mapping[str, Any] | None) -> Timer:
    if due.tzinfo is None:
        raise ValueError(f"timer {id}: a time without a zone")
    return Timer(id=id, kind=kind, due=to_millis(due), ticket_id=ticket_id, data=dict(data or {}))
