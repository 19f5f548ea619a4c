"""What arrives at the callback address and is wrong, odd or hostile: who sees what, and that nothing breaks."""

from __future__ import annotations

import asyncio
import copy
import gzip
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestServer

from bot.app import PARTS, Parts, create_app
from bot.wechat.crypto import Seal, sign
from desk.deliveries import Kind
from store.deliveries import DeliveryState
from tests.clock import FixedClock
from tests.e2e.outgoing import attention, put, row
from tests.house import House, open_house

NUMBER = re.compile(r"[RCIPS]\d{8}-\d{4,}")
OTHER_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
NONCE = "nonce12345"


@pytest.fixture(autouse=True)
def nothing_breaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever comes in, no handler of ours fails."""
    yield
    broken = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert broken == []


@dataclass
class Seen:
    """What came back over the wire."""

    status: int
    body: str


async def post(house: House, body: bytes, query: Mapping[str, str], *, url: str = "", **more: object) -> Seen:
    """One HTTP request to the callback address, as it is."""
    address = f"{url or house.url}/wechat"
    headers = more.pop("headers", None)
    async with house.http.post(address, data=body, params=dict(query), headers=headers) as answer:  # type: ignore[arg-type]
        seen = Seen(answer.status, await answer.text())
    assert seen.status < 500 and "Traceback" not in seen.body and "File " not in seen.body
    return seen


def query_for(house: House, *parts: str, age: float = 0, token: str = "") -> dict[str, str]:
    """A signed query; ``parts`` is the encrypted body in safe mode."""
    settings = house.settings
    token = token or settings.wechat_token
    timestamp = str(int(house.clock.now().timestamp() - age))
    query = {"timestamp": timestamp, "nonce": NONCE, "signature": sign(token, timestamp, NONCE)}
    if parts:
        query |= {"encrypt_type": "aes", "msg_signature": sign(token, timestamp, NONCE, *parts)}
    return query


def message(openid: str, text: str = "你好", *, msg_id: int = 4711, extra: str = "", at: int = 1773108000) -> str:
    """A text message as WeChat writes it."""
    return (
        f"<xml><ToUserName>gh_emulator0001</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>text</MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{msg_id}</MsgId>{extra}</xml>"
    )


def sealed(house: House, xml: str | bytes, *, key: str = "", app_id: str = "") -> tuple[bytes, str]:
    """The envelope of safe mode, and what is signed of it."""
    seal = Seal(key or house.settings.wechat_aes_key, app_id or house.settings.wechat_app_id)
    encrypted = seal.close(xml.encode() if isinstance(xml, str) else xml)
    return f"<xml><ToUserName>gh_x</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode(), encrypted


async def send(house: House, xml: str | bytes, *, age: float = 0, url: str = "") -> Seen:
    """One push in safe mode, well signed and sealed."""
    body, encrypted = sealed(house, xml)
    return await post(house, body, query_for(house, encrypted, age=age), url=url)


def opened(house: House, seen: Seen) -> str:
    """The words of a passive answer in safe mode."""
    found = re.search(r"<Encrypt>(?:<!\[CDATA\[)?([^<\]]+)", seen.body)
    assert found, seen.body
    plain = Seal(house.settings.wechat_aes_key, house.settings.wechat_app_id).open(found[1]).decode()
    content = re.search(r"<Content>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</Content>", plain, re.DOTALL)
    assert content, plain
    return content[1]


async def kept(house: House) -> int:
    """How many inbound messages are stored."""
    return await house.stores.connection.database["messages"].count_documents({"direction": "inbound"})


@asynccontextmanager
async def another_serve(house: House, process: str = "serve-2", **settings: str) -> AsyncIterator[tuple[str, Parts]]:
    """A second web process over the same database; its address and its parts."""
    changed = house.settings.model_copy(update=settings)
    app = create_app(replace(house.runtime, process=process, settings=changed), loops=False)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/"), app[PARTS]
    finally:
        await server.close()


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


# ---- once ----


async def test_three_times_at_once_at_two_processes_and_again_later_is_one_ticket_and_one_answer(house: House) -> None:
    wang = await house.owner("wang")
    xml = message(wang.openid, "厨房漏水了,麻烦来修")
    async with another_serve(house) as (url, _):
        seen = await asyncio.gather(*(send(house, xml, url=address) for address in (house.url, url) * 3))
        answers = {opened(house, one) for one in seen}
        [ticket] = await house.tickets_of(wang)
        assert len(answers) == 1 and ticket.number in answers.pop()
        house.clock.move(minutes=2)
        later = await send(house, xml, url=url)
        assert opened(house, later) == opened(house, seen[0])
    assert len(await house.tickets_of(wang)) == 1 and await kept(house) == 1
    # And by a process that was not there the first time.
    async with another_serve(house, "serve-3") as (url, _):
        assert opened(house, await send(house, xml, url=url)) == opened(house, seen[0])
    await house.work()
    assert await house.stores.deliveries.due(at=house.clock.now()) == []


async def test_two_events_in_one_second_are_two_events(house: House) -> None:
    wang = await house.owner("wang")
    first, second = await asyncio.gather(
        wang.taps_menu("my_tickets", create_time=1773108000), wang.taps_menu("help", create_time=1773108000)
    )
    assert first.fault is None and second.fault is None
    assert await kept(house) == 2
    # The same button twice in one second cannot be told from WeChat's repeat: one answer.
    again = await wang.taps_menu("help", create_time=1773108000)
    assert again.reply == second.reply and await kept(house) == 2


# ---- what people type ----


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\u200b\ufeff",
        "😀😀😀👨‍👩‍👧🏳️‍🌈",
        "。。。。",
        "]]>",
        "]]]]><![CDATA[>",
        "]]></Content><MsgType>event</MsgType>",
        "<script>alert(1)</script>",
        "&lt;&amp;&#0;&xxe;",
        "{{7*7}} ${jndi:ldap://x} %s %(x)s {number}",
        "a" * 20_000,
        "漏水" * 3_000,
        "\u202e反过来",
        "\U00020000" * 50,
    ],
)
async def test_whatever_is_typed_gets_an_answer(house: House, text: str) -> None:
    wang = await house.owner("wang")
    push = await wang.says(text)
    assert push.fault is None and push.statuses == [200], push.reasons
    assert push.reply


async def test_twenty_thousand_chinese_characters_in_plaintext_mode_open_one_ticket(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> None:
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock, mode="plaintext"
    ) as house:
        wang = await house.owner("wang")
        push = await wang.says("厨房漏水了" + "水" * 19_995)
        assert push.fault is None and NUMBER.search(push.reply or "")
        assert len(await house.tickets_of(wang)) == 1


async def test_what_is_echoed_is_inert(house: House) -> None:
    wang = await house.owner("wang")
    hostile = "厨房]]><MsgType>image</MsgType><script>alert(1)</script>漏水 {number} %s"
    push = await wang.says(hostile)
    assert push.fault is None and NUMBER.search(push.reply or "")
    [ticket] = await house.tickets_of(wang)
    assert hostile in ticket.description
    zhou = await house.sign_in("zhou")
    shown = await zhou.call("GET", f"tickets/{ticket.number}")
    assert "<script>" in shown["description"], "JSON carries it as it is; the page writes it as text"
    async with house.http.get(f"{house.url}/inbox/") as page:
        assert "alert(1)" not in await page.text()


# ---- not yours ----


async def test_another_owners_ticket_number_opens_nothing(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    await wang.says("卫生间的马桶堵了")
    [ticket] = await house.tickets_of(wang)
    before = await house.stores.tickets.get(ticket.id)
    for words in ("{}怎么样了", "取消{}", "催一下{}", "{}改到明天上午", "{}补充:其实是厨房", "{}没修好", "{}满意"):
        push = await chen.says(words.format(ticket.number))
        assert push.fault is None
        for secret in ("马桶", "1502", "王芳"):
            assert secret not in (push.reply or ""), (words, push.reply)
    after = await house.stores.tickets.get(ticket.id)
    assert after == before


async def test_an_openid_of_another_app_is_a_stranger(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("卫生间的马桶堵了")
    [ticket] = await house.tickets_of(wang)
    xml = message(wang.mp_openid, f"{ticket.number}怎么样了")
    seen = await send(house, xml)
    assert seen.status == 200 and "马桶" not in opened(house, seen)
    # And nothing can be sent there: the platform does not know it, a person hears of it.
    stranger = copy.copy(wang)
    stranger.openid = wang.mp_openid
    id = await put(house, stranger, "给谁的?", Kind.STAFF_REPLY)
    await house.work()
    gone = await row(house, id)
    assert gone.state is DeliveryState.UNDELIVERABLE and "40003" in (gone.reason or "")
    assert id in await attention(house)


async def test_who_unfollowed_and_writes_all_the_same_is_answered_and_sent_nothing(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("卫生间的马桶堵了")
    assert (await wang.unfollow()).fault is None
    pushes = await wang.says("你好", force=True)
    assert pushes.statuses == [200]
    [ticket] = await house.tickets_of(wang)
    zhang = await house.sign_in("zhang")
    await zhang.move(ticket.number, "accepted")
    await house.work()
    [lost] = (await attention(house)).values()
    assert lost["state"] == "undeliverable" and lost["reason"] == "not following"
    assert not [entry for entry in await wang.screen() if entry.channel in ("customer", "template")]


# ---- the other modes ----


@pytest.mark.parametrize("mode", ["plaintext", "compatible"])
async def test_the_other_modes(
    mode: str, tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> None:
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock, mode=mode
    ) as house:
        wang = await house.owner("wang")
        assert await house.wechat.handshake() == (True, "ok")
        push = await wang.says("厨房漏水了 ]]> <b>", parallel=3)
        assert push.fault is None and NUMBER.search(push.reply or "")
        assert len(await house.tickets_of(wang)) == 1
        for options in ({"signature": "broken"}, {"signature": "missing"}, {"age_seconds": 3600}):
            refused = await wang.says("客厅的灯不亮", **options)
            assert refused.fault and refused.statuses[0] == 403, options
        for raw in ("<xml>", "<!DOCTYPE xml>" + message(wang.openid), "{"):
            assert (await wang.raw(raw)).statuses[0] == 400
        assert len(await house.tickets_of(wang)) == 1
        if mode == "compatible":
            # Only what was sealed counts; its plain neighbours can be forged.
            body, encrypted = sealed(house, message(wang.openid, "你好", msg_id=9))
            forged = body.replace(b"</xml>", b"<Content>x</Content><FromUserName>oForged01</FromUserName></xml>")
            assert (await post(house, forged, query_for(house, encrypted))).status == 200
            assert await house.stores.conversations.find(f"{house.settings.wechat_app_id}:oForged01") is None


async def test_a_key_that_was_changed_a_moment_ago_still_opens_and_answers_in_kind(house: House) -> None:
    wang = await house.owner("wang")
    old = house.settings.wechat_aes_key
    async with another_serve(house, wechat_aes_key=OTHER_KEY, wechat_aes_key_previous=old) as (url, _):
        await house.wechat.configure(callback_url=f"{url}/wechat")
        still_old = await wang.says("你好")
        await house.wechat.configure(aes_key=OTHER_KEY)
        new = await wang.says("你好")
        assert still_old.fault is None and new.fault is None and still_old.reply and new.reply
        assert (await wang.says("你好", aes_key=OTHER_KEY[::-1])).statuses[0] == 403
