"""Which answers have been written into their HTTP response: a small file per process, so that it survives ``kill -9``.

``> key`` goes in before the answer is written, ``< key`` after. From a dead process's file the sweeper knows which of
the stored answers never left (they are sent), which did, and which may have (unknown: never sent again by itself).
The file is locked while its process lives, and gets its name only when it is, so nobody takes it for a dead one's.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

SUFFIX = ".answers"
LARGE = 256_000
"""Bytes after which the file is written anew, with what still matters."""


class Journal:
    """The file of this process."""

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._path = folder / f"{process}{SUFFIX}"
        self._file = self._fresh(())
        self._written: list[str] = []
        self.begun: set[str] = set()
        """Answers whose writing began and did not end: under way now, or their connection broke."""

    def writing(self, key: str) -> None:
        """The answer to this message is about to be written."""
        self.begun.add(key)
        self._note(f"> {key}\n")

    def written(self, key: str) -> None:
        """It has been written."""
        self._note(f"< {key}\n")
        self.begun.discard(key)
        self._written.append(key)

    def forget(self, key: str) -> None:
        """What became of it is on record."""
        self.begun.discard(key)

    def take_written(self) -> list[str]:
        """What was written since the last call, to be put on record in the database."""
        taken, self._written = self._written, []
        return taken

    def give_back(self, keys: list[str]) -> None:
        """Putting these on record failed; they come with the next ones."""
        self._written = keys + self._written

    def start_over(self) -> None:
        """What was written is on record, so the file need not grow."""
        try:
            if not self.begun and not self._written:
                self._file.truncate(0)
            elif os.fstat(self._file.fileno()).st_size > LARGE:
                lines = [*(f"> {key}\n" for key in self.begun), *(f"< {key}\n" for key in self._written)]
                before = self._file
                self._file = self._fresh(lines)
                before.close()
        except OSError:
            log.exception("the file of answers stays as it is")

    def close(self, *, settled: bool) -> None:
        """The process ends in order. ``settled``: nothing is left to find out, so the file goes."""
        if settled and not self.begun:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _fresh(self, lines: Iterable[str]) -> IO[bytes]:
        """A locked file with these lines, put in its place in one step."""
        new = self._path.with_name(f"{self._path.name}.new")
        file: IO[bytes] = open(new, "wb", buffering=0)  # noqa: SIM115 - open as long as the process
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("".join(lines).encode())
        new.replace(self._path)
        return file

    def _note(self, line: str) -> None:
        try:
            self._file.write(line.encode())
        except OSError:
            # A full disk must not keep the owner from the answer; what is lost is only what a crash would ask for.
            log.exception("an answer is not noted")


@dataclass(slots=True)
class Noted:
    """What one process noted."""

    process: str
    path: Path
    written: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    """Begun and not ended."""

    def remove(self) -> None:
        """Everything in it is settled."""
        self.path.unlink(missing_ok=True)


@contextmanager
def noted(folder: Path) -> Iterator[tuple[list[Noted], list[Noted]]]:
    """The files of dead processes, locked by us while they are looked at, and those of living ones."""
    dead: list[Noted] = []
    living: list[Noted] = []
    held: list[IO[bytes]] = []
    try:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                file = open(path, "rb")  # noqa: SIM115 - closed below, with its lock
            except FileNotFoundError:
                continue
            held.append(file)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found = dead
            except BlockingIOError:
                found = living
            if os.fstat(file.fileno()).st_nlink:
                found.append(_read(path, file))
        yield dead, living
    finally:
        for one in held:
            one.close()


def _read(path: Path, file: IO[bytes]) -> Noted:
    lines = file.read().decode("utf-8", "replace").splitlines()
    written = {line[2:] for line in lines if line.startswith("< ")}
    begun = {line[2:] for line in lines if line.startswith("> ")} - written
    return Noted(path.name.removesuffix(SUFFIX), path, written, begun)
