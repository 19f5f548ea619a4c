"""Every staff route of the OpenAPI document, by every role, by nobody, and from another estate: as the table says.

A new route without a line in desk/permissions.py fails here, and so does a line without a route.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from desk.api.calls import DESCRIBED
from desk.api.limits import Limit
from desk.desk import Desk
from desk.permissions import PERMITS
from inbox import setup
from inbox.setup import PREFIX
from store.client import connect
from store.gaps import Gap
from store.media import Medium
from store.sealed import Sealer
from store.staff import Role
from store.stores import Stores
from tests.api.world import PASSWORD, ROOM, WANG_CHAT, Caller, World, serve
from tests.clock import FixedClock
from tests.inbox.conftest import API, Client

ROLES = {
    Role.FRONTDESK: "xiaozhou",
    Role.TECHNICIAN: "zhang",
    Role.SUPERVISOR: "ligong",
    Role.MANAGER: "manager",
    Role.ADMIN: "admin",
}
LAST = ("POST /logout", "POST /logout-everywhere", "POST /me/sessions/{id}/end", "POST /me/password")
"""They end sessions: called last, with a token of their own."""
DEPENDS = {
    "POST /me/password",  # on the old one
    "POST /staff/{username}/duty",  # on whose: one's own, or a supervisor's hand
    "POST /questions/{id}/answer",  # on to whom it was passed on
    "POST /questions/{id}/withdraw",  # on who asked
    "POST /duty/{id}/handover",  # on whose shift it is
    "POST /duty/{id}/points",
    "POST /duty/{id}/sign",
    "POST /notices/{number}/return",  # on who wrote it
    "POST /canned",  # on whether it is personal
    "POST /knowledge/articles",  # on whether it is a draft
    "POST /knowledge/articles/{id}/versions",
}
"""Where more than the role decides; see the rule."""
TABLE_SAYS_NO = "您的岗位没有这个权限"
BYTES = {"POST /conversations/{id}/media", "POST /tickets/{number}/photos"}


async def bare(clock: FixedClock) -> tuple[web.Application, dict[str, Any]]:
    """The application over stores that are not there: its description needs none."""
    stores = Stores(connect("mongodb://127.0.0.1:9/", "nowhere"), None, sealer=Sealer("x"), name="nowhere")
    app = web.Application()
    setup(app, Desk(stores, clock))
    client = await serve(app)
    document: dict[str, Any] = await (await client.get("/api/openapi.json")).json()
    await client.close()
    await stores.close()
    return app, document


async def test_the_table_and_the_description_name_the_same_routes_and_no_body_takes_unknown_fields(
    clock: FixedClock,
) -> None:
    app, document = await bare(clock)
    described, open_ones, loose = set(), set(), []
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path.removeprefix(PREFIX)}"
            described.add(route)
            if not operation["security"]:
                open_ones.add(route)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                loose += [f"{route}: {name}" for name in unclosed(content["schema"], schemas)]
    assert open_ones == {"POST /login"}, "everything else asks who it is"
    assert described - open_ones - set(PERMITS) == set(), "routes without a line in desk/permissions.py"
    assert set(PERMITS) - described == set(), "lines of desk/permissions.py without a route"
    assert loose == [], "unknown fields are refused everywhere"
    queries = [one.query for one in app[DESCRIBED] if one.query is not None]
    assert [query.__name__ for query in queries if query.model_config.get("extra") != "forbid"] == []


def unclosed(schema: dict[str, Any], schemas: dict[str, Any], seen: frozenset[str] = frozenset()) -> list[str]:
    """Models within this schema that take fields that they do not know."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [] if name in seen else unclosed(schemas[name], schemas, seen | {name})
    found = []
    if "properties" in schema and schema.get("additionalProperties") is not False:
        found.append(schema.get("title", "?"))
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    parts += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    return found + [name for part in parts for name in unclosed(part, schemas, seen)]


# ---- calling all of them ----


class Estate:
    """One thing of each kind in the estate hy, and a body for each route."""

    def __init__(self, world: World, client: Client, document: dict[str, Any]) -> None:
        self.world = world
        self.client = client
        self.document = document
        self.ids: dict[str, str] = {"staff": "sample", "conversations": WANG_CHAT, "sessions": "0" * 16}
        self.routes = sorted(
            f"{method.upper()} {path.removeprefix(PREFIX)}"
            for path, methods in document["paths"].items()
            for method in methods
            if f"{method.upper()} {path.removeprefix(PREFIX)}" in PERMITS
        )

    async def furnish(self) -> None:
        """Make the things, by a manager's hand where there is a route for it."""
        world, desk = self.world, self.world.desk
        now = world.clock.now()
        day, soon = timedelta(days=1), (now + timedelta(hours=3)).isoformat()
        await desk.staff.add("sample", "样子", Role.TECHNICIAN, PASSWORD, estates=["hy"])
        ticket, other = await world.ticket(), await world.ticket("灯不亮")
        self.ids |= {"tickets": ticket.number, "members": other.number}
        manager = Caller(self.client, API, await self.token("manager"))

        async def made(name: str, path: str, body: dict[str, Any], field: str = "id") -> None:
            answer = await manager.post(path, body)
            shown = await answer.json()
            assert answer.status in (200, 201), (path, shown)
            self.ids[name] = str(shown[field])

        at, chat = f"/tickets/{ticket.number}", f"/conversations/{WANG_CHAT}"
        await made("deliveries", f"{chat}/messages", {"text": "您好"}, "delivery_id")
        self.ids["calls"] = self.ids["deliveries"]
        self.ids["messages"] = f"out:{self.ids['deliveries']}"
        await made("charges", f"{at}/charges", BODIES["POST /tickets/{number}/charges"])
        await made("promises", f"{at}/promises", self.body("POST /tickets/{number}/promises") | {"due": soon})
        await made("questions", f"{chat}/forward", {"to": "ligong", "question": "几点停水"})
        team = {"id": "hy-gong", "name": "工程", "members": ["zhang"], "estate": "hy"}
        await made("teams", "/teams", team)
        hours = {"starts_at": (now + day).isoformat(), "ends_at": (now + day + timedelta(hours=8)).isoformat()}
        planned = await (await manager.post("/teams/hy-gong/shifts", {"shifts": [{"staff": "zhang"} | hours]})).json()
        self.ids["shifts"] = planned["items"][0]["id"]
        await made("articles", "/knowledge/articles", {"title": "停水", "body": "周三停水", "estate": "hy"})
        await made("parcels", "/parcels", {"room": ROOM, "tracking": "SF1234567890"})
        await made("duty", "/duty", {"shift": "早班", "estate": "hy"})
        await made("canned", "/canned", {"title": "问好", "text": "您好", "shortcut": "hi", "personal": True})
        await made("macros", "/macros", {"name": "完", "personal": True, "actions": [{"do": "resolve"}]})
        await made("views", "/views", {"name": "我的", "query": {"view": "mine"}})
        await self.more(made)
        await desk.stores.gaps.count(
            Gap(id="gap-1", text="能养鸡吗", estate_id="hy", first_at=now, last_at=now), "unanswered", key="k", at=now
        )
        medium = Medium(
            id="medium-1", conversation_id=WANG_CHAT, estate_id="hy", kind="image", source="m", created_at=now,
            expires_at=now + day, due=now,
        )  # fmt: skip
        await desk.stores.media.add([medium])
        supervisor = await desk.stores.staff.get("ligong")
        await desk.alerts.raise_("alert", "note", "看一下", [supervisor], ticket=ticket, estate_id="hy", urgent=False)
        [alert] = await desk.stores.alerts.of_staff("ligong", before=now + day, since=now - day, limit=1)
        self.ids |= {"gaps": "gap-1", "media": "medium-1", "alerts": alert.id, "photos": "photo-1"}

    async def more(self, made: Any) -> None:
        """What came later."""
        incident = {"title": "停水", "tickets": [self.ids["members"]]}
        await made("incidents", "/incidents", incident, "number")
        notice = {"title": "停水通知", "body": "周三停水", "estate": "hy"}
        await made("notices", "/notices", notice, "number")
        self.ids["versions"] = "v404"  # words hold for all estates: there is none that one might not see

    async def token(self, username: str) -> str:
        """A session of this colleague."""
        lasts = timedelta(hours=12)
        return await self.world.desk.tokens.issue("inbox", username, lasts=lasts, most=lasts)

    def path(self, route: str) -> str:
        """The address of the things in hy."""
        parts = route.partition(" ")[2].split("/")
        for index, part in enumerate(parts):
            if part.startswith("{"):
                assert parts[index - 1] in self.ids, f"{route}: a thing of this kind is missing in furnish()"
                parts[index] = self.ids[parts[index - 1]]
        return "/".join(parts)

    def body(self, route: str) -> dict[str, Any]:
        """The least that this route takes."""
        method, _, path = route.partition(" ")
        operation = self.document["paths"][PREFIX + path][method.lower()]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return {}
        made: dict[str, Any] = self.least(content["schema"]) | BODIES.get(route, {})
        return made

    def least(self, schema: dict[str, Any]) -> Any:
        """The smallest value that fits a schema."""
        if "$ref" in schema:
            return self.least(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.least(schema[choice][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        match schema.get("type"):
            case "object":
                properties = schema.get("properties", {})
                return {name: self.least(properties[name]) for name in schema.get("required", ())}
            case "array":
                return [self.least(schema["items"])] * schema.get("minItems", 0)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case "string" if schema.get("format") == "date-time":
                return (self.world.clock.now() + timedelta(hours=2)).isoformat()
            case "string" if schema.get("format") == "date":
                return self.world.clock.now().date().isoformat()
            case _:
                return "x" * max(1, schema.get("minLength", 1))

    async def call(self, route: str, token: str) -> tuple[int, dict[str, Any]]:
        """Status and what was said; of a stream only that it began."""
        method = route.partition(" ")[0]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = API + self.path(route).replace(" ", "%20")
        sent: dict[str, Any] = {}
        if route in BYTES:
            sent = {"data": b"not a picture", "headers": headers | {"Content-Type": "image/png"}}
        elif method == "POST":
            sent = {"json": self.body(route)}
        query = QUERIES.get(route, {})
        async with self.client.request(method, url, **({"headers": headers} | sent), params=query) as answer:
            if answer.content_type != "application/json":
                return answer.status, {}
            return answer.status, await answer.json()


BODIES: dict[str, dict[str, Any]] = {
    "POST /tickets/{number}/assign": {"executor": "sample"},
    "POST /tickets/{number}/handover": {"to": "sample"},
    "POST /tickets/{number}/about": {"staff": []},
    "POST /tickets/{number}/transitions": {"to": "accepted"},
    "POST /tickets/{number}/classification": {"urgent": True},
    "POST /tickets/{number}/charges": {
        "items": [{"name": "水龙头", "quantity": "1", "unit": "个", "unit_price": "35.00"}],
    },
    "POST /teams": {"id": "another", "estate": "hy"},
    "POST /staff": {"username": "added", "role": "technician"},
    "POST /knowledge/articles": {"estate": "hy"},
    "POST /knowledge/articles/{id}/versions": {"estate": "hy"},
    "POST /parcels": {"room": ROOM},
}
QUERIES: dict[str, dict[str, str]] = {
    "POST /tickets/{number}/photos": {"kind": "before"},
    "GET /teams/{id}/shifts": {"since": "2026-03-01T00:00:00Z", "before": "2026-04-01T00:00:00Z"},
}


@pytest.fixture
async def estate(world: World) -> AsyncIterator[Estate]:
    app = web.Application()
    setup(app, world.desk, posts=Limit(10**6, 60))
    client = await serve(app)
    made = Estate(world, client, await (await client.get("/api/openapi.json")).json())
    await made.furnish()
    yield made
    await client.close()


async def test_each_route_lets_in_whom_the_table_names_and_nobody_else(estate: Estate) -> None:
    first = [route for route in estate.routes if route not in LAST]
    wrong = []
    for route in estate.routes:
        status, _ = await estate.call(route, "")
        if status != 401:
            wrong.append(f"{route}: nobody signed in: {status}")
    for role, username in ROLES.items():
        token = await estate.token(username)
        for route in [*first, *LAST]:
            if route in LAST:
                token = await estate.token(username)
            status, said = await estate.call(route, token)
            refused = status == 403 and said["error"]["message"] == TABLE_SAYS_NO
            if status == 403 and not refused and route not in DEPENDS:
                wrong.append(f"{route}: {role}: the table lets them in, the rule does not: {said}")
            if refused is (role in PERMITS[route].roles) or status in (401, 500):
                wrong.append(f"{route}: {role}: {status} {said}")
    assert not wrong, "\n".join(wrong)


async def test_another_estate_sees_nothing_of_this_one(estate: Estate, world: World) -> None:
    await world.desk.staff.add("far", "远", Role.MANAGER, PASSWORD, estates=["other"])
    token = await estate.token("far")
    telling = {value for name, value in estate.ids.items() if name not in ("staff", "sessions", "photos")}
    wrong = []
    for route in estate.routes:
        if route in LAST:
            continue
        status, said = await estate.call(route, token)
        if "{" in route and status != 404:
            wrong.append(f"{route}: {status} {said}")
        elif status < 300 and (shown := [id for id in telling if re.search(rf'"{re.escape(id)}"', str(said))]):
            wrong.append(f"{route}: shows {shown}")
    # Neither does a technician of another building.
    token = await estate.token("liu")
    for route in (one for one in estate.routes if "/tickets/{number}" in one and Role.TECHNICIAN in PERMITS[one].roles):
        status, said = await estate.call(route, token)
        if status != 404:
            wrong.append(f"{route}: liu: {status} {said}")
    assert not wrong, "\n".join(wrong)
