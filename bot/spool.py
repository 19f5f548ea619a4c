"""While MongoDB is away, pushes are kept in one fsynced file per process and handled on its return, in order.

A line is ``{"crc", "push"}`` in JSON; a torn last line (the machine died while writing) was never answered with 200, so it
is left out. Drained files are removed; what arrives meanwhile from an owner with spooled messages waits behind them.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from bot.wechat.push import Push

log = logging.getLogger(__name__)

SUFFIX = ".spool"


class SpoolError(Exception):
    """The push could not be kept; the platform must repeat it (503)."""


class Spool:
    """The file of this process, and those that dead ones left."""

    def __init__(self, folder: Path, process: str) -> None:
        self._folder = folder
        self._path = folder / f"{process}{SUFFIX}"
        self._file: IO[bytes] | None = None
        self._lock = asyncio.Lock()
        self._owners: Counter[str] = Counter()
        self._keys: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of this process waits."""
        return not self._keys

    def holds(self, owner: str) -> bool:
        """Whether something of this owner (``{app_id}:{openid}``) waits."""
        return self._owners[owner] > 0

    async def append(self, push: Push, owner: str) -> None:
        """Keep a push; on return it is on the disk. Raises SpoolError (disk full, folder gone)."""
        async with self._lock:
            if push.key in self._keys:
                return
            try:
                await asyncio.to_thread(self._write, _line(push))
            except OSError as failed:
                raise SpoolError(str(failed)) from failed
            self._keys.add(push.key)
            self._owners[owner] += 1

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "ab", buffering=0)  # noqa: SIM115 - open as long as something waits
            fcntl.flock(self._file, fcntl.LOCK_EX)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        start = self._file.tell()
        try:
            self._file.write(line)
            os.fsync(self._file.fileno())
        except OSError:
            # Half a line must not swallow the next one.
            self._file.truncate(start)
            raise

    async def waiting(self) -> list[Push]:
        """What this process has kept, by CreateTime."""
        async with self._lock:
            if self._file is None:
                return []
            return await asyncio.to_thread(_read, self._path)

    async def drained(self, owner_of: dict[str, str]) -> None:
        """These keys (with their owners) are in the database now; the file goes when nothing is left."""
        async with self._lock:
            for key, owner in owner_of.items():
                if key in self._keys:
                    self._keys.discard(key)
                    self._owners[owner] -= 1
            if not self._keys and self._file is not None:
                self._path.unlink(missing_ok=True)
                self._file.close()
                self._file = None

    def left_by_the_dead(self) -> Iterator[tuple[Path, list[Push]]]:
        """Files of processes that are gone, with what is in them; remove each with ``remove`` once it is drained."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            if path == self._path:
                continue
            try:
                file = open(path, "rb")  # noqa: SIM115 - closed below, with its lock
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path, _read(path)
            except BlockingIOError:
                continue
            finally:
                file.close()

    @staticmethod
    def remove(path: Path) -> None:
        """A dead process's file is drained."""
        path.unlink(missing_ok=True)


def _line(push: Push) -> bytes:
    text = json.dumps(push.to_dict(), ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc": zlib.crc32(text.encode()), "push": text}, ensure_ascii=False).encode() + b"\n"


def _read(path: Path) -> list[Push]:
    pushes: dict[str, Push] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            record: dict[str, Any] = json.loads(line)
            text = str(record["push"])
            if zlib.crc32(text.encode()) != record["crc"]:
                raise ValueError("checksum")
            push = Push.from_dict(json.loads(text))
        except (ValueError, KeyError) as torn:
            log.warning("%s line %d is torn and left out: %s", path.name, number, type(torn).__name__)
            continue
        pushes.setdefault(push.key, push)
    return sorted(pushes.values(), key=lambda push: push.created_at)
