"""Writing to an owner: the guard, undo, a chosen time, pictures, notes that call somebody, canned replies, macros."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

from PIL import Image

from desk.deliveries import Kind
from desk.effects import brief
from nlp import understand
from store.conversations import Allowance
from store.deliveries import DeliveryState
from store.messages import Direction, Message
from store.tickets import Category
from tests.api.world import CHEN_CHAT, WANG_CHAT, Caller, World
from tests.inbox.conftest import API, SignIn

CHAT = f"/conversations/{quote(WANG_CHAT, safe='')}"


async def line(world: World, id: str, text: str, *, minutes: int = 0) -> None:
    await world.desk.stores.messages.add(
        [
            Message(
                id=id,
                conversation_id=WANG_CHAT,
                direction=Direction.INBOUND,
                at=world.clock.now() - timedelta(minutes=minutes),
                text=text,
                understanding=understand(text).to_dict(),
            )
        ]
    )


async def head(caller: Caller) -> dict[str, Any]:
    answer = await caller.get(CHAT)
    assert answer.status == 200, await answer.text()
    shown: dict[str, Any] = await answer.json()
    return shown


async def lines(caller: Caller) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await (await caller.get(f"{CHAT}/messages")).json())["items"]
    return shown


async def test_who_answers_second_sees_the_first_answer_before_theirs_leaves(world: World, sign_in: SignIn) -> None:
    zhou, li = await sign_in("xiaozhou"), await sign_in("ligong")
    await line(world, "w1", "厨房水管爆了", minutes=5)
    await world.desk.stores.conversations.change(WANG_CHAT, {"unread": 1, "waiting_since": world.clock.now()})
    seen = (await head(zhou))["newest"]
    assert seen == "w1" == (await head(li))["newest"]
    world.clock.move(seconds=1)
    first = await zhou.post(f"{CHAT}/messages", {"text": "师傅马上到", "seen": seen}, key="a")
    assert first.status == 201
    sent = await first.json()

    second = await li.post(f"{CHAT}/messages", {"text": "我来处理", "seen": seen}, key="b")
    refused = (await second.json())["error"]
    assert second.status == 409 and refused["code"] == "newer_reply"
    newer = refused["details"]["line"]
    assert "师傅马上到" in newer["text"] and newer["by_name"] == "小周" and newer["said_by"] == "staff"
    assert len(await world.desk.stores.deliveries.open_of(WANG_CHAT)) == 1
    # Repeating what was sent is no second answer; knowing of the other one, or meaning it, lets it through.
    assert (await (await zhou.post(f"{CHAT}/messages", {"text": "师傅马上到", "seen": seen}, key="a")).json()) == sent
    for body in ({"seen": newer["id"]}, {"seen": seen, "force": True}):
        assert (await li.post(f"{CHAT}/messages", {"text": "我也在", **body})).status == 201
    # One's own words do not stop oneself.
    assert (await li.post(f"{CHAT}/messages", {"text": "还有", "seen": newer["id"]})).status == 201
    row = await head(li)
    assert (row["unread"], row["waiting_since"], row["last_line"], row["last_by"]) == (0, None, "还有", "李工")
    assert row["staff"] == "xiaozhou", "who answered first holds it"


async def test_a_reply_waits_five_seconds_and_can_be_taken_back(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    await line(world, "w1", "在吗", minutes=2)
    waiting = world.clock.now() - timedelta(minutes=2)
    await world.desk.stores.conversations.change(
        WANG_CHAT, {"unread": 1, "waiting_since": waiting, "last_line": "在吗", "last_from": "owner"}
    )
    sent = await (await desk.post(f"{CHAT}/messages", {"text": "在的"})).json()
    row = await world.desk.stores.deliveries.get(sent["delivery_id"])
    assert row.not_before - world.clock.now() == timedelta(seconds=5)
    assert sent["undo_until"] is not None and sent["undo_seconds"] == 5
    assert (await lines(desk))[0]["delivery"]["undo_until"] is not None
    for _ in range(2):
        back = await desk.delete(f"/deliveries/{quote(sent['delivery_id'], safe='')}")
        assert back.status == 200 and "在的" in (await back.json())["text"]
    shown = await head(desk)
    assert (shown["unread"], shown["last_line"], shown["last_from"]) == (1, "在吗", "owner")
    assert shown["waiting_since"] is not None and shown["staff"] is None
    assert (await lines(desk))[0]["delivery"]["said"] == "已撤回"

    # The time that the words promised goes with them.
    promise = await (await desk.post(f"{CHAT}/messages", {"text": "师傅下午三点到"})).json()
    [proposed] = promise["promises"]
    await desk.delete(f"/deliveries/{quote(promise['delivery_id'], safe='')}")
    assert (await world.desk.stores.promises.get(proposed["id"])).state == "dismissed"

    late = await (await desk.post(f"{CHAT}/messages", {"text": "马上来"})).json()
    world.clock.move(seconds=5)
    refused = await desk.delete(f"/deliveries/{quote(late['delivery_id'], safe='')}")
    assert refused.status == 409 and (await refused.json())["error"]["code"] == "too_late"
    assert (await desk.delete("/deliveries/reply:nothing")).status == 404
    key = await world.desk.outbox.put(
        "ticket:1:x", await world.desk.stores.conversations.get(WANG_CHAT), Kind.STATUS, "进展", person_id="x"
    )
    assert (await desk.delete(f"/deliveries/{key}")).status == 404, "what the system tells is nobody's to undo"


async def test_a_planned_reply_can_be_moved_reworded_and_cancelled(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    now = world.clock.now()
    at = now + timedelta(hours=20)
    for wrong in (now - timedelta(minutes=1), now + timedelta(days=400)):
        assert (await desk.post(f"{CHAT}/messages", {"text": "早", "send_at": wrong.isoformat()})).status == 400
    made = await (await desk.post(f"{CHAT}/messages", {"text": "早上好", "send_at": at.isoformat()}, key="s")).json()
    assert made["undo_until"] is None and made["send_at"] is not None
    shown = await head(desk)
    assert [(one["delivery_id"], one["by_name"]) for one in shown["scheduled"]] == [(made["delivery_id"], "小周")]
    assert shown["last_from"] != "staff", "nothing was said yet"
    assert (await lines(desk))[0]["delivery"]["said"].startswith("定时 明天")
    path = f"/deliveries/{quote(made['delivery_id'], safe='')}"
    moved = await desk.post(f"{path}/schedule", {"send_at": (at + timedelta(hours=1)).isoformat(), "text": "上午好"})
    assert moved.status == 200
    assert "上午好" in (await head(desk))["scheduled"][0]["text"] and "上午好" in (await lines(desk))[0]["text"]
    assert (await desk.delete(path)).status == 200
    assert (await head(desk))["scheduled"] == []
    assert (await desk.post(f"{path}/schedule", {"text": "迟了"})).status == 409


async def test_what_a_reply_now_would_do_is_said(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    assert (await head(desk))["budget"]["said"] == "还可发 5 条,剩 48 小时"
    change = world.desk.stores.conversations.change
    await change(WANG_CHAT, {"allowance": Allowance(left=0, until=world.clock.now() + timedelta(hours=3)).model_dump()})
    spent = (await head(desk))["budget"]
    assert spent["now"] == "parked" and "条数用完" in spent["said"]
    await change(WANG_CHAT, {"followed": False})
    assert (await head(desk))["budget"]["now"] == "call_list"


async def test_a_picture_is_checked_and_goes_with_the_reply(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")

    async def upload(content: bytes, chat: str = CHAT) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": "image/png"}
        async with desk.client.post(f"{API}{chat}/media", data=content, headers=headers) as answer:
            return answer.status, await answer.json()

    assert (await upload(b"GIF89a not a picture"))[0] == 400
    status, medium = await upload(picture.getvalue())
    assert status == 201 and medium["state"] == "kept"
    elsewhere = (await upload(picture.getvalue(), f"/conversations/{quote(CHEN_CHAT, safe='')}"))[1]
    assert (await desk.post(f"{CHAT}/messages", {"text": "看", "media": [elsewhere["id"]]})).status == 400
    sent = await (await desk.post(f"{CHAT}/messages", {"text": "看这里", "media": [medium["id"]]})).json()
    assert len(sent["pictures"]) == 1
    shown = [one for one in await lines(desk) if one["media"]]
    assert [one["media"][0]["id"] for one in shown] == [medium["id"]] and shown[0]["kind"] == "image"
    assert (await desk.get(f"/media/{medium['id']}")).status == 200
    alone = await (await desk.post(f"{CHAT}/messages", {"media": [medium["id"]]})).json()
    assert alone["delivery_id"] in alone["pictures"]

    # Taken back: the pictures stay here with the words, and may be sent again.
    for reply, words in ((sent, "看这里"), (alone, "")):
        back = await (await desk.delete(f"/deliveries/{quote(reply['delivery_id'], safe='')}")).json()
        assert back["pictures"] == [medium["id"]] and words in back["text"]
    assert await world.desk.stores.deliveries.open_of(WANG_CHAT) == []
    assert (await desk.post(f"{CHAT}/messages", {"text": "再看", "media": [medium["id"]]})).status == 201


async def test_a_note_calls_those_whom_it_names(world: World, sign_in: SignIn) -> None:
    desk, li = await sign_in("xiaozhou"), await sign_in("ligong")
    body = {"text": "@李工 上月也漏过,@nobody 看下", "mentions": ["manager"]}
    made = await desk.post(f"{CHAT}/notes", body, key="n")
    note = await made.json()
    assert made.status == 201 and set(note["mentions"]) == {"ligong", "manager"} and note["said_by"] == "note"
    assert await (await desk.post(f"{CHAT}/notes", body, key="n")).json() == note
    [alert] = (await (await li.get("/alerts")).json())["items"]
    assert alert["kind"] == "conversation_mentioned" and "小周" in alert["text"]
    assert (await desk.post(f"{CHAT}/notes", {"text": "x", "mentions": ["who"]})).status == 400
    assert await world.desk.stores.deliveries.open_of(WANG_CHAT) == [], "nothing of it goes to the owner"


async def test_handing_over_needs_a_reason_and_is_heard_of(world: World, sign_in: SignIn) -> None:
    desk, li = await sign_in("xiaozhou"), await sign_in("ligong")
    for wrong in ({"to": "ligong", "reason": " "}, {"reason": "x"}, {"to": "ligong", "team": "t", "reason": "x"}):
        assert (await desk.post(f"{CHAT}/hand-over", wrong)).status == 400
    shown = await (await desk.post(f"{CHAT}/hand-over", {"to": "ligong", "reason": "要看合同"})).json()
    assert (shown["mode"], shown["staff"], shown["staff_name"]) == ("person", "ligong", "李工")
    [alert] = (await (await li.get("/alerts")).json())["items"]
    assert "要看合同" in alert["text"] and "3栋2单元1502王芳" in alert["text"]
    assert (await lines(desk))[0]["text"] == "李工:要看合同"
    free = await (await desk.post(f"{CHAT}/assign", {"to": None})).json()
    assert (free["mode"], free["staff"]) == ("person", None)
    for deed, unread in (("unread", 1), ("read", 0)):
        assert (await (await desk.post(f"{CHAT}/{deed}")).json())["unread"] == unread


async def test_canned_replies_are_filled_and_macros_do_several_things(world: World, sign_in: SignIn) -> None:
    desk, li = await sign_in("xiaozhou"), await sign_in("ligong")
    ticket = await world.ticket()
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    text = "{name}您好,{room}的{number}已安排。{due}前到。"
    shared = {"title": "已安排", "text": text, "shortcut": "/安排", "personal": False}
    assert (await desk.post("/canned", shared)).status == 403, "shared ones are a supervisor's"
    assert (await li.post("/canned", {**shared, "text": "{phone}"})).status == 400
    made = await (await li.post("/canned", shared)).json()
    mine = {"title": "好的", "text": "好的 {hotline}", "shortcut": "好", "personal": True}
    own = await (await desk.post("/canned", mine)).json()
    assert (await li.post("/canned", shared)).status == 400, "the shortcut is taken"
    found = (await (await desk.get("/canned", conversation=WANG_CHAT)).json())["items"]
    filled = {one["title"]: one for one in found}
    assert filled["已安排"]["filled"].startswith(f"王芳您好,3栋2单元1502的{ticket.number}已安排。")
    assert "{" not in filled["已安排"]["filled"] and filled["好的"]["missing"] == ["hotline"]
    assert [one["title"] for one in (await (await li.get("/canned")).json())["items"]] == ["已安排"]
    assert [one["title"] for one in (await (await desk.get("/canned", q="安")).json())["items"]] == ["已安排"]
    assert (await li.delete(f"/canned/{own['id']}")).status == 404
    assert (await desk.delete(f"/canned/{own['id']}")).status == 200
    await desk.post(f"{CHAT}/messages", {"text": "好", "canned": made["id"]})
    assert (await (await li.get("/canned")).json())["items"][0]["uses"] == 1

    actions = [
        {"do": "reply", "text": "{name}您好,在办了"},
        {"do": "reply", "text": "请打 {hotline}"},
        {"do": "tag", "add": ["跟进"]},
        {"do": "assign", "to": "me"},
        {"do": "transition", "to": "accepted"},
        {"do": "snooze", "minutes": 60},
    ]
    macro = await (await desk.post("/macros", {"name": "接手", "actions": actions, "personal": True})).json()
    ran = await (await desk.post(f"{CHAT}/macros/{macro['id']}", {})).json()
    assert [(one["action"], one["ok"]) for one in ran["results"]] == [
        ("reply", True),
        ("reply", False),
        ("tag", True),
        ("assign", True),
        ("transition", True),
        ("snooze", True),
    ], ran["results"]
    assert ran["head"]["staff"] == "xiaozhou" and ran["head"]["tags"] == ["跟进"] and ran["head"]["snoozed_until"]
    assert ran["head"]["ticket"]["state"] == "accepted"
    assert (await desk.post("/macros", {"name": "x", "actions": [{"do": "drop"}]})).status == 400
    assert (await li.post(f"{CHAT}/macros/{macro['id']}", {})).status == 404


async def test_one_click_corrects_what_the_bot_understood(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    ticket = await world.ticket("楼上天天装修吵死了,电话13900008821", category=Category.INQUIRY)
    await line(world, "w1", "楼上天天装修吵死了,电话13900008821")
    body = {"label": "complaint", "intent": "complaint", "ticket": ticket.number}
    shown = await (await desk.post("/messages/w1/correction", body)).json()
    assert shown["understanding"]["corrected"]["label"] == "complaint"
    assert shown["understanding"]["corrected"]["by_name"] == "小周"
    assert (await world.desk.stores.tickets.get(ticket.id)).category is Category.COMPLAINT
    now = world.clock.now()
    [example] = await world.desk.stores.examples.listed(before=now + timedelta(1), since=now - timedelta(1), limit=9)
    assert example.label == "complaint" and example.by == "staff:xiaozhou" and "139" not in example.text
    assert (await desk.post("/messages/w1/correction", {"label": "nonsense"})).status == 400
    assert (await desk.post("/messages/none/correction", {"label": "repair"})).status == 404


async def test_what_became_of_a_push_is_said_in_words(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    await line(world, "w1", "在吗")
    for _ in range(2):
        await world.desk.stores.messages.repeated("w1")
    assert (await lines(desk))[0]["repeats_said"] == "微信推送 3 次,只处理一次"
    sent = await (await desk.post(f"{CHAT}/messages", {"text": "在"})).json()
    stores, now = world.desk.stores, world.clock.now()
    row = await stores.deliveries.get(sent["delivery_id"])
    changes = {"reason": "not following", "attention": True, "to_call": True}
    await stores.deliveries.move(row, DeliveryState.UNDELIVERABLE, at=now, changes=changes)
    [shown] = [one["delivery"] for one in await lines(desk) if one["delivery"]]
    assert shown["said"] == "没送到:业主没有关注服务号,请打电话" and shown["to_call"]
