"""Which dispatch rule is meant for a ticket, and what a rule names that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from desk.calendar import BusinessCalendar
from desk.duty_settings import DispatchRule
from desk.rulebook import Rules
from desk.scope import building_of
from desk.settings import TradeSettings
from desk.shifts import Roster
from store.stores import Stores
from store.tickets import Ticket


def applies(rule: DispatchRule, ticket: Ticket) -> bool:
    """Whether a rule is meant for this ticket."""
    if rule.categories and ticket.category.value not in rule.categories:
        return False
    if rule.urgent is not None and rule.urgent is not ticket.urgent:
        return False
    if rule.buildings and building_of(ticket) not in rule.buildings:
        return False
    words = f"{ticket.subject or ''} {ticket.title} {ticket.place or ''}"
    return not rule.subjects or any(subject in words for subject in rule.subjects)


def expected_team(ticket: Ticket, rules: Rules) -> str | None:
    """The team that a ticket will go to by the rules, before a worker has placed it; None where no team is named."""
    fitting = (rule for rule in rules.settings.dispatch.rules if applies(rule, ticket))
    rule = next(fitting, None)
    return rule.team if rule is not None else None


async def missing(rules: Sequence[DispatchRule], stores: Stores, roster: Roster, *, estate_id: str = "") -> list[str]:
    """Teams and people that these rules name and that are not there. No estate: rules of all estates."""
    teams = {team.id: team for team in await stores.teams.all() if team.active}
    people = {one.id: one for one in await roster.active()}
    found = []
    for rule in rules:
        team = teams.get(rule.team) if rule.team else None
        if rule.team and team is None:
            found.append(f"rule {rule.name}: no such team: {rule.team}")
        elif team is not None and estate_id and team.estate_id not in ("", estate_id):
            found.append(f"rule {rule.name}: the team {team.id} belongs to {team.estate_id}")
        elif team is not None and not [name for name in team.members if name in people]:
            found.append(f"rule {rule.name}: the team {rule.team} has no members")
        if rule.staff and rule.staff not in people:
            found.append(f"rule {rule.name}: no such colleague: {rule.staff}")
        if rule.company and not [one for one in people.values() if one.company == rule.company]:
            found.append(f"rule {rule.name}: nobody works for {rule.company}")
    return found


async def refusals(
    settings: TradeSettings, stores: Stores, roster: Roster, *, zone: ZoneInfo, now: datetime, estate_id: str = ""
) -> list[str]:
    """Why settings cannot be used though each value is right; whoever takes settings in refuses them with these lines.

    Open hours that are never open, and dispatch rules that name nobody.
    """
    found = await missing(settings.dispatch.rules, stores, roster, estate_id=estate_id)
    try:
        BusinessCalendar(zone, settings.office).next_open(now)
    except ValueError as never:
        found.append(f"office: {never}")
    return found
