"""The service account's other routes: followers, QR codes, menu, media."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bot.emulator.api import Call, route
from bot.emulator.errors import ApiError

MEGABYTE = 1024 * 1024
SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "thumb": 64 * 1024}
STARTS: dict[str, tuple[bytes, ...]] = {
    "image": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM"),
    "voice": (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "thumb": (b"\xff\xd8\xff",),
}
"""How files of that type begin; a film renamed to .jpg is refused."""
LONGEST = 2_592_000
OK = {"errcode": 0, "errmsg": "ok"}


async def user_info(call: Call) -> dict[str, Any]:
    """GET cgi-bin/user/info: no name and no portrait, those were withdrawn."""
    user = call.platform.users.of_account(call.text("openid"))
    if user is None:
        raise ApiError(40003, why="openid is unknown, or another app's")
    if not user.following:
        return {"subscribe": 0, "openid": user.openid, "unionid": user.unionid}
    at = user.followed_at or call.platform.clock.now()
    return {
        "subscribe": 1,
        "openid": user.openid,
        "language": "zh_CN",
        "subscribe_time": int(at.timestamp()),
        "unionid": user.unionid,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": user.subscribe_scene,
        "qr_scene": int(user.scene) if user.scene.isdigit() else 0,
        "qr_scene_str": "" if user.scene.isdigit() else user.scene,
    }


async def followers(call: Call) -> dict[str, Any]:
    """GET cgi-bin/user/get: openids of all who follow."""
    found = [user.openid for user in call.platform.users.all() if user.following]
    return {
        "total": len(found),
        "count": len(found),
        "data": {"openid": found},
        "next_openid": found[-1] if found else "",
    }


async def make_code(call: Call) -> dict[str, Any]:
    """POST cgi-bin/qrcode/create."""
    action = call.body.get("action_name")
    info = call.body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE") or not isinstance(
        scene, dict
    ):
        raise ApiError(40053, why="action_name or action_info.scene is wrong")
    by_text = action.endswith("STR_SCENE")
    value = scene.get("scene_str" if by_text else "scene_id")
    if by_text and not (isinstance(value, str) and 1 <= len(value) <= 64):
        raise ApiError(40053, why="scene_str has 1 to 64 characters")
    limit = 100_000 if action == "QR_LIMIT_SCENE" else 2**32 - 1
    if not by_text and not (isinstance(value, int) and 1 <= value <= limit):
        raise ApiError(40053, why=f"scene_id is a number from 1 to {limit}")
    seconds: int | None = None
    if not action.startswith("QR_LIMIT"):
        wanted = call.body.get("expire_seconds", 60)
        if not isinstance(wanted, int) or wanted < 1:
            raise ApiError(40035, why="expire_seconds is not a positive number")
        seconds = min(wanted, LONGEST)
    row = call.platform.scenes.make(str(value), seconds)
    answer: dict[str, Any] = {"ticket": row.ticket, "url": f"http://weixin.qq.com/q/{quote(row.ticket[-24:], safe='')}"}
    return answer if seconds is None else {**answer, "expire_seconds": seconds}


async def create_menu(call: Call) -> dict[str, Any]:
    """POST cgi-bin/menu/create."""
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(40016, why="a menu has 1 to 3 buttons")
    for button in buttons:
        _check_button(button, 4)
        subs = button.get("sub_button")
        if subs:
            if not isinstance(subs, list) or len(subs) > 5:
                raise ApiError(40016, why="a button has 1 to 5 buttons below it")
            for sub in subs:
                _check_button(sub, 8)
                _check_deed(sub)
        else:
            _check_deed(button)
    call.platform.menu = {"button": buttons}
    call.platform.users.touched()
    return OK


def _check_button(button: object, longest: int) -> None:
    if not isinstance(button, dict):
        raise ApiError(40016, why="a button is not an object")
    name = button.get("name")
    if not isinstance(name, str) or not name or sum(2 if ord(char) > 127 else 1 for char in name) > longest * 2:
        raise ApiError(40018, why=f"the name {name!r} is empty or longer than {longest} Chinese characters")


def _check_deed(button: dict[str, Any]) -> None:
    kind = button.get("type")
    if kind in ("click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "location_select"):
        key = button.get("key")
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= 128:
            raise ApiError(40019, why=f"{button.get('name')}: key has 1 to 128 bytes")
    elif kind in ("view", "miniprogram"):
        url = button.get("url")
        if not isinstance(url, str) or not 1 <= len(url.encode()) <= 1024:
            raise ApiError(40020, why=f"{button.get('name')}: url has 1 to 1024 bytes")
    else:
        raise ApiError(40017, why=f"{button.get('name')}: type {kind!r} is unknown")


async def get_menu(call: Call) -> dict[str, Any]:
    """GET cgi-bin/menu/get."""
    if call.platform.menu is None:
        raise ApiError(46003)
    return {"menu": call.platform.menu}


async def delete_menu(call: Call) -> dict[str, Any]:
    """GET cgi-bin/menu/delete."""
    call.platform.menu = None
    call.platform.users.touched()
    return OK


async def upload(call: Call) -> dict[str, Any]:
    """POST cgi-bin/media/upload, multipart with the field ``media``."""
    kind = call.text("type")
    if kind not in SIZES:
        raise ApiError(40004, why=f"type {kind!r} is none of {', '.join(SIZES)}")
    if not call.request.content_type.startswith("multipart/"):
        raise ApiError(41005, why="the body is not multipart")
    async for part in await call.request.multipart():
        if not isinstance(part, BodyPartReader) or part.name != "media":
            continue
        if not part.filename:
            raise ApiError(41005, why="the field media carries no file name")
        content = bytes(await part.read())
        if not 0 < len(content) <= SIZES[kind]:
            raise ApiError(40006, why=f"{len(content)} bytes, a {kind} may have {SIZES[kind]}")
        if kind in STARTS and not content.startswith(STARTS[kind]):
            raise ApiError(40004, why=f"the file is not a {kind}, whatever its name says")
        medium = call.platform.media.add(kind, content, part.headers.get("Content-Type", "application/octet-stream"))
        return {"type": kind, "media_id": medium.media_id, "created_at": int(medium.created_at.timestamp())}
    raise ApiError(41005)


async def download(call: Call) -> dict[str, Any] | web.StreamResponse:
    """GET cgi-bin/media/get: the bytes; an error as JSON in text/plain."""
    media_id = call.text("media_id")
    if not media_id:
        raise ApiError(41006)
    medium = call.platform.media.get(media_id)
    if medium is None:
        raise ApiError(40007, why="media_id is unknown or older than 3 days")
    if medium.type in ("video", "shortvideo"):
        return {"video_url": str(call.request.url.origin() / "emulator" / "media" / media_id)}
    return web.Response(
        body=medium.content,
        content_type=medium.content_type,
        headers={"Content-disposition": f'attachment; filename="{media_id[:12]}"'},
    )


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    add = app.router
    add.add_get("/cgi-bin/user/info", route(user_info, "account"))
    add.add_get("/cgi-bin/user/get", route(followers, "account"))
    add.add_post("/cgi-bin/qrcode/create", route(make_code, "account"))
    add.add_post("/cgi-bin/menu/create", route(create_menu, "account"))
    add.add_get("/cgi-bin/menu/get", route(get_menu, "account"))
    add.add_get("/cgi-bin/menu/delete", route(delete_menu, "account"))
    add.add_post("/cgi-bin/media/upload", route(upload, body=False))
    add.add_get("/cgi-bin/media/get", route(download, content_type="text/plain"))
