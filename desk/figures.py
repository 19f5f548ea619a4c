"""The facts behind the dashboard, one packed row per estate and day, so that a year costs no look at its tickets.

A day's row holds what was opened on that day. It is made again while something of it may still change: today after a
minute, a day of the last week after ten, older ones when the worker comes by, until every ticket of it has ended for
longer than it could be reopened.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from desk.rulebook import Rulebook
from desk.scope import building_of
from store.clock import Clock
from store.figures import DayFigures, Stamp
from store.stores import Stores
from store.tickets import State, Ticket

TODAY_FRESH = timedelta(minutes=1)
FRESH = timedelta(minutes=10)
WEEK = timedelta(days=7)
FRESH_OF_OLDER = timedelta(minutes=90)
"""A little longer than from one round of the worker to the next: nobody who asks waits for these days."""
FRESH_OF_OLD = timedelta(days=1)
REOPENABLE = timedelta(days=31)
SPAN = 7
"""Days that are read with one query."""
AT_ONCE = 100
"""Packed days that are read together."""
RECENT = 45
"""Days that the worker keeps fresh by itself."""
FARTHEST = 400
BACK_AT_ONCE = 60
"""Older days that one run of the worker makes, until all of ``FARTHEST`` are there."""
MOST_ESTATES = 50
"""Of a company with more estates the others' days are made when somebody asks."""
VERSION = 1


class Fact(NamedTuple):
    """What the dashboard knows of a ticket. Minutes count from the opening; None: not (yet)."""

    at: int
    """Minutes after the local midnight of its day."""
    category: str
    building: str
    executor: str
    team: str
    stands: str
    """o: open, d: done, x: ended without being done."""
    urgent: int
    answered: int | None
    answer_due: int | None
    resolved: int | None
    resolve_due: int | None
    reopened: int
    satisfaction: int | None
    asked: int
    replied: int


class Figures:
    """Reads and keeps the daily rows."""

    def __init__(self, stores: Stores, rules: Rulebook, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._clock = clock

    async def of(
        self,
        estate_id: str,
        first: date,
        last: date,
        *,
        patience: timedelta | None = None,
        fresh: timedelta | None = None,
    ) -> dict[date, list[Fact]]:
        """The facts of each day from ``first`` to ``last``, both included; days to come are left out.

        ``patience``: for how long days that were never made are made, the newest first; older ones are left out then.
        ``fresh``: how old what is kept may be, whatever day it is of.
        """
        zone = self._rules.of(estate_id).zone
        now = self._clock.now()
        days, today = self._days(estate_id, first, last)
        found: dict[date, list[Fact]] = {}
        for start in range(0, len(days), AT_ONCE):
            part = days[start : start + AT_ONCE]
            ids = {_id(estate_id, day): day for day in part}
            for row in await self._stores.figures.of_ids(list(ids)):
                if _holds(row, ids[row.id], today, now, fresh):
                    found[ids[row.id]] = unpacked(row.packed)
            await asyncio.sleep(0)
        begun = self._clock.wall()
        for run in reversed(_runs([day for day in days if day not in found])):
            if patience is not None and self._clock.wall() - begun > patience:
                break
            found |= await self._make(estate_id, run, zone, now)
        return found

    async def stamps(self, estate_id: str, first: date, last: date) -> dict[date, datetime]:
        """When each of these days was made, of those that may be used as they are; cheap."""
        days, today = self._days(estate_id, first, last)
        now = self._clock.now()
        ids = {_id(estate_id, day): day for day in days}
        kept = await self._stores.figures.stamps(list(ids))
        return {ids[row.id]: row.made_at for row in kept if _holds(row, ids[row.id], today, now)}

    def _days(self, estate_id: str, first: date, last: date) -> tuple[list[date], date]:
        """The days from one to another that have begun, and today."""
        today = self._clock.now().astimezone(self._rules.of(estate_id).zone).date()
        return [first + timedelta(days=n) for n in range((min(last, today) - first).days + 1)], today

    def fact(self, ticket: Ticket) -> Fact:
        """The facts of one ticket as they are now."""
        return fact_of(ticket, self._rules.of(ticket.estate_id).zone)

    async def refresh(self) -> int:
        """Make the recent days again that may have changed, and a few that were never made. For the worker.

        Gives how many days were looked at.
        """
        now = self._clock.now()
        looked = 0
        for estate in self._rules.estates[:MOST_ESTATES]:
            today = now.astimezone(self._rules.of(estate.id).zone).date()
            looked += len(await self.of(estate.id, today - timedelta(days=RECENT), today, fresh=FRESH))
            looked += await self._fill_back(estate.id, today - timedelta(days=RECENT), now)
        return looked

    async def _fill_back(self, estate_id: str, last: date, now: datetime) -> int:
        """Some of the older days that were never made, the newest first."""
        days = [last - timedelta(days=n) for n in range(1, FARTHEST)]
        known = {row.id for row in await self._stores.figures.of_ids([_id(estate_id, day) for day in days])}
        wanted = sorted([day for day in days if _id(estate_id, day) not in known][:BACK_AT_ONCE])
        for run in _runs(wanted):
            await self._make(estate_id, run, self._rules.of(estate_id).zone, now)
        return len(wanted)

    async def _make(
        self, estate_id: str, days: Sequence[date], zone: ZoneInfo, now: datetime
    ) -> dict[date, list[Fact]]:
        begin = datetime.combine(days[0], time(), zone)
        end = datetime.combine(days[-1] + timedelta(days=1), time(), zone)
        by_day: dict[date, list[Ticket]] = {day: [] for day in days}
        for ticket in await self._stores.tickets.of_window(estate_id, since=begin, before=end):
            by_day[ticket.opened_at.astimezone(zone).date()].append(ticket)
        made: dict[date, list[Fact]] = {}
        for day, tickets in by_day.items():
            made[day] = [fact_of(ticket, zone) for ticket in tickets]
            final = all(_settled(ticket, now) for ticket in tickets) and now.astimezone(zone).date() > day + REOPENABLE
            row = DayFigures(
                id=_id(estate_id, day), packed=packed(made[day]), count=len(tickets), final=final, made_at=now
            )
            await self._stores.figures.put(row)
        return made


def fact_of(ticket: Ticket, zone: ZoneInfo) -> Fact:
    """The few facts of a ticket."""
    opened = ticket.opened_at
    local = opened.astimezone(zone)
    done = ticket.state in (State.RESOLVED, State.CLOSED)
    stands = "o" if ticket.is_open else "d" if done else "x"

    def after(at: datetime | None) -> int | None:
        return None if at is None else max(round((at - opened).total_seconds() / 60), 0)

    return Fact(
        at=local.hour * 60 + local.minute,
        category=ticket.category.value,
        building=building_of(ticket),
        executor=ticket.executor or "",
        team=ticket.team or "",
        stands=stands,
        urgent=int(ticket.urgent),
        answered=after(ticket.answered_at),
        answer_due=after(ticket.due.first_answer_by),
        resolved=after(ticket.resolved_at),
        resolve_due=after(ticket.due.done_by),
        reopened=ticket.reopened,
        satisfaction=ticket.revisit.satisfaction,
        asked=int(ticket.revisit.asked_at is not None),
        replied=int(ticket.revisit.state == "answered"),
    )


def packed(facts: Sequence[Fact]) -> bytes:
    """As they are stored."""
    return zlib.compress(json.dumps([VERSION, facts], ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(stored: bytes) -> list[Fact]:
    """What was stored; raises ValueError for another version's."""
    version, rows = json.loads(zlib.decompress(stored))
    if version != VERSION:
        raise ValueError(f"figures of version {version}")
    return [Fact(*row) for row in rows]


def _id(estate_id: str, day: date) -> str:
    return f"{estate_id}:{day.isoformat()}:{VERSION}"


def _holds(row: DayFigures | Stamp, day: date, today: date, now: datetime, fresh: timedelta | None = None) -> bool:
    """Whether what is kept may be used; after the clock was put back it may not."""
    if row.final:
        return row.made_at <= now
    return timedelta(0) <= now - row.made_at < (_fresh(today - day) if fresh is None or day >= today else fresh)


def _fresh(ago: timedelta) -> timedelta:
    """For how long a day is used as it was made."""
    if ago <= timedelta(0):
        return TODAY_FRESH
    if ago <= WEEK:
        return FRESH
    return FRESH_OF_OLDER if ago <= timedelta(days=RECENT) else FRESH_OF_OLD


def _settled(ticket: Ticket, now: datetime) -> bool:
    if ticket.is_open or ticket.state is State.RESOLVED:
        return False
    return ticket.ended_at is None or now - ticket.ended_at > REOPENABLE


def _runs(days: Sequence[date]) -> list[list[date]]:
    """Days that follow each other, in runs of a week at most."""
    runs: list[list[date]] = []
    for day in days:
        if runs and len(runs[-1]) < SPAN and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
