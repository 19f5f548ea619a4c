"""What staff read: tickets, conversations, lines and deliveries as the inbox shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from desk.actors import Actor
from desk.transitions import TRANSITIONS, permitted
from inbox.attachments import MediaView
from store.staff import Role, Staff
from store.tickets import Addition, Category, Due, Event, Problem, QualityCheck, Revisit, State, Ticket


class View(BaseModel):
    """Base of what goes out."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def showing(cls, row: object, **otherwise: Any) -> Self:
        """What is kept, field by field under the same names; ``otherwise``: what is called or said in another way."""
        same = {name: getattr(row, name) for name in cls.model_fields if name not in otherwise}
        return cls(**same, **otherwise)


class Gone(View):
    """It is not there any more."""

    ok: bool


class Read(BaseModel):
    """A part of a stored mapping that is shown; the rest of it stays inside."""

    model_config = ConfigDict(extra="ignore")


class Word(Read):
    """A word that decided, and its weight."""

    text: str = ""
    weight: float = 0.0
    label: str = ""


class Classified(Read):
    """Who or what chose the category, and on which words."""

    by: str = "machine"
    label: str | None = None
    intent: str | None = None
    confidence: float | None = None
    words: list[Word] = []


class TicketCard(View):
    """A ticket on a card."""

    number: str
    category: Category
    state: State
    progress: str | None
    version: int
    title: str
    urgent: bool
    severity: str | None
    room: str
    """As on the door."""
    executor: str | None
    executor_name: str
    until: datetime | None
    opened_at: datetime

    @classmethod
    def otherwise(cls, ticket: Ticket) -> dict[str, Any]:
        """What cards, rows and whole tickets say in another way than it is kept."""
        return {"room": ticket.room_name or ticket.room_id or ""}


class TicketRow(TicketCard):
    """A ticket in a list."""

    room_id: str | None
    estate: str
    place: str | None
    owner_name: str
    conversation: str | None
    due: Due
    nudges: int
    reopened: int
    rating: int | None
    updated_at: datetime
    resolved_at: datetime | None

    @classmethod
    def otherwise(cls, ticket: Ticket) -> dict[str, Any]:
        """What rows and whole tickets say in another way than it is kept."""
        return super().otherwise(ticket) | {"estate": ticket.estate_id, "conversation": ticket.conversation_id}

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """The row of a ticket."""
        return cls.showing(ticket, **cls.otherwise(ticket))


class TicketEvent(View):
    """One thing that happened to a ticket, or a note on it."""

    at: datetime
    by: str
    kind: str
    from_state: str | None
    to_state: str | None
    reason: str | None
    note: str | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """An event as it is shown."""
        return cls.showing(event)


class Possible(View):
    """A change that this colleague may make now, and what it needs."""

    to: State
    name: str
    needs: list[str]


class TicketFull(TicketRow):
    """A ticket with all that belongs to it."""

    description: str
    subject: str | None
    proposed_severity: str | None
    severity_reasons: list[str]
    promised: datetime | None
    urgent_reason: str | None
    origin: str
    classified: Classified | None
    wished_time: str | None
    phone: str | None
    """The whole number: whoever may see the ticket may have to ring."""
    executor_phone: str
    observers: list[str]
    team: str | None
    about: list[str]
    """Colleagues whom a complaint is about."""
    due_why: dict[str, str]
    """Why each due time is what it is."""
    media: list[str]
    attachments: list[MediaView] = []
    """All media of the ticket and its additions, with their states; one ticket alone shows them."""
    additions: list[Addition]
    events: list[TicketEvent]
    notes: list[TicketEvent]
    revisit: Revisit
    problem: Problem | None
    checks: list[QualityCheck]
    links: list[dict[str, str]]
    merged_into: str | None
    resolution: str | None
    possible: list[Possible]

    @classmethod
    def whole(cls, ticket: Ticket, actor: Actor, phone: str | None) -> Self:
        """The ticket as this colleague sees it."""
        classified = Classified.model_validate(ticket.classified) if ticket.classified else None
        return cls.showing(
            ticket,
            **cls.otherwise(ticket),
            classified=classified,
            phone=phone,
            due_why={name: said for name, said in ticket.due_why.items() if getattr(ticket.due, name, None)},
            attachments=[],
            events=[TicketEvent.of(event) for event in ticket.events],
            notes=[TicketEvent.of(note) for note in ticket.notes],
            possible=possible(ticket, actor),
        )


def possible(ticket: Ticket, actor: Actor) -> list[Possible]:
    """The changes that the table and this colleague's role allow now."""
    return [
        Possible(to=row.to, name=row.name, needs=list(row.needs))
        for row in TRANSITIONS
        if ticket.state in row.sources and permitted(actor, ticket, row.who)
    ]


class TicketPage(View):
    """A page of tickets, newest first."""

    items: list[TicketRow]
    next: str | None


class StaffView(View):
    """A colleague."""

    username: str
    name: str
    role: Role
    title: str
    on_duty: bool

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """A colleague as the others see them."""
        return cls(username=staff.id, name=staff.name, role=staff.role, title=staff.title, on_duty=staff.on_duty)
