"""What the mini-program's own callback hears, in JSON and in XML."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.emulator.client import EmulatorClient, EmulatorProblem
from bot.emulator.crypto import decrypt, sign, sign_raw_data
from bot.emulator.platform import Platform
from tests.emulator.conftest import Api
from tests.emulator.test_account import session


class Listener:
    """Opens what it gets and answers as told."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.heard: list[str] = []
        self.answer = b"success"

    async def receive(self, request: web.Request) -> web.Response:
        program = self.platform.config.miniprogram
        text = await request.text()
        if program.data_format == "json":
            sealed = json.loads(text)["Encrypt"]
        else:
            sealed = text[text.index("<Encrypt><![CDATA[") + 18 : text.rindex("]]></Encrypt>")]
        query = request.query
        assert query["msg_signature"] == sign(program.token, query["timestamp"], query["nonce"], sealed)
        self.heard.append(decrypt(sealed, program.aes_key, program.app_id).decode())
        return web.Response(body=self.answer)


@pytest.fixture
async def listener(platform: Platform, wechat: EmulatorClient) -> AsyncIterator[Listener]:
    listener = Listener(platform)
    app = web.Application()
    app.router.add_post("/mini", listener.receive)
    server = TestServer(app)
    await server.start_server()
    await wechat.configure(app="miniprogram", callback_url=str(server.make_url("/mini")))
    yield listener
    await server.close()


@pytest.mark.parametrize("data_format", ["json", "xml"])
async def test_consent_and_delivery_are_reported(
    wechat: EmulatorClient, api: Api, platform: Platform, listener: Listener, data_format: Literal["json", "xml"]
) -> None:
    platform.config.miniprogram.data_format = data_format
    lin = await wechat.user("lin", follow=False)
    await lin.consents("emu-sub-parcel")
    await _heard(wechat, listener, 1)
    await api.log_in(program=True)
    data = {"thing1": {"value": "顺丰"}, "character_string2": {"value": "6-2031"}, "thing3": {"value": "A12 架"}}
    body = {"touser": lin.mp_openid, "template_id": "emu-sub-parcel", "data": data}
    msgid = (await api.post("cgi-bin/message/subscribe/send", body))["msgid"]
    await _heard(wechat, listener, 2)
    popup, sent = listener.heard
    if data_format == "json":
        assert json.loads(popup)["List"]["SubscribeStatusString"] == "accept"
        assert json.loads(sent)["List"]["MsgID"] == str(msgid)
        assert json.loads(sent)["FromUserName"] == lin.mp_openid
    else:
        assert "<SubscribeMsgPopupEvent><List><TemplateId><![CDATA[emu-sub-parcel]]></TemplateId>" in popup
        assert f"<MsgID><![CDATA[{msgid}]]></MsgID>" in sent


async def _heard(wechat: EmulatorClient, listener: Listener, count: int) -> None:
    async with asyncio.timeout(20):
        while len(listener.heard) < count:
            await wechat.stats()


async def test_customer_chat_takes_no_passive_content(
    wechat: EmulatorClient, platform: Platform, listener: Listener
) -> None:
    platform.config.miniprogram.data_format = "json"
    lin = await wechat.user("lin", follow=False)
    assert (await lin.says("在吗", app="miniprogram")).fault is None
    assert json.loads(listener.heard[-1])["Content"] == "在吗"
    listener.answer = b'{"MsgType":"text"}'
    result = await lin.says("在吗", app="miniprogram")
    assert "only success or an empty body" in (result.fault or "")
    assert (await lin.screen())[-1].text.startswith("该小程序客服暂时无法提供服务")


async def test_media_check_reports_later(
    wechat: EmulatorClient, api: Api, platform: Platform, listener: Listener
) -> None:
    platform.config.miniprogram.data_format = "json"
    await wechat.configure(risky_words=["bad"], result_delay_seconds=1800)
    lin = await wechat.user("lin", follow=False)
    await api.log_in(program=True)
    body = {"version": 2, "media_type": 2, "scene": 2, "openid": lin.mp_openid, "media_url": "https://x.cn/bad.jpg"}
    trace_id = (await api.post("wxa/media_check_async", body))["trace_id"]
    assert listener.heard == []
    await wechat.skip(1801)
    await _heard(wechat, listener, 1)
    event = json.loads(listener.heard[0])
    assert (event["Event"], event["trace_id"], event["result"]["suggest"]) == ("wxa_media_check", trace_id, "risky")
    await api.log_in(program=True)
    assert (await api.post("wxa/media_check_async", body | {"openid": lin.openid}))["errcode"] == 43104
    assert (await api.post("wxa/media_check_async", body | {"media_type": 3}))["errcode"] == 40035


async def test_open_data_is_signed_and_sealed(wechat: EmulatorClient, api: Api, platform: Platform) -> None:
    lin = await wechat.user("lin", follow=False)
    with pytest.raises(EmulatorProblem, match="never logged in"):
        await lin.open_data(nickName="林")
    key = (await session(api, await lin.login_code()))["session_key"]
    data = await lin.open_data(nickName="林")
    assert data["signature"] == sign_raw_data(data["rawData"], key)
    decryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(base64.b64decode(data["iv"]))).decryptor()
    plain = decryptor.update(base64.b64decode(data["encryptedData"])) + decryptor.finalize()
    opened = json.loads(plain[: -plain[-1]])
    assert opened["openId"] == lin.mp_openid and opened["nickName"] == "林"
    assert opened["watermark"]["appid"] == platform.config.miniprogram.app_id
