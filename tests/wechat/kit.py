"""Pushes made for tests, signed as WeChat signs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.wechat.codec import Codec, Mode
from bot.wechat.crypto import Seal, sign

TOKEN = "guanjia2026"
APP_ID = "wx0123456789abcdef"
KEY = "K" * 43
OLD_KEY = "o" * 42 + "A"
OPENID = "oLin_6-wYq3sM8cGk0ZbN1vHtXPE"
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class FixedClock:
    """Two clocks that stand still until a test moves them."""

    def __init__(self, now: datetime = NOW) -> None:
        self.business = now
        self.machine = now

    def now(self) -> datetime:
        return self.business

    def wall(self) -> datetime:
        return self.machine

    def move(self, by: timedelta) -> None:
        self.business += by
        self.machine += by


def codec(mode: Mode = Mode.SAFE, *, key: str = KEY, previous: str = "", clock: FixedClock | None = None) -> Codec:
    return Codec(
        app_id=APP_ID, token=TOKEN, aes_key=key, aes_key_previous=previous, mode=mode, clock=clock or FixedClock()
    )


def xml(**fields: str) -> str:
    """A text message, with fields replaced or added."""
    base = {
        "ToUserName": "gh_97417a04a28d",
        "FromUserName": OPENID,
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "3栋2单元1502厨房水管爆了,水漫出来了",
        "MsgId": "6812345678901234567",
    }
    base.update(fields)
    inside = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in base.items())
    return f"<xml>{inside}</xml>"


def event(name: str, more: str = "", **fields: str) -> str:
    """An event, with nested elements in ``more``."""
    base = {
        "ToUserName": "gh_97417a04a28d",
        "FromUserName": OPENID,
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "event",
        "Event": name,
    }
    base.update(fields)
    inside = "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in base.items())
    return f"<xml>{inside}{more}</xml>"


def stamp(at: datetime = NOW, nonce: str = "486452656") -> dict[str, str]:
    return {"timestamp": str(int(at.timestamp())), "nonce": nonce}


def plain(message: str | bytes, at: datetime = NOW) -> tuple[bytes, dict[str, str]]:
    query = stamp(at)
    query["signature"] = sign(TOKEN, query["timestamp"], query["nonce"])
    return message if isinstance(message, bytes) else message.encode(), query


def sealed(
    message: str | bytes, at: datetime = NOW, *, key: str = KEY, app_id: str = APP_ID, siblings: str = ""
) -> tuple[bytes, dict[str, str]]:
    raw = message if isinstance(message, bytes) else message.encode()
    return signed(Seal(key, app_id).close(raw), at, siblings)


def signed(encrypted: str, at: datetime = NOW, siblings: str = "") -> tuple[bytes, dict[str, str]]:
    query = stamp(at) | {"encrypt_type": "aes", "openid": OPENID}
    query["signature"] = sign(TOKEN, query["timestamp"], query["nonce"])
    query["msg_signature"] = sign(TOKEN, query["timestamp"], query["nonce"], encrypted)
    head = "<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>"
    body = f"<xml>{head}{siblings}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return body.encode(), query
