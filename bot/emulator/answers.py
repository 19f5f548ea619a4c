"""What the control routes share: answers, errors, parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from bot.emulator.errors import ControlError
from bot.emulator.platform import PLATFORM, Platform


@web.middleware
async def errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Control errors in one shape: ``{"error": {"code", "message"}}``."""
    try:
        return await handler(request)
    except ControlError as error:
        return error_answer(error.status, error.code, error.message)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/control"):
            raise
        where = "see GET /control for what there is"
        return error_answer(
            error.status, error.reason.lower().replace(" ", "_"), f"{request.method} {request.path}: {where}"
        )


def error_answer(status: int, code: str, message: str) -> web.Response:
    """An error in the control API's shape."""
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def as_json(data: BaseModel | list[Any] | dict[str, Any]) -> web.Response:
    """A model or an object as it is, a list as ``items``."""
    if isinstance(data, list):
        data = {"items": [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in data]}
    elif isinstance(data, BaseModel):
        data = data.model_dump(mode="json")
    return web.json_response(data)


def platform_of(request: web.Request) -> Platform:
    """The platform this server stands for."""
    return request.app[PLATFORM]


def number(request: web.Request, name: str, longest: float | None = None) -> float:
    """A parameter that is 0 or more, cut to the longest allowed; 0 when it is not given."""
    text = request.query.get(name, "0")
    try:
        value = float(text)
    except ValueError:
        raise ControlError(400, "bad_number", f"{name}={text!r} is not a number") from None
    if not 0 <= value < float("inf"):
        raise ControlError(400, "bad_number", f"{name} must be 0 or more")
    return value if longest is None else min(value, longest)
