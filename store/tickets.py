"""Tickets: the document, and the one class that knows the collection. What may change stands in ``desk/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from store.client import Row
from store.documents import Document, Part
from store.errors import Conflict, NotFound
from store.repo import Repo

MOST_PARTS = 1000
"""Additions, notes, and events that are no transition, on one ticket: whoever chases a thousand times must not make the
document too large to change. The words themselves are in ``messages``."""


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
    links: tuple[dict[str, str], ...] = ()
    merged_into: str | None = None
    resolution: str | None = None
    rating: int | None = None
    opened_at: datetime
    updated_at: datetime
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


LIST_FIELDS = dict.fromkeys(
    (
        "number category state progress version subject title urgent severity estate_id room_id room_name place "
        "owner_id owner_name conversation_id executor executor_name due promised until nudges reopened opened_at "
        "updated_at resolved_at revisit rating"
    ).split(),
    1,
)
"""What a row of a list shows; descriptions, events and media are not loaded for it."""


class TicketRepo(Repo):
    """The only code that knows the ``tickets`` collection."""

    name = "tickets"

    async def add(self, ticket: Ticket) -> None:
        """Insert; raises Duplicate when this id (a replay) or number is there."""
        await self._insert(ticket.row())

    async def get(self, id: str) -> Ticket:
        """The ticket; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Ticket.of(row)

    async def by_number(self, number: str) -> Ticket:
        """The ticket with this number; raises NotFound."""
        row = await self._one({"number": number})
        if row is None:
            raise NotFound(number)
        return Ticket.of(row)

    async def change(self, ticket: Ticket, event: Event, changes: Mapping[str, Any]) -> Ticket:
        """Write one change with its event, if the ticket still is as the caller saw it; gives it as it is now.

        Raises Conflict with the current document when somebody else was faster.
        """
        update: dict[str, Any] = {
            "$set": {**changes, "updated_at": event.at, "unfinished": True},
            "$inc": {"version": 1},
            "$push": {"events": event.model_dump(), "effects": ticket.version + 1},
        }
        won = await self._update({"_id": ticket.id, "state": ticket.state, "version": ticket.version}, update)
        current = await self.get(ticket.id)
        if not won:
            raise Conflict(ticket.number, current)
        return current

    async def append(
        self,
        id: str,
        field: str,
        part: Part,
        *,
        changes: Mapping[str, Any] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> bool:
        """Add one addition, note or event without a state change; False when it (a replay) is there already.

        The version stays: words that an owner adds must not make a colleague's open form lose its race.
        Of a full list the oldest goes; events stay, and of what comes then only the changes are written.
        """
        item = part.model_dump()
        new: dict[str, Any] = {"_id": id, f"{field}.id": {"$ne": item["id"]}}
        update: dict[str, Any] = {}
        if counts:
            update["$inc"] = dict(counts)
        if changes:
            update["$set"] = dict(changes)
        if field != "events":
            return await self._update(new, {**update, "$push": {field: {"$each": [item], "$slice": -MOST_PARTS}}})
        room = {f"events.{MOST_PARTS - 1}": {"$exists": False}}
        if await self._update({**new, **room}, {**update, "$push": {"events": item}}):
            return True
        return bool(update) and await self._update(new, update)

    async def append_observers(self, id: str, staff: Sequence[str]) -> None:
        """These colleagues watch the ticket too."""
        await self._update({"_id": id}, {"$addToSet": {"observers": {"$each": list(staff)}}})

    async def effects_done(self, id: str, version: int) -> None:
        """The consequences of ``version`` are written."""
        last = {"_id": id, "effects": [version]}
        if not await self._update(last, {"$set": {"effects": [], "unfinished": False}}):
            await self._update({"_id": id, "effects": version}, {"$pull": {"effects": version}})

    async def unfinished(self, *, before: datetime, limit: int = 100) -> list[Ticket]:
        """Tickets whose last change still lacks its consequences (its process died), the oldest first."""
        rows = await self._list(
            {"unfinished": True, "updated_at": {"$lt": before}}, limit=limit, sort=[("updated_at", 1)]
        )
        tickets = [Ticket.of(row) for row in rows]
        for ticket in tickets:
            if not ticket.effects:  # two processes finished the last two versions at the same moment
                await self._update({"_id": ticket.id, "effects": []}, {"$set": {"unfinished": False}})
        return [ticket for ticket in tickets if ticket.effects]

    async def of_owner(self, owner_id: str, *, before: datetime, since: datetime, limit: int) -> list[Ticket]:
        """An owner's own tickets, newest first, in a window of ``opened_at``."""
        rows = await self._list(
            {"owner_id": owner_id, "opened_at": {"$gte": since, "$lt": before}}, limit=limit, sort=[("opened_at", -1)]
        )
        return [Ticket.of(row) for row in rows]

    async def of_rooms(self, rooms: Sequence[str], *, before: datetime, since: datetime, limit: int) -> list[Ticket]:
        """Tickets of these rooms, newest first, in a window of ``opened_at``."""
        rows = await self._list(
            {"room_id": {"$in": list(rooms)}, "opened_at": {"$gte": since, "$lt": before}},
            limit=limit,
            sort=[("opened_at", -1)],
        )
        return [Ticket.of(row) for row in rows]

    async def listed(
        self,
        *,
        estates: Sequence[str] | None,
        state: str | None,
        category: str | None,
        room: str | None,
        executor: str | None,
        before: datetime,
        since: datetime,
        limit: int,
    ) -> list[Ticket]:
        """What the inbox lists: newest first, inside a window of ``opened_at``, without what a row does not show."""
        filter: Row = {"opened_at": {"$gte": since, "$lt": before}}
        if estates is not None:
            filter["estate_id"] = {"$in": list(estates)}
        for field, value in (("state", state), ("category", category), ("room_id", room), ("executor", executor)):
            if value is not None:
                filter[field] = value
        rows = await self._list(filter, limit=limit, sort=[("opened_at", -1)], projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def load_of(self, executor: str, *, most: int) -> int:
        """How many open tickets somebody has, counted up to ``most``."""
        filter = {"executor": executor, "state": {"$in": list(OPEN)}}
        return len(await self._list(filter, limit=most, projection={"_id": 1}))

    async def opened(self, *, before: datetime, limit: int = 100) -> list[Ticket]:
        """New tickets whose opening still lacks its consequences, the oldest first."""
        rows = await self._list(
            {"unfinished": True, "updated_at": {"$lt": before}, "effects": 0}, limit=limit, sort=[("updated_at", 1)]
        )
        return [Ticket.of(row) for row in rows]

    async def move_owner(self, was: str, becomes: str) -> int:
        """Everything that a provisional person opened belongs to the person we now know."""
        return await self._update_many({"owner_id": was}, {"$set": {"owner_id": becomes}})
