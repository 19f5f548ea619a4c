"""When things happen: people write from morning to night, colleagues work by day, urgent matters at any time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = 14
_WEIGHTS = (1, 0, 0, 0, 0, 1, 4, 9, 12, 11, 9, 7, 7, 6, 6, 6, 7, 9, 12, 14, 13, 10, 6, 2)
"""How much is written in each hour of a day."""


def some_time(chance: random.Random, now: datetime, zone: ZoneInfo, *, days: float = DAYS) -> datetime:
    """A moment of the last days at which somebody might write; lately a little more."""
    while True:
        day = (now - timedelta(days=chance.random() ** 1.1 * days)).astimezone(zone)
        hour = chance.choices(range(24), weights=_WEIGHTS)[0]
        at = day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)
        if at < now - timedelta(seconds=90) and at > now - timedelta(days=days):
            return at


def soon(chance: random.Random, at: datetime, median_minutes: float, spread: float = 0.7) -> datetime:
    """After about so many minutes, now and then much later."""
    return at + timedelta(minutes=median_minutes * chance.lognormvariate(0, spread))


def at_work(chance: random.Random, at: datetime, zone: ZoneInfo) -> datetime:
    """The same, or the next morning when it falls into the night."""
    local = at.astimezone(zone)
    if 8 <= local.hour < 20:
        return at
    morning = local.replace(hour=8, minute=0, second=0) + (timedelta(days=1) if local.hour >= 20 else timedelta())
    return morning + timedelta(minutes=chance.uniform(1, 50))


def awake(chance: random.Random, at: datetime, zone: ZoneInfo) -> datetime:
    """The same, or the morning after for somebody who is asleep."""
    local = at.astimezone(zone)
    if 7 <= local.hour < 23:
        return at
    morning = local.replace(hour=7, minute=30, second=0) + (timedelta(days=1) if local.hour >= 23 else timedelta())
    return morning + timedelta(minutes=chance.uniform(1, 90))
