"""What happened: every API call, everything that was refused and why, and counts. Never a secret or a token."""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime

from pydantic import BaseModel

from bot.emulator.clock import EmulatorClock

KEPT = 20_000


class ApiCall(BaseModel):
    """One call of the platform's API."""

    id: int
    at: datetime
    path: str
    app_id: str | None = None
    openid: str | None = None
    user: str | None = None
    msgtype: str | None = None
    errcode: int = 0
    http_status: int = 200
    fault: int | None = None
    """Which ordered fault struck it."""
    milliseconds: float = 0


class Refusal(BaseModel):
    """Something the platform did not accept, with the reason in plain words."""

    id: int
    at: datetime
    what: str
    """``push`` or the API path."""
    user: str | None = None
    errcode: int | None = None
    reason: str
    push_id: int | None = None


class Journal:
    """Calls and refusals, the latest of them."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._calls: deque[ApiCall] = deque(maxlen=KEPT)
        self._refusals: deque[Refusal] = deque(maxlen=KEPT)
        self._last = 0
        self.counts: Counter[str] = Counter()

    def _next(self) -> int:
        self._last += 1
        return self._last

    def call(self, path: str) -> ApiCall:
        """Open the entry of a call; its maker fills in what becomes known."""
        entry = ApiCall(id=self._next(), at=self._clock.now(), path=path)
        self._calls.append(entry)
        self.counts[path] += 1
        return entry

    def refuse(
        self, what: str, user: str | None, reason: str, *, errcode: int | None = None, push_id: int | None = None
    ) -> None:
        """Note what was refused, to whom, and why."""
        self._refusals.append(
            Refusal(
                id=self._next(),
                at=self._clock.now(),
                what=what,
                user=user,
                errcode=errcode,
                reason=reason,
                push_id=push_id,
            )
        )

    def calls(self, after: int = 0, path: str | None = None) -> list[ApiCall]:
        """Calls after that entry, oldest first."""
        return [one for one in self._calls if one.id > after and path in (None, one.path)]

    def refusals(self, after: int = 0) -> list[Refusal]:
        """Refusals after that entry, oldest first."""
        return [one for one in self._refusals if one.id > after]

    def clear(self) -> None:
        """Forget all of it."""
        self._calls.clear()
        self._refusals.clear()
        self.counts.clear()
