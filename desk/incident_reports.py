"""Reports of one event: compared as tickets are opened, proposed as an incident, joined to it, and weighed.

A supervisor decides about it in ``incidents.py``. Nothing here costs more for the hundredth report than for the third.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.actors import SYSTEM
from desk.alike import OUTAGES, Group, group_of
from desk.incident_news import IncidentNews
from desk.problems import Telling
from desk.rulebook import Rulebook
from desk.severity import Severity
from desk.timers import Schedule
from desk.untold import timer_of
from store.clock import Clock
from store.errors import Duplicate
from store.ids import derived
from store.incidents import ALIVE, MOST_MEMBERS, Incident, IncidentState, Member
from store.stores import Stores
from store.tickets import Category, Ticket

log = logging.getLogger(__name__)

IS = IncidentState
LONGEST_LIFE = timedelta(days=60)
"""After so long an incident takes no more reports; nor does a proposal that nobody ever decided."""
MOST_LOOKED_AT = 300
"""So many tickets of the window are compared: an event of that size has long been seen."""


class Reports:
    """Knows which tickets are reports of one event."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        timers: Schedule,
        telling: Telling,
        severity: Severity,
        news: IncidentNews,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._timers = timers
        self._telling = telling
        self._severity = severity
        self._news = news
        self._clock = clock

    async def consider(self, ticket: Ticket) -> Incident | None:
        """The incident that this ticket belongs to, proposed or joined; None: it is alone. Again: the same."""
        group = group_of(ticket)
        if group is None or not ticket.is_open:
            return None
        now = self._clock.now()
        alive = [one for one in await self._stores.incidents.alive(since=now - LONGEST_LIFE) if fits(one, group)]
        settings = self._rules.of(ticket.estate_id).settings.incidents
        known = next((one for one in alive if now - one.changed_at <= settings.joins_for), None)
        if known is not None:
            told = any(link.get("kind") == "incident" and link.get("id") == known.id for link in ticket.links)
            return await self.join(known, [ticket], told=told)
        since = max(now - settings.within, await self._dismissed_at(group, now - settings.within))
        recent = await self._alike(group, since, now, ticket)
        people = {one.owner_id or one.id for one in recent}
        if len(people) < settings.reports:
            return None
        return await self._propose(group, recent, f"{len(people)} 位业主反映同一件事")

    async def _alike(self, group: Group, since: datetime, now: datetime, new: Ticket) -> list[Ticket]:
        """Open tickets of this group since then, and the new one, the oldest first."""
        rows = await self._stores.tickets.listed(
            estates=[group.estate_id],
            category=group.category or None,
            before=now + timedelta(seconds=1),
            since=since,
            limit=MOST_LOOKED_AT,
        )
        found = [row for row in rows if row.is_open and row.id != new.id and _same(group_of(row), group)]
        if new.opened_at >= since:
            found.append(new)
        return sorted(found, key=lambda row: (row.opened_at, row.number))

    async def _dismissed_at(self, group: Group, since: datetime) -> datetime:
        """Reports from before a supervisor said "no" count no more."""
        said_no = await self._stores.incidents.listed(
            IS.DISMISSED, before=self._clock.now() + timedelta(seconds=1), since=since, limit=50
        )
        times = [one.changed_at for one in said_no if fits(one, group)]
        return max(times) + timedelta(milliseconds=1) if times else since

    async def _propose(self, group: Group, tickets: Sequence[Ticket], why: str) -> Incident:
        now = self._clock.now()
        id = derived(f"{group.key}|{tickets[0].id}", "incident")
        place = f"{group.building} 栋" if group.building else ""
        incident = Incident(
            id=id,
            number=await self.number(group.estate_id),
            estate_id=group.estate_id,
            building=group.building,
            category=group.category,
            subject=group.subject,
            title=f"{place}{group.name}",
            urgent=any(ticket.urgent for ticket in tickets),
            members=tuple(member_of(ticket) for ticket in tickets),
            created_at=now,
            created_by=SYSTEM.tag,
            changed_at=now,
        )
        try:
            await self._stores.incidents.add(incident)
        except Duplicate:
            incident = await self._stores.incidents.get(id)
        said = f"{incident.title}：{why}，是不是同一件事？请主管确认（{incident.number}）"
        await self._telling.supervisors(
            None, said, key=f"incident:{id}:proposed", estate_id=group.estate_id, kind="incident_proposed"
        )
        await self.weigh(incident, incident.members)
        return incident

    async def join(self, incident: Incident, tickets: Sequence[Ticket], *, told: bool) -> Incident:
        """These belong to it; whoever comes after it was confirmed is told what is known. Again: the same."""
        late = self._clock.now() if incident.state is IS.CONFIRMED else None
        members = [member_of(ticket, told=told, joined_at=late) for ticket in tickets]
        new = await self._stores.incidents.join(incident.id, members)
        current = await self._stores.incidents.get(incident.id)
        stored = {member.ticket_id: member for member in current.members}
        if left_out := [ticket.number for ticket in tickets if ticket.id not in stored]:
            log.error("incident %s is full with %s reports: %s", incident.number, MOST_MEMBERS, ", ".join(left_out))
        if current.state not in ALIVE:
            # Decided in this very moment, without this report: it is looked at by itself.
            for member in members if new else ():
                await self._stores.incidents.leave(current.id, member.ticket_id)
            return await self._stores.incidents.get(current.id)
        if current.state is IS.CONFIRMED:
            # As it is stored: who was in it before is told with the others.
            for ticket in tickets:
                if ticket.id in stored:
                    await self._news.welcome(current, ticket, stored[ticket.id])
            if late is None and new:
                await self._tell_on(current)
        if new:
            joined = {ticket.id for ticket in tickets}
            await self.weigh(current, [member for member in current.members if member.ticket_id in joined])
        return current

    async def _tell_on(self, incident: Incident) -> None:
        """It was confirmed while these joined: they may stand behind what was told already."""
        now = self._clock.now()
        for update in incident.updates:
            data = {"incident": incident.id, "update": update.id, "at": update.at.isoformat()}
            await self._timers.plan_again(timer_of(update), "incident_tell", now, None, data)

    async def weigh(self, incident: Incident, came: Sequence[Member]) -> None:
        """How grave so many reports are. A complaint among them is proposed as such once: when the event becomes grave
        (all of them), or when it joins (itself), not at every further report.
        """
        settings = self._rules.of(incident.estate_id).settings
        people = len(incident.people)
        reasons = []
        if people >= settings.complaints.owners_for_major:
            reasons.append(f"{people} 位业主反映同一件事")
        outage = incident.subject in OUTAGES and people >= settings.incidents.outage_homes
        if outage:
            reasons.append("突发大面积停用")
        if not reasons or tuple(reasons) == incident.reasons:
            return
        graver = len(reasons) > len(incident.reasons)
        complaints = [
            member
            for member in (incident.members if graver else came)
            if member.number.startswith(Category.COMPLAINT.letter)
        ]
        for member in complaints:
            key = f"incident:{incident.id}:{len(reasons)}"
            await self._severity.reconsider(member.ticket_id, key=key, owners=people, outage=outage, tell=False)
        if graver:
            said = f"{incident.title}：{'；'.join(reasons)}（{incident.number}"
            said += f"，其中投诉 {len(complaints)} 件，建议定为重大，请主管定级）" if complaints else "）"
            await self._telling.supervisors(
                None,
                said,
                key=f"incident:{incident.id}:grave:{len(reasons)}",
                estate_id=incident.estate_id,
                kind="incident_grave",
            )
        # Last: whoever dies before is repeated by the next report.
        await self._stores.incidents.set(incident.id, {"severity": "major", "reasons": reasons})

    async def number(self, estate_id: str) -> str:
        """The next number of an incident."""
        day = self._clock.now().astimezone(self._rules.of(estate_id).zone).date()
        return f"E{day:%Y%m%d}-{await self._stores.counters.next('E', day):04d}"


def member_of(ticket: Ticket, *, told: bool = False, joined_at: datetime | None = None) -> Member:
    """A ticket as a member."""
    return Member(
        ticket_id=ticket.id,
        number=ticket.number,
        person_id=ticket.owner_id,
        room_id=ticket.room_id,
        at=ticket.opened_at,
        told=told,
        joined_at=joined_at,
    )


def fits(incident: Incident, group: Group) -> bool:
    """Whether a report of this group is about this incident; one without a building is of the whole estate."""
    return (
        incident.estate_id == group.estate_id
        and incident.subject == group.subject
        and incident.category in ("", group.category)
        and incident.building in ("", group.building)
    )


def _same(one: Group | None, other: Group) -> bool:
    return one is not None and one.key == other.key
