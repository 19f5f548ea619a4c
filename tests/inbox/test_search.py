"""Finding conversations: by words, name, room, the tail of a phone, ticket number; and what must not be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import nlp
from desk.effects import brief
from desk.search import terms_of, words_of
from store.messages import Direction, Message
from store.tickets import Category, Ticket
from tests.api.world import CHEN_CHAT, CHEN_PHONE, WANG, WANG_CHAT, Caller, World
from tests.inbox.conftest import SignIn


async def said(world: World, chat: str, *texts: str) -> None:
    for text in texts:
        world.clock.move(minutes=1)
        at = world.clock.now()
        line = Message(id=f"line {text}", conversation_id=chat, direction=Direction.INBOUND, at=at, text=text)
        await world.desk.stores.messages.add([line])


async def search(caller: Caller, q: str, **more: str | int) -> dict[str, Any]:
    answer = await caller.get("/search", q=q, **more)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def texts(caller: Caller, q: str) -> list[str]:
    return [hit["line"]["text"] for hit in (await search(caller, q))["items"] if hit["line"]]


async def whose(caller: Caller, q: str) -> list[tuple[str, str]]:
    return [(hit["conversation"]["name"], hit["why"]) for hit in (await search(caller, q))["items"] if not hit["line"]]


async def test_lines_are_found_by_their_words_with_what_stood_around_them(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    await said(world, WANG_CHAT, "您好", "地下车库有积水,车开不进去", "快点来")
    await said(world, CHEN_CHAT, "厨房水管爆了", "车库的灯坏了")
    assert await texts(desk, "积水") == ["地下车库有积水,车开不进去"]
    assert await texts(desk, "车库") == ["车库的灯坏了", "地下车库有积水,车开不进去"], "newest first"
    assert await texts(desk, "車庫 積水") == ["地下车库有积水,车开不进去"], "both words, written either way"
    assert await texts(desk, "车库 爆") == []
    [hit] = (await search(desk, "积水"))["items"]
    assert (hit["before"]["text"], hit["after"]["text"]) == ("您好", "快点来") and hit["words"] == ["积水"]
    assert hit["conversation"]["room"] == "3栋2单元1502"
    row = (await (await desk.get("/conversations", q="积水")).json())["items"]
    assert [one["name"] for one in row] == ["王芳"]
    assert (await (await desk.get("/conversations", q="积水", building="1")).json())["items"] == []
    # What was said a moment ago is found at once.
    await said(world, CHEN_CHAT, "电梯困人了")
    assert await texts(desk, "电梯") == ["电梯困人了"]
    assert (await desk.get("/search", q="")).status == 400


async def test_pages_of_hits_miss_and_repeat_nothing(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    await said(world, WANG_CHAT, *(f"门禁坏了第{n}次" for n in range(7)))
    seen: list[str] = []
    cursor = ""
    while True:
        page = await search(desk, "门禁", limit=3, cursor=cursor)
        seen += [hit["line"]["id"] for hit in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 7


async def test_people_are_found_by_name_room_phone_tail_and_ticket(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    ticket = await world.ticket()
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    await said(world, WANG_CHAT, "你好")
    await said(world, CHEN_CHAT, "在吗")
    for name in ("王芳", "王", "芳"):
        assert await whose(desk, name) == [("王芳", "name")], name
    for room in ("3-2-1502", "3栋2单元1502", "1502", "3栋1502"):
        assert ("王芳", "room") in await whose(desk, room), room
    assert await whose(desk, CHEN_PHONE[-4:]) == [("陈晨", "phone")]
    assert await whose(desk, ticket.number) == [("王芳", "ticket")] == await whose(desk, ticket.number.lower())
    assert await whose(desk, "9999") == [] and await whose(desk, "R20990101-0001") == []
    # Who has moved out is not found by that room any more.
    await world.desk.stores.conversations.change(WANG_CHAT, {"homes": []})
    assert await whose(desk, "3-2-1502") == []


async def test_a_colleague_of_another_estate_finds_nothing(world: World, sign_in: SignIn) -> None:
    await said(world, WANG_CHAT, "地下车库有积水")
    near = await sign_in("xiaozhou")
    assert await texts(near, "积水")
    await world.desk.stores.staff.change("xiaozhou", {"estates": ["other"]})
    far = await sign_in("xiaozhou")
    for q in ("积水", "王芳", "3-2-1502"):
        assert (await search(far, q))["items"] == [], q
    assert (await (await sign_in("zhang")).get("/search", q="积水")).status == 403


async def test_no_phone_number_becomes_a_term(world: World) -> None:
    texts = (
        "我电话13900008821",
        "138-0000-8821 王先生",
        "打 139 0000 8821 找我",
        "一三九零零零零八八二一",
        "微信 wx13900008821",
    )
    for text in texts:
        assert not [term for term in terms_of(text) if "8821" in term or "139" in term or "二一" in term], text
    await said(world, WANG_CHAT, *texts)
    await world.desk.search.catch_up()
    now = world.clock.now()
    for word in ("13900008821", "8821", "139"):
        found = await world.desk.stores.search.lines(word, before=now + timedelta(1), since=now - timedelta(1), limit=9)
        assert found == [], word
    [person] = await world.desk.stores.search.of_ids([f"person:{WANG_CHAT}"])
    assert not [term for term in person.terms if "8821" in term] and WANG not in person.terms


def test_words_are_cut_and_the_rarest_is_looked_up() -> None:
    nlp.load()
    assert words_of("今天的积水")[0] == "积水" and "的" not in words_of("今天的积水")
    assert "r20260310-0001" in terms_of("R20260310-0001 好了吗")
    assert {"地下车库", "车库", "积水"} <= set(terms_of("地下车库有积水"))
    assert terms_of("") == () and terms_of("😀😀") == ()


async def test_tickets_from_before_there_were_terms_are_found_once_a_worker_came_by(
    world: World, sign_in: SignIn
) -> None:
    desk, stores, clock = await sign_in("xiaozhou"), world.desk.stores, world.clock
    opened = clock.now() - timedelta(days=900)
    for n in range(5):
        old = Ticket(
            id=f"old{n}",
            number=f"R20230310-000{n}",
            category=Category.REPAIR,
            title="卫生间水管漏水",
            estate_id="hy",
            room_id="hy/3-2-1502",
            urgent=n == 4,
            opened_at=opened + timedelta(days=n * 100),
            updated_at=opened,
            terms=("hy|加的词", "hy|@3") if n == 4 else (),
        )
        await stores.tickets.add(old)

    async def found(**asked: str) -> list[str]:
        items = (await (await desk.get("/tickets", **asked)).json())["items"]
        return [row["number"] for row in items if row["number"].startswith("R2023")]

    assert await found(q="漏水") == []
    seen = 0
    while step := await world.desk.old_terms.catch_up(most=2):
        seen += step
    assert seen >= 5
    assert await found(q="漏水") == ["R20230310-0003", "R20230310-0002", "R20230310-0001", "R20230310-0000"]
    assert await found(urgent="true") == ["R20230310-0004"]
    kept = await stores.tickets.get("old4")
    assert kept.terms == ("hy|加的词", "hy|@3", "hy|!"), "what was there stays"
    assert await world.desk.old_terms.catch_up() == 0
