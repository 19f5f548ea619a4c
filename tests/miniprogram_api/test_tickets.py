"""An owner's tickets and messages in the mini-program."""

from __future__ import annotations

from desk.charges import Line
from desk.deliveries import Kind
from store.conversations import ParkedText
from store.deliveries import DeliveryState
from store.tickets import State
from tests.api.world import CHEN, CHEN_CHAT, WANG, WANG_CHAT, World
from tests.miniprogram_api.conftest import SignIn

SECRET_WORDS = ("难缠", "李工", "13812345678", "ligong", "zhang", "weight", "classified", "notes", "version")


async def test_a_matter_is_reported_understood_and_shown_in_the_chat(world: World, sign_in: SignIn) -> None:
    wang = await sign_in("wang")
    body = {"category": "repair", "description": "厨房水管爆了,水漫出来了", "wished_time": "今天下午"}
    answer = await wang.post("/tickets", body, key="k1")
    assert answer.status == 201, await answer.text()
    ticket = await answer.json()
    assert ticket["urgent"] and ticket["room"] == "3栋2单元1502" and ticket["state"] == "new"
    assert ticket["number"].startswith("R20260310-") and ticket["promised_said"]
    again = await wang.post("/tickets", body, key="k1")
    assert (await again.json()) == ticket
    stored = await world.desk.stores.tickets.by_number(ticket["number"])
    assert stored.origin == "miniprogram" and stored.conversation_id == WANG_CHAT
    chat = await world.desk.stores.conversations.get(WANG_CHAT)
    assert [brief.number for brief in chat.open_tickets] == [ticket["number"]]
    assert [row["number"] for row in (await (await wang.get("/tickets")).json())["items"]] == [ticket["number"]]


async def test_an_owner_sees_only_their_own(world: World, sign_in: SignIn) -> None:
    theirs = await world.ticket("灯不亮", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    wang = await sign_in("wang")
    for answer in (
        await wang.get(f"/tickets/{theirs.number}"),
        await wang.post(f"/tickets/{theirs.number}/words", {"text": "是我的"}),
        await wang.post(f"/tickets/{theirs.number}/confirm", {"fixed": True}),
    ):
        assert answer.status == 404
    assert (await (await wang.get("/tickets")).json())["items"] == []
    assert (
        await wang.post("/tickets", {"category": "repair", "description": "灯", "room": "1栋1单元302"})
    ).status == 400


async def test_what_only_colleagues_know_is_not_shown(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    desk, boss = world.desk, await world.actor("ligong")
    zhang = await desk.stores.staff.get("zhang")
    ticket = await desk.tickets.assign(ticket, zhang, boss)
    ticket = await desk.tickets.note(ticket, "备注:难缠", boss)
    ticket = await desk.tickets.move(ticket, State.ACCEPTED, await world.actor("zhang"))
    ticket = await desk.tickets.move(ticket, State.NEW, boss, reason="李工说换人")
    ticket = await desk.tickets.move(ticket, State.ACCEPTED, await world.actor("zhang"))
    ticket = await desk.tickets.move(ticket, State.RESOLVED, await world.actor("zhang"), note="换了软管")
    wang = await sign_in("wang")
    text = await (await wang.get(f"/tickets/{ticket.number}")).text()
    for secret in SECRET_WORDS:
        assert secret not in text
    whole = await (await wang.get(f"/tickets/{ticket.number}")).json()
    assert [step["state"] for step in whole["steps"]] == ["new", "accepted", "accepted", "resolved"]
    assert whole["steps"][-1]["words"] == "换了软管"
    assert (whole["executor_name"], whole["executor_phone"]) == ("张师傅", "138****5678")


async def test_words_answer_the_question_and_the_work_goes_on(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    zhang = await world.actor("zhang")
    ticket = await world.desk.tickets.move(ticket, State.ACCEPTED, zhang)
    ticket = await world.desk.tickets.move(ticket, State.WAITING_OWNER, zhang, question="是哪个水龙头?")
    wang = await sign_in("wang")
    shown = await (await wang.get(f"/tickets/{ticket.number}")).json()
    assert shown["steps"][-1]["words"] == "是哪个水龙头?"
    for _ in range(2):
        answer = await wang.post(f"/tickets/{ticket.number}/words", {"text": "水槽那个"}, key="w1")
        assert answer.status == 201
        after = await answer.json()
        assert after["state"] == "accepted" and [added["text"] for added in after["additions"]] == ["水槽那个"]
    assert (await wang.post(f"/tickets/{ticket.number}/words", {"text": "  "})).status == 400


async def test_confirming_closes_and_not_fixed_opens_it_again(world: World, sign_in: SignIn) -> None:
    wang = await sign_in("wang")
    zhang = await world.actor("zhang")
    numbers = []
    for _ in range(2):
        ticket = await world.ticket()
        early = await wang.post(f"/tickets/{ticket.number}/confirm", {"fixed": True, "satisfaction": 1})
        assert early.status == 409
        ticket = await world.desk.tickets.move(ticket, State.ACCEPTED, zhang)
        await world.desk.tickets.move(ticket, State.RESOLVED, zhang, note="好了")
        numbers.append(ticket.number)
    good = await wang.post(
        f"/tickets/{numbers[0]}/confirm", {"fixed": True, "satisfaction": 2, "words": "就是来得慢"}, key="c1"
    )
    assert (await good.json())["state"] == "closed"
    assert (await good.json())["revisit"] == {
        "state": "answered",
        "fixed": True,
        "satisfaction": 2,
        "words": "就是来得慢",
    }
    bad = await wang.post(f"/tickets/{numbers[1]}/confirm", {"fixed": False, "words": "还在漏"})
    assert (await bad.json())["state"] == "accepted"
    stored = await world.desk.stores.tickets.by_number(numbers[1])
    assert stored.reopened == 1 and stored.observers == ("ligong",)
    wrong = await wang.post(f"/tickets/{numbers[0]}/confirm", {"fixed": True, "satisfaction": 5})
    assert wrong.status == 400
    closed = await wang.post(f"/tickets/{numbers[0]}/words", {"text": "又来了"})
    assert closed.status == 409


async def test_reading_a_reply_that_waited_delivers_it(world: World, sign_in: SignIn) -> None:
    stores = world.desk.stores
    chat = await stores.conversations.get(WANG_CHAT)
    key = await world.desk.outbox.put("reply:1", chat, Kind.STAFF_REPLY, "前台回复您:明天到", person_id=WANG)
    await world.desk.outbox.put("reply:2", chat, Kind.STATUS, "过时的", person_id=WANG)
    await world.desk.outbox.put(
        "reply:3", await stores.conversations.get(CHEN_CHAT), Kind.STATUS, "别人的", person_id=CHEN
    )
    await stores.deliveries.move(await stores.deliveries.get("reply:2"), DeliveryState.CANCELLED, at=world.clock.now())
    await stores.deliveries.move(await stores.deliveries.get(key), DeliveryState.PARKED, at=world.clock.now())
    await stores.conversations.park(WANG_CHAT, ParkedText(delivery_id=key, text="前台回复您:明天到"))
    wang = await sign_in("wang")
    page = await (await wang.get("/messages")).json()
    assert [item["text"] for item in page["items"]] == ["前台回复您:明天到"]
    assert (await stores.deliveries.get(key)).state is DeliveryState.DELIVERED
    assert (await stores.conversations.get(WANG_CHAT)).parked == ()


async def test_an_owner_says_yes_or_no_to_what_their_ticket_costs(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    boss = await world.actor("ligong")
    asked = await world.desk.charges.propose(ticket, [Line("换角阀", "2", "40.50")], boss)
    wang, chen = await sign_in("wang"), await sign_in("chen")
    [shown] = (await (await wang.get(f"/tickets/{ticket.number}/charges")).json())["items"]
    assert (shown["id"], shown["total"], shown["waiting"]) == (asked.id, "81.00", True)
    path = f"/tickets/{ticket.number}/charges/{asked.id}"
    assert (await chen.get(f"/tickets/{ticket.number}/charges")).status == 404
    assert (await chen.post(path, {"accepted": True})).status == 404, "nobody says yes for somebody else"
    assert (await wang.post(path, {"accepted": True, "state": "billed"})).status == 400
    said = await (await wang.post(path, {"accepted": True, "words": "换吧"}, key="y1")).json()
    assert (said["state"], said["answer"], said["waiting"]) == ("accepted", "换吧", False)
    assert (await wang.post(path, {"accepted": False})).status == 409
    kept = await world.desk.stores.charges.get(asked.id)
    assert (kept.way, kept.answered_by) == ("miniprogram", f"owner:{WANG}")
