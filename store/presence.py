"""Who looks at what right now, and who is typing: in Redis, forgotten by itself. Without Redis nobody is seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.asyncio as redis

from store.wake import REDIS_AWAY

KEY = "guanjia:{database}:here:{subject}"
HERE = timedelta(seconds=45)
"""Kept so long without news."""
TYPING = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who looks at it."""

    staff: str
    name: str
    typing: bool
    until: datetime
    """Here until then, unless they say so again."""


class PresenceBoard:
    """One hash per subject (a conversation, a ticket), a field per colleague."""

    def __init__(self, client: redis.Redis | None, database: str) -> None:
        self._redis = client
        self._database = database

    async def seen(self, subject: str, wall: datetime) -> list[Here]:
        """Who is here, by user name."""
        if self._redis is None:
            return []
        try:
            return _read(await self._redis.hgetall(self._key(subject)), wall)
        except REDIS_AWAY:
            return []

    async def come(self, subject: str, staff: str, name: str, wall: datetime, *, typing: bool) -> list[Here]:
        """Say that somebody is here; gives who was here before that, themselves included."""
        typing_until = _millis(wall + TYPING) if typing else 0
        said = json.dumps([name, _millis(wall + HERE), typing_until], ensure_ascii=False)
        return await self._write(subject, wall, "hset", staff, said)

    async def leave(self, subject: str, staff: str, wall: datetime) -> list[Here]:
        """Say that somebody has left; gives who was here before that."""
        return await self._write(subject, wall, "hdel", staff)

    async def _write(self, subject: str, wall: datetime, command: str, *arguments: str) -> list[Here]:
        if self._redis is None:
            return []
        key = self._key(subject)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hgetall(key)
                pipe.execute_command(command, key, *arguments)
                pipe.expire(key, int(HERE.total_seconds()) + 15)
                before, *_ = await pipe.execute()
        except REDIS_AWAY:
            return []
        return _read(before, wall)

    def _key(self, subject: str) -> str:
        return KEY.format(database=self._database, subject=subject)


def _read(stored: Any, wall: datetime) -> list[Here]:
    now = _millis(wall)
    found = []
    for staff, said in stored.items():
        name, until, typing_until = json.loads(said)
        if until > now:
            found.append(Here(staff, name, typing_until > now, datetime.fromtimestamp(until / 1000, tz=UTC)))
    return sorted(found, key=lambda one: one.staff)


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
