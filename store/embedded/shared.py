"""Embedded servers shared by all processes of one data folder.

The first process that attaches starts the servers, others use them, the last one stops them. Who is attached is said by
a shared lock on ``run/stores.in-use``, which the system lets go however a process ends; starting, mending and stopping
happen under ``run/stores.lock``, one process at a time. What runs is read off the running processes, so that a start
after everything was killed finds, uses or ends what was left over. ``run/stores.json`` tells addresses to people and
tools and keeps the port on which a server that died must come back.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from store.embedded import mongodb, processes, redis
from store.embedded.processes import Process
from store.embedded.server import EmbeddedUnavailable, Server, free_port

START_SECONDS = 30.0
LOCK_SECONDS = 60.0
WATCH_SECONDS = 0.5

log = logging.getLogger(__name__)


class SharedServers:
    """The servers of one data folder as one attached process sees them. Blocking: call it in a thread."""

    def __init__(self, data_dir: Path, *, need_mongodb: bool, need_redis: bool, lasting: bool = True) -> None:
        self._data = data_dir.resolve()
        self._run = self._data / "run"
        self._all = [mongodb.mongodb(self._data, lasting=lasting), redis.redis(self._data, lasting=lasting)]
        self._needed = [server for server, need in zip(self._all, (need_mongodb, need_redis), strict=True) if need]
        self._running: dict[str, tuple[Process, int]] = {}
        self._in_use: TextIOWrapper | None = None
        self._turn = threading.Lock()

    def open(self) -> None:
        """Attach; start what is needed and does not run yet."""
        try:
            self._run.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedUnavailable(
                f"{self._run} cannot be made ({error.strerror}): set GUANJIA_DATA_DIR to a folder that may be written."
            ) from error
        with self._turn, self._locked():
            in_use = (self._run / "stores.in-use").open("a", encoding="utf-8")
            try:
                alone = _try_lock(in_use, fcntl.LOCK_EX)
                fcntl.flock(in_use, fcntl.LOCK_SH)
                for server in self._needed:
                    self._running[server.name] = self._find_or_start(server, keep_port=not alone)
            except BaseException:
                self._leave(in_use)
                raise
            self._in_use = in_use

    def mend(self) -> None:
        """Start again, on the same port, what has died; nothing once this process has let go."""
        if self.sound():
            return
        with self._turn, self._locked():
            if self._in_use is None:
                return
            for server in self._needed:
                process, _ = self._running[server.name]
                if not process.runs():
                    log.warning("embedded %s (process %s) is gone; starting it again", server.name, process.pid)
                    self._running[server.name] = self._find_or_start(server, keep_port=True)

    def sound(self) -> bool:
        """Whether every server that this process uses is alive."""
        return all(process.runs() for process, _ in self._running.values())

    def close(self) -> None:
        """Let go; the last one stops the servers and returns when they are gone."""
        with self._turn:
            if self._in_use is None:
                return
            in_use, self._in_use = self._in_use, None
            with self._locked():
                self._leave(in_use)

    def url(self, name: str) -> str | None:
        """Where this server is; None when it was not asked for."""
        for server in self._needed:
            if server.name == name and name in self._running:
                return server.url(self._running[name][1])
        return None

    def _leave(self, in_use: TextIOWrapper) -> None:
        with in_use:
            if _try_lock(in_use, fcntl.LOCK_EX):  # nobody else is attached
                processes.stop([process for server in self._all for process in processes.find(server.mark)])
                (self._run / "stores.json").unlink(missing_ok=True)

    def _find_or_start(self, server: Server, *, keep_port: bool) -> tuple[Process, int]:
        """The server that runs already, or a new one; on the old port when others hold connections to it."""
        left = processes.find(server.mark)
        if len(left) == 1:
            port = left[0].port()
            if port is not None and self._wait_for(server, left[0], port):
                self._tell(server, left[0], port)
                return left[0], port
        processes.stop(left)
        port = self._told_port(server) if keep_port else None
        for _ in range(3):
            process, at = self._start(server, port)
            if process is not None:
                self._tell(server, process, at)
                return process, at
        raise EmbeddedUnavailable(
            f"The embedded {server.name} does not start{f' on port {port}' if port else ''}. "
            f"The end of {self._log_of(server)}:\n{_tail(self._log_of(server))}"
        )

    def _start(self, server: Server, port: int | None) -> tuple[Process | None, int]:
        at = port or free_port()
        process = processes.start(server.command(at), server.mark, self._log_of(server))
        if self._wait_for(server, process, at):
            return process, at
        processes.stop([process])
        return None, at

    def _wait_for(self, server: Server, process: Process, port: int) -> bool:
        """Whether it gets ready; asks who answers, since another program may have taken the port before it."""
        deadline = time.monotonic() + START_SECONDS
        while process.runs() and time.monotonic() < deadline:
            if server.answering(port) == process.pid:
                return True
            time.sleep(0.02)
        return False

    def _tell(self, server: Server, process: Process, port: int) -> None:
        told = self._told()
        told[server.name] = {"pid": process.pid, "port": port, "url": server.url(port)}
        fresh = self._run / "stores.json.new"
        fresh.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self._run / "stores.json")

    def _told(self) -> dict[str, dict[str, object]]:
        try:
            told = json.loads((self._run / "stores.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return told if isinstance(told, dict) else {}

    def _told_port(self, server: Server) -> int | None:
        port = self._told().get(server.name, {}).get("port")
        return port if isinstance(port, int) else None

    def _log_of(self, server: Server) -> Path:
        return self._run / f"{server.name}.log"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._run / "stores.lock").open("a", encoding="utf-8") as lock:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _try_lock(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise EmbeddedUnavailable(
                        f"Another process is starting or stopping stores in {self._run}, for too long."
                    )
                time.sleep(0.02)
            yield


class EmbeddedStores:
    """What ``attach`` gives: two addresses, kept working until ``close``."""

    def __init__(self, servers: SharedServers) -> None:
        self._servers = servers
        self._watching = asyncio.create_task(self.watch(), name="embedded-stores-watch")

    @property
    def mongodb_uri(self) -> str | None:
        """The embedded MongoDB; None when it was not asked for."""
        return self._servers.url("mongodb")

    @property
    def redis_url(self) -> str | None:
        """The embedded Redis; None when it was not asked for."""
        return self._servers.url("redis")

    async def watch(self) -> None:
        """Bring servers back that die, on their port, so that clients connect again. Runs until closed."""
        pause = WATCH_SECONDS
        while True:
            await asyncio.sleep(pause)
            if self._servers.sound():
                pause = WATCH_SECONDS
                continue
            try:
                await asyncio.to_thread(self._servers.mend)
            except (EmbeddedUnavailable, OSError) as error:  # a full disk, say, may be mended meanwhile
                log.error("embedded stores: %s", error)
                pause = min(pause * 2, 10.0)

    async def close(self) -> None:
        """Let go; the last process of the data folder stops the servers. A second call does nothing."""
        self._watching.cancel()
        await asyncio.wait([self._watching])
        if not self._watching.cancelled() and (error := self._watching.exception()) is not None:
            log.error("embedded stores were no longer watched: %r", error)
        await _finished(asyncio.to_thread(self._servers.close))

    async def __aenter__(self) -> EmbeddedStores:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def attach(data_dir: Path, *, need_mongodb: bool, need_redis: bool, lasting: bool = True) -> EmbeddedStores:
    """Use the embedded servers of ``data_dir``, starting them when nobody has. Raises ``EmbeddedUnavailable``.

    Not ``lasting`` keeps everything in memory, for tests; all processes of one folder must say the same.
    """
    servers = SharedServers(data_dir, need_mongodb=need_mongodb, need_redis=need_redis, lasting=lasting)
    try:
        await _finished(asyncio.to_thread(servers.open))
    except asyncio.CancelledError:
        await asyncio.to_thread(servers.close)
        raise
    return EmbeddedStores(servers)


async def _finished(work: Coroutine[object, object, None]) -> None:
    """Wait to the end of what must not be left half-way, also when cancelled; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("while being cancelled: %s", error)
        raise


def _try_lock(file: TextIOWrapper, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tail(path: Path, lines: int = 8) -> str:
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(nothing written)"
