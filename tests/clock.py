"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.clock import to_millis

TUESDAY_MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on an ordinary working day."""


class FixedClock:
    """Business time as the test says; the machine's time really passes, plus what ``move_wall`` added."""

    def __init__(self, at: datetime = TUESDAY_MORNING) -> None:
        self.at = at
        self.wall_offset = timedelta()

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return self.at

    def wall(self) -> datetime:
        """The machine's time, aware, UTC: leases and back-offs go on while business time stands."""
        return to_millis(datetime.now(UTC) + self.wall_offset)

    def move(self, **by: float) -> datetime:
        """Let business time pass: ``move(hours=1, minutes=5)``. Returns the new time."""
        self.at = to_millis(self.at + timedelta(**by))
        return self.at

    def move_wall(self, **by: float) -> None:
        """Let the machine's time jump, to see a lease or a back-off run out."""
        self.wall_offset += timedelta(**by)

    def set(self, at: datetime) -> None:
        """Go to a moment."""
        self.at = to_millis(at)
