"""The settings of the trade over REST: read, look over, change, see who changed what, take back; texts and calendar."""

from __future__ import annotations

import re
from typing import Any

from tests.api.world import World
from tests.inbox.conftest import SignIn


async def test_settings_are_looked_over_changed_and_taken_back(world: World, sign_in: SignIn) -> None:
    await world.desk.rules.refresh()
    chief, boss = await sign_in("manager"), await sign_in("ligong")
    listed = await (await boss.get("/settings/fields")).json()
    assert any(field["path"] == "revisit.delay" for group in listed["groups"] for field in group["fields"])
    now = await (await boss.get("/settings")).json()
    assert (now["estate"], now["version"], now["own"]) == ("hy", 0, {})

    wrongs: list[dict[str, Any]] = [
        {"revisit.dely": 1},
        {"revisit.delay": -1},
        {"dispatch.cap": 0},
        {"dispatch.cap": "many"},
        {"office.monday": ["17:30-08:30"]},
        {"dispatch.rules": [{"name": "水电", "team": "nobody-there"}]},
        {"dispatch.rules": [{"name": "水电"}]},
        {"templates": {"revisit": {"template_id": ""}}},
    ]
    for wrong in wrongs:
        looked = await (await boss.post("/settings/check", {"changes": wrong})).json()
        assert looked["problems"], wrong
        said = " ".join(one["message"].replace("nobody-there", "") for one in looked["problems"])
        assert not re.search("[a-z]{4}", said.replace("true", "").replace("false", "")), looked
        refused = await chief.post("/settings", {"version": 0, "changes": wrong})
        assert refused.status == 400 and (await refused.json())["error"]["details"]["fields"], wrong
    fine = {"changes": {"revisit.delay": "PT1H", "office.saturday": ["09:00-12:00"]}}
    looked = await (await boss.post("/settings/check", fine)).json()
    assert looked["problems"] == []
    assert {one["path"]: one["becomes"] for one in looked["diff"]} == {
        "revisit.delay": 3600.0,
        "office.saturday": ["09:00-12:00"],
    }
    assert (await boss.post("/settings", {"version": 0} | fine)).status == 403, "managers change it"
    changed = await chief.post("/settings", {"version": 0, "note": "周末有人"} | fine)
    assert changed.status == 200, await changed.text()
    now = await changed.json()
    assert (now["version"], now["own"]["revisit"]) == (1, {"delay": 3600.0})
    assert world.desk.rules.of("hy").settings.revisit.delay.total_seconds() == 3600, "here at once"
    assert (await chief.post("/settings", {"version": 0} | fine)).status == 409, "somebody was faster"

    term = {"deadlines.repair.accept": {"by": "wall", "time": 300}, "revisit.delay": None}
    assert (await chief.post("/settings", {"version": 1, "changes": term})).status == 200
    past = (await (await boss.get("/settings/versions")).json())["items"]
    assert [(one["version"], one["by_name"], one["note"]) for one in past] == [
        (2, "孙经理", ""),
        (1, "孙经理", "周末有人"),
    ]
    assert {one["label"] for one in past[0]["diff"]} == {"普通报修 · 接单", "办结后多久回访"}
    back = await chief.post("/settings/rollback", {"version": 2, "to": 1})
    now = await back.json()
    assert (now["version"], now["values"]["revisit"]["delay"]) == (3, 3600.0)
    nothing = await (await chief.post("/settings/rollback", {"version": 3, "to": 0})).json()
    assert nothing["own"] == {} and nothing["version"] == 4
    assert (await chief.post("/settings/rollback", {"version": 4, "to": 99})).status == 400
    assert (await chief.get("/settings", estate="other")).status == 404
    assert (await chief.get("/settings", estate="*")).status == 403, "their scope is one estate"


async def test_the_calendar_and_the_texts_of_an_estate(world: World, sign_in: SignIn) -> None:
    await world.desk.rules.refresh()
    chief = await sign_in("manager")
    office = {"office.overrides": {"2026-03-11": "off", "2026-03-14": ["10:00-12:00"]}}
    assert (await chief.post("/settings", {"version": 0, "changes": office})).status == 200
    year = await (await chief.get("/settings/calendar", year=2026)).json()
    days = {day["day"]: day for day in year["days"]}
    assert len(days) == 365 and year["known"]
    assert days["2026-03-10"] == {"day": "2026-03-10", "open": True, "spans": ["08:30-17:30"], "why": "usual"}
    assert (days["2026-03-11"]["open"], days["2026-03-11"]["why"]) == (False, "override")
    assert days["2026-03-14"]["spans"] == ["10:00-12:00"]
    assert (days["2026-01-01"]["open"], days["2026-01-01"]["why"]) == (False, "holiday")

    texts = {one["name"]: one for one in (await (await chief.get("/texts")).json())["items"]}
    accepted = texts["push.accepted"]
    assert not accepted["own"] and "R20261121-0007" in accepted["preview"]
    said = {"name": "push.accepted", "text": "{who}来了[[,{by}到]]。{number} {title}"}
    shown = await (await chief.post("/texts/preview", said)).json()
    assert shown["problems"] == [] and shown["text"].startswith("张师傅来了,今天 15:20 到。R20261121-0007")
    bad = await (await chief.post("/texts/preview", {"name": "push.accepted", "text": "{whom}会尽快来"})).json()
    assert bad["problems"] == ["没有这些变量:whom"]
    assert (
        await chief.post("/texts", {"name": "push.accepted", "text": "请耐心等待 {who}{number}{title}"})
    ).status == 400
    assert (await chief.post("/texts", {"name": "no.such", "text": "x"})).status == 400
    kept = await (await chief.post("/texts", said)).json()
    assert kept["own"] and kept["text"] == said["text"]
    assert world.desk.rules.of("hy").texts.raw("push.accepted") == said["text"]
    again = await (await chief.post("/texts", {"name": "push.accepted", "text": None})).json()
    assert not again["own"] and again["text"] == accepted["default"]
