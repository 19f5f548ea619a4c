"""The whole pretend platform, put together: one object that all routes work on."""

from __future__ import annotations

import itertools
from pathlib import Path

from aiohttp import web

from bot.emulator.clock import EmulatorClock, Schedule
from bot.emulator.config import App, EmulatorConfig
from bot.emulator.delivery import Delivery
from bot.emulator.faults import Faults
from bot.emulator.journal import Journal
from bot.emulator.login import Codes
from bot.emulator.masslog import MassLog
from bot.emulator.mediastore import MediaStore
from bot.emulator.pushes import Pushes
from bot.emulator.quota import Quotas
from bot.emulator.scenes import Scenes
from bot.emulator.tokens import Tokens
from bot.emulator.users import User, Users
from store.clock import Clock


class Platform:
    """Apps, people, tokens, pushes: everything the emulator knows."""

    def __init__(self, config: EmulatorConfig, clock_file: Path | None = None, base: Clock | None = None) -> None:
        self.config = config
        self.clock = EmulatorClock(clock_file, base)
        self.schedule = Schedule(self.clock)
        self.users = Users(config.account.app_id, config.miniprogram.app_id, self.clock)
        self.journal = Journal(self.clock)
        self.tokens = Tokens(self.clock)
        self.faults = Faults()
        self.quotas = Quotas(self.clock)
        self.mass = MassLog()
        self.media = MediaStore(self.clock)
        self.scenes = Scenes(self.clock)
        self.codes = Codes(self.clock)
        self.pushes = Pushes(self.clock)
        self.delivery = Delivery(config, self.clock, self.users, self.pushes, self.journal, self.media.exists)
        self.menu: dict[str, object] | None = None
        self.sent_by_client_id: dict[str, tuple[float, int]] = {}
        """client_msg_id of a template message: when it was sent, as which msgid."""
        self._msgids = itertools.count(int(self.clock.wall().timestamp() * 1000) << 12)

    def next_msgid(self) -> int:
        """A number for a template or subscribe message."""
        return next(self._msgids)

    def user_of(self, app: App, openid: object) -> User | None:
        """Who has this openid with that app."""
        return self.users.of_account(openid) if app.kind == "account" else self.users.of_miniprogram(openid)


PLATFORM = web.AppKey("platform", Platform)
