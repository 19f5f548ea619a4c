"""Lines of a conversation as the page shows them: what was understood, what became of each push, what came with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from desk.delivered import said_of, way_of
from desk.media import media_id
from desk.rulebook import Rules
from inbox.attachments import MediaView, PlaceView, place_of
from inbox.views import Read, View, Word
from store.deliveries import Delivery, DeliveryState
from store.media import Medium
from store.messages import AnswerState, Direction, Handling, Message


class CorrectedView(View):
    """What a colleague says that the words mean."""

    label: str
    intent: str
    by: str
    by_name: str
    at: datetime


class UnderstandingView(Read):
    """What was understood, and the words that decided."""

    label: str = ""
    intent: str = ""
    confidence: float = 0.0
    urgent: bool = False
    urgent_reason: str = ""
    words: list[Word] = []
    corrected: CorrectedView | None = None


class AnswerView(View):
    """The bot's answer to a message."""

    text: str | None
    state: AnswerState


class AttemptView(View):
    """One try on one way."""

    rung: str
    at: datetime
    errcode: int | None
    problem: str | None


class PushView(View):
    """How far a push is, and why."""

    id: str
    state: DeliveryState
    reason: str | None
    kind: str
    said: str
    rung: str | None
    attempts: list[AttemptView]
    not_before: datetime
    undo_until: datetime | None
    """Until then it can be taken back."""
    scheduled: bool
    to_call: bool

    @classmethod
    def of(cls, row: Delivery, rules: Rules, now: datetime) -> Self:
        """The state of a delivery, in words too."""
        rung = way_of(row.attempts)
        waits = row.state is DeliveryState.QUEUED and row.id.startswith("reply:") and row.not_before > now
        return cls(
            id=row.id,
            state=row.state,
            reason=row.reason,
            kind=row.kind,
            said=said_of(row, rules, now),
            rung=rung.value if rung else None,
            attempts=[
                AttemptView(rung=one.rung.value, at=one.at, errcode=one.errcode, problem=one.problem)
                for one in row.attempts[-10:]
            ],
            not_before=row.not_before,
            undo_until=row.not_before if waits and not row.attempts else None,
            scheduled=row.scheduled,
            to_call=row.to_call,
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What lines are shown with: their pushes and media, names of colleagues, numbers of tickets."""

    rules: Rules
    now: datetime
    pushes: Mapping[str, Delivery] = field(default_factory=dict)
    media: Mapping[str, Medium] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)


class Line(View):
    """One line of a conversation."""

    id: str
    direction: Direction
    said_by: str
    """owner | bot | staff | note | event"""
    at: datetime
    kind: str
    text: str
    by: str
    by_name: str
    state: Handling
    problem: str | None
    repeats: int
    repeats_said: str
    understanding: UnderstandingView | None
    answer: AnswerView | None
    delivery: PushView | None
    mentions: list[str]
    ticket: str | None
    media: list[MediaView]
    place: PlaceView | None

    @classmethod
    def of(cls, message: Message, around: Around) -> Self:
        """A line with the state of its push and of what came with it."""
        answer = message.answer
        push = around.pushes.get(message.delivery_id or "")
        return cls(
            id=message.id,
            direction=message.direction,
            said_by=_said_by(message),
            at=message.at,
            kind=message.kind,
            text=message.text,
            by=message.by,
            by_name=around.names.get(message.by.removeprefix("staff:"), ""),
            state=message.state,
            problem=message.problem if message.state is Handling.FAILED else None,
            repeats=message.repeats,
            repeats_said=f"微信推送 {message.repeats + 1} 次,只处理一次" if message.repeats else "",
            understanding=_understood(message),
            answer=AnswerView(text=answer.text, state=answer.state) if answer and answer.text else None,
            delivery=PushView.of(push, around.rules, around.now) if push else None,
            mentions=list(message.mentions),
            ticket=around.numbers.get(message.ticket_id or ""),
            media=[MediaView.of(id, around.media.get(id)) for id in media_ids(message)],
            place=place_of(message),
        )


class LinePage(View):
    """A page of a conversation's timeline, newest first."""

    items: list[Line]
    next: str | None


def media_ids(message: Message) -> list[str]:
    """What came, or went, with a line."""
    if message.direction is Direction.INBOUND:
        return [media_id(message.id)] if message.media else []
    return list(message.media)


def _said_by(message: Message) -> str:
    if message.direction is Direction.INBOUND:
        return "owner"
    if message.direction is Direction.OUTBOUND:
        return "staff" if message.by.startswith("staff:") else "bot"
    return message.direction.value


def _understood(message: Message) -> UnderstandingView | None:
    if not message.understanding:
        return None
    view = UnderstandingView.model_validate(message.understanding)
    known = message.corrected
    if known is not None:
        corrected = CorrectedView(
            label=known.label, intent=known.intent, by=known.by, by_name=known.by_name, at=known.at
        )
        view = view.model_copy(update={"corrected": corrected})
    return view
