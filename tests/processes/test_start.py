"""What stops a start is told with the setting to mend (exit code 2 by ``bot/cli/ending.py``), before all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import codec_of
from bot.runtime import open_runtime
from bot.serve import listening
from bot.settings import Settings, SettingsError, load_settings
from store.client import connect
from store.errors import Misconfigured
from tests.clock import FixedClock

NOBODY = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"


def settings(folder: Path, **other: Any) -> Settings:
    given: dict[str, Any] = {
        "_env_file": None,
        "data_dir": folder,
        "mongodb_uri": NOBODY,
        "redis_url": "redis://127.0.0.1:1",
        "secret_key": "x" * 32,
        "wechat_app_id": "wx0123456789abcdef",
        "wechat_app_secret": "y" * 32,
        "wechat_token": "token",
        "wechat_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "port": 0,
    }
    return load_settings(**given | other)


async def test_a_data_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    half = tmp_path / "half"
    (half / "run").mkdir(parents=True)
    (half / "run" / "answers").write_text("not a folder")
    embedded: dict[str, str] = {"mongodb_uri": "", "redis_url": ""}
    for folder, other in ((file, {}), (file / "below", {}), (half, {}), (Path("/proc/none"), {}), (file, embedded)):
        with pytest.raises(SettingsError, match="GUANJIA_DATA_DIR .* cannot be written to"):
            async with open_runtime(settings(folder, **other), patient=True):
                raise AssertionError("it must not begin")


async def test_an_address_that_is_none_of_this_machine(tmp_path: Path) -> None:
    for host in ("203.0.113.9", "300.1.1.1"):
        with pytest.raises(SettingsError, match=f"GUANJIA_HOST {host} is no address of this machine"):
            async with listening(web.Application(), settings(tmp_path, host=host)):
                raise AssertionError("it must not begin")


def test_addresses_of_stores_that_nobody_can_use(tmp_path: Path) -> None:
    for name, value in (
        ("redis_url", "redis://127.0.0.1:x"),
        ("redis_url", "redis://[x"),
        ("wechat_api_base", "http://[x"),
        ("public_url", "https://estate.example:99999"),
    ):
        with pytest.raises(SettingsError, match=f"GUANJIA_{name.upper()} must name its host and port"):
            settings(tmp_path, **{name: value})
    for uri in ("mongodb://a:b:c@host", "mongodb://", "mongodb://host:port"):
        with pytest.raises(Misconfigured):
            connect(uri, "guanjia")


@pytest.mark.parametrize("name", ["wechat_aes_key", "wechat_aes_key_previous", "wechat_token", "wechat_app_id"])
def test_what_the_console_shows_and_was_copied_wrong(tmp_path: Path, clock: FixedClock, name: str) -> None:
    with pytest.raises(SettingsError, match=f"GUANJIA_{name.upper()}"):
        codec_of(settings(tmp_path, **{name: "a b"}), clock)
