"""What a change does to the times that were promised. They are moved, never dropped: each stays a stored due time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from desk.deadlines import deadlines_for
from desk.rulebook import Rules
from desk.transitions import Transition
from store.tickets import Due, State, Ticket

VISIT = timedelta(hours=4)
"""Work put off to a time after closing, or to a day when the office is closed: it is to be begun this long after it."""
_MOVING = ("on_site_by", "answer_by", "done_by")


def fresh(ticket: Ticket, at: datetime, rules: Rules) -> Due:
    """The due times of a ticket of this kind, counted from ``at``."""
    due = deadlines_for(
        ticket.category.letter,
        urgent=ticket.urgent,
        severity=ticket.severity,
        opened_at=at,
        calendar=rules.calendar,
        settings=rules.settings,
    )
    return Due.model_validate(vars(due))


def moved(ticket: Ticket, row: Transition, until: datetime | None, now: datetime, rules: Rules) -> dict[str, Any]:
    """What a change by this row of the table writes about times; empty when nothing moves."""
    if row.name == "reopened":
        again = fresh(ticket, now, rules).model_dump()
        return {"due": again, "reopened": ticket.reopened + 1, "resolved_at": None, "ended_at": None}
    due = ticket.due
    if row.name == "handed_back":
        due = handed_back(ticket, now, rules)
    elif row.name == "resumed":
        due = after_waiting(ticket, now, rules)
    elif row.to is State.DEFERRED and until is not None:
        due = put_off(ticket, until, rules)
    return {} if due == ticket.due else {"due": due.model_dump()}


def handed_back(ticket: Ticket, now: datetime, rules: Rules) -> Due:
    """Somebody has to accept it again, and has as long for it as the first one had; the rest stays promised."""
    again = fresh(ticket, now, rules)
    return ticket.due.model_copy(update={"accept_by": again.accept_by, "supervisor_by": again.supervisor_by})


def put_off(ticket: Ticket, until: datetime, rules: Rules) -> Due:
    """Deferred: what was promised for earlier moves to the day of ``until``, and what comes after it as far."""
    first = next((at for name in _MOVING if (at := getattr(ticket.due, name)) is not None), None)
    closes = rules.calendar.close_of_business(until)
    same_day = closes.astimezone(rules.zone).date() == until.astimezone(rules.zone).date()
    promised = closes if same_day and closes > until else until + VISIT
    if first is None or first >= promised:
        return ticket.due
    later = promised - first
    moved = {name: at + later for name in _MOVING if (at := getattr(ticket.due, name)) is not None}
    return ticket.due.model_copy(update=moved)


def after_waiting(ticket: Ticket, now: datetime, rules: Rules) -> Due:
    """It goes on: what fell due while it waited is promised anew. What was late before it waited stays late."""
    began = next((event.at for event in reversed(ticket.events) if event.to_state == ticket.state), ticket.updated_at)
    lapsed = [name for name in _MOVING if (at := getattr(ticket.due, name)) is not None and began <= at <= now]
    if not lapsed:
        return ticket.due
    again = fresh(ticket, now, rules)
    moved = {
        name: max(was, anew)
        for name in _MOVING
        if (was := getattr(ticket.due, name)) is not None and (anew := getattr(again, name)) is not None
    }
    return ticket.due.model_copy(update=moved)
