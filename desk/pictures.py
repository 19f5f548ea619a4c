"""What bytes really are, and pictures without what they tell beside the picture (place, device, time)."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MEGABYTE = 1024 * 1024
LARGEST = {
    "image": 10 * MEGABYTE,
    "voice": 5 * MEGABYTE,
    "video": 25 * MEGABYTE,
    "shortvideo": 25 * MEGABYTE,
}
"""Bytes; more than WeChat itself takes from a phone."""
MOST_PIXELS = 40_000_000
THUMB = 320
QUALITY = 88
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
KINDS = {"image": "image/", "voice": "audio/", "video": "video/", "shortvideo": "video/"}


class Unfit(Exception):
    """Cannot be kept; ``reason`` is a short word for programs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fit:
    """What is kept."""

    content: bytes
    content_type: str
    thumb: bytes = b""
    width: int = 0
    height: int = 0


def type_of(content: bytes) -> str:
    """The content's type by its first bytes; empty when it is none that we keep."""
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"BM"):
        return "image/bmp"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head.startswith(b"#!AMR"):
        return "audio/amr"
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head[4:8] == b"ftyp":
        return {b"M4A ": "audio/mp4", b"qt  ": "video/quicktime"}.get(head[8:12], "video/mp4")
    return ""


def fit(kind: str, content: bytes) -> Fit:
    """What is kept of it; raises Unfit: empty, too large, not what it says, broken. Slow: not for the event loop."""
    if not content:
        raise Unfit("empty")
    if len(content) > LARGEST.get(kind, 0):
        raise Unfit("too_large")
    found = type_of(content)
    if not found:
        raise Unfit("unknown_type")
    if not found.startswith(KINDS[kind]):
        raise Unfit(f"not_{'video' if kind == 'shortvideo' else kind}:{found}")
    if kind == "image":
        return _picture(content)
    return Fit(without_atoms(content) if found in ("video/mp4", "video/quicktime") else content, found)


def _picture(content: bytes) -> Fit:
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unfit("too_many_pixels")
            upright = ImageOps.exif_transpose(opened)
            clear = "A" in upright.getbands() or "transparency" in upright.info
            picture = upright.convert("RGBA" if clear else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Unfit("too_many_pixels") from bomb
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, EOFError, MemoryError) as broken:
        raise Unfit("broken") from broken
    picture.info = {}  # written out again from its pixels alone: place, device and notes stay behind
    small = picture.convert("RGB") if clear else picture.copy()
    small.thumbnail((THUMB, THUMB))
    name, content_type = ("PNG", "image/png") if clear else ("JPEG", "image/jpeg")
    return Fit(_saved(picture, name), content_type, _saved(small, "JPEG"), picture.width, picture.height)


def _saved(picture: Image.Image, name: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, name, quality=QUALITY)
    return out.getvalue()


_HOLDERS = (b"moov", b"trak", b"mdia")
_TELLING = (b"udta", b"meta", b"uuid")
_DEEPEST = 6


def without_atoms(content: bytes) -> bytes:
    """A film without its notes (place, device): they are blanked where they stand, so that nothing else moves."""
    film = bytearray(content)
    _blank(film, 0, len(film), 0)
    return bytes(film)


def _blank(film: bytearray, start: int, end: int, depth: int) -> None:
    at = start
    while at + 8 <= end and depth <= _DEEPEST:
        size, name = int.from_bytes(film[at : at + 4], "big"), bytes(film[at + 4 : at + 8])
        header = 8
        if size == 1 and at + 16 <= end:
            size, header = int.from_bytes(film[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header or at + size > end:
            return  # cut off or odd: the player will say so
        if name in _TELLING:
            film[at + 4 : at + 8] = b"free"
            film[at + header : at + size] = bytes(size - header)
        elif name in _HOLDERS:
            _blank(film, at + header, at + size, depth + 1)
        at += size
