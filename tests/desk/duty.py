"""What the tests of dispatch, ladder and alerts share: rules of the estate, teams, and what colleagues were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store.alerts import Alert
from store.shifts import Shift
from store.teams import Team
from store.tickets import Event, Ticket
from tests.desk.conftest import Office

__all__ = ["alerts_of", "escalations", "ring", "set_rules", "shift", "team"]


async def set_rules(office: Office, *rules: dict[str, Any], **more: Any) -> None:
    """The estate's dispatch rules, as settings keep them."""
    stored = await office.stores.settings.find("hy")
    values = {"dispatch": {"rules": list(rules), **more.pop("dispatch", {})}, **more}
    await office.stores.settings.put("hy", values, version=stored.version if stored else 0)
    await office.desk.rules.refresh()


async def team(office: Office, /, *members: str, id: str = "gc", **fields: Any) -> Team:
    made = Team(id=id, name=fields.pop("name", "工程班"), estate_id="hy", members=members, **fields)
    await office.stores.teams.add(made)
    return made


async def shift(office: Office, staff: str, starts: datetime, ends: datetime, id: str = "gc") -> None:
    await office.stores.shifts.add(
        [Shift(id=f"{id}:{staff}:{starts}", team_id=id, staff_id=staff, starts_at=starts, ends_at=ends)]
    )


async def alerts_of(office: Office, username: str) -> list[Alert]:
    """What stands in a colleague's inbox, oldest first."""
    now = office.clock.now()
    rows = await office.stores.alerts.of_staff(
        username, before=now.replace(year=now.year + 2), since=now.replace(year=now.year - 2), limit=500
    )
    return list(reversed(rows))


def escalations(ticket: Ticket) -> list[Event]:
    return [event for event in ticket.events if event.kind == "escalated"]


async def ring(office: Office, **by: float) -> None:
    """Time passes; everything that is due is run once and again."""
    await office.later(**by)
