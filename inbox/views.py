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
    def fields_of(cls, ticket: Ticket) -> dict[str, Any]:
        """What cards, rows and whole tickets share."""
        return {
            "number": ticket.number,
            "category": ticket.category,
            "state": ticket.state,
            "progress": ticket.progress,
            "version": ticket.version,
            "title": ticket.title,
            "urgent": ticket.urgent,
            "severity": ticket.severity,
            "room": ticket.room_name or ticket.room_id or "",
            "executor": ticket.executor,
            "executor_name": ticket.executor_name,
            "until": ticket.until,
            "opened_at": ticket.opened_at,
        }


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
    def fields_of(cls, ticket: Ticket) -> dict[str, Any]:
        """What rows and whole tickets share."""
        return {
            **super().fields_of(ticket),
            "room_id": ticket.room_id,
            "estate": ticket.estate_id,
            "place": ticket.place,
            "owner_name": ticket.owner_name,
            "conversation": ticket.conversation_id,
            "due": ticket.due,
            "nudges": ticket.nudges,
            "reopened": ticket.reopened,
            "rating": ticket.rating,
            "updated_at": ticket.updated_at,
            "resolved_at": ticket.resolved_at,
        }

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """The row of a ticket."""
        return cls(**cls.fields_of(ticket))


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
        return cls(**event.model_dump(include=set(cls.model_fields)))


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
        return cls(
            **cls.fields_of(ticket),
            description=ticket.description,
            subject=ticket.subject,
            proposed_severity=ticket.proposed_severity,
            severity_reasons=list(ticket.severity_reasons),
            promised=ticket.promised,
            urgent_reason=ticket.urgent_reason,
            origin=ticket.origin,
            classified=classified,
            wished_time=ticket.wished_time,
            phone=phone,
            executor_phone=ticket.executor_phone,
            observers=list(ticket.observers),
            team=ticket.team,
            about=list(ticket.about),
            due_why={name: said for name, said in ticket.due_why.items() if getattr(ticket.due, name, None)},
            media=list(ticket.media),
            additions=list(ticket.additions),
            events=[TicketEvent.of(event) for event in ticket.events],
            notes=[TicketEvent.of(note) for note in ticket.notes],
            revisit=ticket.revisit,
            problem=ticket.problem,
            checks=list(ticket.checks),
            links=list(ticket.links),
            merged_into=ticket.merged_into,
            resolution=ticket.resolution,
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
