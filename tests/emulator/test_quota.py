"""Daily quotas: 45009 until midnight in Shanghai, looked at and cleared as the platform lets one."""

from __future__ import annotations

import pytest

from bot.emulator.client import EmulatorClient, EmulatorProblem
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot

SEND = "cgi-bin/message/custom/send"


async def left(api: Api, path: str = SEND) -> dict[str, int]:
    answer = await api.post("cgi-bin/openapi/quota/get", {"cgi_path": f"/{path}"})
    assert answer["errcode"] == 0, answer
    found: dict[str, int] = answer["quota"]
    return found


async def test_each_call_counts_also_a_wrong_one(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin")
    await lin.says("你好")
    assert await left(api) == {"daily_limit": 500_000, "used": 0, "remain": 500_000}
    await api.send_text(lin.openid, "一")
    await api.send_text("nobody", "二")
    assert (await left(api))["used"] == 2


async def test_used_up_until_midnight_in_shanghai(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin")
    await lin.says("你好")
    await wechat.call("PUT", "/quota", {"path": SEND, "calls": 2})
    assert [await api.send_text(lin.openid, "话") for _ in range(3)] == [0, 0, 45009]
    assert await left(api) == {"daily_limit": 2, "used": 2, "remain": 0}
    assert any("midnight" in one.reason for one in await wechat.refusals())
    await wechat.skip(86_400)
    await api.log_in()
    await lin.says("还在吗")
    assert await api.send_text(lin.openid, "新的一天") == 0


async def test_clear_quota_ten_times_a_month(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin")
    await lin.says("你好")
    await wechat.call("PUT", "/quota", {"path": SEND, "calls": 1})
    body = {"appid": api.config.account.app_id}
    assert [await api.send_text(lin.openid, "话") for _ in range(2)] == [0, 45009]
    assert (await api.post("cgi-bin/clear_quota", body))["errcode"] == 0
    assert await api.send_text(lin.openid, "话") == 0
    codes = [(await api.post("cgi-bin/clear_quota", body))["errcode"] for _ in range(10)]
    assert codes == [0] * 9 + [48006]
    await wechat.skip(32 * 86_400)
    await api.log_in()
    assert (await api.post("cgi-bin/clear_quota", body))["errcode"] == 0


async def test_tokens_have_a_quota_too(wechat: EmulatorClient, api: Api) -> None:
    await wechat.call("PUT", "/quota", {"path": "cgi-bin/token", "calls": 1})
    app = api.config.account
    query = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret}
    assert "access_token" in await api.get("cgi-bin/token", token=None, **query)
    assert (await api.get("cgi-bin/token", token=None, **query))["errcode"] == 45009


async def test_what_has_no_quota_is_said(wechat: EmulatorClient, api: Api) -> None:
    assert (await api.post("cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/nothing"}))["errcode"] == 76021
    assert (await api.post("cgi-bin/openapi/quota/get", {}))["errcode"] == 76021


async def test_a_limit_below_nothing_is_refused(wechat: EmulatorClient) -> None:
    with pytest.raises(EmulatorProblem, match="calls"):
        await wechat.call("PUT", "/quota", {"path": SEND, "calls": -1})


async def test_what_was_used_can_be_looked_at(wechat: EmulatorClient, api: Api) -> None:
    await api.send_text("nobody", "一")
    rows = (await wechat.call("GET", "/quota"))["items"]
    assert [(row["path"], row["used"]) for row in rows if row["path"] == SEND] == [(SEND, 1)]
