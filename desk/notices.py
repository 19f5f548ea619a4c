"""Notices (公告): written, handed in, approved by somebody else, scheduled, withdrawn; and what outages are planned.

Who may do what stands here once. How an approved notice reaches its people: ``desk/notice_sending.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from desk.actors import Actor
from desk.audience import Audiences, buildings_of, covers
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.notice_sending import NoticeSending
from desk.notice_words import MOST_BODY, MOST_SIGNATURE, MOST_TITLE, OFF
from desk.rulebook import Rulebook
from store.clock import Clock, to_millis
from store.errors import Conflict, Duplicate, NotFound
from store.ids import Ids, derived
from store.notices import Audience, Notice, NoticeEvent, NoticeKind, NoticeState, Outage, Reach
from store.staff import Role
from store.stores import Stores

NS = NoticeState
WRITES = (Role.FRONTDESK, Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)
APPROVES = (Role.MANAGER, Role.ADMIN)
VALID_FOR = timedelta(days=30)
"""A notice without an end holds so long."""
LONGEST = timedelta(days=366)
OPEN = (NS.DRAFT, NS.SUBMITTED)
RUNNING = (NS.SCHEDULED, NS.SENDING, NS.SENT)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a notice says and to whom; a draft may leave almost all of it open."""

    estate_id: str
    title: str
    kind: NoticeKind = NoticeKind.ORDINARY
    body: str = ""
    signature: str = ""
    audience: Audience = field(default_factory=Audience)
    outage: Outage | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    send_at: datetime | None = None
    unreached: str = ""
    """Empty: a call for emergencies, a note at the door for the rest."""


class Notices:
    """The rules about notices."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        audiences: Audiences,
        sending: NoticeSending,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._audiences = audiences
        self._sending = sending
        self._clock = clock
        self._ids = ids
        self._outages: tuple[Notice, ...] = ()

    # ---- writing ----

    async def write(self, wording: Wording, by: Actor, *, key: str = "") -> Notice:
        """A draft with its number; the same key gives the same draft."""
        self._may_write(wording.estate_id, wording.audience, by)
        id = derived(key, "notice") if key else self._ids.new()
        now = self._clock.now()
        values = self._checked(wording)
        await self._audiences.check(wording.estate_id, wording.audience) if wording.audience.places else None
        notice = Notice(
            id=id,
            number=await self._number(wording.estate_id),
            writers=(by.tag,),
            created_at=now,
            created_by=by.tag,
            changed_at=now,
            events=(self._event(id, "written", by),),
            **values,
        )
        try:
            await self._stores.notices.add(notice)
        except Duplicate:
            return await self._stores.notices.get(id)
        return notice

    async def edit(self, notice: Notice, wording: Wording, by: Actor, *, version: int) -> Notice:
        """Other words or another audience; only while it is a draft, and if nobody changed it since ``version``."""
        self._may_write(notice.estate_id, notice.audience, by)
        self._may_write(notice.estate_id, wording.audience, by)
        _only(notice, NS.DRAFT)
        _seen(notice, version)
        values = self._checked(wording)
        if wording.estate_id != notice.estate_id:
            raise Incomplete("公告不能换小区，请另写一条", estate=notice.estate_id)
        await self._audiences.check(wording.estate_id, wording.audience) if wording.audience.places else None
        values |= {"audience": wording.audience.model_dump(), "changed_at": self._clock.now()}
        values["outage"] = wording.outage.model_dump() if wording.outage else None
        values["writers"] = list(dict.fromkeys((*notice.writers, by.tag)))
        return await self._stores.notices.change(notice, values, self._event(notice.id, "edited", by))

    async def submit(self, notice: Notice, by: Actor) -> Notice:
        """Hand it in: everything that it needs is there, and whom it reaches is on record."""
        self._may_write(notice.estate_id, notice.audience, by)
        if notice.state is NS.SUBMITTED:
            return notice
        _only(notice, NS.DRAFT)
        await self._complete(notice)
        reach = await self._audiences.reach(notice.estate_id, notice.audience)
        if not reach.homes:
            raise Incomplete("这个范围里没有住户", audience="nobody")
        now = self._clock.now()
        changes = {
            "state": NS.SUBMITTED,
            "submitted_by": by.tag,
            "changed_at": now,
            "planned": reach.model_dump(),
            "valid_to": notice.valid_to or self._until(notice),
        }
        return await self._stores.notices.change(notice, changes, self._event(notice.id, "submitted", by))

    async def send_back(self, notice: Notice, by: Actor, reason: str = "") -> Notice:
        """A draft again: its writers take it back, or whoever should approve it says what to mend."""
        approver = by.role in APPROVES
        if not approver and by.tag not in notice.writers:
            raise NotAllowed("由经理退回，或由写的人取回", needs=[role.value for role in APPROVES])
        _only(notice, NS.SUBMITTED)
        if approver and by.tag not in notice.writers and not reason.strip():
            raise Incomplete("请写下要改什么", missing=["reason"])
        changes = {"state": NS.DRAFT, "changed_at": self._clock.now()}
        return await self._stores.notices.change(notice, changes, self._event(notice.id, "returned", by, reason))

    # ---- deciding ----

    async def approve(self, notice: Notice, by: Actor, *, version: int, reason: str = "") -> Notice:
        """It goes out, now or at its time. Never by one of its writers, but for an emergency with the reason."""
        if by.role not in APPROVES:
            raise NotAllowed("公告由项目经理批准", needs=[role.value for role in APPROVES])
        if notice.state in RUNNING and notice.approved_by == by.tag:
            return notice  # a second click
        _only(notice, NS.SUBMITTED)
        _seen(notice, version)
        if by.tag in notice.writers:
            if notice.kind is not NoticeKind.EMERGENCY:
                raise NotAllowed("自己写的公告要请另一位经理批准", writers=list(notice.writers))
            if not reason.strip():
                raise Incomplete("自己写的紧急公告可以自己批，请写明原因", missing=["reason"])
        await self._complete(notice)
        now = self._clock.now()
        due = max(now, notice.send_at or now)
        # The timer first: without the decision it does nothing, a decision without its timer would reach nobody.
        await self._sending.plan(notice, due)
        changes = {
            "state": NS.SCHEDULED,
            "approved_by": by.tag,
            "approved_at": now,
            "changed_at": now,
            "valid_to": notice.valid_to or self._until(notice),
        }
        approved = await self._stores.notices.change(notice, changes, self._event(notice.id, "approved", by, reason))
        await self.refresh()
        return approved

    async def withdraw(self, notice: Notice, by: Actor, *, reason: str, correct: bool = False) -> Notice:
        """What has not left stays; with ``correct`` those who got it read that it no longer holds."""
        mine = notice.state in OPEN and by.tag in notice.writers
        if not mine and not by.supervises:
            raise NotAllowed("发出的公告由主管或经理撤回", needs=["supervisor", "manager"])
        if notice.state is NS.WITHDRAWN:
            return notice
        if notice.state is NS.ARCHIVED:
            raise Illegal("公告已经过期归档", state=notice.state.value)
        if not reason.strip():
            raise Incomplete("请写下撤回的原因", missing=["reason"])
        now = self._clock.now()
        running = notice.state in RUNNING
        if running:
            await self._sending.plan_withdrawal(notice)
        changes: dict[str, Any] = {"state": NS.WITHDRAWN, "ended_at": now, "changed_at": now}
        if running and correct:
            changes["correction"] = reason.strip()
        gone = await self._stores.notices.change(notice, changes, self._event(notice.id, "withdrawn", by, reason))
        if running:
            await self._sending.take_back(gone)
            gone = await self._sending.count(gone)
        await self.refresh()
        return gone

    # ---- looking ----

    async def get(self, number: str, by: Actor) -> Notice:
        """One notice, if this colleague may see it; raises NotFound."""
        notice = await self._stores.notices.by_number(number)
        if not visible(notice, by):
            raise NotFound(number)
        return notice

    async def preview(self, wording: Wording, by: Actor) -> Reach:
        """Whom it would reach, and by which way."""
        self._may_write(wording.estate_id, wording.audience, by)
        await self._audiences.check(wording.estate_id, wording.audience)
        return await self._audiences.reach(wording.estate_id, wording.audience)

    def drafted(self, wording: Wording) -> Notice:
        """As it would be stored, for a preview of its words."""
        now = self._clock.now()
        day = now.astimezone(self._rules.of(wording.estate_id).zone).date()
        return Notice(id="", number=f"N{day:%Y%m%d}-…", created_at=now, changed_at=now, **self._checked(wording))

    # ---- what is planned, without a store operation ----

    async def refresh(self) -> None:
        """Read what is in force; runs in the background every few seconds."""
        found = [one for one in await self._stores.notices.in_force() if one.outage is not None]
        self._outages = tuple(sorted(found, key=lambda one: one.outage.starts_at if one.outage else one.created_at))

    def by_id(self, ids: Collection[str | None]) -> Notice | None:
        """One of these outages, while it is in force."""
        return next((one for one in self._outages if one.id in ids), None)

    def outage(
        self, estate_id: str, room_id: str | None, supply: str, *, since: datetime, until: datetime
    ) -> Notice | None:
        """The first approved outage of this supply at this home between these times."""
        for notice in self._outages:
            outage = notice.outage
            if outage is None or outage.supply != supply or notice.estate_id != estate_id:
                continue
            if outage.starts_at < until and outage.ends_at > since and hits(notice, room_id):
                return notice
        return None

    # ---- inside ----

    def _may_write(self, estate_id: str, audience: Audience, by: Actor) -> None:
        if by.role not in WRITES:
            raise NotAllowed("公告由前台、主管和经理来写", needs=[role.value for role in WRITES])
        if not by.in_scope(estate_id) or estate_id not in {estate.id for estate in self._rules.estates}:
            raise NotFound(estate_id)
        touched = buildings_of(audience)
        if by.buildings and (touched is None or touched - set(by.buildings)):
            raise NotAllowed("只能发给您负责的楼栋", buildings=list(by.buildings))

    def _checked(self, wording: Wording) -> dict[str, Any]:
        """The fields of a notice; refuses what no notice may say, also in a draft."""
        values = {one.name: getattr(wording, one.name) for one in fields(wording)}
        for name, most in (("title", MOST_TITLE), ("body", MOST_BODY), ("signature", MOST_SIGNATURE)):
            values[name] = str(values[name]).strip()
            if len(values[name]) > most:
                raise Incomplete("太长了，一条消息放不下", **{name: most})
        if not values["title"]:
            raise Incomplete("请写标题", missing=["title"])
        if values["unreached"] not in ("", "note", "call"):
            raise Incomplete("送不到的住户：贴通知或打电话", unreached=["note", "call"])
        values["unreached"] = values["unreached"] or ("call" if wording.kind is NoticeKind.EMERGENCY else "note")
        for name in ("valid_from", "valid_to", "send_at"):
            values[name] = to_millis(values[name]) if values[name] else None
        outage = wording.outage
        if outage is not None:
            if outage.supply not in OFF:
                raise Incomplete("请选停什么", supply=list(OFF))
            if outage.ends_at <= outage.starts_at:
                raise Incomplete("停用的结束时间要在开始之后", outage="ends_at")
        if values["valid_from"] and values["valid_to"] and values["valid_to"] <= values["valid_from"]:
            raise Incomplete("有效期的结束要在开始之后", valid_to="before valid_from")
        return values

    async def _complete(self, notice: Notice) -> None:
        """Everything that it needs before somebody else may look at it."""
        now = self._clock.now()
        if notice.kind is NoticeKind.OUTAGE and notice.outage is None:
            raise Incomplete("停水停电的公告要写明停什么、几点到几点", missing=["outage"])
        if not notice.body and notice.kind is not NoticeKind.OUTAGE:
            raise Incomplete("请写正文", missing=["body"])
        last = notice.valid_to or self._until(notice)
        if last <= max(now, notice.send_at or now):
            raise Incomplete("发出时已经过了有效期", valid_to=last.isoformat())
        if last > now + LONGEST:
            raise Incomplete("有效期最长一年", valid_to=last.isoformat())
        if notice.outage is not None and notice.outage.ends_at <= now:
            raise Incomplete("停用的时间已经过去了", outage=notice.outage.ends_at.isoformat())
        await self._audiences.check(notice.estate_id, notice.audience)
        if notice.outage is not None and notice.outage.buildings:
            places = Audience(scope="buildings", places=notice.outage.buildings)
            await self._audiences.check(notice.estate_id, places)

    def _until(self, notice: Notice) -> datetime:
        """Until when it holds when nobody said so."""
        if notice.outage is not None:
            return notice.outage.ends_at
        return (notice.send_at or notice.valid_from or self._clock.now()) + VALID_FOR

    async def _number(self, estate_id: str) -> str:
        day = self._clock.now().astimezone(self._rules.of(estate_id).zone).date()
        return f"N{day:%Y%m%d}-{await self._stores.counters.next('N', day):04d}"

    def _event(self, notice_id: str, kind: str, by: Actor, note: str = "") -> NoticeEvent:
        return NoticeEvent(id=self._ids.new(), at=self._clock.now(), by=by.tag, kind=kind, note=note.strip()[:300])


def visible(notice: Notice, by: Actor) -> bool:
    """Whether a colleague may see this notice: their estates, and something of it in their buildings."""
    if by.kind == "staff" and by.role not in WRITES:
        return False
    if not by.in_scope(notice.estate_id):
        return False
    touched = buildings_of(notice.audience)
    return not by.buildings or touched is None or bool(touched & set(by.buildings))


def open_steps(notice: Notice, by: Actor) -> list[str]:
    """What this colleague may do with it now: edit, submit, return, approve, withdraw."""
    writes, mine, approves = by.role in WRITES, by.tag in notice.writers, by.role in APPROVES
    steps = []
    if notice.state is NS.DRAFT and writes:
        steps += ["edit", "submit"]
    if notice.state is NS.SUBMITTED:
        steps += ["return"] if mine or approves else []
        steps += ["approve"] if approves and (not mine or notice.kind is NoticeKind.EMERGENCY) else []
    if (by.supervises and notice.state in (*OPEN, *RUNNING)) or (mine and notice.state in OPEN):
        steps.append("withdraw")
    return steps


def hits(notice: Notice, room_id: str | None) -> bool:
    """Whether its outage is at this home; somebody without a home is told of those of the whole estate."""
    outage = notice.outage
    if outage is not None and outage.buildings:
        return room_id is not None and covers(Audience(scope="buildings", places=outage.buildings), room_id)
    if notice.audience.scope == "all":
        return True
    return room_id is not None and covers(notice.audience, room_id)


def _only(notice: Notice, state: NoticeState) -> None:
    if notice.state is not state:
        raise Illegal("公告现在不能这样改", state=notice.state.value)


def _seen(notice: Notice, version: int) -> None:
    if notice.version != version:
        raise Conflict(notice.number, notice)
