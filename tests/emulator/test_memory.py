"""People and phones survive a restart; and the emulator knows nothing of the bot it tests."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

import bot.emulator.server
from bot.emulator.client import EmulatorClient
from bot.emulator.config import EmulatorConfig
from bot.emulator.deeds import PIXEL
from bot.emulator.server import create_emulator


@asynccontextmanager
async def emulator(file: Path) -> AsyncIterator[EmulatorClient]:
    server = TestServer(create_emulator(EmulatorConfig(state_file=file)))
    async with server, EmulatorClient(str(server.make_url(""))) as wechat:
        yield wechat


async def test_phones_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "emulator.json"
    async with emulator(file) as wechat:
        lin = await wechat.user("林女士", follow="quietly", phone_number="13800138000")
        await lin.says("厨房漏水")
        await lin.sends_image(PIXEL)
        last = await lin.mark()
        left = (await lin.info())["allowance"]["left"]
    async with emulator(file) as wechat:
        lin = await wechat.user("林女士", follow=False)
        info = await lin.info()
        assert info["following"] and info["phone_number"] == "13800138000" and info["allowance"]["left"] == left
        words, photo = await lin.screen()
        assert words.text == "厨房漏水"
        async with aiohttp.ClientSession() as session:
            path = str(photo.url).split("/emulator/")[1]
            async with session.get(f"{wechat.base_url}/emulator/{path}") as response:
                assert await response.read() == PIXEL
        await lin.says("还在漏")
        assert await lin.mark() > last


async def test_changes_are_written_soon_and_not_only_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "emulator.json"
    async with emulator(file) as wechat:
        lin = await wechat.user("lin", follow="quietly")
        await lin.says("在吗")
        async with asyncio.timeout(20):
            while not file.exists():
                await wechat.stats()
        [user] = json.loads(file.read_text())["users"]
        assert user["screen"][0]["text"] == "在吗"


async def test_an_unreadable_file_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "emulator.json"
    file.write_text('{"users": [{}')
    async with emulator(file) as wechat:
        assert await wechat.users() == []
    assert (tmp_path / "emulator.json.unreadable").read_text() == '{"users": [{}'
    assert "put aside" in caplog.text


def test_emulator_knows_nothing_of_the_bot() -> None:
    rooms = ("bot", "desk", "handlers", "inbox", "miniprogram_api", "nlp", "store", "wechatpy")
    for file in Path(bot.emulator.server.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                own = name.startswith("bot.emulator") or name == "store.clock"
                assert own or name.split(".")[0] not in rooms, f"{file.name} imports {name}"
