"""Documents for the store's tests, with what the test does not care about filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from store.alerts import Alert
from store.charges import Charge
from store.conversations import Conversation, OpenTicket, PendingRevisit
from store.deliveries import Delivery
from store.duty import DutyEntry
from store.examples import Example
from store.incidents import Incident
from store.media import Medium
from store.messages import Direction, Handling, Message
from store.notices import Notice
from store.parcels import Parcel
from store.promises import Promise, PromiseKind
from store.questions import Question
from store.search import Finding
from store.staff import Role, Staff
from store.tickets import Category, Event, Ticket
from store.timers import Timer
from tests.clock import TUESDAY_MORNING

NOW = TUESDAY_MORNING
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LIN = "wx1:lin"


def a_conversation(id: str = LIN, **fields: Any) -> Conversation:
    app_id, openid = id.split(":")
    return Conversation.model_validate({"_id": id, "app_id": app_id, "openid": openid, "created_at": NOW} | fields)


def a_brief(id: str = "t1", version: int = 0, **fields: Any) -> OpenTicket:
    return OpenTicket.model_validate(
        {"id": id, "number": "R20260310-0001", "category": "repair", "state": "new"} | fields | {"version": version}
    )


def a_revisit(ticket_id: str = "t1", round: int = 1, **fields: Any) -> PendingRevisit:
    given: dict[str, Any] = {"number": "R20260310-0001", "asked_at": NOW, "expires_at": NOW + timedelta(days=2)}
    return PendingRevisit.model_validate(given | fields | {"ticket_id": ticket_id, "round": round})


def a_message(id: str = "m1", conversation_id: str = LIN, **fields: Any) -> Message:
    given: dict[str, Any] = {
        "_id": id,
        "conversation_id": conversation_id,
        "direction": Direction.INBOUND,
        "at": NOW,
        "text": "厨房水管漏水",
        "state": Handling.RECEIVED,
        "created_at": NOW,
    }
    return Message.model_validate(given | fields)


def a_ticket(id: str = "t1", number: str = "R20260310-0001", **fields: Any) -> Ticket:
    given: dict[str, Any] = {
        "_id": id,
        "number": number,
        "category": Category.REPAIR,
        "estate_id": "hy",
        "room_id": "hy/3-2-1502",
        "owner_id": "lin",
        "opened_at": NOW,
        "updated_at": NOW,
    }
    return Ticket.model_validate(given | fields)


def an_event(id: str = "e1", **fields: Any) -> Event:
    return Event.model_validate({"id": id, "at": NOW + SECOND, "by": "staff:zhang"} | fields)


def a_delivery(id: str = "ticket:t1:accepted:1:lin", seq: int = 1, **fields: Any) -> Delivery:
    given: dict[str, Any] = {
        "_id": id,
        "person_id": "lin",
        "conversation_id": LIN,
        "app_id": "wx1",
        "openid": "lin",
        "seq": seq,
        "kind": "status",
        "text": "张师傅已接单",
        "not_before": NOW,
        "created_at": NOW,
    }
    return Delivery.model_validate(given | fields)


def a_timer(id: str = "close:t1:1", **fields: Any) -> Timer:
    return Timer.model_validate({"_id": id, "kind": "close", "due": NOW, "ticket_id": "t1"} | fields)


def a_colleague(username: str = "zhang", **fields: Any) -> Staff:
    return Staff.model_validate({"_id": username, "name": "张强", "role": Role.TECHNICIAN} | fields)


a_question = Question(id="q1", conversation_id=LIN, text="?", asked_by="staff:zhou", to="zhang", asked_at=NOW)
an_alert = Alert(id="a1", way="inbox", staff_id="zhang", kind="remind", text="!", at=NOW, not_before=NOW)
a_parcel = Parcel(id="p2", estate_id="hy", room_id="hy/3-2-1502", tracking="SF1234567894821", arrived_at=NOW)
a_medium = Medium(
    id="x1", conversation_id=LIN, kind="image", source="m", created_at=NOW, expires_at=NOW + MINUTE, due=NOW
)
a_promise = Promise(id="p1", kind=PromiseKind.ARRIVAL, due=NOW, ticket_id="t1", conversation_id=LIN, created_at=NOW)
a_charge = Charge(
    id="R20260310-0001-1", ticket_id="t1", number="R20260310-0001", items=(), total=1, by="staff:zhang", created_at=NOW
)
a_shift = DutyEntry(id="y1", shift="早班", day="2026-03-10", by="staff:zhou", opened_at=NOW)
an_incident = Incident(id="i1", number="E20260310-0001", created_at=NOW, changed_at=NOW)
a_finding = Finding(id="m1", conversation_id=LIN, at=NOW, terms=("漏水",))
an_example = Example(id="e1", conversation_id=LIN, message_id="m1", text="?", label="repair", by="staff:zhou", at=NOW)
a_notice = Notice(id="n1", number="N20260310-0001", estate_id="hy", title="停水", created_at=NOW, changed_at=NOW)
