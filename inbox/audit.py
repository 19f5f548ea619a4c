"""The audit log of the staff API: what each route writes into it, and reading it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from desk.actors import Actor
from desk.api.calls import Call, Endpoint, Routes
from desk.api.paging import PageQuery, Position
from desk.audit import readable
from desk.errors import NotAllowed
from desk.permissions import PERMITS, Permit, permit
from inbox.views import View
from store.audit import AuditRow
from store.errors import NotFound

routes: Routes[Actor] = Routes("inbox: audit")

SAFE = frozenset(
    "to state role category urgent severity version on_duty active estate estates building buildings teams team kind "
    "action label accepted format what until send_at executor staff way outcome view typing sort columns "
    "shift ids".split()
)
"""Fields that are never an owner's words or data; of all others only the name is kept."""
NUMBER = re.compile(r"[\d\s*+-]{4,}")
"""A phone or the end of one: that it was asked for is kept, the number is not."""
_PART = re.compile(r"\{(\w+)\}")


class StaffWatch:
    """Lets a role do what the table says, and writes down what it says."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def allow(self, who: Actor, endpoint: Endpoint) -> None:
        """Raise NotAllowed when the table does not name this role for this route."""
        found = self._permit(endpoint)
        if found is None:
            raise NotAllowed("这个地址还没有写进权限表", route=self._route(endpoint), add_to="desk/permissions.py")
        if who.role not in found.roles:
            raise NotAllowed("您的岗位没有这个权限", needs=sorted(role.value for role in found.roles))

    async def record(
        self, call: Call[Actor], endpoint: Endpoint, given: Mapping[str, BaseModel], result: BaseModel
    ) -> None:
        """Write the row of this call, if it has one; raises Unavailable, and then the caller asks again."""
        found = self._permit(endpoint)
        if found is None or not found.action:
            return
        query = given.get("query")
        asked = query.model_fields_set if query is not None else set()
        if found.when and not asked.intersection(found.when):
            return
        if found.but is not None and str(getattr(query, found.but[0], "")) == found.but[1]:
            return
        subject = _filled(found.subject, call, result)
        details = _safe(given) | call.audit
        if endpoint.method == "GET" and call.desk.audit.has_looked(call.who, found.action, subject, details):
            return
        estate = str(getattr(result, "estate", "") or "") or await _estate_of(call, subject)
        if endpoint.method == "GET":
            await call.desk.audit.looked(call.who, found.action, subject, estate_id=estate, details=details)
        else:
            key = call.key if call.claim.id else ""
            await call.desk.audit.did(call.who, found.action, subject, estate_id=estate, details=details, key=key)

    def _permit(self, endpoint: Endpoint) -> Permit | None:
        return permit(self._route(endpoint))

    def _route(self, endpoint: Endpoint) -> str:
        return f"{endpoint.method} {endpoint.path.removeprefix(self._prefix)}"


def _filled(subject: str, call: Call[Actor], result: BaseModel) -> str:
    parts = {"me": call.who.id, **call.request.match_info}
    return _PART.sub(lambda found: str(parts.get(found[1]) or getattr(result, found[1], "") or ""), subject)


async def _estate_of(call: Call[Actor], subject: str) -> str:
    """Whose managers may read of it: the estate that it belongs to, as far as the answer does not say."""
    if len(call.who.estates) == 1:
        return call.who.estates[0]
    kind, _, id = subject.partition(":")
    if kind == "conversation":
        conversation = await call.desk.stores.conversations.find(id)
        return conversation.estate_id if conversation is not None else ""
    if kind == "ticket":
        with suppress(NotFound):
            return (await call.desk.stores.tickets.by_number(id)).estate_id
    return ""


def _safe(given: Mapping[str, BaseModel]) -> dict[str, Any]:
    """What may stand in the log of what was given: values of ``SAFE``, names of the rest."""
    details: dict[str, Any] = {}
    named: list[str] = []
    for part in given.values():
        values = part.model_dump(mode="json", include=part.model_fields_set)
        for name, value in values.items():
            if name in ("cursor", "limit"):
                continue
            if name == "q":
                details["by"] = "number" if NUMBER.fullmatch(str(value)) else "words"
            elif name in SAFE and _plain(value):
                details[name] = value
            else:
                named.append(name)
    return details | ({"fields": sorted(named)} if named else {})


def _plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= 100 and all(_plain(one) for one in value)
    return value is None or isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= 64)


class AuditQuery(PageQuery):
    """Of whom, what, about what, when."""

    actor: str | None = Field(default=None, max_length=64, description="a user name")
    action: str | None = Field(default=None, max_length=64, description="a name, or what names begin with: ticket.")
    subject: str | None = Field(default=None, max_length=200)
    since: AwareDatetime | None = Field(default=None, alias="from")
    before: AwareDatetime | None = Field(default=None, alias="to")


class AuditView(View):
    """A row of the log."""

    id: str
    at: datetime
    by: str
    by_name: str
    action: str
    subject: str
    estate: str
    details: dict[str, Any]

    @classmethod
    def of(cls, row: AuditRow, names: Mapping[str, str]) -> Self:
        """As managers see it."""
        return cls(
            id=row.id,
            at=row.at,
            by=row.by,
            by_name=names.get(row.by.removeprefix("staff:"), ""),
            action=row.action,
            subject=row.subject,
            estate=row.estate_id,
            details=row.details,
        )


class AuditPage(View):
    """A page of the log, newest first."""

    items: list[AuditView]
    next: str | None


class ActionList(View):
    """Names of actions."""

    items: list[str]


@routes.get("/audit")
async def audit(call: Call[Actor], query: AuditQuery) -> AuditPage:
    """Who did or saw what, newest first; managers see their estates' and their own."""
    by = f"staff:{query.actor}" if query.actor and ":" not in query.actor else query.actor
    action = query.action

    async def fetch(before: datetime, since: datetime, limit: int) -> list[AuditRow]:
        before = min(before, query.before or before)
        since = max(since, query.since or since)
        if since >= before:
            return []
        return await call.desk.stores.audit.listed(
            by=by, action=action, subject=query.subject, before=before, since=since, limit=limit
        )

    now = call.desk.clock.now()
    page = await call.page(
        fetch,
        lambda row: Position(row.at, row.id),
        query,
        name="inbox.audit",
        now=min(now, query.before or now),
        keep=lambda row: readable(row, call.who),
    )
    names = {staff.id: staff.name for staff in await call.desk.stores.staff.all()}
    return AuditPage(items=[AuditView.of(row, names) for row in page.rows], next=page.next)


@routes.get("/audit/actions")
async def actions(call: Call[Actor]) -> ActionList:
    """The names that an action may have."""
    return ActionList(items=sorted({found.action for found in PERMITS.values() if found.action} | set(OTHERS)))


OTHERS = ("session.opened", "session.refused", "session.locked", "conversations.freed", "residents.imported")
"""Written elsewhere than by the table."""
