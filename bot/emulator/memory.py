"""Keeps people, phones, menu, codes and photos in a file, so that the demo goes on where it was left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.emulator.clock import write_atomically
from bot.emulator.mediastore import Medium
from bot.emulator.platform import Platform
from bot.emulator.scenes import Ticket
from bot.emulator.users import User

log = logging.getLogger(__name__)
DEBOUNCE = 0.5
"""Changes of so many seconds are written together."""


class KeptMedium(BaseModel):
    """A photo without its bytes; those are in a file of their own, named by the media_id."""

    media_id: str
    type: str
    content_type: str
    created_at: datetime


class KeptTicket(BaseModel):
    """A QR code."""

    ticket: str
    scene: str
    expires_at: datetime | None


class Kept(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="ignore")

    users: list[User] = []
    menu: dict[str, Any] | None = None
    tickets: list[KeptTicket] = []
    media: list[KeptMedium] = []


class Memory:
    """Reads the file at the start, writes it after changes and at the end."""

    def __init__(self, platform: Platform, file: Path) -> None:
        self._platform = platform
        self._file = file
        self._media = file.with_name(f"{file.name}.media")
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what was kept and begin to write."""
        await asyncio.to_thread(self._media.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(self._read)
        self._platform.users.on_change.append(self._changed)
        self._task = asyncio.create_task(self._run(), name="emulator memory")

    async def stop(self) -> None:
        """Write the last changes."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(DEBOUNCE)
            self._changed.clear()
            try:
                await self._write()
            except OSError as error:
                log.warning("cannot write %s, trying again after the next change: %s", self._file, error)

    def _read(self) -> None:
        if not self._file.exists():
            return
        try:
            kept = Kept.model_validate_json(self._file.read_bytes())
        except (ValidationError, ValueError) as error:
            aside = self._file.with_name(f"{self._file.name}.unreadable")
            self._file.replace(aside)
            log.warning("%s cannot be read, put aside as %s, starting empty: %s", self._file, aside, error)
            return
        for user in kept.users:
            self._platform.users.put(user)
        self._platform.menu = kept.menu
        for row in kept.tickets:
            self._platform.scenes.put(Ticket(row.ticket, row.scene, row.expires_at))
        for medium in kept.media:
            file = self._media / medium.media_id
            if file.exists():
                self._platform.media.put(
                    Medium(medium.media_id, medium.type, file.read_bytes(), medium.content_type, medium.created_at)
                )

    async def _write(self) -> None:
        # Taken on the loop, so that nothing changes meanwhile; only the writing is left to a thread.
        media = self._platform.media.all()
        kept = Kept(
            users=self._platform.users.all(),
            menu=self._platform.menu,
            tickets=[
                KeptTicket(ticket=row.ticket, scene=row.scene, expires_at=row.expires_at)
                for row in self._platform.scenes.all()
            ],
            media=[
                KeptMedium(
                    media_id=one.media_id, type=one.type, content_type=one.content_type, created_at=one.created_at
                )
                for one in media
            ],
        )
        await asyncio.to_thread(self._put, kept.model_dump_json(), media)

    def _put(self, text: str, media: list[Medium]) -> None:
        for medium in media:
            file = self._media / medium.media_id
            if not file.exists():
                file.write_bytes(medium.content)
        write_atomically(self._file, text)
