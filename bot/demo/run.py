"""``guanjia demo``: everything on this machine, by one command, and nothing left of it afterwards.

This process holds the embedded stores, so that they start first and stop last; emulator, web and worker are its
children. They have sessions of their own: however the end is asked for (Ctrl-C to the whole group, a signal to this
process alone), it is this process that stops them, in order. When it is killed they notice and end by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp

from bot.clock import FollowingClock
from bot.demo.children import Child, NotReady
from bot.demo.estate.people import neighbours
from bot.demo.live.run import Order, alive
from bot.demo.place import (
    AlreadyRunning,
    Place,
    demo_settings_of,
    environment_of,
    lock,
    pick_port,
    write_emulator_config,
)
from bot.demo.sample import SEED, NotTheDemos, seed
from bot.demo.sample_people import COLLEAGUES, NEWCOMER, OWNERS, PASSWORD, Owner
from bot.demo.secrets import make_secrets
from bot.demo.tour.menu import put_menu
from bot.demo.tour.phones import fill_phones
from bot.emulator.client import EmulatorClient
from bot.runtime import open_runtime
from bot.settings import Settings
from desk.desk import Desk
from store.embedded.shared import attach

STOP_SECONDS = 6.0
"""For web and worker together; the emulator and the stores need a few more, and all of it must fit into 20."""
ROLE_WORDS = {"owner": "业主", "family": "家人", "tenant": "租户"}
FAILED = 1
WRONG = 2


async def run_demo(given: Settings, *, pace: float | None = None) -> int:
    """Run until SIGINT or SIGTERM; the exit code. ``pace``: seconds between two turns of live mode; None: none."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def asked_to_stop() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked_to_stop)
    running = asyncio.create_task(_run(given, hurry, pace), name="demo")
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if running.done():
        return running.result()
    _say("stopping ...")
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        _say("stopped; your data is in " + str(given.data_dir))
    return 0


async def _run(given: Settings, hurry: asyncio.Event, pace: float | None) -> int:
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(lock(given.data_dir))
        except AlreadyRunning as running:
            _complain(str(running))
            return WRONG
        except OSError as error:
            _complain(f"GUANJIA_DATA_DIR: {given.data_dir} cannot be used: {error.strerror}")
            return WRONG
        settings = _settings(given)
        run = settings.data_dir / "run"
        stores = await attach(settings.data_dir, need_mongodb=True, need_redis=True)
        stack.push_async_callback(stores.close)
        children = _children(settings, run)
        await stack.enter_async_context(_stopped_at_the_end(children, hurry))
        try:
            await children.emulator.launch()
            inside = settings.model_copy(update={"mongodb_uri": stores.mongodb_uri, "redis_url": stores.redis_url})
            async with open_runtime(inside) as runtime:
                # The people first, so that web and worker find the sample's rules; the worker not before all of it.
                fresh = await seed(runtime.desk, furnished=children.web.launch)
                if not fresh:
                    await children.web.launch()
                await children.emulator.wait_ready()
                await _people_follow(settings)
                names = [owner.user for owner in OWNERS]
                if fresh:
                    names += await _neighbours_follow(settings, runtime.desk)
                async with EmulatorClient(settings.wechat_api_base) as wechat:
                    await fill_phones(runtime.desk, wechat, settings.wechat_app_id, names)
            await children.worker.launch()
            await put_menu(settings)
            await asyncio.gather(children.web.wait_ready(), children.worker.wait_ready())
            await _answers(f"http://127.0.0.1:{settings.port}/readyz")
        except (NotReady, NotTheDemos) as failed:
            _complain(str(failed))
            return FAILED
        place = Place(f"http://127.0.0.1:{settings.port}", f"http://127.0.0.1:{settings.emulator_port}", os.getpid())
        place.tell(settings.data_dir)
        stack.callback(Place.file(settings.data_dir).unlink, missing_ok=True)
        _introduce(place, settings, fresh=fresh)
        if pace is not None:
            order = Order(place.emulator, place.serve, pace)
            await stack.enter_async_context(alive(order, lambda line: _say(f"  live: {line}")))
        await asyncio.gather(*(child.keep(_say) for child in children.all))
    return 0


def _settings(given: Settings) -> Settings:
    secrets = make_secrets(given.data_dir)
    port = pick_port(given.host, given.port)
    emulator_port = pick_port(given.host, given.emulator_port, avoid=(port,))
    for name, wanted, got in (("PORT", given.port, port), ("EMULATOR_PORT", given.emulator_port, emulator_port)):
        if wanted not in (0, got):
            _say(f"port {wanted} is taken by another program; using {got} (GUANJIA_{name} chooses another)")
    return demo_settings_of(given, secrets, port, emulator_port)


@dataclass(frozen=True, slots=True)
class Children:
    """The processes beside this one."""

    emulator: Child
    web: Child
    worker: Child

    @property
    def all(self) -> tuple[Child, ...]:
        """All of them."""
        return (self.emulator, self.web, self.worker)


def _children(settings: Settings, run: Path) -> Children:
    environment = environment_of(settings)
    config = write_emulator_config(settings)
    logs = {name: run / f"{name}.log" for name in ("emulator", "serve", "worker")}
    for log in logs.values():
        log.write_bytes(b"")
    emulator = ["emulator", "--host", settings.host, "--port", str(settings.emulator_port), "--config", str(config)]
    emulator += ["--clock-file", str(settings.clock_file), "--state-file", str(run / "emulator.json")]
    return Children(
        emulator=Child("emulator", emulator, environment, logs["emulator"], "emulator http"),
        web=Child("serve", ["serve"], environment, logs["serve"], "ready "),
        worker=Child("worker", ["worker"], environment, logs["worker"], "worker ready"),
    )


@asynccontextmanager
async def _stopped_at_the_end(children: Children, hurry: asyncio.Event) -> AsyncIterator[None]:
    try:
        yield
    finally:
        hurried = asyncio.create_task(_kill_when(hurry, children))
        # The emulator last: what web and worker still say to it on their way out should be heard.
        await asyncio.gather(children.web.stop(STOP_SECONDS), children.worker.stop(STOP_SECONDS))
        await children.emulator.stop(1.5)
        hurried.cancel()


async def _kill_when(hurry: asyncio.Event, children: Children) -> None:
    await hurry.wait()
    for child in children.all:
        child.kill()


async def _people_follow(settings: Settings) -> None:
    """The sample owners have phones that follow the account, as they did before there was a server."""
    async with EmulatorClient(f"http://127.0.0.1:{settings.emulator_port}") as wechat:
        for owner in OWNERS:
            await wechat.user(owner.user, follow="quietly", **_as_listed(owner))
        await wechat.user(NEWCOMER.user, follow=False, **_as_listed(NEWCOMER, "还没绑定"))


async def _neighbours_follow(settings: Settings, desk: Desk) -> list[str]:
    """Those of the sample who write in WeChat have phones too; gives their names."""
    homes = neighbours(desk, SEED)
    async with EmulatorClient(settings.wechat_api_base) as wechat:
        for home in homes:
            await wechat.user(home.user, follow="quietly", **_as_listed(Owner(home.user, home.entry)))
    return [home.user for home in homes]


def _as_listed(owner: Owner, note: str = "") -> dict[str, str]:
    entry = owner.entry
    home = f"{entry.building}栋{entry.unit}单元{entry.number}"
    about = f"{home} · {note or ROLE_WORDS.get(entry.role, entry.role)}"
    return {"phone_number": entry.phone, "shown_as": entry.name, "about": about}


async def _answers(url: str, seconds: float = 20.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            if asyncio.get_running_loop().time() > deadline:
                raise NotReady(f"{url} does not answer with 200")
            await asyncio.sleep(0.1)


def _introduce(place: Place, settings: Settings, *, fresh: bool) -> None:
    ahead = _ahead(settings)
    entry = NEWCOMER.entry
    home = f"{entry.building}栋{entry.unit}单元{entry.number}"
    lines = [
        "",
        f"Guanjia 管家 · 海悦花园 (sample estate, {'made just now' if fresh else 'as you left it'})",
        "",
        f"  tour        {place.serve}/tour    (start here: four steps, phone and inbox side by side)",
        f"  phone       {place.emulator}/",
        f"  inbox       {place.serve}/inbox/",
        f"  API pages   {place.serve}/api/docs",
        f"  emulator    {place.emulator}/control",
        f"  logs        {settings.data_dir / 'run'}",
        *(
            [f"  clock       {ahead} ahead: it was moved earlier (delete run/clock.json to set it right)"]
            if ahead
            else []
        ),
        "",
        f"  log-ins (用户 / 密码), the password is {PASSWORD} for all:",
        *(f"    {c.username:<11}{PASSWORD}   {c.name} ({c.role})" for c in COLLEAGUES),
        "",
        "  to try, in a second terminal:",
        "    guanjia chat --as wang        (.venv/bin/guanjia; 王丽华, 3栋2单元1502)",
        "    and write:  厨房水管爆了,水漫出来了",
        "  to see it busy:  guanjia live   (owners go on writing, colleagues go on working)",
        f"  to try binding a home:  guanjia chat --as {NEWCOMER.user}",
        f"    and answer:  {entry.name} {home} {entry.phone}",
        f"  other owners: {', '.join(f'{o.user} ({o.entry.name})' for o in OWNERS if o.user != 'wang')}",
        "",
        f"ready {place.serve}",
    ]
    print("\n".join(lines), flush=True)  # noqa: T201 - what a command says


def _ahead(settings: Settings) -> timedelta:
    """How far the demo's clock was moved, in this run or an earlier one."""
    if settings.clock_file is None:
        return timedelta()
    clock = FollowingClock(settings.clock_file)
    clock.now()
    return clock.offset


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what a command says


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - what a command says
