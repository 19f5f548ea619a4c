"""What staff do with tickets, as a script does it."""

from __future__ import annotations

import asyncio

from tests.api.world import CHEN, CHEN_CHAT, WANG_CHAT, World
from tests.inbox.conftest import SignIn


async def test_a_ticket_goes_from_the_list_to_resolved(world: World, sign_in: SignIn) -> None:
    opened = await world.ticket("厨房水管漏水,水漫出来了", urgent=True)
    desk = await sign_in("xiaozhou")
    [row] = (await (await desk.get("/tickets", state="new")).json())["items"]
    assert (row["number"], row["category"], row["state"]) == (opened.number, "repair", "new")
    assert (row["room"], row["room_id"], row["urgent"]) == ("3栋2单元1502", "hy/3-2-1502", True)

    whole = await (await desk.get(f"/tickets/{opened.number}")).json()
    assert whole["description"] == "厨房水管漏水,水漫出来了"
    assert whole["classified"]["words"][0]["text"] == "漏水"
    assert whole["phone"] == "13900008821"
    assert {"accepted", "cancelled"} <= {row["to"] for row in whole["possible"]}

    assigned = await desk.post(f"/tickets/{opened.number}/assign", {"executor": "zhang"})
    assert assigned.status == 200
    assert (await assigned.json())["executor_name"] == "张师傅"

    zhang = await sign_in("zhang")
    version = (await assigned.json())["version"]
    accepted = await zhang.post(f"/tickets/{opened.number}/transitions", {"to": "accepted", "version": version})
    assert accepted.status == 200, await accepted.text()
    on_the_way = await zhang.post(
        f"/tickets/{opened.number}/transitions", {"to": "in_progress", "version": version + 1, "progress": "on_the_way"}
    )
    assert (await on_the_way.json())["progress"] == "on_the_way"
    nothing_said = await zhang.post(f"/tickets/{opened.number}/transitions", {"to": "resolved", "version": version + 2})
    assert nothing_said.status == 400
    assert (await nothing_said.json())["error"]["details"] == {"missing": ["note"]}
    done = await zhang.post(
        f"/tickets/{opened.number}/transitions", {"to": "resolved", "note": "换了软管", "version": version + 2}
    )
    assert (await done.json())["resolution"] == "换了软管"

    lines = await (await desk.get(f"/conversations/{WANG_CHAT}/messages")).json()
    said = [line["text"] for line in lines["items"] if line["direction"] == "outbound"]
    assert len(said) == 3 and any("张师傅" in text for text in said)
    assert {line["delivery"]["state"] for line in lines["items"]} == {"queued"}


async def test_the_slower_of_two_gets_409_with_the_ticket_as_it_is(world: World, sign_in: SignIn) -> None:
    opened = await world.ticket()
    path = f"/tickets/{opened.number}/transitions"
    desk, boss = await sign_in("xiaozhou"), await sign_in("ligong")
    answers = await asyncio.gather(
        desk.post(path, {"to": "accepted", "version": 0}), boss.post(path, {"to": "accepted", "version": 0})
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    [lost] = [answer for answer in answers if answer.status == 409]
    error = (await lost.json())["error"]
    assert error["code"] == "conflict"
    assert error["details"]["current"]["version"] == 1
    assert error["details"]["current"]["state"] == "accepted"


async def test_a_step_that_is_not_possible_says_what_is(world: World, sign_in: SignIn) -> None:
    opened = await world.ticket()
    desk = await sign_in("xiaozhou")
    answer = await desk.post(f"/tickets/{opened.number}/transitions", {"to": "closed", "version": 0})
    assert answer.status == 409
    error = (await answer.json())["error"]
    assert error["code"] == "illegal_transition"
    assert "accepted" in error["details"]["possible"]


async def test_lists_are_filtered_and_wrong_filters_name_the_right_ones(world: World, sign_in: SignIn) -> None:
    repair = await world.ticket()
    other = await world.ticket("快递丢了", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    desk = await sign_in("xiaozhou")

    async def numbers(**query: str) -> set[str]:
        answer = await desk.get("/tickets", **query)
        assert answer.status == 200, await answer.text()
        return {row["number"] for row in (await answer.json())["items"]}

    assert await numbers() == {repair.number, other.number}
    assert await numbers(state="", category="", room="", cursor="") == {repair.number, other.number}
    assert await numbers(room="hy/3-2-1502") == {repair.number}
    assert await numbers(room="3栋2单元1502") == {repair.number}
    assert await numbers(room="3-2-1502") == {repair.number}
    assert await numbers(room="302") == {other.number}
    assert await numbers(room="9栋9单元999") == set()
    assert await numbers(category="complaint") == set()
    assert await numbers(executor="zhang") == set()

    wrong = await desk.get("/tickets", state="done")
    assert wrong.status == 400
    [field] = (await wrong.json())["error"]["details"]["fields"]
    assert field["field"] == "state" and "resolved" in field["allowed"]
    wrong = await desk.get("/tickets", category="x")
    assert "complaint" in (await wrong.json())["error"]["details"]["fields"][0]["allowed"]
    assert (await desk.get("/tickets", colour="red")).status == 400
    assert (await desk.get("/tickets", limit="1000")).status == 400


async def test_notes_are_kept_and_empty_ones_refused(world: World, sign_in: SignIn) -> None:
    opened = await world.ticket()
    desk = await sign_in("xiaozhou")
    noted = await desk.post(f"/tickets/{opened.number}/notes", {"text": "上月也漏过"})
    assert noted.status == 201
    assert [note["note"] for note in (await noted.json())["notes"]] == ["上月也漏过"]
    assert (await desk.post(f"/tickets/{opened.number}/notes", {"text": "  "})).status == 400


async def test_a_colleague_opens_a_ticket_for_somebody_who_rang_up(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    body = {
        "category": "repair",
        "description": "厨房水管爆了,水漫出来了",
        "room": "3栋2单元1502",
        "phone": "139 0000 8821",
        "wished_time": "今天下午",
    }
    answer = await desk.post("/tickets", body, key="call-1")
    assert answer.status == 201, await answer.text()
    ticket = await answer.json()
    assert ticket["owner_name"] == "王芳" and ticket["urgent"] and ticket["origin"] == "staff"
    again = await desk.post("/tickets", body, key="call-1")
    assert (again.status, await again.json()) == (201, ticket)
    chat = await (await desk.get(f"/conversations/{WANG_CHAT}")).json()
    assert [brief["number"] for brief in chat["tickets"]] == [ticket["number"]]

    unclear = await desk.post("/tickets", {**body, "room": "1502"})
    assert unclear.status == 400
    assert set((await unclear.json())["error"]["details"]["room"]) == {"3栋2单元1502", "5栋1502"}
    assert (await desk.post("/tickets", {**body, "phone": "12"})).status == 400
    assert (await (await sign_in("zhang")).post("/tickets", body)).status == 403


async def test_assigning_to_nobody_we_know_is_refused(world: World, sign_in: SignIn) -> None:
    opened = await world.ticket()
    desk = await sign_in("xiaozhou")
    assert (await desk.post(f"/tickets/{opened.number}/assign", {"executor": "nobody"})).status == 400
    assert (await desk.post("/tickets/R20260310-9999/assign", {"executor": "zhang"})).status == 404
