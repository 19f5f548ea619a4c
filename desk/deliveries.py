"""What leaves for an owner: the kinds with their rules (the contract, section 6), and the outbox that keeps them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from desk.settings import DailyWindow, DeliverySettings, TemplateKind
from store.clock import Clock
from store.conversations import Conversation
from store.deliveries import Delivery, DeliveryState
from store.messages import Direction, Message
from store.stores import Stores


class Kind(StrEnum):
    """Rows of the table."""

    ANSWER = "answer"
    """An answer to what the owner just wrote."""
    STAFF_REPLY = "staff_reply"
    URGENT = "urgent"
    STATUS = "status"
    PARCEL = "parcel"
    REVISIT = "revisit"
    NOTICE = "notice"
    EMERGENCY = "emergency"
    """An emergency notice: at any hour, however many there are."""


TEMPLATES: dict[Kind, TemplateKind | None] = {
    Kind.ANSWER: "staff_reply",
    Kind.STAFF_REPLY: "staff_reply",
    Kind.URGENT: "ticket_status",
    Kind.STATUS: "ticket_status",
    Kind.PARCEL: "parcel",
    Kind.REVISIT: "revisit",
    Kind.NOTICE: "notice",
    Kind.EMERGENCY: "notice",
}
NEWS = (Kind.STATUS, Kind.URGENT)
"""What tells how a ticket stands: worth nothing any more when the ticket has moved on."""
PARKABLE = (Kind.ANSWER, Kind.STAFF_REPLY)
"""What waits for the owner's next action when the window is closed; the template only says that it waits."""
CALL_WHEN_LOST = (Kind.STAFF_REPLY, Kind.URGENT, Kind.PARCEL, Kind.EMERGENCY)
"""What a person rings up for when no way is left. A revisit waits for the owner's next message first."""

_seq_lock = threading.Lock()
_seq_last = 0


def next_seq(now: datetime) -> int:
    """Microseconds since 1970, growing within this process even when the clock stands still."""
    global _seq_last
    with _seq_lock:
        _seq_last = max(_seq_last + 1, int(now.timestamp() * 1_000_000))
        return _seq_last


@dataclass(frozen=True, slots=True)
class Verdict:
    """When a row may leave: now, or not before ``until`` because of ``why``."""

    until: datetime | None = None
    why: str = ""


def may_leave(
    kind: Kind,
    *,
    now: datetime,
    zone: ZoneInfo,
    settings: DeliverySettings,
    last_inbound_at: datetime | None,
    last_sent_at: datetime | None,
    sent_by_kind: int = 1,
    latest: datetime | None = None,
) -> Verdict:
    """The rule for a row that is about to leave. ``last_sent_at``: the last push that its cap counts, if any.

    ``latest``: no cap holds it back beyond that.
    """
    table = kind.value if kind is not Kind.STAFF_REPLY else "answer"
    hours = settings.hours(table)  # type: ignore[arg-type]
    if hours is not None and not hours.allows(now, zone):
        awake = last_inbound_at is not None and now - last_inbound_at <= settings.awake_after_message
        if not (kind is Kind.STATUS and awake):
            return Verdict(hours.next_allowed(now, zone), "quiet_hours")
    cap = settings.cap(table)  # type: ignore[arg-type]
    if cap is not None and last_sent_at is not None and sent_by_kind >= cap.count and now - last_sent_at < cap.within:
        until = last_sent_at + cap.within
        if latest is not None and latest < until:
            until = latest if hours is None else last_allowed(hours, latest, zone)
        if until > now:
            return Verdict(until, "cap")
    return Verdict()


def last_allowed(hours: DailyWindow, at: datetime, zone: ZoneInfo) -> datetime:
    """``at`` when it lies inside, else a minute before the window closed the last time."""
    if hours.allows(at, zone):
        return at
    local = at.astimezone(zone)
    day = local.date() if local.time() >= hours.end else local.date() - timedelta(days=1)
    return datetime.combine(day, hours.end, tzinfo=zone).astimezone(UTC) - timedelta(minutes=1)


def cap_window(kind: Kind, settings: DeliverySettings) -> timedelta | None:
    """How far back the cap of this kind looks; None: it has none."""
    table = kind.value if kind is not Kind.STAFF_REPLY else "answer"
    cap = settings.cap(table)  # type: ignore[arg-type]
    return None if cap is None else cap.within


def line_of(key: str) -> str:
    """The id of the line on the timeline that a delivery writes."""
    return f"out:{key}"


class Outbox:
    """Keeps what must leave. Writing the same send key twice writes it once."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def put(
        self,
        key: str,
        conversation: Conversation,
        kind: Kind,
        text: str,
        *,
        person_id: str,
        ticket_id: str | None = None,
        menu: dict[str, Any] | None = None,
        template: dict[str, str] | None = None,
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
        by: str = "",
        state: DeliveryState = DeliveryState.QUEUED,
        scheduled: bool = False,
        picture: str | None = None,
    ) -> str:
        """Store one delivery and its line on the timeline, wake the sender; gives the send key."""
        now = self._clock.now()
        delivery = Delivery(
            id=key,
            person_id=person_id,
            conversation_id=conversation.id,
            app_id=conversation.app_id,
            openid=conversation.openid,
            estate_id=conversation.estate_id,
            seq=next_seq(now),
            kind=kind.value,
            text=text,
            menu=menu,
            template=template or {},
            ticket_id=ticket_id,
            urgent=kind is Kind.URGENT,
            not_before=not_before or now,
            expires_at=expires_at,
            state=state,
            scheduled=scheduled,
            picture=picture,
            created_at=now,
            changed_at=now,
        )
        line = Message(
            id=line_of(key),
            conversation_id=conversation.id,
            direction=Direction.OUTBOUND,
            at=now,
            kind="image" if picture else "text",
            text=text,
            by=by,
            delivery_id=key,
            ticket_id=ticket_id,
            media=(picture,) if picture else (),
        )
        # The line first: when the delivery is there, the timeline and the mini-program's list show it.
        await self._stores.messages.add([line])
        await self._stores.deliveries.add([delivery])
        if state is DeliveryState.UNKNOWN:
            await self._stores.conversations.change(conversation.id, {"unsettled": True})
        await self._stores.wake.wake(conversation.id)
        return key
