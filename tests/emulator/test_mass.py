"""Mass send: shown to who follows, four a month each, counted in the event that follows; and pushes out of order."""

from __future__ import annotations

from typing import Any

import pytest

from bot.emulator.client import EmulatorClient, Phone, PushResult
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot

MASS = "cgi-bin/message/mass/send"


def body(*openids: str, text: str = "明天 9 点停水", **more: object) -> dict[str, Any]:
    return {"touser": list(openids), "msgtype": "text", "text": {"content": text}, **more}


@pytest.fixture
async def two(wechat: EmulatorClient, bot: PretendBot) -> list[Phone]:
    return [await wechat.user(name, follow="quietly") for name in ("lin", "chen")]


async def heard(wechat: EmulatorClient, bot: PretendBot, count: int = 1) -> list[dict[str, str]]:
    """The result events that reached the bot."""
    for _ in range(200):
        found = [one for one in bot.heard if one.get("Event") == "MASSSENDJOBFINISH"]
        if len(found) >= count:
            return found
        await wechat.clock()
    raise AssertionError("no result event came")


async def test_everybody_who_follows_sees_it(
    wechat: EmulatorClient, api: Api, bot: PretendBot, two: list[Phone]
) -> None:
    gone = await wechat.user("gone", follow=False)
    answer = await api.post(MASS, body(*(phone.openid for phone in two), gone.openid))
    assert answer["errcode"] == 0
    for phone in two:
        await phone.wait_for("停水")
    assert await gone.screen() == []
    [event] = await heard(wechat, bot)
    assert event["MsgID"] == str(answer["msg_id"]) and event["Status"] == "send success"
    assert (event["TotalCount"], event["SentCount"], event["ErrorCount"]) == ("3", "2", "1")
    state = await api.post("cgi-bin/message/mass/get", {"msg_id": answer["msg_id"]})
    assert state["msg_status"] == "SEND_SUCCESS"


async def test_the_fifth_of_a_month_is_silently_kept_back(
    wechat: EmulatorClient, api: Api, bot: PretendBot, two: list[Phone]
) -> None:
    for number in range(5):
        assert (await api.post(MASS, body(*(phone.openid for phone in two), text=f"通知{number}")))["errcode"] == 0
        await heard(wechat, bot, number + 1)
    assert [entry.text for entry in await two[0].screen()] == [f"通知{number}" for number in range(4)]
    last = (await heard(wechat, bot, 5))[-1]
    assert (last["SentCount"], last["Status"]) == ("0", "send fail")


async def test_the_same_client_id_is_sent_once(
    wechat: EmulatorClient, api: Api, bot: PretendBot, two: list[Phone]
) -> None:
    order = body(*(phone.openid for phone in two), clientmsgid="notice-1")
    first = await api.post(MASS, order)
    assert (await api.post(MASS, order))["errcode"] == 45066
    await wechat.skip(61)
    again = await api.post(MASS, order)
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert len([entry for entry in await two[0].screen() if "停水" in entry.text]) == 1


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": "o1"}, 40031),
        ({"touser": ["o1"]}, 40130),
        ({"touser": ["o1", "o2"]}, 40031),
        ({"msgtype": "mpnews"}, 40008),
        ({"text": {"content": "  "}}, 44004),
        ({"text": {"content": "长" * 700}}, 45002),
        ({"clientmsgid": "x" * 65}, 40035),
    ],
)
async def test_nonsense_is_refused(api: Api, two: list[Phone], change: dict[str, Any], errcode: int) -> None:
    assert (await api.post(MASS, body(*(phone.openid for phone in two)) | change))["errcode"] == errcode


async def test_an_unknown_job_is_said(api: Api) -> None:
    assert (await api.post("cgi-bin/message/mass/get", {"msg_id": "17"}))["errcode"] == 40059


async def test_pushes_overtake_each_other(wechat: EmulatorClient, bot: PretendBot, two: list[Phone]) -> None:
    """What was written first may arrive last; each keeps its own MsgId and CreateTime."""
    held = [await two[0].says(f"第{number}句", hold=True) for number in range(3)]
    assert {push.state for push in held} == {"held"}
    late: list[PushResult] = [await wechat.deliver(push) for push in reversed(held)]
    assert [one["Content"] for one in bot.heard] == ["第2句", "第1句", "第0句"]
    assert [one["MsgId"] for one in bot.heard] == [push.msg_id for push in reversed(held)]
    assert all(push.state == "done" for push in late)
