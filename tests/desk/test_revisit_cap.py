"""One revisit a day and person: until when the cap holds a question back, for its category and for incidents."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.gathering import Gathering
from store.deliveries import DeliveryState
from store.tickets import Link, Ticket
from tests.desk.conftest import APP, Office


async def held_until(office: Office, ticket: Ticket) -> datetime | None:
    """When the question of this ticket may leave, another one having just left to the same owner."""
    [row, other] = sorted(
        (row for row in await office.heard() if row.kind == "revisit"), key=lambda row: row.ticket_id != ticket.id
    )
    now = office.clock.now()
    assert await office.stores.deliveries.move(other, DeliveryState.ACCEPTED, at=now, changes={"sent_at": now})
    gathering = Gathering(office.stores.deliveries, office.stores.tickets)
    conversation = await office.stores.conversations.get(f"{APP}:o-wang")
    return (await gathering.verdict(row, conversation, office.desk.rules.of("hy"), now)).until


@pytest.mark.parametrize(("incident", "hours"), [(False, 22), (True, 24)])
async def test_the_deadline_of_an_incident_is_its_own(office: Office, incident: bool, hours: int) -> None:
    await office.resolved()
    ticket = await office.resolved()
    if incident:
        await office.stores.tickets.append(ticket.id, "links", Link(id="e1", kind="incident", number="E1"))
    await office.later(hours=2)

    assert await held_until(office, ticket) == office.clock.now() + timedelta(hours=hours)


async def test_the_deadline_of_a_category_is_its_own(office: Office) -> None:
    changes = {"revisit": {"categories": {"repair": {"latest": "PT3H"}}}}
    office.desk.rules._base = office.desk.rules._base.changed(changes)
    await office.desk.rules.refresh()
    await office.resolved()
    ticket = await office.resolved()
    await office.later(hours=2)

    assert await held_until(office, ticket) == office.clock.now() + timedelta(hours=1)


async def test_the_deadline_counts_from_the_work_not_from_the_question(office: Office) -> None:
    await office.later(hours=9)  # 19:00: asked the next morning
    await office.resolved()
    ticket = await office.resolved()
    resolved = office.clock.now()
    for _ in range(14):
        await office.later(hours=1)

    assert await held_until(office, ticket) == resolved + timedelta(hours=24)
