"""What owners read of a ticket: nothing that only colleagues may know."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from desk.rulebook import Rules
from desk.wording import say_time
from store.tickets import Category, State, Ticket

TOLD_NOTE = (State.WAITING_OWNER, State.RESOLVED)
"""Their note went to the owner: the question, and what was done."""
TOLD_REASON = (State.DECLINED, State.WAITING_PARTS, State.DEFERRED)
CONFIRMABLE = (State.RESOLVED, State.CLOSED)
UNTOLD = ("handed_back",)
"""Moves of which the owner hears nothing (the contract, section 5)."""


class Step(BaseModel):
    """One step that the owner was told of."""

    at: datetime
    state: State
    said: str
    words: str


class AddedWords(BaseModel):
    """What the owner added."""

    at: datetime
    text: str


class RevisitView(BaseModel):
    """What the owner said of the work."""

    state: str
    fixed: bool | None
    satisfaction: int | None
    words: str


class TicketRow(BaseModel):
    """A ticket in a list."""

    number: str
    category: Category
    state: State
    said: str
    """The state in words."""
    title: str
    room: str
    urgent: bool
    executor_name: str
    opened_at: datetime
    updated_at: datetime

    @classmethod
    def fields_of(cls, ticket: Ticket, rules: Rules) -> dict[str, Any]:
        """What rows and whole tickets share."""
        return {
            "number": ticket.number,
            "category": ticket.category,
            "state": ticket.state,
            "said": rules.texts.say(f"state.{ticket.state.value}"),
            "title": ticket.title,
            "room": ticket.room_name,
            "urgent": ticket.urgent,
            "executor_name": ticket.executor_name,
            "opened_at": ticket.opened_at,
            "updated_at": ticket.updated_at,
        }

    @classmethod
    def of(cls, ticket: Ticket, rules: Rules) -> Self:
        """The row of a ticket."""
        return cls(**cls.fields_of(ticket, rules))


class TicketView(TicketRow):
    """A ticket as its owner sees it."""

    description: str
    place: str | None
    wished_time: str | None
    executor_phone: str
    """Masked."""
    promised: datetime | None
    """By when somebody is there, or the matter is answered or done."""
    promised_said: str
    until: datetime | None
    resolution: str | None
    steps: list[Step]
    additions: list[AddedWords]
    revisit: RevisitView
    can_add_words: bool
    can_confirm: bool

    @classmethod
    def whole(cls, ticket: Ticket, rules: Rules, now: datetime) -> Self:
        """The ticket at ``now``."""
        promised = promise(ticket, now) if ticket.is_open else None
        return cls(
            **cls.fields_of(ticket, rules),
            description=ticket.description,
            place=ticket.place,
            wished_time=ticket.wished_time,
            executor_phone=ticket.executor_phone,
            promised=promised,
            promised_said=say_time(promised, now, rules.zone) if promised else "",
            until=ticket.until,
            resolution=ticket.resolution,
            steps=steps(ticket, rules),
            additions=[AddedWords(at=added.at, text=added.text) for added in ticket.additions],
            revisit=RevisitView(
                state=ticket.revisit.state,
                fixed=ticket.revisit.fixed,
                satisfaction=ticket.revisit.satisfaction,
                words=ticket.revisit.words,
            ),
            can_add_words=can_add_words(ticket),
            can_confirm=ticket.state in CONFIRMABLE,
        )


class TicketPage(BaseModel):
    """A page of tickets, newest first."""

    items: list[TicketRow]
    next: str | None


def can_add_words(ticket: Ticket) -> bool:
    """Whether words on it still reach somebody."""
    return ticket.is_open or ticket.state is State.RESOLVED


def promise(ticket: Ticket, now: datetime) -> datetime | None:
    """The time that holds now: on site or answered first, then done."""
    due = ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
    return ticket.due.done_by if due is not None and due <= now else due


def steps(ticket: Ticket, rules: Rules) -> list[Step]:
    """What the owner heard of, oldest first, without names of colleagues and what they told each other."""
    found = []
    for event in ticket.events:
        if event.to_state is None or event.kind in UNTOLD or event.kind == "assigned":
            continue
        state = State(event.to_state)
        words = event.note if state in TOLD_NOTE else event.reason if state in TOLD_REASON else None
        found.append(Step(at=event.at, state=state, said=rules.texts.say(f"state.{state.value}"), words=words or ""))
    return found
