"""The rules of the duty log (值班日志): who writes, hands over and signs; what was signed stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.actors import Actor, staff_actor
from desk.due_why import DUE_NAMES
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.lateness import lateness
from desk.live import Live
from desk.rulebook import Rulebook
from desk.scope import visible
from store.clock import Clock
from store.duty import DutyEntry, DutyPoint, DutyState, OpenPoint
from store.errors import Conflict, Duplicate, NotFound
from store.ids import Ids, derived
from store.stores import Stores
from store.tickets import Ticket

KINDS = ("note", "incident", "patrol", "visitor", "key")
MOST_OPEN_POINTS = 50
MOST_PROPOSED = 50


@dataclass(frozen=True, slots=True)
class Proposed:
    """A ticket that a hand-over should name, and why."""

    ticket: Ticket
    late: tuple[str, ...]
    why: str


class Duty:
    """The duty log."""

    def __init__(self, stores: Stores, rules: Rulebook, live: Live, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._rules = rules
        self._live = live
        self._clock = clock
        self._ids = ids

    async def get(self, id: str, actor: Actor) -> DutyEntry:
        """The entry, if it is of the caller's estates; raises NotFound."""
        entry = await self._stores.duty.get(id)
        if not seen_by(entry, actor):
            raise NotFound(id)
        return entry

    async def current(self, actor: Actor, estate: str | None) -> DutyEntry | None:
        """The caller's own entry that is open, or handed over and not signed."""
        mine = [one for one in await self._stores.duty.unsigned() if one.by == actor.tag]
        mine = [one for one in mine if estate is None or one.estate_id == estate]
        return next((one for one in mine if one.state is DutyState.OPEN), mine[0] if mine else None)

    async def open(self, by: Actor, shift: str, estate: str | None) -> DutyEntry:
        """Begin mine; the same shift of the same day is the same entry. Raises Illegal while another is open."""
        estate = estate if estate is not None else self._rules.only_estate
        known = {one.id for one in self._rules.estates}
        if (estate and estate not in known) or not by.in_scope(estate):
            raise Incomplete("没有这个小区", estate=estate)
        if not shift.strip():
            raise Incomplete("请写下是什么班", missing=["shift"])
        now = self._clock.now()
        day = now.astimezone(self._rules.of(estate).zone).date().isoformat()
        id = derived(f"{by.tag}|{estate}|{day}|{shift.strip()}", "duty")
        mine = [one for one in await self._stores.duty.unsigned() if one.by == by.tag and one.estate_id == estate]
        if any(one.state is DutyState.OPEN and one.id != id for one in mine):
            raise Illegal("您还有一班没有交", entry=next(one.id for one in mine if one.state is DutyState.OPEN))
        entry = DutyEntry(id=id, estate_id=estate, shift=shift.strip(), day=day, by=by.tag, opened_at=now)
        try:
            await self._stores.duty.add(entry)
        except Duplicate:
            return await self._stores.duty.get(id)
        await self._told(entry)
        return entry

    async def note(
        self, entry: DutyEntry, text: str, by: Actor, *, kind: str = "note", ticket: str | None = None, key: str = ""
    ) -> DutyEntry:
        """Write down what happened; its writer, until somebody has signed it."""
        if entry.by != by.tag:
            raise NotAllowed("别人的值班日志不能写,可以加批注", needs=["writer"])
        if entry.state is DutyState.SIGNED:
            raise Illegal("已经签收,不能再改", state=entry.state.value)
        point = self._point(entry, text, by, kind, ticket, key)
        if not await self._stores.duty.append(entry, "points", [point]):
            await self._or_conflict(entry, "points", point)
        await self._told(entry)
        return await self._stores.duty.get(entry.id)

    async def remark(self, entry: DutyEntry, text: str, by: Actor, *, key: str = "") -> DutyEntry:
        """A supervisor's word on it, before or after the signature."""
        if not by.supervises:
            raise NotAllowed("批注由主管来写", needs=["supervisor"])
        point = self._point(entry, text, by, "note", None, key)
        if not await self._stores.duty.append(entry, "remarks", [point]):
            await self._or_conflict(entry, "remarks", point)
        await self._told(entry)
        return await self._stores.duty.get(entry.id)

    async def hand_over(
        self, entry: DutyEntry, to: str, points: Sequence[tuple[str, str | None]], by: Actor, *, version: int
    ) -> DutyEntry:
        """To whom, and what is left to look after; can be done again until it is signed."""
        if entry.by != by.tag:
            raise NotAllowed("只能交自己的班", needs=["writer"])
        if entry.state is DutyState.SIGNED:
            raise Illegal("已经签收,不能再改", state=entry.state.value)
        staff = await self._stores.staff.find(to)
        if staff is None or not staff.active or not seen_by(entry, staff_actor(staff)):
            raise Incomplete("没有这位同事,或者不在这个小区", to=to)
        if staff_actor(staff).tag == by.tag:
            raise Incomplete("不能交给自己", to=to)
        if len(points) > MOST_OPEN_POINTS:
            raise Incomplete(f"最多 {MOST_OPEN_POINTS} 项", open_points=len(points))
        left = [
            OpenPoint(id=derived(entry.id, "open_point", i), text=text.strip(), ticket=number)
            for i, (text, number) in enumerate(points)
            if text.strip() or number
        ]
        changes: dict[str, Any] = {
            "state": DutyState.HANDED,
            "handed_to": staff.id,
            "handed_at": self._clock.now(),
            "open_points": [point.model_dump() for point in left],
        }
        return await self._change(entry, changes, version)

    async def sign(self, entry: DutyEntry, by: Actor, *, version: int, remark: str = "", key: str = "") -> DutyEntry:
        """Take it over; from then on nothing of it changes. What is left goes into the signer's own entry."""
        if entry.by == by.tag:
            raise NotAllowed("不能签收自己的班", needs=["somebody_else"])
        if not by.supervises and entry.handed_to != by.id:
            raise NotAllowed("由接班的同事或主管签收", needs=["handed_to", "supervisor"])
        if entry.state is not DutyState.SIGNED:
            if entry.state is not DutyState.HANDED:
                raise Illegal("还没有交班", state=entry.state.value)
            changes: dict[str, Any] = {
                "state": DutyState.SIGNED,
                "signed_by": by.tag,
                "signed_at": self._clock.now(),
            }
            if remark.strip():
                point = self._point(entry, remark, by, "note", None, key)
                changes["remarks"] = [*(one.model_dump() for one in entry.remarks), point.model_dump()]
            entry = await self._change(entry, changes, version)
        elif entry.signed_by != by.tag:
            raise Illegal("已经签收", signed_by=entry.signed_by)
        await self._take_over(entry, by)
        return entry

    async def proposed(self, actor: Actor, estate: str | None) -> list[Proposed]:
        """Open tickets that a hand-over should name: urgent ones, and those that are late."""
        now = self._clock.now()
        found = []
        for row in await self._stores.tickets.all_open():
            if not visible(row, actor) or (estate and row.estate_id != estate):
                continue
            late = lateness(row, now).late
            if row.urgent or late or row.severity == "major":
                why = ["紧急"] if row.urgent else []
                why += ["重大投诉"] if row.severity == "major" else []
                why += [f"{DUE_NAMES[name]}超时" for name in late]
                found.append(Proposed(row, late, "、".join(why)))
        found.sort(key=lambda one: (not one.ticket.urgent, -len(one.late), one.ticket.opened_at))
        return found[:MOST_PROPOSED]

    # ---- inside ----

    def _point(self, entry: DutyEntry, text: str, by: Actor, kind: str, ticket: str | None, key: str) -> DutyPoint:
        if not text.strip():
            raise Incomplete("请写下内容", missing=["text"])
        id = derived(key, f"duty:{entry.id}") if key else self._ids.new()
        return DutyPoint(id=id, at=self._clock.now(), by=by.tag, text=text.strip(), kind=kind, ticket=ticket)

    async def _or_conflict(self, entry: DutyEntry, field: str, point: DutyPoint) -> None:
        """A point that was not written: it is there already (a replay), or the entry was signed meanwhile."""
        current = await self._stores.duty.get(entry.id)
        if not any(one.id == point.id for one in getattr(current, field)):
            raise Conflict(entry.id)

    async def _change(self, entry: DutyEntry, changes: dict[str, Any], version: int) -> DutyEntry:
        if version != entry.version:
            raise Conflict(entry.id)
        changed = await self._stores.duty.change(entry, changes)
        if changed is None:
            raise Conflict(entry.id)
        await self._told(changed)
        return changed

    async def _take_over(self, entry: DutyEntry, by: Actor) -> None:
        mine = await self.current(by, entry.estate_id)
        if mine is None or mine.state is not DutyState.OPEN or not entry.open_points:
            return
        now: datetime = self._clock.now()
        points = [
            DutyPoint(
                id=derived(point.id, "taken_over"),
                at=now,
                by=by.tag,
                text=point.text,
                kind="taken_over",
                ticket=point.ticket,
            )
            for point in entry.open_points
        ]
        await self._stores.duty.append(mine, "points", points)
        await self._told(mine)

    async def _told(self, entry: DutyEntry) -> None:
        await self._live.tell("duty", entry.id, estate_id=entry.estate_id)


def seen_by(entry: DutyEntry, actor: Actor) -> bool:
    """Whether an entry is of the colleague's estates."""
    return not entry.estate_id or actor.in_scope(entry.estate_id)
