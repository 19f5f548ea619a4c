"""Which targets of a ticket were missed, and which one runs next: for lists, boards and figures alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk.deadlines import WATCHED
from store.tickets import State, Ticket

MET = {
    "accept": "accepted_at",
    "first_answer": "answered_at",
    "on_site": "arrived_at",
    "answer": "resolved_at",
    "done": "resolved_at",
}
"""When each target was met."""
NOT_DONE = (State.CANCELLED, State.DECLINED, State.MERGED)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How a ticket stands against its targets."""

    late: tuple[str, ...] = ()
    """Targets that were missed, or are being missed: accept_by, ..."""
    next: str | None = None
    """The one that falls due first, also when that time is over."""
    next_by: datetime | None = None


def lateness(ticket: Ticket, now: datetime) -> Lateness:
    """What is late and what is next. What ended without work being done is late with nothing."""
    running = _running(ticket)
    late: list[str] = []
    for name, met in MET.items():
        by: datetime | None = getattr(ticket.due, f"{name}_by")
        if by is None or by <= ticket.opened_at or ticket.state in NOT_DONE:
            continue  # what is due at once was done by the answer
        at: datetime | None = getattr(ticket, met)
        if (name in running and by < now) or (name not in running and at is not None and by < at):
            late.append(f"{name}_by")
    left = [(by, name) for name in running if (by := getattr(ticket.due, f"{name}_by")) is not None]
    left = [one for one in left if one[0] > ticket.opened_at]
    if not left:
        return Lateness(tuple(late))
    by, name = min(left)
    return Lateness(tuple(late), f"{name}_by", by)


def _running(ticket: Ticket) -> tuple[str, ...]:
    names: tuple[str, ...] = WATCHED.get(ticket.state.value, ())
    if ticket.state is State.IN_PROGRESS and ticket.progress == "on_the_way":
        return ("on_site", *names)
    return names
