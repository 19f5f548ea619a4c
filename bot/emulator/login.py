"""Codes that a mini-program gets on the phone and changes for something at the server: valid five minutes, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.emulator.clock import EmulatorClock
from bot.emulator.errors import ApiError

LIFE = timedelta(minutes=5)
Purpose = Literal["login", "phone"]


@dataclass
class Code:
    """Whose code it is and what for."""

    user: str
    purpose: Purpose
    expires_at: datetime
    used: bool = False


class Codes:
    """All codes that were given out of late."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._rows: dict[str, Code] = {}

    def make(self, user: str, purpose: Purpose) -> str:
        """A new code."""
        now = self._clock.now()
        self._rows = {key: row for key, row in self._rows.items() if row.expires_at + timedelta(hours=1) > now}
        code = "0" + secrets.token_urlsafe(24)[:31]
        self._rows[code] = Code(user, purpose, now + LIFE)
        return code

    def owner(self, code: object) -> str | None:
        """Whose code it is, without using it."""
        row = self._rows.get(code) if isinstance(code, str) else None
        return row.user if row else None

    def use(self, code: str, purpose: Purpose) -> str:
        """The name of its owner, once; afterwards 40163, or 40029 when it is too old, invented or for another use."""
        row = self._rows.get(code)
        if row is None or row.purpose != purpose:
            raise ApiError(40029, why=f"no {purpose} code of that value was given out")
        if row.expires_at <= self._clock.now():
            raise ApiError(40029, why="the code is older than 5 minutes")
        if row.used:
            raise ApiError(40163 if purpose == "login" else 40029, why="the code was used before")
        row.used = True
        return row.user
