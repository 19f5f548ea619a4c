"""Signing in and staying in: locks that say how long, sessions one can see and end, passwords, accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from desk.api.limits import Limit
from desk.attempts import OF_AN_ADDRESS, network_of
from desk.desk import Desk
from inbox import setup
from store.client import connect
from store.conversations import Mode
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from store.tickets import State
from tests.api.world import CHEAP, PASSWORD, WANG_CHAT, Caller, World, serve
from tests.inbox.conftest import API, Client, SignIn

NEW = "quite another one"


async def log_in(client: Client, username: str, password: str, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"{API}/login", json={"username": username, "password": password}, headers=headers)
    client.session.cookie_jar.clear()
    return answer.status, await answer.json()


async def test_locks_name_the_minutes_hold_over_processes_and_do_not_tell_who_exists(
    client: Client, world: World, mongodb_uri: str, database_name: str
) -> None:
    async def tried(name: str, times: int, at: Client = client, **headers: str) -> list[tuple[str, int | None]]:
        found = []
        for _ in range(times):
            status, body = await log_in(at, name, "wrong", **headers)
            assert status == 401
            details = body["error"]["details"]
            found.append((details["reason"], details.get("minutes")))
        return found

    real, made_up = await tried("xiaozhou", 6), await tried("nobody-here", 6)
    assert real == made_up == [("wrong", None)] * 5 + [("locked", 15)]
    world.clock.move(minutes=10)
    status, body = await log_in(client, "xiaozhou", PASSWORD)
    assert status == 401 and body["error"]["message"] == "试错太多次,请 5 分钟后再来"

    # Another process, started just now, knows it; from another place the same name is not locked out.
    stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer("secret of the tests"), name=database_name)
    app = web.Application()
    setup(app, Desk(stores, world.clock, hasher=CHEAP))
    other = await serve(app)
    assert (await tried("xiaozhou", 1, other)) == [("locked", 5)]
    assert (await log_in(other, "xiaozhou", PASSWORD, **{"X-Forwarded-For": "203.0.113.9"}))[0] == 200
    await other.close()
    await stores.close()
    world.clock.move(minutes=6)
    assert (await log_in(client, "xiaozhou", PASSWORD))[0] == 200

    # Many names from one address: the address waits, others do not; what was right is not held against it.
    app = web.Application()
    setup(app, world.desk, logins=Limit(1000, 60))
    patient = await serve(app)
    office = {"X-Forwarded-For": "198.51.100.7, 203.0.113.50"}
    for number in range(OF_AN_ADDRESS - 1):
        assert await tried(f"name{number}", 1, patient, **office) == [("wrong", None)]
        if number % 10 == 0:
            assert (await log_in(patient, "ligong", PASSWORD, **office))[0] == 200
    assert await tried("one-more", 2, patient, **office) == [("wrong", None), ("locked", 15)]
    assert (await log_in(patient, "ligong", PASSWORD, **office))[0] == 401
    assert (await log_in(patient, "ligong", PASSWORD, **{"X-Forwarded-For": "203.0.113.51"}))[0] == 200
    await patient.close()
    now = world.clock.now()
    window: dict[str, Any] = {"before": now + timedelta(days=1), "since": now - timedelta(days=1), "limit": 100}
    rows = await world.desk.stores.audit.listed(subject="staff:xiaozhou", **window)
    assert {row.action for row in rows} == {"session.refused", "session.locked", "session.opened"}
    assert "wrong" not in str(rows) and PASSWORD not in str(rows)


def test_whom_an_address_belongs_to() -> None:
    assert network_of("203.0.113.9") == "203.0.113.9" == network_of("::ffff:203.0.113.9")
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::9") != network_of("2001:db8:1:3::1")
    assert network_of("not an address") == "not an address"


async def test_sessions_are_seen_and_ended_and_a_new_password_ends_the_others(
    client: Client, world: World, sign_in: SignIn
) -> None:
    here, there, third = await sign_in("xiaozhou"), await sign_in("xiaozhou"), await sign_in("xiaozhou")
    items = (await (await here.get("/me/sessions")).json())["items"]
    assert len(items) == 3 and [one["this"] for one in items].count(True) == 1
    assert all(one["address"] == "127.0.0.1" and "aiohttp" in one["browser"] for one in items)
    for other in (there, third):
        [mine] = [one for one in (await (await other.get("/me/sessions")).json())["items"] if one["this"]]
        if other is there:
            assert (await here.post(f"/me/sessions/{mine['id']}/end")).status == 200
            assert (await here.post(f"/me/sessions/{mine['id']}/end")).status == 404
    assert (await there.get("/me")).status == 401 and (await third.get("/me")).status == 200
    li = await sign_in("ligong")
    [mine] = (await (await li.get("/me/sessions")).json())["items"]
    assert (await here.post(f"/me/sessions/{mine['id']}/end")).status == 404, "another's session is not there"

    for old, new, status in (("wrong", NEW, 403), (PASSWORD, "short", 400), (PASSWORD, "12345678", 400)):
        assert (await here.post("/me/password", {"old": old, "new": new})).status == status
    assert (await here.post("/me/password", {"old": PASSWORD, "new": PASSWORD})).status == 400
    assert (await here.post("/me/password", {"old": PASSWORD, "new": NEW})).status == 200
    assert (await here.get("/me")).status == 200 and (await third.get("/me")).status == 401
    assert (await log_in(client, "xiaozhou", PASSWORD))[0] == 401
    assert (await log_in(client, "xiaozhou", NEW))[0] == 200
    assert await (await here.post("/logout-everywhere")).json() == {"ended": 2}
    assert (await here.get("/me")).status == 401

    # The cookie: a page of somebody else's can neither send our header nor come from our site.
    await client.post(f"{API}/login", json={"username": "ligong", "password": PASSWORD})
    ours = {"X-Requested-With": "guanjia"}
    for headers in ({}, {**ours, "Sec-Fetch-Site": "cross-site"}, {**ours, "Sec-Fetch-Site": "same-site"}):
        answer = await client.post(f"{API}/logout", headers=headers)
        assert (answer.status, (await answer.json())["error"]["code"]) == (403, "csrf")
    out = await client.post(f"{API}/logout", headers={**ours, "Sec-Fetch-Site": "same-origin"})
    assert out.status == 200 and "Max-Age=0" in out.headers["Set-Cookie"]
    assert (await client.get(f"{API}/me")).status == 401


async def test_accounts_are_made_reset_and_taken_away_with_their_work(
    client: Client, world: World, sign_in: SignIn
) -> None:
    desk = world.desk
    await desk.staff.add("root", "总管", Role.ADMIN, PASSWORD)
    root, manager = await sign_in("root"), await sign_in("manager")
    new = {"username": "xin", "name": "新来的", "role": "technician", "phone": "13911112222", "buildings": ["3"]}
    for wrong, status in (
        ({**new, "role": "manager"}, 403),
        ({**new, "estates": ["other"]}, 400),
        ({**new, "estates": []}, 403),
        ({**new, "username": "Xin!"}, 400),
        ({**new, "active": True}, 400),
        ({**new, "password": "x" * 9}, 400),
        ({**new, "must_change": False}, 400),
    ):
        assert (await manager.post("/staff", wrong)).status == status, wrong
    made = await manager.post("/staff", new, key="make-xin")
    assert made.status == 201 and await (await manager.post("/staff", new, key="make-xin")).json() == await made.json()
    account = await made.json()
    assert account["estates"] == ["hy"] and account["phone_masked"] == "139****2222" and not account["has_password"]
    assert (await log_in(client, "xin", ""))[0] == 400 and (await log_in(client, "xin", "anything"))[0] == 401

    # A one-time password is good for changing it, and for nothing else.
    once = (await (await manager.post("/staff/xin/password", {})).json())["password"]
    status, body = await log_in(client, "xin", once)
    assert status == 200 and body["must_change"] is True
    xin = Caller(client, API, body["token"])
    refused = await xin.get("/tickets")
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "must_change_password")
    assert (await (await xin.get("/me")).json())["must_change"] is True
    assert (await xin.post("/me/password", {"old": once, "new": NEW})).status == 200
    assert (await xin.get("/tickets")).status == 200
    assert "POST /staff" not in (await (await xin.get("/me")).json())["may"]

    # Who may change whom.
    assert (await manager.post("/staff/admin/account", {"name": "x"})).status == 403
    assert (await manager.post("/staff/manager/account", {"role": "admin"})).status == 403
    assert (await manager.post("/staff/root/password", {})).status == 404, "all estates: not in this manager's scope"
    assert (await manager.post("/staff/nobody/account", {"name": "x"})).status == 404
    assert (await manager.post("/staff/xin/account", {"role": "manager"})).status == 403
    assert (await root.post("/staff/root/deactivate", {"reason": "x"})).status == 403
    assert (await (await root.post("/staff/admin/account", {"estates": []})).json())["estates"] == []
    assert (await root.post("/staff/admin/account", {"role": "manager"})).status == 200, "root is still there"
    changed = await (await manager.post("/staff/xin/account", {"title": "师傅", "buildings": ["3", "5"]})).json()
    assert (changed["title"], changed["buildings"], changed["phone_masked"]) == ("师傅", ["3", "5"], "139****2222")
    assert (await manager.get("/staff/accounts", q="新来", active="true", role="technician")).status == 200
    page = await (await manager.get("/staff/accounts", limit=3)).json()
    assert len(page["items"]) == 3 and page["next"]
    rest = await (await manager.get("/staff/accounts", limit=100, cursor=page["next"])).json()
    names = [one["username"] for one in page["items"] + rest["items"]]
    assert len(names) == len(set(names)) and "root" not in names and "xin" in names

    # Leaving: out at once; the work goes back, supervisors hear of it, nothing happens twice.
    ticket, li = await world.ticket(), await world.actor("ligong")
    ticket = await desk.tickets.assign(ticket, await desk.stores.staff.get("xin"), li)
    ticket = await desk.tickets.move(ticket, State.ACCEPTED, li)
    await desk.stores.conversations.change(WANG_CHAT, {"staff_id": "xin", "mode": Mode.PERSON})
    left = await manager.post("/staff/xin/deactivate", {"reason": "离职"}, key="bye-xin")
    assert left.status == 200
    body = await left.json()
    assert body["freed"] == [ticket.number] and body["conversations"] == [WANG_CHAT]
    assert body["account"]["active"] is False and body["account"]["open_tickets"] == 0
    assert (await xin.get("/me")).status == 401 and (await log_in(client, "xin", NEW))[0] == 401
    freed = await desk.stores.tickets.get(ticket.id)
    assert freed.executor is None and freed.is_open and "taken_away" in [event.kind for event in freed.events]
    assert (await desk.stores.conversations.get(WANG_CHAT)).staff_id is None
    alerts = (await (await (await sign_in("ligong")).get("/alerts")).json())["items"]
    assert sum("新来的的账号已停用" in one["text"] for one in alerts) == 1
    assert (await manager.post("/staff/xin/password", {})).status == 409
    assert (await manager.post("/staff/xin/activate", {})).status == 200
    assert (await log_in(client, "xin", NEW))[0] == 200

    # The last administrator stays.
    assert (await root.post("/staff/admin/deactivate", {"reason": "x"})).status == 200
    assert [staff.id for staff in await desk.stores.staff.all() if staff.role is Role.ADMIN] == ["root"]
    await desk.staff.add("second", "二", Role.ADMIN, PASSWORD)
    second = await sign_in("second")
    assert (await second.post("/staff/root/deactivate", {"reason": "x"})).status == 200
    assert (await root.get("/me")).status == 401
