"""What a change does to the times that were promised. They are moved, never dropped: each stays a stored due time.

While a ticket waits for its owner, or is deferred at their wish, its clock stands: what was left of each target when it
began to wait is left when it goes on. ``due_why`` says beside each time where it comes from.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from desk.calendar import BusinessCalendar
from desk.deadlines import row_for, times_of
from desk.due_why import DUE_NAMES, why
from desk.rulebook import Rules
from desk.transitions import Transition
from desk.wording import say_duration, say_start
from store.tickets import Due, State, Ticket

VISIT = timedelta(hours=4)
"""Work put off to a time after closing, or to a day when the office is closed: it is to be begun this long after it."""
SHORT_WAIT = timedelta(minutes=30)
"""A quick question moves no promise."""
_MOVING = ("on_site_by", "answer_by", "done_by")
PAUSES = (State.WAITING_OWNER, State.DEFERRED)


def fresh(ticket: Ticket, at: datetime, rules: Rules, calendar: BusinessCalendar | None = None) -> Due:
    """The due times of a ticket of this kind, counted from ``at``."""
    row = row_for(
        ticket.category.letter, urgent=ticket.urgent, severity=ticket.severity, table=rules.settings.deadlines
    )
    return Due(**times_of(row, at, calendar or rules.calendar))


def reasons(ticket: Ticket, at: datetime, rules: Rules) -> dict[str, str]:
    """Why ``fresh`` gives what it gives."""
    return why(
        ticket.category.letter,
        urgent=ticket.urgent,
        severity=ticket.severity,
        settings=rules.settings,
        since=at,
        zone=rules.zone,
    )


def moved(ticket: Ticket, row: Transition, until: datetime | None, now: datetime, rules: Rules) -> dict[str, Any]:
    """What a change by this row of the table writes about times; empty when nothing moves."""
    changes: dict[str, Any] = {}
    if row.to in PAUSES:
        changes["paused"] = {"at": now, "due": ticket.due.model_dump()}
    elif ticket.paused is not None:
        changes["paused"] = None
    if row.name == "reopened":
        again = fresh(ticket, now, rules).model_dump()
        told = {name: f"{said}(重开)" for name, said in reasons(ticket, now, rules).items()}
        return changes | {
            "due": again,
            "due_why": told,
            "reopened": ticket.reopened + 1,
            "resolved_at": None,
            "ended_at": None,
        }
    due, because = ticket.due, ""
    if row.name == "handed_back":
        due, because = handed_back(ticket, now, rules), "退回后重新计"
    elif row.name == "resumed":
        due, because = after_waiting(ticket, now, rules)
    elif row.to is State.DEFERRED and until is not None:
        due, because = put_off(ticket, until, now, rules), f"改期到 {say_start(until, now, rules.zone)},顺延"
    if due == ticket.due:
        return changes
    return changes | {"due": due.model_dump(), "due_why": because_of(ticket, due, because)}


def because_of(ticket: Ticket, due: Due, because: str) -> dict[str, str]:
    """The reasons, with what moved each of the times that are others now."""
    told = dict(ticket.due_why)
    for name, what in DUE_NAMES.items():
        at = getattr(due, name)
        if at is not None and at != getattr(ticket.due, name):
            told[name] = f"{told.get(name, what).partition(';')[0]};{because}"
    return told


def handed_back(ticket: Ticket, now: datetime, rules: Rules) -> Due:
    """Somebody has to accept it again, and has as long for it as the first one had; the rest stays promised."""
    again = fresh(ticket, now, rules)
    return ticket.due.model_copy(update={"accept_by": again.accept_by, "supervisor_by": again.supervisor_by})


def put_off(ticket: Ticket, until: datetime, now: datetime, rules: Rules) -> Due:
    """Deferred: what was promised first moves to the day of ``until``; of the rest as much is left then as is now."""
    first = next((name for name in _MOVING if getattr(ticket.due, name) is not None), None)
    if first is None or getattr(ticket.due, first) > until + VISIT:
        return ticket.due
    closes = rules.calendar.close_of_business(until)
    same_day = closes.astimezone(rules.zone).date() == until.astimezone(rules.zone).date()
    promised = closes if same_day and closes > until else until + VISIT
    if getattr(ticket.due, first) >= promised:
        return ticket.due
    later = _resumed(ticket, ticket.due, began=now, goes_on=until, rules=rules)
    later |= {first: promised}
    return ticket.due.model_copy(update={name: max(at, promised) for name, at in later.items()})


def after_waiting(ticket: Ticket, now: datetime, rules: Rules) -> tuple[Due, str]:
    """It goes on, and why the times are what they are then. What was late before it waited stays late."""
    paused = ticket.paused
    if ticket.state in PAUSES and paused is not None:
        began = paused["at"]
        if ticket.state is State.WAITING_OWNER and now - began <= SHORT_WAIT:
            return ticket.due, ""
        later = _resumed(ticket, Due.model_validate(paused["due"]), began=began, goes_on=now, rules=rules)
        if ticket.state is State.WAITING_OWNER:
            waited = say_duration(now - began)
            return ticket.due.model_copy(update=later), f"等业主 {waited},顺延"
        if ticket.until is not None and now < ticket.until:
            # Sooner than they wished at first: not later than what was promised for that day.
            sooner = {name: min(at, getattr(ticket.due, name) or at) for name, at in later.items()}
            return ticket.due.model_copy(update=sooner), "提前继续,按剩余时间计"
    return _promised_anew(ticket, now, rules), "等待期间到期,重新计"


def _promised_anew(ticket: Ticket, now: datetime, rules: Rules) -> Due:
    """What fell due while it waited is promised anew."""
    began = next((event.at for event in reversed(ticket.events) if event.to_state == ticket.state), ticket.updated_at)
    lapsed = [name for name in _MOVING if (at := getattr(ticket.due, name)) is not None and began <= at <= now]
    if not lapsed:
        return ticket.due
    again = fresh(ticket, now, rules)
    anew = {
        name: max(was, at)
        for name in _MOVING
        if (was := getattr(ticket.due, name)) is not None and (at := getattr(again, name)) is not None
    }
    return ticket.due.model_copy(update=anew)


def _resumed(ticket: Ticket, due: Due, *, began: datetime, goes_on: datetime, rules: Rules) -> dict[str, datetime]:
    """When each target that was not over at ``began`` falls due, if its clock stands until ``goes_on``."""
    row = row_for(
        ticket.category.letter, urgent=ticket.urgent, severity=ticket.severity, table=rules.settings.deadlines
    )
    later: dict[str, datetime] = {}
    for name in _MOVING:
        at = getattr(due, name)
        if at is None or at < began:
            continue
        term = getattr(row, name.removesuffix("_by"))
        if term is not None and term.by == "wall":
            later[name] = at + max(goes_on - began, timedelta(0))
        else:
            left = rules.calendar.between(began, at)
            later[name] = max(rules.calendar.add(max(goes_on, began), left), at)
    return later
