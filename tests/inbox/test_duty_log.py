"""The duty log, and the dispatch board beside it."""

from __future__ import annotations

from store.deliveries import Delivery, DeliveryState
from tests.api.world import CHEN, CHEN_CHAT, World
from tests.inbox.conftest import SignIn


async def test_a_shift_is_written_handed_over_and_signed(world: World, sign_in: SignIn) -> None:
    urgent = await world.ticket(urgent=True)
    await world.ticket("快递丢了", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    zhou, boss, chief = await sign_in("xiaozhou"), await sign_in("ligong"), await sign_in("manager")
    opened = await zhou.post("/duty", {"shift": "早班"})
    assert opened.status == 201, await opened.text()
    entry = await opened.json()
    assert (entry["state"], entry["day"], entry["by_name"]) == ("open", "2026-03-10", "小周")
    assert (await (await zhou.post("/duty", {"shift": "早班"})).json())["id"] == entry["id"]
    assert (await zhou.post("/duty", {"shift": "夜班"})).status == 409, "the first one is not handed over"
    assert (await zhou.post("/duty", {"shift": "早班", "estate": "nowhere"})).status == 400
    path = f"/duty/{entry['id']}"
    noted = await zhou.post(f"{path}/points", {"text": "3 栋停水,已报修", "ticket": urgent.number}, key="n1")
    assert noted.status == 201
    again = await zhou.post(f"{path}/points", {"text": "3 栋停水,已报修", "ticket": urgent.number}, key="n1")
    assert len((await again.json())["points"]) == 1
    assert (await zhou.post(f"{path}/points", {"text": "x", "ticket": "R20200101-0001"})).status == 404
    assert (await boss.post(f"{path}/points", {"text": "插一句"})).status == 403

    now = await (await zhou.get("/duty/current")).json()
    assert now["entry"]["id"] == entry["id"]
    assert [(one["ticket"], one["why"]) for one in now["proposed"]] == [(urgent.number, "紧急")]
    version = now["entry"]["version"]
    left = [{"text": "盯一下来水", "ticket": urgent.number}]
    assert (await zhou.post(f"{path}/handover", {"to": "xiaozhou", "version": version})).status == 400
    assert (await boss.post(f"{path}/sign", {"version": version})).status == 409, "not handed over yet"
    handed = await zhou.post(f"{path}/handover", {"to": "ligong", "version": version, "open_points": left})
    assert (await handed.json())["open_points"][0]["title"] == "厨房水管漏水"
    old = await zhou.post(f"{path}/handover", {"to": "ligong", "version": version})
    assert old.status == 409

    mine = await (await boss.post("/duty", {"shift": "中班"})).json()
    waiting = await (await boss.get("/duty/current")).json()
    assert [one["id"] for one in waiting["to_sign"]] == [entry["id"]]
    version = waiting["to_sign"][0]["version"]
    assert (await zhou.post(f"{path}/sign", {"version": version})).status == 403, "nobody signs their own"
    signed = await (await boss.post(f"{path}/sign", {"version": version, "remark": "收到"})).json()
    assert (signed["state"], signed["signed_by_name"]) == ("signed", "李工")
    assert [point["kind"] for point in (await (await boss.get(f"/duty/{mine['id']}")).json())["points"]] == [
        "taken_over"
    ]
    assert (await zhou.post(f"{path}/points", {"text": "改一下"})).status == 409
    assert (await zhou.post(f"{path}/handover", {"to": "manager", "version": signed["version"]})).status == 409
    sampled = await (await chief.post(f"{path}/remarks", {"text": "抽查:记录完整"})).json()
    assert [one["text"] for one in sampled["remarks"]] == ["收到", "抽查:记录完整"]
    assert (await zhou.post(f"{path}/remarks", {"text": "x"})).status == 403
    listed = (await (await zhou.get("/duty", state="signed")).json())["items"]
    assert [one["id"] for one in listed] == [entry["id"]]
    assert [one["points"][0]["text"] for one in listed] == ["3 栋停水,已报修"]
    assert (await (await sign_in("zhang")).get("/duty")).status == 403


async def test_the_board_shows_who_has_what_and_what_nobody_has(world: World, sign_in: SignIn) -> None:
    desk, boss = await sign_in("xiaozhou"), await sign_in("ligong")
    team = {"id": "gong", "name": "工程", "members": ["zhang", "liu"]}
    assert (await boss.post("/teams", team)).status == 201
    leak = await world.ticket(urgent=True)
    light = await world.ticket("楼道灯不亮", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    await desk.post(f"/tickets/{leak.number}/assign", {"executor": "zhang"})
    world.clock.move(minutes=11)
    board = await (await desk.get("/board")).json()
    [gong] = board["teams"]
    people = {one["username"]: one for one in gong["people"]}
    assert set(people) == {"zhang", "liu"}
    [card] = people["zhang"]["tickets"]
    assert (card["number"], card["late"], people["zhang"]["load"]) == (leak.number, ["accept_by"], 1)
    assert card["next"] in ("accept_by", "first_answer_by", "on_site_by")
    assert [one["number"] for one in board["unassigned"]] == [light.number]
    assert {one["username"] for one in board["others"]["people"]} >= {"xiaozhou", "ligong"}
    assert (await (await sign_in("zhang")).get("/board")).status == 403
    assert (await (await desk.get("/board", estate="other")).json())["unassigned"] == []


async def test_somebody_is_rung_up_by_one_colleague_at_a_time(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket(owner="nobody", chat=None)
    price = {"items": [{"name": "角阀", "unit_price": "80"}]}
    desk, boss = await sign_in("xiaozhou"), await sign_in("ligong")
    charge = await (await desk.post(f"/tickets/{ticket.number}/charges", price)).json()
    [row] = (await (await desk.get("/calls")).json())["items"]
    assert (row["ticket"], row["phone_masked"], row["tries"]) == (ticket.number, "139****8821", [])
    assert "80.00" in row["text"] and "费用要业主同意" in row["reason"]
    path = f"/calls/{row['id']}"
    assert (await desk.post(f"{path}/take")).status == 200
    taken = await boss.post(f"{path}/take")
    assert taken.status == 409 and (await taken.json())["error"]["details"]["taken_by"] == "staff:xiaozhou"
    assert (await (await desk.post(f"{path}/phone")).json()) == {"phone": "13900008821"}
    now = world.clock.now()
    log = await world.desk.stores.audit.listed(
        before=now.replace(year=2027), since=now.replace(year=2025), limit=50, action="call.phone_seen"
    )
    assert [entry.by for entry in log] == ["staff:xiaozhou"], "who looked at the number stands in the log"
    tried = await (await desk.post(f"{path}/outcome", {"outcome": "no_answer"}, key="o1")).json()
    assert [one["outcome"] for one in tried["tries"]] == ["no_answer"] and tried["taken_by"] is None
    again = await (await desk.post(f"{path}/outcome", {"outcome": "no_answer"}, key="o1")).json()
    assert len(again["tries"]) == 1
    assert len((await (await desk.get("/calls")).json())["items"]) == 1, "to be tried again"
    assert (await boss.post(f"{path}/outcome", {"outcome": "maybe"})).status == 400
    assert (await desk.get("/calls/unknown/take")).status in (404, 405)
    said = {"accepted": True, "said": "行,修吧", "way": "phone"}
    assert (await boss.post(f"/charges/{charge['id']}/answer", said)).status == 200
    assert (await (await desk.get("/calls")).json())["items"] == [], "the answer takes it off the list"
    assert (await boss.post(f"{path}/outcome", {"outcome": "reached"})).status == 409
    assert (await (await sign_in("zhang")).get("/calls")).status == 403

    # Of a notice there is no ticket and no chat: which home it was for stands in the row.
    now = world.clock.now()
    row = Delivery(
        id="notice:n1:chen",
        person_id=CHEN,
        conversation_id="",
        app_id="",
        openid="",
        estate_id="hy",
        seq=1,
        kind="emergency",
        text="今晚停水",
        not_before=now,
        state=DeliveryState.UNDELIVERABLE,
        attention=True,
        to_call=True,
        notice_id="n1",
        of_notice=True,
        room_id="hy/1-1-302",
        created_at=now,
        changed_at=now,
    )
    await world.desk.stores.deliveries.add([row])
    [call] = (await (await desk.get("/calls")).json())["items"]
    assert (call["room"], call["ticket"], call["text"]) == ("1栋1单元302", None, "今晚停水")
