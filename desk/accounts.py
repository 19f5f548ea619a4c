"""Colleagues' accounts: who may see and change whose, and what happens to the work of somebody who leaves.

Managers keep the accounts of the roles below theirs in their own estates, administrators all of theirs. Nobody gives
more than they have, changes their own role, or takes the last administrator away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk.actors import Actor
from desk.dispatch import Dispatch
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.holding import Holding
from desk.problems import Telling
from desk.rulebook import Rulebook
from desk.staff import StaffDesk
from store.clock import Clock
from store.conversations import EPOCH, Mode
from store.errors import Conflict, NotFound
from store.staff import Role, Staff
from store.stores import Stores
from store.tickets import Category, State, Ticket

RANK = {Role.FRONTDESK: 0, Role.TECHNICIAN: 0, Role.SUPERVISOR: 1, Role.MANAGER: 2, Role.ADMIN: 3}
GONE = "原来的同事已离开"
MOST_FREED = 1000
AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Freed:
    """What somebody who left was working on, and is to be given to others."""

    tickets: tuple[str, ...]
    conversations: tuple[str, ...]


class Accounts:
    """The rules about accounts."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        staff: StaffDesk,
        dispatch: Dispatch,
        holding: Holding,
        telling: Telling,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._staff = staff
        self._dispatch = dispatch
        self._holding = holding
        self._telling = telling
        self._clock = clock

    # ---- who may ----

    def manageable(self, staff: Staff, by: Actor) -> bool:
        """Whether ``by`` may change this account."""
        return staff.id != by.id and _below(staff.role, by) and visible(staff, by)

    async def get(self, username: str, by: Actor) -> Staff:
        """The colleague, if their account is in this manager's scope; raises NotFound."""
        staff = await self._stores.staff.get(username)
        if not visible(staff, by):
            raise NotFound(username)
        return staff

    async def listed(self, by: Actor) -> list[Staff]:
        """Every account in scope."""
        return [staff for staff in await self._stores.staff.all() if visible(staff, by)]

    # ---- changes ----

    async def add(self, username: str, fields: Mapping[str, Any], by: Actor) -> Staff:
        """A new colleague without a password; raises NotAllowed or Incomplete."""
        wanted = {"estates": by.estates, **fields}
        await self._check(wanted, by)
        return await self._staff.add(username, password=None, **wanted)

    async def change(self, username: str, fields: Mapping[str, Any], by: Actor) -> Staff:
        """Change some of it; their open pages begin anew when their scope is another."""
        staff = await self._changeable(username, by)
        await self._check(fields, by)
        if "role" in fields and RANK[fields["role"]] < RANK[staff.role] == RANK[Role.ADMIN]:
            await self._keep_an_admin(staff)
        if staff.role is Role.ADMIN and fields.get("estates") and not staff.estates:
            await self._keep_an_admin(staff)
        changes = dict(fields)
        if "phone" in changes:
            changes["phone"] = self._stores.sealer.phone(changes["phone"]) if changes["phone"] else None
        if changes:
            await self._stores.staff.change(username, changes)
            await self._staff.sessions_changed(username)
        return await self._stores.staff.get(username)

    async def reset_password(self, username: str, by: Actor) -> str:
        """A one-time password to hand over; raises NotAllowed."""
        staff = await self._changeable(username, by)
        if not staff.active:
            raise Illegal("先启用这个账号", active=False)
        return await self._staff.reset_password(username)

    async def sign_out(self, username: str, by: Actor) -> int:
        """End all of their sessions; gives how many."""
        await self._changeable(username, by)
        return await self._staff.end_sessions(username)

    async def activate(self, username: str, by: Actor) -> Staff:
        """They may sign in again."""
        await self._changeable(username, by)
        await self._stores.staff.change(username, {"active": True})
        return await self._stores.staff.get(username)

    async def deactivate(self, username: str, by: Actor, *, reason: str, key: str) -> Freed:
        """They are out at once, and what they were working on is given to others. Repeating it finishes the rest."""
        staff = await self._changeable(username, by)
        if staff.role is Role.ADMIN:
            await self._keep_an_admin(staff)
        await self._stores.staff.change(username, {"active": False, "on_duty": False})
        await self._staff.end_sessions(username)
        tickets = [await self._free(ticket, by) for ticket in await self._stores.tickets.open_of(username)]
        conversations = await self._free_conversations(username, by, key)
        freed = Freed(tuple(ticket.number for ticket in tickets), tuple(conversations))
        await self._tell(staff, tickets, freed, reason, key)
        return freed

    async def open_tickets(self, username: str) -> int:
        """How many open tickets are theirs."""
        return await self._stores.tickets.load_of(username, most=MOST_FREED)

    # ---- inside ----

    async def _changeable(self, username: str, by: Actor) -> Staff:
        staff = await self.get(username, by)
        if staff.id == by.id:
            raise NotAllowed("自己的账号请别的管理员来改", needs=["somebody_else"])
        if not _below(staff.role, by):
            raise NotAllowed("这位同事的岗位不归您管", needs=[Role.ADMIN.value])
        return staff

    async def _check(self, fields: Mapping[str, Any], by: Actor) -> None:
        role = fields.get("role")
        if role is not None and not _below(role, by):
            raise NotAllowed("不能给出比自己更高的岗位", role=role.value)
        if "estates" in fields:
            known = {estate.id for estate in self._rules.estates}
            if unknown := [one for one in fields["estates"] if one not in known]:
                raise Incomplete("没有这个小区", estates=unknown)
            if by.estates and not (fields["estates"] and set(fields["estates"]) <= set(by.estates)):
                raise NotAllowed("只能给出您自己负责的小区", estates=list(by.estates))
        if "buildings" in fields and by.buildings and not set(fields["buildings"] or ("",)) <= set(by.buildings):
            raise NotAllowed("只能给出您自己负责的楼栋", buildings=list(by.buildings))
        if wrong := [one for one in fields.get("categories", ()) if one not in set(Category)]:
            raise Incomplete("没有这种工单类别", categories=wrong)

    async def _keep_an_admin(self, leaving: Staff) -> None:
        for staff in await self._stores.staff.all():
            others = staff.id != leaving.id and staff.role is Role.ADMIN and staff.active
            if others and staff.password and not staff.estates:
                return
        raise Illegal("至少要留一位管理员", last=leaving.id)

    async def _free(self, ticket: Ticket, by: Actor) -> Ticket:
        for _ in range(3):
            try:
                return await self._dispatch.take_away(ticket, by, reason=GONE)
            except Conflict:
                ticket = await self._stores.tickets.get(ticket.id)
                if ticket.executor is None or not ticket.is_open:
                    return ticket
        return ticket

    async def _free_conversations(self, username: str, by: Actor, key: str) -> list[str]:
        freed = []
        for mode in Mode:
            found = await self._stores.conversations.held_by(
                username, mode, before=self._clock.now() + AHEAD, since=EPOCH, limit=MOST_FREED
            )
            for conversation in found:
                if mode is Mode.PERSON:
                    await self._holding.assign(conversation, None, by, key=f"{key}:{conversation.id}")
                else:
                    await self._stores.conversations.change(conversation.id, {"staff_id": None})
                freed.append(conversation.id)
        return freed

    async def _tell(self, staff: Staff, tickets: Sequence[Ticket], freed: Freed, reason: str, key: str) -> None:
        if not (freed.tickets or freed.conversations):
            return
        urgent = sum(1 for ticket in tickets if ticket.urgent and ticket.state is not State.RESOLVED)
        parts = [f"{len(freed.tickets)} 张单" + (f"(紧急 {urgent})" if urgent else "")] if freed.tickets else []
        parts += [f"{len(freed.conversations)} 个会话"] if freed.conversations else []
        said = f"{staff.name}的账号已停用({reason}),{'、'.join(parts)}要另外安排。"
        estates = dict.fromkeys(ticket.estate_id for ticket in tickets) or dict.fromkeys(staff.estates or ("",))
        for estate in estates:
            await self._telling.supervisors(None, said, key=f"{key}:{estate}", estate_id=estate, kind="staff_left")


def visible(staff: Staff, by: Actor) -> bool:
    """Whether this account lies inside the estates of ``by``."""
    return not by.estates or (bool(staff.estates) and set(staff.estates) <= set(by.estates))


def _below(role: Role, by: Actor) -> bool:
    return by.role is Role.ADMIN or (by.role is not None and RANK[role] < RANK[by.role])
