"""The page at ``/inbox/``: the files that ``make web`` built."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from desk.api.pages import FOR_EVER, built_file, plain_page

DIST = Path(__file__).parent / "web" / "dist"
_HOW = (
    "<p>页面还没有生成,请在项目目录运行 <code>make web</code>,然后刷新。</p>"
    "<p>The page is not built yet: run <code>make web</code>.</p>"
)


def add_page(app: web.Application, dist: Path = DIST) -> None:
    """Serve the page; every address below ``/inbox/`` that is no file is the page itself."""

    async def to_page(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/inbox/")

    async def page(request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name.startswith("assets/"):
            found = await built_file(dist, name, cache=FOR_EVER)
            if found is None:
                raise web.HTTPNotFound
            return found
        if name and (found := await built_file(dist, name)) is not None:
            return found
        return await built_file(dist, "index.html") or plain_page("管家收件箱", _HOW, status=503)

    app.router.add_get("/inbox", to_page)
    app.router.add_get("/inbox/{file:.*}", page)
