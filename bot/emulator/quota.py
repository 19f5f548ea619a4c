"""Daily quotas: each app may call each API so often a day, counted from midnight in Shanghai, as the platform does."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.emulator.clock import EmulatorClock
from bot.emulator.errors import ApiError

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMITS: dict[str, int] = {
    "cgi-bin/token": 2000,
    "cgi-bin/menu/create": 1000,
    "cgi-bin/menu/get": 10_000,
    "cgi-bin/media/upload": 5000,
    "cgi-bin/media/get": 10_000,
    "cgi-bin/message/custom/send": 500_000,
    "cgi-bin/message/mass/send": 100,
    "cgi-bin/qrcode/create": 100_000,
    "cgi-bin/user/get": 500,
    "cgi-bin/user/info": 5_000_000,
}
"""Those of a new account (fact sheet 6.1). What is not here is not counted."""
RESETS = 10
"""So often a month an app may clear its counters."""


class Quotas:
    """Counts the calls of a day."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._limits = dict(LIMITS)
        self._day = ""
        self._used: Counter[tuple[str, str]] = Counter()
        self._resets: Counter[tuple[str, str]] = Counter()

    def limit(self, path: str, calls: int) -> None:
        """Another limit, so that a test need not make half a million calls."""
        self._limits[path] = calls

    def count(self, app_id: str, path: str) -> None:
        """One call more; 45009 when the day's are used up. A refused one counts too: who hammers, waits no less."""
        self._turn()
        if path not in self._limits:
            return
        self._used[app_id, path] += 1
        if self._used[app_id, path] > self._limits[path]:
            raise ApiError(
                45009, why=f"{path}: all {self._limits[path]} calls of the day used, until midnight in Shanghai"
            )

    def state(self, app_id: str, path: str) -> dict[str, int]:
        """``daily_limit``, ``used``, ``remain`` of one API; raises 76021 for a path that has no quota."""
        self._turn()
        limit = self._limits.get(path)
        if limit is None:
            raise ApiError(76021, why=f"cgi_path {path!r} has no daily quota: {', '.join(sorted(self._limits))}")
        used = min(self._used[app_id, path], limit)
        return {"daily_limit": limit, "used": used, "remain": limit - used}

    def all(self) -> list[dict[str, str | int]]:
        """What was used today, for whoever looks."""
        self._turn()
        rows: list[dict[str, str | int]] = []
        for app_id, path in sorted(self._used):
            rows.append({"app_id": app_id, "path": path, **self.state(app_id, path)})
        return rows

    def clear(self, app_id: str) -> None:
        """Begin the day anew for this app; 48006 when that was done too often this month."""
        self._turn()
        month = self._now().strftime("%Y-%m")
        if self._resets[app_id, month] >= RESETS:
            raise ApiError(48006, why=f"clear_quota was used {RESETS} times this month")
        self._resets[app_id, month] += 1
        for key in [key for key in self._used if key[0] == app_id]:
            del self._used[key]

    def _now(self) -> datetime:
        return self._clock.now().astimezone(SHANGHAI)

    def _turn(self) -> None:
        day = self._now().strftime("%Y-%m-%d")
        if day != self._day:
            self._day = day
            self._used.clear()
