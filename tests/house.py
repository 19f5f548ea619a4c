"""The whole house in one process: web app, worker and emulator, by one clock, over real stores and real HTTP.

Nothing runs in the background: ``work`` does what the worker's loops would, until there is nothing left to do.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from pymongo.errors import OperationFailure

from bot.app import PARTS, Background, Parts, create_app
from bot.emulator.client import EmulatorClient, Phone
from bot.emulator.config import EmulatorConfig
from bot.emulator.platform import PLATFORM
from bot.emulator.server import create_emulator
from bot.opening import Opening
from bot.runtime import Runtime
from bot.settings import Settings
from desk.desk import Desk
from desk.settings import DailyWindow, TradeSettings
from store.bindings import Binding
from store.client import connect
from store.clock import Clock
from store.estates import Estate
from store.ids import RandomIds, derived
from store.residents import Resident
from store.rooms import Room, room_id
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from store.tickets import Ticket
from store.wake import connect_redis
from tests.clock import FixedClock

SECRET = "a secret that only the tests know"
PASSWORD = "guanjia-demo"
EASY_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWNERS = {
    "wang": ("王芳", "3", "2", "1502", "13900001502"),
    "chen": ("陈晨", "1", "1", "302", "13900000302"),
}
TECHNICIAN, FRONTDESK, SUPERVISOR = "zhang", "zhou", "li"
STAFF = {
    TECHNICIAN: ("张伟强", Role.TECHNICIAN, "师傅", "13912348821"),
    FRONTDESK: ("周敏", Role.FRONTDESK, "", "13912340001"),
    SUPERVISOR: ("李刚", Role.SUPERVISOR, "工", "13912340002"),
}


@dataclass
class House:
    """What a test holds in its hands."""

    runtime: Runtime
    parts: Parts
    background: Background
    wechat: EmulatorClient
    http: aiohttp.ClientSession
    url: str
    clock: FixedClock
    settings: Settings

    @property
    def desk(self) -> Desk:
        return self.runtime.desk

    @property
    def stores(self) -> Stores:
        return self.runtime.stores

    async def owner(self, name: str) -> Phone:
        """A bound owner who follows; their home is in OWNERS."""
        phone = await self.wechat.user(name, follow="quietly")
        full_name, building, unit, number, telephone = OWNERS[name]
        rooms = await self.stores.rooms.numbered(building, unit, number)
        app_id = self.settings.wechat_app_id
        await self.desk.residents.bind(app_id, phone.openid, name=full_name, rooms=rooms, phone=telephone)
        if await self.stores.conversations.find(f"{app_id}:{phone.openid}") is None:
            await phone.follow(quietly=True)
        return phone

    def conversation_id(self, phone: Phone) -> str:
        return f"{self.settings.wechat_app_id}:{phone.openid}"

    async def tickets_of(self, phone: Phone) -> list[Ticket]:
        """All tickets of this owner, oldest first."""
        conversation = await self.stores.conversations.get(self.conversation_id(phone))
        now = self.runtime.clock.now()
        found = await self.stores.tickets.of_owner(
            conversation.person_id, before=now + timedelta(days=1), since=now - timedelta(days=60), limit=100
        )
        return sorted(found, key=lambda ticket: (ticket.opened_at, ticket.number))

    async def work(self) -> None:
        """Do what the worker would do now: timers, deliveries, settling."""
        for _ in range(20):
            ran = await self.background.timers.poll_once()
            await self.background.sender.poll_once()
            due = await self.stores.deliveries.due(at=self.runtime.clock.now())
            await self.background.tasks.idle()
            left = await self.stores.deliveries.due(at=self.runtime.clock.now())
            if not ran and [row.id for row in left] == [row.id for row in due]:
                return

    async def later(self, **by: float) -> None:
        """Time passes, and the worker does what has become due."""
        self.clock.move(**by)
        await self.work()

    async def sign_in(self, username: str) -> StaffSession:
        """A colleague's session of the staff API."""
        async with self.http.post(
            f"{self.url}/api/inbox/v1/login", json={"username": username, "password": PASSWORD}
        ) as answer:
            assert answer.status == 200, await answer.text()
            return StaffSession(self, (await answer.json())["token"])


class StaffSession:
    """The staff API as a script uses it."""

    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, body: object = None, *, expect: int = 0) -> Any:
        url = f"{self._house.url}/api/inbox/v1/{path}"
        async with self._house.http.request(method, url, json=body, headers=self._headers) as answer:
            data = await answer.json()
            assert answer.status == expect or (not expect and answer.status < 300), (answer.status, data)
            return data

    async def move(self, number: str, to: str, note: str = "", **more: object) -> Any:
        """One transition, as the current version allows."""
        ticket = await self.call("GET", f"tickets/{number}")
        body = {"to": to, "note": note, "version": ticket["version"], **more}
        return await self.call("POST", f"tickets/{number}/transitions", body)


def trade_settings() -> TradeSettings:
    """Everything as the contract says, with templates that the emulator knows; replies leave at once, without undo."""
    from desk.inbox_settings import InboxSettings
    from desk.settings import demo_settings

    return TradeSettings(templates=demo_settings().templates, inbox=InboxSettings(undo=timedelta(0)))


def always(settings: TradeSettings) -> TradeSettings:
    """The same without quiet hours."""
    from datetime import time as at

    day = DailyWindow(start=at(0), end=at(0))
    delivery = settings.delivery.model_copy(update={"status_hours": day, "revisit_hours": day, "notice_hours": day})
    return settings.model_copy(update={"delivery": delivery})


def process_settings(data_dir: Path, emulator: EmulatorConfig, base: str, mode: Any, database: str) -> Settings:
    """Settings of a process under test."""
    return Settings(
        _env_file=None,
        data_dir=data_dir,
        database=database,
        secret_key=SECRET,
        wechat_app_id=emulator.account.app_id,
        wechat_app_secret=emulator.account.secret,
        wechat_token=emulator.account.token,
        wechat_aes_key=emulator.account.aes_key,
        wechat_mode=mode,
        wechat_api_base=base,
        miniprogram_app_id=emulator.miniprogram.app_id,
        miniprogram_app_secret=emulator.miniprogram.secret,
        public_url="https://estate.example",
    )


async def furnish(desk: Desk) -> None:
    """One estate, a few homes, their people, and colleagues."""
    stores, clock = desk.stores, desk.clock
    since = clock.now() - timedelta(days=400)
    await stores.estates.add([Estate(id="hy", name="海悦花园", phone="0571-88880000")])
    rooms, people, bindings = [], [], []
    for name, building, unit, number, telephone in OWNERS.values():
        id = room_id("hy", building, unit, number)
        shown = f"{building}栋{unit}单元{number}"
        rooms.append(Room(id=id, estate_id="hy", building=building, unit=unit, number=number, name=shown))
        person = Resident(id=derived(name, "r"), name=name, phone=stores.sealer.phone(telephone), created_at=since)
        people.append(person)
        bindings.append(
            Binding(id=derived(name, "b"), resident_id=person.id, room_id=id, estate_id="hy", starts_at=since)
        )
    await stores.rooms.add(rooms)
    await stores.residents.add(people)
    await stores.bindings.add(bindings)
    for username, (name, role, title, telephone) in STAFF.items():
        await desk.staff.add(username, name, role, PASSWORD, title=title, phone=telephone)
    await desk.rules.refresh()


@asynccontextmanager
async def open_house(
    data_dir: Path,
    *,
    mongodb_uri: str,
    redis_url: str | None,
    database: str,
    clock: FixedClock,
    mode: str = "safe",
    settings: TradeSettings | None = None,
    deadline: float = 5.0,
    furnished: bool = True,
) -> AsyncIterator[House]:
    """Everything up, and down again, also when it does not come up whole."""
    config = EmulatorConfig(deadline_seconds=deadline, retry_spacing_seconds=0.02)
    config.account.mode = mode  # type: ignore[assignment]
    async with AsyncExitStack() as opened:
        stores = Stores(
            connect(mongodb_uri, database),
            connect_redis(redis_url) if redis_url else None,
            sealer=Sealer(SECRET),
            name=database,
        )
        opened.push_async_callback(stores.close)
        emulator = create_emulator(config, clock=clock)
        emulator_server = TestServer(emulator)
        opened.push_async_callback(emulator_server.close)
        await emulator_server.start_server()
        base = str(emulator_server.make_url("")).rstrip("/")
        shared: Clock = emulator[PLATFORM].clock
        process = process_settings(data_dir, config, base, mode, database)
        desk = Desk(stores, shared, settings=settings or trade_settings(), hasher=EASY_HASHER)
        name = f"test-{time.monotonic_ns()}"
        runtime = Runtime(process, shared, RandomIds(), stores, desk, name, Opening(desk, name))
        await runtime.opening.once()
        # The tests' clock stands in the past of the server's: its sweeper would take sessions that hold.
        with suppress(OperationFailure):  # a house opened a second time has lost it already
            await stores.connection.database.command("dropIndexes", "sessions", index="ends_at_1")
        if furnished:
            await furnish(desk)
        await desk.rules.refresh()
        app = create_app(runtime, loops=False)
        server = TestServer(app)
        opened.push_async_callback(server.close)
        await server.start_server()
        background = Background(runtime)
        opened.push_async_callback(background.close)
        http = await opened.enter_async_context(aiohttp.ClientSession())
        wechat = await opened.enter_async_context(EmulatorClient(base, http))
        await wechat.configure(callback_url=str(server.make_url("/wechat")))
        yield House(runtime, app[PARTS], background, wechat, http, str(server.make_url("")).rstrip("/"), clock, process)
