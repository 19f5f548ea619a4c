"""The desk over a real store: one estate, two owners with a chat, colleagues of every role, a clock that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from bot.timers import Timers
from desk.actors import Actor, owner_actor, staff_actor
from desk.desk import Desk
from desk.tickets import NewTicket
from store.bindings import Binding
from store.conversations import Conversation
from store.deliveries import Delivery
from store.estates import Estate
from store.identities import Identity
from store.residents import Resident
from store.rooms import Room, room_id
from store.staff import Role, Staff
from store.stores import Stores
from store.tickets import Category, Ticket
from tests.clock import FixedClock
from tests.opened import opened_stores

APP = "wxapp"
HOME = room_id("hy", "3", "2", "1502")
NEXT_DOOR = room_id("hy", "1", "1", "302")
WANG = owner_actor("wang", "王芳")
COLLEAGUES = (
    ("zhou", "周敏", Role.FRONTDESK, ""),
    ("zhang", "张伟强", Role.TECHNICIAN, "师傅"),
    ("liu", "刘强", Role.TECHNICIAN, "师傅"),
    ("li", "李刚", Role.SUPERVISOR, "工"),
    ("ma", "马经理", Role.MANAGER, ""),
    ("root", "管理员", Role.ADMIN, ""),
)


@dataclass
class Office:
    """What a test holds in its hands."""

    desk: Desk
    stores: Stores
    clock: FixedClock
    timers: Timers

    async def actor(self, username: str) -> Actor:
        return staff_actor(await self.stores.staff.get(username))

    async def open(
        self, category: Category = Category.REPAIR, *, owner: str = "wang", chat: bool = True, **more: object
    ) -> Ticket:
        """A ticket of an owner, as their chat opens it."""
        conversation = await self.stores.conversations.get(f"{APP}:o-{owner}") if chat else None
        details: dict[str, object] = {
            "category": category,
            "description": "厨房水管漏水" if category is Category.REPAIR else "楼上夜里施工",
            "estate_id": "hy",
            "room_id": HOME if owner == "wang" else NEXT_DOOR,
            "room_name": "3栋2单元1502",
            **more,
        }
        new = NewTicket(**details)  # type: ignore[arg-type]
        return await self.desk.tickets.open(new, by=owner_actor(owner), owner_id=owner, conversation=conversation)

    async def resolved(self, category: Category = Category.REPAIR, **more: object) -> Ticket:
        """A ticket that a technician says is done."""
        ticket = await self.open(category, **more)  # type: ignore[arg-type]
        zhang = await self.actor("zhang")
        ticket = await self.desk.tickets.move(ticket, ticket.state.ACCEPTED, zhang)
        return await self.desk.tickets.move(ticket, ticket.state.RESOLVED, zhang, note="换了角阀")

    async def again(self, ticket: Ticket) -> Ticket:
        return await self.stores.tickets.get(ticket.id)

    async def heard(self, owner: str = "wang") -> list[Delivery]:
        """What leaves for an owner, oldest first."""
        now = self.clock.now()
        rows = await self.stores.deliveries.of_person(
            owner, before=now + timedelta(days=1), since=now - timedelta(days=60), limit=200
        )
        return sorted(rows, key=lambda row: row.seq)

    async def calls(self) -> list[Delivery]:
        """What a person has to ring up about, oldest first."""
        now = self.clock.now()
        rows = await self.stores.deliveries.to_look_at(
            before=now + timedelta(days=1), since=now - timedelta(days=60), limit=200
        )
        return sorted((row for row in rows if row.to_call), key=lambda row: row.seq)

    async def later(self, **by: float) -> None:
        """Time passes; what is due is run."""
        self.clock.move(**by)
        while await self.timers.poll_once():
            pass


@pytest.fixture
async def stores(mongodb_uri: str, database_name: str, clock: FixedClock) -> AsyncIterator[Stores]:
    async with opened_stores(mongodb_uri, database_name, clock) as stores:
        yield stores


@pytest.fixture
async def office(stores: Stores, clock: FixedClock) -> Office:
    """Everybody is there; nobody has written yet."""
    since = clock.now() - timedelta(days=400)
    await stores.estates.add([Estate(id="hy", name="海悦花园")])
    await stores.rooms.add(
        [
            Room(id=HOME, estate_id="hy", building="3", unit="2", number="1502", name="3栋2单元1502"),
            Room(id=NEXT_DOOR, estate_id="hy", building="1", unit="1", number="302", name="1栋1单元302"),
        ]
    )
    for id, name, phone, home in (("wang", "王芳", "13900001502", HOME), ("chen", "陈晨", "13900000302", NEXT_DOOR)):
        await stores.residents.add([Resident(id=id, name=name, phone=stores.sealer.phone(phone), created_at=since)])
        await stores.bindings.add(
            [Binding(id=f"{id}-1", resident_id=id, room_id=home, estate_id="hy", starts_at=since)]
        )
        chat = f"{APP}:o-{id}"
        await stores.identities.add(Identity(id=chat, app_id=APP, openid=f"o-{id}", resident_id=id, created_at=since))
        await stores.conversations.create(
            Conversation(id=chat, app_id=APP, openid=f"o-{id}", estate_id="hy", resident_id=id, created_at=since)
        )
    for username, name, role, title in COLLEAGUES:
        sealed = stores.sealer.phone("13912348821")
        await stores.staff.add(Staff(id=username, name=name, role=role, title=title, password="x", phone=sealed))
    desk = Desk(stores, clock, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    await desk.rules.refresh()
    return Office(desk, stores, clock, Timers(desk))
