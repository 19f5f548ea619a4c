"""Conversations in the inbox: what was said and understood, replying once, taking over, pushes that need a person."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from desk.deliveries import Kind
from nlp import understand
from store.conversations import Mode
from store.deliveries import Attempt, DeliveryState, Rung
from store.messages import Answer, AnswerState, Direction, Handling, Message
from tests.api.world import CHEN_CHAT, WANG, WANG_CHAT, World
from tests.inbox.conftest import SignIn


async def test_the_timeline_shows_what_was_understood_and_answered(world: World, sign_in: SignIn) -> None:
    text = "厨房水管爆了,水漫出来了"
    line = Message(
        id="wxofficial:1",
        conversation_id=WANG_CHAT,
        direction=Direction.INBOUND,
        at=world.clock.now(),
        text=text,
        understanding=understand(text).to_dict(),
        answer=Answer(text="收到,马上派人。", state=AnswerState.WRITTEN),
    )
    await world.desk.stores.messages.keep(line)
    desk = await sign_in("xiaozhou")
    [shown] = (await (await desk.get(f"/conversations/{quote(WANG_CHAT, safe='')}/messages")).json())["items"]
    assert shown["text"] == text and shown["direction"] == "inbound"
    assert shown["understanding"]["label"] == "repair" and shown["understanding"]["urgent"]
    assert any("爆" in word["text"] for word in shown["understanding"]["words"])
    assert shown["answer"] == {"text": "收到,马上派人。", "state": "written"}


async def test_conversations_are_listed_with_what_can_be_sent(sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    items = (await (await desk.get("/conversations")).json())["items"]
    assert {item["id"] for item in items} == {WANG_CHAT, CHEN_CHAT}
    [wang] = [item for item in items if item["id"] == WANG_CHAT]
    assert wang["name"] == "王芳" and wang["homes"][0]["name"] == "3栋2单元1502"
    assert wang["messages_left"] == 5 and wang["mode"] == "bot"
    assert (await desk.get("/conversations/wxofficial:nobody")).status == 404


async def test_a_reply_leaves_once_however_often_it_is_sent(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    answers = [
        await desk.post(f"/conversations/{WANG_CHAT}/messages", {"text": "师傅在路上了"}, key="r1") for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [201, 201]
    first, second = [await answer.json() for answer in answers]
    assert first == second and first["state"] == "queued" and "师傅在路上了" in first["text"]
    [push] = await world.desk.stores.deliveries.open_of(WANG_CHAT)
    assert push.id == first["delivery_id"]
    other = await desk.post(f"/conversations/{WANG_CHAT}/messages", {"text": "别的话"}, key="r1")
    assert other.status == 409 and (await other.json())["error"]["code"] == "idempotency_key_reused"
    # The key is the caller's own: a colleague may use the same one.
    assert (
        await (await sign_in("ligong")).post(f"/conversations/{WANG_CHAT}/messages", {"text": "别的"}, key="r1")
    ).status == 201


async def test_empty_and_overlong_replies_are_refused(sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    for text in ("", "   ", "长" * 601):
        assert (await desk.post(f"/conversations/{WANG_CHAT}/messages", {"text": text})).status == 400


async def test_taking_over_and_handing_back_tells_the_owner_once(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    taken = await (await desk.post(f"/conversations/{WANG_CHAT}/take")).json()
    assert (taken["mode"], taken["staff"]) == ("person", "xiaozhou")
    for _ in range(2):
        back = await (await desk.post(f"/conversations/{WANG_CHAT}/hand-back")).json()
        assert (back["mode"], back["staff"]) == ("bot", None)
    assert len(await world.desk.stores.deliveries.open_of(WANG_CHAT)) == 1
    assert (await world.desk.stores.conversations.get(WANG_CHAT)).mode is Mode.BOT
    lines = (await (await desk.get(f"/conversations/{WANG_CHAT}/messages")).json())["items"]
    assert {line["kind"] for line in lines} == {"handed_to_person", "handed_to_bot", "text"}


async def test_what_could_not_be_delivered_is_listed_until_looked_at(world: World, sign_in: SignIn) -> None:
    stores, now = world.desk.stores, world.clock.now()
    chat = await stores.conversations.get(WANG_CHAT)
    key = await world.desk.outbox.put("reply:lost", chat, Kind.STAFF_REPLY, "明天到", person_id=WANG)
    await stores.deliveries.move(
        await stores.deliveries.get(key),
        DeliveryState.UNDELIVERABLE,
        at=now,
        attempt=Attempt(rung=Rung.CUSTOMER, at=now, errcode=45015),
        changes={"attention": True, "to_call": True, "reason": "window closed"},
    )
    desk = await sign_in("xiaozhou")
    [item] = (await (await desk.get("/deliveries/attention")).json())["items"]
    assert (item["id"], item["state"], item["to_call"], item["name"]) == (key, "undeliverable", True, "王芳")
    assert item["homes"] == ["3栋2单元1502"] and item["attempts"][0]["errcode"] == 45015
    checked = await desk.post(f"/deliveries/{quote(key, safe='')}/checked")
    assert checked.status == 200 and (await checked.json())["checked"]
    assert (await (await desk.get("/deliveries/attention")).json())["items"] == []
    assert (await desk.post("/deliveries/none/checked")).status == 404


async def test_messages_that_could_not_be_handled_are_listed(world: World, sign_in: SignIn) -> None:
    line = Message(
        id="wxofficial:9",
        conversation_id=WANG_CHAT,
        direction=Direction.INBOUND,
        at=world.clock.now(),
        text="?",
        state=Handling.FAILED,
        tries=3,
        problem="ValueError",
    )
    await world.desk.stores.messages.keep(line)
    desk = await sign_in("xiaozhou")
    [item] = (await (await desk.get("/messages/set-aside")).json())["items"]
    assert (item["conversation"], item["tries"], item["problem"]) == (WANG_CHAT, 3, "ValueError")
    assert (await (await sign_in("zhang")).get("/messages/set-aside")).status == 403


async def test_long_lists_come_in_pages_that_miss_and_repeat_nothing(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    expected: list[str] = []
    for age in (0, 0, 0, 0, 0, 3, 3, 20, 200, 800):
        at = world.clock.now() - timedelta(days=age)
        line = Message(
            id=f"line-{len(expected)}", conversation_id=WANG_CHAT, direction=Direction.INBOUND, at=at, text="x"
        )
        await world.desk.stores.messages.keep(line)
        expected.append(line.id)
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = await (await desk.get(f"/conversations/{WANG_CHAT}/messages", limit=3, cursor=cursor)).json()
        assert len(page["items"]) == min(3, 10 - len(seen))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert (sorted(seen) == sorted(expected) and seen[5:] == expected[5:]) or seen[-3:] == expected[-3:]
    first = await (await desk.get(f"/conversations/{WANG_CHAT}/messages", limit=3)).json()
    for wrong in (first["next"][:-1] + ("0" if first["next"][-1] != "0" else "1"), "x", "a.b", "é.é"):
        answer = await desk.get(f"/conversations/{WANG_CHAT}/messages", cursor=wrong)
        assert answer.status == 400 and (await answer.json())["error"]["code"] == "bad_cursor"
    elsewhere = await desk.get(f"/conversations/{CHEN_CHAT}/messages", cursor=first["next"])
    assert elsewhere.status == 400
