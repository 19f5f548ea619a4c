"""The audit log: every look at what belongs to an owner and every change is there, without their data, for managers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from store.staff import Role
from store.tickets import Category
from tests.api.world import PASSWORD, WANG_CHAT, WANG_PHONE, Caller, World
from tests.inbox.conftest import SignIn


async def test_looks_and_changes_are_on_record_without_words_and_managers_find_them(
    world: World, sign_in: SignIn
) -> None:
    await world.desk.staff.add("far", "远", Role.MANAGER, PASSWORD, estates=["other"])
    await world.desk.staff.add("all", "都管", Role.SUPERVISOR, PASSWORD)
    zhou, li, everywhere, zhang = [await sign_in(name) for name in ("xiaozhou", "ligong", "all", "zhang")]
    ticket = await world.ticket("厨房漏水,王芳家", category=Category.REPAIR)
    chat = f"/conversations/{WANG_CHAT}"
    for _ in range(3):  # a page that reads again and again is one look
        assert (await zhou.get(f"/tickets/{ticket.number}")).status == 200
        assert (await everywhere.get(chat)).status == 200
        assert (await everywhere.get(f"{chat}/messages")).status == 200
    assert (await zhou.get("/tickets", q=WANG_PHONE[-4:])).status == 200
    assert (await zhou.get("/tickets", state="new")).status == 200, "a list is no look at somebody"
    said = {"text": "马上来修,别担心"}
    for _ in range(2):
        assert (await li.post(f"{chat}/messages", said, key="once")).status == 201
    moved = {"to": "accepted", "note": "王芳家的钥匙在前台"}
    assert (await zhang.post(f"/tickets/{ticket.number}/transitions", moved)).status == 200
    assert (await zhang.post("/teams", {"id": "x-team", "name": "x"})).status == 403
    assert (await zhang.post(f"/tickets/{ticket.number}/transitions", {"to": "nonsense"})).status == 400

    manager = await sign_in("manager")

    async def found(reader: Caller = manager, **query: Any) -> list[dict[str, Any]]:
        answer = await reader.get("/audit", **{"limit": 100, **query})
        assert answer.status == 200, await answer.text()
        items: list[dict[str, Any]] = (await answer.json())["items"]
        return items

    rows = await found()
    told = [(row["by"], row["action"], row["subject"]) for row in rows]
    number = f"ticket:{ticket.number}"
    for row in (
        ("staff:xiaozhou", "ticket.seen", number),
        ("staff:all", "conversation.seen", f"conversation:{WANG_CHAT}"),
        ("staff:xiaozhou", "ticket.searched", "tickets"),
        ("staff:ligong", "conversation.replied", f"conversation:{WANG_CHAT}"),
        ("staff:zhang", "ticket.moved", number),
        ("staff:zhang", "session.opened", "staff:zhang"),
    ):
        assert told.count(row) == 1, row
    whole = json.dumps(rows, ensure_ascii=False)
    for secret in (WANG_PHONE, WANG_PHONE[-4:], "王芳", "漏水", "马上来修", "钥匙", PASSWORD, "correct"):
        assert secret not in whole, secret
    [move] = [row for row in rows if row["action"] == "ticket.moved"]
    assert move["details"] == {"to": "accepted", "fields": ["note"]} and move["by_name"] == "张伟"
    [search] = [row for row in rows if row["action"] == "ticket.searched"]
    assert search["details"]["by"] == "number"

    # Ten minutes later it is another look; who is asked for, about what, and when, narrows it.
    start = world.clock.now()
    world.clock.move(minutes=11)
    await zhou.get(f"/tickets/{ticket.number}")
    assert len(await found(action="ticket.seen", subject=number)) == 2
    assert {row["action"] for row in await found(actor="zhang", action="ticket.")} == {"ticket.moved"}
    later = (start + timedelta(minutes=1)).isoformat()
    recent = await found(manager, **{"from": later})
    assert number in {row["subject"] for row in recent} and all(row["at"] > start.isoformat()[:16] for row in recent)
    old = await found(manager, **{"to": later, "actor": "xiaozhou"})
    assert old and {row["by"] for row in old} == {"staff:xiaozhou"}
    first = await (await manager.get("/audit", limit=3)).json()
    rest = await (await manager.get("/audit", limit=100, cursor=first["next"])).json()
    ids = [row["id"] for row in first["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) >= len(rows)
    assert "audit.searched" in {row["action"] for row in await found(actor="manager")}, "reading it is on record too"

    # Whose it is to read.
    assert (await zhou.get("/audit")).status == 403 and (await li.get("/audit")).status == 403
    far = await found(await sign_in("far"))
    assert {row["by"] for row in far} == {"staff:far"}, "another estate's manager sees their own deeds only"
    assert "ticket.seen" in (await (await manager.get("/audit/actions")).json())["items"]
    assert (await manager.get("/audit", by="x")).status == 400
