"""The control API: settings, clock, faults, and everything a test wants to look at. Not part of the platform."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from bot.emulator import orders
from bot.emulator.answers import as_json, number, platform_of
from bot.emulator.errors import ControlError
from bot.emulator.faults import FaultOrder
from bot.emulator.platform import Platform

routes = web.RouteTableDef()


@routes.get("/control")
async def overview(request: web.Request) -> web.Response:
    """What there is."""
    found = {
        f"{route.method} {route.resource.canonical}": (route.handler.__doc__ or "").strip()
        for route in request.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/control") and route.method != "HEAD"
    }
    return as_json({"routes": found})


@routes.get("/control/health")
async def health(request: web.Request) -> web.Response:
    """Whether it runs."""
    return as_json({"ok": True})


@routes.get("/control/config")
async def show_config(request: web.Request) -> web.Response:
    """The settings, with the apps' secrets: they are samples that the bot under test needs too."""
    return as_json(platform_of(request).config)


@routes.patch("/control/config")
async def change_config(request: web.Request) -> web.Response:
    """Change settings while it runs, for example callback_url and mode."""
    order = await orders.read(request, orders.Setup)
    config = platform_of(request).config
    app = config.account if order.app == "account" else config.miniprogram
    try:
        for name in order.model_fields_set - {"app"}:
            target: Any = app if name in ("callback_url", "mode", "token", "aes_key") else config
            setattr(target, name, getattr(order, name))
    except ValidationError as error:
        raise ControlError(400, "bad_request", orders.problems(error)) from None
    return as_json(config)


@routes.post("/control/handshake")
async def handshake(request: web.Request) -> web.Response:
    """Check the callback address as the console does when it is saved."""
    platform = platform_of(request)
    ok, reason = await platform.delivery.handshake(platform.config.account)
    return as_json({"ok": ok, "reason": reason})


@routes.get("/control/clock")
async def show_clock(request: web.Request) -> web.Response:
    """The emulator's time."""
    return _time(platform_of(request))


def _time(platform: Platform) -> web.Response:
    clock = platform.clock
    return as_json({"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds})


@routes.post("/control/clock")
async def move_clock(request: web.Request) -> web.Response:
    """Skip seconds, or set the distance from the machine's clock."""
    order = await orders.read(request, orders.Skip)
    platform = platform_of(request)
    if (order.skip_seconds is None) == (order.offset_seconds is None):
        raise ControlError(400, "bad_request", "give either skip_seconds or offset_seconds")
    offset = order.offset_seconds if order.skip_seconds is None else platform.clock.offset_seconds + order.skip_seconds
    if offset is None or not abs(offset) < 10 * 365 * 86400:
        raise ControlError(400, "bad_request", "the clock can be moved by ten years at most")
    platform.clock.set_offset(offset)
    if platform.clock.file:
        await asyncio.sleep(platform.config.clock_settle_seconds)
    platform.schedule.moved()
    platform.users.touched()
    return _time(platform)


@routes.get("/control/pushes")
async def list_pushes(request: web.Request) -> web.Response:
    """Pushes after number ``after``, of everybody or of ``user``."""
    found = platform_of(request).pushes.list(int(number(request, "after")), request.query.get("user"))
    return as_json([*found])


@routes.get("/control/pushes/{id:\\d+}")
async def show_push(request: web.Request) -> web.Response:
    """One push with all its attempts."""
    return as_json(platform_of(request).pushes.get(int(request.match_info["id"])))


@routes.post("/control/pushes/{id:\\d+}/deliver")
async def deliver_push(request: web.Request) -> web.Response:
    """Deliver a held push, or one more time one that was answered long ago."""
    platform = platform_of(request)
    push = platform.pushes.get(int(request.match_info["id"]))
    await platform.schedule.spawn(platform.delivery.deliver(push))
    return as_json(push)


@routes.get("/control/calls")
async def list_calls(request: web.Request) -> web.Response:
    """API calls after entry ``after``, all or those of one ``path``."""
    return as_json([*platform_of(request).journal.calls(int(number(request, "after")), request.query.get("path"))])


@routes.get("/control/refusals")
async def list_refusals(request: web.Request) -> web.Response:
    """What was refused after entry ``after``, and why."""
    return as_json([*platform_of(request).journal.refusals(int(number(request, "after")))])


@routes.get("/control/stats")
async def stats(request: web.Request) -> web.Response:
    """Counts: tokens given out, API calls by path, pushes, refusals."""
    platform = platform_of(request)
    return as_json(
        {
            "tokens": dict(platform.tokens.fetched),
            "token_fetches": sum(platform.tokens.fetched.values()),
            "calls": dict(platform.journal.counts),
            "pushes": len(platform.pushes.list()),
            "refusals": len(platform.journal.refusals()),
            "users": len(platform.users.all()),
        }
    )


@routes.post("/control/tokens/revoke")
async def revoke(request: web.Request) -> web.Response:
    """Kill all tokens; calls with them get the errcode."""
    order = await orders.read(request, orders.Revoke)
    return as_json({"revoked": platform_of(request).tokens.revoke(order.errcode)})


@routes.get("/control/faults")
async def list_faults(request: web.Request) -> web.Response:
    """Faults that stand, and how often each struck."""
    return as_json([*platform_of(request).faults.all()])


@routes.post("/control/faults")
async def add_fault(request: web.Request) -> web.Response:
    """Order a fault."""
    return as_json(platform_of(request).faults.add(await orders.read(request, FaultOrder)))


@routes.delete("/control/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Remove all faults."""
    return as_json({"cleared": platform_of(request).faults.clear()})


@routes.get("/control/quota")
async def show_quota(request: web.Request) -> web.Response:
    """What was used of the daily quotas."""
    return as_json([*platform_of(request).quotas.all()])


@routes.put("/control/quota")
async def set_quota(request: web.Request) -> web.Response:
    """Another daily limit for one API: ``{"path": "cgi-bin/message/custom/send", "calls": 3}``."""
    order = await orders.read(request, orders.Quota)
    platform_of(request).quotas.limit(order.path.strip("/"), order.calls)
    return as_json([*platform_of(request).quotas.all()])


@routes.get("/control/menu")
async def show_menu(request: web.Request) -> web.Response:
    """The account's menu as phones show it; empty when there is none."""
    return as_json(platform_of(request).menu or {"button": []})


@routes.get("/emulator/media/{media_id}")
async def show_media(request: web.Request) -> web.Response:
    """The bytes behind PicUrl; phones keep what they once received."""
    medium = platform_of(request).media.anyway(request.match_info["media_id"])
    if medium is None:
        raise web.HTTPNotFound
    return web.Response(body=medium.content, content_type=medium.content_type)
