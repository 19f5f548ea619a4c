"""How often somebody may ask, counted in this process: against stuck scripts and guessing, not a shared quota."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from desk.api.errors import ApiError

MOST_NAMES = 10_000


class Limit:
    """At most ``count`` within ``seconds`` per name. Names that are quiet are forgotten; memory is bounded."""

    def __init__(self, count: int, seconds: float, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._timer = timer
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one; raises a 429 that says when to come back."""
        self.check(name)
        times = self._seen.setdefault(name, deque())
        self._seen.move_to_end(name)
        times.append(self._timer())
        while len(self._seen) > MOST_NAMES:
            self._seen.popitem(last=False)

    def check(self, name: str) -> None:
        """Raise a 429 if nothing is left, without counting."""
        times = self._seen.get(name)
        if times is None:
            return
        now = self._timer()
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._count:
            wait = max(1, int(times[0] + self._seconds - now) + 1)
            raise ApiError(
                429,
                "too_many",
                f"太频繁了,请 {wait} 秒后再试",
                headers={"Retry-After": str(wait)},
                details={"wait": wait},
            )
