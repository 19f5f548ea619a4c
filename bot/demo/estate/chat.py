"""One household's two weeks as they are collected: lines, pushes, tickets, timers, and the conversation at the end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from desk.deliveries import Kind
from desk.desk import Desk
from desk.effects import SHOWN_STATES, brief
from desk.rulebook import Rules
from nlp import Understanding, understand
from store.clock import to_millis
from store.conversation_lists import marks_of
from store.conversations import Conversation, PendingRevisit
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.messages import Answer, AnswerState, Direction, Message
from store.parcels import Parcel
from store.tickets import Ticket
from store.timers import Timer

WINDOW = timedelta(hours=48)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED_NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)


@lru_cache(maxsize=8192)
def understood(text: str) -> Understanding:
    """What the words mean; asked once for each text."""
    return understand(text, now=_FIXED_NOW)


@lru_cache(maxsize=8192)
def _record(text: str) -> dict[str, Any]:
    return understood(text).to_dict()


@dataclass(frozen=True, slots=True)
class World:
    """What everybody shares: the desk with its rules, the present, and the seed."""

    desk: Desk
    now: datetime
    seed: int
    account: str

    def rules(self, estate_id: str) -> Rules:
        """The rules of this estate."""
        return self.desk.rules.of(estate_id)


@dataclass(slots=True)
class Chat:
    """Everything of one household. Without a conversation it has tickets and parcels only."""

    world: World
    conversation: Conversation | None
    person_id: str
    tickets: list[Ticket] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    lines: list[Message] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    revisits: list[PendingRevisit] = field(default_factory=list)
    waits_since: datetime | None = None
    """Somebody asked for a person and has no answer yet."""
    staff_id: str | None = None
    _number: int = 0

    def says(
        self,
        text: str,
        at: datetime,
        answer: str | None,
        *,
        key: str = "",
        ticket_id: str | None = None,
        kind: str = "text",
    ) -> str:
        """The owner writes, and the bot answers in the same breath; gives the message key."""
        if self.conversation is None:
            return ""
        at = to_millis(at)
        key = key or self.next_key(at)
        self.lines.append(
            Message(
                id=key,
                conversation_id=self.conversation.id,
                direction=Direction.INBOUND,
                at=at,
                kind=kind,
                text=text,
                understanding=_record(text) if kind == "text" else None,
                answer=Answer(text=answer, state=AnswerState.WRITTEN if answer else AnswerState.NONE),
                handled_at=at,
                ticket_id=ticket_id,
                created_at=at,
            )
        )
        return key

    def next_key(self, at: datetime) -> str:
        """The key that the next message of this household has: the platform's number, made from the seed."""
        assert self.conversation is not None
        self._number += 1
        digest = hashlib.blake2b(f"{self.world.seed}:{self.conversation.id}:{self._number}".encode(), digest_size=6)
        return f"{self.conversation.app_id}:{int(at.timestamp())}{int.from_bytes(digest.digest(), 'big') % 10**9:09d}"

    def push(
        self,
        key: str,
        kind: Kind,
        text: str,
        at: datetime,
        *,
        ticket_id: str | None = None,
        by: str = "",
        template: dict[str, str] | None = None,
        menu: dict[str, Any] | None = None,
    ) -> None:
        """Something was told without being asked: it left at once and arrived."""
        if self.conversation is None:
            return
        at = to_millis(at)
        opened = max(
            (one.at for one in self.lines if one.direction is Direction.INBOUND and one.at <= at), default=_EPOCH
        )
        rung = Rung.CUSTOMER if at - opened < WINDOW else Rung.TEMPLATE
        msgid = None if rung is Rung.CUSTOMER else key
        self.lines.append(
            Message(
                id=f"out:{key}",
                conversation_id=self.conversation.id,
                direction=Direction.OUTBOUND,
                at=at,
                text=text,
                by=by,
                delivery_id=key,
                ticket_id=ticket_id,
            )
        )
        self.deliveries.append(
            Delivery(
                id=key,
                person_id=self.person_id,
                conversation_id=self.conversation.id,
                app_id=self.conversation.app_id,
                openid=self.conversation.openid,
                estate_id=self.conversation.estate_id,
                seq=int(at.timestamp() * 1_000_000) + len(self.deliveries),
                kind=kind.value,
                text=text,
                menu=menu,
                template=template or {},
                ticket_id=ticket_id,
                urgent=kind is Kind.URGENT,
                not_before=at,
                state=DeliveryState.DELIVERED,
                attempts=(Attempt(rung=rung, at=at, errcode=0, msgid=msgid),),
                rungs_used=(rung,),
                tries=1,
                version=2,
                created_at=at,
                sent_at=at,
                changed_at=to_millis(at + timedelta(seconds=1)),
            )
        )

    def note(self, text: str, at: datetime, by: str) -> None:
        """A line that says who took over or handed back."""
        if self.conversation is None:
            return
        self._number += 1
        self.lines.append(
            Message(
                id=f"line:{self.conversation.id}:{self._number}",
                conversation_id=self.conversation.id,
                direction=Direction.EVENT,
                at=to_millis(at),
                kind=text,
                by=by,
            )
        )

    def finished(self) -> Conversation | None:
        """The conversation as all of it has left it. No allowance is open: the platform was not asked for one."""
        if self.conversation is None:
            return None
        self.lines.sort(key=lambda line: (line.at, line.id))
        inbound = [line for line in self.lines if line.direction is Direction.INBOUND]
        spoken = [line for line in self.lines if line.direction in (Direction.INBOUND, Direction.OUTBOUND)]
        last = spoken[-1] if spoken else None
        shown = [ticket for ticket in self.tickets if ticket.is_open or ticket.state in SHOWN_STATES]
        unread = 0
        for line in reversed(spoken):
            if line.direction is Direction.OUTBOUND and line.by.startswith("staff:"):
                break
            unread += line.direction is Direction.INBOUND
        said = "owner" if last is None or last.direction is Direction.INBOUND else "system"
        if last is not None and last.by.startswith("staff:"):
            said = "staff"
        filled = self.conversation.model_copy(
            update={
                "tickets": tuple(brief(ticket) for ticket in sorted(shown, key=lambda one: one.opened_at)),
                "revisits": tuple(self.revisits),
                "unread": min(unread, 3) if self.waits_since else 0,
                "waiting_since": self.waits_since,
                "staff_id": self.staff_id,
                "last_line": (last.text if last else "")[:60],
                "last_from": said,
                "last_at": last.at if last else self.conversation.last_at,
                "last_inbound_at": inbound[-1].at if inbound else None,
                "unsettled": False,
                "version": 1,
            }
        )
        return filled.model_copy(update=marks_of(filled))
