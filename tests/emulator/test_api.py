"""Tokens, customer messages and templates, as published."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from bot.emulator.client import EmulatorClient
from bot.emulator.config import EmulatorConfig
from bot.emulator.platform import Platform
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot

SEND = "cgi-bin/message/custom/send"
TEMPLATE = "cgi-bin/message/template/send"


def credentials(api: Api, **changes: object) -> dict[str, object]:
    app = api.config.account
    return {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret} | changes


async def test_stable_token_is_the_same_until_the_last_five_minutes(wechat: EmulatorClient, api: Api) -> None:
    first = await api.post("cgi-bin/stable_token", credentials(api), token=None)
    assert first["access_token"] == api.token and first["expires_in"] <= 7200
    await wechat.skip(7200 - 301)
    again = await api.post("cgi-bin/stable_token", credentials(api), token=None)
    assert again["access_token"] == api.token and again["expires_in"] <= 301
    await wechat.skip(2)
    renewed = await api.post("cgi-bin/stable_token", credentials(api), token=None)
    assert renewed["access_token"] != api.token
    assert "ip_list" in await api.get("cgi-bin/getcallbackip")  # both work meanwhile
    await wechat.skip(300)
    assert (await api.get("cgi-bin/getcallbackip"))["errcode"] == 42001
    assert (await wechat.stats())["token_fetches"] == 4


async def test_forced_refresh_kills_at_once_and_is_rationed(wechat: EmulatorClient, api: Api) -> None:
    force = credentials(api, force_refresh=True)
    new = (await api.post("cgi-bin/stable_token", force, token=None))["access_token"]
    assert (await api.get("cgi-bin/getcallbackip"))["errcode"] == 40001
    assert "ip_list" in await api.get("cgi-bin/getcallbackip", token=new)
    assert (await api.post("cgi-bin/stable_token", force, token=None))["errcode"] == 45011
    for _ in range(19):
        await wechat.skip(31)
        assert "access_token" in await api.post("cgi-bin/stable_token", force, token=None)
    await wechat.skip(31)
    assert (await api.post("cgi-bin/stable_token", force, token=None))["errcode"] == 45009


async def test_the_two_kinds_of_token_do_not_disturb_each_other(wechat: EmulatorClient, api: Api) -> None:
    query = {key: str(value) for key, value in credentials(api).items()}
    one = (await api.get("cgi-bin/token", token=None, **query))["access_token"]
    two = (await api.get("cgi-bin/token", token=None, **query))["access_token"]
    assert len({one, two, api.token}) == 3
    await wechat.skip(310)
    codes = [(await api.get("cgi-bin/getcallbackip", token=token)).get("errcode", 0) for token in (one, two, api.token)]
    assert codes == [40001, 0, 0]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
    ],
)
async def test_wrong_credentials(api: Api, changes: dict[str, object], errcode: int) -> None:
    answer = await api.post("cgi-bin/stable_token", credentials(api, **changes), token=None)
    assert answer["errcode"] == errcode
    assert re.search(r" rid: [0-9a-f]{8}-[0-9a-f]{8}$", answer["errmsg"])
    query = {key: str(value) for key, value in credentials(api, **changes).items()}
    assert (await api.get("cgi-bin/token", token=None, **query))["errcode"] == errcode


async def test_missing_invented_and_revoked_tokens(wechat: EmulatorClient, api: Api) -> None:
    assert (await api.get("cgi-bin/getcallbackip", token=None))["errcode"] == 41001
    assert (await api.get("cgi-bin/getcallbackip", token="made-up"))["errcode"] == 40014
    for errcode in (40001, 40014, 42001):
        assert await wechat.revoke_tokens(errcode) == 1
        assert (await api.get("cgi-bin/getcallbackip"))["errcode"] == errcode
        await api.log_in()
        assert "ip_list" in await api.get("cgi-bin/getcallbackip")


async def test_address_not_on_the_white_list(wechat: EmulatorClient, api: Api) -> None:
    await wechat.configure(allowed_ips=["10.0.0.1"])
    assert (await api.get("cgi-bin/getcallbackip"))["errcode"] == 40164
    assert (await api.post("cgi-bin/stable_token", credentials(api), token=None))["errcode"] == 40164


async def test_five_messages_in_48_hours_after_a_message(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    assert [await api.send_text(lin.openid, str(number)) for number in range(6)] == [0, 0, 0, 0, 0, 45047]
    await lin.says("还在吗")
    assert (await lin.info())["allowance"]["left"] == 5
    await wechat.skip(48 * 3600 - 60)
    assert await api.send_text(lin.openid, "快到点了") == 42001
    await api.log_in()
    assert await api.send_text(lin.openid, "快到点了") == 0
    await wechat.skip(61)
    assert await api.send_text(lin.openid, "过点了") == 45015
    shown = [entry.text for entry in await lin.screen() if entry.channel == "customer"]
    assert shown == ["0", "1", "2", "3", "4", "快到点了"]


@pytest.mark.parametrize("deed", ["follow", "click", "scan", "scancode"])
async def test_three_messages_in_a_minute_after_other_deeds(
    wechat: EmulatorClient, api: Api, bot: PretendBot, deed: str
) -> None:
    lin = await wechat.user("lin", follow=deed == "follow" or "quietly")
    if deed == "click":
        await lin.taps_menu("REPORT")
    elif deed == "scan":
        await lin.scans("b:1")
    elif deed == "scancode":
        await lin.sends({"MsgType": "event", "Event": "scancode_waitmsg", "EventKey": "K"})
    assert [await api.send_text(lin.openid, "x") for _ in range(4)] == [0, 0, 0, 45047]
    await wechat.skip(61)
    assert await api.send_text(lin.openid, "x") == 45015


async def test_viewing_a_page_opens_nothing(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.taps_menu("https://example.com/", event="view")
    assert await api.send_text(lin.openid, "x") == 45015


async def test_allowances_do_not_add_up_the_larger_counts(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    for _ in range(4):
        assert await api.send_text(lin.openid, "x") == 0
    await lin.taps_menu("REPORT")  # 1 left for 48 h, 3 for a minute
    assert [await api.send_text(lin.openid, "x") for _ in range(4)] == [0, 0, 0, 45047]
    await lin.says("在吗")
    await lin.taps_menu("REPORT")
    assert (await lin.info())["allowance"]["left"] == 5


async def test_unfollowing_closes_the_window(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    await lin.unfollow()
    assert await api.send_text(lin.openid, "x") == 45015
    assert (await api.get("cgi-bin/user/info", openid=lin.openid))["subscribe"] == 0


async def test_openid_of_another_app_or_of_nobody(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow="quietly")
    assert await api.send_text(lin.mp_openid, "x") == 40003
    assert await api.send_text("o" * 28, "x") == 40003


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (b"", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        (b"\xff", 40033),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": 5}}, 47001),
        ({"msgtype": "text"}, 40035),
        ({"msgtype": "sticker", "sticker": {}}, 40008),
        ({"msgtype": "text", "text": {"content": "水" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "x"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "msgmenu", "msgmenu": {"list": []}}, 40035),
        ({"msgtype": "text", "text": {"content": "水" * 682}}, 0),
        ({"msgtype": "news", "news": {"articles": [{"title": "a", "url": "https://example.com"}]}}, 0),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"title": "工单", "pagepath": "pages/t"}}, 0),
    ],
)
async def test_bodies_of_customer_messages(
    wechat: EmulatorClient, api: Api, bot: PretendBot, body: object, errcode: int
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    if isinstance(body, dict):
        body = {"touser": lin.openid, **body}
    assert (await api.post(SEND, body))["errcode"] == errcode
    assert (await lin.info())["allowance"]["left"] == (4 if errcode == 0 else 5)
    assert [entry.channel for entry in await lin.screen()].count("customer") == (errcode == 0)


async def test_msgmenu_is_shown_with_its_choices(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    menu = {"head_content": "修好了吗?", "list": [{"id": "1", "content": "好了"}, {"id": "2", "content": "没好"}]}
    await api.post(SEND, {"touser": lin.openid, "msgtype": "msgmenu", "msgmenu": menu})
    shown = await lin.wait_for("修好了吗?")
    assert [(item.id, item.content) for item in shown.items] == [("1", "好了"), ("2", "没好")]
    assert (await wechat.calls(SEND))[-1].msgtype == "msgmenu"


async def test_typing(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")

    async def typing(command: str) -> int:
        body = {"touser": lin.openid, "command": command}
        return int((await api.post("cgi-bin/message/custom/typing", body))["errcode"])

    assert await typing("Typing") == 45080
    await lin.says("在吗")
    assert await typing("Dancing") == 45072
    assert await typing("Typing") == 0
    assert (await lin.info())["typing"] is True
    assert await typing("Typing") == 45081
    await api.send_text(lin.openid, "在")
    assert (await lin.info())["typing"] is False
    assert [await typing("Typing"), await typing("CancelTyping"), await typing("Typing")] == [0, 0, 0]
    await wechat.skip(16)
    assert await typing("Typing") == 0
    await wechat.skip(15)
    assert await typing("Typing") == 45080


def ticket(openid: str, **changes: object) -> dict[str, object]:
    data = {
        "character_string1": "R20260310-0007",
        "thing2": "厨房水管漏水",
        "phrase3": "已接单",
        "time4": "2026年3月10日 15:20",
        "thing5": "张师傅预计15:20到",
    } | changes
    fields = {key: {"value": value} for key, value in data.items() if value is not None}
    return {"touser": openid, "template_id": "emu-ticket-progress", "data": fields}


async def test_template_shows_a_card_and_reports_success(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    body = ticket(lin.openid, first="您好", remark="谢谢", thing2="水管\n漏水😀") | {"url": "https://example.com/t/7"}
    answer = await api.post(TEMPLATE, body)
    assert answer["errcode"] == 0 and answer["msgid"] > 2**40
    [card] = await lin.screen()
    assert (card.channel, card.title, card.url) == ("template", "工单进度提醒", "https://example.com/t/7")
    assert [field.value for field in card.fields][1] == "水管 漏水"
    assert "您好" not in card.text and "谢谢" not in card.text
    await _until_heard(wechat, bot, 1)
    event = bot.heard[-1]
    assert (event["Event"], event["Status"], event["MsgID"]) == (
        "TEMPLATESENDJOBFINISH",
        "success",
        str(answer["msgid"]),
    )


async def _until_heard(wechat: EmulatorClient, bot: PretendBot, count: int) -> None:
    """Wait by looking at what the emulator has delivered; each look is a round trip."""
    async with asyncio.timeout(20):
        while len(bot.heard) < count:
            await wechat.stats()


async def test_result_events_come_by_the_clock_with_the_status_ordered(
    wechat: EmulatorClient, api: Api, bot: PretendBot
) -> None:
    await wechat.configure(result_delay_seconds=30)
    lin = await wechat.user("lin", follow="quietly", next_results=["failed:user block"])
    await lin.set(template_result="failed: system failed")
    for _ in range(2):
        assert (await api.post(TEMPLATE, ticket(lin.openid)))["errcode"] == 0
    assert bot.heard == []
    await wechat.skip(31)
    await _until_heard(wechat, bot, 2)
    assert {fields["Status"] for fields in bot.heard} == {"failed:user block", "failed: system failed"}
    assert await lin.screen() == []


async def test_same_client_msg_id_is_sent_once_in_ten_minutes(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow="quietly")
    body = ticket(lin.openid) | {"client_msg_id": "ticket-7-accepted"}
    first, second = await api.post(TEMPLATE, body), await api.post(TEMPLATE, body)
    assert first == second
    assert [entry.delivery_id for entry in await lin.screen()] == ["ticket-7-accepted"]
    await wechat.skip(601)
    assert (await api.post(TEMPLATE, body))["msgid"] != first["msgid"]


@pytest.mark.parametrize(
    "changes",
    [
        {"thing2": "水" * 21},
        {"thing2": None},
        {"thing2": ""},
        {"phrase3": "accepted"},
        {"phrase3": "已经接单处理中"},
        {"time4": "明天"},
        {"character_string1": "单号R2026"},
    ],
)
async def test_template_fields_that_break_their_rule(
    wechat: EmulatorClient, api: Api, changes: dict[str, object]
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    answer = await api.post(TEMPLATE, ticket(lin.openid, **changes))
    assert answer["errcode"] == 47003
    assert f"data.{next(iter(changes))}.value invalid" in answer["errmsg"]
    assert await lin.screen() == []


async def test_template_refusals(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow=False)
    assert (await api.post(TEMPLATE, ticket(lin.openid)))["errcode"] == 43004
    assert (await api.post(TEMPLATE, ticket(lin.mp_openid)))["errcode"] == 40003
    body = ticket(lin.openid) | {"template_id": "gone"}
    assert (await api.post(TEMPLATE, body))["errcode"] == 40037
    await api.log_in(program=True)
    assert (await api.post(TEMPLATE, ticket(lin.mp_openid)))["errcode"] == 48001


def test_config_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="43 characters"):
        EmulatorConfig.model_validate({"account": {"aes_key": "short"}})


async def test_clock_of_the_emulator_can_be_handed_to_a_bot(platform: Platform, wechat: EmulatorClient) -> None:
    before = platform.clock.now()
    await wechat.skip(3600)
    assert timedelta(hours=1) <= platform.clock.now() - before < timedelta(hours=1, minutes=1)
    assert platform.clock.wall() - before < timedelta(minutes=1)
