"""What arrives twice, from strangers, with strange words or in another mode: answered once, and safely."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.deliveries import Kind
from store.deliveries import DeliveryState
from tests.clock import FixedClock
from tests.e2e.outgoing import attention, put, row
from tests.e2e.wire import OTHER_KEY, another_serve, kept, message, opened, post, query_for, sealed, send
from tests.house import House, open_house

NUMBER = re.compile(r"[RCIPS]\d{8}-\d{4,}")


@pytest.fixture(autouse=True)
def nothing_breaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever comes in, no handler of ours fails."""
    yield
    broken = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert broken == []


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
