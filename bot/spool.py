"""While MongoDB is away, pushes are kept in one fsynced file per process and handled on its return, in order.

A line is ``{"crc", "push"}`` in JSON; a torn last line (the machine died while writing) was never answered with 200,
so it is left out. Drained files are removed; what arrives meanwhile from an owner with spooled messages waits behind
them.
The file is locked while its process lives, and gets its name only when it is, so nobody takes it for a dead one's.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import logging
import os
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from bot.wechat.push import Push
from bot.wechat.rejected import Rejected

log = logging.getLogger(__name__)

SUFFIX = ".spool"
ASIDE = "set-aside.jsonl"


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

    def __len__(self) -> int:
        """How many pushes wait in this process's file."""
        return len(self._keys)

    def holds(self, owner: str) -> bool:
        """Whether something of this owner (``{app_id}:{openid}``) waits, here or in a dead process's file."""
        return self._owners[owner] > 0

    async def append(self, push: Push, owner: str) -> None:
        """Keep a push; on return it is on the disk. Raises SpoolError (disk full, folder gone)."""
        # Counted before the first pause: what this owner writes from now on comes after it.
        self._owners[owner] += 1
        kept = False
        try:
            async with self._lock:
                if push.key not in self._keys:
                    await asyncio.shield(asyncio.to_thread(self._write, _line(push)))
                    self._keys.add(push.key)
                    kept = True
        except OSError as failed:
            raise SpoolError(str(failed)) from failed
        finally:
            if not kept:
                self._less(owner)

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._file = self._open()
        start = self._file.seek(0, os.SEEK_END)
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, "only a part of the line was written")
            os.fsync(self._file.fileno())
        except OSError:
            # Half a line must not swallow the next one.
            self._file.truncate(start)
            raise

    def _open(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.new")
        file: IO[bytes] = open(new, "wb", buffering=0)  # noqa: SIM115 - open as long as something waits
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            new.replace(self._path)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            file.close()
            raise
        return file

    async def waiting(self) -> list[Push]:
        """What this process has kept and nobody has drained, by CreateTime."""
        async with self._lock:
            if self._file is None:
                return []
            pushes = await asyncio.to_thread(_read_path, self._path)
            return [push for push in pushes if push.key in self._keys]

    async def drained(self, key: str, owner: str) -> None:
        """This push is in the database now; the file goes when nothing is left."""
        async with self._lock:
            if key in self._keys:
                self._keys.discard(key)
                self._less(owner)
            if not self._keys and self._file is not None:
                self._path.unlink(missing_ok=True)
                self._file.close()
                self._file = None

    @contextmanager
    def left_by_the_dead(self) -> Iterator[list[tuple[Path, list[Push]]]]:
        """Files of processes that are gone, with what is in them, ours alone until the end; unlink what is drained."""
        found: list[tuple[Path, list[Push]]] = []
        with ExitStack() as files:
            for path in self._others():
                with suppress(FileNotFoundError, BlockingIOError):
                    file = open(path, "rb")  # noqa: SIM115 - closed with its lock, here or at the end
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        file.close()
                        raise
                    files.push(file)
                    if os.fstat(file.fileno()).st_nlink:
                        found.append((path, _read(path.name, file.read())))
            yield found

    def is_alone(self) -> bool:
        """Whether no other process, living or dead, keeps anything here: the rule, and cheap to ask for every push."""
        try:
            with os.scandir(self._folder) as entries:
                return not any(entry.name.endswith(SUFFIX) and entry.name != self._path.name for entry in entries)
        except OSError:  # there is no folder, or none that can be read: nothing is kept in it
            return True

    def of_others(self, known: Collection[Path]) -> list[Push]:
        """What is in the files of other processes, without those at the ``known`` paths."""
        pushes: list[Push] = []
        for path in self._others():
            if path not in known:
                with suppress(FileNotFoundError):
                    pushes += _read_path(path)
        return pushes

    def _others(self) -> list[Path]:
        return [path for path in sorted(self._folder.glob(f"*{SUFFIX}")) if path != self._path]

    @contextmanager
    def held(self, owners: Iterable[str]) -> Iterator[None]:
        """While a dead process's file is drained, what its owners write now waits behind it."""
        waiting = list(owners)
        self._owners.update(waiting)
        try:
            yield
        finally:
            for owner in waiting:
                self._less(owner)

    def set_aside(self, push: Push, why: str) -> None:
        """A push that cannot be taken in: kept with its reason for a person, out of the others' way."""
        with open(self._folder / ASIDE, "a", encoding="utf-8") as file:
            file.write(json.dumps({"why": why, "push": push.to_dict()}, ensure_ascii=False) + "\n")

    def _less(self, owner: str) -> None:
        self._owners[owner] -= 1
        if self._owners[owner] <= 0:
            del self._owners[owner]


def _line(push: Push) -> bytes:
    text = json.dumps(push.to_dict(), ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc": zlib.crc32(text.encode()), "push": text}, ensure_ascii=False).encode() + b"\n"


def _read_path(path: Path) -> list[Push]:
    return _read(path.name, path.read_bytes())


def _read(name: str, content: bytes) -> list[Push]:
    pushes: dict[str, Push] = {}
    # By "\n" only: splitlines would also cut at what owners may write.
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line:
            continue
        try:
            record: dict[str, Any] = json.loads(line)
            text = str(record["push"])
            if zlib.crc32(text.encode()) != record["crc"]:
                raise ValueError("checksum")
            push = Push.from_dict(json.loads(text))
        except (ValueError, KeyError, TypeError, Rejected) as torn:
            log.warning("%s line %d is torn and left out: %s", name, number, type(torn).__name__)
            continue
        pushes.setdefault(push.key, push)
    return sorted(pushes.values(), key=lambda push: push.created_at)
