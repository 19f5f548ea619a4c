"""Who gets in, and who may do what: refusals first."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from desk.api.limits import Limit
from inbox import setup
from store.staff import Role
from store.tickets import State
from tests.api.world import PASSWORD, WANG_CHAT, Caller, World, serve
from tests.inbox.conftest import API, Client, SignIn


async def test_nothing_without_signing_in(client: Client) -> None:
    nobody = Caller(client, API)
    for path in ("/tickets", "/tickets/R20260310-0001", "/conversations", "/staff", "/me", "/deliveries/attention"):
        answer = await nobody.get(path)
        assert answer.status == 401, path
        assert (await answer.json())["error"]["code"] == "not_signed_in"
    for path in ("/tickets/R20260310-0001/assign", f"/conversations/{WANG_CHAT}/messages", "/logout"):
        assert (await nobody.post(path)).status == 401
    assert (await Caller(client, API, "made up").get("/tickets")).status == 401


async def test_wrong_password_is_refused_and_five_lock_the_name(client: Client, world: World) -> None:
    async def attempt(password: str) -> tuple[int, str]:
        answer = await client.post(f"{API}/login", json={"username": "xiaozhou", "password": password})
        return answer.status, (await answer.json())["error"]["details"]["reason"] if answer.status != 200 else ""

    for _ in range(5):
        assert await attempt("wrong password") == (401, "wrong")
    assert await attempt(PASSWORD) == (401, "locked")
    world.clock.move(minutes=16)
    assert await attempt(PASSWORD) == (200, "")
    unknown = await client.post(f"{API}/login", json={"username": "nobody", "password": "x"})
    assert unknown.status == 401


async def test_too_many_sign_ins_from_one_address(world: World) -> None:
    app = web.Application()
    setup(app, world.desk, logins=Limit(2, 60))
    client = await serve(app)
    for status in (401, 401, 429):
        answer = await client.post(f"{API}/login", json={"username": "nobody", "password": "x"})
        assert answer.status == status
    assert int(answer.headers["Retry-After"]) >= 1
    await client.close()


async def test_a_session_slides_ends_and_can_be_ended(world: World, sign_in: SignIn) -> None:
    desk = await sign_in("xiaozhou")
    world.clock.move(hours=11)
    assert (await desk.get("/me")).status == 200
    world.clock.move(hours=11)
    assert (await desk.get("/me")).status == 200
    world.clock.move(hours=13)
    assert (await desk.get("/me")).status == 401
    desk = await sign_in("xiaozhou")
    assert (await desk.post("/logout")).status == 200
    assert (await desk.get("/me")).status == 401


async def test_the_cookie_works_for_reading_and_changes_need_our_page(client: Client, world: World) -> None:
    opened = await world.ticket()
    answer = await client.post(f"{API}/login", json={"username": "xiaozhou", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    assert (await client.get(f"{API}/tickets")).status == 200
    path = f"{API}/tickets/{opened.number}/transitions"
    forged = await client.post(path, json={"to": "accepted"})
    assert forged.status == 403 and (await forged.json())["error"]["code"] == "csrf"
    real = await client.post(path, json={"to": "accepted"}, headers={"X-Requested-With": "guanjia"})
    assert real.status == 200


async def test_the_cookie_is_secure_behind_https(world: World) -> None:
    app = web.Application()
    setup(app, world.desk, public_url="https://guanjia.example")
    client = await serve(app)
    answer = await client.post(f"{API}/login", json={"username": "xiaozhou", "password": PASSWORD})
    assert "Secure" in answer.headers["Set-Cookie"]
    await client.close()


async def test_technicians_see_their_own_and_free_tickets_of_their_buildings(world: World, sign_in: SignIn) -> None:
    free, taken = await world.ticket(), await world.ticket("灯不亮")
    await world.desk.tickets.assign(taken, await world.desk.stores.staff.get("ligong"), await world.actor("ligong"))
    zhang, liu = await sign_in("zhang"), await sign_in("liu")
    assert [row["number"] for row in (await (await zhang.get("/tickets")).json())["items"]] == [free.number]
    assert (await zhang.get(f"/tickets/{taken.number}")).status == 404
    assert (await zhang.post(f"/tickets/{taken.number}/notes", {"text": "x"})).status == 404
    assert (await (await liu.get("/tickets")).json())["items"] == []
    assert (await liu.post(f"/tickets/{free.number}/transitions", {"to": "accepted"})).status == 404


async def test_another_estate_is_out_of_sight(world: World, client: Client, sign_in: SignIn) -> None:
    opened = await world.ticket()
    await world.desk.staff.add("far", "远", Role.MANAGER, PASSWORD, estates=["other"])
    far = await sign_in("far")
    assert (await (await far.get("/tickets")).json())["items"] == []
    assert (await (await far.get("/conversations")).json())["items"] == []
    assert (await far.get(f"/tickets/{opened.number}")).status == 404
    assert (await far.get(f"/conversations/{WANG_CHAT}")).status == 404
    assert (await far.get(f"/conversations/{WANG_CHAT}/messages")).status == 404
    assert (await far.post(f"/conversations/{WANG_CHAT}/messages", {"text": "x"})).status == 404


EVERYBODY = {"frontdesk", "technician", "supervisor", "manager", "admin"}
AT_THE_DESK = EVERYBODY - {"technician"}
LEADING = {"supervisor", "manager", "admin"}
NAMES = {
    "frontdesk": "xiaozhou",
    "technician": "zhang",
    "supervisor": "ligong",
    "manager": "manager",
    "admin": "admin",
}
TICKET = "/tickets/{number}"
DEEDS: dict[str, tuple[State, str, dict[str, str], set[str]]] = {
    "accept": (State.NEW, f"{TICKET}/transitions", {"to": "accepted"}, EVERYBODY),
    "decline": (State.NEW, f"{TICKET}/transitions", {"to": "declined", "reason": "不归物业管"}, LEADING),
    "set out": (State.ACCEPTED, f"{TICKET}/transitions", {"to": "in_progress"}, EVERYBODY - {"frontdesk"}),
    "hand back": (State.ACCEPTED, f"{TICKET}/transitions", {"to": "new", "reason": "忙"}, EVERYBODY - {"frontdesk"}),
    "resolve": (State.ACCEPTED, f"{TICKET}/transitions", {"to": "resolved", "note": "好了"}, EVERYBODY),
    "ask": (State.ACCEPTED, f"{TICKET}/transitions", {"to": "waiting_owner", "question": "哪个?"}, EVERYBODY),
    "close": (State.RESOLVED, f"{TICKET}/transitions", {"to": "closed"}, LEADING),
    "reopen": (State.RESOLVED, f"{TICKET}/transitions", {"to": "accepted", "reason": "还漏"}, LEADING),
    "cancel": (State.NEW, f"{TICKET}/transitions", {"to": "cancelled"}, EVERYBODY),
    "assign another": (State.NEW, f"{TICKET}/assign", {"executor": "liu"}, AT_THE_DESK),
    "note": (State.NEW, f"{TICKET}/notes", {"text": "看过"}, EVERYBODY),
    "open": (State.NEW, "/tickets", {"category": "repair", "description": "灯坏了"}, AT_THE_DESK),
    "reply": (State.NEW, f"/conversations/{WANG_CHAT}/messages", {"text": "您好"}, AT_THE_DESK),
    "take": (State.NEW, f"/conversations/{WANG_CHAT}/take", {}, AT_THE_DESK),
    "hand to the bot": (State.NEW, f"/conversations/{WANG_CHAT}/hand-back", {}, AT_THE_DESK),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_each_role_may_do_what_the_table_says(deed: str, world: World, sign_in: SignIn) -> None:
    state, path, body, allowed = DEEDS[deed]
    zhang = await world.actor("zhang")
    for role, username in NAMES.items():
        ticket = await world.ticket()
        if state is not State.NEW:
            ticket = await world.desk.tickets.move(ticket, State.ACCEPTED, zhang)
        if state is State.RESOLVED:
            ticket = await world.desk.tickets.move(ticket, State.RESOLVED, zhang, note="好了")
        answer = await (await sign_in(username)).post(path.format(number=ticket.number), body)
        expected = {200, 201} if role in allowed else {403}
        assert answer.status in expected, (role, await answer.text())


async def test_lists_of_the_desk_are_not_for_technicians(sign_in: SignIn) -> None:
    zhang = await sign_in("zhang")
    answers = await asyncio.gather(
        zhang.get("/conversations"), zhang.get("/deliveries/attention"), zhang.get(f"/conversations/{WANG_CHAT}")
    )
    assert [answer.status for answer in answers] == [403, 403, 403]
    assert (await zhang.get("/staff")).status == 200
