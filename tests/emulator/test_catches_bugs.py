"""The emulator must be able to fail a bot. Each of these bugs was met in the wild."""

from __future__ import annotations

import pytest

from bot.emulator.client import EmulatorClient, PushResult
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot


async def _fault(wechat: EmulatorClient, text: str = "漏水") -> PushResult:
    lin = await wechat.user("lin", follow="quietly")
    result = await lin.says(text)
    assert result.fault is not None and result.reply is None
    assert (await lin.screen())[-1].channel == "fault"
    assert any(refusal.push_id == result.id for refusal in await wechat.refusals())
    return result


@pytest.mark.parametrize(
    ("bug", "value", "reason"),
    [
        ("wrong_signature", True, "MsgSignature is wrong"),
        ("wrong_nonce", True, "Nonce is '12345'"),
        ("wrong_app_id", "wx0000000000000000", "ends in appid 'wx0000000000000000'"),
        ("answer_in_clear", True, "safe mode wants an encrypted answer"),
        ("swap", False, "To and From must be swapped"),
        ("says", "水" * 683, "the text has 2049 bytes"),
        ("says", "", "the text is empty"),
        ("whole_body", b'{"ok": true}', "the answer is JSON"),
        ("whole_body", b'"success"', "without quotes"),
        ("whole_body", b"success\n", "without quotes"),
        ("whole_body", b"\xff", "not UTF-8"),
        ("whole_body", b"<xml>", "not well-formed XML"),
        ("whole_body", b"<!DOCTYPE x><xml/>", "document type"),
        ("inner", "<MsgType>sticker</MsgType>", "MsgType 'sticker' is not one of"),
        ("inner", "<MsgType>text</MsgType><Content>a</Content><Content>b</Content>", "<Content> is there 2 times"),
        ("inner", "<MsgType>text</MsgType><Content>a</Content><Url>b</Url>", "<Url> does not belong to a text"),
        ("inner", "<MsgType>image</MsgType><Image><MediaId>x</MediaId></Image>", "MediaId 'x' is unknown"),
        ("inner", "<MsgType>text</MsgType><Content>\x0b</Content>", "not well-formed XML"),
    ],
)
async def test_a_wrong_answer_is_a_fault(
    wechat: EmulatorClient, bot: PretendBot, bug: str, value: object, reason: str
) -> None:
    setattr(bot, bug, value)
    result = await _fault(wechat)
    assert reason in "; ".join(result.reasons)
    assert len(result.attempts) == 1  # an answer came: nothing is tried again


async def test_a_pad_to_sixteen_bytes(wechat: EmulatorClient, bot: PretendBot) -> None:
    bot.pad_block = 16
    faults = []
    lin = await wechat.user("lin", follow="quietly")
    for length in range(32):
        faults.append((await lin.says("a" * (length + 1))).fault)
    wrong = [fault for fault in faults if fault]
    assert len(wrong) == 16  # the other half of the lengths comes out the same either way
    assert all("pad is wrong" in fault for fault in wrong)


async def test_user_text_that_breaks_out_of_its_cdata(wechat: EmulatorClient, bot: PretendBot) -> None:
    bot.careless_cdata = True
    result = await _fault(wechat, "]]></Content><MsgType>news</MsgType><Content><![CDATA[")
    assert "<MsgType> is there 2 times" in result.reasons


async def test_a_text_of_exactly_the_limit_passes(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    bot.says = "水" * 682 + "ab"
    assert (await lin.says("说")).reply == bot.says


@pytest.mark.parametrize(
    ("count", "claimed", "reason"), [(1, 1, ""), (2, 2, "1 to 1 are allowed"), (1, 2, "ArticleCount")]
)
async def test_articles_in_answer_to_text(
    wechat: EmulatorClient, bot: PretendBot, count: int, claimed: int, reason: str
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    item = "<item><Title>装修须知</Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>"
    bot.inner = f"<MsgType>news</MsgType><ArticleCount>{claimed}</ArticleCount><Articles>{item * count}</Articles>"
    result = await lin.says("说")
    if reason:
        assert reason in (result.fault or "")
    else:
        assert result.reply == "装修须知"
    bot.says = ""
    clicked = await lin.taps_menu("NEWS")
    assert (clicked.fault is None) is (count == claimed)


async def test_late_answer(wechat: EmulatorClient, bot: PretendBot) -> None:
    await wechat.configure(deadline_seconds=0.25)
    bot.delays = [0.4, 0.4, 0.4]
    result = await _fault(wechat)
    assert [attempt.outcome for attempt in result.attempts] == ["timeout"] * 3


async def test_content_in_answer_to_an_event_nobody_sees(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    bot.says = "再见"
    result = await lin.unfollow()
    assert result.reasons == ["an answer with content to unsubscribe, which nobody sees"]
    assert await lin.screen() == []


async def test_sending_without_allowance(wechat: EmulatorClient, bot: PretendBot, api: Api) -> None:
    lin = await wechat.user("lin", follow="quietly")
    assert await api.send_text(lin.openid, "您好") == 45015
    [refusal] = await wechat.refusals()
    assert (refusal.user, refusal.errcode, refusal.what) == ("lin", 45015, "cgi-bin/message/custom/send")
    assert await lin.screen() == []


async def test_escaped_unicode_body(wechat: EmulatorClient, bot: PretendBot, api: Api) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    raw = ('{"touser":"' + lin.openid + '","msgtype":"text","text":{"content":"\\u60a8\\u597d"}}').encode()
    assert (await api.post("cgi-bin/message/custom/send", raw))["errcode"] == 40033
    literal = ('{"touser":"' + lin.openid + '","msgtype":"text","text":{"content":"路径 \\\\u60a8"}}').encode()
    assert (await api.post("cgi-bin/message/custom/send", literal))["errcode"] == 0


async def test_two_owners_of_one_token(wechat: EmulatorClient, bot: PretendBot, api: Api) -> None:
    app = api.config.account
    query = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret}
    mine = (await api.get("cgi-bin/token", token=None, **query))["access_token"]
    await api.get("cgi-bin/token", token=None, **query)  # the other owner
    assert "ip_list" in await api.get("cgi-bin/getcallbackip", token=mine)
    await wechat.skip(301)
    answer = await api.get("cgi-bin/getcallbackip", token=mine)
    assert answer["errcode"] == 40001
    assert "two owners?" in (await wechat.refusals())[-1].reason
