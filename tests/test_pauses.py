"""How the sender leaves an API of WeChat alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.pauses import Pauses
from bot.wechat.errors import action_for


class Machine:
    """A clock for back-offs: the machine's time as the test says."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 10, 2, 0, 20, tzinfo=UTC)  # 10:00:20 in Shanghai

    def now(self) -> datetime:
        """Business time plays no part here."""
        raise AssertionError("pauses go by the machine's time")

    def wall(self) -> datetime:
        """The machine's time."""
        return self.at

    def passes(self, **by: float) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def pauses(machine: Machine) -> Pauses:
    return Pauses(machine, random.Random(1))


def refused(pauses: Pauses, api: str, errcode: int) -> None:
    pauses.asked(api, action_for(api, errcode), errcode)


def test_an_api_that_does_not_answer_is_asked_less_and_less_often(pauses: Pauses, machine: Machine) -> None:
    waits = []
    for _ in range(8):
        pauses.failed("message")
        waited = 0.0
        while not pauses.open("message"):
            machine.passes(seconds=0.25)
            waited += 0.25
        waits.append(waited)
    assert waits[0] <= 1 and 15 <= waits[-1] <= 30.25
    pauses.worked("message")
    pauses.failed("message")
    machine.passes(seconds=1)
    assert pauses.open("message")


def test_the_daily_limit_closes_one_api_until_midnight_in_shanghai(pauses: Pauses, machine: Machine) -> None:
    refused(pauses, "message", 45009)
    assert not pauses.open("message") and pauses.open("template")
    machine.passes(hours=13, minutes=59, seconds=39)  # 23:59:59
    assert not pauses.open("message")
    machine.passes(seconds=1)
    assert pauses.open("message")


def test_the_minute_limit_closes_it_until_the_next_minute(pauses: Pauses, machine: Machine) -> None:
    refused(pauses, "template", 45011)
    machine.passes(seconds=39)
    assert not pauses.open("template")
    machine.passes(seconds=1)
    assert pauses.open("template")


@pytest.mark.parametrize("errcode", [40013, 40125, 40164, 40001, 42001])
def test_a_wrong_set_up_stops_all_sending_for_a_minute_and_says_so(
    pauses: Pauses, machine: Machine, errcode: int, caplog: pytest.LogCaptureFixture
) -> None:
    refused(pauses, "message", errcode)
    assert not pauses.open("message") and not pauses.open("template")
    assert str(errcode) in caplog.text and "settings" in caplog.text
    machine.passes(minutes=1)
    assert pauses.open("message")


def test_without_a_token_nothing_can_be_sent(pauses: Pauses, machine: Machine) -> None:
    pauses.failed("token")
    assert not pauses.open("message") and not pauses.open("template")
    machine.passes(seconds=1)
    assert pauses.open("message")


def test_one_message_that_is_refused_closes_nothing(pauses: Pauses) -> None:
    for errcode in (40003, 45015, 45047, 43004, 47003, 45002, -1):
        refused(pauses, "message", errcode)
    assert pauses.open("message") and pauses.open("template")
