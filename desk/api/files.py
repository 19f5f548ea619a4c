"""Bytes as an answer: of the type that we found, never guessed by a browser, never run."""

from __future__ import annotations

import re

from aiohttp import web
from pydantic import BaseModel, ConfigDict

INLINE = ("image/jpeg", "image/png", "audio/", "video/")
"""What a page may show in its place; everything else is saved."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class File(BaseModel):
    """The bytes."""

    model_config = ConfigDict(extra="forbid")

    content: bytes
    content_type: str
    name: str
    """ASCII; what a browser saves it as."""
    shown: bool = False
    """A page of our own making that is shown in its place."""
    policy: str = "default-src 'none'; sandbox"
    cache: str = "private, max-age=3600"


def send(file: File, request: web.Request) -> web.Response:
    """The answer, or the part of it that was asked for: players of films ask for parts."""
    kind = "inline" if file.shown or file.content_type.startswith(INLINE) else "attachment"
    headers = {
        "Content-Disposition": f'{kind}; filename="{file.name}"',
        "Content-Security-Policy": file.policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": file.cache,
        "Accept-Ranges": "bytes",
    }
    size = len(file.content)
    part = _asked_part(request.headers.get("Range", ""), size)
    if part is None:
        return web.Response(body=file.content, content_type=file.content_type, headers=headers)
    start, end = part
    if start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return web.Response(status=206, body=file.content[start:end], content_type=file.content_type, headers=headers)


def _asked_part(asked: str, size: int) -> tuple[int, int] | None:
    """From and to (exclusive); None: everything, also when the header is odd or asks for several parts."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if not found or (not found[1] and not found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start = int(found[1])
    end = int(found[2]) + 1 if found[2] else size
    return start, min(end, size)
