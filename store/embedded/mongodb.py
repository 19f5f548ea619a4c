"""The embedded MongoDB: SecantusDB, a program of its own licence, started by its command and never imported."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from store.embedded.server import HOST, EmbeddedUnavailable, Server, how_to_install, listens

PROGRAM = "secantusd-py"


def mongodb(data_dir: Path, *, lasting: bool = True) -> Server:
    """MongoDB under ``data_dir``. Not ``lasting``: in memory and without syncing, for tests."""
    config = data_dir / "run" / "secantusd.toml"
    folder = data_dir / "mongodb"

    def command(port: int) -> list[str]:
        # Without --config it would read whatever configuration lies in the working directory or at home.
        config.write_text("# empty on purpose: every setting is a flag\n", encoding="utf-8")
        line = [_program(), "--config", str(config), "--host", HOST, "--port", str(port), "--log-level", "WARNING"]
        line += ["--cache-size", "256M", "--oplog-max-entries", "5000"]
        if lasting:
            return [*line, "--storage-path", str(folder), "--sync-on-commit"]
        return [*line, "--storage-path", ":memory:"]

    return Server(name="mongodb", mark=("--config", str(config)), command=command, answering=_answering, url=_url)


def _program() -> str:
    beside_python = Path(sys.executable).with_name(PROGRAM)
    found = str(beside_python) if beside_python.exists() else shutil.which(PROGRAM)
    if found is None:
        raise EmbeddedUnavailable(how_to_install("SecantusDB", "GUANJIA_MONGODB_URI"))
    return found


def _url(port: int) -> str:
    # Retried writes are not understood there; acknowledged means synced to disk.
    return f"mongodb://{HOST}:{port}/?retryWrites=false&w=majority&journal=true"


def _answering(port: int) -> int | None:
    if not listens(port):
        return None
    client: MongoClient[dict[str, object]] = MongoClient(
        HOST, port, directConnection=True, serverSelectionTimeoutMS=2000, socketTimeoutMS=5000
    )
    try:
        pid = client.admin.command("serverStatus")["pid"]
    except PyMongoError:
        return None
    finally:
        client.close()
    return int(str(pid))
