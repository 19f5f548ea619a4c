"""The control API of people and their phones: who they are, what they do, what they see."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.emulator import orders
from bot.emulator.answers import as_json, number, platform_of
from bot.emulator.crypto import seal_open_data, sign_raw_data
from bot.emulator.deeds import Deeds, decoded
from bot.emulator.errors import ControlError
from bot.emulator.platform import Platform
from bot.emulator.pushes import Push
from bot.emulator.templates import RESULTS
from bot.emulator.users import User

routes = web.RouteTableDef()
LONGEST_WAIT = 60.0


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
    platform = platform_of(request)
    return as_json([_view(platform, user) for user in platform.users.all()])


@routes.put("/control/users/{name}")
async def put_user(request: web.Request) -> web.Response:
    """Create a person on first use; set what is named."""
    platform = platform_of(request)
    order = await orders.read(request, orders.UserOrder)
    for result in [order.template_result or "success", *(order.next_results or [])]:
        if result not in RESULTS:
            raise ControlError(400, "bad_request", f"a result is one of {', '.join(RESULTS)}, not {result!r}")
    user = platform.users.create(request.match_info["name"])
    for name in order.model_fields_set:
        if (value := getattr(order, name)) is not None:
            setattr(user, name, value)
    platform.users.touched()
    return as_json(_view(platform, user))


@routes.get("/control/users/{name}")
async def show_user(request: web.Request) -> web.Response:
    """One person, with the allowance they give the account now."""
    platform = platform_of(request)
    return as_json(_view(platform, platform.users.get(request.match_info["name"])))


@routes.get("/control/users/{name}/phone")
async def show_phone(request: web.Request) -> web.Response:
    """What the phone showed after entry ``after``; waits up to ``wait`` seconds for the first of them."""
    users = platform_of(request).users
    user = users.get(request.match_info["name"])
    return as_json([*await users.wait(user, int(number(request, "after")), number(request, "wait", LONGEST_WAIT))])


@routes.post("/control/users/{name}/codes/{purpose}")
async def make_code(request: web.Request) -> web.Response:
    """A mini-program code, for ``login`` or for the ``phone`` number."""
    platform = platform_of(request)
    user = platform.users.get(request.match_info["name"])
    purpose = request.match_info["purpose"]
    if purpose not in ("login", "phone"):
        raise ControlError(404, "no_such_code", f"codes are made for login or phone, not {purpose!r}")
    return as_json({"code": platform.codes.make(user.name, "login" if purpose == "login" else "phone")})


@routes.post("/control/users/{name}/open_data")
async def open_data(request: web.Request) -> web.Response:
    """``rawData`` with its ``signature`` and ``encryptedData`` with its ``iv``, made with the current session_key."""
    platform = platform_of(request)
    user = platform.users.get(request.match_info["name"])
    order = await orders.read(request, orders.OpenData)
    if user.session_key is None:
        raise ControlError(409, "no_session", f"{user.name} never logged in: use a login code first")
    watermark = {"timestamp": platform.clock.seconds(), "appid": platform.config.miniprogram.app_id}
    raw = json.dumps(order.data, ensure_ascii=False)
    whole = json.dumps({"openId": user.mp_openid, **order.data, "watermark": watermark}, ensure_ascii=False)
    iv = secrets.token_bytes(16)
    return as_json(
        {
            "rawData": raw,
            "signature": sign_raw_data(raw, user.session_key),
            "encryptedData": seal_open_data(whole.encode(), user.session_key, iv),
            "iv": base64.b64encode(iv).decode(),
        }
    )


@routes.post("/control/users/{name}/consents")
async def consent(request: web.Request) -> web.Response:
    """Answer the dialogue that asks for consent; the mini-program's callback hears of it."""
    platform = platform_of(request)
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
    return as_json({"left": user.consents.get(order.template_id, 0)})


@routes.post("/control/users/{name}/{deed}")
async def do(request: web.Request) -> web.Response:
    """Do something with a phone; a name that is not known is answered with those that are."""
    name = request.match_info["deed"]
    if name not in DEEDS:
        raise ControlError(404, "no_such_deed", f"nobody can {name!r}: it is one of {', '.join(DEEDS)}")
    platform = platform_of(request)
    user = platform.users.get(request.match_info["name"])
    deeds = Deeds(platform, str(request.url.origin()))
    push = await DEEDS[name](request, deeds, user)
    return as_json(push) if push else as_json({"id": None, "note": "nothing changed, so nothing was pushed"})


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
