"""Customer messages (客服消息): the allowance first, then the message itself, then the phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.emulator.api import Call, route
from bot.emulator.errors import ApiError
from bot.emulator.users import Displayed, MenuItem, User

TEXT_BYTES = 2048
TYPES = {
    "account": {"text", "image", "voice", "video", "music", "news", "mpnews", "msgmenu", "wxcard", "miniprogrampage"},
    "miniprogram": {"text", "image", "link", "miniprogrampage"},
}
OK = {"errcode": 0, "errmsg": "ok"}


async def send(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/custom/send."""
    user = call.addressee()
    entry = _entry(call)
    _check_allowance(call, user)
    call.platform.users.spend(user, call.caller.kind)
    user.typing_until = None
    call.platform.users.show(user, entry)
    return OK


def _check_allowance(call: Call, user: User) -> None:
    kind = call.caller.kind
    if kind == "account" and not user.following:
        raise ApiError(45015, why=f"{user.name} does not follow the account")
    allowance = call.platform.users.allowance(user, kind)
    if allowance is None:
        raise ApiError(45015, why=f"no window is open: {user.name} did nothing lately that opens one")
    if allowance[0] <= 0:
        raise ApiError(45047, why="all messages of the open window are used up")


def _entry(call: Call) -> Displayed:
    kind = call.body.get("msgtype")
    if not isinstance(kind, str) or kind not in TYPES[call.caller.kind]:
        raise ApiError(40008, why=f"msgtype {kind!r} is not one a {call.caller.kind} may send")
    part = call.body.get(kind)
    if not isinstance(part, dict):
        raise ApiError(40035, why=f"the part {kind!r} of the message is missing")
    entry = Displayed(id=0, at=call.platform.clock.now(), app=call.caller.kind, channel="customer", type=kind)
    readers = {"text": _text, "msgmenu": _menu, "news": _news, "miniprogrampage": _page, "link": _link}
    changes = readers[kind](part) if kind in readers else _media(call, kind, part)
    return entry.model_copy(update=changes)


def _words(part: dict[str, Any], name: str, *, needed: bool = True) -> str:
    value = part.get(name, "")
    if not isinstance(value, str):
        raise ApiError(47001, why=f"{name} is not text")
    if needed and not value.strip():
        raise ApiError(44004, why=f"{name} is empty")
    return value


def _short(text: str) -> str:
    size = len(text.encode())
    if size > TEXT_BYTES:
        raise ApiError(45002, why=f"the text has {size} bytes, {TEXT_BYTES} are allowed")
    return text


def _text(part: dict[str, Any]) -> dict[str, Any]:
    return {"text": _short(_words(part, "content"))}


def _menu(part: dict[str, Any]) -> dict[str, Any]:
    rows = part.get("list")
    if not isinstance(rows, list) or not rows:
        raise ApiError(40035, why="a msgmenu needs a list of choices")
    items = []
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), (str, int)) or not row.get("content"):
            raise ApiError(40035, why="each choice of a msgmenu needs id and content")
        items.append(MenuItem(id=str(row["id"]), content=str(row["content"])))
    head, tail = _words(part, "head_content", needed=False), _words(part, "tail_content", needed=False)
    text = "\n".join(line for line in (head, *(item.content for item in items), tail) if line)
    return {"text": _short(text), "title": head, "items": items}


def _news(part: dict[str, Any]) -> dict[str, Any]:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise ApiError(40035, why="news needs a list of articles")
    if len(articles) > 1:
        raise ApiError(45008, why=f"{len(articles)} articles, 1 is allowed")
    title = _words(articles[0], "title")
    return {
        "text": title,
        "title": title,
        "url": _words(articles[0], "url", needed=False) or None,
        "articles": [{key: str(value) for key, value in articles[0].items()}],
    }


def _page(part: dict[str, Any]) -> dict[str, Any]:
    title = _words(part, "title", needed=False)
    return {"text": title or "[小程序]", "title": title, "pagepath": _words(part, "pagepath")}


def _link(part: dict[str, Any]) -> dict[str, Any]:
    title = _words(part, "title")
    return {"text": title, "title": title, "url": _words(part, "url")}


def _media(call: Call, kind: str, part: dict[str, Any]) -> dict[str, Any]:
    names = {"image": "[图片]", "voice": "[语音]", "video": "[视频]"}
    media_id = str(part.get("media_id", ""))
    if kind in names and not call.platform.media.exists(media_id):
        raise ApiError(40007, why="media_id is unknown or older than 3 days")
    return {"text": names.get(kind, f"[{kind}]"), "media_id": media_id or None, "title": str(part.get("title", ""))}


async def typing(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/custom/typing: "对方正在输入" for 15 s."""
    user = call.addressee()
    command = call.body.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(45072, why=f"command {command!r} is neither Typing nor CancelTyping")
    now = call.platform.clock.now()
    if user.last_action is None or now - user.last_action > timedelta(seconds=30):
        raise ApiError(45080, why=f"{user.name} did nothing within the last 30 s")
    if command == "CancelTyping":
        user.typing_until = None
    elif user.typing_until is not None and user.typing_until > now:
        raise ApiError(45081, why="already shown as typing, which lasts 15 s")
    else:
        user.typing_until = now + timedelta(seconds=15)
    call.platform.users.touched()
    return OK


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    app.router.add_post("/cgi-bin/message/custom/send", route(send))
    app.router.add_post("/cgi-bin/message/custom/typing", route(typing, "account"))
    app.router.add_post("/cgi-bin/message/custom/business/typing", route(typing, "miniprogram"))
