"""Whether a revisit is asked at all: never, unless rated, always; what a rating in the mini-program does then."""

from __future__ import annotations

from typing import Any

import pytest

from desk.revisit import Outcome
from store.tickets import Category, State, Ticket
from tests.desk.conftest import WANG, Office
from tests.desk.test_revisit import asked


async def policy(office: Office, name: str, **categories: Any) -> None:
    changes = {"revisit": {"policy": name, "categories": categories}}
    office.desk.rules._base = office.desk.rules._base.changed(changes)
    await office.desk.rules.refresh()


async def rated(office: Office, ticket: Ticket, satisfaction: int, *, key: str = "mini-1") -> Outcome:
    """A good word or a bad one on the ticket's page in the mini-program."""
    return await office.desk.revisits.answer(
        ticket.id, fixed=True, satisfaction=satisfaction, words="", by=WANG, key=key, channel="miniprogram"
    )


async def test_unless_rated_a_good_rating_is_the_answer_and_nothing_is_asked(office: Office) -> None:
    await policy(office, "unless_rated")
    ticket = await office.resolved()
    assert (await rated(office, ticket, 1)).closed
    await office.later(days=8)
    current = await office.again(ticket)
    assert (current.state, current.rating, asked(await office.heard())) == (State.CLOSED, 1, [])


async def test_always_a_good_rating_is_kept_and_the_question_is_asked_all_the_same(office: Office) -> None:
    await policy(office, "always")
    ticket = await office.resolved()
    outcome = await rated(office, ticket, 2)
    assert (outcome.closed, outcome.ticket.state, outcome.ticket.rating) == (False, State.RESOLVED, 2)
    assert (await rated(office, ticket, 2)).ticket.version == outcome.ticket.version, "tapped twice"
    await office.later(hours=2)
    assert len(asked(await office.heard())) == 1
    said = await office.desk.revisits.answer(ticket.id, fixed=True, satisfaction=None, words="好了", by=WANG, key="a")
    assert (said.closed, said.ticket.rating) == (True, 2), "the answer says nothing else of how it was"
    await office.later(days=8)
    assert len(asked(await office.heard())) == 1


async def test_always_a_rating_after_the_question_answers_it(office: Office) -> None:
    await policy(office, "always")
    ticket = await office.resolved()
    await office.later(hours=2)
    assert (await rated(office, ticket, 1)).closed
    await office.later(days=3)
    assert len(asked(await office.heard())) == 1, "who has answered is not asked a second time"


@pytest.mark.parametrize("name", ["always", "unless_rated", "never"])
async def test_a_bad_rating_reopens_whatever_the_policy(office: Office, name: str) -> None:
    await policy(office, name)
    ticket = await office.resolved()
    outcome = await rated(office, ticket, 4)
    current = await office.again(ticket)
    assert outcome.reopened and current.problem is not None and current.problem.supervisor == "li"
    # The remedy is asked about, also where nothing else ever is.
    zhang = await office.actor("zhang")
    await office.desk.tickets.move(current, State.RESOLVED, zhang, note="重新做了")
    await office.later(hours=2)
    assert len(asked(await office.heard())) == 1


async def test_each_category_has_its_own_and_what_was_set_meanwhile_holds(office: Office) -> None:
    await policy(office, "unless_rated", complaint={"policy": "never"}, inquiry={"delay": 3600 * 4})
    repair = await office.resolved()
    await office.resolved(Category.COMPLAINT)
    inquiry = await office.resolved(Category.INQUIRY)
    await policy(office, "unless_rated", repair={"policy": "never"}, inquiry={"delay": 3600 * 4})
    await office.later(hours=3)
    assert asked(await office.heard()) == [], "repairs are asked no more since a moment ago"
    await office.later(hours=2)
    rows = [row.ticket_id for row in await office.heard() if row.kind == "revisit"]
    assert rows == [inquiry.id]
    assert (await office.again(repair)).revisit.state == "planned"
