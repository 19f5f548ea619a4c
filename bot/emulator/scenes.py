"""QR codes with a scene: tickets, what they mean, and how long they work."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.emulator.clock import EmulatorClock
from bot.emulator.errors import ControlError


@dataclass(frozen=True)
class Ticket:
    """A QR code as the platform knows it."""

    ticket: str
    scene: str
    expires_at: datetime | None


class Scenes:
    """All codes that were made."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._by_ticket: dict[str, Ticket] = {}
        self._by_scene: dict[str, Ticket] = {}

    def make(self, scene: str, seconds: int | None) -> Ticket:
        """A code for this scene; None seconds makes it permanent."""
        now = self._clock.now()
        expires_at = None if seconds is None else now + timedelta(seconds=seconds)
        text = hashlib.sha256(f"{scene}{now.isoformat()}".encode()).digest() * 2
        row = Ticket("gQ" + base64.b64encode(text).decode()[:86], scene, expires_at)
        self.put(row)
        return row

    def put(self, row: Ticket) -> None:
        """Add a code that exists already."""
        self._by_ticket[row.ticket] = self._by_scene[row.scene] = row

    def all(self) -> list[Ticket]:
        """Every code."""
        return list(self._by_ticket.values())

    def scanned(self, scene: str | None, ticket: str | None) -> Ticket:
        """What a camera reads. A scene nobody made counts as an old permanent code; an expired one is refused."""
        if ticket is not None:
            row = self._by_ticket.get(ticket)
            if row is None:
                raise ControlError(
                    404, "no_such_ticket", "no QR code has this ticket: make one with cgi-bin/qrcode/create"
                )
        elif scene:
            row = self._by_scene.get(scene) or self.make(scene, None)
        else:
            raise ControlError(400, "no_scene", "say which code is scanned: scene or ticket")
        if row.expires_at is not None and row.expires_at <= self._clock.now():
            raise ControlError(409, "code_expired", f"this QR code expired at {row.expires_at.isoformat()}")
        return row
