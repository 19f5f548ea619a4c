"""``guanjia chat``."""

from __future__ import annotations

import typer

from bot.cli.ending import run


def chat(
    name: str = typer.Option("wang", "--as", metavar="NAME", help="Whose phone; a new name is somebody new."),
    emulator: str | None = typer.Option(None, help="The emulator's address. Default: that of the running demo."),
) -> None:
    """Talk to the bot as an owner, in this terminal; shows what is pushed. `/help` lists what else a phone can do."""

    async def work() -> int:
        from bot.demo.chat import run_chat
        from bot.settings import load_settings

        return await run_chat(load_settings(need_wechat=False, secret_key="x" * 32), name, emulator)

    run(work)
