"""Staff: our colleagues, and who they are to the system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo


class Role(StrEnum):
    """What a staff member may do; the matrix stands in desk/staff.py."""

    FRONTDESK = "frontdesk"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"


class Staff(Document):
    """One colleague. ``_id`` is the user name."""

    name: str
    role: Role
    title: str = ""
    """How owners hear of them: 师傅, 工, ..."""
    password: str = ""
    """An argon2 hash."""
    phone: dict[str, Any] | None = None
    estates: tuple[str, ...] = ()
    """Scope; empty: every estate."""
    buildings: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    company: str = ""
    """Whom they work for, when it is not us (委外单位)."""
    categories: tuple[str, ...] = ()
    """The kinds of tickets in their scope; empty: every kind."""
    wechat: dict[str, Any] | None = None
    """Their own WeChat, linked by scanning a code: ``{conversation_id, at}``."""
    on_duty: bool = True
    active: bool = True
    must_change: bool = False
    """The password was set by somebody else: it is changed before anything else."""
    placed: int = 0
    """How often a ticket was given to them by a rule: who gives one says which count they saw (``hold``)."""
    placing: dict[str, datetime] = {}
    """Tickets on their way into their hands, and since when: not theirs yet, but no room for another one either."""
    created_at: datetime | None = None


class StaffRepo(Repo):
    """The only code that knows the ``staff`` collection."""

    name = "staff"

    async def add(self, staff: Staff) -> None:
        """Insert; raises Duplicate when the user name is taken."""
        await self._insert(staff.row())
        self._tell("staff", staff.id, estate_id=None, staff=staff.id)

    async def find(self, username: str) -> Staff | None:
        """The colleague, or None."""
        row = await self._one({"_id": username})
        return None if row is None else Staff.of(row)

    async def get(self, username: str) -> Staff:
        """The colleague; raises NotFound."""
        found = await self.find(username)
        if found is None:
            raise NotFound(username)
        return found

    async def change(self, username: str, changes: Mapping[str, Any]) -> None:
        """Set fields; raises NotFound."""
        if not await self._update({"_id": username}, {"$set": dict(changes)}):
            raise NotFound(username)
        self._tell("staff", username, estate_id=None, staff=username)

    async def hold(self, staff: Staff, ticket_id: str, at: datetime) -> bool:
        """A ticket is on its way to them; False when another one was since ``staff`` was read: count anew."""
        # Colleagues from before this was counted have no count.
        seen: object = staff.placed or {"$in": [0, None]}
        held = {"$set": {f"placing.{ticket_id}": at}, "$inc": {"placed": 1}}
        return await self._update({"_id": staff.id, "placed": seen}, held)

    async def let_go(self, username: str, ticket_id: str) -> None:
        """The ticket is theirs by now, or never will be."""
        await self._update({"_id": username}, {"$unset": {f"placing.{ticket_id}": ""}})

    async def of_ids(self, usernames: Sequence[str]) -> list[Staff]:
        """These colleagues, in no order."""
        found = await self._list({"_id": {"$in": list(usernames)}}, limit=len(usernames) or 1)
        return [Staff.of(row) for row in found]

    async def all(self, limit: int = 20_000) -> list[Staff]:
        """Every colleague, by user name."""
        return [Staff.of(row) for row in await self._list({}, limit=limit, sort=[("_id", 1)])]
