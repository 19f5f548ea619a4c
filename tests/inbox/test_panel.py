"""The ticket panel: everything of one ticket in one answer, what belongs together, pictures of the work."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from tests.api.world import CHEN, CHEN_CHAT, WANG_CHAT, World
from tests.inbox.conftest import API, SignIn


def picture(*, notes: bool = False) -> bytes:
    """A small photo, with the place and device that a phone writes into it."""
    out = io.BytesIO()
    exif = Image.Exif()
    if notes:
        exif[0x010F] = "SecretPhone"
        exif[0x0112] = 6
    Image.new("RGB", (40, 20), (200, 30, 30)).save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_the_panel_has_everything_in_one_read(world: World, sign_in: SignIn) -> None:
    past = await world.ticket("厨房水管漏水,滴了一夜")
    desk, zhang = await sign_in("xiaozhou"), await sign_in("zhang")
    for step in ({"to": "accepted"}, {"to": "in_progress"}, {"to": "resolved", "note": "换了角阀"}):
        assert (await zhang.post(f"/tickets/{past.number}/transitions", step)).status == 200
    world.clock.move(hours=11)
    now = await world.ticket("厨房水管又漏水了", urgent=True)
    other = await world.ticket("快递丢了", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    linked = await desk.post(f"/tickets/{now.number}/links", {"kind": "caused_by", "number": past.number})
    assert linked.status == 200, await linked.text()
    await desk.post(f"/tickets/{now.number}/notes", {"text": "上月也漏过"})
    world.clock.move(minutes=11)

    answer = await desk.get(f"/tickets/{now.number}")
    assert answer.status == 200, await answer.text()
    panel = await answer.json()
    assert {"accepted", "cancelled"} <= {row["to"] for row in panel["possible"]}
    first = panel["people"][0]
    assert (first["username"], first["fits"], first["load"], first["cap"]) == ("zhang", True, 0, 8)
    assert next(one["why_not"] for one in panel["people"] if one["username"] == "liu") == "不负责这栋楼"
    assert panel["lateness"]["late"] == ["accept_by"], "nobody has accepted in ten minutes"
    assert panel["due_why"]["accept_by"].startswith("紧急维修")
    assert [(one["kind"], one["number"]) for one in panel["linked"]] == [("caused_by", past.number)]
    assert panel["room_history"][0]["number"] == past.number == panel["owner_history"][0]["number"]
    [like] = panel["similar"]
    assert (like["number"], like["resolution"]) == (past.number, "换了角阀")
    assert "同一户" in like["why"] and "水管" in like["why"]
    said = [entry["said"] for entry in panel["timeline"]]
    assert said[0] == "开单" and "备注" in said and "关联" in said
    assert panel["classified"]["words"][0]["text"] == "漏水"
    assert panel["charges"] is None and panel["incident"] is None and panel["promises"] == []

    seen = await (await desk.get(f"/tickets/{past.number}")).json()
    assert [(one["kind"], one["number"]) for one in seen["linked"]] == [("causes", now.number)]
    assert [entry["by_name"] for entry in seen["timeline"] if entry["said"] == "接单"] == ["张伟"]
    assert seen["accepted_at"] and seen["answered_at"]
    again = await desk.post(f"/tickets/{now.number}/links", {"kind": "same_as", "number": past.number})
    assert again.status == 400, "two tickets are linked once"
    gone = await desk.post(f"/tickets/{past.number}/links/remove", {"kind": "causes", "number": now.number})
    assert (await gone.json())["links"] == []
    assert (await (await desk.get(f"/tickets/{now.number}")).json())["linked"] == []
    assert (await desk.post(f"/tickets/{now.number}/links", {"kind": "same_as", "number": now.number})).status == 400
    assert (await zhang.get(f"/tickets/{other.number}")).status == 200
    assert (await (await zhang.get(f"/tickets/{now.number}")).json())["people"] == [], "technicians assign nobody"


async def test_a_second_matter_becomes_a_ticket_of_its_own(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket("水管漏水,另外楼道灯也不亮")
    desk = await sign_in("xiaozhou")
    body = {"description": "楼道灯不亮", "reason": "两件事"}
    first = await desk.post(f"/tickets/{ticket.number}/split", body, key="s1")
    assert first.status == 201, await first.text()
    new = await first.json()
    again = await (await desk.post(f"/tickets/{ticket.number}/split", body, key="s1")).json()
    assert again["number"] == new["number"] != ticket.number
    assert (new["title"], new["room"], new["conversation"]) == ("楼道灯不亮", "3栋2单元1502", WANG_CHAT)
    panel = await (await desk.get(f"/tickets/{ticket.number}")).json()
    assert [(one["kind"], one["number"]) for one in panel["linked"]] == [("split_into", new["number"])]
    lines = (await (await desk.get(f"/conversations/{WANG_CHAT}/messages")).json())["items"]
    assert any(new["number"] in line["text"] for line in lines), "the owner hears the number"
    kept = await desk.post(f"/tickets/{ticket.number}/links/remove", {"kind": "together", "number": new["number"]})
    assert kept.status == 400
    merged = await desk.post(f"/tickets/{new['number']}/transitions", {"to": "merged", "target": ticket.number})
    assert merged.status == 200, await merged.text()
    assert (await desk.post(f"/tickets/{new['number']}/split", {"description": "再拆"})).status == 409
    panel = await (await desk.get(f"/tickets/{ticket.number}")).json()
    assert ("merged_from", new["number"]) in [(one["kind"], one["number"]) for one in panel["linked"]]


async def test_pictures_before_and_after_are_kept_without_place_and_device(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    zhang, desk = await sign_in("zhang"), await sign_in("xiaozhou")

    async def send(content: bytes, kind: str = "before", key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {zhang.token}", "Content-Type": "image/jpeg"}
        headers |= {"Idempotency-Key": key} if key else {}
        path = f"{API}/tickets/{ticket.number}/photos"
        return await zhang.client.post(path, data=content, headers=headers, params={"kind": kind})

    made = await send(picture(notes=True), key="p1")
    assert made.status == 201, await made.text()
    photo = await made.json()
    assert (photo["kind"], photo["by_name"], photo["media"]["state"]) == ("before", "张伟", "kept")
    assert (await (await send(picture(notes=True), key="p1")).json())["id"] == photo["id"]
    got = await desk.get(f"/media/{photo['id']}")
    content = await got.read()
    assert got.status == 200 and b"SecretPhone" not in content
    with Image.open(io.BytesIO(content)) as upright:
        assert upright.size == (20, 40), "turned as it was held"
    assert (await desk.get(f"/media/{photo['id']}", size="small")).status == 200
    assert (await send(b"<script>alert(1)</script>")).status == 400
    assert (await send(b"")).status == 400
    assert (await send(picture(), "between")).status == 400

    await send(picture(), "after")
    panel = await (await desk.get(f"/tickets/{ticket.number}")).json()
    assert [len(panel["photos"][kind]) for kind in ("owner", "before", "after")] == [0, 1, 1]
    assert (await desk.post(f"/tickets/{ticket.number}/photos/{photo['id']}/remove")).status == 403
    left = await (await zhang.post(f"/tickets/{ticket.number}/photos/{photo['id']}/remove")).json()
    assert [len(left[kind]) for kind in ("before", "after")] == [0, 1]
    assert (await desk.get(f"/media/{photo['id']}")).status == 404


async def test_the_table_is_narrowed_sorted_and_searched(world: World, sign_in: SignIn) -> None:
    leak = await world.ticket("厨房水管漏水", urgent=True)
    world.clock.move(minutes=1)
    light = await world.ticket("楼道灯不亮", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    world.clock.move(minutes=1)
    bare = await world.ticket("大门口的树倒了", room=None)
    desk, liu = await sign_in("xiaozhou"), await sign_in("liu")

    async def numbers(who: Any = desk, **query: Any) -> list[str]:
        answer = await who.get("/tickets", **query)
        assert answer.status == 200, await answer.text()
        return [row["number"] for row in (await answer.json())["items"]]

    assert await numbers() == [bare.number, light.number, leak.number]
    assert (await numbers(sort="due"))[0] == leak.number
    assert await numbers(building="1") == [light.number]
    assert await numbers(urgent="true") == [leak.number]
    assert await numbers(state="new,accepted") == await numbers(state="open") == await numbers()
    assert await numbers(state="closed") == []
    assert await numbers(q="水管漏水") == [leak.number]
    assert await numbers(q="8821") == [bare.number, light.number, leak.number], "the tail of a phone"
    assert await numbers(q="1-1-302") == [light.number]
    assert await numbers(q=light.number.lower()) == [light.number]
    assert await numbers(q="王芳") == [bare.number, light.number, leak.number], "who opened it"
    assert await numbers(q="的") == []
    assert await numbers(q="$where") == []
    assert await numbers(executor="none") == await numbers()
    assert await numbers(since=world.clock.now().isoformat()) == [bare.number]
    assert leak.number not in await numbers(liu) and leak.number not in await numbers(liu, sort="due")
    assert (await desk.get("/tickets", state="done")).status == 400

    tagged = await desk.post(f"/tickets/{light.number}/tags", {"tags": ["公共区域", "公共区域", " 灯 "]})
    assert (await tagged.json())["number"] == light.number
    assert await numbers(tag="公共区域") == [light.number]
    assert (await desk.post(f"/tickets/{light.number}/tags", {"tags": ["字" * 21]})).status == 400

    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await (await desk.get("/tickets", sort="due", limit=1, cursor=cursor)).json()
        seen += [row["number"] for row in page["items"]]
        cursor = page["next"] or ""
    assert sorted(seen) == sorted(await numbers()) and cursor == ""

    world.clock.move(minutes=12)
    counts = await (await desk.get("/tickets/counts")).json()
    assert (counts["open"], counts["urgent"], counts["unassigned"]) == (3, 1, 3)
    assert counts["states"] == {"new": 3} and counts["breached"] == 3
    assert set(await numbers(breached="true")) == {leak.number, light.number, bare.number}
