"""The dashboard: intake, answers and work against their targets, backlog, satisfaction, by day and by who and where.

What the figures mean stands in docs/figures.md; the small estate of tests/desk/test_dashboard.py is counted by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.actors import Actor
from desk.errors import Incomplete
from desk.figures import Fact, Figures
from desk.rulebook import Rulebook
from desk.scope import visible
from desk.sums import Filter, One, Sums, add_up
from desk.timeline import CATEGORIES
from store.clock import Clock
from store.stores import Stores

LONGEST = 400
"""Days."""
LOOK_BACK = timedelta(days=60)
"""What was opened so long before the window is still counted when it is resolved inside it."""
PATIENCE = timedelta(seconds=8)
"""So long a request waits for days that were never added up before."""
MOST_KEPT = 50
"""Sums that are kept for who asks the same within a minute."""
AGES = (("day", "1 天内", 1), ("three", "1-3 天", 3), ("week", "3-7 天", 7), ("older", "7 天以上", 0))
SATISFIED_TARGET, REVISIT_TARGET = 0.9, 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """The sums, and what is open now."""

    sums: Sums
    ages: list[tuple[str, str, int]]
    open: int
    made_at: datetime
    complete: bool
    """False: days of long ago are still being added up; ask again."""


class Dashboard:
    """Adds up."""

    def __init__(self, stores: Stores, rules: Rulebook, figures: Figures, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._figures = figures
        self._clock = clock
        self._kept: dict[tuple[Any, ...], Sums] = {}

    async def of(self, wanted: Filter, actor: Actor) -> Result:
        """The figures in the caller's scope; raises Incomplete for a window that is none."""
        length = (wanted.before - wanted.since).days
        if not 0 < length <= LONGEST:
            raise Incomplete(f"时间范围要在 1-{LONGEST} 天之内", since=str(wanted.since), before=str(wanted.before))
        estates = self._estates(wanted, actor)
        now = self._clock.now()
        last = wanted.before - timedelta(days=1)
        begin = min(wanted.since - timedelta(days=length), wanted.since - LOOK_BACK)
        staff = await self._stores.staff.all()
        teams = {team.id: team.name for team in await self._stores.teams.all()}
        companies = {one.id: one.company for one in staff}
        names = {one.id: one.name for one in staff}
        to_be = {
            estate: (min(last, now.astimezone(self._rules.of(estate).zone).date()) - begin).days + 1
            for estate in estates
        }
        window = (begin, last)
        ages, count = await self._backlog(wanted, actor, companies, now)
        key = await self._key(wanted, actor, to_be, window, now)
        if key in self._kept:
            return Result(self._kept[key], ages, count, now, complete=True)
        found: dict[str, dict[date, list[Fact]]] = {}
        for estate in estates:
            found[estate] = await self._figures.of(estate, *window, patience=PATIENCE)
        complete = all(len(found[estate]) >= days for estate, days in to_be.items())
        labels: dict[str, Callable[[str], str]] = {
            "categories": lambda key: CATEGORIES.get(key, key),
            "buildings": lambda key: f"{key}栋" if key.isdecimal() else key or "未知",
            "teams": lambda key: teams.get(key, key) or "未分班组",
            "people": lambda key: names.get(key, key) or "未派人",
            "companies": lambda key: key,
        }
        zones = {estate: self._rules.of(estate).zone for estate in estates}

        def sums_of() -> Sums:
            ones = list(_chosen(found, zones, wanted, actor, companies, now))
            return add_up(ones, wanted, companies, labels)

        sums = await asyncio.to_thread(sums_of)
        if complete and (key := await self._key(wanted, actor, to_be, window, now)):
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = sums
        return Result(sums, ages, count, now, complete)

    async def _key(
        self, wanted: Filter, actor: Actor, to_be: Mapping[str, int], window: tuple[date, date], now: datetime
    ) -> tuple[Any, ...]:
        """What sums depend on: question, asker, the days as they were made, the minute. Empty: days are missing."""
        made: list[Any] = []
        for estate, days in to_be.items():
            stamps = await self._figures.stamps(estate, *window)
            if len(stamps) < days:
                return ()
            made.append((estate, tuple(stamps[day] for day in sorted(stamps))))
        scope = (actor.estates, actor.buildings, actor.categories)
        return (wanted, scope, tuple(made), now.replace(second=0, microsecond=0))

    def _estates(self, wanted: Filter, actor: Actor) -> list[str]:
        known = [estate.id for estate in self._rules.estates if actor.in_scope(estate.id)]
        if wanted.estate is not None:
            if wanted.estate not in known:
                raise Incomplete("没有这个小区", estate=wanted.estate)
            return [wanted.estate]
        return known or [""]

    async def _backlog(
        self, wanted: Filter, actor: Actor, companies: Mapping[str, str], now: datetime
    ) -> tuple[list[tuple[str, str, int]], int]:
        """What is open now, by age; the window does not matter for it."""
        ages = {key: 0 for key, _, _ in AGES}
        for row in await self._stores.tickets.all_open():
            fact = self._figures.fact(row)
            if not visible(row, actor) or (wanted.estate is not None and row.estate_id != wanted.estate):
                continue
            if not _fits(fact, wanted, actor, row.estate_id, companies):
                continue
            days = (now - row.opened_at) / timedelta(days=1)
            ages[next((key for key, _, most in AGES if most and days < most), "older")] += 1
        return [(key, label, ages[key]) for key, label, _ in AGES], sum(ages.values())


def _chosen(
    found: Mapping[str, Mapping[date, Sequence[Fact]]],
    zones: Mapping[str, ZoneInfo],
    wanted: Filter,
    actor: Actor,
    companies: Mapping[str, str],
    now: datetime,
) -> Iterator[One]:
    """The facts that are asked for and in the caller's scope."""
    for estate, days in found.items():
        for day, facts in days.items():
            passed = (now - datetime.combine(day, time(), zones[estate])).total_seconds() / 60
            for fact in facts:
                if _fits(fact, wanted, actor, estate, companies):
                    yield One(day, fact, passed - fact.at)


def _fits(fact: Fact, wanted: Filter, actor: Actor, estate: str, companies: Mapping[str, str]) -> bool:
    asked = (
        (wanted.building, fact.building),
        (wanted.category, fact.category),
        (wanted.team, fact.team),
        (wanted.executor, fact.executor),
        (wanted.company, companies.get(fact.executor, "")),
    )
    if any(value is not None and value != has for value, has in asked):
        return False
    if actor.categories and fact.category not in actor.categories:
        return False
    return actor.in_scope(estate, fact.building)
