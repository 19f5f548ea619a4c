"""Conversations: one per owner's identity, with its lease, its dialogue, and what the handlers need of the person.

A conversation is never re-keyed: ``{app_id}:{openid}``. It carries what answering needs (homes, open tickets,
allowance), so that handling a message reads one document (the contract, section 3).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.ids import derived

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Mode(StrEnum):
    """Who answers: the bot, or a person until they hand back."""

    BOT = "bot"
    PERSON = "person"


class Lease(Part):
    """Who works on the conversation, until when (machine time)."""

    holder: str = ""
    until: datetime = EPOCH


class Home(Part):
    """A room of this person, as answering needs it."""

    room_id: str
    name: str
    role: str = "owner"
    estate_id: str = ""


class OpenTicket(Part):
    """An open (or just ended) ticket of this person, as answering needs it."""

    id: str
    number: str
    category: str
    state: str
    version: int = 0
    title: str = ""
    urgent: bool = False
    room_name: str = ""
    executor_name: str = ""
    due: datetime | None = None
    next_due: datetime | None = None
    """The earliest target that still runs; in the past: it is breached."""
    until: datetime | None = None
    at: datetime | None = None
    charge: str | None = None
    """A price that waits for this owner's yes or no."""
    charge_at: datetime | None = None


class EndedTicket(Part):
    """A ticket that is no longer shown since this version of it: what comes late from before does not bring it back."""

    id: str
    version: int


class Dialogue(Part):
    """A question that waits for its answer. ``version`` is that of the handler's data: an older one is dropped."""

    kind: str
    step: str
    version: int = 1
    data: dict[str, Any] = {}
    expires_at: datetime


class Allowance(Part):
    """How many customer messages the platform still takes, and until when."""

    left: int = 0
    until: datetime = EPOCH


class Handled(Part):
    """A message that was finished here, with its answer."""

    key: str
    answer: str | None = None
    fence: int = 0
    """Of the lease under which it was."""


class ParkedText(Part):
    """A reply that waits for the owner's next action."""

    delivery_id: str
    text: str


class PendingRevisit(Part):
    """Revisit questions that wait for this person's answer."""

    ticket_id: str
    number: str
    title: str = ""
    round: int = 1
    step: str = "fixed"
    """fixed | satisfaction | more"""
    question: str = ""
    """No customer message could carry it: it rides on the answer to the owner's next message."""
    asked_at: datetime
    expires_at: datetime


class LastReply(Part):
    """The newest words of a colleague, and what they changed: who writes next sees them, and undoing puts it back."""

    line: str
    by: str
    at: datetime
    unread: int = 0
    waiting_since: datetime | None = None
    last_line: str = ""
    last_from: str = ""
    last_by: str = ""
    last_at: datetime | None = None
    staff_id: str | None = None


class Conversation(Document):
    """One owner's conversation."""

    app_id: str
    openid: str
    estate_id: str = ""
    resident_id: str | None = None
    name: str = ""
    homes: tuple[Home, ...] = ()
    tickets: tuple[OpenTicket, ...] = ()
    """As written; read ``open_tickets``."""
    ended: tuple[EndedTicket, ...] = ()
    followed: bool = True
    mode: Mode = Mode.BOT
    staff_id: str | None = None
    dialogue: Dialogue | None = None
    revisits: tuple[PendingRevisit, ...] = ()
    allowance: Allowance = Allowance()
    parked: tuple[ParkedText, ...] = ()
    released: tuple[str, ...] = ()
    recent: tuple[Handled, ...] = ()
    """The last few messages finished here, so that a replay after a crash gets the same answer."""
    unsettled: bool = False
    """Pushes are open that the owner's next action settles."""
    facts: dict[str, Any] = {}
    """Small counters and marks of the handlers (asked already, bad binding tries, ...)."""
    unread: int = 0
    waiting_since: datetime | None = None
    last_line: str = ""
    last_from: str = "owner"
    """owner | staff | system: whose words the last line is; the bot's own answers do not hide what a person said."""
    last_by: str = ""
    """The name of the colleague."""
    last_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_reply: LastReply | None = None
    team_id: str | None = None
    """Handed over to a team: any of its members takes it."""
    tags: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    marks: tuple[str, ...] = ()
    """What the list is narrowed by, as it follows from ``tickets`` and ``tags``: categories, ``#`` and tag."""
    marked: bool = False
    """Whether there are any: the index holds only these."""
    next_due: datetime | None = None
    """The earliest of its open tickets."""
    version: int = 0
    """Grows with every change that a list shows; of two copies the greater one is newer."""
    settle: bool = False
    fence: int = 0
    waiting: int = 0
    lease: Lease = Lease()
    sending: Lease = Lease()
    created_at: datetime | None = None

    def row(self) -> dict[str, Any]:
        """What the driver writes, with ``held``: the index of who holds what has only those with a person at them."""
        return {**super().row(), "held": self.mode is Mode.PERSON or self.staff_id is not None}

    @property
    def person_id(self) -> str:
        """Who this is: the resident, or the id under which a person not yet known is kept."""
        return self.resident_id or derived(self.id, "resident")

    @property
    def open_tickets(self) -> tuple[OpenTicket, ...]:
        """Each ticket once, in its newest version, oldest first."""
        ended = {gone.id: gone.version for gone in sorted(self.ended, key=lambda gone: gone.version)}
        newest: dict[str, OpenTicket] = {}
        for ticket in self.tickets:
            if ticket.version <= ended.get(ticket.id, -1):
                continue
            if ticket.id not in newest or newest[ticket.id].version <= ticket.version:
                newest[ticket.id] = ticket
        return tuple(newest.values())
