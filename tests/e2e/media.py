"""Photos, recordings and films for tests, made here: nothing is read from a file."""

from __future__ import annotations

import io

from PIL import Image

from bot.emulator.client import Phone
from desk.media import media_id
from store.media import Medium
from tests.house import House

AMR = b"#!AMR\n" + bytes(64)
PLACE = "30.2741,120.1551"


def photo(width: int = 640, height: int = 480, *, name: str = "JPEG", upside_down: bool = False) -> bytes:
    """A photo with the marks of a phone: who made it, where, and which way up."""
    picture = Image.new("RGB", (width, height), (20, 125, 100))
    picture.paste((200, 30, 30), (0, 0, width // 4, height // 4))
    marks = Image.Exif()
    marks[0x010F] = "PhoneMaker of 13900001502"
    marks[0x010E] = f"kitchen {PLACE}"
    marks[0x0112] = 3 if upside_down else 1
    out = io.BytesIO()
    picture.save(out, name, exif=marks, comment=b"by Wang Fang") if name == "JPEG" else picture.save(out, name)
    return out.getvalue()


def atom(name: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return (8 + len(content)).to_bytes(4, "big") + name + content


def film(size: int = 200) -> bytes:
    """A film with its place in it."""
    told = atom(b"udta", b"\xa9xyz" + PLACE.encode())
    return (
        atom(b"ftyp", b"isom" + bytes(8)) + atom(b"moov", atom(b"mvhd", bytes(100)), told) + atom(b"mdat", bytes(size))
    )


async def fetched(house: House) -> int:
    """The worker fetches what is due; gives how many it took."""
    return await house.background.media.poll_once()


async def medium_of(house: House, phone: Phone, number: int = -1) -> Medium:
    """The row of this owner's photo (the last one), by the message that brought it."""
    lines = await house.stores.messages.timeline(
        house.conversation_id(phone),
        before=house.clock.now().replace(year=2030),
        since=house.clock.now().replace(year=2020),
        limit=100,
    )
    mine = sorted((line for line in lines if line.media), key=lambda line: (line.at, line.id))
    return await house.stores.media.get(media_id(mine[number].id))
