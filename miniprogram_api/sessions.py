"""Sessions of owners: an access token for two hours, a refresh token for thirty days that works once.

A session belongs to the identity, not to the person: when a home is bound, the identity becomes another person, and the
session follows. A refresh token that is shown a second time was copied: all sessions of the person end.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from pydantic import BaseModel

from desk.actors import Actor, owner_actor
from desk.api.errors import ApiError
from desk.desk import Desk
from store.identities import Identity
from store.sessions import Session

log = logging.getLogger(__name__)

ACCESS, REFRESH, USED = "mp", "mp_refresh", "mp_refresh_used"
ACCESS_LASTS = timedelta(hours=2)
REFRESH_LASTS = timedelta(days=30)
TOKEN: web.RequestKey[str] = web.RequestKey("token", str)


class TokensOut(BaseModel):
    """A token, how many seconds it holds, and what to get the next one with."""

    token: str
    expires_in: int
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Person:
    """The owner who asks."""

    id: str
    """Resident id."""
    identity: Identity

    @property
    def actor(self) -> Actor:
        """The owner as an actor."""
        return owner_actor(self.id)


class Sessions:
    """Issues, renews and ends owners' tokens."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def start(self, identity: Identity) -> TokensOut:
        """New tokens for this identity."""
        tokens = self._desk.tokens
        return TokensOut(
            token=await tokens.issue(ACCESS, identity.id, lasts=ACCESS_LASTS, most=ACCESS_LASTS),
            expires_in=int(ACCESS_LASTS.total_seconds()),
            refresh_token=await tokens.issue(REFRESH, identity.id, lasts=REFRESH_LASTS, most=REFRESH_LASTS),
        )

    async def renew(self, refresh_token: str) -> TokensOut:
        """The next tokens; raises a 401 for a token that does not hold, and ends everything when it was used before."""
        tokens, stores = self._desk.tokens, self._desk.stores
        copied = await tokens.check(refresh_token, USED)
        if copied is not None:
            await self.end_all(copied.subject)
            log.warning("a used refresh token was shown again: all sessions of %s ended", copied.subject)
            raise signed_out()
        session = await tokens.check(refresh_token, REFRESH)
        if session is None or not await tokens.use_up(session):
            raise signed_out()
        await stores.sessions.add(
            Session(
                id=session.id,
                kind=USED,
                subject=session.subject,
                created_at=session.created_at,
                expires_at=session.ends_at,
                ends_at=session.ends_at,
            )
        )
        identity = await stores.identities.find(session.subject)
        if identity is None:
            raise signed_out()
        return await self.start(identity)

    async def person(self, token: str) -> Person | None:
        """Whose token this is, or None."""
        session = await self._desk.tokens.check(token, ACCESS)
        identity = await self._desk.stores.identities.find(session.subject) if session else None
        return Person(identity.resident_id, identity) if identity else None

    async def end_all(self, identity_id: str) -> None:
        """End every session of the person behind this identity, on all their devices."""
        stores = self._desk.stores
        identity = await stores.identities.find(identity_id)
        others = await stores.identities.of_resident(identity.resident_id) if identity else []
        for subject in {identity_id, *(other.id for other in others)}:
            await self._desk.tokens.end_all(subject)


def signed_out() -> ApiError:
    """The 401 of this room."""
    return ApiError(401, "not_signed_in", "登录过期了,请重新打开小程序", headers={"WWW-Authenticate": "Bearer"})


class OwnerGuard:
    """Lets owners in."""

    scheme = "mp"

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def who(self, request: web.Request) -> Person:
        """The owner; raises a 401."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        person = await self._sessions.person(token.strip()) if kind.lower() == "bearer" and token else None
        if person is None:
            raise signed_out()
        request[TOKEN] = token.strip()
        return person

    def name(self, who: Person, request: web.Request) -> str:
        """Limits and keys are per identity."""
        return f"mp:{who.identity.id}"

    def show(self, who: Person, current: object) -> BaseModel | None:
        """Owners are not shown what won a race: their page reads the ticket again."""
        return None
