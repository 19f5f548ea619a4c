"""Errors of both APIs: an HTTP status and ``{"error": {"code", "message", "details"}}``, whatever went wrong.

This is the only place that turns refusals of the rules and of the stores into HTTP. ``message`` is short Chinese that
may be shown to a person; ``code`` is for programs; nothing of the inside (traces, queries, input) goes out.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from desk.errors import DeskError, Illegal, Incomplete, NotAllowed
from store.errors import Conflict, Duplicate, NotFound, Unavailable

log = logging.getLogger(__name__)

PREFIX = "/api/"
CONFLICT = "conflict"
CONFLICT_SAID = "刚刚有人改过,请看一下现在的情况"
RETRY_AFTER = 2
"""Seconds after which asking again makes sense while the database is away."""


class Problem(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str
    details: dict[str, Any] = {}


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(extra="forbid")

    error: Problem


class ApiError(Exception):
    """A refusal with its status; for what only the web layer knows (sign-in, limits, malformed requests)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.details = dict(details or {})


_DESK_STATUS: dict[type[DeskError], int] = {NotAllowed: 403, Illegal: 409, Incomplete: 400}
_HTTP: dict[int, tuple[str, str]] = {
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "这个地址不接受这种请求"),
    413: ("too_large", "内容太长了"),
}


@web.middleware
async def errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer every failure under ``/api/`` as the APIs promise; other paths are left alone."""
    if not request.path.startswith(PREFIX):
        return await handler(request)
    try:
        return await handler(request)
    except asyncio.CancelledError:
        raise
    except web.HTTPException as http:
        if http.status < 400:
            raise
        code, message = _HTTP.get(http.status, ("bad_request", "请求不对"))
        allow = {"Allow": http.headers["Allow"]} if "Allow" in http.headers else {}
        return _answer(http.status, code, message, headers=allow)
    except Exception as error:
        return answer_to(request, error)


def answer_to(request: web.Request, error: Exception) -> web.Response:
    """The answer for one failure; what nobody expected is logged under an id that the caller gets."""
    match error:
        case ApiError():
            return _answer(error.status, error.code, error.message, details=error.details, headers=error.headers)
        case DeskError():
            return _answer(_DESK_STATUS.get(type(error), 400), error.code, error.message, details=error.details)
        case ValidationError():
            return _answer(400, "invalid", "有内容不对,请检查", details={"fields": problems_of(error)})
        case web.RequestPayloadError():  # cut off, or packed in a way that it says and is not
            return _answer(400, "bad_request", "请求的内容读不出来")
        case NotFound():
            return _answer(404, "not_found", "没有找到")
        case Conflict():
            return _answer(409, CONFLICT, CONFLICT_SAID)
        case Duplicate():
            return _answer(409, "duplicate", "已经有了")
        case Unavailable():
            log.warning("%s %s: a store is away", request.method, _route(request))
            headers = {"Retry-After": str(RETRY_AFTER)}
            return _answer(503, "unavailable", "系统正忙,请稍后再试", headers=headers)
        case _:
            incident = secrets.token_hex(6)
            log.error("%s %s failed, incident %s", request.method, _route(request), incident, exc_info=error)
            return _answer(500, "internal", "出了点问题,请把编号告诉管理员", details={"incident": incident})


def problems_of(error: ValidationError) -> list[dict[str, Any]]:
    """What is wrong with which field, without repeating what was sent."""
    found = []
    for problem in error.errors(include_url=False, include_input=False, include_context=True):
        field = ".".join(str(step) for step in problem["loc"])
        entry: dict[str, Any] = {"field": field, "problem": _SAID.get(problem["type"], problem["msg"])}
        expected = (problem.get("ctx") or {}).get("expected")
        if problem["type"] in ("enum", "literal_error") and isinstance(expected, str):
            entry["allowed"] = re.findall(r"'([^']*)'", expected)
        found.append(entry)
    return found


_SAID = {
    "missing": "缺少",
    "extra_forbidden": "没有这一项",
    "enum": "不在可选值里",
    "literal_error": "不在可选值里",
    "string_too_long": "太长",
    "string_too_short": "不能为空",
    "string_type": "要是文字",
    "int_type": "要是整数",
    "bool_type": "要是 true 或 false",
    "string_pattern_mismatch": "格式不对",
    "timezone_aware": "时间要带时区",
    "model_type": "要是一个 JSON 对象",
}


def _route(request: web.Request) -> str:
    """The route's pattern: ids and names in paths stay out of the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(no route)"


def _answer(
    status: int,
    code: str,
    message: str,
    *,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    body = ErrorBody(error=Problem(code=code, message=message, details=dict(details or {})))
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
