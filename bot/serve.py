"""``guanjia serve``: the web process."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

import nlp
from bot.app import create_app
from bot.logs import set_up_logs
from bot.runtime import open_runtime
from bot.settings import PREFIX, Settings, SettingsError

SHUTDOWN_SECONDS = 4.5
"""For requests under way; with the tasks (3 s) and the embedded stores (2 s) the process ends within ten."""


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Prints ``ready http://HOST:PORT`` once it can do its work."""
    set_up_logs(settings)
    stop = stop_signal()
    loading = asyncio.create_task(asyncio.to_thread(nlp.load))
    async with open_runtime(settings, patient=True) as runtime:
        try:
            app = create_app(runtime)
        except ValueError as wrong:
            raise SettingsError([str(wrong)]) from wrong
        await loading
        settle_memory()
        async with listening(app, settings) as port:
            print(f"ready http://{settings.host}:{port}", flush=True)
            await stop.wait()


@asynccontextmanager
async def listening(app: web.Application, settings: Settings) -> AsyncIterator[int]:
    """The application on its port (0: any free one); gives the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, reuse_port=False)
        try:
            await site.start()
        except OSError as taken:
            if taken.errno != errno.EADDRINUSE:
                raise
            line = f"{PREFIX}PORT {settings.port} is taken by another program: stop it, or set another port"
            raise SettingsError([line]) from taken
        addresses = runner.addresses
        yield int(addresses[0][1])
    finally:
        await runner.cleanup()


def settle_memory() -> None:
    """Take the dictionaries and modules out of garbage collection: they stay for good, and walking them costs time.

    What was only needed for loading goes back to the system.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc keeps what loading only borrowed: some 14 MB
        trim(0)


def stop_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop
