"""The table of tickets for staff: filters, sorting, search, counts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.paging import Page, PageQuery, Position
from desk.api.reach import read_reaching
from desk.errors import Incomplete
from desk.lateness import lateness
from desk.ticket_table import Wanted
from inbox.rooms import rooms_meant
from inbox.ticket_views import ListedPage, ListedTicket
from inbox.views import View
from store.tickets import OPEN, Category, State, Ticket

routes: Routes[Actor] = Routes("inbox: tickets")
LAST = datetime(9999, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[RCIPS]\d{8}-\d{4,}")
_STATES = ",".join(state.value for state in State)


class TicketQuery(PageQuery):
    """Which tickets."""

    state: str | None = Field(default=None, max_length=200, description=f"open, or any of {_STATES} with commas")
    category: Category | None = None
    estate: str | None = Field(default=None, max_length=40)
    building: str | None = Field(default=None, max_length=20)
    room: str | None = Field(default=None, max_length=100, description="room id or as on the door")
    executor: str | None = Field(default=None, max_length=64, description="user name, me, or none")
    team: str | None = Field(default=None, max_length=40)
    urgent: bool | None = None
    breached: bool | None = Field(default=None, description="a target was missed or is being missed")
    since: AwareDatetime | None = Field(default=None, description="opened at or after")
    before: AwareDatetime | None = Field(default=None, description="opened before")
    tag: str | None = Field(default=None, max_length=20)
    q: str | None = Field(default=None, max_length=100, description="number, phone tail, room or words")
    sort: Literal["opened", "due"] = Field(default="opened", description="due: open ones, what burns first")


class CountQuery(View):
    """Narrowed to what."""

    estate: str | None = Field(default=None, max_length=40)
    building: str | None = Field(default=None, max_length=20)


class CountsView(View):
    """What is open in the caller's scope."""

    states: dict[str, int]
    open: int
    urgent: int
    breached: int
    unassigned: int
    mine: int
    waiting: int
    at: datetime


@routes.get("/tickets")
async def tickets(call: Call[Actor], query: TicketQuery) -> ListedPage:
    """Tickets in the caller's scope, newest first or by what falls due first."""
    page = await page_of(call, query)
    now = call.desk.clock.now()
    return ListedPage(items=[ListedTicket.at(row, now) for row in page.rows], next=page.next)


@routes.get("/tickets/counts")
async def ticket_counts(call: Call[Actor], query: CountQuery) -> CountsView:
    """How many are open in each state, urgent, late, unassigned."""
    wanted = Wanted(estate=query.estate, building=query.building)
    found = await call.desk.table.counts(wanted, call.who)
    return CountsView(
        states=found.states,
        open=found.open,
        urgent=found.urgent,
        breached=found.breached,
        unassigned=found.unassigned,
        mine=found.mine,
        waiting=found.waiting,
        at=call.desk.clock.now(),
    )


async def wanted_of(call: Call[Actor], query: TicketQuery) -> Wanted:
    """What the query asks for; raises Incomplete for a state that there is not."""
    wanted = Wanted(
        states=_states(query.state),
        category=query.category.value if query.category else None,
        estate=query.estate or (call.desk.rules.only_estate or None if query.building else None),
        building=query.building,
        executor={"me": call.who.id}.get(query.executor or "", query.executor),
        team=query.team,
        urgent=query.urgent,
        breached=query.breached,
        tag=query.tag,
        since=query.since,
        before=query.before,
    )
    if query.room:
        rooms = await rooms_meant(call.desk, query.room, call.who)
        wanted = replace(wanted, rooms=tuple(room.id for room in rooms))
    text = (query.q or "").strip()
    if not text:
        return wanted
    if _NUMBER.fullmatch(text.upper()):
        return replace(wanted, number=text.upper())
    terms, tails = call.desk.table.search(text)
    if not tails and (rooms := await rooms_meant(call.desk, text, call.who)):
        return replace(wanted, rooms=tuple(room.id for room in rooms))
    if not terms and not tails:
        # Nothing to search by: nothing is found, rather than everything.
        return replace(wanted, rooms=())
    return replace(wanted, terms=terms, tails=tails)


async def page_of(call: Call[Actor], query: TicketQuery) -> Page[Ticket]:
    """One page of what the query asks for."""
    table, who = call.desk.table, call.who
    wanted = await wanted_of(call, query)
    if wanted.number is not None:
        return Page([row for row in await table.by_number(wanted.number) if table.keeps(row, wanted, who)], None)
    if query.sort == "due" or wanted.open_only:
        return await _open_page(call, query, wanted)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Ticket]:
        return await table.fetch(wanted, who, before, since, limit)

    return await read_reaching(
        fetch,
        position,
        name=_name(wanted, who),
        cursors=call.cursors,
        query=query,
        now=call.desk.clock.now(),
        reach=table.reach,
        keep=lambda row: table.keeps(row, wanted, who),
    )


def _name(wanted: Wanted, who: Actor) -> str:
    """Of a list by its filters and its reader's scope: lists that differ are not equally dense, nor share cursors."""
    told = repr((wanted, who.estates, who.buildings, who.categories, who.role))
    return f"inbox.tickets.{hashlib.sha256(told.encode()).hexdigest()[:16]}"


async def _open_page(call: Call[Actor], query: TicketQuery, wanted: Wanted) -> Page[Ticket]:
    """A page of open tickets: all of them are read, sorted, and cut behind the cursor."""
    by_due = query.sort == "due"
    if by_due and not wanted.states:
        wanted = replace(wanted, states=OPEN)
    rows = await call.desk.table.open_now(wanted, call.who)
    now = call.desk.clock.now()

    def place(row: Ticket) -> Position:
        return Position((lateness(row, now).next_by or LAST) if by_due else row.opened_at, row.id)

    name = f"inbox.tickets.open.{query.sort}"
    rows.sort(key=lambda row: place(row).key, reverse=not by_due)
    if query.cursor:
        after = call.cursors.read(name, query.cursor).key
        rows = [row for row in rows if (place(row).key > after if by_due else place(row).key < after)]
    cut = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(cut, call.cursors.write(name, place(cut[-1])) if more else None)


def position(ticket: Ticket) -> Position:
    """Where a ticket stands in a list."""
    return Position(ticket.opened_at, ticket.id)


def _states(text: str | None) -> tuple[State, ...]:
    found: list[State] = []
    for name in (text or "").split(","):
        if name == "open":
            found += OPEN
        elif name:
            if name not in set(State):
                known = ["open", *(state.value for state in State)]
                wrong = {"field": "state", "problem": "不在可选值里", "allowed": known}
                raise Incomplete("没有这种状态", fields=[wrong])
            found.append(State(name))
    return tuple(dict.fromkeys(found))
