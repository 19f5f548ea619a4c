"""Photos, films, recordings and places: they find their ticket, or one question finds it."""

from __future__ import annotations

from desk.media import media_id
from handlers.photos import said_place
from store.media import MediaState
from store.stores import Stores
from tests.clock import FixedClock
from tests.handlers.talk import Talk


def nth(talk: Talk, number: int) -> str:
    """The id of what came with the owner's message of that number."""
    return media_id(f"{talk.id}:{number}")


async def photo(talk: Talk, source: str = "m1", kind: str = "image") -> str:
    return await talk.say("", kind=kind, media_id=source)


# ---- words and photo, in either order ----


async def test_words_then_photo_is_one_ticket(wang: Talk, clock: FixedClock) -> None:
    await wang.say("这里漏了")
    clock.move(minutes=3)
    said = await photo(wang)

    ticket = await wang.ticket()
    assert f"照片收到，放进 {ticket.number} 了" in said
    assert [added.media for added in ticket.additions] == [(nth(wang, 2),)]


async def test_photo_then_words_is_one_ticket(wang: Talk, clock: FixedClock) -> None:
    assert await photo(wang) == "照片收到。这是哪里、怎么了？说一句就能派单。"
    clock.move(minutes=3)
    said = await wang.say("这里漏了")

    ticket = await wang.ticket()
    assert ticket.number in said and ticket.media == (nth(wang, 1),)


async def test_several_photos_wait_for_one_story(wang: Talk) -> None:
    await photo(wang)
    assert (await photo(wang, "m2")).startswith("又收到一张照片")
    assert "一段视频" in await photo(wang, "m3", kind="video")
    await wang.say("阳台漏水了")

    assert (await wang.ticket()).media == (nth(wang, 1), nth(wang, 2), nth(wang, 3))


async def test_every_photo_is_wanted_also_while_a_person_answers(wang: Talk, stores: Stores) -> None:
    await photo(wang)
    await wang.say("人工")
    assert await photo(wang, "m2") == ""

    rows = await stores.media.of_ids([nth(wang, 1), nth(wang, 3)])
    assert {row.source for row in rows} == {"m1", "m2"}
    assert {row.state for row in rows} == {MediaState.WANTED}


async def test_a_photo_handled_again_is_there_once(wang: Talk, stores: Stores) -> None:
    await wang.say("这里漏了")
    await photo(wang)
    assert wang.last is not None
    await wang.handle(wang.last)

    assert len((await wang.ticket()).additions) == 1
    assert len(await stores.media.due(at=wang.clock.now())) == 1


# ---- one question, with choices when something is open ----


async def test_later_the_bot_asks_which_matter_it_is(wang: Talk, clock: FixedClock) -> None:
    await wang.say("卫生间马桶堵了")
    clock.move(hours=3)
    said = await photo(wang)
    assert said == "照片收到，是哪件事的？① 卫生间马桶堵了 ② 新的事"
    said = await wang.say("1")

    ticket = await wang.ticket()
    assert f"放进 {ticket.number}" in said and ticket.additions[-1].media == (nth(wang, 2),)


async def test_something_new_is_asked_what_it_is(wang: Talk, clock: FixedClock) -> None:
    await wang.say("卫生间马桶堵了")
    clock.move(hours=3)
    await photo(wang)
    assert await wang.say("新的事") == "好，是新的事。这是哪里、怎么了？说一句就能派单。"
    await wang.say("客厅的灯不亮了")

    old, new = await wang.tickets()
    assert not old.additions and new.media == (nth(wang, 2),)


async def test_the_story_instead_of_a_choice_opens_its_ticket(wang: Talk, clock: FixedClock) -> None:
    await wang.say("卫生间马桶堵了")
    clock.move(hours=3)
    await photo(wang)
    await wang.say("阳台的窗户关不上了")

    assert (await wang.tickets())[1].media == (nth(wang, 2),)


async def test_sent_by_mistake_is_fine(wang: Talk, stores: Stores) -> None:
    await photo(wang)
    assert await wang.say("不用了") == "好的，先放着。要办什么，说一句就行。"
    assert not await wang.tickets() and await stores.media.of_ids([nth(wang, 1)])


async def test_a_photo_of_a_broken_parcel(wang: Talk) -> None:
    await photo(wang)
    await wang.say("快递箱子压扁了")

    ticket = await wang.ticket()
    assert ticket.number.startswith("C") and ticket.media == (nth(wang, 1),)


async def test_a_photo_while_the_home_is_asked_waits_with_the_matter(stranger: Talk) -> None:
    await stranger.say("厨房水管漏水")
    assert await photo(stranger) == "照片收到，和刚才说的一起办。"
    said = await stranger.say("王芳 3栋2单元1502 13800000000")

    ticket = await stranger.ticket()
    assert ticket.number in said and ticket.media == (nth(stranger, 2),) and ticket.room_id == "hy/3-2-1502"


async def test_an_unsure_matter_keeps_its_photo(wang: Talk) -> None:
    await wang.say("我要报修")
    said = await photo(wang)
    assert "这是哪里" in said
    await wang.say("热水器打不着火")

    assert (await wang.ticket()).media == (nth(wang, 2),)


# ---- voice ----


async def test_recognised_voice_is_text_and_the_recording_is_kept(wang: Talk, stores: Stores) -> None:
    said = await wang.say("卫生间马桶堵了，明天下午来修", kind="voice", media_id="v1")

    ticket = await wang.ticket()
    assert ticket.number in said and ticket.media == (nth(wang, 1),)
    [row] = await stores.media.of_ids([nth(wang, 1)])
    assert (row.kind, row.source, row.text) == ("voice", "v1", "卫生间马桶堵了，明天下午来修")


async def test_unrecognised_voice_goes_to_a_person_and_the_owner_is_told(wang: Talk) -> None:
    said = await wang.say("", kind="voice", media_id="v1")

    assert "没听清" in said and "前台" in said
    conversation = await wang.conversation()
    assert conversation.waiting_since is not None and conversation.unread == 1


async def test_unrecognised_voice_after_a_report_is_on_its_ticket_too(wang: Talk) -> None:
    await wang.say("卫生间马桶堵了")
    await wang.say("", kind="voice", media_id="v1")

    assert [added.media for added in (await wang.ticket()).additions] == [(nth(wang, 2),)]


# ---- places ----


async def test_a_place_stays_with_the_conversation_and_the_ticket(wang: Talk) -> None:
    await wang.say("小区路灯不亮")
    said = await wang.say("", kind="location", place_label="海悦花园东门", latitude=30.28, longitude=120.15)

    assert "位置收到" in said
    assert (await wang.ticket()).additions[0].text == "位置：海悦花园东门（30.28000，120.15000）"
    place = (await wang.conversation()).facts["place"]
    assert (place["label"], place["latitude"], place["longitude"]) == ("海悦花园东门", 30.28, 120.15)


async def test_a_place_first_and_then_what_is_there(wang: Talk) -> None:
    await wang.say("", kind="location", place_label="东门", latitude=30.28, longitude=120.15)
    await wang.say("路灯不亮")

    assert "位置：东门" in (await wang.ticket()).description


def test_a_place_without_a_name_or_degrees_is_said_all_the_same() -> None:
    assert said_place("", 1.0, 2.0) == "1.00000，2.00000"
    assert said_place("东门", None, None) == "东门"
    assert said_place("", None, None) == "没有说明"
