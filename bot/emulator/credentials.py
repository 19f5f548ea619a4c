"""Routes that give out tokens, and those about the calls themselves."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.emulator.api import Call, check_address, route
from bot.emulator.config import App
from bot.emulator.errors import ApiError


def known_app(call: Call, app_id: object, secret: object) -> App:
    """The app of that id, if the secret is its own."""
    if not app_id:
        raise ApiError(41002)
    app = call.platform.config.app(str(app_id))
    if app is None:
        raise ApiError(40013, why=f"no app has the id {app_id}")
    call.entry.app_id = app.app_id
    if not secret:
        raise ApiError(41004)
    if secret != app.secret:
        raise ApiError(40125, why=f"wrong secret for {app_id}")
    check_address(call, app)
    return app


async def token(call: Call) -> dict[str, Any]:
    """GET cgi-bin/token."""
    if call.text("grant_type") != "client_credential":
        raise ApiError(40002)
    app = known_app(call, call.text("appid"), call.text("secret"))
    call.platform.quotas.count(app.app_id, "cgi-bin/token")
    return call.platform.tokens.fresh(app)


async def stable_token(call: Call) -> dict[str, Any]:
    """POST cgi-bin/stable_token."""
    if call.body.get("grant_type") != "client_credential":
        raise ApiError(40002)
    force = call.body.get("force_refresh", False)
    if not isinstance(force, bool):
        raise ApiError(47001, why="force_refresh is not true or false")
    return call.platform.tokens.stable(known_app(call, call.body.get("appid"), call.body.get("secret")), force)


async def callback_addresses(call: Call) -> dict[str, Any]:
    """GET cgi-bin/getcallbackip: where pushes come from."""
    return {"ip_list": ["127.0.0.1"]}


async def clear_quota(call: Call) -> dict[str, Any]:
    """POST cgi-bin/clear_quota: begins the day anew, and ends ordered faults that answer 45009."""
    if call.body.get("appid") != call.caller.app_id:
        raise ApiError(40013)
    call.platform.quotas.clear(call.caller.app_id)
    for fault in call.platform.faults.all():
        if fault.errcode == 45009:
            call.platform.faults.clear(fault.id)
    return {"errcode": 0, "errmsg": "ok"}


async def quota(call: Call) -> dict[str, Any]:
    """POST cgi-bin/openapi/quota/get: what is left of one API's day."""
    path = call.body.get("cgi_path")
    if not isinstance(path, str):
        raise ApiError(76021, why="cgi_path is missing")
    return {"errcode": 0, "errmsg": "ok", "quota": call.platform.quotas.state(call.caller.app_id, path.strip("/"))}


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    app.router.add_get("/cgi-bin/token", route(token, token=False))
    app.router.add_post("/cgi-bin/stable_token", route(stable_token, token=False))
    app.router.add_get("/cgi-bin/getcallbackip", route(callback_addresses))
    app.router.add_get("/cgi-bin/get_api_domain_ip", route(callback_addresses))
    app.router.add_post("/cgi-bin/clear_quota", route(clear_quota))
    app.router.add_post("/cgi-bin/openapi/quota/get", route(quota))
