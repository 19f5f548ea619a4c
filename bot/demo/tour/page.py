"""``/tour``: an owner's phone and the inbox side by side, and four steps to try. Served by the demo only."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.tour.progress import progress
from bot.runtime import Runtime

STATIC = Path(__file__).parent / "static"
OWNER = "wang"
"""Whose phone the tour shows."""
FALLBACK_PORT = 8090
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])")


def add_tour(app: web.Application, runtime: Runtime) -> None:
    """Serve the tour, make it the first page, and let it, and nobody else, show the inbox in a frame."""
    port = urlsplit(runtime.settings.wechat_api_base).port or FALLBACK_PORT

    async def page(request: web.Request) -> web.Response:
        phone = f"http://{_host(request)}:{port}"
        text = await asyncio.to_thread((STATIC / "index.html").read_text, encoding="utf-8")
        response = web.Response(text=text.replace("{phone}", f"{phone}/#{OWNER}"), content_type="text/html")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"frame-src 'self' {phone}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Frame-Options"] = "DENY"
        return _strict(response)

    async def file(request: web.Request) -> web.Response:
        path = STATIC / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(path.name)[0] or "text/plain"
        body = await asyncio.to_thread(path.read_bytes)
        return _strict(web.Response(body=body, content_type=kind, charset="utf-8"))

    async def state(request: web.Request) -> web.Response:
        try:
            since = datetime.fromisoformat(request.query["since"]) if "since" in request.query else None
        except ValueError:
            raise web.HTTPBadRequest(text="since is no time") from None
        if since is not None and since.tzinfo is None:
            raise web.HTTPBadRequest(text="since has no zone")
        return _strict(web.json_response(await progress(runtime.desk, runtime.settings.wechat_app_id, OWNER, since)))

    app.router.add_get("/tour", page)
    app.router.add_get("/tour/state", state)
    app.router.add_get(r"/tour/{name:[a-z]+\.(?:css|js)}", file)
    app.on_response_prepare.append(_inbox_in_our_frame)


def _host(request: web.Request) -> str:
    host = request.host.rpartition(":")[0] if re.search(r":\d+$", request.host) else request.host
    return host if _HOST.fullmatch(host) else "127.0.0.1"


def _strict(response: web.Response) -> web.Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


async def _inbox_in_our_frame(request: web.Request, response: web.StreamResponse) -> None:
    policy = response.headers.get("Content-Security-Policy", "")
    if request.path.startswith("/inbox/") and policy:
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
