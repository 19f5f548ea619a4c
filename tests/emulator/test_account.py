"""Followers, QR codes, menu, media; the mini-program's log-in, consents and content check."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import aiohttp
import pytest

from bot.emulator.client import EmulatorClient, EmulatorProblem
from bot.emulator.deeds import PIXEL
from bot.emulator.platform import Platform
from bot.emulator.users import openid_for
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot

SUBSCRIBE = "cgi-bin/message/subscribe/send"


async def test_openids_differ_by_app_and_stay_the_same(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    assert lin.openid == openid_for(api.config.account.app_id, "lin")
    assert lin.mp_openid == openid_for(api.config.miniprogram.app_id, "lin")
    assert len({lin.openid, lin.mp_openid, lin.unionid}) == 3
    assert (await wechat.user("lin", follow=False)).openid == lin.openid


async def test_user_info(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    assert (await api.get("cgi-bin/user/info", openid=lin.openid))["subscribe"] == 0
    await lin.scans("b:1")
    info = await api.get("cgi-bin/user/info", openid=lin.openid, lang="zh_CN")
    assert (info["subscribe"], info["unionid"]) == (1, lin.unionid)
    assert (info["subscribe_scene"], info["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", "b:1")
    assert "nickname" not in info and "headimgurl" not in info
    assert (await api.get("cgi-bin/user/info", openid=lin.mp_openid))["errcode"] == 40003
    assert (await api.get("cgi-bin/user/get"))["data"]["openid"] == [lin.openid]


async def test_scene_code_is_made_scanned_and_expires(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    order = {
        "expire_seconds": 600,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "b:Zk3vQ9xT"}},
    }
    code = await api.post("cgi-bin/qrcode/create", order)
    assert code["expire_seconds"] == 600 and code["url"].startswith("http://weixin.qq.com/q/")
    lin = await wechat.user("lin", follow=False)
    await lin.scans(ticket=code["ticket"])
    assert (bot.heard[-1]["EventKey"], bot.heard[-1]["Ticket"]) == ("qrscene_b:Zk3vQ9xT", code["ticket"])
    await lin.scans("b:Zk3vQ9xT")
    assert (bot.heard[-1]["Event"], bot.heard[-1]["EventKey"]) == ("SCAN", "b:Zk3vQ9xT")
    await wechat.skip(601)
    with pytest.raises(EmulatorProblem, match="expired"):
        await lin.scans("b:Zk3vQ9xT")


@pytest.mark.parametrize(
    ("action", "scene", "errcode"),
    [
        ("QR_STR_SCENE", {"scene_str": ""}, 40053),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}, 40053),
        ("QR_SCENE", {"scene_id": 0}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 40053),
        ("QR_OTHER", {"scene_id": 1}, 40053),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "door"}, 0),
    ],
)
async def test_scenes_that_may_be_asked_for(api: Api, action: str, scene: dict[str, object], errcode: int) -> None:
    answer = await api.post("cgi-bin/qrcode/create", {"action_name": action, "action_info": {"scene": scene}})
    assert answer.get("errcode", 0) == errcode


async def test_menu(wechat: EmulatorClient, api: Api) -> None:
    assert (await api.get("cgi-bin/menu/get"))["errcode"] == 46003
    button = {"type": "click", "name": "我要报修", "key": "REPORT"}
    more = {"name": "更多", "sub_button": [{"type": "view", "name": "装修须知查询一下", "url": "https://example.com"}]}
    assert (await api.post("cgi-bin/menu/create", {"button": [button, more]}))["errcode"] == 0
    assert (await api.get("cgi-bin/menu/get"))["menu"]["button"][0]["name"] == "我要报修"
    assert (await wechat.menu())["button"][1]["name"] == "更多"
    wrong = [
        ({"button": []}, 40016),
        ({"button": [button] * 4}, 40016),
        ({"button": [button | {"name": "我要报修啊"}]}, 40018),
        ({"button": [button | {"type": "tap"}]}, 40017),
        ({"button": [button | {"key": "K" * 129}]}, 40019),
        ({"button": [{"type": "view", "name": "看"}]}, 40020),
        ({"button": [more | {"sub_button": [button] * 6}]}, 40016),
    ]
    for body, errcode in wrong:
        assert (await api.post("cgi-bin/menu/create", body))["errcode"] == errcode
    assert (await api.get("cgi-bin/menu/delete"))["errcode"] == 0
    assert (await wechat.menu())["button"] == []


async def upload(api: Api, kind: str, content: bytes, name: str = "media") -> dict[str, object]:
    form = aiohttp.FormData()
    form.add_field(name, content, filename="photo.jpg", content_type="image/jpeg")
    query = {"access_token": api.token, "type": kind}
    async with api.session.post(f"{api.base_url}/cgi-bin/media/upload", data=form, params=query) as response:
        answer: dict[str, object] = json.loads(await response.read())
        return answer


async def download(api: Api, media_id: str) -> tuple[str, bytes]:
    query = {"access_token": api.token, "media_id": media_id}
    async with api.session.get(f"{api.base_url}/cgi-bin/media/get", params=query) as response:
        return response.content_type, await response.read()


async def test_media_lives_three_days(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    answer = await upload(api, "image", PIXEL)
    media_id = str(answer["media_id"])
    assert await download(api, media_id) == ("image/jpeg", PIXEL)
    lin = await wechat.user("lin", follow="quietly")
    await lin.sends_image(PIXEL)
    assert await download(api, bot.heard[-1]["MediaId"]) == ("image/png", PIXEL)
    body = {"touser": lin.openid, "msgtype": "image", "image": {"media_id": media_id}}
    assert (await api.post("cgi-bin/message/custom/send", body))["errcode"] == 0
    await wechat.skip(3 * 86400)
    await api.log_in()
    content_type, content = await download(api, media_id)
    assert content_type == "text/plain" and json.loads(content)["errcode"] == 40007
    async with api.session.get(bot.heard[-1]["PicUrl"]) as response:
        assert await response.read() == PIXEL


async def test_media_that_is_not_what_it_says(api: Api) -> None:
    assert (await upload(api, "image", b"\x00\x00\x00\x18ftypmp42"))["errcode"] == 40004
    assert (await upload(api, "film", PIXEL))["errcode"] == 40004
    assert (await upload(api, "thumb", b"\xff\xd8\xff" + bytes(65536)))["errcode"] == 40006
    assert (await upload(api, "image", PIXEL, name="file"))["errcode"] == 41005
    assert (await api.post("cgi-bin/media/upload", {}, type="image"))["errcode"] == 41005


async def session(api: Api, code: str, **changes: str) -> dict[str, Any]:
    app = api.config.miniprogram
    query = {"appid": app.app_id, "secret": app.secret, "js_code": code, "grant_type": "authorization_code"} | changes
    async with api.session.get(f"{api.base_url}/sns/jscode2session", params=query) as response:
        assert response.status == 200 and response.content_type == "text/plain"
        answer: dict[str, Any] = json.loads(await response.read())
        return answer


async def test_login_codes_work_once_for_five_minutes(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    code = await lin.login_code()
    first = await session(api, code)
    assert (first["openid"], first["unionid"]) == (lin.mp_openid, lin.unionid)
    assert (await session(api, code))["errcode"] == 40163
    second = await session(api, await lin.login_code())
    assert second["session_key"] != first["session_key"]
    stale = await lin.login_code()
    await wechat.skip(301)
    assert (await session(api, stale))["errcode"] == 40029
    assert (await session(api, "made-up"))["errcode"] == 40029
    assert (await session(api, await lin.phone_code()))["errcode"] == 40029
    await lin.set(risky=True)
    assert (await session(api, await lin.login_code()))["errcode"] == 40226


async def test_login_with_wrong_credentials(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    code = await lin.login_code()
    account = api.config.account
    assert (await session(api, code, appid="wx0"))["errcode"] == 40013
    assert (await session(api, code, appid=account.app_id, secret=account.secret))["errcode"] == 40013
    assert (await session(api, code, secret="wrong"))["errcode"] == 40125
    assert (await session(api, code, grant_type="password"))["errcode"] == 40002
    assert (await session(api, ""))["errcode"] == 41008
    assert (await session(api, code))["openid"] == lin.mp_openid


async def test_too_many_logins_in_a_minute(wechat: EmulatorClient, api: Api, platform: Platform) -> None:
    lin = await wechat.user("lin", follow=False)
    codes = [platform.codes.make("lin", "login") for _ in range(101)]
    answers = [(await session(api, code)).get("errcode", 0) for code in codes]
    assert set(answers[:100]) == {0} and answers[100] == 45011
    await wechat.skip(61)
    assert (await session(api, await lin.login_code()))["openid"] == lin.mp_openid


async def test_session_check(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    key = (await session(api, await lin.login_code()))["session_key"]
    await api.log_in(program=True)
    signature = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    query = {"openid": lin.mp_openid, "sig_method": "hmac_sha256"}
    assert (await api.get("wxa/checksession", signature=signature, **query))["errcode"] == 0
    await session(api, await lin.login_code())
    assert (await api.get("wxa/checksession", signature=signature, **query))["errcode"] == 87009


async def test_phone_number(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False, phone_number="13800138000")
    await api.log_in(program=True)
    code = await lin.phone_code()
    path = "wxa/business/getuserphonenumber"
    answer = await api.post(path, {"code": code})
    assert answer["phone_info"]["purePhoneNumber"] == "13800138000"
    assert answer["phone_info"]["watermark"]["appid"] == api.config.miniprogram.app_id
    assert (await api.post(path, {"code": code}))["errcode"] == 40029
    assert (await api.post(path, {"code": await lin.login_code()}))["errcode"] == 40029


async def test_content_check(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    await api.log_in(program=True)

    async def check(content: str, **changes: object) -> dict[str, object]:
        body = {"version": 2, "scene": 2, "openid": lin.mp_openid, "content": content} | changes
        return await api.post("wxa/msg_sec_check", body)

    assert (await check("漏水"))["errcode"] == 61010
    await session(api, await lin.login_code())
    assert (await check("漏水"))["result"] == {"suggest": "pass", "label": 100}
    await wechat.configure(risky_words=["坏词"], review_words=["可疑"])
    assert (await check("一个坏词"))["result"] == {"suggest": "risky", "label": 21000}
    assert (await check("有点可疑"))["result"] == {"suggest": "review", "label": 10001}
    assert (await check("x" * 2501))["errcode"] == 45002
    assert (await check("x", version=1))["errcode"] == 40035
    assert (await check("x", openid=lin.openid))["errcode"] == 43104


async def test_one_consent_is_one_message(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    await api.log_in(program=True)
    data = {"character_string1": "R7", "thing2": "漏水", "phrase3": "已接单", "time4": "15:20"}
    body = {
        "touser": lin.mp_openid,
        "template_id": "emu-sub-ticket-progress",
        "page": "pages/ticket?id=7",
        "data": {key: {"value": value} for key, value in data.items()},
    }
    assert (await api.post(SUBSCRIBE, body))["errcode"] == 43101
    assert await lin.consents("emu-sub-ticket-progress", answer="reject") == 0
    assert await lin.consents("emu-sub-ticket-progress", 2) == 2
    codes = [(await api.post(SUBSCRIBE, body))["errcode"] for _ in range(3)]
    assert codes == [0, 0, 43101]
    shown = await lin.screen()
    assert [(entry.channel, entry.app, entry.pagepath) for entry in shown] == [
        ("subscribe", "miniprogram", "pages/ticket?id=7")
    ] * 2
    assert (await api.post(SUBSCRIBE, body | {"touser": lin.openid}))["errcode"] == 40003
    assert (await api.post(SUBSCRIBE, body | {"template_id": "emu-ticket-progress"}))["errcode"] == 40037
    assert (await api.post(SUBSCRIBE, body | {"data": {}}))["errcode"] == 47003
    assert (await api.post(SUBSCRIBE, body | {"miniprogram_state": "beta"}))["errcode"] == 40035


async def test_page_that_is_not_released(wechat: EmulatorClient, api: Api, platform: Platform) -> None:
    platform.config.miniprogram.pages = ["pages/home"]
    lin = await wechat.user("lin", follow=False)
    await api.log_in(program=True)
    body = {"touser": lin.mp_openid, "template_id": "emu-sub-parcel", "page": "pages/ticket", "data": {}}
    assert (await api.post(SUBSCRIBE, body))["errcode"] == 41030
    assert (await api.post(SUBSCRIBE, body | {"page": "pages/home?x=1"}))["errcode"] == 47003


async def test_customer_chat_of_the_mini_program_has_its_own_allowance(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    await api.log_in(program=True)
    assert await api.send_text(lin.mp_openid, "x") == 45015
    await lin.sends({"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": "home"}, app="miniprogram")
    assert [await api.send_text(lin.mp_openid, "x") for _ in range(3)] == [0, 0, 45047]
    await lin.says("在吗", app="miniprogram")
    assert await api.send_text(lin.mp_openid, "x") == 0
    await api.log_in()
    assert await api.send_text(lin.openid, "x") == 45015
