"""What a text can mean: labels, intents, slots, matters. Plain frozen values; ``to_dict`` is safe for JSON and BSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Self

from nlp.rooms import Room
from nlp.slots.money import Money
from nlp.slots.since import Since
from nlp.wishes import Wish


class Label(StrEnum):
    """What a message is counted as."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    PARCEL = "parcel"
    OTHER = "other"


class Intent(StrEnum):
    """What the bot should do about it; each intent belongs to one label (the contract, section 4)."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    PARCEL_LOOKUP = "parcel_lookup"
    PARCEL_MISSING = "parcel_missing"
    PARCEL_WISH = "parcel_wish"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    PROGRESS = "progress"
    NUDGE = "nudge"
    ADD_DETAIL = "add_detail"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    REVISIT_ANSWER = "revisit_answer"
    CHOICE = "choice"
    YES = "yes"
    NO = "no"
    PERSON = "person"
    GREETING = "greeting"
    THANKS = "thanks"
    SMALLTALK = "smalltalk"
    LOST_FOUND = "lost_found"
    BIND = "bind"
    HELP = "help"
    UNKNOWN = "unknown"


LABEL_OF: dict[Intent, Label] = dict.fromkeys(Intent, Label.OTHER) | {
    Intent.REPAIR: Label.REPAIR,
    Intent.COMPLAINT: Label.COMPLAINT,
    Intent.INQUIRY: Label.INQUIRY,
    Intent.PARCEL_LOOKUP: Label.PARCEL,
    Intent.PARCEL_MISSING: Label.PARCEL,
    Intent.PARCEL_WISH: Label.PARCEL,
}
"""The one label of each intent."""


class Word(NamedTuple):
    """A word or pattern that decided, and what it added to the score of ``label``."""

    text: str
    weight: float
    label: Label

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"text": self.text, "weight": self.weight, "label": str(self.label)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``; what is missing gets a neutral value."""
        return cls(str(raw.get("text", "")), float(raw.get("weight") or 0.0), label_named(raw.get("label")))


@dataclass(frozen=True, slots=True)
class Slots:
    """The particulars found in a text; whatever was not said is None."""

    room: Room | None = None
    place: str | None = None
    object: str | None = None
    fault: str | None = None
    phone: str | None = None
    time: Wish | None = None
    choice: int | None = None
    verdict: bool | None = None
    satisfaction: int | None = None
    spot: Room | None = None
    """An address without a door: 3幢, 12座1梯, 3号楼15F."""
    since: Since | None = None
    money: Money | None = None
    people: int | None = None
    carrier: str | None = None
    tracking: str | None = None
    tail: str | None = None
    """The last digits of a tracking number or of the receiver's phone."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; times stay aware datetimes. The rarer particulars stand there only when they were said."""
        found: dict[str, Any] = {
            "room": self.room.to_dict() if self.room else None,
            "place": self.place,
            "object": self.object,
            "fault": self.fault,
            "phone": self.phone,
            "time": self.time.to_dict() if self.time else None,
            "choice": self.choice,
            "verdict": self.verdict,
            "satisfaction": self.satisfaction,
        }
        for name in ("spot", "since", "money"):
            part = getattr(self, name)
            if part is not None:
                found[name] = part.to_dict()
        for name in ("people", "carrier", "tracking", "tail"):
            value = getattr(self, name)
            if value is not None:
                found[name] = value
        return found

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``; unknown fields are ignored."""
        room, time = raw.get("room"), raw.get("time")
        spot, since, money = raw.get("spot"), raw.get("since"), raw.get("money")
        return cls(
            room=Room.from_dict(room) if isinstance(room, Mapping) else None,
            place=raw.get("place"),
            object=raw.get("object"),
            fault=raw.get("fault"),
            phone=raw.get("phone"),
            time=Wish.from_dict(time) if isinstance(time, Mapping) else None,
            choice=raw.get("choice"),
            verdict=raw.get("verdict"),
            satisfaction=raw.get("satisfaction"),
            spot=Room.from_dict(spot) if isinstance(spot, Mapping) else None,
            since=Since.from_dict(since) if isinstance(since, Mapping) else None,
            money=Money.from_dict(money) if isinstance(money, Mapping) else None,
            people=raw.get("people"),
            carrier=raw.get("carrier"),
            tracking=raw.get("tracking"),
            tail=raw.get("tail"),
        )


NO_SLOTS = Slots()
"""Nothing particular was said."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that the sender wants; a message may hold several."""

    text: str
    label: Label
    intent: Intent
    subject: str = ""
    confidence: float = 0.0
    words: tuple[Word, ...] = ()
    slots: Slots = NO_SLOTS

    def to_dict(self, words: list[dict[str, Any]] | None = None, slots: dict[str, Any] | None = None) -> dict[str, Any]:
        """Plain values; times stay aware datetimes. ``words`` and ``slots``: these as dicts, where they are made."""
        return {
            "text": self.text,
            "label": self.label.value,
            "intent": self.intent.value,
            "subject": self.subject,
            "confidence": self.confidence,
            "words": [word.to_dict() for word in self.words] if words is None else words,
            "slots": self.slots.to_dict() if slots is None else slots,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``; unknown fields are ignored, missing ones get a neutral value."""
        return cls(
            text=str(raw.get("text", "")),
            label=label_named(raw.get("label")),
            intent=intent_named(raw.get("intent")),
            subject=str(raw.get("subject") or ""),
            confidence=float(raw.get("confidence") or 0.0),
            words=tuple(Word.from_dict(word) for word in raw.get("words") or ()),
            slots=Slots.from_dict(raw.get("slots") or {}),
        )


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text means. ``words`` add up to the score of ``label``: they are the computation, not a story about it.

    ``unsure``: better ask than guess; ``choices`` are then the labels to offer, the likeliest first, at most four.
    """

    text: str
    label: Label
    intent: Intent
    confidence: float = 0.0
    urgent: bool = False
    urgent_reason: str = ""
    sentiment: float = 0.0
    words: tuple[Word, ...] = ()
    slots: Slots = NO_SLOTS
    matters: tuple[Matter, ...] = field(default=())
    lexicon_version: str = ""
    unsure: bool = False
    choices: tuple[Label, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values; times stay aware datetimes."""
        words = [word.to_dict() for word in self.words]
        slots = self.slots.to_dict()
        # The one matter of a message is mostly the message: its words and slots are the same objects.
        matters = [
            matter.to_dict(
                words if matter.words is self.words else None,
                slots if matter.slots is self.slots else None,
            )
            for matter in self.matters
        ]
        return {
            "text": self.text,
            "label": self.label.value,
            "intent": self.intent.value,
            "confidence": self.confidence,
            "urgent": self.urgent,
            "urgent_reason": self.urgent_reason,
            "sentiment": self.sentiment,
            "words": words,
            "slots": slots,
            "matters": matters,
            "lexicon_version": self.lexicon_version,
            "unsure": self.unsure,
            "choices": [label.value for label in self.choices],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Back from ``to_dict``, also of an older or a newer version."""
        return cls(
            text=str(raw.get("text", "")),
            label=label_named(raw.get("label")),
            intent=intent_named(raw.get("intent")),
            confidence=float(raw.get("confidence") or 0.0),
            urgent=bool(raw.get("urgent")),
            urgent_reason=str(raw.get("urgent_reason") or ""),
            sentiment=float(raw.get("sentiment") or 0.0),
            words=tuple(Word.from_dict(word) for word in raw.get("words") or ()),
            slots=Slots.from_dict(raw.get("slots") or {}),
            matters=tuple(Matter.from_dict(matter) for matter in raw.get("matters") or ()),
            lexicon_version=str(raw.get("lexicon_version") or ""),
            unsure=bool(raw.get("unsure")),
            choices=tuple(label_named(name) for name in raw.get("choices") or ()),
        )


def label_named(name: object) -> Label:
    """The label of that name; ``other`` for one that this version does not know."""
    return Label(name) if name in _LABELS else Label.OTHER


def intent_named(name: object) -> Intent:
    """The intent of that name; ``unknown`` for one that this version does not know."""
    return Intent(name) if name in _INTENTS else Intent.UNKNOWN


_LABELS = frozenset(label.value for label in Label)
_INTENTS = frozenset(intent.value for intent in Intent)
