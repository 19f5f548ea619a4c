"""Runs the emulator as a program of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from bot.emulator.config import ConfigProblem, EmulatorConfig, load_config
from bot.emulator.server import create_emulator


def run_emulator(
    host: str = "127.0.0.1",
    port: int = 0,
    config_path: Path | None = None,
    clock_file: Path | None = None,
    state_file: Path | None = None,
    callback_url: str | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; the exit code: 0, or 2 when a setting or the port cannot be used.

    ``state_file`` and ``callback_url`` go before those of the config file.
    """
    try:
        config = load_config(config_path) if config_path else EmulatorConfig()
        if state_file:
            config.state_file = state_file
        if callback_url:
            config.account.callback_url = callback_url
    except (ConfigProblem, ValidationError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - what a command says
        return 2
    return asyncio.run(_serve(config, host, port, clock_file))


async def _serve(config: EmulatorConfig, host: str, port: int, clock_file: Path | None) -> int:
    # Long polls and slow answers must not hold up the end.
    runner = web.AppRunner(create_emulator(config, clock_file), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    try:
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
        except OSError as error:
            print(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port", file=sys.stderr)  # noqa: T201
            return 2
        bound = runner.addresses[0][1]
        print(f"emulator http://{host}:{bound}", flush=True)  # noqa: T201 - whoever started it waits for this line
        await stop.wait()
    finally:
        await runner.cleanup()
    return 0
