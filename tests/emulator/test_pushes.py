"""Pushes to a bot that behaves, in all three modes."""

from __future__ import annotations

import asyncio

import pytest

from bot.emulator.client import EmulatorClient, EmulatorProblem
from tests.emulator.pretend_bot import PretendBot


async def test_console_check_of_the_address(wechat: EmulatorClient, bot: PretendBot) -> None:
    assert await wechat.handshake() == (True, "ok")
    await wechat.configure(token="anothertoken1")
    bot.config = bot.config.model_copy(deep=True)
    bot.config.account.token = "emulatortoken"
    assert await wechat.handshake() == (False, "answered with status 403")


@pytest.mark.parametrize("mode", ["plaintext", "compatible", "safe"])
async def test_a_message_is_answered_in_every_mode(wechat: EmulatorClient, bot: PretendBot, mode: str) -> None:
    await wechat.configure(mode=mode)
    lin = await wechat.user("林女士")
    result = await lin.says("厨房水管漏水 ]]> 😀")
    assert result.reply == "听到了: 厨房水管漏水 ]]> 😀"
    assert result.fault is None
    assert bot.heard[-1]["Content"] == "厨房水管漏水 ]]> 😀"
    assert (b"<Content>" in bot.bodies[-1]) is (mode != "safe")
    assert ("msg_signature" in bot.queries[-1]) is (mode != "plaintext")
