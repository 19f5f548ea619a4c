"""What is due when, row by row of the table, and which of it counts in a state; and the settings that say so."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk.calendar import BusinessCalendar
from desk.deadlines import Deadlines, Term, deadlines_for
from desk.settings import DailyWindow, TradeSettings, demo_settings, unknown_names
from desk.texts import TextError

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = BusinessCalendar(ZONE)
SETTINGS = TradeSettings()


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def of(category: str, opened: datetime, *, urgent: bool = False, severity: str | None = None) -> Deadlines:
    return deadlines_for(
        category, urgent=urgent, severity=severity, opened_at=opened, calendar=CALENDAR, settings=SETTINGS
    )


WEDNESDAY = at(18, 10)
SATURDAY_NIGHT = at(21, 23, 30)


def test_a_burst_pipe_on_saturday_night_waits_for_nobodys_office_hours() -> None:
    due = of("R", SATURDAY_NIGHT, urgent=True)

    assert due.first_answer_by == SATURDAY_NIGHT
    assert due.accept_by == at(21, 23, 40)
    assert due.supervisor_by == at(21, 23, 50)
    assert due.on_site_by == at(22, 0)
    assert due.done_by == at(22, 23, 30)


def test_a_usual_repair() -> None:
    due = of("R", WEDNESDAY)

    assert due.accept_by == at(18, 10, 10)
    assert due.first_answer_by == at(18, 12)
    assert due.on_site_by == at(19, 17, 30)
    assert due.done_by == at(23, 17, 30)  # Thursday, Friday, Monday


def test_a_usual_repair_on_saturday_night_starts_on_monday() -> None:
    due = of("R", SATURDAY_NIGHT)

    assert due.accept_by == at(23, 8, 40)
    assert due.on_site_by == at(23, 17, 30)


@pytest.mark.parametrize(
    ("severity", "answer_by", "done_by"),
    [
        (None, None, at(18, 14, 30)),
        ("minor", None, at(18, 14, 30)),
        ("important", None, at(19, 10)),
        ("major", at(20, 10), at(3, 10, month=12)),
    ],
)
def test_complaints_by_severity(severity: str | None, answer_by: datetime | None, done_by: datetime) -> None:
    due = of("C", WEDNESDAY, severity=severity)

    assert due.accept_by == at(18, 10, 10)
    assert due.first_answer_by == at(18, 12)
    assert due.answer_by == answer_by
    assert due.done_by == done_by
    assert due.on_site_by is None


@pytest.mark.parametrize("category", ["I", "P"])
def test_questions_and_parcels_with_a_person(category: str) -> None:
    due = of(category, WEDNESDAY)

    assert (due.first_answer_by, due.done_by) == (at(18, 12), at(19, 10))


def test_a_suggestion_is_answered_within_a_business_day() -> None:
    due = of("S", at(20, 16))

    assert (due.accept_by, due.first_answer_by, due.done_by) == (at(23, 16), at(23, 16), None)


def test_unknown_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="no such category: 'X'"):
        of("X", WEDNESDAY)
    with pytest.raises(ValueError, match="no such severity: 'huge'"):
        of("C", WEDNESDAY, severity="huge")


def test_what_is_due_next_follows_the_state() -> None:
    due = of("R", WEDNESDAY)

    assert due.next_due("new") == ("accept", due.accept_by)
    assert due.next_due("accepted") == ("on_site", due.on_site_by)
    assert due.next_due("in_progress", "on_the_way") == ("on_site", due.on_site_by)
    assert due.next_due("in_progress", "arrived") == ("done", due.done_by)


@pytest.mark.parametrize(
    "state",
    ["waiting_owner", "waiting_parts", "deferred", "resolved", "closed", "declined", "cancelled", "merged", "later"],
)
def test_nothing_is_due_while_waiting_or_at_the_end(state: str) -> None:
    assert of("R", WEDNESDAY).next_due(state) is None


def test_a_major_complaint_owes_a_clear_answer_before_its_end() -> None:
    due = of("C", WEDNESDAY, severity="major")

    assert due.next_due("accepted") == ("answer", due.answer_by)


def test_due_times_survive_the_database() -> None:
    due = of("R", at(18, 10).replace(microsecond=123456))

    assert Deadlines.model_validate_json(due.model_dump_json()) == due
    assert due.accept_by is not None and due.accept_by.microsecond == 123000


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(ZONE)),  # noqa: DTZ001
    st.sampled_from("RCIPS"),
    st.booleans(),
    st.sampled_from([None, "minor", "important", "major"]),
)
def test_no_promise_lies_before_the_ticket_and_accepting_comes_first(
    opened: datetime, category: str, urgent: bool, severity: str | None
) -> None:
    due = of(category, opened, urgent=urgent, severity=severity)
    named = [value for value in due.model_dump().values() if value is not None]

    assert min(named) >= opened.replace(microsecond=opened.microsecond // 1000 * 1000)
    assert due.accept_by is not None and (due.done_by is None or due.accept_by <= due.done_by)


# -- the settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [SETTINGS, demo_settings()], ids=["usual", "demo"])
def test_settings_survive_json(settings: TradeSettings) -> None:
    assert TradeSettings.model_validate(json.loads(json.dumps(settings.to_json()))) == settings


def test_durations_are_seconds_or_iso() -> None:
    assert SETTINGS.to_json()["revisit"]["delay"] == 7200
    assert SETTINGS.changed({"revisit": {"delay": 60}}).revisit.delay == timedelta(minutes=1)
    assert SETTINGS.changed({"revisit": {"delay": "PT10M"}}).revisit.delay == timedelta(minutes=10)


def test_a_change_leaves_the_rest() -> None:
    changed = SETTINGS.changed(
        {
            "deadlines": {"repair": {"accept": {"by": "business_days", "days": 1}}},
            "office": {"saturday": ["9:00-12:00"], "overrides": {"2027-02-08": "off"}},
            "templates": {"notice": {"template_id": "abc", "fields": {"thing1": "{title}"}}},
        }
    )

    assert changed.deadlines.repair.accept == Term(by="business_days", days=1)
    assert changed.deadlines.repair.done == SETTINGS.deadlines.repair.done
    assert changed.office.monday == SETTINGS.office.monday and changed.office.saturday == ("9:00-12:00",)
    assert changed.templates["notice"].fields == {"thing1": "{title}"}
    assert changed.revisit == SETTINGS.revisit


def test_a_newer_processes_setting_is_ignored_but_a_typing_error_is_refused() -> None:
    assert TradeSettings.model_validate({"later": 1, "revisit": {"later": 2}}) == SETTINGS
    assert unknown_names({"revisit": {"dealy": 1}, "ofice": {}}) == ["revisit.dealy", "ofice"]
    with pytest.raises(ValueError, match=r"no such setting: revisit\.dealy"):
        SETTINGS.changed({"revisit": {"dealy": 1}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"revisit": {"delay": -1}},
        {"revisit": {"delay": "soon"}},
        {"delivery": {"status_cap": {"count": 0}}},
        {"deadlines": {"repair": {"accept": {"by": "wall", "days": 1}}}},
        {"deadlines": {"repair": {"accept": {"by": "end_of_business_day", "days": 0.5}}}},
        {"office": {"monday": ["9-5"]}},
        {"templates": {"birthday": {"template_id": "abc"}}},
        {"understanding": {"ask_below": 2}},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SETTINGS.changed(wrong)


def test_ticket_news_at_night_waits_for_eight() -> None:
    window = SETTINGS.delivery.hours("status")

    assert window is not None
    assert window.next_allowed(at(18, 21, 59), ZONE) == at(18, 21, 59)
    assert window.next_allowed(at(18, 22), ZONE) == at(19, 8)
    assert window.next_allowed(at(19, 3), ZONE) == at(19, 8)
    assert SETTINGS.delivery.hours("urgent") is None
    assert SETTINGS.delivery.hours("answer") is None


def test_a_window_over_midnight_and_one_that_is_always_open() -> None:
    night = DailyWindow(start=time(20), end=time(6))

    assert night.allows(at(18, 23), ZONE) and night.allows(at(18, 5), ZONE)
    assert night.next_allowed(at(18, 7), ZONE) == at(18, 20)
    assert DailyWindow(start=time(0), end=time(0)).next_allowed(at(18, 3), ZONE) == at(18, 3)


def test_the_limits_of_each_kind() -> None:
    delivery = SETTINGS.delivery

    status, revisit, notice = delivery.cap("status"), delivery.cap("revisit"), delivery.cap("notice")
    assert status and revisit and notice
    assert (status.count, status.within) == (1, timedelta(minutes=30))
    assert (revisit.within, notice.within) == (timedelta(days=1), timedelta(hours=1))
    assert delivery.cap("answer") is None
    assert delivery.merge("status") == timedelta(minutes=3)
    assert delivery.merge("parcel") == timedelta(minutes=10)
    assert delivery.merge("revisit") == timedelta(0)


def test_template_fields_are_cut_to_what_the_platform_takes() -> None:
    mapping = demo_settings().templates["ticket_status"]

    data = mapping.filled(
        {
            "number": "R20261118-0001",
            "title": "厨房水管漏水" * 5,
            "state": "已接单",
            "time": "2026年11月18日 15:20",
            "remark": "张师傅接单了\n电话另说",
        }
    )

    assert data["character_string1"] == "R20261118-0001"
    assert len(data["thing2"]) == 20 and data["thing2"].endswith("…")
    assert data["thing5"] == "张师傅接单了 电话另说"
    with pytest.raises(TextError, match="'number' is missing"):
        mapping.filled({})


def test_the_demo_is_quick_and_never_quiet() -> None:
    demo = demo_settings()

    assert demo.revisit.delay <= timedelta(seconds=10)
    window = demo.delivery.hours("revisit")
    assert window is not None and window.allows(at(18, 3), ZONE)
    assert BusinessCalendar(ZONE, demo.office).is_open(at(21, 3))
