"""The demo's clock: all processes of the machine follow the offset that the emulator writes to a file."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

from store.clock import SystemClock

LOOK_AGAIN_SECONDS = 0.5


class FollowingClock(SystemClock):
    """A clock whose offset stands in a file: ``{"offset_seconds": n}``. No file: the machine's own time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._looked = -LOOK_AGAIN_SECONDS
        self._changed = 0.0

    def now(self) -> datetime:
        """Business time: the machine's plus the offset in the file."""
        if time.monotonic() - self._looked >= LOOK_AGAIN_SECONDS:
            self._looked = time.monotonic()
            self._look()
        return super().now()

    def _look(self) -> None:
        try:
            changed = self._path.stat().st_mtime
            if changed != self._changed:
                self.offset = timedelta(seconds=float(json.loads(self._path.read_text())["offset_seconds"]))
                self._changed = changed
        except (OSError, ValueError, KeyError, TypeError):
            return  # no file yet, or caught while it was being written: the last offset stays
