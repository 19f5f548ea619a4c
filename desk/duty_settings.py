"""Settings of what keeps work moving: who gets a ticket, when who is reminded, and by which ways colleagues hear."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from desk.section import Section, Span

CategoryName = Literal["repair", "complaint", "inquiry", "parcel", "suggestion"]
Mode = Literal["assign", "turns", "grab"]
Way = Literal["inbox", "wechat", "webhook", "sms"]


class DispatchRule(Section):
    """One rule: the first that fits a ticket says who gets it. What is left empty fits everything."""

    # A word mistyped here would make the rule fit every ticket: it is refused.
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    categories: tuple[CategoryName, ...] = ()
    subjects: tuple[str, ...] = ()
    """Words of the ticket's subject, title or place: 电梯, 门禁, ..."""
    buildings: tuple[str, ...] = ()
    urgent: bool | None = None
    team: str | None = None
    company: str | None = None
    """A contractor: everybody of this company."""
    staff: str | None = None
    mode: Mode = "grab"
    cap: int | None = Field(default=None, ge=1, le=1000)
    """Open orders that one person may have; left out: the estate's."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        given = [name for name in ("team", "company", "staff") if getattr(self, name)]
        if len(given) != 1:
            text = "rule '{name}' names {given}: give one of team, company, staff"
            names = {"name": self.name, "given": " and ".join(given) or "nobody"}
            raise PydanticCustomError("rule_target", text, names)
        if self.staff and self.mode == "turns":
            text = "rule '{name}': one person cannot take turns; mode assign, or a team"
            raise PydanticCustomError("rule_turns", text, {"name": self.name})
        return self


class DispatchSettings(Section):
    """To whom new tickets go. Without rules they wait for somebody to take or assign them."""

    rules: tuple[DispatchRule, ...] = ()
    cap: int = Field(default=8, ge=1, le=1000)
    """Open orders of one person, above which nothing more is given to them."""
    try_again: Span = Field(default=timedelta(minutes=5), ge=timedelta(seconds=10))
    """How often a ticket that nobody could take is looked at again."""


class WarnSettings(Section):
    """How long before a target somebody is told."""

    accept: Span = timedelta(minutes=3)
    first_answer: Span = timedelta(minutes=30)
    on_site: Span = timedelta(hours=1)
    answer: Span = timedelta(hours=4)
    done: Span = timedelta(hours=2)


class LadderSettings(Section):
    """Who is told when a ticket does not move. The times of the rungs themselves stand in ``deadlines``."""

    warn: WarnSettings = WarnSettings()
    """In open hours."""
    warn_urgent: WarnSettings = WarnSettings(on_site=timedelta(minutes=10))
    repeat_every: Span = Field(default=timedelta(minutes=5), ge=timedelta(seconds=10))
    """An urgent ticket rings so often until somebody accepts it."""
    repeats: int = Field(default=24, ge=0, le=500)
    """After so many it rings once in ``repeat_slowly``."""
    repeat_slowly: Span = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))


class AlertSettings(Section):
    """By which ways colleagues are alerted."""

    ways: tuple[Way, ...] = ("inbox", "wechat")
    urgent_ways: tuple[Way, ...] = ("inbox", "wechat", "webhook")
    quiet: bool = True
    """What is not urgent waits for open hours, except in the inbox."""
