"""Where the demo runs: its ports, its files, the settings of its processes."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from bot.emulator.config import EmulatorConfig, MiniProgram, Mode, OfficialAccount
from bot.settings import PREFIX, Settings

ESTATE_ACCOUNT = "海悦花园物业管家"
TRIED_PORTS = 200


class AlreadyRunning(Exception):
    """Another demo runs on this data folder; the text says where."""


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses of a running demo, as ``run/demo.json`` tells them."""

    serve: str
    emulator: str
    pid: int

    @staticmethod
    def file(data_dir: Path) -> Path:
        """Where it is told."""
        return data_dir / "run" / "demo.json"

    def tell(self, data_dir: Path) -> None:
        """Write it for ``guanjia chat`` and other tools."""
        fresh = self.file(data_dir).with_suffix(".new")
        told = {"serve": self.serve, "emulator": self.emulator, "pid": self.pid}
        fresh.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.file(data_dir))

    @classmethod
    def told(cls, data_dir: Path) -> Place | None:
        """The demo that was last told of here; it may be gone."""
        try:
            told = json.loads(cls.file(data_dir).read_text(encoding="utf-8"))
            return cls(str(told["serve"]), str(told["emulator"]), int(told["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def lock(data_dir: Path) -> TextIOWrapper:
    """The right to be this folder's demo, held until the file is closed; raises ``AlreadyRunning``."""
    run = data_dir / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (run / "demo.lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        file.close()
        there = Place.told(data_dir)
        at = f" at {there.serve} (process {there.pid})" if there else ""
        raise AlreadyRunning(
            f"a demo runs on {data_dir} already{at}. Use it, stop it, or set {PREFIX}DATA_DIR to another folder"
        ) from held
    return file


def pick_port(host: str, wanted: int, *, avoid: tuple[int, ...] = ()) -> int:
    """``wanted`` when it is free, else the next free one; 0: any free one. Raises OSError when there is none."""
    if wanted == 0:
        return _free(host, 0) or _none(host)
    for port in range(wanted, min(wanted + TRIED_PORTS, 65536)):
        if port not in avoid and _free(host, port):
            return port
    return _free(host, 0) or _none(host)


def _none(host: str) -> int:
    raise OSError(f"no free port on {host}")


def _free(host: str, port: int) -> int | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)  # a bound port that somebody listens on refuses only here on some systems
        except OSError:
            return None
        return int(probe.getsockname()[1])


def demo_settings_of(given: Settings, secrets: dict[str, str], port: int, emulator_port: int) -> Settings:
    """The settings of the demo's processes: its own secrets and stores, whatever else the environment names.

    So a ``.env`` for production in this folder cannot make the demo write into that database.
    """
    account, program = OfficialAccount(), MiniProgram()
    return given.model_copy(
        update={
            **secrets,
            # Every other address than this machine's own or all of them would hide the callback from the emulator.
            "host": given.host if given.host == "0.0.0.0" else "127.0.0.1",
            "data_dir": given.data_dir.resolve(),
            "port": port,
            "emulator_port": emulator_port,
            "public_url": f"http://127.0.0.1:{port}",
            "mongodb_uri": "",
            "redis_url": "",
            "secret_key_previous": "",
            "wechat_app_id": account.app_id,
            "wechat_app_secret": account.secret,
            "wechat_aes_key_previous": "",
            "wechat_mode": "safe",
            "wechat_api_base": f"http://127.0.0.1:{emulator_port}",
            "miniprogram_app_id": program.app_id,
            "miniprogram_app_secret": program.secret,
            "clock_file": given.data_dir.resolve() / "run" / "clock.json",
        }
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a process with exactly these settings: every one is named, so no ``.env`` adds to them."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    named = {f"{PREFIX}{name.upper()}": "" if value is None else str(value) for name, value in values.items()}
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    return {**kept, **named, "PYTHONUNBUFFERED": "1"}


def write_emulator_config(settings: Settings) -> Path:
    """The emulator's file: the account with our token and key, pushing to our callback."""
    config = EmulatorConfig(
        account=OfficialAccount(
            name=ESTATE_ACCOUNT,
            token=settings.wechat_token,
            aes_key=settings.wechat_aes_key,
            mode=Mode.SAFE,
            callback_url=f"http://127.0.0.1:{settings.port}/wechat",
        ),
        miniprogram=MiniProgram(name="海悦花园"),
        tour_port=settings.port,
    )
    path = settings.data_dir / "run" / "emulator.yaml"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(config.model_dump_json(indent=1, exclude_none=True))
    return path
