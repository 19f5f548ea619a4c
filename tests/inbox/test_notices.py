"""Notices over the staff API: from the draft to who got it, and everything that is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.timers import Timers
from desk.deliveries import next_seq
from store.estates import Estate
from store.rooms import Room
from store.staff import Role
from tests.api.world import PASSWORD, ROOM, Caller, World
from tests.inbox.conftest import SignIn

DRAFT = {"title": "生活水箱清洗", "body": "周六清洗生活水箱，用水不受影响。"}


async def sent(world: World) -> None:
    """A worker's timers for a few seconds."""
    timers = Timers(world.desk)
    for _ in range(5):
        world.clock.move(seconds=1)
        await timers.poll_once()


async def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status == status, await answer.text()
    return await answer.json()


async def written(desk: Caller, **more: object) -> dict[str, Any]:
    made: dict[str, Any] = await ok(await desk.post("/notices", {**DRAFT, **more}), 201)
    return made


async def test_from_the_draft_to_who_got_it(world: World, sign_in: SignIn) -> None:
    desk, boss = await sign_in("xiaozhou"), await sign_in("manager")
    places = await ok(await desk.get("/notices/places"))
    assert (places["homes"], [one["name"] for one in places["buildings"]]) == (3, ["1栋", "3栋", "5栋"])
    assert places["buildings"][2]["units"] == [{"key": "5-", "name": "5栋", "homes": 1}]
    seen = await ok(await desk.post("/notices/preview", DRAFT))
    assert seen["reach"] == {"homes": 3, "people": 2, "ways": {"customer": 2}, "silent": 1}
    assert seen["owner_text"].startswith("【公告】生活水箱清洗\n周六")
    assert seen["template"]["title"] == "生活水箱清洗"

    made = await ok(await desk.post("/notices", DRAFT, key="k1"), 201)
    again = await ok(await desk.post("/notices", DRAFT, key="k1"), 201)
    assert made["number"] == again["number"] and made["state"] == "draft"
    assert made["may"] == ["edit", "submit", "withdraw"]
    assert (await desk.post("/notices", {**DRAFT, "title": "别的"}, key="k1")).status == 409
    path = f"/notices/{made['number']}"
    edited = await ok(await desk.post(f"{path}/edit", {**DRAFT, "signature": "工程部", "version": made["version"]}))
    assert (await desk.post(f"{path}/edit", {**DRAFT, "version": made["version"]})).status == 409
    assert (await boss.post(f"{path}/approve", {"version": edited["version"]})).status == 409, "not handed in"
    handed = await ok(await desk.post(f"{path}/submit"))
    assert (handed["state"], handed["planned"]["homes"], handed["may"]) == ("submitted", 3, ["return", "withdraw"])
    assert (await ok(await boss.get(path)))["may"] == ["return", "approve", "withdraw"]
    assert (await boss.post(f"{path}/approve", {"version": 0})).status == 409
    body = {"version": handed["version"]}
    approved = await ok(await boss.post(f"{path}/approve", body, key="k2"))
    assert (await ok(await boss.post(f"{path}/approve", body, key="k2")))["version"] == approved["version"]
    assert (await ok(await boss.post(f"{path}/approve", body)))["state"] == "scheduled", "a second click"

    next_seq(world.clock.now() + timedelta(days=3))  # a clock that was ahead for a while
    await sent(world)
    shown = await ok(await desk.get(path))
    assert (shown["state"], shown["progress"], shown["counts"]) == ("sent", 1.0, {"queued": 2, "undeliverable": 1})
    results = await ok(await desk.get(f"{path}/results", limit=2))
    assert len(results["items"]) == 2 and results["next"]
    rest = await ok(await desk.get(f"{path}/results", limit=2, cursor=results["next"]))
    rows = {one["room"]: one for one in (*results["items"], *rest["items"])}
    assert len(rows) == 3 and rest["next"] is None
    assert (rows["5栋1502"]["reason"], rows["5栋1502"]["name"]) == ("nobody bound", "")
    assert rows["3栋2单元1502"]["name"] == "王芳" and rows["3栋2单元1502"]["state"] == "queued"
    unreached = await ok(await desk.get(f"{path}/results", result="unreached"))
    assert [one["room"] for one in unreached["items"]] == ["5栋1502"]

    assert (await desk.post(f"{path}/withdraw", {"reason": "日期写错了"})).status == 403
    gone = await ok(await boss.post(f"{path}/withdraw", {"reason": "日期写错了", "correct": True}, key="k3"))
    assert gone["state"] == "withdrawn" and gone["correction"] == "日期写错了"
    await sent(world)
    assert (await ok(await desk.get(path)))["counts"] == {"cancelled": 2, "undeliverable": 1}
    listed = await ok(await desk.get("/notices", state="withdrawn"))
    assert [row["number"] for row in listed["items"]] == [made["number"]]
    assert (await ok(await desk.get("/notices", state="sent")))["items"] == []


async def test_what_is_refused(world: World, sign_in: SignIn) -> None:
    desk, boss, zhang = await sign_in("xiaozhou"), await sign_in("manager"), await sign_in("zhang")
    for path in ("/notices", "/notices/places", "/notices/N20260310-0001"):
        assert (await zhang.get(path)).status == 403, path
    assert (await zhang.post("/notices", DRAFT)).status == 403
    assert (await desk.get("/notices/N20260310-0099")).status == 404
    own = await written(boss)
    await ok(await boss.post(f"/notices/{own['number']}/submit"))
    version = (await ok(await boss.get(f"/notices/{own['number']}")))["version"]
    mine = await boss.post(f"/notices/{own['number']}/approve", {"version": version})
    assert mine.status == 403, "nobody approves their own words"
    assert (await desk.post(f"/notices/{own['number']}/approve", {"version": version})).status == 403
    assert (await boss.post(f"/notices/{own['number']}/edit", {**DRAFT, "version": version})).status == 409
    now = world.clock.now()
    outage = {"supply": "water", "starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    for body in (
        {},
        {"title": ""},
        {**DRAFT, "title": "长" * 41},
        {**DRAFT, "state": "sent"},
        {**DRAFT, "number": "N20260310-0001"},
        {**DRAFT, "approved_by": "staff:manager"},
        {**DRAFT, "kind": "advert"},
        {**DRAFT, "send_at": "2026-03-10T10:00:00"},
        {**DRAFT, "audience": {"scope": "tags"}},
        {**DRAFT, "audience": {"scope": "buildings", "places": ["9"]}},
        {**DRAFT, "audience": {"scope": "all", "secret": 1}},
        {**DRAFT, "outage": {**outage, "supply": "noise"}},
        {**DRAFT, "outage": {**outage, "ends_at": outage["starts_at"]}},
        {**DRAFT, "outage": {"supply": "water"}},
    ):
        assert (await desk.post("/notices", body)).status in (400, 422), body
    assert (await desk.post("/notices", {**DRAFT, "estate": "elsewhere"})).status == 404
    emergency = await written(boss, kind="emergency", title="燃气泄漏")
    handed = await ok(await boss.post(f"/notices/{emergency['number']}/submit"))
    approve = f"/notices/{emergency['number']}/approve"
    assert (await boss.post(approve, {"version": handed["version"]})).status in (400, 422), "no reason"
    assert (await ok(await boss.post(approve, {"version": handed["version"], "reason": "夜里"})))[
        "state"
    ] == "scheduled"


async def test_another_estate_is_not_there(world: World, sign_in: SignIn) -> None:
    """A front desk of another estate finds neither the notice nor its results, and cannot write to this one."""
    await world.desk.stores.estates.add([Estate(id="cx", name="春晓里")])
    room = Room(id="cx/1-1-101", estate_id="cx", building="1", unit="1", number="101", name="1栋1单元101")
    await world.desk.stores.rooms.add([room])
    await world.desk.rules.refresh()
    await world.desk.staff.add("far", "远", Role.FRONTDESK, PASSWORD, estates=["cx"])
    desk, far = await sign_in("xiaozhou"), await sign_in("far")
    made = await written(desk)
    assert made["estate"] == "hy", "the only one in the scope of this desk"
    path = f"/notices/{made['number']}"
    for read in (path, f"{path}/results"):
        assert (await far.get(read)).status == 404
    for step, body in (("submit", {}), ("edit", {**DRAFT, "version": 0}), ("withdraw", {"reason": "x"})):
        assert (await far.post(f"{path}/{step}", body)).status == 404, step
    assert (await far.post("/notices", {**DRAFT, "estate": "hy"})).status == 404
    assert (await far.get("/notices/places", estate="hy")).status == 404
    assert (await ok(await far.get("/notices")))["items"] == []
    theirs = await written(far)
    assert theirs["estate"] == "cx"
    foreign = {"scope": "rooms", "places": [ROOM]}
    assert (await far.post("/notices", {**DRAFT, "audience": foreign})).status in (400, 422), "a room of another estate"
