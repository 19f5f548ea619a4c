"""Signing in: who may, how often one may be wrong, and how long a token holds."""

from __future__ import annotations

import asyncio

import pytest

from desk.errors import Incomplete, NotAllowed
from store.staff import Role
from tests.desk.conftest import Office

GOOD, BAD = "a long enough one", "not this one"


@pytest.fixture
async def ping(office: Office) -> Office:
    await office.desk.staff.add("ping", "平", Role.FRONTDESK, GOOD)
    return office


async def refused(office: Office, name: str, password: str) -> str:
    with pytest.raises(NotAllowed) as why:
        await office.desk.staff.sign_in(name, password)
    return str(why.value.details["reason"])


async def test_five_wrong_words_lock_for_a_quarter_of_an_hour(ping: Office) -> None:
    assert [await refused(ping, "ping", BAD) for _ in range(6)] == ["wrong"] * 5 + ["locked"]
    assert await refused(ping, "ping", GOOD) == "locked"
    ping.clock.move(minutes=14, seconds=59)
    assert await refused(ping, "ping", GOOD) == "locked", "trying does not make it longer either"
    ping.clock.move(seconds=1)
    assert await refused(ping, "ping", BAD) == "wrong"
    assert (await ping.desk.staff.sign_in("ping", GOOD))[1].name == "平"
    assert [await refused(ping, "ping", BAD) for _ in range(4)] == ["wrong"] * 4
    await ping.desk.staff.sign_in("ping", GOOD)
    assert await refused(ping, "ping", BAD) == "wrong", "the right word began the count anew"


async def test_many_guesses_at_once_are_no_more_than_five(ping: Office) -> None:
    tries = [ping.desk.staff.sign_in("ping", f"guess number {n}") for n in range(20)]
    reasons = [str(one.details["reason"]) for one in await asyncio.gather(*tries, return_exceptions=True)]  # type: ignore[union-attr]
    assert reasons.count("wrong") <= 5 and await refused(ping, "ping", GOOD) == "locked"


async def test_who_is_not_there_is_refused_the_same_way(ping: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    verify, looked = ping.desk.staff._verify, []

    def looking(stored: str, password: str) -> bool:
        looked.append(stored[:9])
        return verify(stored, password)

    monkeypatch.setattr(ping.desk.staff, "_verify", looking)
    for name in ("ping", "nobody", "Not A Name", "", "-"):
        assert await refused(ping, name, BAD) == "wrong"
    assert looked == ["$argon2id"] * 5


async def test_who_has_left_cannot_sign_in_and_is_out_at_once(ping: Office) -> None:
    token, _ = await ping.desk.staff.sign_in("ping", GOOD)
    await ping.stores.staff.change("ping", {"active": False})
    assert await ping.desk.staff.signed_in(token) is None and await refused(ping, "ping", GOOD) == "wrong"


async def test_a_token_slides_for_twelve_hours_and_ends_after_seven_days(ping: Office) -> None:
    idle, _ = await ping.desk.staff.sign_in("ping", GOOD)
    busy, _ = await ping.desk.staff.sign_in("ping", GOOD)
    for _ in range(15):
        ping.clock.move(hours=11)
        assert await ping.desk.staff.signed_in(busy) is not None
    assert await ping.desk.staff.signed_in(idle) is None
    ping.clock.move(hours=3)
    assert await ping.desk.staff.signed_in(busy) is None, "165 h and 3 more are seven days"


async def test_all_of_somebodys_tokens_end_at_once(ping: Office) -> None:
    tokens = [(await ping.desk.staff.sign_in("ping", GOOD))[0] for _ in range(3)]
    assert await ping.desk.tokens.end_all("ping") == 3
    assert [await ping.desk.staff.signed_in(token) for token in tokens] == [None] * 3


@pytest.mark.parametrize(("name", "password"), [("ping", GOOD), ("Ping!", GOOD), ("other", "short")])
async def test_what_a_new_colleague_may_not_be_called(ping: Office, name: str, password: str) -> None:
    with pytest.raises(Incomplete):
        await ping.desk.staff.add(name, "谁", Role.TECHNICIAN, password)
