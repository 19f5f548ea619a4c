"""From WeChat's push to what is stored and what a handler sees."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from bot.wechat.push import Push
from handlers.context import Inbound
from nlp import Understanding, understand
from store.conversations import EPOCH, Allowance, Conversation
from store.messages import Direction, Handling, Message

log = logging.getLogger(__name__)

MESSAGE_KINDS = ("text", "image", "voice", "video", "shortvideo", "location", "link")
"""What an owner sends. Anything else that is no event is answered ``success`` and counted."""
TALK_EVENTS = ("subscribe", "unsubscribe", "scan", "click")
"""Events that are part of the talk; others carry results or need nothing."""

WINDOWS: dict[str, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "subscribe": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
    "click": (3, timedelta(minutes=1)),
}
"""What the platform allows after an action (the fact sheet, section 5.2)."""

PLACEHOLDERS = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "shortvideo": "[视频]",
    "location": "[位置]",
    "link": "[链接]",
}


def conversation_id(push: Push) -> str:
    """Whose talk it is."""
    return f"{push.app_id}:{push.openid}"


def understood(text: str, *, now: datetime) -> Understanding:
    """What the text means; a text that cannot be worked on counts as one without words, and the message goes on."""
    try:
        return understand(text, now=now)
    except Exception:  # whatever an odd text brings must not cost the message
        log.exception("a text of %d characters could not be understood", len(text))
        return understand("", now=now)


def is_talk(push: Push) -> bool:
    """Whether this push is something that a handler answers."""
    return push.event in TALK_EVENTS if push.kind == "event" else push.kind in MESSAGE_KINDS


def to_message(push: Push, understanding: Understanding, *, at: datetime, late: bool = False) -> Message:
    """The line that is remembered before anything else happens."""
    return Message(
        id=push.key,
        conversation_id=conversation_id(push),
        direction=Direction.INBOUND,
        at=at,
        kind=push.event if push.kind == "event" else push.kind,
        text=push.text,
        state=Handling.RECEIVED,
        push=push.to_dict(),
        understanding=understanding.to_dict() if push.text else None,
        media=(push.media_id,) if push.media_id else (),
        late=late,
        created_at=push.created_at,
    )


def to_inbound(push: Push, understanding: Understanding, *, at: datetime, first_time: bool = False) -> Inbound:
    """What the handler sees."""
    return Inbound(
        key=push.key,
        kind=push.kind,
        text=push.text,
        understanding=understanding,
        at=at,
        event=push.event,
        event_key=push.event_key,
        scene=push.scene,
        menu_id=push.menu_id,
        media_id=push.media_id,
        place_label=push.label,
        latitude=push.latitude,
        longitude=push.longitude,
        first_time=first_time,
    )


def shown_line(push: Push) -> str:
    """What a list shows as the last line."""
    if push.kind == "event":
        return {"subscribe": "[关注]", "unsubscribe": "[取消关注]", "scan": "[扫码]"}.get(push.event, "")
    return (push.text or PLACEHOLDERS.get(push.kind, ""))[:60]


def new_allowance(push: Push, before: Allowance, now: datetime) -> Allowance:
    """What may be sent after this action: the larger remaining one, never the sum."""
    window = WINDOWS.get(push.event if push.kind == "event" else "message")
    if window is None:
        return before
    left, lasts = window
    standing = before if before.until > now else Allowance(left=0, until=EPOCH)
    fresh = Allowance(left=left, until=now + lasts)
    return fresh if fresh.left >= standing.left else standing


def traces(push: Push, conversation: Conversation, now: datetime) -> dict[str, Any]:
    """What any push changes in its conversation, whatever the answer."""
    allowance = new_allowance(push, conversation.allowance, now)
    changes: dict[str, Any] = {
        "last_inbound_at": now,
        "allowance": {"left": allowance.left, "until": allowance.until},
    }
    line = shown_line(push)
    if line:
        changes.update({"last_line": line, "last_from": "owner", "last_by": "", "last_at": now})
    if conversation.snoozed_until is not None and push.kind != "event":
        changes["snoozed_until"] = None  # put off until they write: they do
    if conversation.unsettled or conversation.parked:
        changes.update({"unsettled": False, "settle": True})
    return changes
