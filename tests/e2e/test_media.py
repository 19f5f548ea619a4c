"""Photos, recordings, films and places through the whole house: fetched in time, checked, cleaned, or refused."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desk.pictures import LARGEST, Unfit, fit, type_of, without_atoms
from store.media import MediaState
from tests.e2e.media import AMR, PLACE, atom, fetched, film, medium_of, photo
from tests.e2e.outgoing import another_worker, texts
from tests.house import FRONTDESK, House

# ---- through the house ----


async def test_a_photo_opens_its_ticket_and_is_kept_without_what_it_tells(house: House) -> None:
    wang = await house.owner("wang")
    push = await wang.sends_image(photo(upside_down=True))
    assert push.reply == "照片收到。这是哪里、怎么了？说一句就能派单。"
    push = await wang.says("这里漏了")
    [ticket] = await house.tickets_of(wang)
    assert ticket.number in (push.reply or "")
    row = await medium_of(house, wang)
    assert row.state is MediaState.WANTED and ticket.media == (row.id,)
    assert await fetched(house) == 1 and await fetched(house) == 0

    kept = await house.stores.media.get(row.id)
    assert (kept.state, kept.content_type, kept.width, kept.height) == (MediaState.KEPT, "image/jpeg", 640, 480)
    content = await house.stores.files.read(row.id)
    assert PLACE.encode() not in content and b"PhoneMaker" not in content and b"Wang Fang" not in content
    with Image.open(io.BytesIO(content)) as shown:
        assert not shown.getexif() and "comment" not in shown.info
        # It was taken upside down; now it stands upright, with the red corner below on the right.
        corner = shown.convert("RGB").getpixel((639, 479))
        assert isinstance(corner, tuple) and corner[0] > 150
    with Image.open(
        io.BytesIO((await house.desk.media.open_for_owner(row.id, ticket.owner_id, small=True)).content)
    ) as s:
        assert max(s.size) <= 320


async def test_nothing_is_fetched_inside_the_answer(house: House) -> None:
    wang = await house.owner("wang")
    await wang.sends_image(photo())
    assert await house.wechat.calls("cgi-bin/media/get") == []


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # the pretend phone does
@pytest.mark.parametrize(
    ("content", "reason", "told"),
    [
        (film(), "not_image:video/mp4", "照片没取到"),
        (b"\xff\xd8\xff" + bytes(30_000_000), "too_large", "照片太大了"),
        (photo()[:400], "broken", "照片没取到"),
        (b"<script>alert(1)</script>", "unknown_type", "照片没取到"),
        (b"{not json", "unknown_type", "照片没取到"),
    ],
    ids=["a video renamed to .jpg", "30 MB", "cut off", "a page", "half an object"],
)
async def test_what_is_no_photo_is_refused_and_said(house: House, content: bytes, reason: str, told: str) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    mark = await wang.mark()
    await wang.sends_image(content)
    await fetched(house)
    await house.work()

    row = await medium_of(house, wang)
    assert (row.state, row.reason) == (MediaState.REFUSED, reason)
    assert [said[: len(told)] for said in await texts(wang, mark)] == [told]
    [ticket] = await house.tickets_of(wang)
    shown = await (await house.sign_in(FRONTDESK)).call("GET", f"tickets/{ticket.number}")
    assert [(one["id"], one["state"], one["reason"]) for one in shown["attachments"]] == [(row.id, "refused", reason)]


async def test_several_that_fail_are_told_once(house: House) -> None:
    wang = await house.owner("wang")
    mark = await wang.mark()
    for _ in range(3):
        await wang.sends_image(film())
    while await fetched(house):
        pass
    await house.work()
    assert len(await texts(wang, mark)) == 1


async def test_media_that_is_gone_is_told_and_nothing_else_is_lost(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    mark = await wang.mark()
    await wang.sends_image(photo())
    house.clock.move(days=3, minutes=1)
    await wang.says("在吗")
    await fetched(house)
    await house.work()

    row = await medium_of(house, wang)
    assert (row.state, row.reason) == (MediaState.GONE, "gone")
    assert any("照片没取到" in said for said in await texts(wang, mark))
    assert len(await house.tickets_of(wang)) == 1


async def test_while_wechat_is_away_it_is_tried_again_ever_more_rarely_and_then_kept(house: House) -> None:
    wang = await house.owner("wang")
    await wang.sends_image(photo())
    await house.wechat.fault(path="cgi-bin/media/get", errcode=-1, times=0)
    pauses = []
    for _ in range(4):
        assert await fetched(house) == 1
        row = await medium_of(house, wang)
        assert row.state is MediaState.WANTED
        pauses.append(row.due - house.clock.now())
        assert await fetched(house) == 0
        house.clock.set(row.due)
    assert pauses == sorted(pauses) and pauses[0] == timedelta(seconds=10) and pauses[-1] <= timedelta(minutes=30)
    await house.wechat.clear_faults()
    await fetched(house)
    assert (await medium_of(house, wang)).state is MediaState.KEPT


async def test_what_a_dead_worker_had_taken_is_taken_over(house: House) -> None:
    wang = await house.owner("wang")
    await wang.sends_image(photo())
    row = await medium_of(house, wang)
    assert await house.desk.media.take(row) is not None
    assert await house.desk.media.take(row) is None, "leased"
    assert await fetched(house) == 0
    house.clock.move(minutes=3)
    worker = another_worker(house)
    assert await worker.media.poll_once() == 1
    await worker.close()
    assert (await medium_of(house, wang)).state is MediaState.KEPT


async def test_recognised_voice_is_a_ticket_with_its_recording(house: House) -> None:
    wang = await house.owner("wang")
    push = await wang.sends_voice("厨房水管漏水", AMR)
    [ticket] = await house.tickets_of(wang)
    await fetched(house)
    row = await medium_of(house, wang)
    assert ticket.number in (push.reply or "") and ticket.media == (row.id,)
    assert (row.state, row.content_type, row.text) == (MediaState.KEPT, "audio/amr", "厨房水管漏水")


async def test_unrecognised_voice_is_heard_by_a_person(house: House) -> None:
    wang = await house.owner("wang")
    push = await wang.sends_voice(None, AMR)
    assert "转给前台听了" in (push.reply or "")
    await fetched(house)
    zhou = await house.sign_in(FRONTDESK)
    chat = await zhou.call("GET", f"conversations/{house.conversation_id(wang)}")
    assert chat["waiting_since"] and chat["unread"] == 1
    [line] = (await zhou.call("GET", f"conversations/{house.conversation_id(wang)}/messages"))["items"]
    assert [(one["kind"], one["state"]) for one in line["media"]] == [("voice", "kept")]


async def test_films_short_or_not_are_kept_without_their_place(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    await wang.sends_video(film())
    await fetched(house)
    row = await medium_of(house, wang)
    assert (row.state, row.content_type) == (MediaState.KEPT, "video/mp4")
    assert PLACE.encode() not in await house.stores.files.read(row.id)
    [ticket] = await house.tickets_of(wang)
    assert ticket.additions[0].media == (row.id,)


async def test_a_place_is_on_the_line_and_on_the_ticket(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("小区路灯不亮")
    push = await wang.sends_location(30.28, 120.15, "东门")
    assert "位置收到" in (push.reply or "")
    zhou = await house.sign_in(FRONTDESK)
    lines = (await zhou.call("GET", f"conversations/{house.conversation_id(wang)}/messages"))["items"]
    places = [line["place"] for line in lines if line["place"]]
    assert places == [{"label": "东门", "latitude": 30.28, "longitude": 120.15}]
    [ticket] = await house.tickets_of(wang)
    assert ticket.additions[0].text.startswith("位置：东门")


# ---- what bytes are ----


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_pictures_of_every_kind_become_plain_ones(name: str) -> None:
    kept = fit("image", photo(name=name))
    assert kept.content_type in ("image/jpeg", "image/png") and kept.thumb and (kept.width, kept.height) == (640, 480)


def test_a_picture_with_clear_parts_keeps_them() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    kept = fit("image", out.getvalue())
    assert kept.content_type == "image/png"
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert shown.mode == "RGBA" and shown.getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_small_file_of_a_huge_picture_is_refused_before_it_is_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(Unfit, match="too_many_pixels"):
        fit("image", out.getvalue())


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("image", b"", "empty"),
        ("voice", b"#!AMR\n" + bytes(LARGEST["voice"]), "too_large"),
        ("voice", photo(), "not_voice:image/jpeg"),
        ("video", AMR, "not_video:audio/amr"),
        ("shortvideo", photo(), "not_video:image/jpeg"),
        ("file", b"x", "too_large"),
        ("image", b"%PDF-1.7", "unknown_type"),
        ("image", b"<svg onload=alert(1)>", "unknown_type"),
    ],
    ids=["empty", "long voice", "photo as voice", "voice as film", "photo as short film", "file", "pdf", "svg"],
)
def test_what_does_not_fit_says_why(kind: str, content: bytes, reason: str) -> None:
    with pytest.raises(Unfit) as refused:
        fit(kind, content)
    assert refused.value.reason == reason


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBP"])
)
def test_whatever_the_bytes_they_are_kept_or_refused(content: bytes, head: bytes) -> None:
    type_of(head + content)
    for kind in ("image", "voice", "video"):
        try:
            fit(kind, head + content)
        except Unfit as refused:
            assert refused.reason


@given(st.binary(max_size=400))
def test_a_film_never_changes_its_length(content: bytes) -> None:
    whole = atom(b"ftyp", b"isom") + content
    assert len(without_atoms(whole)) == len(whole)
