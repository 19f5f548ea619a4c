"""Who could take a ticket, and what everybody has: load, cap, shift. One reading of what is open serves all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import Actor, staff_actor
from desk.rulebook import Rulebook
from desk.shifts import Roster, fits, team_calendar
from store.clock import Clock
from store.staff import Role, Staff
from store.stores import Stores
from store.teams import Team
from store.tickets import Category, Ticket

KEPT = timedelta(seconds=3)
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague beside a ticket or on the board."""

    staff: Staff
    teams: tuple[Team, ...]
    load: int
    """Open orders."""
    cap: int
    on_shift: bool
    until: datetime | None = None
    """When their shift ends, where there is a rota."""
    why_not: str = ""
    """Why a ticket cannot go to them; empty: it can."""


class Workload:
    """Reads who has what."""

    def __init__(self, stores: Stores, rules: Rulebook, roster: Roster, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._roster = roster
        self._clock = clock
        self._loads: Counter[str] = Counter()
        self._read_at: datetime | None = None

    async def people(self, actor: Actor, estate_id: str = "") -> list[Person]:
        """Every colleague in the caller's estates (or this one), with load, cap and shift."""
        mine = {estate_id} if estate_id else set(actor.estates)
        everybody = [
            one for one in await self._roster.active() if not mine or not one.estates or mine & set(one.estates)
        ]
        teams = [
            team
            for team in await self._stores.teams.all()
            if team.active and (not team.estate_id or not mine or team.estate_id in mine)
        ]
        now = self._clock.now()
        ends = await self._ends(teams, now)
        loads = await self._open_of_all(now)
        cap = self._rules.of(estate_id).settings.dispatch.cap
        found = []
        for one in everybody:
            theirs = tuple(team for team in teams if one.id in team.members)
            until = max((ends[team.id][one.id] for team in theirs if one.id in ends.get(team.id, {})), default=None)
            there = until is not None or self._open_now(theirs, now, estate_id)
            found.append(Person(one, theirs, loads[one.id], cap, one.on_duty and there, until))
        return found

    async def for_ticket(self, ticket: Ticket, actor: Actor) -> list[Person]:
        """Who could take this ticket, the fittest first; those who cannot come last, with the reason."""
        people = [
            Person(p.staff, p.teams, p.load, p.cap, p.on_shift, p.until, why_not(p.staff, ticket))
            for p in await self.people(actor, ticket.estate_id)
        ]
        usual = Role.TECHNICIAN if ticket.category is Category.REPAIR else Role.FRONTDESK
        people.sort(
            key=lambda p: (
                bool(p.why_not),
                p.staff.role is not usual,
                not p.on_shift,
                ticket.team not in [team.id for team in p.teams],
                p.load,
                p.staff.id,
            )
        )
        return people[:MOST_SHOWN]

    async def names(self) -> dict[str, str]:
        """Colleagues by user name, also those who have left."""
        return {one.id: one.name for one in await self._stores.staff.all()}

    async def _open_of_all(self, now: datetime) -> Counter[str]:
        """Open orders by colleague; read at most once in three seconds."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT:
            self._loads = Counter(await self._stores.tickets.executors_of_open())
            self._read_at = now
        return self._loads

    async def _ends(self, teams: Sequence[Team], now: datetime) -> dict[str, dict[str, datetime]]:
        """When the running shift of each member ends, by team; teams without a rota are left out."""
        found: dict[str, dict[str, datetime]] = {}
        for team in teams:
            if team.rota:
                found[team.id] = {s.staff_id: s.ends_at for s in await self._stores.shifts.running(team.id, now)}
        return found

    def _open_now(self, teams: Sequence[Team], now: datetime, estate_id: str) -> bool:
        """Whether one of the teams works by open hours and is open; who is in no team works by the estate's."""
        if not teams:
            return self._rules.of(estate_id).calendar.is_open(now)
        return any(
            team_calendar(team, self._rules.of(team.estate_id or estate_id)).is_open(now)
            for team in teams
            if not team.rota
        )


def why_not(staff: Staff, ticket: Ticket) -> str:
    """Why a ticket cannot go to somebody; empty: it can."""
    if staff.id in ticket.about:
        return "被投诉的人"
    if staff.categories and ticket.category.value not in staff.categories:
        return "不接这类单"
    if not staff_actor(staff).in_scope(ticket.estate_id):
        return "不在这个小区"
    return "" if fits(staff, ticket) else "不负责这栋楼"
