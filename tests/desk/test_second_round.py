"""Who looks after work that was not good: never the person complained about, nor who has left."""

from __future__ import annotations

from desk.actors import SYSTEM
from store.tickets import Category, State
from tests.desk.conftest import WANG, Office


async def test_the_second_round_is_not_for_whom_the_complaint_is_about(office: Office) -> None:
    ticket = await office.resolved(Category.COMPLAINT)
    await office.desk.targets.set_about(ticket, ["zhang"], await office.actor("li"))
    outcome = await office.desk.revisits.answer(
        ticket.id, fixed=False, satisfaction=None, words="还在施工", by=WANG, key="a1"
    )

    assert outcome.reopened and (outcome.ticket.state, outcome.ticket.executor) == (State.ACCEPTED, None)
    [taken] = [event for event in outcome.ticket.events if event.kind == "taken_away"]
    assert (taken.by, taken.reason) == (SYSTEM.tag, "被投诉的人不处理这件投诉")
    assert outcome.ticket.problem is not None and outcome.ticket.problem.supervisor == "li"


async def test_who_has_left_does_not_get_it_back(office: Office) -> None:
    ticket = await office.resolved()
    await office.stores.staff.change("zhang", {"active": False})
    outcome = await office.desk.revisits.answer(
        ticket.id, fixed=False, satisfaction=None, words="又漏了", by=WANG, key="a1"
    )

    assert outcome.ticket.executor is None and outcome.ticket.state is State.ACCEPTED


async def test_a_supervisor_complained_about_does_not_answer_for_the_problem_item(office: Office) -> None:
    ticket = await office.resolved(Category.COMPLAINT)
    await office.desk.targets.set_about(ticket, ["li"], await office.actor("ma"))
    outcome = await office.desk.revisits.answer(
        ticket.id, fixed=False, satisfaction=None, words="还在施工", by=WANG, key="a1"
    )

    problem = outcome.ticket.problem
    assert problem is not None and problem.supervisor == "ma"
    assert outcome.ticket.executor == "zhang" and outcome.ticket.observers == ("ma",)


async def test_everybody_else_goes_on_with_their_own_work(office: Office) -> None:
    ticket = await office.resolved()
    outcome = await office.desk.revisits.answer(
        ticket.id, fixed=False, satisfaction=None, words="又漏了", by=WANG, key="a1"
    )

    assert outcome.ticket.executor == "zhang" and "taken_away" not in {e.kind for e in outcome.ticket.events}
