"""Settings of what keeps an owner's trust while they wait: promises, waiting times, incidents, revisits."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from desk.section import Section, Span

CategoryName = Literal["repair", "complaint", "inquiry", "parcel", "suggestion"]
Policy = Literal["never", "unless_rated", "always"]


class PromiseSettings(Section):
    """Times that colleagues give owners."""

    warn_before: Span = timedelta(minutes=15)
    arrival_later: Span = timedelta(minutes=40)
    """Nobody gave a new time: so much later is said and watched."""
    reply_later: Span = timedelta(hours=1)
    """Open hours."""
    done_later: Span = timedelta(hours=4)
    """Open hours."""
    most_slips: int = Field(default=2, ge=1)
    """After so many missed times no further one is made up: a supervisor rings."""
    longest: Span = timedelta(days=60)
    """What is said to be further away is no promise."""


class WaitingSettings(Section):
    """What is said about the queue, from what really happened."""

    least_cases: int = Field(default=20, ge=2)
    """With fewer cases no time is named."""
    weeks: int = Field(default=4, ge=1, le=52)
    most_cases: int = Field(default=100, ge=20, le=1000)
    """The last so many of each kind are kept."""
    quantile: float = Field(default=0.7, gt=0, lt=1)
    """So many of a hundred waits were shorter than what is said."""
    longest_said: Span = timedelta(hours=8)
    """Above this no minutes are named."""
    late_before: Span = timedelta(minutes=10)
    """How long before a promised time the owner hears that it will not be kept."""
    push_every: Span = timedelta(minutes=30)
    """At most one unasked push about a ticket in this time."""


class IncidentSettings(Section):
    """When reports of several homes are taken for one event."""

    reports: int = Field(default=3, ge=2)
    within: Span = timedelta(hours=2)
    joins_for: Span = timedelta(hours=12)
    """A report joins a confirmed incident that has been silent for no longer than this."""
    outage_homes: int = Field(default=5, ge=2)
    """So many homes without water, power or a lift are a sudden wide outage."""


class RevisitRule(Section):
    """What a category has of its own; left out: as for all."""

    policy: Policy | None = None
    delay: Span | None = None
    latest: Span | None = None


class FollowUpSettings(Section):
    """What follows a revisit: calls, and problem items (问题件)."""

    calls: int = Field(default=3, ge=1)
    """So many calls are tried, then the revisit is archived with its reason."""
    call_again_after: Span = timedelta(hours=24)
    problem_within: Span = timedelta(hours=72)
    """The result of a problem item is followed up."""
    valid_open_for_major: Span = timedelta(days=7)
