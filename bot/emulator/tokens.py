"""access_tokens of both kinds. Each kind is a realm of its own: neither knows of the other's tokens."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.emulator.clock import EmulatorClock
from bot.emulator.config import App
from bot.emulator.errors import ApiError

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCE_SPACING = timedelta(seconds=30)
FORCE_PER_DAY = 20
KEPT = timedelta(days=1)
"""Dead tokens are remembered that long, to tell an expired one from an invented one."""

Realm = Literal["token", "stable_token"]


@dataclass
class Token:
    """One token and when it stops working."""

    value: str
    app_id: str
    realm: Realm
    expires_at: datetime
    replaced_at: datetime | None = None
    """From then on it works for the overlap only, and is 40001 after it."""
    revoked: int = 0
    """The errcode that a revoked one answers with."""


class Tokens:
    """Gives out tokens and judges those that come back."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._known: dict[str, Token] = {}
        self._current: dict[tuple[str, Realm], Token] = {}
        self._forced: dict[str, list[datetime]] = {}
        self.fetched: Counter[str] = Counter()
        """Successful calls per ``realm:app_id``."""

    def fresh(self, app: App) -> dict[str, object]:
        """``cgi-bin/token``: a new one each time; the one before works five minutes more."""
        self.fetched[f"token:{app.app_id}"] += 1
        return self._answer(self._issue(app, "token", overlap=True))

    def stable(self, app: App, force: bool) -> dict[str, object]:
        """``cgi-bin/stable_token``: the same one while it is valid; a forced refresh kills the old one at once."""
        now = self._clock.now()
        current = self._current.get((app.app_id, "stable_token"))
        if force:
            self._count_forced(app, now)
            token = self._issue(app, "stable_token", overlap=False)
        elif current is None or current.revoked or current.expires_at - now <= OVERLAP:
            token = self._issue(app, "stable_token", overlap=True)
        else:
            token = current
        self.fetched[f"stable_token:{app.app_id}"] += 1
        return self._answer(token)

    def _count_forced(self, app: App, now: datetime) -> None:
        times = [at for at in self._forced.get(app.app_id, []) if now - at < timedelta(days=1)]
        if len(times) >= FORCE_PER_DAY:
            raise ApiError(45009, why=f"force_refresh was used {FORCE_PER_DAY} times today")
        if times and now - times[-1] < FORCE_SPACING:
            raise ApiError(45011, why="force_refresh twice within 30 s")
        self._forced[app.app_id] = [*times, now]

    def _issue(self, app: App, realm: Realm, *, overlap: bool) -> Token:
        now = self._clock.now()
        if old := self._current.get((app.app_id, realm)):
            old.replaced_at = now if overlap else now - OVERLAP
        token = Token(secrets.token_urlsafe(96), app.app_id, realm, now + LIFE)
        self._current[app.app_id, realm] = token
        self._known = {value: one for value, one in self._known.items() if one.expires_at + KEPT > now}
        self._known[token.value] = token
        return token

    def _answer(self, token: Token) -> dict[str, object]:
        left = (token.expires_at - self._clock.now()).total_seconds()
        return {"access_token": token.value, "expires_in": max(1, int(left))}

    def app_of(self, value: str | None) -> str:
        """The app that this token stands for, or the error the platform gives."""
        if not value:
            raise ApiError(41001)
        token = self._known.get(value)
        if token is None:
            invented = len(value) != 128
            raise ApiError(40014 if invented else 40001, why="a token that was never given out or is long dead")
        now = self._clock.now()
        if token.revoked:
            raise ApiError(token.revoked, why="the token was revoked")
        if token.expires_at <= now:
            raise ApiError(42001, why="the token is older than 2 h")
        if token.replaced_at is not None and now - token.replaced_at >= OVERLAP:
            raise ApiError(40001, why=f"the token was replaced by a newer one of {token.realm}: two owners?")
        return token.app_id

    def revoke(self, errcode: int = 40001) -> int:
        """Kill all tokens that live; calls with them get that errcode. Says how many there were."""
        now = self._clock.now()
        living = [one for one in self._known.values() if not one.revoked and one.expires_at > now]
        for token in living:
            token.revoked = errcode
        return len(living)
