"""The chat page at ``/``: the files that ``make web`` built, with strict headers."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.emulator.errors import ControlError
from bot.emulator.platform import PLATFORM

DIST = Path(__file__).parent / "web" / "dist"
_NOT_BUILT = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>模拟微信</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><h1>模拟微信</h1>'
    "<p>页面还没有生成,请在项目目录运行 <code>make web</code>,然后刷新。</p>"
    "<p>The page is not built yet: run <code>make web</code>. What programs use is at <a href='/control'>/control</a>."
)
FOR_EVER = "public, max-age=31536000, immutable"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)
MEDIA_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'none'"
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])")


def add_page(app: web.Application, dist: Path = DIST) -> None:
    """Serve the page, and see to it that nothing a phone sent can act as a page of ours."""

    async def page(request: web.Request) -> web.Response:
        found = await _built(dist / "index.html", "no-cache")
        if found is None:
            found = web.Response(status=503, text=_NOT_BUILT, content_type="text/html")
        return _ours(request, found)

    async def file(request: web.Request) -> web.Response:
        folder, name = request.match_info["folder"], request.match_info["name"]
        found = await _built(dist / folder / name, FOR_EVER if folder == "assets" else "no-cache")
        if found is None:
            raise web.HTTPNotFound
        return _ours(request, found)

    app.router.add_get("/", page)
    app.router.add_get(r"/{folder:assets|samples}/{name:\w[\w.-]*}", file)
    app.middlewares.append(_from_here_only)
    app.on_response_prepare.append(_media_are_inert)


async def _built(path: Path, cache: str) -> web.Response | None:
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except (FileNotFoundError, IsADirectoryError):
        return None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/javascript"
    return web.Response(
        body=body, content_type=kind, charset="utf-8" if text else None, headers={"Cache-Control": cache}
    )


def _ours(request: web.Request, response: web.Response) -> web.Response:
    """With strict headers: only the tour may show this page in a frame."""
    parent = "'none'"
    port = request.app[PLATFORM].config.tour_port
    host = request.host.rpartition(":")[0] if re.search(r":\d+$", request.host) else request.host
    if port is not None and _HOST.fullmatch(host):
        parent = f"http://{host}:{port}"
    else:
        response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = POLICY + parent
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@web.middleware
async def _from_here_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A page of some other site, open in the same browser, may not use the control API."""
    if request.path.startswith("/control") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ControlError(403, "other_site", "pages of other sites may not use the control API")
    return await handler(request)


async def _media_are_inert(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/emulator/media/"):
        response.headers["Content-Security-Policy"] = MEDIA_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        if not response.content_type.startswith(("image/", "audio/", "video/")) or "svg" in response.content_type:
            response.content_type = "application/octet-stream"
