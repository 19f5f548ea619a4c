"""A small estate with people in it, and owners who talk to the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from desk.desk import Desk
from store.bindings import Binding
from store.conversations import Conversation, Home
from store.estates import Estate
from store.identities import Identity
from store.residents import Resident
from store.rooms import Room, room_id
from store.staff import Role, Staff
from store.stores import Stores
from tests.clock import FixedClock
from tests.handlers.talk import Talk
from tests.opened import opened_stores

APP = "wxapp"
HOME = room_id("hy", "3", "2", "1502")
OTHER_HOME = room_id("hy", "1", "1", "302")


@pytest.fixture
async def stores(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[Stores]:
    async with opened_stores(mongodb_uri, database_name, clock) as stores:
        now = clock.now()
        await stores.estates.add([Estate(id="hy", name="海悦花园")])
        rooms = (("3", "2", "1502"), ("1", "1", "302"), ("2", "1", "801"), ("3", "2", "1602"))
        await stores.rooms.add(
            [
                Room(id=room_id("hy", b, u, n), estate_id="hy", building=b, unit=u, number=n, name=f"{b}栋{u}单元{n}")
                for b, u, n in rooms
            ]
        )
        people: tuple[tuple[str, str, str, tuple[str, ...]], ...]
        people = (("wang", "王芳", "13800000000", (HOME,)), ("chen", "陈强", "13900000001", (OTHER_HOME,)))
        people += (("both", "周明", "13700000002", (room_id("hy", "2", "1", "801"), OTHER_HOME)),)
        for id, name, phone, homes in people:
            await stores.residents.add([Resident(id=id, name=name, phone=stores.sealer.phone(phone), created_at=now)])
            await stores.bindings.add(
                [
                    Binding(id=f"{id}:{home}", resident_id=id, room_id=home, estate_id="hy", starts_at=now)
                    for home in homes
                ]
            )
        await stores.staff.add(_staff("li", "李工", Role.SUPERVISOR, "主管"))
        await stores.staff.add(_staff("zhang", "张伟", Role.TECHNICIAN))
        yield stores


def _staff(id: str, name: str, role: Role, title: str = "") -> Staff:
    return Staff(id=id, name=name, role=role, title=title, password="x")


@pytest.fixture
async def desk(stores: Stores, clock: FixedClock) -> Desk:
    desk = Desk(stores, clock)
    await desk.rules.refresh()
    return desk


@pytest.fixture
def talk_as(desk: Desk, stores: Stores, clock: FixedClock) -> Callable[..., Awaitable[Talk]]:
    """Somebody writes: ``wang`` has a home, ``both`` has two, any other name is not bound."""

    async def start(who: str = "stranger") -> Talk:
        id = f"{APP}:o-{who}"
        homes: tuple[Home, ...] = ()
        known = who in ("wang", "chen", "both")
        name = ""
        if known:
            homes = await desk.residents.homes_of(who)
            name = (await stores.residents.get(who)).name
            await stores.identities.add(
                Identity(id=id, app_id=APP, openid=f"o-{who}", resident_id=who, created_at=clock.now())
            )
        await stores.conversations.create(
            Conversation(
                id=id,
                app_id=APP,
                openid=f"o-{who}",
                estate_id="hy" if known else "",
                resident_id=who if known else None,
                name=name,
                homes=homes,
                created_at=clock.now(),
            )
        )
        return Talk(desk, stores, clock, id)

    return start


@pytest.fixture
async def wang(talk_as: Callable[..., Awaitable[Talk]]) -> Talk:
    """Ms Wang of 3栋2单元1502."""
    return await talk_as("wang")


@pytest.fixture
async def both(talk_as: Callable[..., Awaitable[Talk]]) -> Talk:
    """Mr Zhou, who has two homes."""
    return await talk_as("both")


@pytest.fixture
async def stranger(talk_as: Callable[..., Awaitable[Talk]]) -> Talk:
    """Somebody we do not know yet."""
    return await talk_as("stranger")
