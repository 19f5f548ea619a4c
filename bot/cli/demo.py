"""``guanjia demo``."""

from __future__ import annotations

import typer

from bot.cli.ending import run


def demo(
    live: bool = typer.Option(False, "--live", help="Sample owners go on writing, colleagues go on working."),
    pace: float = typer.Option(30.0, min=0.1, help="With --live: seconds between two turns, on average."),
) -> None:
    """Everything on this machine: stores, web, worker, a pretend WeChat and a sample estate. Ctrl-C ends it."""

    async def work() -> int:
        from bot.demo.run import run_demo
        from bot.settings import load_settings

        return await run_demo(load_settings(need_wechat=False, secret_key="x" * 32), pace=pace if live else None)

    run(work)
