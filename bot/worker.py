"""``guanjia worker``: sends, runs timers, sweeps."""

from __future__ import annotations

import asyncio

import nlp
from bot.app import Background
from bot.logs import set_up_logs
from bot.runtime import open_runtime
from bot.serve import settle_memory, stop_signal
from bot.settings import Settings


async def worker(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Prints ``worker ready`` once it works."""
    set_up_logs(settings)
    stop = stop_signal()
    async with open_runtime(settings, patient=True) as runtime:
        # The sweeper handles messages whose process died, so the worker understands text too.
        await asyncio.to_thread(nlp.load)
        settle_memory()
        opening, stopping = asyncio.ensure_future(runtime.opening.when_it_answers()), asyncio.ensure_future(stop.wait())
        await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not opening.done():
            opening.cancel()
            return
        await opening
        background = Background(runtime)
        await background.words.at_start()
        background.start()
        print("worker ready", flush=True)
        try:
            await stop.wait()
        finally:
            await background.close()
