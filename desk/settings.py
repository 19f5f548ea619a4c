"""Everything of the trade that is a number or a switch: one ``TradeSettings`` per estate, kept in the database.

Addresses and secrets are not here: they belong to the environment (the contract, section 9). Durations are
``timedelta`` in code; in JSON they are written as seconds and read as seconds or ISO 8601 (``"PT10M"``). Store
``settings.to_json()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from desk.care_settings import (
    CategoryName,
    FollowUpSettings,
    IncidentSettings,
    Policy,
    PromiseSettings,
    RevisitRule,
    WaitingSettings,
)
from desk.deadlines import DeadlineTable
from desk.duty_settings import AlertSettings, DispatchSettings, LadderSettings
from desk.inbox_settings import InboxSettings
from desk.office_hours import WEEKDAYS, OfficeHours
from desk.section import Section, Span
from desk.texts import Pattern
from desk.wording import shorten

DeliveryKind = Literal["answer", "urgent", "status", "parcel", "revisit", "notice"]
TemplateKind = Literal["ticket_status", "staff_reply", "revisit", "notice", "parcel"]


# -- deliveries (the contract, section 6) ------------------------------------------------------------------------------


class DailyWindow(Section):
    """From when to when something may go out each day, in the estate's zone. The same time twice: all day."""

    start: time
    end: time

    @model_validator(mode="after")
    def _plain_times(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise PydanticCustomError("window_zone", "a window's times are local: leave the zone out")
        return self

    def allows(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether ``at`` lies inside; the end itself lies outside."""
        local = at.astimezone(zone).time()
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def next_allowed(self, at: datetime, zone: ZoneInfo) -> datetime:
        """``at`` when it lies inside, else the next opening; UTC."""
        if self.allows(at, zone):
            return at.astimezone(UTC)
        local = at.astimezone(zone)
        day = local.date() if local.time() < self.start else local.date() + timedelta(days=1)
        return datetime.combine(day, self.start, tzinfo=zone).astimezone(UTC)


class Cap(Section):
    """At most ``count`` within ``within``."""

    count: int = Field(default=1, ge=1)
    within: Span


class DeliverySettings(Section):
    """When a push may leave, how many, and what is put together."""

    status_hours: DailyWindow = DailyWindow(start=time(8), end=time(22))
    parcel_hours: DailyWindow = DailyWindow(start=time(8), end=time(21))
    revisit_hours: DailyWindow = DailyWindow(start=time(9), end=time(20))
    notice_hours: DailyWindow = DailyWindow(start=time(8), end=time(21))
    status_cap: Cap = Cap(within=timedelta(minutes=30))
    """Per ticket; the latest wins."""
    revisit_cap: Cap = Cap(within=timedelta(days=1))
    """Per person."""
    notice_cap: Cap = Cap(within=timedelta(hours=1))
    """Per person."""
    status_merge: Span = timedelta(minutes=3)
    parcel_merge: Span = timedelta(minutes=10)
    awake_after_message: Span = timedelta(minutes=30)
    """An owner who wrote this recently gets ticket news at night too."""
    passive_taken_after: Span = timedelta(seconds=20)
    """A passive answer that is not asked for again this long counts as delivered."""
    unknown_after: Span = timedelta(minutes=10)
    """An unknown outcome that nothing settles goes to the next rung after this."""

    def hours(self, kind: DeliveryKind) -> DailyWindow | None:
        """The window of a kind; ``None`` when it may leave at any hour."""
        windows: dict[str, DailyWindow] = {
            "status": self.status_hours,
            "parcel": self.parcel_hours,
            "revisit": self.revisit_hours,
            "notice": self.notice_hours,
        }
        return windows.get(kind)

    def cap(self, kind: DeliveryKind) -> Cap | None:
        """How many of a kind may leave; ``None`` when there is no limit."""
        caps: dict[str, Cap] = {"status": self.status_cap, "revisit": self.revisit_cap, "notice": self.notice_cap}
        return caps.get(kind)

    def merge(self, kind: DeliveryKind) -> timedelta:
        """Within which time rows of a kind become one; zero: never."""
        return {"status": self.status_merge, "parcel": self.parcel_merge}.get(kind, timedelta(0))


FIELD_LENGTHS = {
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "phrase": 5,
    "name": 10,
    "time": 40,
    "date": 40,
}
"""What the platform takes in a field, by the key's kind; 20 characters for every other."""


class TemplateMapping(Section):
    """One WeChat template of the account: its id, and what goes into each of its fields (``{"thing2": "{title}"}``)."""

    template_id: str = Field(min_length=1, max_length=64)
    fields: dict[str, str] = Field(default_factory=dict)

    def filled(self, variables: Mapping[str, object]) -> dict[str, str]:
        """The template's data, each field cut to what its kind takes; ``TextError`` for a missing variable."""
        return {
            key: shorten(Pattern.of(text).fill(variables), FIELD_LENGTHS.get(key.rstrip("0123456789"), 20))
            for key, text in self.fields.items()
        }


# -- the rest ----------------------------------------------------------------------------------------------------------


class RevisitSettings(Section):
    """When the three questions are asked, and what silence means."""

    delay: Span = timedelta(hours=2)
    latest: Span = timedelta(hours=24)
    """At the latest this long after ``resolved``, whatever the caps say."""
    ask_again_after: Span = timedelta(hours=24)
    call_list_after: Span = timedelta(hours=24)
    """This long after the second asking a person calls."""
    close_after_silence: Span = timedelta(days=7)
    closing_said_before: Span = timedelta(days=1)
    """How long before that the owner is told."""
    answer_within: Span = timedelta(hours=48)
    """How long an answer without other words counts as an answer to the revisit."""
    policy: Policy = "unless_rated"
    incident_latest: Span = timedelta(hours=48)
    """When one event hit many homes."""
    categories: dict[CategoryName, RevisitRule] = Field(default_factory=dict)

    def rule(self, category: str) -> RevisitRule:
        """Policy, delay and latest for this category, none of them left out."""
        own = self.categories.get(category) or RevisitRule()  # type: ignore[call-overload]
        return RevisitRule(
            policy=own.policy or self.policy,
            delay=self.delay if own.delay is None else own.delay,
            latest=self.latest if own.latest is None else own.latest,
        )


class HandoverSettings(Section):
    """What is said about the queue while no better figure is measured."""

    minutes_per_person: float = Field(default=3, gt=0, le=120)
    longest_said_minutes: int = Field(default=60, ge=1)
    """Above this no minutes are named: a time that nobody can keep is worse than none."""
    back_to_bot_after: Span = timedelta(hours=12)
    """A conversation with a person that has been silent this long goes back to the bot."""


class FirstContactSettings(Section):
    """What is said to somebody new."""

    welcome: bool = True
    ask_binding: bool = True
    """Ask for name, room and phone at the first need that requires a home."""
    binding_tries: int = Field(default=5, ge=1)
    """So many wrong tries a day, then a person looks at it."""
    ticket_after: Span = timedelta(minutes=10)
    """Asked for the home and silent this long: what was wanted gets its ticket without one."""


class UnderstandingSettings(Section):
    """When the bot asks instead of guessing."""

    ask_below: float = Field(default=0.5, ge=0, le=1)
    urgent_ask_below: float = Field(default=0.2, ge=0, le=1)
    """An emergency is taken as one at much less certainty: a needless visit costs less than a flood."""


class ParcelSettings(Section):
    """The parcels at the front desk."""

    pickup_hours: DailyWindow = DailyWindow(start=time(8), end=time(21))
    """When somebody is there to hand one over."""
    remind_after: tuple[Span, ...] = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=72))
    call_after: Span = timedelta(hours=96)
    """Still there: a person rings up."""
    code_tries: int = Field(default=5, ge=1, le=20)
    """So many wrong codes, then only an identity check helps."""


class ComplaintSettings(Section):
    """What makes a complaint major by itself."""

    owners_for_major: int = Field(default=5, ge=2)
    open_for_major: Span = timedelta(days=7)


class TradeSettings(Section):
    """All of it. Defaults are the contract's and the handbook's."""

    office: OfficeHours = OfficeHours()
    deadlines: DeadlineTable = DeadlineTable()
    delivery: DeliverySettings = DeliverySettings()
    revisit: RevisitSettings = RevisitSettings()
    handover: HandoverSettings = HandoverSettings()
    first_contact: FirstContactSettings = FirstContactSettings()
    understanding: UnderstandingSettings = UnderstandingSettings()
    complaints: ComplaintSettings = ComplaintSettings()
    parcels: ParcelSettings = ParcelSettings()
    promises: PromiseSettings = PromiseSettings()
    waiting: WaitingSettings = WaitingSettings()
    incidents: IncidentSettings = IncidentSettings()
    follow_up: FollowUpSettings = FollowUpSettings()
    dispatch: DispatchSettings = DispatchSettings()
    ladder: LadderSettings = LadderSettings()
    alerts: AlertSettings = AlertSettings()
    inbox: InboxSettings = InboxSettings()
    reopen_within: Span = timedelta(days=30)
    dialogue_expires_after: Span = timedelta(minutes=30)
    templates: dict[TemplateKind, TemplateMapping] = Field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values that MongoDB and JSON take; ``TradeSettings.model_validate`` reads them back."""
        return self.model_dump(mode="json")

    def changed(self, changes: Mapping[str, Any]) -> TradeSettings:
        """These settings with some values replaced (``{"revisit": {"delay": 60}}``); an unknown name is refused."""
        unknown = unknown_names(changes)
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        return TradeSettings.model_validate(_merged(self.to_json(), changes))


REPLACED_WHOLE = {"fields", "overrides", "categories", *WEEKDAYS}
"""Values that are tables or lists of their own: a change gives them whole."""


def unknown_names(changes: Mapping[str, Any]) -> list[str]:
    """The dotted names in ``changes`` that are no setting: reading is tolerant, a person's typing must not be."""
    return _unknown(TradeSettings(), changes, "")


def _unknown(model: BaseModel, changes: Mapping[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in changes.items():
        if name not in type(model).model_fields:
            found.append(prefix + name)
            continue
        inner = getattr(model, name)
        if name == "office" and isinstance(value, Mapping):
            found += [f"office.{key}" for key in value if key not in OfficeHours.model_fields]
        elif isinstance(inner, BaseModel) and isinstance(value, Mapping):
            found += _unknown(inner, value, f"{prefix}{name}.")
    return found


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in changes.items():
        inner = result.get(name)
        # A term that changes its clock is given whole, or its old amount would stay behind.
        whole = name in REPLACED_WHOLE or (isinstance(value, Mapping) and "by" in value)
        if isinstance(inner, Mapping) and isinstance(value, Mapping) and not whole:
            result[name] = _merged(inner, value)
        else:
            result[name] = value
    return result


_ALL_DAY = DailyWindow(start=time(0), end=time(0))


def demo_settings() -> TradeSettings:
    """No quiet hours, short caps, the revisit after seconds, and the templates that the emulator knows."""
    return TradeSettings(
        office=OfficeHours(always_open=True),
        delivery=DeliverySettings(
            status_hours=_ALL_DAY,
            parcel_hours=_ALL_DAY,
            revisit_hours=_ALL_DAY,
            notice_hours=_ALL_DAY,
            status_cap=Cap(within=timedelta(seconds=20)),
            revisit_cap=Cap(count=100, within=timedelta(days=1)),
            notice_cap=Cap(within=timedelta(seconds=20)),
            status_merge=timedelta(seconds=2),
            parcel_merge=timedelta(seconds=5),
            unknown_after=timedelta(seconds=30),
        ),
        revisit=RevisitSettings(
            delay=timedelta(seconds=5),
            latest=timedelta(seconds=60),
            ask_again_after=timedelta(minutes=2),
            call_list_after=timedelta(minutes=2),
            close_after_silence=timedelta(minutes=10),
            closing_said_before=timedelta(minutes=5),
        ),
        handover=HandoverSettings(back_to_bot_after=timedelta(hours=1)),
        templates={
            "ticket_status": TemplateMapping(
                template_id="emu-ticket-progress",
                fields={
                    "character_string1": "{number}",
                    "thing2": "{title}",
                    "phrase3": "{state}",
                    "time4": "{time}",
                    "thing5": "{remark}",
                },
            ),
            "staff_reply": TemplateMapping(
                template_id="emu-new-message",
                fields={"thing1": "[[{who}：]]{title}", "time2": "{time}", "thing3": "点开就能看"},
            ),
            "revisit": TemplateMapping(
                template_id="emu-ticket-progress",
                fields={
                    "character_string1": "{number}",
                    "thing2": "{title}",
                    "phrase3": "等您回访",
                    "time4": "{time}",
                    "thing5": "点开回一个数字就行",
                },
            ),
            "notice": TemplateMapping(
                template_id="emu-notice",
                fields={"thing1": "{title}", "thing2": "{remark}", "time3": "{time}"},
            ),
            "parcel": TemplateMapping(
                template_id="emu-parcel",
                fields={
                    "thing1": "{carrier}",
                    "character_string2": "{code}",
                    "thing3": "{shelf}",
                    "time4": "{time}",
                },
            ),
        },
    )
