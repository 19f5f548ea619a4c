"""Our own codec and API client against the emulator: two implementations that share no code must agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.emulator.client import EmulatorClient
from bot.emulator.deeds import PIXEL
from bot.emulator.platform import Platform
from bot.wechat.client import MiniProgram, OfficialAccount, WeChatError
from bot.wechat.codec import Codec, Mode
from bot.wechat.rejected import Rejected
from store.tokens import MemoryTokenStore


@pytest.fixture
async def account(platform: Platform, wechat: EmulatorClient) -> AsyncIterator[OfficialAccount]:
    app = platform.config.account
    client = OfficialAccount(app.app_id, app.secret, MemoryTokenStore(platform.clock), base=wechat.base_url)
    yield client
    await client.close()


@pytest.mark.parametrize("mode", ["safe", "compatible", "plaintext"])
async def test_codec_and_emulator_understand_each_other(platform: Platform, wechat: EmulatorClient, mode: str) -> None:
    app = platform.config.account
    await wechat.configure(mode=mode)
    key = "" if mode == "plaintext" else app.aes_key
    codec = Codec(app_id=app.app_id, token=app.token, aes_key=key, mode=Mode(mode), clock=platform.clock)

    async def handshake(request: web.Request) -> web.Response:
        return web.Response(text=codec.handshake(request.query))

    async def receive(request: web.Request) -> web.Response:
        try:
            push = codec.open(await request.read(), request.query)
        except Rejected as rejected:
            return web.Response(status=rejected.status)
        return web.Response(body=codec.reply(push, push.text))

    server_app = web.Application()
    server_app.router.add_get("/wechat", handshake)
    server_app.router.add_post("/wechat", receive)
    async with TestServer(server_app) as server:
        await wechat.configure(callback_url=str(server.make_url("/wechat")))
        assert await wechat.handshake() == (True, "ok")
        lin = await wechat.user("lin")
        for text in ("漏水", "]]> 😀 <a>", *("水" * length for length in range(1, 40))):
            result = await lin.says(text)
            assert (result.reply, result.fault) == (text, None)
        assert (await lin.says("漏\x1d水")).reply == "漏水"
        assert (await lin.says("漏水", signature="broken")).statuses == [403] * 3


async def test_one_token_for_many_and_one_retry_after_a_loss(
    account: OfficialAccount, platform: Platform, wechat: EmulatorClient
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await asyncio.gather(*(account.user_info(lin.openid) for _ in range(20)))
    assert (await wechat.stats())["token_fetches"] == 1
    for errcode in (40001, 40014, 42001):
        await wechat.revoke_tokens(errcode)
        await asyncio.gather(*(account.user_info(lin.openid) for _ in range(5)))
    assert (await wechat.stats())["token_fetches"] == 4


async def test_everything_our_client_sends_is_accepted(
    account: OfficialAccount, platform: Platform, wechat: EmulatorClient
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.sends_image(PIXEL)
    await account.typing(lin.openid)
    assert (await lin.info())["typing"] is True
    await account.send_text(lin.openid, "张师傅 15:20 到\x1d")
    assert (await lin.wait_for("张师傅")).text == "张师傅 15:20 到"
    await account.send_menu(lin.openid, "修好了吗?", [("1", "好了"), ("2", "没好")])
    assert [item.content for item in (await lin.wait_for("修好了吗?")).items] == ["好了", "没好"]
    fields = {"thing1": "您有一条新回复", "time2": "2026年3月10日 15:20", "thing3": "点开查看"}
    msgid = await account.send_template(lin.openid, "emu-new-message", fields, client_msg_id="d1")
    assert (await lin.screen())[-1].msg_id == msgid
    ticket, _ = await account.create_scene_qr("b:1", 600)
    await lin.scans(ticket=ticket)
    photo = (await lin.screen())[0].media_id
    assert await account.get_media(str(photo)) == PIXEL
    await account.create_menu({"button": [{"type": "click", "name": "报修", "key": "REPORT"}]})
    assert await account.callback_ips() == ["127.0.0.1"]
    assert [call.errcode for call in await wechat.calls() if call.errcode] == []


async def test_refusals_arrive_as_errors(account: OfficialAccount, wechat: EmulatorClient) -> None:
    lin = await wechat.user("lin", follow=False)
    with pytest.raises(WeChatError, match="45015"):
        await account.send_text(lin.openid, "您好")
    with pytest.raises(WeChatError, match="43004"):
        await account.send_template(lin.openid, "emu-new-message", {"thing1": "a", "time2": "15:20", "thing3": "b"})


async def test_login_of_the_mini_program(platform: Platform, wechat: EmulatorClient) -> None:
    app = platform.config.miniprogram
    program = MiniProgram(app.app_id, app.secret, base=wechat.base_url)
    lin = await wechat.user("lin", follow=False)
    code = await lin.login_code()
    session = await program.code_to_session(code)
    assert (session.openid, session.unionid) == (lin.mp_openid, lin.unionid)
    with pytest.raises(WeChatError, match="40163"):
        await program.code_to_session(code)
    await program.close()
