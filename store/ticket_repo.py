"""The one class that knows the ``tickets`` collection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from store.client import Row
from store.documents import Part
from store.errors import Conflict, NotFound
from store.repo import Repo
from store.tickets import OPEN, Event, State, Ticket

MOST_PARTS = 1000
"""Additions, notes, and events that are no transition, on one ticket: whoever chases a thousand times must not make the
document too large to change. The words themselves are in ``messages``."""
MOST_IN_WINDOW = 200_000
MOST_OPEN = 5000
"""Open tickets that are looked at together at most: a board, a list by what is due."""

LIST_FIELDS = dict.fromkeys(
    (
        "number category state progress version subject title urgent severity estate_id room_id room_name place "
        "owner_id owner_name conversation_id executor executor_name team about tags terms due promised until nudges "
        "reopened opened_at updated_at accepted_at answered_at arrived_at resolved_at ended_at resolution revisit "
        "rating"
    ).split(),
    1,
)
"""What a row of a list shows; descriptions, events and media are not loaded for it."""


FACT_FIELDS = dict.fromkeys(
    (
        "number category state urgent estate_id room_id executor team due reopened opened_at updated_at answered_at "
        "resolved_at ended_at revisit"
    ).split(),
    1,
)
"""What figures are made of."""


class TicketRepo(Repo):
    """The only code that knows the ``tickets`` collection."""

    name = "tickets"

    async def add(self, ticket: Ticket) -> None:
        """Insert; raises Duplicate when this id (a replay) or number is there."""
        await self._insert(ticket.row())
        self._told(ticket)

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
        self._told(current, was=ticket.executor)
        return current

    async def append(
        self,
        id: str,
        field: str,
        part: Part,
        *,
        changes: Mapping[str, Any] | None = None,
        counts: Mapping[str, int] | None = None,
        terms: Sequence[str] = (),
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
        if terms:
            update["$addToSet"] = {"terms": {"$each": list(terms)}}
        if field != "events":
            added = await self._update(new, {**update, "$push": {field: {"$each": [item], "$slice": -MOST_PARTS}}})
        else:
            room = {f"events.{MOST_PARTS - 1}": {"$exists": False}}
            added = await self._update({**new, **room}, {**update, "$push": {"events": item}})
            added = added or (bool(update) and await self._update(new, update))
        if added:
            self._tell("ticket", id, estate_id=None)
        return added

    def _told(self, ticket: Ticket, *, was: str | None = None) -> None:
        self._tell(
            "ticket",
            ticket.number,
            estate_id=ticket.estate_id,
            ticket=ticket.number,
            conversation=ticket.conversation_id,
            staff=ticket.executor,
            building=(ticket.room_id or "").rpartition("/")[2].partition("-")[0],
            category=ticket.category.value,
            executor=ticket.executor,
            was=(was,) if was and was != ticket.executor else (),
        )

    async def mark(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set what is no news by itself; the version stays."""
        await self._update({"_id": id}, {"$set": dict(changes)})
        self._tell("ticket", id, estate_id=None)

    async def take_out(self, id: str, field: str, match: Mapping[str, Any], event: Event) -> bool:
        """Take what matches out of a list, with its event; False when this event (a replay) is there already."""
        filter = {"_id": id, "events.id": {"$ne": event.id}}
        update = {"$pull": {field: dict(match)}, "$push": {"events": event.model_dump()}}
        taken = await self._update(filter, {**update, "$set": {"updated_at": event.at}})
        if taken:
            self._tell("ticket", id, estate_id=None)
        return taken

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
        before: datetime,
        since: datetime,
        limit: int,
        estates: Sequence[str] | None = None,
        state: str | None = None,
        category: str | None = None,
        room: str | None = None,
        terms: Sequence[str] = (),
    ) -> list[Ticket]:
        """What the inbox lists: newest first, inside a window of ``opened_at``, without what a row does not show.

        ``terms``: those that are found by any of these. Beside a selective field leave the estates out: the embedded
        server would choose the index on them.
        """
        filter: Row = {"opened_at": {"$gte": since, "$lt": before}}
        if estates is not None:
            filter["estate_id"] = estates[0] if len(estates) == 1 else {"$in": list(estates)}
        fields = (("state", state), ("category", category), ("room_id", room))
        filter |= {field: value for field, value in fields if value is not None}
        if terms:
            filter["terms"] = terms[0] if len(terms) == 1 else {"$in": list(terms)}
        rows = await self._list(filter, limit=limit, sort=[("opened_at", -1)], projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def of_executor(
        self, executor: str | None, state: State, *, before: datetime, since: datetime, limit: int
    ) -> list[Ticket]:
        """What somebody (or nobody) has or had in one state: newest first, inside a window of ``opened_at``."""
        filter = {"executor": executor, "state": state, "opened_at": {"$gte": since, "$lt": before}}
        rows = await self._list(filter, limit=limit, sort=[("opened_at", -1)], projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def load_of(self, executor: str, *, most: int, without: Collection[str] = ()) -> int:
        """How many open tickets somebody has, counted up to ``most``; ``without`` these."""
        filter = {"executor": executor, "state": {"$in": list(OPEN)}}
        rows = await self._list(filter, limit=most + len(without), projection={"_id": 1})
        return min(most, sum(row["_id"] not in without for row in rows))

    async def open_of(self, executor: str, limit: int = 1000) -> list[Ticket]:
        """The open tickets of somebody."""
        rows = await self._list({"executor": executor, "state": {"$in": list(OPEN)}}, limit=limit)
        return [Ticket.of(row) for row in rows]

    async def opened(self, *, before: datetime, limit: int = 100) -> list[Ticket]:
        """New tickets whose opening still lacks its consequences, the oldest first."""
        rows = await self._list(
            {"unfinished": True, "updated_at": {"$lt": before}, "effects": 0}, limit=limit, sort=[("updated_at", 1)]
        )
        return [Ticket.of(row) for row in rows]

    async def move_owner(self, was: str, becomes: str) -> int:
        """Everything that a provisional person opened belongs to the person we now know."""
        return await self._update_many({"owner_id": was}, {"$set": {"owner_id": becomes}})

    async def of_ids(self, ids: Sequence[str]) -> list[Ticket]:
        """The rows of these tickets, in no order."""
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1, projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def of_numbers(self, numbers: Sequence[str]) -> list[Ticket]:
        """The rows of the tickets with these numbers, in no order."""
        if not numbers:
            return []
        rows = await self._list({"number": {"$in": list(numbers)}}, limit=len(numbers), projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def with_phones(self, ids: Sequence[str]) -> list[Ticket]:
        """The rows of these tickets with their sealed phone numbers, in no order."""
        if not ids:
            return []
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids), projection={**LIST_FIELDS, "phone": 1})
        return [Ticket.of(row) for row in rows]

    async def of_window(self, estate_id: str, *, since: datetime, before: datetime) -> list[Ticket]:
        """Everything that was opened in an estate in this window, as far as figures need it; in no order."""
        filter = {"estate_id": estate_id, "opened_at": {"$gte": since, "$lt": before}}
        return [Ticket.of(row) for row in await self._list(filter, limit=MOST_IN_WINDOW, projection=FACT_FIELDS)]

    async def with_words(self, *, since: datetime, before: datetime, limit: int) -> list[Ticket]:
        """What was opened in this window with all that it is found by, the oldest first."""
        rows = await self._list(
            {"opened_at": {"$gte": since, "$lt": before}},
            limit=limit,
            sort=[("opened_at", 1)],
            projection={**LIST_FIELDS, "description": 1, "phone": 1},
        )
        return [Ticket.of(row) for row in rows]

    async def add_terms(self, id: str, terms: Sequence[str]) -> None:
        """It is found by these too; nothing that a page shows."""
        await self._update({"_id": id}, {"$addToSet": {"terms": {"$each": list(terms)}}})

    async def all_open(self, *, limit: int = MOST_OPEN) -> list[Ticket]:
        """Everything that somebody still has to do something about, whatever its age; in no order."""
        rows = await self._list({"state": {"$in": list(OPEN)}}, limit=limit, projection=LIST_FIELDS)
        return [Ticket.of(row) for row in rows]

    async def answered(self, ids: Sequence[str], at: datetime) -> int:
        """A person has answered the owners of these tickets; the first time counts."""
        return await self._update_many({"_id": {"$in": list(ids)}, "answered_at": None}, {"$set": {"answered_at": at}})

    async def executors_of_open(self, *, limit: int = MOST_OPEN) -> list[str]:
        """Who has each open ticket that somebody has: a name as often as they have one."""
        filter = {"state": {"$in": list(OPEN)}}
        rows = await self._list(filter, limit=limit, projection={"executor": 1})
        return [str(row["executor"]) for row in rows if row.get("executor")]

    async def offers(self, ids: Sequence[str]) -> dict[str, Event]:
        """Of those that wait to be grabbed, the event that offered them."""
        if not ids:
            return {}
        rows = await self._list({"_id": {"$in": list(ids)}}, limit=len(ids), projection={"events": 1})
        found: dict[str, Event] = {}
        for row in rows:
            events = [Event.model_validate(event) for event in row.get("events", ())]
            kinds = [event.kind for event in events]
            last = max((i for i, kind in enumerate(kinds) if kind == "offered"), default=None)
            if last is not None and not {"assigned", "handed_back", "taken_away", "reclassified"} & set(kinds[last:]):
                found[str(row["_id"])] = events[last]
        return found
