"""The lists of conversations in the inbox: what each view asks for, and what narrows it further."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.actors import Actor
from desk.api.paging import Cursors, PageQuery, Position
from desk.api.reach import Reach, read_reaching
from desk.deliveries import line_of
from desk.scope import visible
from store.clock import Clock
from store.conversation_lists import DONE, TAG
from store.conversations import EPOCH, Conversation, Mode, OpenTicket
from store.messages import Message
from store.stores import Stores
from store.tickets import Ticket

COUNTED = 99
"""Nobody reads a larger number: it is shown as 99+, and what is counted is read."""
PAST_BACK = timedelta(days=1100)
LINES_BACK = (timedelta(days=1), timedelta(days=30), None)
COUNTS_HOLD = timedelta(seconds=5)
FAR = timedelta(days=3660)
FAR_OFF = EPOCH + timedelta(days=73_000)


class View(StrEnum):
    """Which conversations."""

    ALL = "all"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    BREACHED = "breached"
    BOT = "bot"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Narrow:
    """A view, and what it is narrowed by."""

    view: View = View.ALL
    category: str | None = None
    building: str | None = None
    estate: str | None = None
    tag: str | None = None
    assignee: str | None = None

    @property
    def oldest_first(self) -> bool:
        """Whether the list begins with the earliest: what waits longest, is most overdue, comes back next."""
        return self.view in (View.WAITING, View.BREACHED, View.SNOOZED)

    @property
    def thin(self) -> bool:
        """Whether so many are read for a page that they come without what a row shows (``Listing.of_ids`` adds it)."""
        named = self.category or self.tag or self.assignee
        return bool(self.building) and not named and self.view in (View.ALL, View.BOT)

    @property
    def name(self) -> str:
        """What cursors of this list are signed for."""
        parts = (self.view.value, self.category, self.building, self.estate, self.tag, self.assignee)
        return "inbox.conversations:" + "|".join(part or "" for part in parts)


Fetch = Callable[[datetime, datetime, int], Awaitable[list[Conversation]]]


class Listing:
    """Reads the lists, for whoever may see them."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._cursors = Cursors(stores.sealer)
        self.reach = Reach()
        """How dense the lists of this database are, as far as this process knows."""
        self._names: tuple[datetime, dict[str, str]] = (EPOCH, {})
        self._counts: dict[tuple[str, tuple[str, ...]], tuple[datetime, dict[str, int]]] = {}

    def fetch(self, narrow: Narrow, actor: Actor) -> Fetch:
        """Rows of a window of this list: (before, since, limit)."""
        repo = self._stores.conversations

        async def held(who: str | None, before: datetime, since: datetime, limit: int) -> list[Conversation]:
            both = [
                repo.held_by(who, mode, before=before, since=since, limit=limit) for mode in (Mode.PERSON, Mode.BOT)
            ]
            rows = [row for rows in await asyncio.gather(*both) for row in rows]
            return sorted(rows, key=lambda row: row.last_at or EPOCH, reverse=True)[:limit]

        async def fetch(before: datetime, since: datetime, limit: int) -> list[Conversation]:
            match narrow.view:
                case View.WAITING:
                    return await repo.waiting_longest(before=before, since=since, limit=limit)
                case View.BREACHED:
                    return await repo.due_first(before=before, since=since, limit=limit)
                case View.SNOOZED:
                    # Those whose time has come are no longer snoozed, also before their timer took the mark off.
                    since = max(since, self._clock.now())
                    return await repo.snoozed(before=before, since=since, limit=limit) if since < before else []
                case View.MINE:
                    return await held(actor.id, before, since, limit)
                case View.UNASSIGNED:
                    return await repo.held_by(None, Mode.PERSON, before=before, since=since, limit=limit)
            if narrow.assignee:
                return await held(narrow.assignee, before, since, limit)
            if narrow.tag or narrow.category:
                mark = f"{TAG}{narrow.tag}" if narrow.tag else str(narrow.category)
                return await repo.marked(mark, before=before, since=since, limit=limit)
            # What the bot answers is nearly everything: no index of its own is worth its writes.
            return await repo.latest(before=before, since=since, limit=limit, thin=narrow.thin)

        return fetch

    def end(self, narrow: Narrow) -> datetime:
        """Up to when a list goes that begins with the earliest."""
        ahead = {View.SNOOZED: FAR, View.BREACHED: timedelta(0)}
        # Who waits may have written by another process' clock, which may be a little early.
        return self._clock.now() + ahead.get(narrow.view, timedelta(minutes=5))

    def keep(self, narrow: Narrow, actor: Actor) -> Callable[[Conversation], bool]:
        """Whether a row belongs to this list and this caller may see it."""
        now = self._clock.now()

        def keep(row: Conversation) -> bool:
            if row.estate_id and not actor.in_scope(row.estate_id):
                return False
            if narrow.estate and row.estate_id != narrow.estate:
                return False
            if is_snoozed(row, now) != (narrow.view is View.SNOOZED):
                return False
            if narrow.assignee and row.staff_id != narrow.assignee:
                return False
            if narrow.view is View.BOT and (row.mode is not Mode.BOT or row.staff_id):
                return False
            if narrow.tag and narrow.tag not in row.tags:
                return False
            if narrow.category and narrow.category not in {t.category for t in working(row)}:
                return False
            return not narrow.building or narrow.building in buildings_of(row)

        return keep

    def at(self, narrow: Narrow, row: Conversation) -> datetime:
        """The time that this list is ordered by."""
        times = {View.WAITING: row.waiting_since, View.BREACHED: row.next_due, View.SNOOZED: row.snoozed_until}
        return times.get(narrow.view, row.last_at) or EPOCH

    async def counts(self, actor: Actor) -> dict[str, int]:
        """How many there are in the short views, each up to ``COUNTED``; at most five seconds old."""
        now = self._clock.now()
        key = (actor.id, actor.estates)
        at, known = self._counts.get(key, (EPOCH, {}))
        if timedelta(0) <= now - at < COUNTS_HOLD:
            return known
        views = (View.MINE, View.UNASSIGNED, View.WAITING, View.BREACHED, View.SNOOZED)
        counted = await asyncio.gather(*(self._count(Narrow(view), actor, now) for view in views))
        found = {view.value: count for view, count in zip(views, counted, strict=True)}
        self._counts = {who: one for who, one in self._counts.items() if now - one[0] < COUNTS_HOLD}
        self._counts[key] = (now, found)
        return found

    async def _count(self, narrow: Narrow, actor: Actor, now: datetime) -> int:
        page = await read_reaching(
            self.fetch(narrow, actor),
            lambda row: Position(self.at(narrow, row), row.id),
            name=f"count:{actor.id}:{narrow.name}",
            cursors=self._cursors,
            query=PageQuery(limit=COUNTED),
            now=now,
            reach=self.reach,
            keep=self.keep(narrow, actor),
            oldest_first=narrow.oldest_first,
            end=self.end(narrow),
        )
        return len(page.rows)

    # ---- what stands around a conversation ----

    async def names(self) -> dict[str, str]:
        """Colleagues' names by user name, at most some seconds old."""
        now = self._clock.wall()
        at, known = self._names
        if not timedelta(0) <= now - at < COUNTS_HOLD:
            known = {one.id: one.name for one in await self._stores.staff.all()}
            self._names = (now, known)
        return known

    async def tags(self, actor: Actor) -> list[str]:
        """Tags in use in the colleague's estates, the most used first."""
        known = await self._stores.tags.all()
        return list(dict.fromkeys(one.tag for one in known if not one.estate_id or actor.in_scope(one.estate_id)))

    async def past_tickets(self, row: Conversation, actor: Actor, most: int) -> list[Ticket]:
        """The person's ended tickets, newest first."""
        now = self._clock.now()
        found = await self._stores.tickets.of_owner(
            row.person_id, before=now + timedelta(minutes=5), since=now - PAST_BACK, limit=most * 3
        )
        return [ticket for ticket in found if not ticket.is_open and visible(ticket, actor)][:most]

    async def newest_line(self, row: Conversation) -> str | None:
        """The id of the newest line."""
        now = self._clock.now()
        for back in LINES_BACK:
            found = await self._stores.messages.timeline(
                row.id, before=now + timedelta(minutes=5), since=EPOCH if back is None else now - back, limit=1
            )
            if found:
                return found[0].id
        return None

    async def lines_of_deliveries(self, keys: Sequence[str]) -> list[Message]:
        """The lines that these deliveries wrote."""
        return await self._stores.messages.of_ids([line_of(key) for key in keys])

    async def ticket_numbers(self, ids: Sequence[str], row: Conversation) -> dict[str, str]:
        """Numbers of tickets by id; those that the conversation knows are not asked for."""
        known = {ticket.id: ticket.number for ticket in row.tickets}
        missing = [id for id in ids if id not in known]
        others = await self._stores.tickets.of_ids(missing) if missing else []
        return known | {ticket.id: ticket.number for ticket in others}

    async def of_ids(self, ids: Sequence[str], actor: Actor) -> list[Conversation]:
        """These, in this order, as far as the caller may see them."""
        found = {row.id: row for row in await self._stores.conversations.listed_of_ids(ids)}
        rows = [found[id] for id in ids if id in found]
        return [row for row in rows if not row.estate_id or actor.in_scope(row.estate_id)]


def is_snoozed(row: Conversation, now: datetime) -> bool:
    """Put off, and the time is not there yet."""
    return row.snoozed_until is not None and row.snoozed_until > now


def working(row: Conversation) -> list[OpenTicket]:
    """The tickets on which somebody still works, what burns first."""
    tickets = [ticket for ticket in row.open_tickets if ticket.state not in DONE]
    return sorted(tickets, key=lambda one: (not one.urgent, one.next_due or one.due or FAR_OFF, one.number))


def buildings_of(row: Conversation) -> set[str]:
    """The buildings of this person's homes: ``3`` and ``hy/3``."""
    found: set[str] = set()
    for home in row.homes:
        estate, _, room = home.room_id.rpartition("/")
        building = room.partition("-")[0]
        found |= {building, f"{estate}/{building}"}
    return found
