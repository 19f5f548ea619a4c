"""Who is there: the roster of colleagues, teams and shifts, and whom of them a ticket may go to."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from desk.actors import SUPERVISING, staff_actor
from desk.calendar import BusinessCalendar, CalendarError
from desk.office_hours import OfficeHours
from desk.rulebook import Rules
from desk.scope import building_of
from store.staff import Role, Staff
from store.stores import Stores
from store.teams import Team
from store.tickets import Category, Ticket

log = logging.getLogger(__name__)

ARRIVES = timedelta(seconds=15)
"""Longer nobody needs to give a ticket to somebody: the worker died over it."""
LADDER = (Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)


class Roster:
    """Reads who is there. Colleagues and teams are few: they are read whole."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def active(self) -> list[Staff]:
        """Every colleague who still works here, by user name."""
        return [one for one in await self._stores.staff.all() if one.active]

    async def on_shift(self, team: Team, at: datetime, rules: Rules) -> list[Staff]:
        """The members who are there at ``at``: by the team's shifts, or while it is open."""
        if team.rota:
            there = {shift.staff_id for shift in await self._stores.shifts.running(team.id, at)}
            names = [name for name in team.members if name in there]
        else:
            names = list(team.members) if team_calendar(team, rules).is_open(at) else []
        found = {one.id: one for one in await self.active()} if names else {}
        return [found[name] for name in names if name in found and found[name].on_duty]

    async def of_company(self, company: str) -> list[Staff]:
        """A contractor's people who are on duty."""
        return [one for one in await self.active() if one.company == company and one.on_duty]

    async def doers(self, ticket: Ticket, at: datetime, rules: Rules) -> list[Staff]:
        """Who could take it: its executor; else its team; else technicians (repairs) or the front desk on duty."""
        everybody = await self.active()
        if ticket.executor:
            return [one for one in everybody if one.id == ticket.executor]
        if ticket.team:
            team = await self._stores.teams.find(ticket.team)
            there = await self.on_shift(team, at, rules) if team is not None else []
            if there:
                return [one for one in there if fits(one, ticket)]
        role = Role.TECHNICIAN if ticket.category is Category.REPAIR else Role.FRONTDESK
        return [one for one in everybody if one.role is role and one.on_duty and not one.company and fits(one, ticket)]

    async def leaders(self, ticket: Ticket, role: Role) -> list[Staff]:
        """The supervisors (or managers) of a ticket; where there is none, those above, then any above the technicians.

        Whoever the complaint is about is not among them.
        """
        everybody = [one for one in await self.active() if fits(one, ticket)]
        start = LADDER.index(role)
        for wanted in (*LADDER[start:], *reversed(LADDER[:start])):
            if found := [one for one in everybody if one.role is wanted]:
                return found
        return []

    async def loads(self, people: Iterable[Staff], *, most: int, wall: datetime) -> dict[str, int]:
        """How many open tickets each has, counted up to ``most``, and how many more are on their way."""
        found = {}
        for one in people:
            coming = on_their_way(one, wall)
            # What arrived since ``one`` was read counts once.
            found[one.id] = len(coming) + await self._stores.tickets.load_of(one.id, most=most, without=coming)
        return found


def on_their_way(staff: Staff, wall: datetime) -> list[str]:
    """The tickets that a worker is giving to them this moment."""
    return [id for id, since in staff.placing.items() if wall - since < ARRIVES]


def fits(staff: Staff, ticket: Ticket) -> bool:
    """Whether a ticket may go to somebody: their scope covers it, and it is no complaint about them."""
    if not staff.active or staff.id in ticket.about:
        return False
    if staff.categories and ticket.category.value not in staff.categories:
        return False
    # A supervisor's buildings say what they look after by day; a scope without buildings is all of them.
    building = "" if staff.role in SUPERVISING else building_of(ticket)
    return staff_actor(staff).in_scope(ticket.estate_id, building)


def team_calendar(team: Team, rules: Rules) -> BusinessCalendar:
    """The team's own open hours, or the estate's. Hours that cannot be used are logged, and the estate's hold."""
    if team.office is None:
        return rules.calendar
    try:
        return _calendar(rules.zone.key, json.dumps(team.office, sort_keys=True))
    except (ValueError, CalendarError) as bad:
        log.error("team %s: its open hours cannot be used, the estate's hold: %s", team.id, bad)
        return rules.calendar


def office_of(office: dict[str, Any], rules: Rules) -> OfficeHours:
    """Checked open hours; raises ValueError when they make no sense or are never open."""
    if unknown := sorted(set(office) - set(OfficeHours.model_fields)):
        raise CalendarError(f"unknown fields: {', '.join(unknown)}", f"没有这一项:{'、'.join(unknown)}")
    hours = OfficeHours.model_validate(office)
    BusinessCalendar(rules.zone, hours).next_open(datetime.now(rules.zone))
    return hours


@lru_cache(maxsize=256)
def _calendar(zone: str, office: str) -> BusinessCalendar:
    from zoneinfo import ZoneInfo

    return BusinessCalendar(ZoneInfo(zone), OfficeHours.model_validate_json(office))
