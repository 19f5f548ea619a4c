"""The demo's processes: started, waited for, started again when they die, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

READY_SECONDS = 60.0
PAUSES = (0.3, 1.0, 3.0, 10.0)
"""Seconds before a process that died is started again; the last one repeats."""
TAIL_LINES = 12


class NotReady(Exception):
    """A process ended, or stayed silent, before it was ready; the text holds the end of what it said."""


class Child:
    """One process, in a session of its own: Ctrl-C in the terminal reaches the demo alone, which then stops it."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path, ready: str
    ) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._log = log
        self._ready_line = ready
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Its process id, once it was started."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and return when it says that it is ready; raises ``NotReady``."""
        await self.launch()
        await self.wait_ready()

    async def launch(self) -> None:
        """Start it."""
        self._ready.clear()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.demo.child",
                *self._arguments,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,  # held open while we live, see child.py
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._reading = asyncio.create_task(self._read(self._process), name=f"{self.name} output")

    async def wait_ready(self) -> None:
        """Return when it says that it is ready; raises ``NotReady``."""
        assert self._process is not None
        ready = asyncio.create_task(self._ready.wait())
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ready, ended):
                task.cancel()
        if not self._ready.is_set():
            code = self._process.returncode
            how = f"ended with exit code {code}" if code is not None else f"was not ready after {READY_SECONDS:.0f} s"
            raise NotReady(f"{self.name} {how}. The end of {self._log}:\n{self.tail()}")

    async def keep(self, say: Callable[[str], None]) -> None:
        """Start it again whenever it dies; runs until cancelled."""
        assert self._process is not None
        falls = 0
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._process.wait()
            falls = 0 if asyncio.get_running_loop().time() - began > 60 else falls
            say(f"{self.name} stopped (exit code {code}); starting it again. Its log: {self._log}")
            await asyncio.sleep(PAUSES[min(falls, len(PAUSES) - 1)])
            falls += 1
            try:
                await self.start()
            except NotReady as failed:
                say(str(failed))

    async def stop(self, seconds: float) -> None:
        """Ask it to end, and end it by force when it does not within ``seconds``."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), seconds)
            except TimeoutError:
                self.kill()
                await process.wait()
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=1)
            self._reading.cancel()

    def kill(self) -> None:
        """End it by force."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def tail(self) -> str:
        """The end of what it said on stderr."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:]) or "  (nothing)"

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if line.decode(errors="replace").startswith(self._ready_line):
                self._ready.set()
