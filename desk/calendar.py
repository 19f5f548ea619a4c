"""The estate's business calendar: what "two hours" and "the next business day" mean there.

Weekly hours, the country's holidays and make-up workdays, and the estate's own exceptions. Pure: times go in and come
out aware, results are UTC, days are those of the estate's zone. The minute of closing is not open itself, but work may
end on it: adding nine hours to the opening of a nine-hour day gives its close, not the next morning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar

from desk.office_hours import OfficeHours, minutes_of

Hours = tuple[tuple[datetime, datetime], ...]
"""The open spans of one day, UTC, in order."""

LONGEST_CLOSED = 400
"""So many closed days in a row are a mistake in the settings, not a holiday."""

STATUTORY = {
    # The government publishes the swapped days each November; the days that the law itself gives are known before.
    2027: "0101 0205 0206 0207 0208 0405 0501 0502 0609 0915 1001 1002 1003",
    2028: "0101 0125 0126 0127 0128 0404 0501 0502 0528 1001 1002 1003",
    2029: "0101 0212 0213 0214 0215 0404 0501 0502 0616 0922 1001 1002 1003",
    2030: "0101 0202 0203 0204 0205 0405 0501 0502 0605 0912 1001 1002 1003",
}
FIXED = "0101 0501 0502 1001 1002 1003"


class CalendarError(ValueError):
    """The calendar cannot be used as it is set; ``said`` is the reason for the pages."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said


def holiday_or_workday(day: date) -> bool | None:
    """``True``: a workday also at the weekend; ``False``: a public holiday; ``None``: whatever the week says.

    For years that the ``chinese_calendar`` library does not know yet, only the days that the law gives are holidays;
    the arranged ones come with a newer library or with the estate's overrides.
    """
    try:
        off, occasion = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        known = STATUTORY.get(day.year, FIXED).split()
        return False if f"{day:%m%d}" in known else None
    # A holiday that falls on a weekend has its name too: an estate that opens on weekends closes on it.
    return not off if occasion else None


def knows_year(year: int) -> bool:
    """Whether the arranged holidays of a year are known; ``doctor`` warns when the coming year's are not."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


class BusinessCalendar:
    """Counts in open hours and business days. Refused with ``CalendarError`` when it would never be open."""

    def __init__(
        self,
        zone: ZoneInfo,
        office: OfficeHours | None = None,
        *,
        always_open: bool = False,
        holidays: Callable[[date], bool | None] = holiday_or_workday,
    ) -> None:
        self.zone = zone
        self.office = office or OfficeHours()
        self.always_open = always_open or self.office.always_open
        self._holidays = holidays
        usual = [spans for spans in self.office.week if spans]
        if not usual and not self.always_open:
            raise CalendarError(
                "the office hours have no open day: give at least one weekday its hours (8:30-17:30)",
                "一周里没有一天上班,至少给一天写上时间,像 8:30-17:30",
            )
        self._workday_spans = usual[0] if usual else ()
        self.usual_day = timedelta(days=1)
        """How long a usual day is open; half a business day is half of it."""
        if not self.always_open:
            minutes = [sum(end - start for start, end in map(minutes_of, spans)) for spans in usual]
            self.usual_day = timedelta(minutes=sum(minutes) / len(minutes))
        self._next: tuple[datetime, datetime, datetime] | None = None
        """The span looked up last: since the end of the one before it, its start, its end. Most tickets ask for it."""
        self.close_after = lru_cache(maxsize=1024)(self._close_after)
        self.hours_on = lru_cache(maxsize=1024)(self._hours_on)

    def _hours_on(self, day: date) -> Hours:
        """The open spans of a day of the estate's zone."""
        spans = []
        until = datetime.min.replace(tzinfo=UTC)
        for span in self._spans_of(day):
            start, end = (self._moment(day, minute) for minute in minutes_of(span))
            # When the clocks are put forward a span may shrink, vanish or meet the one before it.
            start = max(start, until)
            if start < end:
                spans.append((start, end))
                until = end
        return tuple(spans)

    def _spans_of(self, day: date) -> tuple[str, ...]:
        own = self.office.overrides.get(day)
        if isinstance(own, tuple):
            return own
        if self.always_open:
            return () if own == "off" else ("0:00-24:00",)
        usual = self.office.week[day.weekday()]
        working = {"work": True, "off": False, None: None}[own]
        if working is None and self.office.public_holidays:
            working = self._holidays(day)
        if working is None:
            return usual
        return (usual or self._workday_spans) if working else ()

    def _moment(self, day: date, minute: int) -> datetime:
        at = datetime.combine(day + timedelta(days=minute // 1440), time(minute % 1440 // 60, minute % 60), self.zone)
        return at.astimezone(UTC)

    def _day(self, at: datetime) -> date:
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return at.astimezone(self.zone).date()

    def _open_days(self, first: date) -> Iterator[tuple[date, Hours]]:
        """The open days from ``first`` on, endlessly; raises rather than search a calendar that is closed for good."""
        day, closed = first, 0
        while closed <= LONGEST_CLOSED:
            hours = self.hours_on(day)
            closed = 0 if hours else closed + 1
            if hours:
                yield day, hours
            day += timedelta(days=1)
        raise CalendarError(
            f"no open day within {LONGEST_CLOSED} days after {first}: look at the overrides",
            f"{first} 起 {LONGEST_CLOSED} 天里没有一天上班,看看单独设置的那些天",
        )

    def _spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open spans that end after ``at``, in order; the first may have begun before."""
        # One day back: a day's last span may end on the next day's midnight.
        before: datetime | None = None
        for _, hours in self._open_days(self._day(at) - timedelta(days=1)):
            for start, end in hours:
                if end > at:
                    if before is not None:
                        self._next, before = (before, start, end), None
                    yield start, end
                else:
                    before = end

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at ``at``; the minute of closing is closed."""
        return any(start <= at < end for start, end in self.hours_on(self._day(at)))

    def is_business_day(self, day: date) -> bool:
        """Whether the office opens at all that day."""
        return bool(self.hours_on(day))

    def next_open(self, at: datetime) -> datetime:
        """``at`` itself when open, else the next opening."""
        start, _ = next(self._spans_from(at))
        return max(start, at).astimezone(UTC)

    def add(self, at: datetime, business: timedelta) -> datetime:
        """When ``business`` open time has passed since ``at``. Zero from a closed time: the next opening."""
        if business < timedelta(0):
            raise ValueError("business time is counted forward only")
        known = self._next
        if known is not None and known[0] <= at < known[2]:
            begin = max(known[1], at)
            if business <= known[2] - begin:
                return (begin + business).astimezone(UTC)
        left = business
        for start, end in self._spans_from(at):
            begin = max(start, at)
            if left <= end - begin:
                return (begin + left).astimezone(UTC)
            left -= end - begin
        raise AssertionError("the open days never end")  # pragma: no cover

    def subtract(self, at: datetime, business: timedelta) -> datetime:
        """From when to ``at`` just ``business`` open time passes: the latest such moment."""
        if business < timedelta(0):
            raise ValueError("business time is counted forward only")
        left, closed = business, 0
        day = self._day(at)
        while closed <= LONGEST_CLOSED:
            hours = self.hours_on(day)
            closed = 0 if hours else closed + 1
            for start, end in reversed(hours):
                until = min(end, at)
                if until <= start:
                    continue
                if left <= until - start:
                    return until - left
                left -= until - start
            day -= timedelta(days=1)
        raise CalendarError(
            f"no open day within {LONGEST_CLOSED} days before {day}: look at the overrides",
            f"{day} 起 {LONGEST_CLOSED} 天里没有一天上班,看看单独设置的那些天",
        )

    def between(self, a: datetime, b: datetime) -> timedelta:
        """How much open time lies between two moments; negative when ``b`` is the earlier."""
        if b < a:
            return -self.between(b, a)
        day, last, total = self._day(a) - timedelta(days=1), self._day(b), timedelta(0)
        while day <= last:
            for start, end in self.hours_on(day):
                total += max(min(end, b) - max(start, a), timedelta(0))
            day += timedelta(days=1)
        return total

    def add_days(self, at: datetime, n: int) -> datetime:
        """``n`` business days later, at the same minute of the day.

        A minute that is closed there moves: before opening to the opening, in a break to the end of the break, after
        closing to the close. A closed day counts as the evening before: Saturday plus one is Monday's close. With 0:
        ``next_open``.
        """
        if n < 0:
            raise ValueError("business days are counted forward only")
        today = self._day(at)
        if n == 0:
            return self.next_open(at)
        day, hours = self._nth_open_day_after(today, n)
        if not self.hours_on(today):
            return hours[-1][1]
        local = at.astimezone(self.zone)
        wanted = datetime.combine(day, local.time(), self.zone).astimezone(UTC)
        if wanted >= hours[-1][1]:
            return hours[-1][1]
        for (_, morning_end), (afternoon_start, _) in pairwise(hours):
            if morning_end < wanted < afternoon_start:
                return afternoon_start
        return max(wanted, hours[0][0])

    def close_of_business(self, at: datetime | date, n: int = 0) -> datetime:
        """When the ``n``-th open day after the day of ``at`` closes; with 0, that day itself, or the next open one."""
        if n < 0:
            raise ValueError("business days are counted forward only")
        day = self._day(at) if isinstance(at, datetime) else at
        return self.close_after(day, n)

    def _close_after(self, day: date, n: int) -> datetime:
        _, hours = self._nth_open_day_after(day, n) if n else next(self._open_days(day))
        return hours[-1][1]

    def _nth_open_day_after(self, day: date, n: int) -> tuple[date, Hours]:
        for count, found in enumerate(self._open_days(day + timedelta(days=1)), start=1):
            if count == n:
                return found
        raise AssertionError("the open days never end")  # pragma: no cover
