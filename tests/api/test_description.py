"""The description covers every route; its page and the inbox's page carry strict headers, built or not."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from desk.api.calls import DESCRIBED
from tests.api.conftest import Client

OWN = {"/api/openapi.json", "/api/docs", "/api/docs/{file}"}


async def test_every_route_is_described(app: web.Application, client: Client) -> None:
    document = await (await client.get("/api/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    assert {route for route in routes if route[1] not in OWN} == described
    for endpoint in app[DESCRIBED]:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        assert operation["summary"].endswith(".")
        assert str(endpoint.status) in operation["responses"] and "default" in operation["responses"]
    assert len({op["operationId"] for methods in document["paths"].values() for op in methods.values()}) == len(
        described
    )


async def test_every_reference_in_the_description_leads_somewhere(client: Client) -> None:
    document = await (await client.get("/api/openapi.json")).json()

    def references(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*(references(value) for value in part.values()), set())
        return set().union(*(references(value) for value in part)) if isinstance(part, list) else set()

    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert names and names <= set(document["components"]["schemas"])
    body = document["components"]["schemas"]["TransitionIn"]
    assert body["additionalProperties"] is False and set(body["required"]) == {"to"}


async def test_the_page_of_the_api_is_plain_until_the_pages_are_built(client: Client, tmp_path: Path) -> None:
    plain = await client.get("/api/docs")
    assert plain.status == 200 and "/api/inbox/v1/tickets/{number}/transitions" in await plain.text()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "swagger-ui-bundle.js").write_text("let built")
    page = await client.get("/api/docs")
    assert "/api/docs/swagger-ui-bundle.js" in await page.text()
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "default-src 'none'" in policy
    assert await (await client.get("/api/docs/swagger-ui-bundle.js")).text() == "let built"
    assert "/api/openapi.json" in await (await client.get("/api/docs/start.js")).text()
    assert (await client.get("/api/docs/nothing.js")).status == 404


async def test_the_inbox_page_says_how_to_build_it_and_then_is_there(client: Client, tmp_path: Path) -> None:
    missing = await client.get("/inbox/")
    assert missing.status == 503 and "make web" in await missing.text()
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>inbox</title>")
    (tmp_path / "assets" / "main-1a2b.js").write_text("let page")
    for path in ("/inbox", "/inbox/", "/inbox/tickets/R20260310-0001"):
        page = await client.get(path)
        assert page.status == 200 and "<title>inbox" in await page.text()
        assert page.headers["Cache-Control"] == "no-cache" and page.headers["X-Frame-Options"] == "DENY"
    asset = await client.get("/inbox/assets/main-1a2b.js")
    assert "immutable" in asset.headers["Cache-Control"] and asset.content_type == "text/javascript"
    assert (await client.get("/inbox/assets/gone.js")).status == 404


async def test_nothing_outside_the_built_folder_is_served(client: Client, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret")
    for path in ("/inbox/..%2Fsecret.txt", "/inbox/assets/..%2F..%2Fsecret.txt", "/api/docs/..%2F..%2Fsecret.txt"):
        assert "secret" not in await (await client.get(path)).text()
