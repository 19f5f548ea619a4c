"""The one clock, passed in everywhere.

``now()`` is business time: deadlines, quiet hours, windows, what people read. The demo may move it ("skip 1 hour").
``wall()`` is the machine's own time and is never moved: leases and back-offs use it, so that a skipped hour does not
make every lease look dead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where times come from."""

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        ...

    def wall(self) -> datetime:
        """The machine's time, aware, UTC; for leases and back-offs."""
        ...


class SystemClock:
    """The machine's clock plus an offset that the demo moves; zero in production."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        at = datetime.now(UTC)
        return to_millis(at + self.offset if self.offset else at)

    def wall(self) -> datetime:
        """The machine's time, aware, UTC."""
        return to_millis(datetime.now(UTC))


def to_millis(at: datetime) -> datetime:
    """Cut to milliseconds, which is all that MongoDB keeps: what is written compares equal to what is read."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
