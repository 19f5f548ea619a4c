"""``guanjia demo``."""

from __future__ import annotations

from bot.cli.ending import run


def demo() -> None:
    """Everything on this machine: stores, web, worker, a pretend WeChat and a sample estate. Ctrl-C ends it."""

    async def work() -> int:
        from bot.demo.run import run_demo
        from bot.settings import load_settings

        return await run_demo(load_settings(need_wechat=False, secret_key="x" * 32))

    run(work)
