"""Words that were published decide in every process, and go when they are taken back."""

from __future__ import annotations

import asyncio
import logging

import pytest

import nlp
from bot.published import PublishedWords
from desk.actors import SYSTEM
from nlp.understanding import current, reader, swap
from store.errors import Unavailable
from store.lexicons import Standing
from tests.house import House

TEXT = "厨房的水管漏水咣当响"
DOCUMENT = "words: [{word: 咣当响, weights: {other: 6, repair: -6}}]"


async def heard(house: House, text: str) -> dict[str, object]:
    """What the bot made of these words of an owner's."""
    phone = await house.owner("wang")
    await phone.says(text)
    now = house.runtime.clock.now()
    lines = await house.stores.messages.after(house.conversation_id(phone), now.replace(year=now.year - 1))
    line = [one for one in lines if one.text == text][-1]
    assert line.understanding is not None
    return line.understanding


async def test_a_published_word_decides_until_it_is_taken_back(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = house.desk.lab
    nlp.load()
    overlay = lab.read(DOCUMENT)
    before = await heard(house, TEXT)
    assert before["label"] == "repair"
    await lab.replay(overlay, SYSTEM)
    version = await lab.publish(overlay, SYSTEM, note="响声先不算")
    # The process that published hears at once; its owners do too.
    after = await heard(house, TEXT + "啊")
    assert (after["label"], after["lexicon_version"]) == ("other", "v1")

    # Another process: what it holds is what is stored, found at its next look.
    swap(None)
    other = PublishedWords(house.desk)
    await other.at_start()
    assert current().version == version.id

    # A version that cannot be used: said once, and the last good one stays.
    broken = version.model_copy(update={"id": "v2", "number": 2, "text": "words: [{word: 咣当响, like: 魑魅}]"})
    await house.stores.lexicons._insert(broken.row())
    await house.stores.lexicons.hold(2, await lab.standing())
    with caplog.at_level(logging.ERROR, logger="bot.published"):
        await other.look()
        await other.look()
    assert current().version == "v1"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    # So does a version that is missing, and starting does not fail for either.
    await house.stores.lexicons.hold(7, await lab.standing())
    await PublishedWords(house.desk).at_start()
    assert current().version == "v1"

    async def away() -> Standing:
        raise Unavailable("lexicons")

    with monkeypatch.context() as patch:
        patch.setattr(house.stores.lexicons, "standing", away)
        await PublishedWords(house.desk).at_start()
        with pytest.raises(Unavailable):
            await other.look()

    await lab.roll_back("default", SYSTEM)
    await other.look()
    assert current().version == reader().version
    assert (await heard(house, TEXT + "呀"))["label"] == "repair"


async def test_another_process_follows_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.published.POLL_SECONDS", 0.02)
    nlp.load()
    lab = house.desk.lab
    lab.on_change.clear()  # published elsewhere
    words = PublishedWords(house.desk)
    loop = asyncio.create_task(words.keep())
    try:
        overlay = lab.read(DOCUMENT)
        await lab.replay(overlay, SYSTEM)
        await lab.publish(overlay, SYSTEM, note="响声先不算")
        async with asyncio.timeout(30):
            while current().version != "v1":
                await asyncio.sleep(0.02)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await words.close()
    assert current().version == reader().version
