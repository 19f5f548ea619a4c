"""Conversations as the page shows them: a row of the list, one with all that belongs to it, and its lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from desk.delivered import Budget
from desk.listing import working
from inbox.presence import HereView
from inbox.views import View
from store.conversations import Conversation, OpenTicket
from store.tickets import Ticket


class HomeView(View):
    """A home of the owner."""

    room_id: str
    name: str
    role: str


class BriefTicket(View):
    """A ticket beside a conversation."""

    number: str
    category: str
    title: str
    state: str
    urgent: bool
    due: datetime | None
    """Its next target that still runs; in the past: breached."""

    @classmethod
    def of(cls, ticket: OpenTicket) -> Self:
        """An open one."""
        return cls(
            number=ticket.number,
            category=ticket.category,
            title=ticket.title,
            state=ticket.state,
            urgent=ticket.urgent,
            due=ticket.next_due or ticket.due,
        )


class ConversationRow(View):
    """A conversation in the list: who, what was said last, who holds it, what is open, what can still be sent."""

    id: str
    name: str
    estate: str
    room: str
    """As on the door."""
    role: str
    homes: list[HomeView]
    last_line: str
    last_from: str
    """owner | staff | system: the bot's own answers do not hide what a person said."""
    last_by: str
    last_at: datetime | None
    last_inbound_at: datetime | None
    unread: int
    """For all colleagues: whoever answers or marks it read has taken it in."""
    waiting_since: datetime | None
    mode: str
    staff: str | None
    staff_name: str
    team: str | None
    ticket: BriefTicket | None
    """The open one that matters most."""
    tickets: list[BriefTicket]
    next_due: datetime | None
    breached: bool
    tags: list[str]
    snoozed_until: datetime | None
    followed: bool
    messages_left: int
    window_until: datetime
    version: int

    @classmethod
    def otherwise(cls, row: Conversation, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """What both kinds say in another way than it is kept. ``names``: of colleagues, by user name."""
        home = row.homes[0] if row.homes else None
        tickets = [BriefTicket.of(ticket) for ticket in working(row)]
        return {
            "estate": row.estate_id,
            "room": home.name if home else "",
            "role": home.role if home else "",
            "homes": [HomeView.showing(one) for one in row.homes],
            "mode": row.mode.value,
            "staff": row.staff_id,
            "staff_name": names.get(row.staff_id or "", ""),
            "team": row.team_id,
            "ticket": tickets[0] if tickets else None,
            "tickets": tickets,
            "breached": row.next_due is not None and row.next_due < now,
            "snoozed_until": row.snoozed_until if row.snoozed_until and row.snoozed_until > now else None,
            "messages_left": max(row.allowance.left, 0),
            "window_until": row.allowance.until,
        }

    @classmethod
    def of(cls, row: Conversation, names: Mapping[str, str], now: datetime) -> Self:
        """A row."""
        return cls.showing(row, **cls.otherwise(row, names, now))


class ConversationPage(View):
    """A page of conversations."""

    items: list[ConversationRow]
    next: str | None
    at: datetime


class Counts(View):
    """How many there are; 99 stands for more."""

    mine: int
    unassigned: int
    waiting: int
    breached: int
    snoozed: int
    at: datetime


class RoomOfPerson(View):
    """A home of a person, since when."""

    room_id: str
    name: str
    role: str
    since: datetime | None


class PersonView(View):
    """Whom one talks with."""

    id: str | None
    name: str
    phone: str
    """Masked."""
    since: datetime | None
    rooms: list[RoomOfPerson]


class PastTicket(View):
    """A ticket that has ended."""

    number: str
    category: str
    title: str
    state: str
    opened_at: datetime
    rating: int | None

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """An ended one."""
        return cls(
            number=ticket.number,
            category=ticket.category.value,
            title=ticket.title,
            state=ticket.state.value,
            opened_at=ticket.opened_at,
            rating=ticket.rating,
        )


class BudgetView(View):
    """What can still be said, and what happens to a reply that is sent now."""

    left: int
    until: datetime | None
    now: str
    """sent | parked_template | parked | call_list"""
    said: str

    @classmethod
    def of(cls, budget: Budget) -> Self:
        """As the desk works it out."""
        return cls.showing(budget)


class ScheduledView(View):
    """A reply that was planned and has not left."""

    delivery_id: str
    text: str
    send_at: datetime
    by: str
    by_name: str


class DialogueView(View):
    """What the bot is asking right now."""

    kind: str
    step: str


class ConversationHead(ConversationRow):
    """A conversation with all that stands around its lines."""

    person: PersonView
    past: list[PastTicket]
    budget: BudgetView
    scheduled: list[ScheduledView]
    dialogue: DialogueView | None
    newest: str | None
    """The id of the newest line: what a writer has seen."""
    here: list[HereView]
    """Who else looks at it right now."""
