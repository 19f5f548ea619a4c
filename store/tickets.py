"""Tickets: the document. What may change stands in ``desk/``, the collection is known by ``store/ticket_repo.py``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from store.documents import Document, Part


class State(StrEnum):
    """Where a ticket stands (the contract, section 5)."""

    NEW = "new"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_OWNER = "waiting_owner"
    WAITING_PARTS = "waiting_parts"
    DEFERRED = "deferred"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    MERGED = "merged"


OPEN = (
    State.NEW,
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.WAITING_OWNER,
    State.WAITING_PARTS,
    State.DEFERRED,
)
"""States in which somebody still has to do something."""


class Category(StrEnum):
    """What kind of ticket, and the letter of its number."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    PARCEL = "parcel"
    SUGGESTION = "suggestion"

    @property
    def letter(self) -> str:
        """R, C, I, P or S."""
        return self.value[0].upper()


class Event(Part):
    """One change of a ticket: who, when, from, to, why. ``id`` makes a replay recognisable."""

    id: str
    at: datetime
    by: str
    kind: str = "move"
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None
    note: str | None = None
    data: dict[str, Any] = {}


class Addition(Part):
    """Words or photos that the owner added later."""

    id: str
    at: datetime
    text: str = ""
    media: tuple[str, ...] = ()


class Due(Part):
    """What was promised, as times."""

    accept_by: datetime | None = None
    supervisor_by: datetime | None = None
    first_answer_by: datetime | None = None
    on_site_by: datetime | None = None
    answer_by: datetime | None = None
    done_by: datetime | None = None


class Revisit(Part):
    """How far the revisit of this ticket is. ``round`` grows with each ``resolved``."""

    round: int = 0
    state: str = "none"
    """none | planned | asked | asked_again | call | answered | failed"""
    failure: str = ""
    """Why nobody answered: no_answer | unreachable | unfollowed | refused | wrong_number."""
    calls: int = 0
    fixed: bool | None = None
    satisfaction: int | None = None
    """1 满意, 2 比较满意, 3 基本满意, 4 不满意"""
    words: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None


class Link(Part):
    """Another thing that this ticket belongs with."""

    id: str
    kind: str
    """together | incident | ..."""
    number: str = ""


class Problem(Part):
    """A problem item (问题件): what a revisit or a supervisor found wrong with work that was said to be done."""

    round: int
    """Of the revisit that found it."""
    reason: str = ""
    supervisor: str | None = None
    """Who follows it up; never who did the work."""
    opened_at: datetime
    follow_by: datetime
    result: str = ""
    followed_at: datetime | None = None
    followed_by: str = ""


class QualityCheck(Part):
    """The staff's own look at a piece of work; what the resident says is another thing (``Revisit``)."""

    id: str
    at: datetime
    by: str
    passed: bool
    score: int | None = None
    """1 to 5"""
    words: str = ""


class Photo(Part):
    """A picture that a colleague took of the work."""

    id: str
    """Of its row in ``media``."""
    kind: str
    """before | after"""
    at: datetime
    by: str


class Ticket(Document):
    """One matter of one owner, from the first word to the last."""

    number: str = Field(pattern=r"^[RCIPS]\d{8}-\d{4,}$")
    category: Category
    state: State = State.NEW
    progress: str | None = None
    """Inside in_progress: on_the_way | arrived | working."""
    version: int = 0
    subject: str | None = None
    title: str = ""
    description: str = ""
    urgent: bool = False
    urgent_reason: str | None = None
    severity: str | None = None
    proposed_severity: str | None = None
    """What the rules propose; a supervisor decides."""
    severity_reasons: tuple[str, ...] = ()
    estate_id: str = ""
    room_id: str | None = None
    room_name: str = ""
    place: str | None = None
    wished_time: str | None = None
    phone: dict[str, Any] | None = None
    """Sealed, see store/sealed.py."""
    media: tuple[str, ...] = ()
    origin: str = "message"
    """message | staff | miniprogram"""
    message_key: str | None = None
    classified: dict[str, Any] | None = None
    owner_id: str = ""
    """The resident who opened it."""
    owner_name: str = ""
    conversation_id: str | None = None
    responsible: str | None = None
    executor: str | None = None
    executor_name: str = ""
    """As owners hear it: 张师傅."""
    executor_phone: str = ""
    """Masked; the whole number stays with the staff record."""
    team: str | None = None
    """Whose members were told to take it, or of whose it is."""
    about: tuple[str, ...] = ()
    """Colleagues whom a complaint is about: they never handle it."""
    observers: tuple[str, ...] = ()
    due: Due = Due()
    due_why: dict[str, str] = {}
    """Why each of them is what it is, as people read it."""
    paused: dict[str, Any] | None = None
    """While the clock stands: since when, and the due times as they were."""
    promised: datetime | None = None
    """The next time that a colleague promised and that still holds."""
    until: datetime | None = None
    """Waiting or deferred until then."""
    nudges: int = 0
    reopened: int = 0
    additions: tuple[Addition, ...] = ()
    events: tuple[Event, ...] = ()
    notes: tuple[Event, ...] = ()
    revisit: Revisit = Revisit()
    problem: Problem | None = None
    checks: tuple[QualityCheck, ...] = ()
    photos: tuple[Photo, ...] = ()
    charge: dict[str, Any] | None = None
    """The charge that waits for its owner's yes: ``{id, at}``."""
    tags: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    """What it is found by; desk/ticket_terms.py."""
    links: tuple[dict[str, str], ...] = ()
    merged_into: str | None = None
    resolution: str | None = None
    rating: int | None = None
    opened_at: datetime
    updated_at: datetime
    accepted_at: datetime | None = None
    """When somebody accepted it for the first time."""
    answered_at: datetime | None = None
    """When a person first told its owner something; the bot's receipt is not meant."""
    arrived_at: datetime | None = None
    """When somebody was there for the first time."""
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    effects: tuple[int, ...] = ()
    """Versions whose consequences (push, brief, timers) are not written yet; the sweeper finishes them."""
    unfinished: bool = False
    """Whether there are any: what the sweeper looks for, as a range over ``effects`` would read all its index."""

    @property
    def is_open(self) -> bool:
        """Somebody still has to do something."""
        return self.state in OPEN
