"""A clock that jumps by a year, and one that is put back by a day: everything rings once, and it comes to an end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from store.promises import PromiseKind
from store.tickets import Category, State, Ticket
from tests.desk.conftest import WANG, Office
from tests.desk.duty import alerts_of, escalations, set_rules

S = State
MOST_LOOKS = 60


async def worked_off(office: Office) -> int:
    """Run what is due until there is nothing left at this moment; gives how many looks that took."""
    for looks in range(MOST_LOOKS):
        if not await office.timers.poll_once():
            return looks
    raise AssertionError("it goes round in circles")


async def busy(office: Office) -> list[Ticket]:
    """A ticket of every sort that something is planned for."""
    zhang, move = await office.actor("zhang"), office.desk.tickets.move
    nobody = await office.open()
    urgent = await office.open(urgent=True)
    complaint = await office.open(Category.COMPLAINT, severity="major")
    promised = await move(await office.open(), S.ACCEPTED, zhang)
    in_an_hour = office.clock.now() + timedelta(hours=1)
    await office.desk.given.make(PromiseKind.ARRIVAL, in_an_hour, zhang, ticket=promised)
    done = await office.resolved(owner="chen")
    bad = await office.resolved()
    await office.desk.revisits.answer(bad.id, fixed=False, satisfaction=None, words="漏", by=WANG, key="a")
    deferred = await move(
        await office.open(), S.DEFERRED, WANG, reason="出差", until=office.clock.now() + timedelta(days=3)
    )
    return [nobody, urgent, complaint, promised, done, bad, deferred]


async def said(office: Office) -> Counter[str]:
    """What everybody was told so far, by what it was."""
    heard = [row.id for owner in ("wang", "chen") for row in await office.heard(owner)]
    alerts = [f"{who}:{one.id}" for who in ("zhang", "liu", "li", "ma") for one in await alerts_of(office, who)]
    return Counter([*heard, *alerts])


async def test_a_year_ahead_and_a_day_back(office: Office) -> None:
    # A rule whose people are never there: it is tried again for ever, but never in circles.
    await set_rules(office, {"name": "都给他", "staff": "liu", "mode": "assign"})
    await office.stores.staff.change("liu", {"on_duty": False})
    tickets = await busy(office)
    await worked_off(office)
    before = await said(office)

    office.clock.move(days=365)
    await worked_off(office)
    await office.later(seconds=30)
    after = await said(office)
    assert max(after.values()) == 1
    assert len(after) - len(before) < 12 * len(tickets), "once for all that was missed, not once for each day"
    for ticket in tickets:
        steps = [
            (row.data["step"], row.data["target"], row.data["due"])
            for row in escalations(await office.again(ticket))
            if row.data["step"] != "repeat"
        ]
        assert len(steps) == len(set(steps))

    office.clock.move(days=-1)
    await worked_off(office)
    back = await said(office)
    office.clock.move(days=1)
    await worked_off(office)
    again = await said(office)
    assert max(again.values()) == 1
    assert len(again) - len(after) < 40 and set(after) <= set(back) <= set(again)
