"""What arrives at the callback address and is wrong, odd or hostile: who sees what, and that nothing breaks."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest

from tests.e2e.wire import OTHER_KEY, kept, message, opened, post, query_for, sealed, send
from tests.house import House


@pytest.fixture(autouse=True)
def nothing_breaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever comes in, no handler of ours fails."""
    yield
    broken = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert broken == []


# ---- who are you ----


async def test_who_does_not_sign_or_sign_well_is_refused_and_nothing_is_kept(house: House) -> None:
    wang = await house.owner("wang")
    body, encrypted = sealed(house, message(wang.openid))
    good = query_for(house, encrypted)
    wrong = [
        {},
        {name: value for name, value in good.items() if name != "msg_signature"},
        {name: value for name, value in good.items() if name != "timestamp"},
        {name: value for name, value in good.items() if name != "nonce"},
        good | {"msg_signature": "0" * 40},
        good | {"msg_signature": good["signature"]},  # the plain signature does not cover the body
        good | {"msg_signature": good["msg_signature"].upper()},
        good | {"msg_signature": "签名"},
        good | {"timestamp": "yesterday"},
        good | {"timestamp": "9" * 40},
        good | {"nonce": "<script>"},
        good | {"encrypt_type": "rot13"},
        query_for(house, encrypted, token="wrongtoken"),
        query_for(house),  # safe mode takes nothing bare
    ]
    for query in wrong:
        assert (await post(house, body, query)).status == 403, query
    assert (await post(house, message(wang.openid).encode(), query_for(house))).status == 403
    assert await kept(house) == 0
    assert (await post(house, body, good)).status == 200


async def test_sealed_for_another_app_or_with_another_key_is_refused(house: House) -> None:
    wang = await house.owner("wang")
    for body, encrypted in (
        sealed(house, message(wang.openid), app_id="wxotherapp00000000"),
        sealed(house, message(wang.openid), key=OTHER_KEY),
        (b"<xml><Encrypt>!!!</Encrypt></xml>", "!!!"),
        (b"<xml><Encrypt>QUFBQQ==</Encrypt></xml>", "QUFBQQ=="),
    ):
        assert (await post(house, body, query_for(house, encrypted))).status == 403
    assert await kept(house) == 0
    shown = await wang.says("你好", trailing_app_id="wxotherapp00000000")
    assert shown.fault and shown.statuses[0] == 403


async def test_a_stale_push_is_refused_unless_it_repeats_a_known_one(house: House) -> None:
    wang = await house.owner("wang")
    xml = message(wang.openid, "客厅的灯不亮了")
    assert (await send(house, xml, age=301)).status == 403
    assert (await send(house, xml, age=-301)).status == 403
    assert await kept(house) == 0
    first = await send(house, xml, age=299)
    late = await send(house, xml, age=3600)
    assert first.status == late.status == 200
    assert opened(house, first) == opened(house, late)
    assert len(await house.tickets_of(wang)) == 1


async def test_a_stale_event_that_is_not_kept_is_refused(house: House) -> None:
    wang = await house.owner("wang")
    event = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>{wang.openid}</FromUserName><CreateTime>1773108000</CreateTime>"
        "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID><Status>success</Status></xml>"
    )
    assert (await send(house, event, age=3600)).status == 403
    assert (await send(house, event)).status == 200


async def test_the_handshake(house: House) -> None:
    assert await house.wechat.handshake() == (True, "ok")
    good = {**query_for(house), "echostr": "5919137158123"}
    for query, status in (
        (good, 200),
        ({}, 403),
        (good | {"signature": "0" * 40}, 403),
        (good | {"signature": ""}, 403),
        ({name: value for name, value in good.items() if name != "echostr"}, 403),
        (good | {"echostr": "<script>alert(1)</script> "}, 403),
        (good | {"echostr": "x" * 1_000}, 403),
    ):
        async with house.http.get(f"{house.url}/wechat", params=query) as answer:
            assert answer.status == status, query
            assert status != 200 or (await answer.text() == "5919137158123" and answer.content_type == "text/plain")
    async with house.http.put(f"{house.url}/wechat", data=b"x") as answer:
        assert answer.status == 405


# ---- what is this ----


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<xml>",
        message("oAnybody01")[:-20],
        "<html></html>",
        "<xml/>",
        "hello",
        "null",
        '{"a": 1',
        "[" * 5000,
        b"<xml><FromUserName>\xff\xfe</FromUserName></xml>",
        b"\x00\x01\x02",
        "<xml>" + "<a>" * 20_00 + "</a>" * 20_00 + "</xml>",
        "<xml>" + "<a/>" * 5000 + "</xml>",
        '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY x "y">]>' + message("oAnybody01", "&x;"),
        '<!DOCTYPE xml SYSTEM "file:///etc/passwd">' + message("oAnybody01"),
        message("oAnybody01", extra="<MsgType>event</MsgType>"),
        message("oAnybody01", extra="<FromUserName>oAnybody02</FromUserName>"),
        message("oAnybody01", extra="<MsgId>1</MsgId>"),
        message("../../etc/passwd"),
        message("o' || '1'=='1"),
        message("oAnybody01", at=99999999999),
        message("oAnybody01", at=-1),
        message("oAnybody01").replace("4711", "$ne"),
        message("oAnybody01").replace("<MsgType>text</MsgType>", ""),
        message("oAnybody01").replace("<CreateTime>1773108000</CreateTime>", ""),
    ],
)
async def test_what_is_no_clean_push_is_refused(house: House, xml: str | bytes) -> None:
    seen = await send(house, xml)
    assert seen.status == 400, seen
    assert await kept(house) == 0


async def test_an_envelope_that_is_broken_is_refused(house: House) -> None:
    wang = await house.owner("wang")
    body, encrypted = sealed(house, message(wang.openid))
    query = query_for(house, encrypted)
    for broken in (b"", b"<xml></xml>", body[:-10], b"<xml><Encrypt></Encrypt></xml>", b"\xff" * 100, b"{}"):
        assert (await post(house, broken, query)).status == 400, broken
    twice = body.replace(b"</xml>", f"<Encrypt>{encrypted}</Encrypt></xml>".encode())
    assert (await post(house, twice, query)).status == 400
    assert await kept(house) == 0


async def test_too_much_is_not_read(house: House) -> None:
    wang = await house.owner("wang")
    big = message(wang.openid, "a" * 70_000)
    body, encrypted = sealed(house, big)
    assert (await post(house, body, query_for(house, encrypted))).status == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    # Without a length, and much more inside than it looks from outside.
    async with house.http.post(f"{house.url}/wechat", data=pieces(), params=query_for(house)) as answer:
        assert answer.status == 413
    bomb = gzip.compress(b"x" * 5_000_000)
    assert (await post(house, bomb, query_for(house), headers={"Content-Encoding": "gzip"})).status in (400, 413)
    assert (await post(house, b"no gzip", query_for(house), headers={"Content-Encoding": "gzip"})).status == 400
    assert await kept(house) == 0


async def test_half_a_push_leaves_nothing(house: House) -> None:
    wang = await house.owner("wang")
    body, encrypted = sealed(house, message(wang.openid))
    query = "&".join(f"{name}={quote(value)}" for name, value in query_for(house, encrypted).items())
    host, port = house.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /wechat?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:50])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await wang.says("你好")).fault is None
    assert await kept(house) == 1


async def test_who_hangs_up_before_the_answer_gets_it_with_the_repeat(house: House) -> None:
    wang = await house.owner("wang")
    body, encrypted = sealed(house, message(wang.openid, "厨房漏水了"))
    query = "&".join(f"{name}={quote(value)}" for name, value in query_for(house, encrypted).items())
    host, port = house.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /wechat?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    writer.transport.abort()
    again = await send(house, message(wang.openid, "厨房漏水了"))
    [ticket] = await house.tickets_of(wang)
    assert ticket.number in opened(house, again) and await kept(house) == 1


async def test_unknown_messages_and_events_are_answered_success_and_not_kept(house: House) -> None:
    wang = await house.owner("wang")
    for fields in (
        {"MsgType": "event", "Event": "debug_demo"},
        {"MsgType": "event", "Event": "LOCATION", "Latitude": "30.1", "Longitude": "north", "Precision": "x"},
        {"MsgType": "event", "Event": "VIEW", "EventKey": "https://example.com"},
        {"MsgType": "event"},
        {"MsgType": "hologram", "Content": "?"},
        {"MsgType": "event", "Event": "kf_create_session", "KfAccount": "a@b"},
        {"MsgType": "event", "Event": "MASSSENDJOBFINISH", "MsgID": "1", "Status": "err(10001)"},
        {"MsgType": "event", "Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": {"a": "b"}}},
    ):
        push = await wang.sends(fields)
        assert push.statuses == [200] and push.fault is None, (fields, push.reasons)
        assert push.attempts[0].outcome == "success" and push.reply is None
    assert await kept(house) == 0


async def test_odd_but_known_messages_get_an_answer(house: House) -> None:
    wang = await house.owner("wang")
    for fields in (
        {"MsgType": "TEXT", "Content": "你好", "MsgId": 1},
        {"MsgType": "text", "MsgId": 2},
        {"MsgType": "voice", "MediaId": "x", "Format": "amr", "Recognition": "", "MsgId": 3},
        {"MsgType": "image", "PicUrl": "javascript:alert(1)", "MediaId": "../x", "MsgId": 4},
        {"MsgType": "location", "Location_X": "nan", "Location_Y": "1e999", "Label": "]]>", "MsgId": 5},
        {"MsgType": "link", "Title": "<b>", "Url": "file:///etc/passwd", "MsgId": 6},
        {"MsgType": "event", "Event": "CLICK", "EventKey": "no_such_button"},
        {"MsgType": "event", "Event": "SCAN", "EventKey": "no-such-scene", "Ticket": "t"},
    ):
        push = await wang.sends(fields)
        assert push.statuses == [200] and push.fault is None, (fields, push.reasons)
    assert await house.tickets_of(wang) == []
