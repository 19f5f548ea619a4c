from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot.wechat.client import MiniProgram, OfficialAccount, OutcomeUnknown, Unreachable, WeChatError
from bot.wechat.errors import Step
from store.tokens import MemoryTokenStore, RedisTokenStore

from .kit import FixedClock
from .pretend import APP_ID, SECRET, Pretend

LIN = "oLin_6-wYq3sM8cGk0ZbN1vHtXPE"


@pytest.fixture
async def account(wechat) -> AsyncIterator[OfficialAccount]:
    client = OfficialAccount(APP_ID, SECRET, MemoryTokenStore(FixedClock()), base=wechat.url + "/", timeout=3)
    yield client
    await client.close()


def impatient(wechat: Pretend, base: str = "") -> OfficialAccount:
    return OfficialAccount(APP_ID, SECRET, MemoryTokenStore(FixedClock()), base=base or wechat.url, timeout=0.25)


# --- what is sent


async def test_a_text_goes_out_as_raw_utf8(account, wechat) -> None:
    await account.send_text(LIN, "王师傅 15:00 到😀\x1d")
    assert wechat.sent == [
        (
            "/cgi-bin/message/custom/send",
            {"touser": LIN, "msgtype": "text", "text": {"content": "王师傅 15:00 到😀"}},
        )
    ]
    assert "王师傅 15:00 到😀".encode() in wechat.bodies[0]


async def test_a_menu_of_words_to_tap(account, wechat) -> None:
    await account.send_menu(LIN, "修好了吗?", [("1", "好了"), ("2", "没好")], "谢谢")
    assert wechat.sent[0][1]["msgmenu"] == {
        "head_content": "修好了吗?",
        "list": [{"id": "1", "content": "好了"}, {"id": "2", "content": "没好"}],
        "tail_content": "谢谢",
    }


async def test_a_template_message_gives_the_msgid_of_its_result(account, wechat) -> None:
    wechat.next.append({"errcode": 0, "errmsg": "ok", "msgid": 200228332})
    msgid = await account.send_template(LIN, "T1", {"thing2": "水管维修"}, url="https://x/t", client_msg_id="d1")
    assert msgid == "200228332"
    assert wechat.sent == [
        (
            "/cgi-bin/message/template/send",
            {
                "touser": LIN,
                "template_id": "T1",
                "data": {"thing2": {"value": "水管维修"}},
                "url": "https://x/t",
                "client_msg_id": "d1",
            },
        )
    ]


async def test_lookups(account, wechat) -> None:
    wechat.next.extend(
        [
            {"subscribe": 1, "openid": LIN, "unionid": "u1"},
            {"ticket": "gQ==", "expire_seconds": 600, "url": "http://weixin.qq.com/q/1"},
            {"ip_list": ["101.226.62.77"]},
            {"errcode": 0},
        ]
    )
    assert (await account.user_info(LIN))["unionid"] == "u1"
    assert await account.create_scene_qr("b:Zk3vQ9xT", 600) == ("gQ==", "http://weixin.qq.com/q/1")
    assert await account.callback_ips() == ["101.226.62.77"]
    await account.create_menu({"button": [{"type": "click", "name": "报修", "key": "repair"}]})
    assert wechat.queries[0]["openid"] == LIN
    assert wechat.sent[1][1]["action_info"] == {"scene": {"scene_str": "b:Zk3vQ9xT"}}
    assert wechat.sent[3][1]["button"][0]["name"] == "报修"


async def test_media_are_bytes_and_a_missing_one_is_an_error(account, wechat) -> None:
    wechat.next.extend([b"\xff\xd8{not json", {"errcode": 40007, "errmsg": "invalid media_id"}])
    assert await account.get_media("M1") == b"\xff\xd8{not json"
    with pytest.raises(WeChatError) as caught:
        await account.get_media("M1")
    assert caught.value.errcode == 40007


async def test_a_video_is_fetched_from_where_it_lies(account, wechat) -> None:
    film = wechat.url + "/film?access_token=" + wechat.token
    wechat.next.extend([{"video_url": film}, b"mp4"])
    assert await account.get_media("M1") == b"mp4"
    wechat.next.append({"video_url": "file:///etc/passwd"})
    with pytest.raises(OutcomeUnknown):
        await account.get_media("M1")


async def test_typing_that_cannot_be_shown_is_no_error(account, wechat) -> None:
    wechat.next.extend([{"errcode": 45080, "errmsg": "no interaction"}, {"errcode": 45081}, {"errcode": 48001}])
    await account.typing(LIN)
    await account.typing(LIN)
    with pytest.raises(WeChatError):
        await account.typing(LIN)
    assert wechat.sent[0][1] == {"touser": LIN, "command": "Typing"}


# --- refusals


async def test_a_refusal_says_what_to_do_and_logs_the_request_id_only(account, wechat, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    wechat.next.append({"errcode": 45015, "errmsg": "response out of time limit rid: 6552-ab12"})
    with pytest.raises(WeChatError) as caught:
        await account.send_text(LIN, "您的包裹到了")
    assert caught.value.api == "message"
    assert caught.value.action.step is Step.FALLBACK
    assert caught.value.action.close_window
    assert "rid 6552-ab12" in caplog.text
    for secret in ("包裹", wechat.token, SECRET):
        assert secret not in caplog.text
        assert secret not in str(caught.value)


async def test_a_template_field_that_breaks_its_rule_is_named(account, wechat) -> None:
    wechat.next.append({"errcode": 47003, "errmsg": "argument invalid! data.thing1.value invalid rid: 1"})
    with pytest.raises(WeChatError) as caught:
        await account.send_template(LIN, "T1", {"thing1": "x" * 30})
    assert caught.value.field == "thing1"


async def test_an_error_code_may_come_as_text(account, wechat) -> None:
    wechat.next.append({"errcode": "43101", "errmsg": "user refuse to accept the msg"})
    with pytest.raises(WeChatError) as caught:
        await account.send_text(LIN, "x")
    assert caught.value.errcode == 43101


# --- tokens


async def test_twenty_calls_at_once_fetch_one_token(account, wechat) -> None:
    await asyncio.gather(*(account.send_text(LIN, str(number)) for number in range(20)))
    assert wechat.fetches == 1
    assert len(wechat.sent) == 20


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once_and_the_call_made_again(account, wechat, errcode) -> None:
    wechat.next.append({"errcode": errcode, "errmsg": "access_token expired"})
    await account.send_text(LIN, "你好")
    assert wechat.fetches == 2
    assert len(wechat.sent) == 2


async def test_a_revoked_token_costs_one_refresh_for_all(account, wechat) -> None:
    await account.send_text(LIN, "0")
    wechat.revoke()
    await asyncio.gather(*(account.send_text(LIN, str(number)) for number in range(1, 6)))
    assert wechat.fetches == 2
    assert len(wechat.sent) == 6


async def test_a_token_that_another_process_renewed_is_taken_from_the_store(wechat, redis) -> None:
    first, second = (
        OfficialAccount(APP_ID, SECRET, RedisTokenStore(redis), base=wechat.url, timeout=3) for _ in range(2)
    )
    await asyncio.gather(*(who.send_text(LIN, "a") for who in (first, second) for _ in range(5)))
    assert wechat.fetches == 1
    wechat.revoke()
    await asyncio.gather(*(who.send_text(LIN, "b") for who in (first, second) for _ in range(5)))
    assert wechat.fetches == 2
    assert len(wechat.sent) == 20
    await first.close()
    await second.close()


async def test_a_token_refused_twice_is_not_tried_for_ever(account, wechat) -> None:
    wechat.next.extend([{"errcode": 40001, "errmsg": "invalid credential"}] * 9)
    with pytest.raises(WeChatError) as caught:
        await account.send_text(LIN, "x")
    assert caught.value.action.step is Step.REFRESH
    assert len(wechat.sent) == 2


async def test_a_wrong_secret_alerts_and_stops_the_sender(wechat) -> None:
    account = OfficialAccount(APP_ID, "wrong", MemoryTokenStore(FixedClock()), base=wechat.url, timeout=3)
    with pytest.raises(WeChatError) as caught:
        await account.send_text(LIN, "x")
    assert (caught.value.api, caught.value.errcode) == ("token", 40001)
    assert caught.value.action.step is Step.ALERT
    assert caught.value.action.pause_sender
    assert wechat.sent == []
    await account.close()


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": 7}, ["token"]])
async def test_a_token_answer_without_a_token_means_nothing_has_left(account, wechat, answer) -> None:
    wechat.token_answer = answer
    with pytest.raises(Unreachable):
        await account.send_text(LIN, "x")


async def test_a_caller_that_gives_up_does_not_end_the_fetch_of_the_others(account, wechat) -> None:
    impatient_one = asyncio.create_task(account.send_text(LIN, "a"))
    patient = asyncio.create_task(account.send_text(LIN, "b"))
    while wechat.fetches == 0:
        await asyncio.sleep(0)
    impatient_one.cancel()
    await patient
    assert wechat.fetches == 1
    assert [body["text"]["content"] for _, body in wechat.sent] == ["b"]


def test_the_ways_of_wechatpy_that_block_are_closed(account) -> None:
    with pytest.raises(AttributeError):
        _ = account._wire.access_token
    with pytest.raises(RuntimeError):
        account._wire.fetch_access_token()
    assert account._wire._http is None


async def test_no_other_host_is_given_our_token(account) -> None:
    with pytest.raises(NotImplementedError):
        await account._wire.get("https://example.com/cgi-bin/user/info")


# --- what became of it


async def test_nobody_there_is_safe_to_send_again(wechat) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for base in (f"http://127.0.0.1:{port}", "http://no-such-host.invalid"):
        account = impatient(wechat, base)
        with pytest.raises(Unreachable):
            await account.send_text(LIN, "x")
        await account.close()


async def test_a_time_out_after_the_request_left_is_unknown(wechat) -> None:
    account = impatient(wechat)
    wechat.next.append("hang")
    with pytest.raises(OutcomeUnknown):
        await account.send_text(LIN, "x")
    assert len(wechat.sent) == 1
    await account.close()


async def test_a_time_out_while_fetching_the_token_is_safe_to_send_again(wechat) -> None:
    account = impatient(wechat)
    wechat.token_answer = "hang"
    with pytest.raises(Unreachable):
        await account.send_text(LIN, "x")
    assert (wechat.fetches, wechat.sent) == (1, [])
    await account.close()


async def test_a_time_out_before_the_connection_stands_is_safe_to_send_again(wechat) -> None:
    """Somebody accepts the connection and then never says a word of TLS."""
    silent = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []
    port = silent.sockets[0].getsockname()[1]
    store = MemoryTokenStore(FixedClock())
    await store.put(APP_ID, wechat.token, timedelta(hours=1))
    account = OfficialAccount(APP_ID, SECRET, store, base=f"https://127.0.0.1:{port}", timeout=0.25)
    with pytest.raises(Unreachable):
        await account.send_text(LIN, "x")
    assert writers
    await account.close()
    for writer in writers:
        writer.close()
    silent.close()
    await silent.wait_closed()


async def test_an_error_code_that_is_no_number_is_unreadable(account, wechat) -> None:
    wechat.next.append({"errcode": "busy"})
    with pytest.raises(OutcomeUnknown):
        await account.send_text(LIN, "x")


@pytest.mark.parametrize(
    "answer", ["drop", web.Response(status=502, text="bad gateway"), web.Response(text="<html>hello</html>")]
)
async def test_a_lost_or_unreadable_answer_is_unknown_and_not_sent_again(account, wechat, answer) -> None:
    wechat.next.append(answer)
    with pytest.raises(OutcomeUnknown):
        await account.send_text(LIN, "x")
    assert len(wechat.sent) == 1


async def test_a_gateway_that_refuses_has_done_nothing(account, wechat) -> None:
    wechat.next.extend([web.Response(status=429), web.Response(status=302, headers={"Location": "/elsewhere"})])
    for errcode, step in ((429, Step.RETRY), (302, Step.DROP)):
        with pytest.raises(WeChatError) as caught:
            await account.send_text(LIN, "x")
        assert (caught.value.errcode, caught.value.action.step) == (errcode, step)


# --- the mini-program


async def test_a_login_needs_no_token(wechat) -> None:
    mini = MiniProgram("wxmini", "mini-secret", base=wechat.url)
    wechat.next.append({"openid": "oMini_1", "session_key": "HyVFkGl5F5OQWJZZaNzBBg==", "unionid": "u1"})
    session = await mini.code_to_session("c1")
    assert (session.openid, session.unionid) == ("oMini_1", "u1")
    assert "HyVF" not in repr(session)
    assert wechat.queries[0] == {
        "appid": "wxmini",
        "secret": "mini-secret",
        "js_code": "c1",
        "grant_type": "authorization_code",
    }
    assert wechat.fetches == 0
    wechat.next.extend([{"errcode": 40163, "errmsg": "code been used"}, {"errcode": 40226, "errmsg": "code blocked"}])
    for flag in ("new_login", "refuse_login"):
        with pytest.raises(WeChatError) as caught:
            await mini.code_to_session("c1")
        assert getattr(caught.value.action, flag)
    wechat.next.append({"session_key": "x"})
    with pytest.raises(OutcomeUnknown):
        await mini.code_to_session("c1")
    await mini.close()
