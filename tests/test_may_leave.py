"""When a push may leave: quiet hours, caps, and what passes them (the contract, section 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.deliveries import Kind, cap_window, may_leave
from desk.settings import DeliverySettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTINGS = DeliverySettings()


def at(text: str) -> datetime:
    """A time of 10 March 2026 in Shanghai (``+1 8:00``: the day after)."""
    day, _, clock = text.rpartition(" ")
    hour, minute = clock.split(":")
    local = datetime(2026, 3, 10 + int(day or 0), int(hour), int(minute), tzinfo=SHANGHAI)
    return local.astimezone(UTC)


def until(kind: Kind, now: str, *, wrote: str | None = None, sent: str | None = None, latest: str | None = None) -> str:
    """``now``, or the local time until which a row of this kind waits."""
    verdict = may_leave(
        kind,
        now=at(now),
        zone=SHANGHAI,
        settings=SETTINGS,
        last_inbound_at=at(wrote) if wrote else None,
        last_sent_at=at(sent) if sent else None,
        latest=at(latest) if latest else None,
    )
    if verdict.until is None:
        return "now"
    local = verdict.until.astimezone(SHANGHAI)
    return f"{verdict.why} {'+1 ' if local.day == 11 else ''}{local.hour}:{local.minute:02}"


@pytest.mark.parametrize(
    ("kind", "now", "waits"),
    [
        (Kind.ANSWER, "3:00", "now"),
        (Kind.STAFF_REPLY, "3:00", "now"),
        (Kind.URGENT, "3:00", "now"),
        (Kind.STATUS, "7:59", "quiet_hours 8:00"),
        (Kind.STATUS, "8:00", "now"),
        (Kind.STATUS, "21:59", "now"),
        (Kind.STATUS, "22:00", "quiet_hours +1 8:00"),
        (Kind.PARCEL, "20:59", "now"),
        (Kind.PARCEL, "21:00", "quiet_hours +1 8:00"),
        (Kind.REVISIT, "8:59", "quiet_hours 9:00"),
        (Kind.REVISIT, "9:00", "now"),
        (Kind.REVISIT, "20:00", "quiet_hours +1 9:00"),
        (Kind.NOTICE, "7:00", "quiet_hours 8:00"),
        (Kind.NOTICE, "21:00", "quiet_hours +1 8:00"),
    ],
)
def test_the_table_of_quiet_hours(kind: Kind, now: str, waits: str) -> None:
    assert until(kind, now) == waits


def test_ticket_news_reaches_an_owner_who_is_awake_and_nothing_else_does() -> None:
    assert until(Kind.STATUS, "23:30", wrote="23:00") == "now"
    assert until(Kind.STATUS, "23:31", wrote="23:00") == "quiet_hours +1 8:00"
    for kind in (Kind.PARCEL, Kind.REVISIT, Kind.NOTICE):
        assert until(kind, "23:01", wrote="23:00").startswith("quiet_hours")


@pytest.mark.parametrize(
    ("kind", "now", "sent", "waits"),
    [
        (Kind.STATUS, "10:29", "10:00", "cap 10:30"),
        (Kind.STATUS, "10:30", "10:00", "now"),
        (Kind.NOTICE, "10:59", "10:00", "cap 11:00"),
        (Kind.REVISIT, "19:00", "10:00", "cap +1 10:00"),
        (Kind.URGENT, "10:01", "10:00", "now"),
        (Kind.STAFF_REPLY, "10:01", "10:00", "now"),
        (Kind.ANSWER, "10:01", "10:00", "now"),
    ],
)
def test_the_table_of_caps(kind: Kind, now: str, sent: str, waits: str) -> None:
    assert until(kind, now, sent=sent) == waits


def test_a_revisit_is_asked_within_its_time_whatever_the_cap_says() -> None:
    assert until(Kind.REVISIT, "12:00", sent="11:00", latest="19:30") == "cap 19:30"
    # The last moment lies in quiet hours: asked before they begin.
    assert until(Kind.REVISIT, "12:00", sent="11:00", latest="20:30") == "cap 19:59"
    assert until(Kind.REVISIT, "12:00", sent="11:30", latest="+1 8:00") == "cap 19:59"
    assert until(Kind.REVISIT, "12:00", sent="11:00", latest="+1 12:30") == "cap +1 11:00"
    assert until(Kind.REVISIT, "12:00", sent="11:00", latest="10:00") == "now"
    # Quiet hours hold all the same.
    assert until(Kind.REVISIT, "23:00", sent="11:00", latest="10:00") == "quiet_hours +1 9:00"


MINUTES = st.integers(0, 730 * 24 * 60)
MOMENTS = MINUTES.map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(
    kind=st.sampled_from(Kind),
    now=MOMENTS,
    sent=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
    wrote=st.none() | st.timedeltas(timedelta(0), timedelta(hours=2)),
)
def test_who_waits_is_free_to_go_in_the_end(
    kind: Kind, now: datetime, sent: timedelta | None, wrote: timedelta | None
) -> None:
    """Never a time in the past, and after at most a few waits the row leaves: nothing starves."""
    last_sent = now - sent if sent is not None else None
    for _ in range(4):
        verdict = may_leave(
            kind,
            now=now,
            zone=SHANGHAI,
            settings=SETTINGS,
            last_inbound_at=now - wrote if wrote is not None else None,
            last_sent_at=last_sent,
        )
        if verdict.until is None:
            break
        assert verdict.until > now
        assert verdict.until - now <= timedelta(days=1)
        now = verdict.until
    else:
        raise AssertionError("waits for ever")
    if kind in (Kind.ANSWER, Kind.STAFF_REPLY, Kind.URGENT):
        assert cap_window(kind, SETTINGS) is None
