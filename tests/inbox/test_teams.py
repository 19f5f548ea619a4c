"""Teams, shifts, contractors and alerts as a script keeps them; and a ticket that changes hands or kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.tickets import Category
from tests.api.world import World
from tests.inbox.conftest import SignIn


async def test_a_supervisor_makes_a_team_with_shifts_and_sees_who_is_there(world: World, sign_in: SignIn) -> None:
    li = await sign_in("ligong")
    made = await li.post("/teams", {"id": "gc", "name": "工程班", "members": ["zhang", "liu"]}, key="t1")
    assert made.status == 201, await made.text()
    assert (await made.json())["estate"] == "hy" and not (await made.json())["rota"]
    assert (await (await li.get("/teams/gc/on-shift")).json())["items"] == [
        {"staff": "liu", "name": "刘强", "load": 0},
        {"staff": "zhang", "name": "张伟", "load": 0},
    ]
    ticket = await world.ticket()
    assert (await li.post(f"/tickets/{ticket.number}/assign", {"executor": "liu"})).status == 200
    now = world.clock.now()
    body = {
        "shifts": [{"staff": "liu", "starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=8)).isoformat()}]
    }
    planned = await li.post("/teams/gc/shifts", body)
    assert planned.status == 201, await planned.text()
    assert (await (await li.get("/teams/gc/on-shift")).json())["items"] == [{"staff": "liu", "name": "刘强", "load": 1}]
    window = {"since": now.isoformat(), "before": (now + timedelta(days=1)).isoformat()}
    [row] = (await (await li.get("/teams/gc/shifts", **window)).json())["items"]
    assert (await (await li.post(f"/teams/gc/shifts/{row['id']}/remove")).json())["removed"] is True
    assert (await (await li.get("/teams/gc/on-shift")).json())["items"] == []


async def test_a_team_that_makes_no_sense_is_refused(world: World, sign_in: SignIn) -> None:
    li = await sign_in("ligong")
    for body, said in (
        ({"id": "x1", "name": "班", "members": ["nobody"]}, "没有这些同事"),
        ({"id": "x1", "name": "班", "members": ["zhang", "zhang"]}, "不能重复"),
        ({"id": "X!", "name": "班"}, "编号"),
        ({"id": "x1", "name": "班", "kind": "contractor"}, "公司"),
        ({"id": "x1", "name": "班", "office": {"monday": ["17:00-8:00"]}}, "周一:“17:00-8:00”要先开始后结束"),
        ({"id": "x1", "name": "班", "office": {"friday": ["8-12"]}}, "周五:“8-12”读不懂"),
        ({"id": "x1", "name": "班", "office": {"friday": ["8:00-12:00", "11:00-17:00"]}}, "不能重叠"),
        ({"id": "x1", "name": "班", "office": {"someday": ["8:00-12:00"]}}, "没有这一项:someday"),
        (
            {
                "id": "x1",
                "name": "班",
                "office": {d: [] for d in ("monday", "tuesday", "wednesday", "thursday", "friday")},
            },
            "一周里没有一天上班",
        ),
    ):
        answer = await li.post("/teams", body)
        assert answer.status == 400 and said in (await answer.json())["error"]["message"], (body, await answer.text())
    assert (await li.post("/teams", {"id": "gc", "name": "班"})).status == 201
    again = await li.post("/teams", {"id": "gc", "name": "另一班"})
    assert again.status == 400 and "已经有了" in await again.text()
    assert (await li.get("/teams/none/on-shift")).status == 404
    assert (await li.post("/teams", {"id": "x2", "name": "班", "estate": "gone"})).status == 403


async def test_shifts_that_make_no_sense_are_refused(world: World, sign_in: SignIn) -> None:
    li = await sign_in("ligong")
    await li.post("/teams", {"id": "gc", "name": "班", "members": ["zhang"]})
    now = world.clock.now()
    for staff, starts, hours in (
        ("liu", 0, 8),
        ("zhang", 0, -1),
        ("zhang", 0, 49),
        ("zhang", -48, 8),
        ("zhang", 9000, 8),
    ):
        at = now + timedelta(hours=starts)
        one = {"staff": staff, "starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=hours)).isoformat()}
        assert (await li.post("/teams/gc/shifts", {"shifts": [one]})).status == 400, one
    assert (await li.post("/teams/gc/shifts", {"shifts": []})).status == 400


@pytest.mark.parametrize("who", ["zhang", "xiaozhou"])
async def test_only_supervisors_keep_teams(world: World, sign_in: SignIn, who: str) -> None:
    one = await sign_in(who)
    assert (await one.post("/teams", {"id": "gc", "name": "班"})).status == 403
    assert (await one.post("/staff/liu/contract", {"company": "x"})).status == 403
    assert (await one.post("/staff/liu/duty", {"on_duty": False})).status == 403
    mine = await one.post(f"/staff/{who}/duty", {"on_duty": False})
    assert mine.status == 200 and (await mine.json())["on_duty"] is False


async def test_a_contractor_sees_only_its_kinds(world: World, sign_in: SignIn) -> None:
    li = await sign_in("ligong")
    changed = await li.post("/staff/zhang/contract", {"company": "迅达电梯", "categories": ["repair"]})
    assert await changed.json() == {
        "username": "zhang", "name": "张伟", "on_duty": True, "company": "迅达电梯", "categories": ["repair"],
    }  # fmt: skip
    parcel, repair = await world.ticket(category=Category.PARCEL), await world.ticket()
    zhang = await sign_in("zhang")
    assert (await zhang.get(f"/tickets/{parcel.number}")).status == 404
    assert (await zhang.get(f"/tickets/{repair.number}")).status == 200


async def test_a_ticket_changes_kind_and_hands_and_says_why_its_times_are_what_they_are(
    world: World, sign_in: SignIn
) -> None:
    ticket = await world.ticket()
    desk = await sign_in("xiaozhou")
    whole = await (await desk.get(f"/tickets/{ticket.number}")).json()
    assert whole["due_why"]["accept_by"].startswith("普通报修:工作时间 10 分钟内接单")
    urgent = await desk.post(f"/tickets/{ticket.number}/classification", {"urgent": True, "reason": "漫到楼下"})
    assert urgent.status == 200 and (await urgent.json())["due_why"]["accept_by"].startswith("紧急维修")
    assert (await desk.post(f"/tickets/{ticket.number}/classification", {})).status == 400
    assert (await desk.post(f"/tickets/{ticket.number}/classification", {"severity": "major"})).status == 403
    assert (await desk.post(f"/tickets/{ticket.number}/handover", {"to": "zhang", "reason": " "})).status == 400
    moved = await desk.post(f"/tickets/{ticket.number}/handover", {"to": "zhang", "reason": "他懂水管"}, key="h")
    assert moved.status == 200 and (await moved.json())["executor"] == "zhang"
    [event] = [one for one in (await moved.json())["events"] if one["kind"] == "assigned"]
    assert (event["reason"], event["by"]) == ("他懂水管", "staff:xiaozhou")
    zhang = await sign_in("zhang")
    [alert] = (await (await zhang.get("/alerts")).json())["items"]
    assert alert["ticket"] == ticket.number and alert["seen"] is False
    assert (await (await zhang.post(f"/alerts/{alert['id']}/seen")).json())["seen"] is True
    assert (await desk.post(f"/alerts/{alert['id']}/seen")).status == 404


async def test_whom_a_complaint_is_about(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket("师傅态度差", category=Category.COMPLAINT)
    li = await sign_in("ligong")
    set_so = await li.post(f"/tickets/{ticket.number}/about", {"staff": ["zhang"]})
    assert set_so.status == 200 and (await set_so.json())["about"] == ["zhang"]
    assert (await li.post(f"/tickets/{ticket.number}/assign", {"executor": "zhang"})).status == 400
    desk = await sign_in("xiaozhou")
    assert (await desk.post(f"/tickets/{ticket.number}/about", {"staff": []})).status == 403


async def test_a_code_for_ones_own_wechat(world: World, sign_in: SignIn) -> None:
    zhang = await sign_in("zhang")
    code = await (await zhang.post("/me/wechat/code")).json()
    assert code["scene"].startswith("staff.") and len(code["scene"]) <= 64
    assert (await (await zhang.get("/me/wechat")).json()) == {"linked": False, "since": None}
    assert await world.desk.alerts.link(code["scene"], "wxofficial:o-zhang") == "张伟"
    assert (await (await zhang.get("/me/wechat")).json())["linked"] is True
    assert (await (await zhang.post("/me/wechat/unlink")).json())["linked"] is False


async def test_rules_that_name_nobody_are_shown(world: World, sign_in: SignIn) -> None:
    rule = {"name": "旧", "team": "gone"}
    await world.desk.stores.settings.put("hy", {"dispatch": {"rules": [rule]}}, version=0)
    await world.desk.rules.refresh()
    li = await sign_in("ligong")
    assert (await (await li.get("/dispatch/problems")).json())["items"] == {"hy": ["规则“旧”:没有班组 gone"]}
