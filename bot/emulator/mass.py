"""Mass send (群发) to a list of openids: each person at most four a month, the result as an event a moment later."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.emulator.api import Call, route
from bot.emulator.errors import ApiError
from bot.emulator.quota import SHANGHAI
from bot.emulator.users import Displayed, User

LEAST, MOST = 2, 10_000
A_MONTH = 4
"""What one person gets at most from a service account in a calendar month; more is silently not delivered."""
AGAIN_SECONDS = 60
TEXT_BYTES = 2048
LONGEST_ID = 64


async def send(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/mass/send: text to 2 to 10,000 openids."""
    people = _people(call)
    text = _text(call)
    repeated = _repeated(call)
    if repeated is not None:
        return repeated
    msg_id = call.platform.next_msgid()
    client_id = call.body.get("clientmsgid")
    if isinstance(client_id, str):
        call.platform.mass.by_client_id[client_id] = (call.platform.clock.now().timestamp(), msg_id)
    call.platform.mass.jobs[msg_id] = "SENDING"
    call.platform.schedule.after(
        call.platform.config.result_delay_seconds, lambda: _carried_out(call, people, text, msg_id)
    )
    return {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id, "msg_data_id": msg_id}


async def state(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/mass/get: SENDING or SEND_SUCCESS."""
    asked = str(call.body.get("msg_id", ""))
    found = call.platform.mass.jobs.get(int(asked)) if asked.isdigit() else None
    if found is None:
        raise ApiError(40059, why=f"no mass message has the id {asked!r}")
    return {"msg_id": int(asked), "msg_status": found}


async def _carried_out(call: Call, openids: list[str], text: str, msg_id: int) -> None:
    platform = call.platform
    month = platform.clock.now().astimezone(SHANGHAI).strftime("%Y-%m")
    sent = filtered = failed = 0
    last: User | None = None
    for openid in openids:
        user = platform.users.of_account(openid)
        if user is None or not user.following:
            failed += 1
            continue
        last = user
        if platform.mass.received[openid, month] >= A_MONTH:
            filtered += 1
            continue
        platform.mass.received[openid, month] += 1
        sent += 1
        platform.users.show(
            user,
            Displayed(id=0, at=platform.clock.now(), channel="customer", type="text", text=text, msg_id=str(msg_id)),
        )
    platform.mass.jobs[msg_id] = "SEND_SUCCESS" if sent else "SEND_FAIL"
    fields = {
        "MsgType": "event",
        "Event": "MASSSENDJOBFINISH",
        "MsgID": msg_id,
        "Status": "send success" if sent else "send fail",
        "TotalCount": len(openids),
        "FilterCount": sent + failed,
        "SentCount": sent,
        "ErrorCount": failed,
    }
    await platform.delivery.send(platform.config.account, last, fields)


def _people(call: Call) -> list[str]:
    openids = call.body.get("touser")
    if not isinstance(openids, list) or not all(isinstance(one, str) for one in openids):
        raise ApiError(40031, why="touser is not a list of openids")
    if not LEAST <= len(openids) <= MOST:
        raise ApiError(
            40130 if len(openids) < LEAST else 45083, why=f"{len(openids)} openids; {LEAST} to {MOST} are allowed"
        )
    strangers = [one for one in openids if call.platform.users.of_account(one) is None]
    if len(strangers) == len(openids):
        raise ApiError(40031, why="none of these openids is one of this account's")
    return list(dict.fromkeys(openids))


def _text(call: Call) -> str:
    kind = call.body.get("msgtype")
    if kind != "text":
        raise ApiError(40008, why=f"msgtype {kind!r}: this emulator sends text to many, nothing else")
    part = call.body.get("text")
    text = part.get("content") if isinstance(part, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise ApiError(44004, why="text.content is empty")
    if len(text.encode()) > TEXT_BYTES:
        raise ApiError(45002, why=f"the text has {len(text.encode())} bytes, {TEXT_BYTES} are allowed")
    return text


def _repeated(call: Call) -> dict[str, Any] | None:
    client_id = call.body.get("clientmsgid")
    if client_id is None:
        return None
    if not isinstance(client_id, str) or not 1 <= len(client_id.encode()) <= LONGEST_ID:
        raise ApiError(40035, why=f"clientmsgid has 1 to {LONGEST_ID} bytes")
    sent = call.platform.mass.by_client_id.get(client_id)
    if sent is None:
        return None
    at, msg_id = sent
    if call.platform.clock.now().timestamp() - at < AGAIN_SECONDS:
        raise ApiError(45066, why="the same clientmsgid again within a minute")
    return {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": msg_id}


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    app.router.add_post("/cgi-bin/message/mass/send", route(send, "account"))
    app.router.add_post("/cgi-bin/message/mass/get", route(state, "account"))
