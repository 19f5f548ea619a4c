"""Endpoints: a typed function per deed, and the one way a request takes to it.

An endpoint is ``async def name(call, body, query) -> Model``: what it takes and gives is read from its annotations, its
summary from its docstring. So what is described is what is checked::

    @routes.post("/tickets/{number}/notes", status=201)
    async def note(call: Call[Actor], body: NoteIn) -> TicketFull:
        \"\"\"Write something down that only colleagues read.\"\"\"
"""

from __future__ import annotations

import inspect
import logging
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from desk.api.errors import CONFLICT, CONFLICT_SAID, ApiError, answer_to
from desk.api.files import File, send
from desk.api.idempotency import HEADER, Claim, Kept, Requests
from desk.api.limits import Limit
from desk.api.paging import Cursors, Newest, Page, PageQuery, Position, Row, read_page
from desk.api.streams import EventStream
from desk.desk import Desk
from store.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
Who = TypeVar("Who")
Handler = Callable[..., Awaitable[BaseModel]]


@dataclass(frozen=True, slots=True)
class Call(Generic[Who]):
    """One request to one endpoint: who asks, and what the endpoint works with."""

    desk: Desk
    who: Who
    request: web.Request
    claim: Claim
    cursors: Cursors
    headers: dict[str, str]
    """Headers of the answer; endpoints add to them (cookies)."""
    content: bytes = b""
    """What was sent to an endpoint that ``takes`` bytes."""
    audit: dict[str, Any] = field(default_factory=dict)
    """What else the audit log may know of this call: ids and counts, never words."""

    @property
    def key(self) -> str:
        """What the ids of everything created here derive from: repeating the request creates nothing twice."""
        return self.claim.seed

    def path(self, name: str) -> str:
        """A part of the address."""
        return self.request.match_info[name]

    async def page(
        self,
        fetch: Newest[Row],
        position: Callable[[Row], Position],
        query: PageQuery,
        *,
        name: str,
        keep: Callable[[Row], bool] = lambda row: True,
        now: datetime | None = None,
    ) -> Page[Row]:
        """The page of list ``name`` that ``query`` asks for; ``now``: where the list begins, if not at this moment."""
        now = now or self.desk.clock.now()
        return await read_page(fetch, position, name=name, cursors=self.cursors, query=query, now=now, keep=keep)


class Guard(Protocol[Who]):
    """Who may come in, how callers are told apart, and what a lost race shows them."""

    scheme: str

    async def who(self, request: web.Request) -> Who:
        """Who asks; raises a 401 or 403."""
        ...

    def name(self, who: Who, request: web.Request) -> str:
        """The caller's name in limits and idempotency keys."""
        ...

    def show(self, who: Who, current: object) -> BaseModel | None:
        """The document that won a race, as this caller may see it."""
        ...


class Watch(Protocol[Who]):
    """Who may call what, and what is written down of it."""

    def allow(self, who: Who, endpoint: Endpoint) -> None:
        """Raise NotAllowed if this caller may not call this endpoint."""
        ...

    async def record(
        self, call: Call[Who], endpoint: Endpoint, given: Mapping[str, BaseModel], result: BaseModel
    ) -> None:
        """Write down what was done or seen."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known of one endpoint; the description is made of these."""

    method: str
    path: str
    handler: Handler
    status: int
    repeatable: bool
    """Takes an ``Idempotency-Key``."""
    open: bool
    """Needs no sign-in."""
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    gives: type[BaseModel]
    tag: str
    scheme: str = ""
    takes: int = 0
    """Bytes (a picture, say) instead of JSON, at most so many."""
    largest: int = LARGEST_BODY
    """So many bytes of JSON at most."""

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]


DESCRIBED: web.AppKey[list[Endpoint]] = web.AppKey("described", list)
"""Every endpoint of the application, for its description."""


class Routes(Generic[Who]):
    """The endpoints of one subject."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, *, open: bool = False) -> Callable[[Handler], Handler]:
        """An endpoint that changes nothing."""
        return self._add("GET", path, status=200, repeatable=False, open=open)

    def post(
        self,
        path: str,
        *,
        status: int = 200,
        repeatable: bool = True,
        open: bool = False,
        takes: int = 0,
        largest: int = LARGEST_BODY,
    ) -> Callable[[Handler], Handler]:
        """An endpoint that changes, creates or sends something. ``takes``: so many bytes at most instead of JSON."""
        return self._add("POST", path, status=status, repeatable=repeatable, open=open, takes=takes, largest=largest)

    def delete(self, path: str, *, open: bool = False) -> Callable[[Handler], Handler]:
        """An endpoint that takes something away; asked again it has nothing more to do."""
        return self._add("DELETE", path, status=200, repeatable=False, open=open)

    def _add(
        self,
        method: str,
        path: str,
        *,
        status: int,
        repeatable: bool,
        open: bool,
        takes: int = 0,
        largest: int = LARGEST_BODY,
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            types = typing.get_type_hints(handler)
            endpoint = Endpoint(
                method=method,
                path=path,
                handler=handler,
                status=status,
                repeatable=repeatable,
                open=open,
                body=types.get("body"),
                query=types.get("query"),
                gives=types["return"],
                tag=self.tag,
                takes=takes,
                largest=largest,
            )
            self.endpoints.append(endpoint)
            return handler

        return add


class Room(Generic[Who]):
    """Plugs routes into the application: sign-in, limits, reading, repeats and answers are the same for all of them."""

    def __init__(
        self,
        app: web.Application,
        desk: Desk,
        guard: Guard[Who],
        *,
        prefix: str,
        posts: Limit | None = None,
        watch: Watch[Who] | None = None,
    ) -> None:
        self._app = app
        self._watch = watch
        self._desk = desk
        self._guard = guard
        self._prefix = prefix
        self._posts = posts or Limit(60, 60)
        self._cursors = Cursors(desk.stores.sealer)
        self._requests = Requests(desk.stores.requests, desk.clock, desk.ids)

    def add(self, *groups: Routes[Who]) -> None:
        """Serve these endpoints under the prefix."""
        for group in groups:
            for endpoint in group.endpoints:
                whole = _placed(endpoint, self._prefix, self._guard.scheme)
                self._app.router.add_route(whole.method, whole.path, self._serve(whole))
                self._app[DESCRIBED].append(whole)

    def _serve(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            # An open endpoint signs somebody in; nobody is known yet, and none of its functions asks.
            who: Any = None if endpoint.open else await self._guard.who(request)
            caller = request.remote or "" if endpoint.open else self._guard.name(who, request)
            watch = None if endpoint.open else self._watch
            if watch is not None:
                watch.allow(who, endpoint)
            if endpoint.method != "GET" and not endpoint.open:
                self._posts.take(caller)
            raw = b""
            if endpoint.method != "GET":
                raw = await read_body(request, endpoint.takes or endpoint.largest)
            given: dict[str, BaseModel] = {}
            if endpoint.body is not None:
                given["body"] = read_json(raw, endpoint.body, request)
            if endpoint.query is not None:
                given["query"] = read_query(request, endpoint.query)
            elif request.query:
                raise ApiError(400, "invalid", "这个地址不带参数", details={"unknown": sorted(set(request.query))})
            claim: Claim | Kept = Claim(seed="")
            if endpoint.repeatable:
                what = f"{endpoint.method} {request.path}"
                claim = await self._requests.begin(request.headers.get(HEADER), caller=caller, what=what, body=raw)
            if isinstance(claim, Kept):
                return _respond(claim.status, claim.body, {"Idempotent-Replayed": "true"})
            call = Call(self._desk, who, request, claim, self._cursors, {}, raw if endpoint.takes else b"")
            try:
                result = await endpoint.handler(call, **given)
                if watch is not None:
                    await watch.record(call, endpoint, given, result)
                if isinstance(result, EventStream):
                    return result.response
                if isinstance(result, File):
                    return send(result, request)
                body = result.model_dump_json()
                await self._requests.finish(claim, endpoint.status, body)
            except Exception as error:
                await self._give_up(claim)
                if isinstance(error, ValidationError):
                    # What came in was checked before: this is ours, not the caller's.
                    raise RuntimeError("what is stored does not fit what is shown") from error
                if isinstance(error, Conflict) and error.current is not None and not endpoint.open:
                    shown = self._guard.show(who, error.current)
                    details = {"current": shown.model_dump(mode="json")} if shown is not None else {}
                    return answer_to(request, ApiError(409, CONFLICT, CONFLICT_SAID, details=details))
                raise
            # What pages count from: the demo moves the clock.
            now = {"X-Guanjia-Now": self._desk.clock.now().isoformat()}
            return _respond(endpoint.status, body, now | call.headers)

        return serve

    async def _give_up(self, claim: Claim) -> None:
        try:
            await self._requests.give_up(claim)
        except Unavailable:
            log.warning("a request key could not be given back, it can be taken over in 30 s")


def _placed(endpoint: Endpoint, prefix: str, scheme: str) -> Endpoint:
    return replace(endpoint, path=prefix + endpoint.path, scheme=scheme)


async def read_body(request: web.Request, most: int = LARGEST_BODY) -> bytes:
    """The body, if it is not larger than ``most``; raises a 413."""
    too_large = ApiError(413, "too_large", "内容太长了", details={"most": most})
    if request.content_length is not None and request.content_length > most:
        raise too_large
    read = bytearray()
    async for piece in request.content.iter_chunked(16 * 1024):
        read += piece
        if len(read) > most:
            raise too_large
    return bytes(read)


Model = TypeVar("Model", bound=BaseModel)


def read_json(raw: bytes, model: type[Model], request: web.Request) -> Model:
    """The body as its model; raises a 400 or 415. Nothing is coerced: "1" is not a number."""
    if not raw:
        raw = b"{}"
    elif request.content_type != "application/json":
        raise ApiError(415, "not_json", "请发送 JSON (Content-Type: application/json)")
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if any(problem["type"] == "json_invalid" for problem in error.errors(include_url=False)):
            raise ApiError(400, "bad_json", "这不是正确的 JSON") from None
        raise


def read_query(request: web.Request, model: type[Model]) -> Model:
    """The query as its model; an empty value means that it was not given."""
    repeated = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if repeated:
        raise ApiError(400, "invalid", "有参数重复了", details={"repeated": repeated})
    return model.model_validate({name: value for name, value in request.query.items() if value != ""})


def _respond(status: int, body: str, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=status,
        body=body.encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers},
    )
