"""What is due when: the table of the contract's section 7 as data, and the times it gives one ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from desk.calendar import BusinessCalendar
from desk.section import Section, Span
from store.clock import to_millis

if TYPE_CHECKING:
    from desk.settings import TradeSettings

DueName = Literal["accept", "first_answer", "on_site", "answer", "done"]


class Term(Section):
    """How long something may take, and by which clock it is counted.

    ``wall``: plain time. ``business``: open hours only. ``business_days``: as many business days later at the same
    minute (a fraction means that part of a usual day's open hours). ``end_of_business_day``: when the n-th business day
    after this one closes.
    """

    by: Literal["wall", "business", "business_days", "end_of_business_day"]
    time: Span = timedelta(0)
    days: float = Field(default=0, ge=0, le=366)

    @model_validator(mode="after")
    def _days_belong_to_day_clocks(self) -> Self:
        if self.by in ("wall", "business") and self.days:
            raise PydanticCustomError("term_days", "a term by {by} is given as time, not as days", {"by": self.by})
        if self.by in ("business_days", "end_of_business_day") and self.time:
            raise PydanticCustomError("term_time", "a term by {by} is given as days, not as time", {"by": self.by})
        if self.by == "end_of_business_day" and self.days != int(self.days):
            raise PydanticCustomError("term_whole", "a term by end_of_business_day takes whole days")
        return self


def _wall(**parts: float) -> Term:
    return Term(by="wall", time=timedelta(**parts))


def _business(**parts: float) -> Term:
    return Term(by="business", time=timedelta(**parts))


def _business_days(days: float) -> Term:
    return Term(by="business_days", days=days)


def _end_of_business_day(days: int) -> Term:
    return Term(by="end_of_business_day", days=days)


class DeadlineRow(Section):
    """One row of the table: what is due, counted from the opening of the ticket. ``None``: not due at all."""

    accept: Term | None = None
    supervisor: Term | None = None
    """Still nobody: the supervisor is told."""
    first_answer: Term | None = None
    on_site: Term | None = None
    answer: Term | None = None
    """A clear answer to the owner; major complaints only."""
    done: Term | None = None


class DeadlineTable(Section):
    """The rows, named as people name them."""

    repair_urgent: DeadlineRow = DeadlineRow(
        accept=_wall(minutes=10),
        supervisor=_wall(minutes=20),
        first_answer=_wall(),
        on_site=_wall(minutes=30),
        done=_wall(hours=24),
    )
    repair: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        on_site=_end_of_business_day(1),
        done=_end_of_business_day(3),
    )
    complaint_minor: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        done=_business_days(0.5),
    )
    complaint_important: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        done=_business_days(1),
    )
    complaint_major: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        answer=_wall(days=2),
        done=_wall(days=15),
    )
    inquiry: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        done=_business_days(1),
    )
    parcel: DeadlineRow = DeadlineRow(
        accept=_business(minutes=10),
        supervisor=_business(minutes=20),
        first_answer=_business(hours=2),
        done=_business_days(1),
    )
    suggestion: DeadlineRow = DeadlineRow(accept=_business_days(1), first_answer=_business_days(1))


# -- one ticket --------------------------------------------------------------------------------------------------------

ROWS: dict[str, str] = {"I": "inquiry", "P": "parcel", "S": "suggestion"}
"""Categories with a single row; repairs go by urgency, complaints by severity."""

WATCHED: dict[str, tuple[DueName, ...]] = {
    "new": ("accept", "first_answer", "on_site", "answer", "done"),
    # Accepting tells the owner who comes and when: that is the first answer.
    "accepted": ("on_site", "answer", "done"),
    "in_progress": ("answer", "done"),
}
"""Which due times still run in a state. Where none does the ticket waits until its own ``until``, or has ended."""


class NextDue(NamedTuple):
    """One thing that is due."""

    name: DueName
    at: datetime


class Deadlines(BaseModel):
    """The due times of one ticket, UTC. They are stored with it: changing the settings moves no promise."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    accept_by: datetime | None = None
    supervisor_by: datetime | None = None
    first_answer_by: datetime | None = None
    on_site_by: datetime | None = None
    answer_by: datetime | None = None
    """A clear answer to the owner; major complaints only."""
    done_by: datetime | None = None

    def next_due(self, state: str, progress: str | None = None) -> NextDue | None:
        """The earliest that still runs in this state; ``None`` when nothing does.

        ``progress`` (on_the_way, arrived, working) matters in progress: until somebody arrived, ``on_site`` still runs.
        """
        names = WATCHED.get(state, ())
        if state == "in_progress" and progress == "on_the_way":
            names = ("on_site", *names)
        due = [NextDue(name, at) for name in names if (at := self.at(name)) is not None]
        return min(due, key=lambda one: one.at, default=None)

    def at(self, name: DueName) -> datetime | None:
        """When ``name`` is due."""
        at: datetime | None = getattr(self, f"{name}_by")
        return at


def row_for(category: str, *, urgent: bool, severity: str | None, table: DeadlineTable) -> DeadlineRow:
    """The row of the table for a ticket. A complaint whose severity nobody has decided counts as minor."""
    if category == "R":
        return table.repair_urgent if urgent else table.repair
    if category == "C":
        rows = {
            None: table.complaint_minor,
            "minor": table.complaint_minor,
            "important": table.complaint_important,
            "major": table.complaint_major,
        }
        if severity not in rows:
            raise ValueError(f"no such severity: {severity!r}; one of minor, important, major")
        return rows[severity]
    if category not in ROWS:
        raise ValueError(f"no such category: {category!r}; one of R, C, I, P, S")
    row: DeadlineRow = getattr(table, ROWS[category])
    return row


def due(term: Term, since: datetime, calendar: BusinessCalendar) -> datetime:
    """When a term that starts at ``since`` is over; UTC."""
    if term.by == "wall":
        at = since + term.time
    elif term.by == "business":
        at = calendar.add(since, term.time)
    elif term.by == "end_of_business_day":
        at = calendar.close_of_business(since, int(term.days))
    else:
        whole = int(term.days)
        at = calendar.add_days(since, whole) if whole else since
        part = term.days - whole
        at = calendar.add(at, calendar.usual_day * part) if part else at
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    return to_millis(at) if at.microsecond % 1000 else at


def deadlines_for(
    category: str,
    *,
    urgent: bool,
    severity: str | None,
    opened_at: datetime,
    calendar: BusinessCalendar,
    settings: TradeSettings,
) -> Deadlines:
    """The due times of a ticket opened at ``opened_at``."""
    row = row_for(category, urgent=urgent, severity=severity, table=settings.deadlines)
    return Deadlines(**times_of(row, opened_at, calendar))


def times_of(row: DeadlineRow, since: datetime, calendar: BusinessCalendar) -> dict[str, datetime | None]:
    """When each thing of a row is due that is counted from ``since``, by the name of its field (``accept_by``)."""

    def by(term: Term | None) -> datetime | None:
        return None if term is None else due(term, since, calendar)

    return {
        "accept_by": by(row.accept),
        "supervisor_by": by(row.supervisor),
        "first_answer_by": by(row.first_answer),
        "on_site_by": by(row.on_site),
        "answer_by": by(row.answer),
        "done_by": by(row.done),
    }
