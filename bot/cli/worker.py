"""``guanjia worker``."""

from __future__ import annotations

from bot.cli.ending import run


def worker() -> None:
    """Run the background process: sends, runs timers, sweeps."""

    async def work() -> None:
        from bot import worker as background
        from bot.settings import load_settings

        await background.worker(load_settings())

    run(work)
