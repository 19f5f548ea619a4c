"""The control API: phones, clock, faults, and everything a test wants to look at. Not part of the platform."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.emulator import orders
from bot.emulator.deeds import Deeds, decoded
from bot.emulator.errors import ControlError
from bot.emulator.faults import FaultOrder
from bot.emulator.platform import PLATFORM, Platform
from bot.emulator.pushes import Push
from bot.emulator.templates import RESULTS
from bot.emulator.users import User

log = logging.getLogger(__name__)
routes = web.RouteTableDef()
LONGEST_WAIT = 60.0


@web.middleware
async def errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Control errors in one shape: ``{"error": {"code", "message"}}``."""
    try:
        return await handler(request)
    except ControlError as error:
        return _error(error.status, error.code, error.message)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/control"):
            raise
        where = "see GET /control for what there is"
        return _error(error.status, error.reason.lower().replace(" ", "_"), f"{request.method} {request.path}: {where}")


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _json(data: BaseModel | list[Any] | dict[str, Any]) -> web.Response:
    if isinstance(data, list):
        data = {"items": [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in data]}
    elif isinstance(data, BaseModel):
        data = data.model_dump(mode="json")
    return web.json_response(data)


def _platform(request: web.Request) -> Platform:
    return request.app[PLATFORM]


def _number(request: web.Request, name: str, longest: float | None = None) -> float:
    text = request.query.get(name, "0")
    try:
        value = float(text)
    except ValueError:
        raise ControlError(400, "bad_number", f"{name}={text!r} is not a number") from None
    if not 0 <= value < float("inf"):
        raise ControlError(400, "bad_number", f"{name} must be 0 or more")
    return value if longest is None else min(value, longest)


@routes.get("/control")
async def overview(request: web.Request) -> web.Response:
    """What there is."""
    found = {
        f"{route.method} {route.resource.canonical}": (route.handler.__doc__ or "").strip()
        for route in request.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/control") and route.method != "HEAD"
    }
    return _json({"routes": found})


@routes.get("/control/health")
async def health(request: web.Request) -> web.Response:
    """Whether it runs."""
    return _json({"ok": True})


@routes.get("/control/config")
async def show_config(request: web.Request) -> web.Response:
    """The settings, with the apps' secrets: they are samples that the bot under test needs too."""
    return _json(_platform(request).config)


@routes.patch("/control/config")
async def change_config(request: web.Request) -> web.Response:
    """Change settings while it runs, for example callback_url and mode."""
    order = await orders.read(request, orders.Setup)
    config = _platform(request).config
    app = config.account if order.app == "account" else config.miniprogram
    try:
        for name in order.model_fields_set - {"app"}:
            target: Any = app if name in ("callback_url", "mode", "token", "aes_key") else config
            setattr(target, name, getattr(order, name))
    except ValidationError as error:
        raise ControlError(400, "bad_request", orders.problems(error)) from None
    return _json(config)


@routes.post("/control/handshake")
async def handshake(request: web.Request) -> web.Response:
    """Check the callback address as the console does when it is saved."""
    platform = _platform(request)
    ok, reason = await platform.delivery.handshake(platform.config.account)
    return _json({"ok": ok, "reason": reason})


@routes.get("/control/clock")
async def show_clock(request: web.Request) -> web.Response:
    """The emulator's time."""
    return _time(_platform(request))


def _time(platform: Platform) -> web.Response:
    clock = platform.clock
    return _json({"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds})


@routes.post("/control/clock")
async def move_clock(request: web.Request) -> web.Response:
    """Skip seconds, or set the distance from the machine's clock."""
    order = await orders.read(request, orders.Skip)
    platform = _platform(request)
    if (order.skip_seconds is None) == (order.offset_seconds is None):
        raise ControlError(400, "bad_request", "give either skip_seconds or offset_seconds")
    offset = order.offset_seconds if order.skip_seconds is None else platform.clock.offset_seconds + order.skip_seconds
    if offset is None or not abs(offset) < 10 * 365 * 86400:
        raise ControlError(400, "bad_request", "the clock can be moved by ten years at most")
    platform.clock.set_offset(offset)
    platform.schedule.moved()
    return _time(platform)


def _view(platform: Platform, user: User) -> dict[str, Any]:
    allowance = platform.users.allowance(user)
    typing = user.typing_until is not None and user.typing_until > platform.clock.now()
    return {
        **user.model_dump(mode="json", exclude={"screen", "session_key", "windows", "typing_until"}),
        "typing": typing,
        "allowance": {"left": allowance[0], "until": allowance[1].isoformat()} if allowance else None,
        "last_id": max((entry.id for entry in user.screen), default=0),
    }


@routes.get("/control/users")
async def list_users(request: web.Request) -> web.Response:
    """Everybody."""
    platform = _platform(request)
    return _json([_view(platform, user) for user in platform.users.all()])


@routes.put("/control/users/{name}")
async def put_user(request: web.Request) -> web.Response:
    """Create a person on first use; set what is named."""
    platform = _platform(request)
    order = await orders.read(request, orders.UserOrder)
    for result in [order.template_result or "success", *(order.next_results or [])]:
        if result not in RESULTS:
            raise ControlError(400, "bad_request", f"a result is one of {', '.join(RESULTS)}, not {result!r}")
    user = platform.users.create(request.match_info["name"])
    for name in order.model_fields_set:
        if (value := getattr(order, name)) is not None:
            setattr(user, name, value)
    platform.users.touched()
    return _json(_view(platform, user))


@routes.get("/control/users/{name}")
async def show_user(request: web.Request) -> web.Response:
    """One person, with the allowance they give the account now."""
    platform = _platform(request)
    return _json(_view(platform, platform.users.get(request.match_info["name"])))


@routes.get("/control/users/{name}/phone")
async def show_phone(request: web.Request) -> web.Response:
    """What the phone showed after entry ``after``; waits up to ``wait`` seconds for the first of them."""
    users = _platform(request).users
    user = users.get(request.match_info["name"])
    return _json([*await users.wait(user, int(_number(request, "after")), _number(request, "wait", LONGEST_WAIT))])


@routes.post("/control/users/{name}/{deed}")
async def do(request: web.Request) -> web.Response:
    """Do something with a phone; GET /control/deeds lists what."""
    name = request.match_info["deed"]
    if name not in DEEDS:
        raise ControlError(404, "no_such_deed", f"nobody can {name!r}: it is one of {', '.join(DEEDS)}")
    platform = _platform(request)
    user = platform.users.get(request.match_info["name"])
    deeds = Deeds(platform, str(request.url.origin()))
    push = await DEEDS[name](request, deeds, user)
    return _json(push) if push else _json({"id": None, "note": "nothing changed, so nothing was pushed"})


async def _follow(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Scan)
    if order.quietly:
        deeds.follow_quietly(user)
        return None
    return await deeds.follow(user, order.options, order.scene, order.ticket)


async def _unfollow(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    return await deeds.unfollow(user, (await orders.read(request, orders.Deed)).options)


async def _text(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Text)
    return await deeds.text(user, order.options, order.text, order.menu_id)


async def _image(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Media)
    return await deeds.image(user, order.options, decoded(order.content))


async def _voice(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Media)
    return await deeds.voice(user, order.options, decoded(order.content), order.recognition)


async def _video(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Media)
    return await deeds.video(user, order.options, decoded(order.content))


async def _location(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Location)
    return await deeds.location(user, order.options, order.latitude, order.longitude, order.label)


async def _link(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Link)
    return await deeds.link(user, order.options, order.title, order.description, order.url)


async def _menu(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Menu)
    return await deeds.menu(user, order.options, order.event, order.key)


async def _scan(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Scan)
    return await deeds.scan(user, order.options, order.scene, order.ticket)


async def _event(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Event)
    return await deeds.event(user, order.options, order.fields)


async def _raw(request: web.Request, deeds: Deeds, user: User) -> Push | None:
    order = await orders.read(request, orders.Raw)
    body = order.body.encode() if order.body is not None else decoded(order.body_base64)
    if body is None:
        raise ControlError(400, "no_body", "give body (text) or body_base64")
    return await deeds.raw(user, order.options, body)


DEEDS: dict[str, Callable[[web.Request, Deeds, User], Awaitable[Push | None]]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "location": _location,
    "link": _link,
    "menu": _menu,
    "scan": _scan,
    "event": _event,
    "raw": _raw,
}


@routes.post("/control/users/{name}/codes/{purpose}")
async def make_code(request: web.Request) -> web.Response:
    """A mini-program code, for ``login`` or for the ``phone`` number."""
    platform = _platform(request)
    user = platform.users.get(request.match_info["name"])
    purpose = request.match_info["purpose"]
    if purpose not in ("login", "phone"):
        raise ControlError(404, "no_such_code", f"codes are made for login or phone, not {purpose!r}")
    return _json({"code": platform.codes.make(user.name, "login" if purpose == "login" else "phone")})


@routes.post("/control/users/{name}/consents")
async def consent(request: web.Request) -> web.Response:
    """Answer the dialogue that asks for consent; the mini-program's callback hears of it."""
    platform = _platform(request)
    user = platform.users.get(request.match_info["name"])
    order = await orders.read(request, orders.Consent)
    program = platform.config.miniprogram
    if program.template(order.template_id) is None:
        raise ControlError(404, "no_such_template", f"the mini-program has no template {order.template_id!r}")
    if order.answer == "accept":
        user.consents[order.template_id] = user.consents.get(order.template_id, 0) + order.count
    platform.users.touched()
    row = {"TemplateId": order.template_id, "SubscribeStatusString": order.answer, "PopupScene": "0"}
    listing: Any = {"List": row} if program.data_format == "json" else {"SubscribeMsgPopupEvent": {"List": row}}
    fields = {"MsgType": "event", "Event": "subscribe_msg_popup_event", **listing}
    platform.schedule.spawn(platform.delivery.send(program, user, fields))
    return _json({"left": user.consents.get(order.template_id, 0)})


@routes.get("/control/pushes")
async def list_pushes(request: web.Request) -> web.Response:
    """Pushes after number ``after``, of everybody or of ``user``."""
    found = _platform(request).pushes.list(int(_number(request, "after")), request.query.get("user"))
    return _json([*found])


@routes.get("/control/pushes/{id:\\d+}")
async def show_push(request: web.Request) -> web.Response:
    """One push with all its attempts."""
    return _json(_platform(request).pushes.get(int(request.match_info["id"])))


@routes.post("/control/pushes/{id:\\d+}/deliver")
async def deliver_push(request: web.Request) -> web.Response:
    """Deliver a held push, or one more time one that was answered long ago."""
    platform = _platform(request)
    push = platform.pushes.get(int(request.match_info["id"]))
    await platform.schedule.spawn(platform.delivery.deliver(push))
    return _json(push)


@routes.get("/control/calls")
async def list_calls(request: web.Request) -> web.Response:
    """API calls after entry ``after``, all or those of one ``path``."""
    return _json([*_platform(request).journal.calls(int(_number(request, "after")), request.query.get("path"))])


@routes.get("/control/refusals")
async def list_refusals(request: web.Request) -> web.Response:
    """What was refused after entry ``after``, and why."""
    return _json([*_platform(request).journal.refusals(int(_number(request, "after")))])


@routes.get("/control/stats")
async def stats(request: web.Request) -> web.Response:
    """Counts: tokens given out, API calls by path, pushes, refusals."""
    platform = _platform(request)
    return _json(
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
    return _json({"revoked": _platform(request).tokens.revoke(order.errcode)})


@routes.get("/control/faults")
async def list_faults(request: web.Request) -> web.Response:
    """Faults that stand, and how often each struck."""
    return _json([*_platform(request).faults.all()])


@routes.post("/control/faults")
async def add_fault(request: web.Request) -> web.Response:
    """Order a fault."""
    return _json(_platform(request).faults.add(await orders.read(request, FaultOrder)))


@routes.delete("/control/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Remove all faults."""
    return _json({"cleared": _platform(request).faults.clear()})


@routes.get("/control/menu")
async def show_menu(request: web.Request) -> web.Response:
    """The account's menu as phones show it; empty when there is none."""
    return _json(_platform(request).menu or {"button": []})


@routes.get("/emulator/media/{media_id}")
async def show_media(request: web.Request) -> web.Response:
    """The bytes behind PicUrl; phones keep what they once received."""
    medium = _platform(request).media.anyway(request.match_info["media_id"])
    if medium is None:
        raise web.HTTPNotFound
    return web.Response(body=medium.content, content_type=medium.content_type)
