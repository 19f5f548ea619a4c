"""Which answers have been written into their HTTP response: a small file per process, so that it survives ``kill -9``.

``> key`` goes in before the answer is written, ``< key`` after. From a dead process's file the sweeper knows which of the
stored answers never left (they are sent), which did, and which may have (unknown: never sent again by itself).
The file is locked while its process lives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

SUFFIX = ".answers"


class Journal:
    """The file of this process."""

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{process}{SUFFIX}"
        self._file: IO[bytes] = open(self._path, "ab", buffering=0)  # noqa: SIM115 - open as long as the process
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._written: list[str] = []
        self._begun = 0

    def writing(self, key: str) -> None:
        """The answer to this message is about to be written."""
        self._begun += 1
        self._file.write(f"> {key}\n".encode())

    def written(self, key: str) -> None:
        """It has been written."""
        self._file.write(f"< {key}\n".encode())
        self._begun -= 1
        self._written.append(key)

    def take_written(self) -> list[str]:
        """What was written since the last call, to be put on record in the database."""
        taken, self._written = self._written, []
        return taken

    def give_back(self, keys: list[str]) -> None:
        """Putting these on record failed; they come with the next ones."""
        self._written = keys + self._written

    def start_over(self) -> None:
        """What was written is on record: the file need not grow. Left alone while something is being written."""
        if not self._begun and not self._written:
            self._file.truncate(0)

    def close(self, *, settled: bool) -> None:
        """The process ends in order. ``settled``: nothing is left to find out, so the file goes."""
        if settled and not self._begun:
            self._path.unlink(missing_ok=True)
        self._file.close()


class DeadJournal:
    """What a dead process left."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.process = path.name.removesuffix(SUFFIX)
        self._path = path
        self._file = file
        lines = file.read().decode("utf-8", "replace").splitlines()
        self.written = {line[2:] for line in lines if line.startswith("< ")}
        self.begun = {line[2:] for line in lines if line.startswith("> ")} - self.written

    def remove(self) -> None:
        """Everything in it is settled."""
        self._path.unlink(missing_ok=True)


def dead_journals(folder: Path) -> Iterator[DeadJournal]:
    """The files whose process is gone; each stays locked by us while it is looked at."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            file = open(path, "rb")  # noqa: SIM115 - closed below, with its lock
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_nlink:
                yield DeadJournal(path, file)
        except BlockingIOError:
            continue
        finally:
            file.close()
