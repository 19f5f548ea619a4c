"""Live events over real sockets: two processes, colleagues of different scopes, lines that break and come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web

import nlp
from desk.desk import Desk
from desk.live_scope import READ_BY, may_hear
from desk.permissions import PERMITS
from inbox import events as events_module
from inbox import hub as hub_module
from inbox import setup
from inbox.hub import Listener
from store.client import connect
from store.live import Event
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from store.tickets import Category
from store.wake import connect_redis
from tests.api.world import CHEAP, CHEN, CHEN_CHAT, PASSWORD, WANG_CHAT, World, make_world, serve
from tests.clock import FixedClock
from tests.house import FRONTDESK, open_house
from tests.house import PASSWORD as HOUSE_PASSWORD
from tests.inbox.conftest import API, Client

WITHIN = 5.0


class Stream:
    """A page that listens."""

    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer
        self.last = ""

    async def next(self) -> dict[str, Any]:
        """The next event that is not a sign of life."""
        while True:
            event = await self.any()
            if event["kind"] != "hello":
                return event

    async def any(self) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN):
            while True:
                line = (await self._answer.content.readline()).decode()
                if not line:
                    raise EOFError
                name, _, value = line.rstrip("\r\n").partition(": ")
                if name == "id":
                    self.last = value
                elif name == "data":
                    found: dict[str, Any] = json.loads(value)
                    return found

    async def until(self, kind: str, **fields: str) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN):
            while True:
                event = await self.next()
                if event["kind"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return event

    async def ended(self) -> bool:
        async with asyncio.timeout(WITHIN):
            return (await self._answer.content.read()).strip() == b""


@pytest.fixture
async def world(mongodb_uri: str, database_name: str, redis_url: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock, redis_url)
    yield made
    await made.desk.stores.close()


@asynccontextmanager
async def process(desk: Desk) -> AsyncIterator[Client]:
    app = web.Application()
    setup(app, desk)
    client = await serve(app)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def another(world: World, uri: str, redis_url: str) -> AsyncIterator[Client]:
    """A second process on the same stores."""
    name = world.connection.database.name  # type: ignore[attr-defined]
    stores = Stores(connect(uri, name), connect_redis(redis_url), sealer=Sealer("secret of the tests"), name=name)
    desk = Desk(stores, world.clock, hasher=CHEAP)
    await desk.rules.refresh()
    try:
        async with process(desk) as client:
            yield client
    finally:
        await stores.close()


async def token_of(world: World, username: str) -> dict[str, str]:
    token, _ = await world.desk.staff.sign_in(username, PASSWORD)
    return {"Authorization": f"Bearer {token}"}


async def listen(client: Client, headers: dict[str, str], last: str = "") -> Stream:
    more = {"Last-Event-ID": last} if last else {}
    answer = await client.get(f"{API}/events", headers=headers | more)
    assert answer.status == 200 and answer.content_type == "text/event-stream", await answer.text()
    stream = Stream(answer)
    hello = await stream.any()
    assert hello["kind"] == "hello" and hello["live"] is True
    if not last:
        assert (await stream.any())["kind"] == "hello" and stream.last, "it knows from where to go on"
    return stream


async def test_what_one_process_does_is_heard_in_another_by_those_whom_it_concerns(
    world: World, mongodb_uri: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CHECK_SECONDS", 0.3)
    await world.desk.staff.add("far", "远", Role.MANAGER, PASSWORD, estates=["other"])
    async with process(world.desk) as here, another(world, mongodb_uri, redis_url) as there:
        names = ("xiaozhou", "zhang", "liu", "ligong", "far")
        keys = {name: await token_of(world, name) for name in names}
        zhou, zhang, liu, li, far = [await listen(there, keys[name]) for name in names]

        # Room 3-2-1502: for zhang, not for liu, who has building 1.
        ticket = await world.ticket()
        told = await zhou.until("ticket")
        assert told == {"kind": "ticket", "id": ticket.number, "ticket": ticket.number, "estate": "hy"} | {
            "conversation": WANG_CHAT
        }
        assert (await zhang.until("ticket"))["id"] == ticket.number

        # A colleague's reply by HTTP: a line, and the conversation; technicians hear of neither.
        await here.post(f"{API}/conversations/{WANG_CHAT}/messages", json={"text": "马上来"}, headers=keys["ligong"])
        line = await zhou.until("message", conversation=WANG_CHAT)
        assert set(line) == {"kind", "id", "estate", "conversation"} and "马上来" not in json.dumps(line)
        # Words added to a ticket say only its id: the rest is looked up.
        await world.desk.tickets.note(ticket, "看过", await world.actor("ligong"))
        assert (await zhang.next())["kind"] == "ticket"

        # Given to liu: he hears of it although it is another building; zhang hears that it is gone.
        current = await world.desk.stores.tickets.get(ticket.id)
        await world.desk.tickets.assign(
            current, await world.desk.stores.staff.get("zhang"), await world.actor("ligong")
        )
        await zhang.until("ticket", staff="zhang")
        current = await world.desk.stores.tickets.get(ticket.id)
        liu_staff = (await world.desk.stores.staff.get("liu")).model_copy(update={"buildings": ("1", "3")})
        await world.desk.stores.staff.change("liu", {"buildings": ("1", "3")})
        await world.desk.tickets.assign(current, liu_staff, await world.actor("ligong"))
        assert (await liu.until("bye"))["reason"] == "scope", "his scope is another now: he comes back with it"
        await zhang.until("ticket", staff="liu")

        # What comes by room 1-1-302 and by alerts is for some only.
        other = await world.ticket("灯不亮", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT, category=Category.REPAIR)
        await zhou.until("ticket", id=other.number)
        await world.desk.live.tell("alert", "a1", estate_id="hy", staff="ligong", to=("ligong",))
        assert (await li.until("alert"))["id"] == "a1"

        # A draft that is written, and then changed, over REST: who has it open reads it anew. Not a technician.
        words = {"title": "清洗水箱", "body": "周六清洗"}
        made = await (await here.post(f"{API}/notices", json=words, headers=keys["ligong"])).json()
        edit = {**words, "body": "周日清洗", "version": made["version"]}
        assert (await zhou.until("notice"))["state"] == "draft"
        await here.post(f"{API}/notices/{made['number']}/edit", json=edit, headers=keys["ligong"])
        assert (await zhou.until("notice"))["id"] == made["number"]

        # Resuming: what was missed comes first, nothing twice.
        position = zhou.last
        zhou._answer.close()
        third = await world.ticket("门坏了")
        again = await listen(there, keys["xiaozhou"], last=position)
        assert (await again.until("ticket", id=third.number))["estate"] == "hy"
        since = await (await there.get(f"{API}/events/since", params={"id": position}, headers=keys["xiaozhou"])).json()
        assert third.number in [one["id"] for one in since["items"]] and since["live"] and not since["resync"]
        for technician in ("zhang", "far"):
            asked = await there.get(f"{API}/events/since", params={"id": position}, headers=keys[technician])
            seen = [one["kind"] for one in (await asked.json())["items"]]
            assert "message" not in seen and "alert" not in seen

        # A place that is not known: read anew.
        for wrong in ("1-0", "99999999999999-0", "rubbish"):
            assert (await (await listen(there, keys["xiaozhou"], last=wrong)).next())["kind"] == "resync"
            asked = await there.get(f"{API}/events/since", params={"id": wrong}, headers=keys["xiaozhou"])
            assert (await asked.json())["resync"] is True
        start = await (await there.get(f"{API}/events/since", headers=keys["xiaozhou"])).json()
        assert start["id"] and not start["items"] and not start["resync"]

        # Nothing at all reached the other estate; and signing out ends the line at once.
        await world.desk.stores.staff.change("far", {"name": "更远"})
        assert await far.next() == {"kind": "staff", "id": "far", "staff": "far", "estate": "other"}
        assert (await here.post(f"{API}/logout-everywhere", headers=keys["far"])).status == 200
        assert await far.next() == {"kind": "bye", "reason": "signed_out"} and await far.ended()
        await here.post(f"{API}/logout", headers=keys["zhang"])
        assert (await zhang.until("bye"))["reason"] == "signed_out"


async def test_an_owners_words_and_what_becomes_of_the_answer_are_heard(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> None:
    nlp.load()
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock
    ) as house:
        wang = await house.owner("wang")
        token = (await house.desk.staff.sign_in(FRONTDESK, HOUSE_PASSWORD))[0]
        answer = await house.http.get(f"{house.url}{API}/events", headers={"Authorization": f"Bearer {token}"})
        zhou = Stream(answer)
        await zhou.any()
        await wang.says("厨房水管爆了")
        chat = house.conversation_id(wang)
        await zhou.until("ticket", conversation=chat)
        assert (await zhou.until("message", conversation=chat))["estate"] == "hy"
        await house.work()
        staff = await house.sign_in(FRONTDESK)
        await staff.call("POST", f"conversations/{chat}/messages", {"text": "师傅马上到"})
        clock.move(seconds=10)
        await house.work()
        await zhou.until("delivery", conversation=chat)
        answer.close()


async def test_lines_end_with_their_process_their_number_is_limited_and_without_redis_pages_poll(
    world: World, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(events_module, "HEARTBEAT", 0.2)
    async with process(world.desk) as client:
        zhou, li = await token_of(world, "xiaozhou"), await token_of(world, "ligong")
        client.app[events_module.HUB].most = 2
        first, second = await listen(client, zhou), await listen(client, zhou)
        refused = await client.get(f"{API}/events", headers=zhou)
        assert refused.status == 429 and (await refused.json())["error"]["details"] == {"most": 2}
        assert (await client.get(f"{API}/events")).status == 401
        assert (await first.any())["kind"] == "hello", "a sign of life that scripts can see"

        # Redis goes away and comes back.
        stores = world.desk.stores
        real, away = stores.live._redis, connect_redis("redis://127.0.0.1:9/0")
        stores.live._redis = away
        await first.until("away")
        third = await client.get(f"{API}/events", headers=li)
        assert (await Stream(third).any())["live"] is False
        asked = await (await client.get(f"{API}/events/since", params={"id": "5-1"}, headers=li)).json()
        assert asked == {"id": "5-1", "items": [], "resync": True, "live": False}
        assert (await client.get(f"{API}/conversations", headers=li)).status == 200, "only events are missing"
        stores.live._redis = real
        await first.until("resync")
        await world.ticket()
        await first.until("ticket")
        await away.aclose()
        # The process stops: the lines end, and do not hold it up.
        async with asyncio.timeout(WITHIN):
            await client.app.shutdown()
            with pytest.raises(EOFError):
                while True:
                    await second.any()


def test_one_that_does_not_keep_up_is_cut_off_and_roles_hear_what_they_may_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "MOST_WAITING", 3)
    slow = Listener(signed=None)  # type: ignore[arg-type]
    for number in range(5):
        slow.put(f"{number}-0", "{}")
    assert slow.ended and not slow.waiting and slow.arrived.is_set()
    slow.put("9-0", "{}")
    assert not slow.waiting
    from desk.actors import Actor

    assert set(READ_BY.values()) <= set(PERMITS), "whoever may read it hears of it"
    zhang = Actor("staff", "zhang", role=Role.TECHNICIAN, estates=("hy",), buildings=("3",))
    zhou = replace(zhang, id="zhou", role=Role.FRONTDESK, buildings=())
    free = Event("ticket", "R1", estate_id="hy", ticket="R1", building="3", category="repair")
    cases = [
        (free, True, True),
        (replace(free, building="1"), False, True),
        (replace(free, executor="liu"), False, True),
        (replace(free, executor="liu", was=("zhang",)), True, True),
        (replace(free, estate_id="other"), False, False),
        (Event("question", "q", estate_id="hy", executor="zhang"), True, True),
        (Event("question", "q", estate_id="hy", executor="liu"), False, True),
        (Event("presence", "c", estate_id="hy", conversation="c", staff="li"), False, True),
        (Event("presence", "c", estate_id="hy", conversation="c", staff="zhou"), False, False),
        (replace(free, kind="presence", staff="li"), True, True),
        (Event("settings", "x"), False, False),
        (Event("something new", "x", estate_id="hy"), False, True),
    ]
    for event, technician, desk in cases:
        assert (may_hear(zhang, event), may_hear(zhou, event)) == (technician, desk), event
