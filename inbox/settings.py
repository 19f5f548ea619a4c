"""Settings of the trade for staff: fields with labels, values, versions, differences; the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.calendar import holiday_or_workday, knows_year
from desk.rulebook import FOR_ALL
from desk.setting_fields import groups
from desk.trade import Change, Standing
from inbox.views import View

routes: Routes[Actor] = Routes("inbox: settings")
MOST_CHANGES = 300
OPEN_ALL_DAY = ("0:00-24:00",)


class WhoseQuery(Input):
    """Of which estate; ``*``: for all of them."""

    estate: str | None = Field(default=None, max_length=40, description="left out: the only one, else *")


class CalendarQuery(WhoseQuery):
    """Which year."""

    year: int | None = Field(default=None, ge=2000, le=2100)


class ChangesIn(Input):
    """What is to be another; a value ``null`` takes a setting back to what holds for all."""

    estate: str | None = Field(default=None, max_length=40)
    version: int = Field(default=0, ge=0, description="as last read")
    changes: dict[str, Any] = Field(max_length=MOST_CHANGES, description='by path: {"revisit.delay": 3600}')
    note: str = Field(default="", max_length=200)


class RollbackIn(Input):
    """To which version."""

    estate: str | None = Field(default=None, max_length=40)
    version: int = Field(ge=0, description="as last read")
    to: int = Field(ge=0, description="0: nothing of its own")


class Choice(View):
    """One of the values that there are."""

    value: str
    label: str


class FieldView(View):
    """One setting: how it is called, of what kind it is, and between which limits."""

    path: str
    label: str
    help: str
    type: Literal[
        "duration", "durations", "number", "integer", "boolean", "text", "time", "choice", "choices", "list", "term",
        "object",
    ]  # fmt: skip
    unit: str
    default: Any
    choices: list[Choice]
    min: float | None
    max: float | None
    may_be_empty: bool


class GroupView(View):
    """Settings that stand together."""

    name: str
    label: str
    fields: list[FieldView]


class FieldList(View):
    """Everything that can be set."""

    groups: list[GroupView]


class ChangeView(View):
    """A setting that is another one now."""

    path: str
    label: str
    was: Any
    becomes: Any


class SettingsView(View):
    """What holds, and what of it is the estate's own."""

    estate: str
    version: int
    own: dict[str, Any]
    values: dict[str, Any]


class ChangedView(SettingsView):
    """What holds after a change."""

    diff: list[ChangeView]


class FaultView(View):
    """What speaks against a change."""

    path: str
    message: str


class CheckedView(View):
    """A change that was looked over."""

    problems: list[FaultView]
    diff: list[ChangeView]


class PastView(View):
    """One version."""

    version: int
    at: datetime | None
    by: str
    by_name: str
    note: str
    diff: list[ChangeView]


class PastList(View):
    """The last versions, newest first."""

    items: list[PastView]


class DayView(View):
    """One day of the calendar."""

    day: date
    open: bool
    spans: list[str]
    why: Literal["usual", "holiday", "make_up_day", "override", "always"]


class CalendarView(View):
    """The week, the days that differ, and what comes of both in one year."""

    estate: str
    year: int
    known: bool
    """Whether the country's holidays of this year are known; else only weekdays count."""
    week: dict[str, list[str]]
    public_holidays: bool
    always_open: bool
    overrides: dict[str, Any]
    days: list[DayView]


@routes.get("/settings/fields")
async def setting_fields(call: Call[Actor]) -> FieldList:
    """Everything that can be set, with labels, kinds and limits; durations are seconds."""
    return FieldList(
        groups=[
            GroupView(
                name=group.name,
                label=group.label,
                fields=[
                    FieldView(
                        path=field.path,
                        label=field.label,
                        help=field.help,
                        type=field.type,  # type: ignore[arg-type]
                        unit="秒" if field.type.startswith("duration") else "",
                        default=field.default,
                        choices=[Choice(value=value, label=label) for value, label in field.choices],
                        min=field.least,
                        max=field.most,
                        may_be_empty=field.may_be_empty,
                    )
                    for field in group.fields
                ],
            )
            for group in groups()
        ]
    )


@routes.get("/settings")
async def settings(call: Call[Actor], query: WhoseQuery) -> SettingsView:
    """What holds for an estate, and what of it is its own."""
    return _shown(await call.desk.trade.standing(call.desk.trade.whose(query.estate, call.who)))


@routes.post("/settings/check")
async def check_settings(call: Call[Actor], body: ChangesIn) -> CheckedView:
    """What a change would do, and what speaks against it; nothing is written."""
    checked = await call.desk.trade.check(call.desk.trade.whose(body.estate, call.who), body.changes)
    problems = [FaultView(path=one.path, message=one.message) for one in checked.problems]
    return CheckedView(problems=problems, diff=_diff(checked.diff))


@routes.post("/settings")
async def change_settings(call: Call[Actor], body: ChangesIn) -> ChangedView:
    """Change settings; here at once, in other processes within ten seconds. 409 when somebody was faster."""
    trade = call.desk.trade
    estate = trade.whose(body.estate, call.who)
    now, diff = await trade.change(estate, body.changes, call.who, version=body.version, note=body.note)
    return ChangedView(**dict(_shown(now)), diff=_diff(diff))


@routes.get("/settings/versions")
async def setting_versions(call: Call[Actor], query: WhoseQuery) -> PastList:
    """Who changed what, newest first."""
    estate = call.desk.trade.whose(query.estate, call.who)
    names = await call.desk.workload.names()
    return PastList(
        items=[
            PastView(
                version=one.version,
                at=one.at,
                by=one.by,
                by_name=names.get(one.by.removeprefix("staff:"), one.by),
                note=one.note,
                diff=_diff(one.diff),
            )
            for one in await call.desk.trade.versions(estate)
        ]
    )


@routes.post("/settings/rollback")
async def roll_back_settings(call: Call[Actor], body: RollbackIn) -> ChangedView:
    """What held as of a version holds again, as a new one."""
    estate = call.desk.trade.whose(body.estate, call.who)
    now, diff = await call.desk.trade.roll_back(estate, body.to, call.who, version=body.version)
    return ChangedView(**dict(_shown(now)), diff=_diff(diff))


@routes.get("/settings/calendar")
async def year_calendar(call: Call[Actor], query: CalendarQuery) -> CalendarView:
    """The open hours of a year, day by day, and why each is as it is."""
    desk = call.desk
    estate = desk.trade.whose(query.estate, call.who)
    rules = desk.rules.of("" if estate == FOR_ALL else estate)
    year = query.year or desk.clock.now().astimezone(rules.zone).year
    office = rules.settings.office
    days = []
    day = date(year, 1, 1)
    while day.year == year:
        hours = rules.calendar.hours_on(day)
        days.append(
            DayView(
                day=day,
                open=bool(hours),
                spans=[f"{_local(start, rules.zone)}-{_local(end, rules.zone)}" for start, end in hours],
                why=_why(day, office),
            )
        )
        day += timedelta(days=1)
    stored = rules.settings.to_json()["office"]
    return CalendarView(
        estate=estate,
        year=year,
        known=knows_year(year),
        week={name: list(stored[name]) for name in _WEEK},
        public_holidays=office.public_holidays,
        always_open=office.always_open,
        overrides=stored["overrides"],
        days=days,
    )


_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _shown(now: Standing) -> SettingsView:
    return SettingsView(estate=now.estate, version=now.version, own=now.own, values=now.settings.to_json())


def _diff(changes: list[Change]) -> list[ChangeView]:
    return [ChangeView(path=one.path, label=one.label, was=one.was, becomes=one.becomes) for one in changes]


def _local(at: datetime, zone: Any) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _why(day: date, office: Any) -> Any:
    if day in office.overrides:
        return "override"
    if office.always_open:
        return "always"
    special = holiday_or_workday(day) if office.public_holidays else None
    return "usual" if special is None else "make_up_day" if special else "holiday"
