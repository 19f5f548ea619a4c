"""The dashboard: intake, answers and work against their targets, backlog, satisfaction, by day and by who and where.

What the figures mean stands in docs/figures.md; the small estate of tests/desk/test_dashboard.py is counted by hand.
"""

from __future__ import annotations

import asyncio
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.actors import Actor
from desk.errors import Incomplete
from desk.figures import Fact, Figures
from desk.rulebook import Rulebook
from desk.scope import visible
from desk.timeline import CATEGORIES
from store.clock import Clock
from store.stores import Stores

LONGEST = 400
"""Days."""
LOOK_BACK = timedelta(days=60)
"""What was opened so long before the window is still counted when it is resolved inside it."""
PATIENCE = timedelta(seconds=8)
"""So long a request waits for days that were never added up before."""
AGES = (("day", "1 天内", 1), ("three", "1-3 天", 3), ("week", "3-7 天", 7), ("older", "7 天以上", 0))
GOOD = (1, 2, 3)
SATISFIED_TARGET, REVISIT_TARGET = 0.9, 1.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What the figures are about."""

    since: date
    before: date
    """The first day that is not counted any more."""
    estate: str | None = None
    building: str | None = None
    category: str | None = None
    team: str | None = None
    executor: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class One:
    """A fact with its day."""

    day: date
    fact: Fact
    age: float
    """Minutes from its opening to now."""


@dataclass(frozen=True, slots=True)
class Group:
    """One row of figures."""

    key: str
    label: str
    opened: int
    open: int
    answered_share: float | None
    resolved_share: float | None
    median_answer: float | None
    p90_answer: float | None
    median_resolve: float | None
    p90_resolve: float | None
    reopened: int
    satisfaction: float | None
    rated: int


@dataclass(frozen=True, slots=True)
class Day:
    """One bucket of the charts."""

    day: date
    opened: int
    resolved: int
    reopened: int
    answered_in_time: float | None
    resolved_in_time: float | None
    median_answer: float | None
    median_resolve: float | None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What owners said at the revisit."""

    resolved: int
    asked: int
    answered: int
    rated: int
    good: float | None
    counts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Sums:
    """All figures of one window."""

    total: Group
    before: Group
    """The window of the same length before it."""
    days: list[Day]
    groups: dict[str, list[Group]]
    satisfaction: Satisfaction
    satisfaction_before: Satisfaction


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
        found: dict[str, dict[date, list[Fact]]] = {}
        complete = True
        for estate in estates:
            found[estate] = await self._figures.of(estate, begin, last, patience=PATIENCE)
            zone = self._rules.of(estate).zone
            to_be = (min(last, now.astimezone(zone).date()) - begin).days + 1
            complete = complete and len(found[estate]) >= to_be
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
        ages, count = await self._backlog(wanted, actor, companies, now)
        return Result(sums, ages, count, now, complete)

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


def add_up(
    ones: Sequence[One],
    wanted: Filter,
    companies: Mapping[str, str],
    labels: Mapping[str, Callable[[str], str]],
) -> Sums:
    """All figures of the window. Slow for a year: not for the event loop."""
    inside = [one for one in ones if wanted.since <= one.day < wanted.before]
    length = wanted.before - wanted.since
    earlier = [one for one in ones if wanted.since - length <= one.day < wanted.since]
    keys: dict[str, Callable[[One], str]] = {
        "categories": lambda one: one.fact.category,
        "buildings": lambda one: one.fact.building,
        "teams": lambda one: one.fact.team,
        "people": lambda one: one.fact.executor,
        "companies": lambda one: companies.get(one.fact.executor, ""),
    }
    groups = {}
    for name, key in keys.items():
        parts: dict[str, list[One]] = defaultdict(list)
        for one in inside:
            parts[key(one)].append(one)
        if name == "companies":
            parts.pop("", None)  # our own people are no contractor
        rows = [group_of(part, value, labels[name](part)) for part, value in parts.items()]
        groups[name] = sorted(rows, key=lambda row: (-row.opened, row.key))
    return Sums(
        total=group_of("", inside, ""),
        before=group_of("", earlier, ""),
        days=_days(ones, inside, wanted),
        groups=groups,
        satisfaction=satisfaction_of(inside),
        satisfaction_before=satisfaction_of(earlier),
    )


def group_of(key: str, ones: Sequence[One], label: str) -> Group:
    """The figures of these tickets."""
    answers = [one.fact.answered for one in ones if one.fact.answered is not None]
    resolved = [one.fact.resolved for one in ones if one.fact.resolved is not None]
    rated = [one.fact.satisfaction for one in ones if one.fact.satisfaction is not None]
    return Group(
        key=key,
        label=label,
        opened=len(ones),
        open=sum(one.fact.stands == "o" for one in ones),
        answered_share=_share(answered_in_time(one) for one in ones),
        resolved_share=_share(resolved_in_time(one) for one in ones),
        median_answer=median(answers),
        p90_answer=p90(answers),
        median_resolve=median(resolved),
        p90_resolve=p90(resolved),
        reopened=sum(one.fact.reopened > 0 for one in ones),
        satisfaction=_share(value in GOOD for value in rated),
        rated=len(rated),
    )


def answered_in_time(one: One) -> bool | None:
    """Whether a person answered before the target; None: it has none, is not over yet, or nobody had to answer."""
    return _in_time(one, one.fact.answered, one.fact.answer_due)


def resolved_in_time(one: One) -> bool | None:
    """Whether the work was done before the target; None: it has none, is not over yet, or was never to be done."""
    return None if one.fact.stands == "x" else _in_time(one, one.fact.resolved, one.fact.resolve_due)


def _in_time(one: One, met: int | None, due: int | None) -> bool | None:
    if due is None or due <= 0:
        return None
    if met is not None:
        return met <= due
    return False if one.fact.stands == "o" and one.age > due else None


def satisfaction_of(ones: Sequence[One]) -> Satisfaction:
    """What owners said at the revisit of these tickets."""
    done = [one.fact for one in ones if one.fact.stands == "d"]
    rated = [fact.satisfaction for fact in done if fact.satisfaction is not None]
    return Satisfaction(
        resolved=len(done),
        asked=sum(fact.asked or fact.replied for fact in done),
        answered=sum(fact.replied for fact in done),
        rated=len(rated),
        good=_share(value in GOOD for value in rated),
        counts={grade: rated.count(grade) for grade in (1, 2, 3, 4)},
    )


def median(values: Sequence[int]) -> float | None:
    """The middle one, or the mean of the two in the middle."""
    return float(statistics.median(values)) if values else None


def p90(values: Sequence[int]) -> float | None:
    """So many minutes were enough for nine of ten (the nearest rank)."""
    return float(sorted(values)[math.ceil(0.9 * len(values)) - 1]) if values else None


def _days(ones: Sequence[One], inside: Sequence[One], wanted: Filter) -> list[Day]:
    opened: dict[date, list[One]] = defaultdict(list)
    for one in inside:
        opened[one.day].append(one)
    resolved: dict[date, int] = defaultdict(int)
    for one in ones:
        if one.fact.resolved is not None:
            resolved[one.day + timedelta(days=(one.fact.at + one.fact.resolved) // (24 * 60))] += 1
    days = []
    for n in range((wanted.before - wanted.since).days):
        day = wanted.since + timedelta(days=n)
        row = group_of("", opened[day], "")
        days.append(
            Day(
                day=day,
                opened=row.opened,
                resolved=resolved[day],
                reopened=row.reopened,
                answered_in_time=row.answered_share,
                resolved_in_time=row.resolved_share,
                median_answer=row.median_answer,
                median_resolve=row.median_resolve,
            )
        )
    return days


def _share(values: Iterable[bool | None]) -> float | None:
    decided = [value for value in values if value is not None]
    return round(sum(decided) / len(decided), 4) if decided else None


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
