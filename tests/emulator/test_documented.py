"""docs/emulator.md says what is true: its example file is taken, and every control route stands in its table."""

from __future__ import annotations

import re
from pathlib import Path

from bot.emulator.client import EmulatorClient
from bot.emulator.config import Mode, load_config

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")


def test_the_example_file_is_taken(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    file = tmp_path / "emulator.yaml"
    file.write_text(example, encoding="utf-8")
    config = load_config(file)
    assert config.account.mode is Mode.SAFE
    assert config.account.templates[0].fields["thing2"] == "工单内容"
    assert config.miniprogram.data_format == "json"


async def test_every_control_route_is_in_the_table(wechat: EmulatorClient) -> None:
    told = PAGE.replace("{login,phone}", "{purpose}").replace("{id}", "{id:\\d+}")
    routes = (await wechat.call("GET", ""))["routes"]
    missing = [route for route in routes if not _named(route.split(" ", 1)[1], told)]
    assert missing == [], missing


def _named(path: str, told: str) -> bool:
    plain = re.sub(r"\{(\w+)(:[^}]*)?\}", r"{\1}", path)
    return plain in re.sub(r"\{(\w+)(:[^}]*)?\}", r"{\1}", told)
