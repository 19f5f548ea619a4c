"""The ladder: who is told when a ticket does not move, so that none is forgotten, also one that nobody has.

Each rung is due at a time that follows from the ticket alone, has an id made of the ticket and that time, and stands on
the timeline once, whatever is restarted or run twice. A ticket has one timer: the time of its next rung.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import SYSTEM
from desk.alerts import Alerts
from desk.deadlines import WATCHED, DueName, row_for
from desk.dispatch import about
from desk.due_why import DUE_NAMES
from desk.rulebook import Rulebook, Rules
from desk.shifts import Roster
from desk.timers import Schedule
from desk.wording import say_duration, say_time
from store.clock import Clock
from store.ids import derived
from store.staff import Role, Staff
from store.stores import Stores
from store.tickets import Event, State, Ticket
from store.timers import Timer

LADDER = "ladder"
EVENT = "escalated"
MOST_RINGING = 500


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: what is said to whom when. ``name``: warn | remind | supervisor | repeat | breach."""

    name: str
    target: DueName
    at: datetime
    by: datetime
    """The due time that it is about."""
    number: int = 0

    def id(self, ticket: Ticket) -> str:
        """Of its row on the timeline; another due time makes it another rung."""
        return derived(ticket.id, f"{LADDER}:{self.name}:{self.target}:{self.by.isoformat()}", self.number)


class Escalation:
    """Climbs the ladder."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        roster: Roster,
        alerts: Alerts,
        timers: Schedule,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._roster = roster
        self._alerts = alerts
        self._timers = timers
        self._clock = clock
        timers.on(LADDER, self._climb)

    async def follow(self, ticket: Ticket, event: Event) -> None:
        """A change of a ticket: its next rung may be another one now."""
        await self.plan(ticket)

    async def plan(self, ticket: Ticket) -> datetime | None:
        """Plan the next rung; to be called when due times were changed by other ways than a change of the ticket."""
        now = self._clock.now()
        at = next_at(ticket, self._rules.of(ticket.estate_id), now)
        if at is not None:
            await self._timers.plan_again(f"{LADDER}:{ticket.id}", LADDER, at, ticket.id)
        elif ticket.version or not ticket.is_open:
            await self._timers.cancel(ticket.id, LADDER)
        return at

    async def ring_on(self) -> None:
        """The clock was put back: urgent tickets that nobody has ring from now on, not from a time that is to come."""
        now = self._clock.now()
        waiting = await self._stores.tickets.listed(
            state=State.NEW.value,
            before=now + timedelta(days=400),
            since=now - timedelta(days=800),
            limit=MOST_RINGING,
        )
        for row in waiting:
            if row.urgent:
                await self.plan(await self._stores.tickets.get(row.id))

    async def _climb(self, timer: Timer) -> datetime | None:
        ticket = await self._stores.tickets.get(str(timer.ticket_id))
        rules = self._rules.of(ticket.estate_id)
        now = self._clock.now()
        for rung in due_now(ticket, rules, now):
            ticket = await self._take(rung, ticket, rules, now)
        at = next_at(ticket, rules, now)
        # A timeline that is full takes no more rows: the ticket is looked at slowly then, not all the time.
        return at if at is None or at > now else now + rules.settings.ladder.repeat_slowly

    async def _take(self, rung: Rung, ticket: Ticket, rules: Rules, now: datetime) -> Ticket:
        """Tell whoever it is for, and put it on the timeline; gives the ticket with it."""
        to = await self._whom(rung, ticket, rules, now)
        text = said(rung, ticket, rules, now)
        id = rung.id(ticket)
        names = "、".join(one.name for one in to) or "没有人可通知"
        event = Event(
            id=id,
            at=now,
            by=SYSTEM.tag,
            kind=EVENT,
            note=f"{text}(已通知:{names})",
            data={"step": rung.name, "target": rung.target, "due": rung.by, "to": [one.id for one in to]},
        )
        # The alert first, under the rung's id: if the worker dies in between, the next one finds the rung not taken,
        # and who was told already is not told again.
        urgent = ticket.urgent or (rung.name == "breach" and ticket.severity == "major")
        await self._alerts.raise_(id, rung.name, text, to, ticket=ticket, urgent=urgent)
        if await self._stores.tickets.append(ticket.id, "events", event):
            return ticket.model_copy(update={"events": (*ticket.events, event)})
        return await self._stores.tickets.get(ticket.id)

    async def _whom(self, rung: Rung, ticket: Ticket, rules: Rules, now: datetime) -> list[Staff]:
        people: list[Staff] = []
        if rung.name in ("warn", "remind", "repeat"):
            people += [one for one in await self._roster.doers(ticket, now, rules) if one.id not in ticket.about]
        late = rung.name == "repeat" and ticket.due.supervisor_by is not None and ticket.due.supervisor_by <= now
        if rung.name in ("supervisor", "breach") or late or not people:
            people += await self._roster.leaders(ticket, Role.SUPERVISOR)
        if rung.name == "breach":
            people += await self._roster.leaders(ticket, Role.MANAGER)
        return list({one.id: one for one in people}.values())


# -- which rungs there are ---------------------------------------------------------------------------------------------


def rungs(ticket: Ticket, rules: Rules, now: datetime) -> Iterator[Rung]:
    """All rungs of a ticket in the state it is in, also those that are over or taken."""
    due = ticket.due
    for target in WATCHED.get(ticket.state.value, ()):
        by = getattr(due, f"{target}_by")
        if by is None or by <= ticket.opened_at:
            continue  # what is due at once was done by the answer
        if (warn := warn_at(ticket, target, by, rules)) is not None:
            yield Rung("warn", target, warn, by)
        yield Rung("remind" if target == "accept" else "breach", target, by, by)
    if ticket.state is State.IN_PROGRESS and ticket.progress == "on_the_way" and due.on_site_by is not None:
        yield Rung("breach", "on_site", due.on_site_by, due.on_site_by)
    if ticket.state is State.NEW and due.accept_by is not None:
        if due.supervisor_by is not None:
            yield Rung("supervisor", "accept", due.supervisor_by, due.accept_by)
        if ticket.urgent:
            yield _repeat(ticket, due.accept_by, rules, now)


def warn_at(ticket: Ticket, target: DueName, by: datetime, rules: Rules) -> datetime | None:
    """When somebody is told that a target comes near; None when it was set too short before for that."""
    row = row_for(
        ticket.category.letter, urgent=ticket.urgent, severity=ticket.severity, table=rules.settings.deadlines
    )
    term = getattr(row, target)
    settings = rules.settings.ladder
    before: timedelta = getattr(settings.warn_urgent if ticket.urgent else settings.warn, target)
    if not before:
        return None
    at = by - before if term is not None and term.by == "wall" else rules.calendar.subtract(by, before)
    return at if at > ticket.opened_at else None


def _repeat(ticket: Ticket, accept_by: datetime, rules: Rules, now: datetime) -> Rung:
    """The next ringing of an urgent ticket: counted from the last one, so that a clock that jumps rings once."""
    settings = rules.settings.ladder
    rung = [e for e in ticket.events if e.kind == EVENT and e.data.get("step") in ("remind", "repeat", "supervisor")]
    mine = [event for event in rung if event.data.get("due") == accept_by]
    count = sum(event.data.get("step") == "repeat" for event in mine)
    every = settings.repeat_every if count < settings.repeats else settings.repeat_slowly
    # What was rung at a time that is still to come was rung before the clock was put back: it must not keep it silent.
    last = max((event.at for event in mine if event.at <= now), default=accept_by)
    return Rung("repeat", "accept", last + every, accept_by, count)


def due_now(ticket: Ticket, rules: Rules, now: datetime) -> list[Rung]:
    """The rungs to take now, in order. A warning is worth nothing once its target itself is over."""
    taken = {event.id for event in ticket.events}
    found = [
        rung
        for rung in rungs(ticket, rules, now)
        if rung.at <= now and rung.id(ticket) not in taken and not (rung.name == "warn" and rung.by <= now)
    ]
    names = {rung.name for rung in found}
    # After a long stand-still one ring is enough.
    return sorted((r for r in found if r.name != "repeat" or not names & {"remind", "supervisor"}), key=lambda r: r.at)


def next_at(ticket: Ticket, rules: Rules, now: datetime) -> datetime | None:
    """When to look at the ticket again; None: nothing is due any more in this state."""
    taken = {event.id for event in ticket.events if event.kind == EVENT}
    left = [
        rung.at
        for rung in rungs(ticket, rules, now)
        if not (rung.name == "warn" and rung.by <= now) and not (taken and rung.id(ticket) in taken)
    ]
    return min(left, default=None)


def said(rung: Rung, ticket: Ticket, rules: Rules, now: datetime) -> str:
    """What colleagues read."""
    what, matter = DUE_NAMES[f"{rung.target}_by"], about(ticket)
    waited = say_duration(now - ticket.opened_at)
    if rung.name == "warn":
        return f"【快到时限】{matter},{what}时限 {say_time(rung.by, now, rules.zone)}"
    if rung.name == "remind":
        return f"【催接单】{matter},还没有人接单,已等 {waited}"
    if rung.name == "repeat":
        return f"【催接单】{matter},还没有人接单,已等 {waited},请马上接单"
    if rung.name == "supervisor":
        return f"【无人接单】{matter},已等 {waited},请主管安排"
    return f"【超时】{matter},{what}时限 {say_time(rung.by, now, rules.zone)} 已过"
