"""The emulator as a web application: the platform's API, the control API, and pushes going out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from bot.emulator import (
    account,
    answers,
    control,
    credentials,
    customer,
    live,
    mass,
    page,
    past,
    phones,
    program,
    templates,
)
from bot.emulator.config import EmulatorConfig
from bot.emulator.memory import Memory
from bot.emulator.platform import PLATFORM, Platform
from store.clock import Clock

LARGEST_BODY = 40 * 1024 * 1024


def create_emulator(
    config: EmulatorConfig | None = None, clock_file: Path | None = None, clock: Clock | None = None
) -> web.Application:
    """An application that stands in for api.weixin.qq.com, for its pushes, and for its users' phones.

    ``clock``: time to go by, for example one that stands still; without it the machine's. What the application goes by
    in the end, moved by the control API, is ``app[PLATFORM].clock``: pass that to a bot in the same process.
    """
    app = web.Application(middlewares=[answers.errors_as_json], client_max_size=LARGEST_BODY)
    app[PLATFORM] = Platform((config or EmulatorConfig()).model_copy(deep=True), clock_file, clock)
    for part in (credentials, customer, templates, account, program, mass):
        part.add_routes(app)
    app.add_routes(control.routes)
    app.add_routes(past.routes)
    app.add_routes(phones.routes)
    live.add_live(app, app[PLATFORM])
    page.add_page(app)
    app.cleanup_ctx.append(_run)
    return app


async def _run(app: web.Application) -> AsyncIterator[None]:
    platform = app[PLATFORM]
    await platform.delivery.start()
    await platform.schedule.start()
    memory = Memory(platform, platform.config.state_file) if platform.config.state_file else None
    if memory:
        await memory.start()
    yield
    await platform.schedule.stop()
    await platform.delivery.stop()
    if memory:
        await memory.stop()
