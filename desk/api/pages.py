"""Static pages with strict headers: the built files of a folder, and plain pages where nothing was built."""

from __future__ import annotations

import asyncio
import html
import mimetypes
from pathlib import Path

from aiohttp import web

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
FOR_EVER = "public, max-age=31536000, immutable"


async def built_file(folder: Path, name: str, *, cache: str = "no-cache") -> web.Response | None:
    """A file of a built folder, or None when it is not there or lies outside."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/javascript", "image/svg+xml")
    return web.Response(
        body=body, content_type=kind, charset="utf-8" if text else None, headers={**HEADERS, "Cache-Control": cache}
    )


def plain_page(title: str, content: str, *, status: int = 200) -> web.Response:
    """A page without script or style; ``content`` is HTML that the caller has escaped."""
    text = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><h1>{html.escape(title)}</h1>{content}'
    )
    headers = {**HEADERS, "Cache-Control": "no-store"}
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)
