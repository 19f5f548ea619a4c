"""What holds in an estate: for all, for one, and when somebody stored nonsense."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from desk import rulebook
from store.errors import Unavailable
from store.estates import Estate
from tests.desk.conftest import Office


async def put(office: Office, whose: str, values: dict[str, object]) -> None:
    stored = await office.stores.settings.find(whose)
    assert await office.stores.settings.put(whose, values, version=stored.version if stored else 0)
    await office.desk.rules.refresh()


async def test_an_estates_own_settings_stand_over_those_for_all(office: Office) -> None:
    await office.stores.estates.add([Estate(id="ur", name="西苑", time_zone="Asia/Urumqi")])
    await put(office, "*", {"revisit": {"delay": 60, "ask_again_after": 120}})
    await put(office, "hy", {"revisit": {"delay": 30}})
    here, there = office.desk.rules.of("hy"), office.desk.rules.of("ur")
    assert [rules.settings.revisit.delay.total_seconds() for rules in (here, there)] == [30, 60]
    assert here.settings.revisit.ask_again_after == timedelta(seconds=120)
    assert [str(rules.zone) for rules in (here, there)] == ["Asia/Shanghai", "Asia/Urumqi"]
    assert office.desk.rules.only_estate == ""


@pytest.mark.parametrize("nonsense", [{"revisit": {"delay": "soon"}}, {"revisitt": {}}, {"revisit": 7}])
async def test_settings_that_are_no_settings_leave_the_last_good_ones_and_are_logged_once(
    office: Office, nonsense: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    await put(office, "hy", {"revisit": {"delay": 30}})
    await put(office, "hy", nonsense)
    await office.desk.rules.refresh()
    assert office.desk.rules.of("hy").settings.revisit.delay == timedelta(seconds=30)
    assert sum("hy: stored settings are not valid" in line.getMessage() for line in caplog.records) == 1
    await put(office, "hy", {"revisit": {"delay": 45}})
    assert office.desk.rules.of("hy").settings.revisit.delay == timedelta(seconds=45)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Asia", "../etc/passwd", ""])
async def test_an_estate_with_a_zone_that_is_none_keeps_its_name_and_the_house_goes_on(
    office: Office, zone: str, caplog: pytest.LogCaptureFixture
) -> None:
    await office.stores.estates.add([Estate(id="xy", name="西苑", time_zone=zone)])
    await office.desk.rules.refresh()
    await office.desk.rules.refresh()
    rules = office.desk.rules.of("xy")
    assert (rules.estate.name, str(rules.zone)) == ("西苑", "Asia/Shanghai")
    assert sum("xy: zone" in line.getMessage() for line in caplog.records) == 1


async def test_an_estates_own_words(office: Office) -> None:
    await office.stores.texts._insert({"_id": "1", "estate_id": "hy", "name": "thanks.reply", "text": "应该的。"})
    await office.stores.texts._insert({"_id": "2", "estate_id": "hy", "name": "thanks.ok", "text": "请{nothing}"})
    await office.desk.rules.refresh()
    texts = office.desk.rules.of("hy").texts
    assert texts.say("thanks.reply") == "应该的。" and texts.say("thanks.ok") == "好的，有事随时说。"
    assert office.desk.rules.of("hy").texts is texts


async def test_it_is_read_again_by_itself_also_after_the_store_was_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=10) == rulebook.KEPT
    monkeypatch.setattr(rulebook, "KEPT", timedelta(milliseconds=1))
    refresh, calls, seen = office.desk.rules.refresh, [], asyncio.Event()

    async def counted() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise Unavailable("settings")
        await refresh()
        seen.set()

    monkeypatch.setattr(office.desk.rules, "refresh", counted)
    keeping = asyncio.create_task(office.desk.rules.keep_fresh())
    await asyncio.wait_for(seen.wait(), 10)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
