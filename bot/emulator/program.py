"""The mini-program's routes: log-in, phone number, content check."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.emulator.api import Call, route
from bot.emulator.credentials import known_app
from bot.emulator.errors import ApiError

LOGINS_A_MINUTE = 100
CHECK_CHARACTERS = 2500
RECENT = timedelta(hours=2)


class LoginRate:
    """Counts log-ins per person; the platform allows a hundred a minute."""

    def __init__(self) -> None:
        self._times: dict[str, list[datetime]] = {}

    def count(self, user: str, now: datetime) -> None:
        """One more; 45011 when that is too many."""
        times = [at for at in self._times.get(user, []) if now - at < timedelta(minutes=1)]
        if len(times) >= LOGINS_A_MINUTE:
            raise ApiError(45011)
        self._times[user] = [*times, now]


RATE = web.AppKey("login_rate", LoginRate)


async def code_to_session(call: Call) -> dict[str, Any]:
    """GET sns/jscode2session: who holds the phone; a new session_key each time."""
    app = known_app(call, call.text("appid"), call.text("secret"))
    if app.kind != "miniprogram":
        raise ApiError(40013, why="this app is no mini-program")
    if call.text("grant_type") != "authorization_code":
        raise ApiError(40002)
    if not call.text("js_code"):
        raise ApiError(41008)
    user = call.platform.users.get(call.platform.codes.use(call.text("js_code"), "login"))
    call.entry.user, call.entry.openid = user.name, user.mp_openid
    now = call.platform.clock.now()
    call.request.app[RATE].count(user.name, now)
    if user.risky:
        raise ApiError(40226, why=f"{user.name} is set to be a risky user")
    user.session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    user.used_miniprogram_at = now
    call.platform.users.touched()
    return {"openid": user.mp_openid, "session_key": user.session_key, "unionid": user.unionid}


async def check_session(call: Call) -> dict[str, Any]:
    """GET wxa/checksession: whether a session_key is still the newest."""
    user = call.platform.users.of_miniprogram(call.text("openid"))
    if user is None:
        raise ApiError(40003)
    expected = hmac.new((user.session_key or "").encode(), b"", hashlib.sha256).hexdigest()
    if user.session_key is None or not hmac.compare_digest(expected, call.text("signature")):
        raise ApiError(87009, "invalid signature")
    return {"errcode": 0, "errmsg": "ok"}


async def phone_number(call: Call) -> dict[str, Any]:
    """POST wxa/business/getuserphonenumber."""
    user = call.platform.users.get(call.platform.codes.use(str(call.body.get("code", "")), "phone"))
    number = user.phone_number or "13900000000"
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": {"timestamp": call.platform.clock.seconds(), "appid": call.caller.app_id},
        },
    }


async def check_text(call: Call) -> dict[str, Any]:
    """POST wxa/msg_sec_check, version 2."""
    user = call.platform.users.of_miniprogram(call.body.get("openid"))
    if user is None:
        raise ApiError(43104 if call.platform.users.of_account(call.body.get("openid")) else 40003)
    if call.body.get("version") != 2 or call.body.get("scene") not in (1, 2, 3, 4):
        raise ApiError(40035, why="version must be 2 and scene one of 1, 2, 3, 4")
    now = call.platform.clock.now()
    if user.used_miniprogram_at is None or now - user.used_miniprogram_at > RECENT:
        raise ApiError(61010, why=f"{user.name} has not used the mini-program in the last 2 h")
    content = call.body.get("content")
    if not isinstance(content, str) or not content:
        raise ApiError(44002, why="content is empty")
    if len(content) > CHECK_CHARACTERS:
        raise ApiError(45002, why=f"content has more than {CHECK_CHARACTERS} characters")
    suggest, label = _verdict(call, content)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": suggest, "label": label},
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
        "trace_id": secrets.token_hex(12),
    }


def _verdict(call: Call, content: str) -> tuple[str, int]:
    if any(word in content for word in call.platform.config.risky_words):
        return "risky", 21000
    if any(word in content for word in call.platform.config.review_words):
        return "review", 10001
    return "pass", 100


async def check_media(call: Call) -> dict[str, Any]:
    """POST wxa/media_check_async: the verdict comes later as an event; it goes by words in the address."""
    user = call.platform.users.of_miniprogram(call.body.get("openid"))
    if user is None:
        raise ApiError(43104 if call.platform.users.of_account(call.body.get("openid")) else 40003)
    if call.body.get("version") != 2 or call.body.get("media_type") not in (1, 2):
        raise ApiError(40035, why="version must be 2 and media_type 1 (sound) or 2 (picture)")
    url = call.body.get("media_url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ApiError(40035, why="media_url is not an address")
    trace_id = secrets.token_hex(12)
    suggest, label = _verdict(call, url)
    fields = {
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": call.caller.app_id,
        "trace_id": trace_id,
        "version": 2,
        "result": {"suggest": suggest, "label": label},
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
    }
    program, platform = call.caller, call.platform

    async def report() -> None:
        await platform.delivery.send(program, user, fields)

    platform.schedule.after(platform.config.result_delay_seconds, report)
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace_id}


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    app[RATE] = LoginRate()
    session = route(code_to_session, token=False, content_type="text/plain")
    app.router.add_get("/sns/jscode2session", session)
    app.router.add_get("/wxa/checksession", route(check_session, "miniprogram"))
    app.router.add_post("/wxa/business/getuserphonenumber", route(phone_number, "miniprogram"))
    app.router.add_post("/wxa/media_check_async", route(check_media, "miniprogram"))
    app.router.add_post("/wxa/msg_sec_check", route(check_text, "miniprogram"))
