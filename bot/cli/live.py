"""``guanjia live``."""

from __future__ import annotations

import sys
from datetime import datetime

import typer

from bot.cli.ending import FAILED, run


def live(
    pace: float = typer.Option(30.0, min=0.1, help="Seconds between two turns, on average."),
    seed: int | None = typer.Option(None, help="The same number over the same demo does the same."),
    turns: int | None = typer.Option(None, min=1, help="So many, then end. Default: until Ctrl-C."),
) -> None:
    """Let sample owners go on writing and colleagues go on working, in the demo that runs here. Ctrl-C ends it."""

    async def work() -> int:
        from bot.demo.live.run import Order
        from bot.demo.live.run import live as go_on
        from bot.demo.place import Place
        from bot.emulator.client import EmulatorProblem
        from bot.settings import load_settings

        settings = load_settings(need_wechat=False, secret_key="x" * 32)
        place = Place.told(settings.data_dir)
        if place is None:
            print("No demo runs on this data folder. Start it with `guanjia demo`.", file=sys.stderr)
            return FAILED
        order = Order(place.emulator, place.serve, pace, seed, turns)
        try:
            await go_on(order, lambda line: print(f"{datetime.now().astimezone():%H:%M:%S} {line}", flush=True))
        except (OSError, EmulatorProblem) as gone:
            print(f"The demo does not answer ({gone}).", file=sys.stderr)
            return FAILED
        return 0

    run(work)
