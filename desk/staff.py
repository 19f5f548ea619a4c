"""Colleagues: signing in, roles and what each may do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.actors import Actor, staff_actor
from desk.errors import Incomplete, NotAllowed
from desk.sessions import Tokens
from store.clock import Clock
from store.errors import Duplicate
from store.staff import Role, Staff
from store.stores import Stores

INBOX_LASTS = timedelta(hours=12)
INBOX_MOST = timedelta(days=7)
TRIES = 5
LOCKED = timedelta(minutes=15)
SHORTEST_PASSWORD = 8
NOBODY = "-"
"""No user name: what is looked up for words that cannot be one."""
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


@cache
def _nobodys_hash(time_cost: int, memory_cost: int, parallelism: int) -> str:
    """A hash at this cost that no password matches; made once, it takes a tenth of a second at the real cost."""
    hasher = PasswordHasher(time_cost, memory_cost, parallelism)
    return hasher.hash("nobody has this password")


class StaffDesk:
    """The rules about colleagues."""

    def __init__(self, stores: Stores, tokens: Tokens, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._stores = stores
        self._tokens = tokens
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        # Checked when the user name is unknown, so that the time taken does not tell which names exist.
        self._nobody = _nobodys_hash(self._hasher.time_cost, self._hasher.memory_cost, self._hasher.parallelism)

    async def add(
        self,
        username: str,
        name: str,
        role: Role,
        password: str,
        *,
        title: str = "",
        phone: str = "",
        estates: Sequence[str] = (),
        buildings: Sequence[str] = (),
    ) -> Staff:
        """A new colleague; raises Incomplete when the name is taken or the password too short."""
        if not USERNAME.fullmatch(username):
            raise Incomplete("用户名用 2-32 个小写字母、数字、点、横线", username=username)
        if len(password) < SHORTEST_PASSWORD:
            raise Incomplete(f"密码至少 {SHORTEST_PASSWORD} 个字符", shortest=SHORTEST_PASSWORD)
        staff = Staff(
            id=username,
            name=name,
            role=role,
            title=title,
            password=await asyncio.to_thread(self._hasher.hash, password),
            phone=self._stores.sealer.phone(phone) if phone else None,
            estates=tuple(estates),
            buildings=tuple(buildings),
            created_at=self._clock.now(),
        )
        try:
            await self._stores.staff.add(staff)
        except Duplicate as taken:
            raise Incomplete("这个用户名已经有人用了", username=username) from taken
        return staff

    async def sign_in(self, username: str, password: str) -> tuple[str, Staff]:
        """A token and who it is; raises NotAllowed. Five wrong passwords lock the name for 15 minutes."""
        # An unknown name goes the same way, so that neither the answer nor its time tells which names exist.
        name = username if USERNAME.fullmatch(username) else NOBODY
        staff = await self._stores.staff.find(name)
        tries = await self._count_try(name, staff)
        right = await asyncio.to_thread(self._verify, staff.password if staff else self._nobody, password)
        if tries > TRIES:
            raise NotAllowed("试错太多次,请 15 分钟后再来", reason="locked")
        if staff is None or not staff.active or not right:
            raise NotAllowed("用户名或密码不对", reason="wrong")
        await self._stores.staff.change(name, {"failed_logins": 0, "locked_until": None})
        return await self._tokens.issue("inbox", username, lasts=INBOX_LASTS, most=INBOX_MOST), staff

    async def _count_try(self, name: str, staff: Staff | None) -> int:
        """Which try this is; more than TRIES: the name is locked."""
        if staff is not None and staff.locked_until is not None:
            if self._clock.now() < staff.locked_until:
                return TRIES + 1
            await self._stores.staff.change(name, {"failed_logins": 0, "locked_until": None})
        await self._stores.staff.count_failed_login(name)
        counted = await self._stores.staff.find(name)
        if counted is None:
            return 0
        if counted.failed_logins >= TRIES:
            # Locked before this try is looked at: of many at once no more than five are.
            await self._stores.staff.change(name, {"locked_until": self._clock.now() + LOCKED})
        return counted.failed_logins

    async def signed_in(self, token: str) -> Actor | None:
        """Who this token is, or None."""
        session = await self._tokens.check(token, "inbox", slide=INBOX_LASTS)
        if session is None:
            return None
        staff = await self._stores.staff.find(session.subject)
        return staff_actor(staff) if staff is not None and staff.active else None

    async def sign_out(self, token: str) -> None:
        """This token holds no longer."""
        await self._tokens.end(token)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
