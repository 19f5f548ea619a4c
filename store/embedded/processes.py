"""Processes that are not our children: found by their command line, watched, stopped.

An embedded server outlives the process that started it when others still use it, so nobody is its parent. A process is
taken for ours only while its command line holds the server's mark (a flag and a path inside the data folder): a number
that the system has given to somebody else in the meantime is never signalled.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 8.0
LOG_BYTES = 4_000_000
_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A server's process, known by its mark."""

    pid: int
    mark: tuple[str, str]

    def runs(self) -> bool:
        """Whether it is alive and still the program we mean."""
        return _carries(self.pid, self.mark)

    def port(self) -> int | None:
        """The port it was told to listen on."""
        told = re.search(r" --port (\d+) ", _command_line(self.pid))
        return int(told[1]) if told else None


def start(command: list[str], mark: tuple[str, str], log: Path) -> Process:
    """Start a program in a session of its own: Ctrl-C in our terminal does not reach it."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    with log.open("ab") as out:
        # The shell ends at once, so the program is the system's child and not ours: it leaves no zombie with us.
        shell = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" </dev/null >&2 & echo $!', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            cwd=log.parent,
            start_new_session=True,
            check=True,
            timeout=30,
        )
    return Process(int(shell.stdout), mark)


def find(mark: tuple[str, str]) -> list[Process]:
    """All living processes that carry the mark, also those that no file tells of any more."""
    return [Process(pid, mark) for pid in _all_pids() if _carries(pid, mark)]


def stop(processes: Sequence[Process], seconds: float | None = None) -> None:
    """Ask the processes to end, and end those by force that do not; returns when none is left."""
    _send(processes, signal.SIGTERM)
    seconds = STOP_SECONDS if seconds is None else seconds
    if not _gone(processes, seconds):
        _send(processes, signal.SIGKILL)
        _gone(processes, 5)


def _send(processes: Sequence[Process], what: signal.Signals) -> None:
    for process in processes:
        if process.runs():
            try:
                os.kill(process.pid, what)
            except ProcessLookupError:
                continue  # it ended between the look and the signal


def _gone(processes: Sequence[Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(process.runs() for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _carries(pid: int, mark: tuple[str, str]) -> bool:
    return f" {' '.join(mark)} " in _command_line(pid)


def _command_line(pid: int) -> str:
    """The arguments of a living process with a space around each; blank for one that is gone or only a zombie."""
    if not _PROC.is_dir():  # macOS
        return f" {_ps('-ww', '-o', 'command=', '-p', str(pid)).strip()} "
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return f" {raw.decode(errors='replace').rstrip(chr(0)).replace(chr(0), ' ')} "


def _all_pids() -> list[int]:
    names = [entry.name for entry in _PROC.iterdir()] if _PROC.is_dir() else _ps("-axo", "pid=").split()
    return [int(name) for name in names if name.isdigit()]


def _ps(*arguments: str) -> str:
    asked = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False, timeout=10)
    return asked.stdout
