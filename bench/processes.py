"""Processes under measurement: started, watched, ended by their id."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
READY_WITHIN = 30.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    url: str
    ready_after: float
    """Seconds from its start to its ``ready`` line."""

    def cpu(self) -> float:
        """CPU seconds used so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident memory in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@asynccontextmanager
async def running(*arguments: str, env: dict[str, str]) -> AsyncIterator[Server]:
    """``python ARGUMENTS`` until it prints ``ready URL``; ended on leaving."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **env}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_WITHIN):
            while not (line := (await process.stdout.readline()).decode()).startswith("ready "):
                if not line:
                    raise RuntimeError(f"{' '.join(arguments)} ended before it was ready")
        yield Server(process.pid, line.split()[1], time.perf_counter() - began)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()
