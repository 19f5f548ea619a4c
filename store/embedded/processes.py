"""Processes that are not our children: found by their command line, watched, stopped.

An embedded server outlives the process that started it when others still use it, so nobody is its parent. A process is
taken for ours only while its command line holds the server's mark (a path inside the data folder): a number that the
system has given to somebody else in the meantime is never signalled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

STOP_SECONDS = 8.0
_PROC = Path("/proc")


def start(command: list[str], log: Path) -> int:
    """Start a program in a session of its own (Ctrl-C in our terminal does not reach it) and return its pid."""
    if log.exists() and log.stat().st_size > 4_000_000:
        log.unlink()
    with log.open("ab") as out:
        # The shell ends at once, so that the program is the system's child and not ours: no zombie is left with us.
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" </dev/null >&3 2>&3 3>&- & echo $!', "sh", *command],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            stderr=out,
            cwd=log.parent,
            pass_fds=(),
            start_new_session=True,
            check=True,
            timeout=30,
        )
    return int(shell.stdout)


def runs(pid: int, mark: str) -> bool:
    """Whether ``pid`` is alive and still the program we started."""
    return mark in _arguments(pid)


def find(mark: str) -> list[int]:
    """The pids of all living processes that carry the mark; finds what no file tells of any more."""
    return [pid for pid in _all_pids() if pid != os.getpid() and mark in _arguments(pid)]


def stop(pids: list[int], mark: str, seconds: float = STOP_SECONDS) -> None:
    """Ask the processes to end, wait, and end those by force that do not; returns when none is left."""
    _send(pids, mark, signal.SIGTERM)
    if not _gone(pids, mark, seconds):
        _send(pids, mark, signal.SIGKILL)
        _gone(pids, mark, seconds)


def _send(pids: list[int], mark: str, what: signal.Signals) -> None:
    for pid in pids:
        if runs(pid, mark):
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                continue  # ended between the look and the signal


def _gone(pids: list[int], mark: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(runs(pid, mark) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _arguments(pid: int) -> list[str]:
    """The command line of a living process; empty for one that is gone or only a zombie."""
    if not _PROC.is_dir():
        return _arguments_by_ps(pid)
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").split("\0")


def _all_pids() -> list[int]:
    if _PROC.is_dir():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=True, timeout=10)
    return [int(line) for line in listing.stdout.split()]


def _arguments_by_ps(pid: int) -> list[str]:
    asked = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    return asked.stdout.split()
