"""``guanjia serve``."""

from __future__ import annotations

from bot.cli.ending import run


def serve() -> None:
    """Run the web process: WeChat's callback, the inbox, both APIs. Prints `ready http://HOST:PORT`."""

    async def work() -> None:
        from bot import serve as web
        from bot.settings import load_settings

        await web.serve(load_settings())

    run(work)
