"""A small estate with its staff, its API callers who remember their tokens, and a server over both APIs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from desk.actors import Actor, owner_actor, staff_actor
from desk.desk import Desk
from desk.tickets import NewTicket
from store.bindings import Binding
from store.client import Connection, connect
from store.conversations import Allowance, Conversation, Home
from store.estates import Estate
from store.identities import Identity
from store.ids import derived
from store.residents import Resident
from store.rooms import Room
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from store.tickets import Category, Ticket
from store.wake import connect_redis
from tests.clock import FixedClock

PASSWORD = "correct horse"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WANG, CHEN = "resident-wang", "resident-chen"
WANG_PHONE, CHEN_PHONE = "13900008821", "13700001234"
OFFICIAL, MINI = "wxofficial", "wxmini"
WANG_CHAT, CHEN_CHAT = f"{OFFICIAL}:o-wang", f"{OFFICIAL}:o-chen"
ROOM = "hy/3-2-1502"
STAFF = {
    "xiaozhou": ("小周", Role.FRONTDESK, ()),
    "zhang": ("张伟", Role.TECHNICIAN, ()),
    "liu": ("刘强", Role.TECHNICIAN, ("1",)),
    "ligong": ("李工", Role.SUPERVISOR, ()),
    "manager": ("孙经理", Role.MANAGER, ()),
    "admin": ("管理员", Role.ADMIN, ()),
}


class World:
    """The estate 和院 with two owners, and its desk."""

    def __init__(self, desk: Desk, clock: FixedClock, connection: Connection) -> None:
        self.desk = desk
        self.clock = clock
        self.connection = connection

    async def actor(self, username: str) -> Actor:
        return staff_actor(await self.desk.stores.staff.get(username))

    async def ticket(
        self,
        text: str = "厨房水管漏水",
        *,
        owner: str = WANG,
        category: Category = Category.REPAIR,
        room: str | None = ROOM,
        chat: str | None = WANG_CHAT,
        urgent: bool = False,
    ) -> Ticket:
        conversation = await self.desk.stores.conversations.find(chat) if chat else None
        name = (await self.desk.stores.rooms.get(room)).name if room else ""
        new = NewTicket(
            category=category,
            description=text,
            estate_id="hy",
            room_id=room,
            room_name=name,
            urgent=urgent,
            phone=WANG_PHONE,
            classified={
                "by": "machine",
                "label": category.value,
                "words": [{"text": "漏水", "weight": 3.0, "label": "repair"}],
            },
        )
        by = owner_actor(owner, "王芳")
        return await self.desk.tickets.open(new, by=by, owner_id=owner, owner_name="王芳", conversation=conversation)


class Caller:
    """Somebody with a token."""

    def __init__(self, client: TestClient[web.Request, web.Application], prefix: str, token: str = "") -> None:
        self.client = client
        self.prefix = prefix
        self.token = token

    async def get(self, path: str, **params: str | int) -> ClientResponse:
        return await self.client.get(self.prefix + path, headers=self._headers(), params=params)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> ClientResponse:
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(self.prefix + path, headers=headers, json=body if body is not None else {})

    async def delete(self, path: str) -> ClientResponse:
        return await self.client.delete(self.prefix + path, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


async def make_world(mongodb_uri: str, database_name: str, clock: FixedClock, redis_url: str = "") -> World:
    """Fill an empty database."""
    connection = connect(mongodb_uri, database_name)
    fast = connect_redis(redis_url) if redis_url else None
    stores = Stores(connection, fast, sealer=Sealer("secret of the tests"), name=database_name)
    desk = Desk(stores, clock, hasher=CHEAP)
    now = clock.now()
    long_ago = now - timedelta(days=400)
    await stores.migrate(holder="tests", clock=clock)
    # The tests' clock stands in the past of the server's: its sweeper would take sessions that hold.
    await connection.database.command("dropIndexes", "sessions", index="ends_at_1")
    await stores.estates.add([Estate(id="hy", name="和院")])
    rooms = [("3", "2", "1502", "3栋2单元1502"), ("1", "1", "302", "1栋1单元302"), ("5", "", "1502", "5栋1502")]
    await stores.rooms.add(
        [Room(id=f"hy/{b}-{u}-{n}", estate_id="hy", building=b, unit=u, number=n, name=name) for b, u, n, name in rooms]
    )
    people = [(WANG, "王芳", WANG_PHONE, ROOM), (CHEN, "陈晨", CHEN_PHONE, "hy/1-1-302")]
    for id, name, phone, room in people:
        await stores.residents.add([Resident(id=id, name=name, phone=stores.sealer.phone(phone), created_at=long_ago)])
        binding = Binding(
            id=derived(f"{id}:{room}", "binding"), resident_id=id, room_id=room, estate_id="hy", starts_at=long_ago
        )
        await stores.bindings.add([binding])
        openid = f"o-{id.removeprefix('resident-')}"
        identity = Identity(
            id=f"{OFFICIAL}:{openid}",
            app_id=OFFICIAL,
            openid=openid,
            unionid=f"u-{openid}",
            resident_id=id,
            created_at=long_ago,
        )
        await stores.identities.add(identity)
        room_name = next(r[3] for r in rooms if f"hy/{r[0]}-{r[1]}-{r[2]}" == room)
        await stores.conversations.create(
            Conversation(
                id=identity.id,
                app_id=OFFICIAL,
                openid=openid,
                estate_id="hy",
                resident_id=id,
                name=name,
                homes=(Home(room_id=room, name=room_name, estate_id="hy"),),
                allowance=Allowance(left=5, until=now + timedelta(hours=48)),
                last_at=now,
                last_inbound_at=now,
                last_line="水漫出来了",
                created_at=long_ago,
            )
        )
    for username, (name, role, buildings) in STAFF.items():
        await desk.staff.add(username, name, role, PASSWORD, phone="13812345678", estates=["hy"], buildings=buildings)
    await desk.rules.refresh()
    return World(desk, clock, connection)


async def serve(app: web.Application) -> TestClient[web.Request, web.Application]:
    """A client of a running server."""
    client = TestClient(TestServer(app))
    await client.start_server()
    return client
