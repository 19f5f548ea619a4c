"""When an API of WeChat wants to be left alone: back-off with jitter, minute and day limits, wrong set-up."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.wechat.errors import Action, Step
from store.clock import Clock

log = logging.getLogger(__name__)

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = 1.0
LONGEST = 30.0
SET_UP = timedelta(minutes=1)
ALL = "*"
TOKEN = "token"  # noqa: S105 - the name of an API
"""The API that every other one needs first."""


class Pauses:
    """Per API: not before when. Kept per process; each finds out quickly by itself."""

    def __init__(self, clock: Clock, jitter: random.Random | None = None) -> None:
        self._clock = clock
        self._random = jitter or random.Random()
        self._until: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    def open(self, api: str) -> bool:
        """Whether this API may be called now."""
        return not self.left(api)

    def left(self, api: str) -> timedelta:
        """How long it is still to be left alone."""
        now = self._clock.wall()
        return max(now, *(self._until.get(name, now) for name in (api, TOKEN, ALL))) - now

    def worked(self, api: str) -> None:
        """A call got through."""
        for name in (api, TOKEN):
            self._failures.pop(name, None)
            self._until.pop(name, None)

    def backoff(self, tries: int) -> timedelta:
        """1 to 30 s, doubling, with jitter of a half."""
        seconds = min(LONGEST, FIRST * 2 ** min(tries, 10))
        return timedelta(seconds=seconds * (0.5 + self._random.random() / 2))

    def failed(self, api: str) -> None:
        """The API does not answer: the next call waits, longer each time."""
        count = self._failures.get(api, 0)
        self._failures[api] = count + 1
        self._until[api] = self._clock.wall() + self.backoff(count)

    def asked(self, api: str, action: Action, errcode: int) -> None:
        """WeChat said how long to wait, or that the set-up is wrong."""
        now = self._clock.wall()
        if action.pause_sender or action.step is Step.REFRESH:
            # A token that is refused right after it was renewed is no matter of tokens any more.
            self._until[ALL] = now + SET_UP
            log.error("WeChat %d: sending stands still until the settings are mended (AppID, secret, IP list)", errcode)
        elif action.until_midnight:
            tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
            self._until[api] = datetime.combine(tomorrow, datetime.min.time(), SHANGHAI)
            log.error("WeChat %d: the day's quota of %s is used up, waiting until midnight", errcode, api)
        elif action.next_minute:
            self._until[api] = now + timedelta(seconds=60 - now.second)
        elif action.pause_api:
            self._until[api] = now + SET_UP
            log.error("WeChat %d: %s is not available to this account", errcode, api)
