"""A month of an estate in seconds: tickets over weekends and holidays, and no promise is forgotten."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.timers import Timers
from store.tickets import Category, State, Ticket
from tests.desk.conftest import WANG, Office
from tests.desk.duty import escalations, set_rules, team

S = State
ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 9, 21, 8, 0, tzinfo=ZONE).astimezone(UTC)
"""The month has the Mid-Autumn and the National holidays in it, and make-up workdays."""
DAYS = 30
REST = {"name": "其余", "staff": "zhou", "mode": "assign", "cap": 500}
TICKETS = 90


async def tell(office: Office, until: datetime, workers: list[Timers]) -> int:
    """Business time goes from one due time to the next; the workers take turns."""
    ran = 0
    while True:
        at = await office.stores.timers.next_due()
        if at is None or at > until:
            office.clock.set(max(until, office.clock.now()))
            return ran
        office.clock.set(max(at, office.clock.now()))
        ran += await workers[ran % len(workers)].poll_once()


@pytest.mark.timeout(240)
async def test_a_month_of_an_estate(office: Office) -> None:
    begun = time.process_time()
    chance = random.Random(5)
    office.clock.set(BEGINS)
    await team(office, "zhang", "liu")
    await set_rules(office, {"name": "报修", "categories": ["repair"], "team": "gc", "mode": "turns", "cap": 40}, REST)
    workers = [Timers(office.desk) for _ in range(3)]
    moments = sorted(chance.uniform(0, DAYS * 86_400) for _ in range(TICKETS))
    tickets: list[str] = []
    ran = 0
    for after in moments:
        ran += await tell(office, BEGINS + timedelta(seconds=after), workers)
        category = chance.choices(list(Category), weights=(6, 2, 2, 1, 1))[0]
        urgent = category is Category.REPAIR and chance.random() < 0.1
        ticket = await office.open(category, chat=False, owner="", urgent=urgent)
        tickets.append(ticket.id)
        await workers[len(tickets) % len(workers)].poll_once()
        if urgent:
            ran += await tell(office, office.clock.now() + timedelta(minutes=26), workers)
            rung = await office.stores.tickets.get(ticket.id)
            await office.desk.tickets.move(rung, S.ACCEPTED, await office.actor("li"))
        elif chance.random() < 0.7:  # what colleagues do with something that is open
            await _work_on(office, chance, chance.choice(tickets[-20:]))
    ran += await tell(office, BEGINS + timedelta(days=DAYS), workers)
    seconds = time.process_time() - begun

    seen: Counter[str] = Counter()
    for id in tickets:
        ticket = await office.stores.tickets.get(id)
        _check(ticket, office, seen)
    assert seen["tickets"] == TICKETS and seen["remind"] > 10 and seen["supervisor"] > 5 and seen["breach"] > 20
    assert await office.stores.timers.due(at=office.clock.now()) == []
    assert ran > TICKETS
    assert seconds < 60, f"{ran} timers of a month took {seconds:.0f} s of CPU"
    print(f"{TICKETS} tickets, {ran} timers, {sum(seen.values()) - TICKETS} steps in {seconds:.1f} s")


async def _work_on(office: Office, chance: random.Random, id: str) -> None:
    ticket = await office.stores.tickets.get(id)
    li = await office.actor("li")
    moves = office.desk.tickets
    if ticket.state is S.NEW:
        await moves.move(ticket, S.ACCEPTED, li)
    elif ticket.state is S.ACCEPTED and chance.random() < 0.4:
        until = office.clock.now() + timedelta(days=chance.uniform(0.5, 6))
        await moves.move(ticket, S.DEFERRED, WANG if ticket.owner_id else li, reason="出差", until=until)
    elif ticket.state is S.ACCEPTED:
        await moves.move(ticket, S.RESOLVED, li, note="好了")
    elif ticket.state is S.DEFERRED:
        await moves.move(ticket, S.ACCEPTED, li)


def _check(ticket: Ticket, office: Office, seen: Counter[str]) -> None:
    """Each step once, at its time, and while the ticket was in a state that calls for it."""
    rows = escalations(ticket)
    assert len({row.id for row in rows}) == len(rows)
    told = [(row.data["step"], row.data["target"], row.data["due"]) for row in rows if row.data["step"] != "repeat"]
    assert len(set(told)) == len(told), "nothing is told twice"
    calendar = office.desk.rules.of("hy").calendar
    for row in rows:
        late = timedelta(seconds=2)
        if row.data["step"] in ("remind", "breach"):
            assert timedelta(0) <= row.at - row.data["due"] <= late
            due = row.data["due"]
            in_hours = calendar.is_open(due) or calendar.is_open(due - timedelta(milliseconds=1))
            assert ticket.urgent or in_hours or _on_wall(row.data)
        seen[row.data["step"]] += 1
    if ticket.state is S.NEW and not ticket.urgent and ticket.due.accept_by is not None:
        over = ticket.due.accept_by <= office.clock.now()
        assert any(row.data["step"] == "remind" for row in rows) is over, "none is forgotten"
    seen["tickets"] += 1


def _on_wall(data: dict[str, object]) -> bool:
    return data["target"] in ("answer", "done", "on_site")
