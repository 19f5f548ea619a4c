"""The demo's own secrets: made once, kept in its data folder, of use to nobody else."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from bot.settings import PREFIX

FILE = "demo.env"
NAMES = ("secret_key", "wechat_token", "wechat_aes_key")


def read_secrets(data_dir: Path) -> dict[str, str] | None:
    """The secrets of the demo that lives in this folder; None when none does."""
    try:
        lines = (data_dir / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    pairs = dict(line.split("=", 1) for line in lines if line.startswith(PREFIX) and "=" in line)
    found = {name: pairs.get(f"{PREFIX}{name.upper()}", "") for name in NAMES}
    return found if all(found.values()) else None


def make_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this folder, made at the first call. Only this user can read the file."""
    known = read_secrets(data_dir)
    if known is not None:
        return known
    made = {
        "secret_key": secrets.token_hex(32),
        "wechat_token": secrets.token_hex(16),
        "wechat_aes_key": _aes_key(),
    }
    lines = ["# Made by `guanjia demo`. Delete it only together with the rest of this folder."]
    lines += [f"{PREFIX}{name.upper()}={value}" for name, value in made.items()]
    fresh = data_dir / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(data_dir / FILE)
    return made


def _aes_key() -> str:
    """43 letters and digits, as the console makes them, that decode to 32 bytes."""
    while True:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        if key.isalnum():
            return key
