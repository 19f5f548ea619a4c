"""Tokens: opaque, 256 random bits, stored as a keyed hash (the contract, section 9)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from store.clock import Clock
from store.sessions import Session
from store.stores import Stores

TOKEN_BYTES = 32
SLIDE_AFTER = 0.1
"""A session is written again only when this share of its time has passed: reading must not mean writing."""


class Tokens:
    """Issues and checks tokens of every kind."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def issue(
        self,
        kind: str,
        subject: str,
        *,
        lasts: timedelta,
        most: timedelta,
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """A new token; only its hash is stored. 43 characters, so a scene value (at most 64) can carry it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock.now()
        await self._stores.sessions.add(
            Session(
                id=self._stores.sealer.hash(token),
                kind=kind,
                subject=subject,
                data=dict(data or {}),
                created_at=now,
                expires_at=now + lasts,
                ends_at=now + most,
            )
        )
        return token

    async def check(self, token: str, kind: str, *, slide: timedelta | None = None) -> Session | None:
        """The session of this token if it holds now, else None. With ``slide`` its end moves on, up to ``ends_at``."""
        session = await self._stores.sessions.find(self._stores.sealer.hashes(token))
        now = self._clock.now()
        if session is None or session.kind != kind or now >= session.expires_at or now >= session.ends_at:
            return None
        if slide is not None:
            moved = min(now + slide, session.ends_at)
            if moved - session.expires_at > slide * SLIDE_AFTER:
                await self._stores.sessions.extend(session.id, moved)
        return session

    async def use_up(self, session: Session) -> bool:
        """Take a one-time token out of use; False when somebody else has used it meanwhile."""
        return await self._stores.sessions.use_up(session.id)

    async def end(self, token: str) -> None:
        """Sign out."""
        for id in self._stores.sealer.hashes(token):
            await self._stores.sessions.use_up(id)

    async def end_all(self, subject: str) -> int:
        """All of a person's tokens at once; gives how many."""
        return await self._stores.sessions.end_all(subject)
