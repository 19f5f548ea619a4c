"""Incidents, severities, calls and checks by the staff API: who may, what is refused, and what is shown."""

from __future__ import annotations

from datetime import timedelta

from store.tickets import Category
from tests.api.world import CHEN, CHEN_CHAT, World
from tests.inbox.conftest import SignIn


async def test_by_hand_confirmed_updated_and_closed(world: World, sign_in: SignIn) -> None:
    one = await world.ticket("地库渗水")
    other = await world.ticket("车位积水", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    li = await sign_in("ligong")
    body = {"tickets": [one.number, other.number], "title": "地库积水", "building": ""}
    made = await (await li.post("/incidents", body, key="k1")).json()
    assert (made["state"], made["people"], made["building"]) == ("proposed", 2, "")
    assert (await (await li.post("/incidents", body, key="k1")).json())["number"] == made["number"]
    shown = {member["number"]: member for member in made["members"]}
    assert (shown[one.number]["title"], shown[one.number]["state"]) == (one.title, "new")
    assert shown[other.number]["room"] == "1栋1单元302"
    open_now = await (await li.get("/incidents", state="open")).json()
    assert [row["number"] for row in open_now["items"]] == [made["number"]]
    path = f"/incidents/{made['number']}"
    assert (await li.post(f"{path}/updates", {"text": "在抽水"})).status == 409, "not confirmed yet"
    expected = (world.clock.now() + timedelta(hours=2)).isoformat()
    confirmed = await (await li.post(f"{path}/confirm", {"text": "正在抽水", "expected_at": expected}, key="k2")).json()
    assert confirmed["state"] == "confirmed" and "已知晓" in confirmed["updates"][0]["owner_text"]
    assert (await li.post(f"{path}/confirm", {"text": "正在抽水", "expected_at": expected}, key="k2")).status == 200
    xiaozhou = await sign_in("xiaozhou")
    told = await (await xiaozhou.post(f"{path}/updates", {"text": "还剩一半"})).json()
    assert [update["kind"] for update in told["updates"]] == ["acknowledged", "update"]
    assert (await xiaozhou.post(f"{path}/close", {"text": "抽干了"})).status == 403
    closed = await (await li.post(f"{path}/close", {"text": "抽干了"})).json()
    assert closed["state"] == "closed"
    listed = await (await xiaozhou.get("/incidents", state="closed")).json()
    assert [row["number"] for row in listed["items"]] == [made["number"]]
    assert (await (await li.get("/incidents", state="open")).json())["items"] == []

    # Who looks after another building sees how many are in it, and nothing of what is not theirs.
    await world.desk.stores.staff.change("xiaozhou", {"buildings": ["1"]})
    seen = {row["number"]: row for row in (await (await xiaozhou.get(path)).json())["members"]}
    assert seen[other.number]["title"] and not seen[one.number]["title"]
    assert (seen[one.number]["state"], seen[one.number]["room_id"]) == (None, None)
    assert (await xiaozhou.post(f"{path}/members/{one.number}/remove", {})).status == 404


async def test_what_is_refused(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    li, zhang, xiaozhou = await sign_in("ligong"), await sign_in("zhang"), await sign_in("xiaozhou")
    assert (await zhang.get("/incidents")).status == 403
    assert (await xiaozhou.post("/incidents", {"tickets": [ticket.number]})).status == 403
    assert (await li.post("/incidents", {"tickets": []})).status == 400
    assert (await li.post("/incidents", {"tickets": ["R20260310-9999"]})).status == 404
    assert (await li.get("/incidents/E20260310-9999")).status == 404
    made = await (await li.post("/incidents", {"tickets": [ticket.number]})).json()
    assert (await li.post(f"/incidents/{made['number']}/dismiss", {})).status == 400
    past = (world.clock.now() - timedelta(hours=1)).isoformat()
    assert (await li.post(f"/incidents/{made['number']}/confirm", {"expected_at": past})).status == 400


async def test_a_severity_is_decided_by_a_supervisor_only(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket("楼上夜里施工", category=Category.COMPLAINT)
    path = f"/tickets/{ticket.number}/severity"
    xiaozhou, li = await sign_in("xiaozhou"), await sign_in("ligong")
    assert (await xiaozhou.post(path, {"severity": "major"})).status == 403
    assert (await li.post(path, {"severity": "huge"})).status == 400
    decided = await (await li.post(path, {"severity": "major", "reason": "吵了一个月"}, key="k1")).json()
    assert decided["severity"] == "major" and decided["due"]["answer_by"] is not None
    assert (await li.post(path, {"severity": "major", "reason": "吵了一个月"}, key="k1")).status == 200
    repair = await world.ticket()
    assert (await li.post(f"/tickets/{repair.number}/severity", {"severity": "major"})).status == 409


async def test_calls_and_checks_need_finished_work(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    xiaozhou, li = await sign_in("xiaozhou"), await sign_in("ligong")
    call, check = f"/tickets/{ticket.number}/revisit-call", f"/tickets/{ticket.number}/quality"
    assert (await xiaozhou.post(call, {"result": "no_answer"})).status == 409
    assert (await xiaozhou.post(call, {"result": "answered", "fixed": True})).status == 409
    assert (await xiaozhou.post(call, {"result": "no_answer", "fixed": True})).status == 400
    assert (await xiaozhou.post(call, {"result": "gone"})).status == 400
    assert (await xiaozhou.post(check, {"passed": True})).status == 409
    assert (await xiaozhou.post(check, {"passed": True, "score": 9})).status == 400
    assert (await li.post(f"/tickets/{ticket.number}/problem/settle", {"result": "x"})).status == 409
    assert (await xiaozhou.post(f"/tickets/{ticket.number}/problem", {"reason": "x"})).status == 409
