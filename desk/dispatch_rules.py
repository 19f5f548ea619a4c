"""Which dispatch rule is meant for a ticket, and what a rule names that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from desk.calendar import BusinessCalendar, CalendarError
from desk.duty_settings import DispatchRule
from desk.rulebook import Rules
from desk.scope import building_of
from desk.settings import TradeSettings
from desk.shifts import Roster
from store.stores import Stores
from store.tickets import Ticket


class Unfit(str):
    """Why settings cannot be used: a line for the command line; ``said`` is the same for the pages, about ``path``."""

    __slots__ = ("path", "said")
    path: str
    said: str

    @classmethod
    def of(cls, path: str, line: str, said: str) -> Unfit:
        """The two lines."""
        made = cls(line)
        made.path, made.said = path, said
        return made


def _rule(rule: DispatchRule, line: str, said: str) -> Unfit:
    return Unfit.of("dispatch.rules", f"rule {rule.name}: {line}", f"规则“{rule.name}”:{said}")


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


async def missing(rules: Sequence[DispatchRule], stores: Stores, roster: Roster, *, estate_id: str = "") -> list[Unfit]:
    """Teams and people that these rules name and that are not there. No estate: rules of all estates."""
    teams = {team.id: team for team in await stores.teams.all() if team.active}
    people = {one.id: one for one in await roster.active()}
    found = []
    for rule in rules:
        team = teams.get(rule.team) if rule.team else None
        if rule.team and team is None:
            found.append(_rule(rule, f"no such team: {rule.team}", f"没有班组 {rule.team}"))
        elif team is not None and estate_id and team.estate_id not in ("", estate_id):
            found.append(
                _rule(
                    rule, f"the team {team.id} belongs to {team.estate_id}", f"班组 {team.name or team.id} 是别的小区的"
                )
            )
        elif team is not None and not [name for name in team.members if name in people]:
            found.append(
                _rule(rule, f"the team {rule.team} has no members", f"班组 {team.name or team.id} 里没有在职的同事")
            )
        if rule.staff and rule.staff not in people:
            found.append(_rule(rule, f"no such colleague: {rule.staff}", f"没有同事 {rule.staff},或者已停用"))
        if rule.company and not [one for one in people.values() if one.company == rule.company]:
            found.append(_rule(rule, f"nobody works for {rule.company}", f"没有 {rule.company} 的人"))
    return found


async def refusals(
    settings: TradeSettings, stores: Stores, roster: Roster, *, zone: ZoneInfo, now: datetime, estate_id: str = ""
) -> list[Unfit]:
    """Why settings cannot be used though each value is right; whoever takes settings in refuses them with these lines.

    Open hours that are never open, and dispatch rules that name nobody.
    """
    found = await missing(settings.dispatch.rules, stores, roster, estate_id=estate_id)
    try:
        BusinessCalendar(zone, settings.office).next_open(now)
    except CalendarError as never:
        found.append(Unfit.of("office", f"office: {never}", never.said))
    return found
