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
from bot.app import codec_of, create_app
from bot.logs import set_up_logs
from bot.runtime import open_runtime
from bot.settings import PREFIX, Settings, SettingsError
from store.clock import SystemClock

SHUTDOWN_SECONDS = 4.5
"""For requests under way; with the tasks (3 s) and the embedded stores (2 s) the process ends within ten."""


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Prints ``ready http://HOST:PORT`` once it can do its work."""
    set_up_logs(settings)
    codec_of(settings, SystemClock())  # what is wrong is said before anything is begun
    stop = stop_signal()
    loading = asyncio.create_task(asyncio.to_thread(nlp.load))
    async with open_runtime(settings, patient=True) as runtime:
        app = create_app(runtime)
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
        except OSError as failed:
            raise SettingsError([_why_not(failed, settings)]) from failed
        addresses = runner.addresses
        yield int(addresses[0][1])
    finally:
        await runner.cleanup()


def _why_not(failed: OSError, settings: Settings) -> str:
    if failed.errno == errno.EADDRINUSE:
        return f"{PREFIX}PORT {settings.port} is taken by another program: stop it, or set another port"
    if failed.errno == errno.EACCES:
        return f"{PREFIX}PORT {settings.port} is not allowed to this user: set one above 1023"
    return f"{PREFIX}HOST {settings.host} is no address of this machine: 127.0.0.1 or 0.0.0.0 always is ({failed})"


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
