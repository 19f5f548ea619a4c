"""Colleagues: signing in, their sessions and their passwords. What managers do with accounts stands in accounts.py."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.actors import Actor, staff_actor
from desk.attempts import SignInAttempts
from desk.audit import Audit
from desk.errors import Incomplete, NotAllowed
from desk.live import Live
from desk.sessions import Tokens
from store.clock import Clock
from store.errors import Duplicate, NotFound
from store.sessions import Session
from store.staff import Role, Staff
from store.stores import Stores

KIND = "inbox"
INBOX_LASTS = timedelta(hours=12)
INBOX_MOST = timedelta(days=7)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256
NOBODY = "-"
"""No user name: what is looked up for words that cannot be one."""
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
GUESSED_FIRST = ("12345678", "123456789", "1234567890", "87654321", "password", "qwertyui", "abcd1234", "admin123")
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Read out on the phone without asking back: no l, 1, o, 0, i."""


@cache
def _nobodys_hash(time_cost: int, memory_cost: int, parallelism: int) -> str:
    """A hash at this cost that no password matches; made once, it takes a tenth of a second at the real cost."""
    hasher = PasswordHasher(time_cost, memory_cost, parallelism)
    return hasher.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose token this is."""

    actor: Actor
    session: Session
    must_change: bool = False
    """The password was set by somebody else: it must be changed before anything else."""


class StaffDesk:
    """The rules about colleagues."""

    def __init__(
        self,
        stores: Stores,
        tokens: Tokens,
        clock: Clock,
        hasher: PasswordHasher | None = None,
        *,
        audit: Audit,
        live: Live,
    ) -> None:
        self._stores = stores
        self._tokens = tokens
        self._clock = clock
        self._audit = audit
        self._live = live
        self.attempts = SignInAttempts(stores, clock)
        self._hasher = hasher or PasswordHasher()
        # Checked when the user name is unknown, so that the time taken does not tell which names exist.
        self._nobody = _nobodys_hash(self._hasher.time_cost, self._hasher.memory_cost, self._hasher.parallelism)

    async def add(
        self,
        username: str,
        name: str,
        role: Role,
        password: str | None,
        *,
        title: str = "",
        phone: str = "",
        company: str = "",
        estates: Sequence[str] = (),
        buildings: Sequence[str] = (),
        categories: Sequence[str] = (),
    ) -> Staff:
        """A new colleague; raises Incomplete when the name is taken or the password bad. None: no password yet."""
        if not USERNAME.fullmatch(username):
            raise Incomplete("用户名用 2-32 个小写字母、数字、点、横线", username=username)
        if password is not None:
            check_password(password, username)
        staff = Staff(
            id=username,
            name=name,
            role=role,
            title=title,
            password="" if password is None else await asyncio.to_thread(self._hasher.hash, password),
            phone=self._stores.sealer.phone(phone) if phone else None,
            company=company,
            estates=tuple(estates),
            buildings=tuple(buildings),
            categories=tuple(categories),
            created_at=self._clock.now(),
        )
        try:
            await self._stores.staff.add(staff)
        except Duplicate as taken:
            raise Incomplete("这个用户名已经有人用了", username=username) from taken
        return staff

    # ---- signing in ----

    async def sign_in(self, username: str, password: str, *, address: str = "", browser: str = "") -> tuple[str, Staff]:
        """A token and who it is; raises NotAllowed. Who is wrong too often waits (see desk/attempts.py)."""
        # An unknown name goes the same way, so that neither the answer nor its time tells which names exist.
        name = username if USERNAME.fullmatch(username) else NOBODY
        staff = await self._stores.staff.find(name)
        if minutes := await self.attempts.begin(_tried(username, staff), address):
            if staff is not None:
                await self._record("session.locked", staff, address)
            raise NotAllowed(f"试错太多次,请 {minutes} 分钟后再来", reason="locked", minutes=minutes)
        right = await asyncio.to_thread(self._verify, (staff and staff.password) or self._nobody, password)
        if staff is None or not staff.active or not right:
            if staff is not None:
                await self._record("session.refused", staff, address, active=staff.active)
            raise NotAllowed("用户名或密码不对", reason="wrong")
        await self.attempts.was_right(_tried(username, staff), address)
        await self._record("session.opened", staff, address, by=f"staff:{name}")
        data = {"address": address, "browser": browser[:200]}
        return await self._tokens.issue(KIND, username, lasts=INBOX_LASTS, most=INBOX_MOST, data=data), staff

    async def signed_in(self, token: str) -> SignedIn | None:
        """Who this token is, or None."""
        session = await self._tokens.check(token, KIND, slide=INBOX_LASTS)
        if session is None:
            return None
        staff = await self._stores.staff.find(session.subject)
        return SignedIn(staff_actor(staff), session, staff.must_change) if staff is not None and staff.active else None

    async def still_signed_in(self, sessions: Sequence[str]) -> dict[str, SignedIn]:
        """Of many sessions at once, those that hold now; they do not slide."""
        now = self._clock.now()
        found = [
            session
            for session in await self._stores.sessions.of_ids(sessions)
            if now < session.expires_at and now < session.ends_at
        ]
        people = await self._stores.staff.of_ids(list({session.subject for session in found}))
        known = {staff.id: staff for staff in people if staff.active}
        return {
            session.id: SignedIn(staff_actor(staff), session, staff.must_change)
            for session in found
            if (staff := known.get(session.subject)) is not None
        }

    async def sign_out(self, token: str) -> None:
        """This token holds no longer."""
        await self._tokens.end(token)

    # ---- sessions ----

    async def sessions(self, username: str) -> list[Session]:
        """Where somebody is signed in, the newest first."""
        now = self._clock.now()
        found = await self._stores.sessions.of_subject(username, KIND)
        return [one for one in found if now < one.expires_at and now < one.ends_at]

    async def end_session(self, username: str, public_id: str) -> None:
        """End one of somebody's sessions by the id that they see; raises NotFound."""
        for session in await self._stores.sessions.of_subject(username, KIND):
            if public_session_id(session) == public_id:
                await self._stores.sessions.use_up(session.id)
                await self.sessions_changed(username)
                return
        raise NotFound(public_id)

    async def end_sessions(self, username: str, *, but: str | None = None) -> int:
        """End all of somebody's sessions, or all but one; gives how many."""
        ended = await self._stores.sessions.end_all(username, but=but)
        await self.sessions_changed(username)
        return ended

    async def sessions_changed(self, username: str) -> None:
        """Live connections look at once whether they still may."""
        await self._live.tell("session", username, staff=username, to=(username,))

    # ---- passwords ----

    async def change_password(self, signed: SignedIn, old: str, new: str, *, address: str = "") -> None:
        """One's own; the other sessions end. Raises NotAllowed for a wrong old one, Incomplete for a bad new one."""
        username = signed.actor.id
        staff = await self._stores.staff.get(username)
        tried = f"{_tried(username, staff)}\nchange"
        if minutes := await self.attempts.begin(tried, address):
            raise NotAllowed(f"试错太多次,请 {minutes} 分钟后再来", reason="locked", minutes=minutes)
        if not await asyncio.to_thread(self._verify, staff.password or self._nobody, old):
            raise NotAllowed("原来的密码不对", reason="wrong")
        await self.attempts.was_right(tried, address)
        check_password(new, username)
        if new == old:
            raise Incomplete("新密码要和原来的不一样", new="same")
        hashed = await asyncio.to_thread(self._hasher.hash, new)
        await self._stores.staff.change(username, {"password": hashed, "must_change": False})
        await self.end_sessions(username, but=signed.session.id)

    async def reset_password(self, username: str) -> str:
        """A one-time password that must be changed at the next sign-in; every session ends."""
        password = "-".join("".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(4)) for _ in range(3))
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        await self._stores.staff.change(username, {"password": hashed, "must_change": True})
        await self.end_sessions(username)
        return password

    async def locked(self, staff: Staff) -> bool:
        """Whether too many were wrong about this name lately."""
        return await self.attempts.locked(_tried(staff.id, staff))

    async def _record(
        self, action: str, staff: Staff, address: str, *, by: str = "system:sign-in", **more: object
    ) -> None:
        estate = staff.estates[0] if len(staff.estates) == 1 else ""
        details = {"address": address, **more}
        await self._audit.did(by, action, f"staff:{staff.id}", estate_id=estate, details=details)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, username: str) -> None:
    """Raise Incomplete for one that is short or guessed first."""
    if len(password) < SHORTEST_PASSWORD:
        raise Incomplete(f"密码至少 {SHORTEST_PASSWORD} 个字符", shortest=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Incomplete(f"密码最多 {LONGEST_PASSWORD} 个字符", longest=LONGEST_PASSWORD)
    plain = password.lower()
    if len(set(plain)) < 4 or plain in GUESSED_FIRST or plain == username:
        raise Incomplete("这个密码太好猜了,换一个", new="easy")


def public_session_id(session: Session) -> str:
    """What a colleague sees of a session's id: enough to tell theirs apart."""
    return session.id[:16]


def _tried(username: str, staff: Staff | None) -> str:
    """Under what attempts count: with a new password they begin anew."""
    return f"{username}\n{staff.password[-12:] if staff is not None else ''}"
