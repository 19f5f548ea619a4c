"""What all API routes share: who calls, faults on demand, refusals in the platform's words, the journal."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.emulator.config import App
from bot.emulator.errors import MESSAGES, ApiError
from bot.emulator.faults import Fault
from bot.emulator.journal import ApiCall
from bot.emulator.platform import PLATFORM, Platform
from bot.emulator.users import AppKind, User

ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


@dataclass
class Call:
    """One call, as far as its route has to know."""

    request: web.Request
    platform: Platform
    entry: ApiCall
    body: dict[str, Any] = field(default_factory=dict)
    app: App | None = None

    @property
    def caller(self) -> App:
        """The app whose token was used."""
        if self.app is None:
            raise RuntimeError("this route was set up without a token")
        return self.app

    def text(self, name: str) -> str:
        """A parameter of the query, or empty."""
        return self.request.query.get(name, "")

    def addressee(self) -> User:
        """Whom ``touser`` means; 40003 when this app knows no such openid."""
        user = self.platform.user_of(self.caller, self.body.get("touser"))
        if user is None:
            raise ApiError(40003, why=f"touser is no openid of {self.caller.app_id}: unknown, or another app's")
        return user


Result = dict[str, Any] | web.StreamResponse
Handler = Callable[[Call], Awaitable[Result]]


def route(
    handler: Handler,
    *apps: AppKind,
    token: bool = True,
    body: bool = True,
    content_type: str = "application/json",
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make an HTTP route of a handler. ``apps``: whose tokens may call it; none named means both may."""

    async def serve(request: web.Request) -> web.StreamResponse:
        platform = request.app[PLATFORM]
        path = request.path.lstrip("/")
        call = Call(request, platform, platform.journal.call(path))
        started = time.perf_counter()
        try:
            return await _serve(call, handler, apps, token, body, content_type)
        finally:
            call.entry.milliseconds = round((time.perf_counter() - started) * 1000, 1)

    return serve


async def _serve(
    call: Call, handler: Handler, apps: tuple[AppKind, ...], token: bool, body: bool, content_type: str
) -> web.StreamResponse:
    raw = await call.request.read() if body and call.request.method == "POST" else b""
    openid = _peek(call.request, raw)
    users = call.platform.users
    user = users.of_account(openid) or users.of_miniprogram(openid)
    if user is None and (owner := call.platform.codes.owner(call.request.query.get("js_code"))):
        user = users.get(owner)
    call.entry.openid, call.entry.user = openid, user.name if user else None
    fault = call.platform.faults.strike(call.entry.path, openid, user)
    call.entry.fault = fault.id if fault else None
    if fault and fault.when == "before":
        await asyncio.sleep(fault.delay_seconds)
        if fault.answers:
            return _struck(call, fault)
    result: Result
    try:
        if token:
            call.app = _authorise(call, apps)
            platform_quotas(call)
        if body and call.request.method == "POST":
            call.body = _parse(raw)
            call.entry.msgtype = str(call.body["msgtype"]) if "msgtype" in call.body else None
        result = await handler(call)
    except ApiError as error:
        call.entry.errcode = error.errcode
        call.platform.journal.refuse(call.entry.path, call.entry.user, error.why, errcode=error.errcode)
        result = {"errcode": error.errcode, "errmsg": error.errmsg}
    if fault and fault.when == "after":
        await asyncio.sleep(fault.delay_seconds)
        if fault.answers:
            return _struck(call, fault)
    if isinstance(result, web.StreamResponse):
        return result
    return answer(result, content_type)


def answer(result: dict[str, Any], content_type: str = "application/json", status: int = 200) -> web.Response:
    """The platform's JSON: raw UTF-8, an error's errmsg ends in a request id."""
    if result.get("errcode"):
        result = {**result, "errmsg": f"{result['errmsg']} rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"}
    return web.Response(
        body=json.dumps(result, ensure_ascii=False).encode(), status=status, content_type=content_type, charset="utf-8"
    )


def _struck(call: Call, fault: Fault) -> web.StreamResponse:
    call.entry.errcode = fault.errcode or 0
    call.entry.http_status = 0 if fault.drop else fault.http_status
    call.platform.journal.refuse(
        call.entry.path,
        call.entry.user,
        f"fault {fault.id} as ordered ({fault.when} the effect)",
        errcode=fault.errcode,
    )
    if fault.drop:
        if call.request.transport:
            call.request.transport.abort()
        return web.Response(status=499)
    if fault.body is not None:
        return web.Response(text=fault.body, status=fault.http_status)
    if fault.errcode is None:
        return web.Response(text="bad gateway", status=fault.http_status)
    message = fault.errmsg or MESSAGES.get(fault.errcode, "error")
    return answer({"errcode": fault.errcode, "errmsg": message}, status=fault.http_status)


def _peek(request: web.Request, raw: bytes) -> str | None:
    """Whom the call is about, before anything was checked."""
    if openid := request.query.get("openid"):
        return openid
    try:
        data = json.loads(raw)
    except ValueError:
        return None
    value = (data.get("touser") or data.get("openid")) if isinstance(data, dict) else None
    return value if isinstance(value, str) else None


def _authorise(call: Call, apps: tuple[AppKind, ...]) -> App:
    app_id = call.platform.tokens.app_of(call.request.query.get("access_token"))
    app = call.platform.config.app(app_id)
    if app is None:
        raise ApiError(40001, why="the token belongs to an app that is gone")
    call.entry.app_id = app_id
    check_address(call, app)
    if apps and app.kind not in apps:
        raise ApiError(48001, why=f"a {app.kind} may not call this")
    return app


def check_address(call: Call, app: App) -> None:
    """40164 unless the caller's address may use this app; mini-programs need none."""
    allowed = call.platform.config.allowed_ips
    if app.kind == "account" and allowed and call.request.remote not in allowed:
        raise ApiError(40164, f"invalid ip {call.request.remote}, not in whitelist")


def platform_quotas(call: Call) -> None:
    """Counted before anything else is looked at, as there: a call that is wrong costs one too."""
    call.platform.quotas.count(call.caller.app_id, call.entry.path)


def _parse(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise ApiError(44002)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(40033, why="the body is not UTF-8") from None
    if ESCAPED.search(text):
        raise ApiError(40033, why="the body has \\uXXXX escapes; the platform wants raw UTF-8")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ApiError(47001, why=f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ApiError(47001, why="the body is not a JSON object")
    return data
