"""The word about an incident reaches everybody, also when its timer was given up."""

from __future__ import annotations

import pytest

from bot.timers import WAITS
from desk.untold import tell_the_rest
from tests.desk.conftest import Office
from tests.desk.test_incidents import incidents, reports


async def test_a_word_whose_timer_failed_for_good_is_told_after_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reports(office, 3)
    [incident] = await incidents(office)
    with monkeypatch.context() as broken:

        async def fails(*args: object) -> None:
            raise RuntimeError("no way")

        broken.setattr(office.desk.incident_news, "_one", fails)
        await office.desk.incidents.confirm(incident, await office.actor("li"), text="正在抢修")
        broken.setattr("bot.timers.WAITS", WAITS[:2])
        for _ in range(5):
            await office.later(seconds=6)
    [said] = (await incidents(office))[0].updates
    timer = await office.stores.timers.find(f"incident_tell:{said.id}")
    assert timer is not None and timer.state == "failed"
    assert await look(office) == [], "a moment later a worker may still be at it"

    await office.later(minutes=2)
    assert await look(office) == [incident.number]
    assert await look(office) == [], "it is planned now"
    await office.later(minutes=1)
    for n in range(3):
        assert any("正在抢修" in row.text for row in await office.heard(f"n{n}"))
    [told] = await incidents(office)
    assert not told.unfinished and await look(office) == []


async def test_what_was_told_is_not_told_again(office: Office) -> None:
    await reports(office, 3)
    [incident] = await incidents(office)
    await office.desk.incidents.confirm(incident, await office.actor("li"), text="正在抢修")
    await office.later(minutes=5)

    assert await look(office) == []


async def look(office: Office) -> list[str]:
    return await tell_the_rest(office.stores, office.desk.timers, office.clock.now())
