"""The page at ``/inbox/``: the files that ``make web`` built, compressed when they were built."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from desk.api.pages import FOR_EVER, HEADERS, built_file, plain_page

DIST = Path(__file__).parent / "web" / "dist"
_HOW = (
    "<p>页面还没有生成,请在项目目录运行 <code>make web</code>,然后刷新。</p>"
    "<p>The page is not built yet: run <code>make web</code>.</p>"
)
# Scripts, style sheets, workers and calls are ours alone; nothing is written into the page as markup. Element Plus
# sizes its growing text boxes through the style *attribute*, so that one is allowed: an attribute has no selectors and
# no rules, and what it could load stands under img-src and font-src, which are ours too.
# blob: is for pictures chosen but not sent yet, and for voice turned into something a browser plays.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_OURS = {**HEADERS, "Content-Security-Policy": CSP}
_PACKED = (("br", ".br"), ("gzip", ".gz"))


def add_page(app: web.Application, dist: Path = DIST) -> None:
    """Serve the page; every address below ``/inbox/`` that is no file is the page itself."""

    async def to_page(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/inbox/")

    async def page(request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name.startswith("assets/"):
            found = await _served(request, dist, name, cache=FOR_EVER)
            if found is None:
                raise web.HTTPNotFound
            return found
        if name and (found := await _served(request, dist, name)) is not None:
            return found
        return await _served(request, dist, "index.html") or plain_page("管家收件箱", _HOW, status=503)

    app.router.add_get("/inbox", to_page)
    app.router.add_get("/inbox/{file:.*}", page)


async def _served(request: web.Request, dist: Path, name: str, *, cache: str = "no-cache") -> web.Response | None:
    """A built file, as small as the browser takes it; None when there is none."""
    taken = {part.partition(";")[0].strip() for part in request.headers.get("Accept-Encoding", "").split(",")}
    for encoding, ending in _PACKED:
        if encoding in taken and (found := await built_file(dist, f"{name}{ending}", cache=cache)) is not None:
            found.headers["Content-Encoding"] = encoding
            break
    else:
        found = await built_file(dist, name, cache=cache)
    if found is not None:
        found.headers.update(_OURS)
        found.headers["Vary"] = "Accept-Encoding"
    return found
