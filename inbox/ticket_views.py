"""A ticket as its panel and its table show it: everything that belongs to it, in one answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from desk.actors import Actor
from desk.lateness import Lateness, lateness
from desk.similar import Case
from desk.timeline import Entry
from desk.workload import Person
from inbox.attachments import MediaView
from inbox.promises import PromiseView
from inbox.views import TicketFull, TicketRow, View
from store.incidents import Incident, IncidentState
from store.media import Medium
from store.staff import Role
from store.tickets import Category, Photo, State, Ticket


class LatenessView(View):
    """Targets that were missed, and the next one that still runs."""

    late: list[str]
    next: str | None
    next_by: datetime | None

    @classmethod
    def of(cls, found: Lateness) -> Self:
        """As it is shown."""
        return cls.showing(found)


class ListedTicket(TicketRow):
    """A row of the table."""

    late: list[str]
    next: str | None
    next_due: datetime | None
    team: str | None
    tags: list[str]

    @classmethod
    def at(cls, ticket: Ticket, now: datetime) -> Self:
        """The row as it is at this moment."""
        found = lateness(ticket, now)
        return cls.showing(
            ticket, **cls.otherwise(ticket), late=list(found.late), next=found.next, next_due=found.next_by
        )


class ListedPage(View):
    """A page of the table."""

    items: list[ListedTicket]
    next: str | None


class Colleague(View):
    """A colleague with what they have, beside a ticket or on the board."""

    username: str
    name: str
    role: Role
    title: str
    company: str
    load: int
    cap: int
    on_shift: bool
    on_duty: bool
    until: datetime | None

    @classmethod
    def fields_of(cls, person: Person) -> dict[str, Any]:
        """What the panel and the board share."""
        return {
            "username": person.staff.id,
            "name": person.staff.name,
            "role": person.staff.role,
            "title": person.staff.title,
            "company": person.staff.company,
            "load": person.load,
            "cap": person.cap,
            "on_shift": person.on_shift,
            "on_duty": person.staff.on_duty,
            "until": person.until,
        }


class PersonView(Colleague):
    """A colleague who could take it, or why not."""

    teams: list[str]
    fits: bool
    why_not: str

    @classmethod
    def of(cls, person: Person) -> Self:
        """As the panel shows them."""
        teams = [team.id for team in person.teams]
        return cls(**cls.fields_of(person), teams=teams, fits=not person.why_not, why_not=person.why_not)


class LinkedView(View):
    """Another ticket that this one belongs with."""

    kind: str
    number: str
    title: str
    state: State | None
    category: Category | None
    opened_at: datetime | None


class IncidentBrief(View):
    """The event that hit more homes than this one."""

    id: str
    number: str
    title: str
    state: IncidentState

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """The part that a panel names."""
        return cls.showing(incident)


class PhotoView(View):
    """A picture of the work, or one that the owner sent."""

    id: str
    kind: str
    """owner | before | after"""
    by: str
    by_name: str
    at: datetime | None
    media: MediaView

    @classmethod
    def of(cls, photo: Photo, name: str, medium: Medium | None) -> Self:
        """One that a colleague took."""
        media = MediaView.of(photo.id, medium)
        return cls(id=photo.id, kind=photo.kind, by=photo.by, by_name=name, at=photo.at, media=media)


class PhotoSet(View):
    """All pictures of a ticket."""

    owner: list[PhotoView] = []
    before: list[PhotoView] = []
    after: list[PhotoView] = []


class EntryView(View):
    """One line of the timeline."""

    id: str
    at: datetime
    by: str
    by_name: str
    kind: str
    said: str
    text: str
    media: list[str]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """As it is shown."""
        return cls.showing(entry)


class SimilarView(View):
    """An earlier case like this one."""

    number: str
    title: str
    category: Category
    state: State
    room: str
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    executor_name: str
    why: list[str]

    @classmethod
    def of(cls, case: Case) -> Self:
        """As it is shown."""
        ticket = case.ticket
        return cls.showing(ticket, room=ticket.room_name or ticket.room_id or "", why=list(case.why))


class ChargeItemView(View):
    """One line of the price."""

    name: str
    quantity: str
    unit: str
    unit_price: str
    amount: str


class ChargeChange(View):
    """One step of it."""

    at: datetime
    by: str
    by_name: str
    kind: str
    said: str


class ChargeSheet(View):
    """What the work costs, and what the owner said to it."""

    id: str
    ticket: str
    state: str
    version: int
    items: list[ChargeItemView]
    total: str
    note: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    answer: str
    answered_by: str
    way: str
    """chat | miniprogram | phone | desk"""
    told: str
    """How the owner was asked: delivery state, or empty."""
    billed_at: datetime | None
    billed_by: str
    history: list[ChargeChange]


class TicketPanel(TicketFull):
    """Everything of one ticket."""

    estate_name: str
    lateness: LatenessView
    people: list[PersonView]
    linked: list[LinkedView]
    incident: IncidentBrief | None
    promises: list[PromiseView]
    photos: PhotoSet
    charges: ChargeSheet | None
    timeline: list[EntryView]
    room_history: list[TicketRow]
    owner_history: list[TicketRow]
    similar: list[SimilarView]
    tags: list[str]
    accepted_at: datetime | None
    answered_at: datetime | None
    arrived_at: datetime | None

    @classmethod
    def full(cls, ticket: Ticket, actor: Actor, phone: str | None, **parts: Any) -> Self:
        """The ticket with its parts."""
        shown = dict(TicketFull.whole(ticket, actor, phone))
        return cls(
            **shown | parts,
            tags=list(ticket.tags),
            accepted_at=ticket.accepted_at,
            answered_at=ticket.answered_at,
            arrived_at=ticket.arrived_at,
        )
