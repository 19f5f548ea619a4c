"""The lists of conversations: every view, what narrows it, paging, counts, kept views, many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from desk.effects import brief
from store.conversations import Conversation, Home, Mode
from store.tickets import State
from tests.api.world import CHEN_CHAT, OFFICIAL, WANG_CHAT, Caller, World
from tests.inbox.conftest import SignIn


async def listed(caller: Caller, **query: str | int) -> list[dict[str, Any]]:
    answer = await caller.get("/conversations", **query)
    assert answer.status == 200, await answer.text()
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


async def names(caller: Caller, **query: str | int) -> list[str]:
    return [item["name"] for item in await listed(caller, **query)]


async def talk(world: World, name: str, minutes: int, **fields: Any) -> str:
    """One more conversation, spoken in so many minutes ago."""
    at = world.clock.now() - timedelta(minutes=minutes)
    id = f"{OFFICIAL}:o-{name}"
    home = Home(room_id="hy/5--1502", name="5栋1502", estate_id="hy")
    given: dict[str, Any] = {"name": name, "homes": (home,), "last_at": at, "created_at": at} | fields
    await world.desk.stores.conversations.create(
        Conversation(id=id, app_id=OFFICIAL, openid=f"o-{name}", estate_id="hy", **given)
    )
    return id


async def test_each_view_shows_what_it_says_in_its_order(world: World, sign_in: SignIn) -> None:
    now = world.clock.now()
    ago = lambda minutes: now - timedelta(minutes=minutes)  # noqa: E731
    person = {"mode": Mode.PERSON}
    await talk(world, "自由", 10, **person, waiting_since=ago(50), unread=2)
    await talk(world, "我的", 20, **person, staff_id="xiaozhou", waiting_since=ago(90))
    await talk(world, "我的也", 25, staff_id="xiaozhou")
    await talk(world, "别人的", 30, **person, staff_id="ligong")
    await talk(world, "睡着", 5, **person, snoozed_until=now + timedelta(hours=2), waiting_since=ago(60))
    await talk(world, "醒了", 40, **person, staff_id="manager", snoozed_until=ago(1))
    ticket = await world.ticket(urgent=True)
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    desk = await sign_in("xiaozhou")

    everything = await names(desk)
    assert everything[2:] == ["自由", "我的", "我的也", "别人的", "醒了"] and set(everything[:2]) == {"王芳", "陈晨"}
    assert await names(desk, view="mine") == ["我的", "我的也"]
    assert await names(desk, view="unassigned") == ["自由"]
    assert await names(desk, view="waiting") == ["我的", "自由"], "the longest first"
    assert await names(desk, view="snoozed") == ["睡着"]
    assert set(await names(desk, view="bot")) == {"王芳", "陈晨"}
    assert await names(desk, view="breached") == []
    assert await names(desk, assignee="ligong") == ["别人的"]
    world.clock.move(minutes=11)
    assert await names(desk, view="breached") == ["王芳"], "nobody accepted within ten minutes"

    [row] = await listed(desk, category="repair")
    assert row["room"] == "3栋2单元1502" and row["breached"] and row["mode"] == "bot"
    assert (
        row["ticket"]["number"] == ticket.number and row["ticket"]["urgent"] and row["ticket"]["category"] == "repair"
    )
    assert await names(desk, category="complaint") == []
    assert await names(desk, building="3") == ["王芳"] and await names(desk, building="hy/1") == ["陈晨"]
    assert await names(desk, building="5", view="unassigned") == ["自由"]
    assert await names(desk, estate="other") == []
    assert (await desk.get("/conversations", view="everything")).status == 400

    counted = await (await desk.get("/conversations/counts")).json()
    assert {name: counted[name] for name in ("mine", "unassigned", "waiting", "breached", "snoozed")} == {
        "mine": 2,
        "unassigned": 1,
        "waiting": 2,
        "breached": 1,
        "snoozed": 1,
    }
    # The work is done: nothing burns any more, and the row moves out of both lists.
    done = ticket.model_copy(update={"state": State.RESOLVED, "version": ticket.version + 1})
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(done), open=True)
    assert await names(desk, view="breached") == [] and await names(desk, category="repair") == []


async def test_a_long_list_comes_in_pages_that_miss_and_repeat_nothing(world: World, sign_in: SignIn) -> None:
    for n in range(12):
        minutes = (0, 0, 0, 1, 90, 90, 60 * 30, 60 * 300, 60 * 300, 60 * 3000, 60 * 9000, 60 * 20_000)[n]
        since = world.clock.now() - timedelta(minutes=minutes)
        await talk(world, f"第{n}", minutes, mode=Mode.PERSON, waiting_since=since)
    desk = await sign_in("xiaozhou")
    for view, expected in (("unassigned", 12), ("waiting", 12), ("all", 14)):
        for _ in range(2):  # the second time the list knows how dense it is
            seen: list[str] = []
            cursor = ""
            while True:
                page = await (await desk.get("/conversations", view=view, limit=5, cursor=cursor)).json()
                seen += [item["id"] for item in page["items"]]
                cursor = page["next"] or ""
                if not cursor:
                    break
            assert len(seen) == len(set(seen)) == expected, view
    page = await (await desk.get("/conversations", limit=5)).json()
    assert (await desk.get("/conversations", view="mine", cursor=page["next"])).status == 400


async def test_views_are_kept_under_a_name_by_each_colleague(sign_in: SignIn) -> None:
    desk, other = await sign_in("xiaozhou"), await sign_in("ligong")
    body = {"name": "三栋报修", "query": {"view": "unassigned", "category": "repair", "building": "3"}, "place": 2}
    made = await desk.post("/views", body, key="v")
    kept = await made.json()
    assert made.status == 201 and kept["query"]["building"] == "3"
    assert (await (await desk.post("/views", body, key="v")).json())["id"] == kept["id"]
    await desk.post("/views", {"name": "等着", "query": {"view": "waiting"}, "place": 1})
    assert [view["name"] for view in (await (await desk.get("/views")).json())["items"]] == ["等着", "三栋报修"]
    assert (await (await other.get("/views")).json())["items"] == []
    assert (await other.delete(f"/views/{kept['id']}")).status == 404
    assert (await desk.post("/views", {"name": "x", "query": {"$where": "1"}})).status == 400
    renamed = await desk.post(f"/views/{kept['id']}", {**body, "name": "三栋"})
    assert (await renamed.json())["name"] == "三栋"
    assert (await desk.delete(f"/views/{kept['id']}")).status == 200
    assert len((await (await desk.get("/views")).json())["items"]) == 1


async def test_many_at_once_each_with_its_result(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    ids = [WANG_CHAT, CHEN_CHAT, "wxofficial:nobody"]

    async def bulk(**body: Any) -> list[dict[str, Any]]:
        answer = await desk.post("/conversations/bulk", {"ids": ids, **body})
        assert answer.status == 200, await answer.text()
        results: list[dict[str, Any]] = (await answer.json())["results"]
        return results

    assert [(one["ok"], one["code"]) for one in await bulk(action="assign", to="xiaozhou")] == [
        (True, ""),
        (True, ""),
        (False, "not_found"),
    ]
    assert set(await names(desk, view="mine")) == {"王芳", "陈晨"}
    await bulk(action="tag", add=["重点", "#老人"])
    assert set(await names(desk, tag="老人")) == {"王芳", "陈晨"}
    assert set((await (await desk.get("/conversations/tags")).json())["items"]) == {"重点", "老人"}
    await bulk(action="tag", remove=["老人"])
    assert await names(desk, tag="老人") == []
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    await bulk(action="snooze", until=until)
    assert await names(desk) == [] and set(await names(desk, view="snoozed")) == {"王芳", "陈晨"}
    await bulk(action="wake")
    await bulk(action="resolve")
    row = await listed(desk, q="王芳")
    assert (row[0]["mode"], row[0]["staff"], row[0]["unread"], row[0]["waiting_since"]) == ("bot", None, 0, None)
    assert (await desk.post("/conversations/bulk", {"ids": ids, "action": "snooze"})).status == 400
    assert (await desk.post("/conversations/bulk", {"ids": ids, "action": "drop"})).status == 400
    assert not (await bulk(action="assign", to="zhang"))[0]["ok"], "a technician answers no chats"
    assert not (await bulk(action="tag", add=["长" * 21]))[0]["ok"]


async def test_what_was_put_off_comes_back_at_its_time(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    chat = f"/conversations/{quote(WANG_CHAT, safe='')}"
    now = world.clock.now()
    assert (await desk.post(f"{chat}/snooze", {"until": (now - timedelta(minutes=1)).isoformat()})).status == 400
    until = now + timedelta(hours=3)
    shown = await (await desk.post(f"{chat}/snooze", {"until": until.isoformat()})).json()
    assert shown["snoozed_until"] is not None
    assert "王芳" not in await names(desk)
    world.clock.move(hours=3, minutes=1)
    assert "王芳" in await names(desk), "the time alone brings it back"
    [timer] = [
        one for one in await world.desk.stores.timers.due(at=world.clock.now()) if one.kind == "conversation_wake"
    ]
    work = world.desk.timers.work_of(timer.kind)
    assert work is not None
    for _ in range(2):
        await work(timer)
    row = (await listed(desk, building="3"))[0]
    assert row["unread"] == 1 and row["snoozed_until"] is None
    alerts = await (await desk.get("/alerts")).json()
    assert [one["kind"] for one in alerts["items"]] == ["conversation_woken"]
    lines = (await (await desk.get(f"{chat}/messages")).json())["items"]
    assert [line["kind"] for line in lines] == ["snoozed"] and lines[0]["by_name"] == "小周"
