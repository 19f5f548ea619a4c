"""Real ``serve`` and ``worker`` processes between a pretend WeChat and stores that a test can take away."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.emulator.client import EmulatorClient, Phone, PushResult
from bot.emulator.config import EmulatorConfig
from bot.emulator.server import create_emulator
from desk.desk import Desk
from store.client import connect
from store.clock import SystemClock
from store.conversations import EPOCH, Conversation, Home
from store.deliveries import Delivery
from store.messages import Handling, Message
from store.sealed import Sealer
from store.stores import Stores
from store.tickets import Ticket
from store.wake import connect_redis
from tests.house import SECRET, furnish

ROOT = Path(__file__).parents[2]
FAULTS = "客厅的灯坏了 厨房水龙头滴水 卧室空调不制冷 阳台的窗户关不上 卫生间马桶堵了 书房插座没电 入户门锁坏了".split()
FAR = EPOCH.replace(year=2090)


class Process:
    """One ``guanjia`` process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log
        self.url = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Return at its line "ready"."""
        assert self._process.stdout is not None
        async with asyncio.timeout(40):
            while line := (await self._process.stdout.readline()).decode():
                if "ready" in line:
                    self.url = line.split()[-1]
                    return
        raise AssertionError(f"it ended with {await self._process.wait()}: {self.log.read_text()[-2000:]}")

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; its exit code and how long it took."""
        began = time.monotonic()
        self._process.send_signal(how)
        async with asyncio.timeout(30):
            code = await self._process.wait()
        return code, time.monotonic() - began

    async def end(self) -> int:
        """Its exit code, when it ends by itself."""
        async with asyncio.timeout(40):
            return await self._process.wait()

    @property
    def runs(self) -> bool:
        return self._process.returncode is None


class Gateway:
    """The callback address: hands each request to the next web process, as a balancer does."""

    def __init__(self) -> None:
        self.backends: list[str] = []
        self._turn = itertools.count()
        self._http: aiohttp.ClientSession | None = None

    async def forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.backends:
            return web.Response(status=502)
        backend = self.backends[next(self._turn) % len(self.backends)]
        assert self._http is not None
        try:
            async with self._http.post(f"{backend}/wechat?{request.query_string}", data=body) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except aiohttp.ClientError:
            return web.Response(status=502)

    async def serve(self) -> TestServer:
        async def started(app: web.Application) -> AsyncIterator[None]:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as self._http:
                yield

        app = web.Application()
        app.cleanup_ctx.append(started)
        app.router.add_post("/wechat", self.forward)
        server = TestServer(app)
        await server.start_server()
        return server


@dataclass
class Town:
    """What a test holds in its hands."""

    desk: Desk
    wechat: EmulatorClient
    gateway: Gateway
    http: aiohttp.ClientSession
    environment: dict[str, str]
    folder: Path
    app_id: str
    processes: list[Process] = field(default_factory=list)
    _logs: Iterator[int] = field(default_factory=itertools.count)

    @property
    def stores(self) -> Stores:
        return self.desk.stores

    async def start(self, command: str, *, ready: bool = True, **settings: str) -> Process:
        """A new process; a web process gets pushes once it is ready."""
        log = self.folder / f"{command}-{next(self._logs)}.log"
        with log.open("wb") as err:
            process = Process(
                await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot.cli", command),
                    env=self.environment | {f"GUANJIA_{name}": value for name, value in settings.items()},
                    cwd=ROOT,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=err,
                ),
                log,
            )
        self.processes.append(process)
        if ready:
            await process.ready()
            if process.url.startswith("http"):
                self.gateway.backends.append(process.url)
        return process

    async def kill(self, process: Process) -> None:
        """kill -9; the balancer notices."""
        await process.kill()
        if process.url in self.gateway.backends:
            self.gateway.backends.remove(process.url)

    async def owners(self, count: int) -> list[Phone]:
        """Followers with a home, whose customer message window is not open yet."""
        phones = []
        for number in range(count):
            phone = await self.wechat.user(f"owner{number}", follow="quietly")
            home = Home(room_id=f"hy/9-1-{number:04d}", name=f"9栋1单元{number:04d}", estate_id="hy")
            await self.stores.conversations.create(
                Conversation(
                    id=self.conversation(phone),
                    app_id=self.app_id,
                    openid=phone.openid,
                    estate_id="hy",
                    resident_id=f"resident-{number}",
                    name=f"业主{number}",
                    homes=(home,),
                    created_at=self.desk.clock.now(),
                )
            )
            phones.append(phone)
        return phones

    def conversation(self, phone: Phone) -> str:
        return f"{self.app_id}:{phone.openid}"

    def key(self, push: PushResult) -> str:
        return f"{self.app_id}:{push.msg_id}"

    async def messages(self, phone: Phone) -> list[Message]:
        """The owner's own lines, oldest first."""
        lines = await self.stores.messages.timeline(self.conversation(phone), before=FAR, since=EPOCH, limit=200)
        return [line for line in reversed(lines) if line.direction == "inbound"]

    async def tickets(self) -> list[Ticket]:
        rows = self.stores.connection.database["tickets"].find({})
        return [Ticket.of(row) for row in await rows.to_list(5000)]

    async def deliveries(self) -> list[Delivery]:
        rows = self.stores.connection.database["deliveries"].find({})
        return [Delivery.of(row) for row in await rows.to_list(5000)]

    async def received(self) -> int:
        """How many messages are remembered and not finished."""
        return await self.stores.connection.database["messages"].count_documents({"state": Handling.RECEIVED})

    async def open_answers(self) -> int:
        """How many answers are stored and not yet known to have left."""
        states = ["stored", "leaving", "doubtful"]
        return await self.stores.connection.database["messages"].count_documents({"answer.state": {"$in": states}})

    async def open_deliveries(self) -> int:
        states = ["queued", "sending"]
        return await self.stores.connection.database["deliveries"].count_documents({"state": {"$in": states}})


def fault(number: int) -> str:
    """Words that open a ticket; other ones for another number."""
    return f"{FAULTS[number % len(FAULTS)]},明天上午来修"


def shown_twice(texts: Sequence[str]) -> list[str]:
    """Texts that stand more than once on a phone."""
    return [text for text, times in Counter(texts).items() if times > 1]


async def shown(phone: Phone) -> list[str]:
    """What the phone got from the account, without what the platform itself says."""
    return [line.text for line in await phone.screen() if line.channel not in ("sent", "fault")]


async def until(look: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Look until it is so; gives how long that took."""
    began = time.monotonic()
    while not await look():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.2)
    return time.monotonic() - began


@asynccontextmanager
async def open_town(
    folder: Path, *, mongodb_uri: str, redis_url: str, database: str, spacing: float = 1.0
) -> AsyncIterator[Town]:
    """Emulator, balancer, stores with an estate in them; the processes are the test's to start."""
    async with AsyncExitStack() as stack:
        config = EmulatorConfig(retry_spacing_seconds=spacing)
        emulator = TestServer(create_emulator(config))
        await emulator.start_server()
        stack.push_async_callback(emulator.close)
        gateway = Gateway()
        balancer = await gateway.serve()
        stack.push_async_callback(balancer.close)
        base = str(emulator.make_url("")).rstrip("/")
        stores = Stores(connect(mongodb_uri, database), connect_redis(redis_url), sealer=Sealer(SECRET), name=database)
        stack.push_async_callback(stores.close)
        clock = SystemClock()
        await stores.migrate(holder="test", clock=clock)
        desk = Desk(stores, clock)
        await furnish(desk)
        settings = {
            "DATA_DIR": str(folder / "data"),
            "PORT": "0",
            "MONGODB_URI": mongodb_uri,
            "REDIS_URL": redis_url,
            "DATABASE": database,
            "SECRET_KEY": SECRET,
            "WECHAT_APP_ID": config.account.app_id,
            "WECHAT_APP_SECRET": config.account.secret,
            "WECHAT_TOKEN": config.account.token,
            "WECHAT_AES_KEY": config.account.aes_key,
            "WECHAT_API_BASE": base,
            "PUBLIC_URL": "https://estate.example",
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GUANJIA_")}
        environment |= {f"GUANJIA_{name}": value for name, value in settings.items()}
        async with aiohttp.ClientSession() as http, EmulatorClient(base, http) as wechat:
            await wechat.configure(callback_url=str(balancer.make_url("/wechat")))
            town = Town(desk, wechat, gateway, http, environment, folder, config.account.app_id)
            try:
                yield town
            finally:
                for process in town.processes:
                    if process.runs:
                        await process.kill()
