"""Temporary media: bytes by media_id, gone after three days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.emulator.clock import EmulatorClock

LIFE = timedelta(days=3)
KEPT = 2000


@dataclass(frozen=True)
class Medium:
    """One photo, recording or film."""

    media_id: str
    type: str
    content: bytes
    content_type: str
    created_at: datetime


class MediaStore:
    """What was uploaded, by the account or from a phone."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._rows: dict[str, Medium] = {}

    def add(self, kind: str, content: bytes, content_type: str) -> Medium:
        """Keep it under a new media_id."""
        return self.put(Medium(secrets.token_urlsafe(48), kind, content, content_type, self._clock.now()))

    def put(self, medium: Medium) -> Medium:
        """Keep one that has its media_id already; the oldest give way to it when there are too many."""
        self._rows[medium.media_id] = medium
        while len(self._rows) > KEPT:
            del self._rows[next(iter(self._rows))]
        return medium

    def all(self) -> list[Medium]:
        """Everything that is kept."""
        return list(self._rows.values())

    def get(self, media_id: str) -> Medium | None:
        """It, while it is not older than three days."""
        medium = self._rows.get(media_id)
        if medium is None or self._clock.now() - medium.created_at >= LIFE:
            return None
        return medium

    def anyway(self, media_id: str) -> Medium | None:
        """It, however old: a phone goes on showing what it once received."""
        return self._rows.get(media_id)

    def exists(self, media_id: str) -> bool:
        """Whether it can still be used."""
        return self.get(media_id) is not None
