"""Incidents: one event that hit many homes. Alike reports propose one; a supervisor confirms, dismisses or makes it.

From then on it is the parent of its members' tickets: what a colleague says once goes to everybody once, whoever
reports it later is answered at once and joins, and closing it resolves all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from desk.actors import Actor
from desk.alike import Group, group_of
from desk.effects import Effects
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.incident_news import IncidentNews
from desk.incident_reports import LONGEST_LIFE, Reports, fits, member_of
from desk.rulebook import Rulebook
from desk.scope import building_of
from desk.timers import Schedule
from desk.wording import shorten
from store.clock import Clock, to_millis
from store.errors import Conflict, Duplicate, NotFound
from store.ids import Ids, derived
from store.incidents import Incident, IncidentState, Update
from store.staff import Role
from store.stores import Stores
from store.tickets import Event, Ticket

log = logging.getLogger(__name__)

IS = IncidentState


class Incidents:
    """Decides, tells all members, and knows what is going on for whoever reports it now."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        effects: Effects,
        timers: Schedule,
        reports: Reports,
        news: IncidentNews,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._timers = timers
        self._reports = reports
        self._news = news
        self._clock = clock
        self._ids = ids
        self._alive: tuple[Incident, ...] = ()
        timers.on("incident_tell", news.tell)
        effects.follow(self._opened)

    # ---- what is going on, without a store operation ----

    async def refresh(self) -> None:
        """Read what is going on; runs in the background every few seconds."""
        self._alive = tuple(await self._stores.incidents.alive(since=self._clock.now() - LONGEST_LIFE))

    def going_on(self, group: Group | None) -> Incident | None:
        """The confirmed incident that a report of this group belongs to."""
        if group is None:
            return None
        joins = self._rules.of(group.estate_id).settings.incidents.joins_for
        for incident in self._alive:
            fresh = self._clock.now() - incident.changed_at <= joins
            if incident.state is IS.CONFIRMED and fresh and fits(incident, group):
                return incident
        return None

    def by_id(self, ids: Collection[str | None]) -> Incident | None:
        """One of these, while it goes on."""
        return next((one for one in self._alive if one.id in ids and one.state is IS.CONFIRMED), None)

    def of_ticket(self, ticket_id: str) -> Incident | None:
        """The confirmed incident that this ticket is a member of."""
        for incident in self._alive:
            if incident.state is IS.CONFIRMED and any(member.ticket_id == ticket_id for member in incident.members):
                return incident
        return None

    async def consider(self, ticket: Ticket) -> Incident | None:
        """The incident that this ticket belongs to, proposed or joined; None: it is alone. Again: the same."""
        incident = await self._reports.consider(ticket)
        if incident is not None and incident.state is IS.CONFIRMED:
            await self.refresh()
        return incident

    async def _opened(self, ticket: Ticket, event: Event) -> None:
        """A new ticket: it joins what is going on, or is compared with what others reported lately."""
        if event.kind == "opened":
            await self.consider(ticket)

    # ---- deciding ----

    async def make(
        self, tickets: Sequence[Ticket], by: Actor, *, title: str = "", building: str | None = None, key: str = ""
    ) -> Incident:
        """An incident by hand of these tickets, proposed first; ``confirm`` it as any other."""
        _supervises(by)
        if not tickets:
            raise Incomplete("至少要有一张单", missing=["tickets"])
        if len({ticket.estate_id for ticket in tickets}) > 1:
            raise Incomplete("要在同一个小区", tickets="several estates")
        for ticket in tickets:
            if not ticket.is_open:
                raise Illegal("已经结束的单不能并进来", number=ticket.number)
        group = group_of(tickets[0])
        now = self._clock.now()
        place = building if building is not None else building_of(tickets[0])
        subject = group.subject if group else shorten(tickets[0].title, 20)
        incident = Incident(
            id=derived(key, "incident") if key else self._ids.new(),
            number=await self._reports.number(tickets[0].estate_id),
            estate_id=tickets[0].estate_id,
            building=place,
            category=group.category if group else tickets[0].category.value,
            subject=subject,
            title=title.strip() or (f"{place} 栋{group.name}" if group and place else group.name if group else subject),
            urgent=any(ticket.urgent for ticket in tickets),
            members=tuple(member_of(ticket) for ticket in tickets),
            created_at=now,
            created_by=by.tag,
            changed_at=now,
        )
        try:
            await self._stores.incidents.add(incident)
        except Duplicate:
            return await self._stores.incidents.get(incident.id)
        await self._reports.weigh(incident, incident.members)
        return await self._stores.incidents.get(incident.id)

    async def get(self, number: str, actor: Actor) -> Incident:
        """One incident, if this colleague may see it; raises NotFound otherwise."""
        incident = await self._stores.incidents.by_number(number)
        if not actor.in_scope(incident.estate_id, incident.building):
            raise NotFound(number)
        return incident

    async def confirm(
        self,
        incident: Incident,
        by: Actor,
        *,
        text: str = "",
        title: str = "",
        expected_at: datetime | None = None,
        key: str = "",
    ) -> Incident:
        """It is one event: all members hear that it is known, and by when it is expected to be mended."""
        _supervises(by)
        changes: dict[str, Any] = {"decided_by": by.tag}
        if title.strip():
            changes["title"] = title.strip()
        return await self._say(
            incident, IS.CONFIRMED, "acknowledged", text, by, expected_at, key, was=IS.PROPOSED, changes=changes
        )

    async def dismiss(self, incident: Incident, by: Actor, reason: str) -> Incident:
        """They are separate matters: nothing is said to anybody, and the same reports propose nothing again."""
        _supervises(by)
        if incident.state is IS.DISMISSED:
            return incident
        if incident.state is not IS.PROPOSED:
            raise Illegal("已经确认的事件不能撤,可以结束", state=incident.state.value)
        changes = {"state": IS.DISMISSED, "decided_by": by.tag, "reason": reason, "changed_at": self._clock.now()}
        dismissed = await self._stores.incidents.change(incident, changes)
        await self.refresh()
        return dismissed

    async def update(
        self, incident: Incident, text: str, by: Actor, *, expected_at: datetime | None = None, key: str = ""
    ) -> Incident:
        """One word to all members."""
        _at_the_desk(by)
        if not text.strip() and expected_at is None:
            raise Incomplete("请写下进展或新的预计时间", missing=["text"])
        return await self._say(incident, IS.CONFIRMED, "update", text, by, expected_at, key, was=IS.CONFIRMED)

    async def close(self, incident: Incident, text: str, by: Actor, *, key: str = "") -> Incident:
        """It is over: all members hear so, and their tickets are resolved; the revisit follows within 48 hours."""
        _supervises(by)
        if not text.strip():
            raise Incomplete("请写下处理结果", missing=["text"])
        changes = {"closed_at": self._clock.now()}
        return await self._say(incident, IS.CLOSED, "closed", text, by, None, key, was=IS.CONFIRMED, changes=changes)

    async def add(self, incident: Incident, tickets: Sequence[Ticket], by: Actor) -> Incident:
        """These belong to it too."""
        _at_the_desk(by)
        if incident.state not in (IS.PROPOSED, IS.CONFIRMED):
            raise Illegal("事件已经结束", state=incident.state.value)
        joined = await self._reports.join(incident, [one for one in tickets if one.is_open], told=False)
        await self.refresh()
        return joined

    async def remove(self, incident: Incident, ticket: Ticket, by: Actor) -> Incident:
        """This one is something else."""
        _at_the_desk(by)
        current = await self._stores.incidents.get(incident.id)
        # What is being told right now goes by places in the list, which move: it begins anew, nobody hears it twice.
        told = current.progress
        telling = [one.id for one in current.updates if told.get(one.id, 0) < len(current.members)]
        if await self._stores.incidents.leave(incident.id, ticket.id, again=telling):
            await self._news.unlinked(incident, ticket, by)
        await self.refresh()
        return await self._stores.incidents.get(incident.id)

    # ---- inside ----

    async def _say(
        self,
        incident: Incident,
        to: IncidentState,
        kind: str,
        text: str,
        by: Actor,
        expected_at: datetime | None,
        key: str,
        *,
        was: IncidentState,
        changes: dict[str, Any] | None = None,
    ) -> Incident:
        """Write what is said; a worker tells it to all members, however many, and whoever dies meanwhile."""
        id = derived(key, f"incident:{kind}") if key else self._ids.new()
        if any(update.id == id for update in incident.updates):
            return incident
        if incident.state is not was:
            raise Illegal("这一步现在不能做", state=incident.state.value)
        now = self._clock.now()
        if expected_at is not None and expected_at <= now:
            raise Incomplete("预计时间要在现在之后", expected_at=expected_at.isoformat())
        expected = to_millis(expected_at) if expected_at else incident.expected_at if kind == "update" else None
        said = Update(id=id, at=now, by=by.tag, kind=kind, text=text.strip(), expected_at=expected)
        shown = incident.model_copy(update={**(changes or {}), "expected_at": expected})
        said = said.model_copy(update={"owner_text": self._news.words(shown, said)})
        values = {**(changes or {}), "state": to, "expected_at": expected, "changed_at": now, "unfinished": True}
        # Planned first: a timer without its update does nothing, an update without its timer would be told to nobody.
        data = {"incident": incident.id, "update": id, "at": now.isoformat()}
        await self._timers.plan(f"incident_tell:{id}", "incident_tell", now, None, data)
        try:
            changed = await self._stores.incidents.change(incident, values, said)
        except Conflict as lost:
            if isinstance(lost.current, Incident) and any(update.id == id for update in lost.current.updates):
                return lost.current
            raise
        await self.refresh()
        return changed


def _supervises(by: Actor) -> None:
    if not by.supervises:
        raise NotAllowed("事件由主管来定", needs=["supervisor"])


def _at_the_desk(by: Actor) -> None:
    if not by.supervises and by.role is not Role.FRONTDESK:
        raise NotAllowed("这里由前台和主管处理", needs=["frontdesk", "supervisor"])
