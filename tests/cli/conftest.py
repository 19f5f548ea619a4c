"""The command as a person types it, on stores of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from store.client import connect
from store.sealed import Sealer
from store.stores import Stores

SECRET = "a secret of the tests, long enough"

Guanjia = Callable[..., Result]


@pytest.fixture
def guanjia(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str
) -> Iterator[Guanjia]:
    """``guanjia("staff", "add", ...)`` with ``stdin=`` and settings as it needs them; nothing of the machine's own."""
    monkeypatch.chdir(tmp_path)  # no .env from here
    settings = {
        "DATA_DIR": str(tmp_path / "data"),
        "MONGODB_URI": mongodb_uri,
        "REDIS_URL": redis_url,
        "DATABASE": database_name,
        "SECRET_KEY": SECRET,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"GUANJIA_{name}", value)

    def run(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, prog_name="guanjia")

    yield run


@pytest.fixture
async def stores(guanjia: Guanjia, mongodb_uri: str, database_name: str) -> Stores:
    """What the commands wrote."""
    return Stores(connect(mongodb_uri, database_name), None, sealer=Sealer(SECRET), name=database_name)
