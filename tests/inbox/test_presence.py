"""Who else is here: seen by the others, not by oneself, gone when they leave, and only where one may look."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

import nlp
from inbox import setup
from tests.api.world import PASSWORD, WANG_CHAT, Caller, World, make_world, serve
from tests.clock import FixedClock
from tests.inbox.conftest import API


@pytest.fixture
async def world(mongodb_uri: str, database_name: str, redis_url: str, clock: FixedClock) -> AsyncIterator[World]:
    nlp.load()
    made = await make_world(mongodb_uri, database_name, clock, redis_url)
    yield made
    await made.desk.stores.close()


async def test_two_colleagues_see_each_other_at_a_conversation_and_at_a_ticket(world: World) -> None:
    app = web.Application()
    setup(app, world.desk)
    client = await serve(app)
    people = {}
    for name in ("xiaozhou", "ligong", "zhang", "liu"):
        people[name] = Caller(client, API, (await world.desk.staff.sign_in(name, PASSWORD))[0])
    ticket = await world.ticket()
    start = await world.desk.stores.live.newest()
    for place in (f"/conversations/{WANG_CHAT}/presence", f"/tickets/{ticket.number}/presence"):
        zhou, li = people["xiaozhou"], people["ligong"]
        assert await (await zhou.post(place, {"typing": False})).json() == {"items": []}
        [seen] = (await (await li.post(place, {"typing": True})).json())["items"]
        assert (seen["staff"], seen["name"], seen["typing"]) == ("xiaozhou", "小周", False)
        [seen] = (await (await zhou.get(place)).json())["items"]
        assert (seen["staff"], seen["typing"]) == ("ligong", True) and seen["until"]
        if place.startswith("/conversations"):
            head = await (await zhou.get(f"/conversations/{WANG_CHAT}")).json()
            assert [one["staff"] for one in head["here"]] == ["ligong"]
        for _ in range(3):  # saying the same again is no news
            await zhou.post(place, {})
        assert (await (await li.post(place, {"here": False})).json())["items"][0]["staff"] == "xiaozhou"
        assert (await (await zhou.get(place)).json())["items"] == []
        assert (await li.post(place, {"typing": True, "sneaky": 1})).status == 400
    told = [
        (event.kind, event.staff, event.state)
        for entry in await world.desk.stores.live.read(start)
        for event in entry.events
        if event.kind == "presence"
    ]
    once = [("presence", "xiaozhou", "here"), ("presence", "ligong", "typing"), ("presence", "ligong", "gone")]
    assert told == once * 2
    # A technician is at tickets of his scope, and at no conversation.
    assert (await people["zhang"].post(f"/tickets/{ticket.number}/presence", {})).status == 200
    assert (await people["zhang"].get(f"/conversations/{WANG_CHAT}/presence")).status == 403
    assert (await people["liu"].get(f"/tickets/{ticket.number}/presence")).status == 404
    # Without Redis nobody is seen, and nothing fails.
    world.desk.stores.presence._redis = None
    assert await (await people["ligong"].post(f"/conversations/{WANG_CHAT}/presence", {})).json() == {"items": []}
    await client.close()
