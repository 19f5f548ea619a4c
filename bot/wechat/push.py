"""One push of WeChat, checked and named, as the rest of the program sees it."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from bot.wechat import fields as body
from bot.wechat.rejected import Rejected

_OPENID: Final = re.compile(r"[\w-]{6,64}", re.ASCII)
_ACCOUNT: Final = re.compile(r"[\w.@-]{0,64}", re.ASCII)
_WORD: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{10}", re.ASCII)
_LATEST: Final = 4_102_444_800  # the year 2100; ten digits start in 2001
_LONG_KEY: Final = 512

_TEMPLATE_ID_IN: Final = (
    "SubscribeMsgPopupEvent/List",
    "SubscribeMsgChangeEvent/List",
    "SubscribeMsgSentEvent/List",
    "List",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A message or an event of one person.

    ``kind`` and ``event`` are lower-cased and otherwise as WeChat sent them; unknown ones are answered ``success``.
    ``stale``: the signed time is too far from now. A known key is answered as before all the same, an unknown one is
    refused with 403 (the contract, section 3).
    """

    app_id: str
    openid: str
    account: str
    kind: str
    event: str
    key: str
    created_at: datetime
    msg_id: str = ""
    text: str = field(default="", repr=False)
    event_key: str = ""
    scene: str = ""
    ticket: str = ""
    media_id: str = ""
    pic_url: str = field(default="", repr=False)
    status: str = ""
    template_msgid: str = ""
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    label: str = field(default="", repr=False)
    menu_id: str = ""
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    stale: bool = False
    sealed_with: str | None = None
    nonce: str = ""
    is_json: bool = False

    @classmethod
    def of(
        cls,
        app_id: str,
        fields: dict[str, str],
        *,
        stale: bool = False,
        sealed_with: str | None = None,
        nonce: str = "",
        is_json: bool = False,
    ) -> Self:
        """The push with these fields; raises ``Rejected`` (400) when who, when or what is missing or absurd."""
        get = fields.get
        openid = get("FromUserName", "")
        account = get("ToUserName", "")
        seconds = get("CreateTime", "").strip()
        kind = get("MsgType", "").strip()
        event = get("Event", "").strip()
        if not _OPENID.fullmatch(openid) or not _ACCOUNT.fullmatch(account):
            raise Rejected(400, "address")
        if not _SECONDS.fullmatch(seconds) or int(seconds) >= _LATEST:
            raise Rejected(400, "create_time")
        if not _WORD.fullmatch(kind) or (event and not _WORD.fullmatch(event)):
            raise Rejected(400, "kind")
        kind = kind.lower()
        is_event = kind == "event"
        msg_id = "" if is_event else get("MsgId", "").strip()
        if msg_id and not _WORD.fullmatch(msg_id):
            raise Rejected(400, "msg_id")
        if msg_id:
            key = f"{app_id}:{msg_id}"
        elif is_event:
            key = _event_key(app_id, openid, seconds, event, fields)
        else:
            key = f"{app_id}:{openid}:{seconds}:{kind}:{_digest(repr(sorted(fields.items())))}:"
        event = event.lower() if is_event else ""
        event_key = get("EventKey", "")
        scene = ""
        if event == "scan" or (event == "subscribe" and event_key):
            scene = event_key.removeprefix("qrscene_")
        located = kind == "location"
        return cls(
            app_id=app_id,
            openid=openid,
            account=account,
            kind=kind,
            event=event,
            key=key,
            created_at=datetime.fromtimestamp(int(seconds), UTC),
            msg_id=msg_id,
            text=get("Content", "") if kind == "text" else get("Recognition", "") if kind == "voice" else "",
            event_key=event_key,
            scene=scene,
            ticket=get("Ticket", ""),
            media_id=get("MediaId", ""),
            pic_url=get("PicUrl", ""),
            status=get("Status", ""),
            template_msgid=(get("MsgID") or get("MsgId", "")) if is_event else "",
            latitude=_degrees(get("Location_X" if located else "Latitude"), 90),
            longitude=_degrees(get("Location_Y" if located else "Longitude"), 180),
            label=get("Label", ""),
            menu_id=get("bizmsgmenuid", ""),
            fields=fields,
            stale=stale,
            sealed_with=sealed_with,
            nonce=nonce,
            is_json=is_json,
        )

    def rows(self, path: str) -> list[dict[str, str]]:
        """The repeated element at ``path``, such as ``SubscribeMsgPopupEvent/List``, one mapping each."""
        return body.rows(self.fields, path)

    def to_dict(self) -> dict[str, Any]:
        """All that ``from_dict`` needs, fit for JSON and for the database."""
        return {
            "app_id": self.app_id,
            "fields": dict(self.fields),
            "stale": self.stale,
            "sealed_with": self.sealed_with,
            "nonce": self.nonce,
            "is_json": self.is_json,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The push that ``to_dict`` described; what a newer process added is ignored."""
        return cls.of(
            data["app_id"],
            dict(data["fields"]),
            stale=data.get("stale", False),
            sealed_with=data.get("sealed_with"),
            nonce=data.get("nonce", ""),
            is_json=data.get("is_json", False),
        )


def _event_key(app_id: str, openid: str, seconds: str, event: str, fields: dict[str, str]) -> str:
    """The contract, section 2. CreateTime counts whole seconds, so the rest must tell two events apart."""
    about = fields.get("EventKey", "")
    if len(about) > _LONG_KEY:
        about = _digest(about)
    job = fields.get("MsgID") or fields.get("MsgId") or fields.get("TemplateId") or ""
    if not job:
        for place in _TEMPLATE_ID_IN:
            job = fields.get(f"{place}/MsgID") or fields.get(f"{place}/TemplateId") or ""
            if job:
                break
    return f"{app_id}:{openid}:{seconds}:{event}:{about}:{job[:_LONG_KEY]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _degrees(text: str | None, limit: int) -> float | None:
    if not text:
        return None
    try:
        degrees = float(text)
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= limit else None
