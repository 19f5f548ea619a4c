"""Figures added up from the facts of tickets: nothing is read here. What each means stands in docs/figures.md."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from desk.figures import Fact

GOOD = (1, 2, 3)
"""What is not 不满意."""


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
    """A category, a building, a team, a person or a contractor. Minutes; shares 0 to 1."""

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
