"""What both APIs share in an application: the answers to errors, ``/api/openapi.json`` and ``/api/docs``."""

from __future__ import annotations

import html
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web

from desk.api.calls import DESCRIBED
from desk.api.describe import description
from desk.api.errors import errors
from desk.api.pages import HEADERS, built_file, plain_page

TITLE = "Guanjia 管家"
DOCS_FOLDER: web.AppKey[Path] = web.AppKey("docs_folder", Path)
"""Where the files of Swagger UI lie; without them the page is a plain list."""
_DESCRIPTION: web.AppKey[list[bytes]] = web.AppKey("description", list)
_START = b'SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});\n'
_PAGE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>Guanjia API</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    '<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head><body><div id="docs"></div>'
    '<script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>'
)
# Swagger UI writes style elements into the page; scripts stay ours alone.
_DOCS_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    ),
}


def install(app: web.Application) -> None:
    """Make the application one that serves APIs; doing it again changes nothing."""
    if DESCRIBED in app:
        return
    app[DESCRIBED] = []
    app[_DESCRIPTION] = []
    app.middlewares.append(errors)
    app.router.add_get("/api/openapi.json", _openapi)
    app.router.add_get("/api/docs", _docs)
    app.router.add_get("/api/docs/{file}", _docs_file)


def package_version() -> str:
    """The installed version of this package."""
    try:
        return version("guanjia")
    except PackageNotFoundError:
        return "0"


async def _openapi(request: web.Request) -> web.Response:
    made = request.app[_DESCRIPTION]
    if not made:
        endpoints = request.app[DESCRIBED]
        document = description(endpoints, title=TITLE, version=package_version())
        made.append(json.dumps(document, ensure_ascii=False).encode())
    return web.Response(body=made[0], content_type="application/json", headers={"Cache-Control": "no-cache"})


async def _docs(request: web.Request) -> web.Response:
    folder = request.app.get(DOCS_FOLDER)
    if folder is not None and (folder / "swagger-ui-bundle.js").is_file():
        headers = {**_DOCS_HEADERS, "Cache-Control": "no-cache"}
        return web.Response(text=_PAGE, content_type="text/html", headers=headers)
    rows = "".join(
        f"<li><code>{endpoint.method} {html.escape(endpoint.path)}</code> {html.escape(endpoint.summary)}</li>"
        for endpoint in request.app[DESCRIBED]
    )
    intro = (
        '<p>Described at <a href="/api/openapi.json">/api/openapi.json</a>; <code>make web</code> builds a page.</p>'
    )
    return plain_page("Guanjia API", f"{intro}<ul>{rows}</ul>")


async def _docs_file(request: web.Request) -> web.Response:
    if request.match_info["file"] == "start.js":
        return web.Response(body=_START, content_type="text/javascript", headers=HEADERS)
    folder = request.app.get(DOCS_FOLDER)
    found = await built_file(folder, request.match_info["file"], cache="max-age=3600") if folder is not None else None
    if found is None:
        raise web.HTTPNotFound
    return found
