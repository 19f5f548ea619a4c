"""How often somebody may ask, counted in this process: against stuck scripts and guessing, not a shared quota."""

from __future__ import annotations

import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from desk.api.errors import ApiError


class Limit:
    """At most ``count`` within ``seconds`` per name. Names that are quiet are forgotten."""

    def __init__(self, count: int, seconds: int) -> None:
        self._rate = RateLimitItemPerSecond(count, seconds)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def take(self, name: str) -> None:
        """Count one; raises a 429 that says when to come back."""
        if not self._window.hit(self._rate, name):
            self._refuse(name)

    def check(self, name: str) -> None:
        """Raise a 429 if nothing is left, without counting."""
        if not self._window.test(self._rate, name):
            self._refuse(name)

    def _refuse(self, name: str) -> None:
        wait = max(1, int(self._window.get_window_stats(self._rate, name).reset_time - time.time()) + 1)
        raise ApiError(
            429, "too_many", f"太频繁了,请 {wait} 秒后再试", headers={"Retry-After": str(wait)}, details={"wait": wait}
        )
