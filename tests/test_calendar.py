"""The business calendar: what "two hours" and "the next business day" come to, on the days where it is not obvious."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk.calendar import BusinessCalendar, CalendarError, holiday_or_workday, knows_year
from desk.office_hours import OfficeHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
BREAK = ("8:00-12:00", "13:30-18:00")
USUAL = BusinessCalendar(SHANGHAI)
CALENDARS = [
    USUAL,
    BusinessCalendar(SHANGHAI, OfficeHours(monday=BREAK, tuesday=BREAK, wednesday=BREAK, thursday=BREAK, friday=BREAK)),
    BusinessCalendar(SHANGHAI, always_open=True),
    BusinessCalendar(SHANGHAI, OfficeHours(saturday=("9:00-12:00",), sunday=("20:00-24:00",), public_holidays=False)),
    # Clocks that go forward and back, once in the middle of the open hours and once at midnight.
    BusinessCalendar(ZoneInfo("America/New_York"), OfficeHours(sunday=("0:00-2:30", "3:00-6:00"))),
    BusinessCalendar(ZoneInfo("America/Santiago"), OfficeHours(saturday=("0:00-24:00",), sunday=("0:00-24:00",))),
]
calendars = st.sampled_from(CALENDARS)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), timedelta(days=20))


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def ends_work(calendar: BusinessCalendar, moment: datetime) -> bool:
    return calendar.is_open(moment) or calendar.is_open(moment - timedelta(microseconds=1))


def test_minutes_go_on_next_morning() -> None:
    assert USUAL.add(at(11, 18, 17, 25), timedelta(minutes=10)) == at(11, 19, 8, 35)


def test_a_friday_evening_goes_on_on_monday() -> None:
    assert USUAL.add(at(11, 20, 20), timedelta(hours=2)) == at(11, 23, 10, 30)
    assert USUAL.next_open(at(11, 21, 10)) == at(11, 23, 8, 30)


def test_work_may_end_at_closing_time() -> None:
    assert USUAL.add(at(11, 18, 8, 30), timedelta(hours=9)) == at(11, 18, 17, 30)
    assert not USUAL.is_open(at(11, 18, 17, 30))


def test_the_lunch_break_does_not_count() -> None:
    assert CALENDARS[1].add(at(11, 18, 11), timedelta(hours=2)) == at(11, 18, 14, 30)
    assert CALENDARS[1].between(at(11, 18, 11), at(11, 18, 14, 30)) == timedelta(hours=2)


def test_national_day_is_closed_and_its_make_up_saturday_is_open() -> None:
    assert USUAL.next_open(at(10, 1, 9)) == at(10, 8, 8, 30)
    assert USUAL.is_open(at(10, 10, 9))  # a Saturday on which the country works
    assert not USUAL.is_open(at(10, 17, 9))


def test_an_estate_open_on_weekends_closes_on_a_holiday_that_falls_on_one() -> None:
    every_day = BusinessCalendar(SHANGHAI, OfficeHours(saturday=("9:00-12:00",), sunday=("9:00-12:00",)))

    assert not every_day.is_business_day(date(2026, 10, 3))
    assert every_day.is_business_day(date(2026, 11, 21))


def test_the_estates_own_days_win() -> None:
    office = OfficeHours(
        overrides={date(2026, 11, 18): "off", date(2026, 11, 21): "work", date(2026, 10, 1): ("10:00-12:00",)}
    )
    calendar = BusinessCalendar(SHANGHAI, office)

    assert not calendar.is_business_day(date(2026, 11, 18))
    assert calendar.is_open(at(11, 21, 9))
    assert calendar.next_open(at(10, 1, 0)) == at(10, 1, 10)


def test_overrides_come_through_json() -> None:
    office = OfficeHours(overrides={date(2027, 2, 6): "off", date(2027, 2, 20): ("9:00-12:00",)})

    assert OfficeHours.model_validate_json(office.model_dump_json()) == office


def test_a_year_the_library_does_not_know_has_the_holidays_of_the_law() -> None:
    assert not knows_year(2040) and knows_year(2026)
    assert holiday_or_workday(date(2040, 10, 1)) is False
    assert holiday_or_workday(date(2040, 10, 9)) is None
    assert holiday_or_workday(date(2029, 2, 13)) is False  # New Year's Day of the moon


def test_business_days_later() -> None:
    assert USUAL.add_days(at(11, 18, 10), 1) == at(11, 19, 10)
    assert USUAL.add_days(at(11, 20, 20), 1) == at(11, 23, 17, 30)  # after closing: the close
    assert USUAL.add_days(at(11, 21, 10), 1) == at(11, 23, 17, 30)  # from a Saturday: Monday's close
    assert USUAL.add_days(at(11, 19, 6), 2) == at(11, 23, 8, 30)  # before opening: the opening
    assert CALENDARS[1].add_days(at(11, 18, 12, 30), 1) == at(11, 19, 13, 30)  # in the break: its end
    assert USUAL.add_days(at(9, 30, 10), 1) == at(10, 8, 10)
    assert USUAL.add_days(at(11, 21, 10), 0) == at(11, 23, 8, 30)


def test_close_of_business() -> None:
    assert USUAL.close_of_business(date(2026, 11, 18)) == at(11, 18, 17, 30)
    assert USUAL.close_of_business(date(2026, 11, 21)) == at(11, 23, 17, 30)
    assert USUAL.close_of_business(at(11, 20, 23), 1) == at(11, 23, 17, 30)
    assert USUAL.close_of_business(at(11, 20, 9), 3) == at(11, 25, 17, 30)


def test_always_open_is_plain_time() -> None:
    assert CALENDARS[2].add(at(10, 1, 23), timedelta(hours=30)) == at(10, 3, 5)
    assert CALENDARS[2].is_open(at(10, 1, 0)) and CALENDARS[2].is_open(at(10, 1, 23, 59))


def test_a_calendar_without_open_hours_is_refused() -> None:
    closed = OfficeHours(monday=(), tuesday=(), wednesday=(), thursday=(), friday=())

    with pytest.raises(CalendarError, match="no open day: give at least one weekday its hours"):
        BusinessCalendar(SHANGHAI, closed)


def test_a_calendar_whose_days_are_all_taken_away_says_so_instead_of_searching_for_ever() -> None:
    calendar = BusinessCalendar(SHANGHAI, holidays=lambda day: False)

    with pytest.raises(CalendarError, match="no open day within 400 days"):
        calendar.add(at(11, 18), timedelta(minutes=1))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("8-17",), "write it as 8:30-17:30"),
        (("17:30-8:30",), "the start comes before the end"),
        (("8:00-25:00",), "at most 24:00"),
        (("8:61-9:00",), "within one day"),
        (("8:00-12:00", "11:00-18:00"), "must follow each other"),
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: tuple[str, ...], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        OfficeHours(monday=wrong)


def test_counting_backwards_or_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="forward only"):
        USUAL.add(at(11, 18), timedelta(seconds=-1))
    with pytest.raises(ValueError, match="forward only"):
        USUAL.add_days(at(11, 18), -1)
    with pytest.raises(ValueError, match="forward only"):
        USUAL.close_of_business(at(11, 18), -1)
    with pytest.raises(ValueError, match="without a zone"):
        USUAL.is_open(datetime(2026, 11, 18))  # noqa: DTZ001


@given(calendars, moments, spans)
def test_what_was_added_is_measured_again(calendar: BusinessCalendar, start: datetime, span: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, span)) == span


@given(calendars, moments, spans)
def test_it_never_ends_on_closed_time(calendar: BusinessCalendar, start: datetime, span: timedelta) -> None:
    end = calendar.add(start, span)

    assert end >= start and end.tzinfo is UTC
    assert ends_work(calendar, end)
    assert calendar.is_open(calendar.next_open(start))


@given(calendars, moments, spans, spans)
def test_more_work_never_ends_earlier(
    calendar: BusinessCalendar, start: datetime, span: timedelta, more: timedelta
) -> None:
    assert calendar.add(start, span) <= calendar.add(start, span + more)


@given(calendars, moments, spans, spans)
def test_a_later_start_never_ends_earlier(
    calendar: BusinessCalendar, start: datetime, wait: timedelta, span: timedelta
) -> None:
    assert calendar.add(start, span) <= calendar.add(start + wait, span)


@given(calendars, moments, spans, spans)
def test_time_adds_up(calendar: BusinessCalendar, a: datetime, first: timedelta, second: timedelta) -> None:
    b, c = a + first, a + first + second

    assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
    assert calendar.between(c, a) == -calendar.between(a, c)
    assert timedelta(0) <= calendar.between(a, c) <= c - a


@given(calendars, moments, spans, st.integers(0, 10))
def test_business_days_keep_their_order(calendar: BusinessCalendar, a: datetime, wait: timedelta, n: int) -> None:
    later = calendar.add_days(a, n)

    assert later >= a
    assert ends_work(calendar, later)
    assert later <= calendar.add_days(a, n + 1)
    assert later <= calendar.add_days(a + wait, n)
    assert ends_work(calendar, calendar.close_of_business(a, n))
