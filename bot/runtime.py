"""What ``serve``, ``worker`` and the small commands share: stores (embedded or given), clock, desk, WeChat accounts."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.clock import FollowingClock
from bot.opening import Opening
from bot.settings import PREFIX, Settings, SettingsError
from bot.wechat.client import MiniProgram, OfficialAccount
from desk.desk import Desk
from store.client import connect
from store.clock import Clock, SystemClock
from store.errors import Misconfigured, Unavailable
from store.ids import Ids, RandomIds
from store.sealed import Sealer
from store.stores import Stores
from store.wake import connect_redis

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of one process."""

    settings: Settings
    clock: Clock
    ids: Ids
    stores: Stores
    desk: Desk
    process: str
    """Unique per process: ``host-pid-random``."""
    opening: Opening

    @property
    def run_dir(self) -> Path:
        """Where this machine's processes keep what outlives them."""
        return self.settings.data_dir / "run"


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, clock: Clock | None = None, patient: bool = False
) -> AsyncIterator[Runtime]:
    """The stores attached, migrated and ready; all closed at the end. Nothing embedded is imported if not needed.

    A database that does not answer raises Unavailable; with ``patient`` the caller gets the runtime all the same, and
    goes on with ``runtime.opening``.
    """
    clock = clock or (FollowingClock(settings.clock_file) if settings.clock_file else SystemClock())
    ids = RandomIds()
    process = f"{socket.gethostname()[:24]}-{os.getpid()}-{ids.new()[-6:]}"
    async with AsyncExitStack() as stack:
        mongodb_uri, redis_url = settings.mongodb_uri, settings.redis_url
        if patient or not mongodb_uri or not redis_url:
            _prepare_folder(settings)
        if not mongodb_uri or not redis_url:
            from store.embedded.shared import attach

            embedded = await attach(settings.data_dir, need_mongodb=not mongodb_uri, need_redis=not redis_url)
            stack.push_async_callback(embedded.close)
            mongodb_uri, redis_url = mongodb_uri or embedded.mongodb_uri or "", redis_url or embedded.redis_url or ""
        sealer = Sealer(settings.secret_key, settings.secret_key_previous)
        try:
            connection = connect(mongodb_uri, settings.database)
        except Misconfigured as wrong:
            raise SettingsError([f"{PREFIX}MONGODB_URI cannot be used: {wrong}"]) from wrong
        stores = Stores(connection, connect_redis(redis_url), sealer=sealer, name=settings.database)
        stack.push_async_callback(stores.close)
        desk = Desk(stores, clock, ids=ids, time_zone=settings.time_zone)
        opening = Opening(desk, process)
        try:
            await opening.once()
        except Unavailable:
            if not patient:
                raise
            log.warning("the database does not answer: messages are kept on the disk until it does")
        yield Runtime(settings, clock, ids, stores, desk, process, opening)


def _prepare_folder(settings: Settings) -> None:
    """The folders that processes write to; raises SettingsError where that is not possible."""
    try:
        for folder in (settings.data_dir, settings.data_dir / "run" / "answers"):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as failed:
        where, why = failed.filename or settings.data_dir, failed.strerror or failed
        line = (
            f"{PREFIX}DATA_DIR {settings.data_dir} cannot be written to ({where}: {why}): name a folder of this user's"
        )
        raise SettingsError([line]) from failed


def official_account(
    runtime: Runtime, http: aiohttp.ClientSession | None = None, *, timeout: float = 5.0
) -> OfficialAccount:
    """The service account's API, its token shared through Redis."""
    settings = runtime.settings
    tokens = runtime.stores.tokens(runtime.clock)
    return OfficialAccount(
        settings.wechat_app_id,
        settings.wechat_app_secret,
        tokens,
        base=settings.wechat_api_base,
        timeout=timeout,
        http=http,
    )


def mini_program(runtime: Runtime, http: aiohttp.ClientSession | None = None) -> MiniProgram | None:
    """The mini-program's API, or None when there is none."""
    settings = runtime.settings
    if not settings.miniprogram_app_id:
        return None
    return MiniProgram(
        settings.miniprogram_app_id, settings.miniprogram_app_secret, base=settings.wechat_api_base, http=http
    )
