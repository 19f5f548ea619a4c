"""The dashboard for staff, and its tables as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.files import File
from desk.api.input import Input
from desk.dashboard import REVISIT_TARGET, SATISFIED_TARGET, Result
from desk.sums import Day, Filter, Group, Satisfaction
from desk.tables import CSV, XLSX, Value, as_csv, xlsx
from inbox.views import View
from store.tickets import Category

routes: Routes[Actor] = Routes("inbox: dashboard")
USUAL = timedelta(days=30)


class DashboardQuery(Input):
    """Which window, and what of it."""

    since: date | None = Field(default=None, description="first local day; left out: 30 days back")
    before: date | None = Field(default=None, description="first day not counted; left out: tomorrow")
    estate: str | None = Field(default=None, max_length=40)
    building: str | None = Field(default=None, max_length=20)
    category: Category | None = None
    team: str | None = Field(default=None, max_length=40)
    executor: str | None = Field(default=None, max_length=64)
    company: str | None = Field(default=None, max_length=60)


class FileQuery(DashboardQuery):
    """Which table, as what."""

    what: Literal["days", "categories", "buildings", "teams", "people", "companies"] = "days"
    format: Literal["csv", "xlsx"] = "xlsx"


class Tile(View):
    """One figure on top."""

    key: str
    label: str
    value: float | None
    unit: Literal["count", "share", "minutes"]
    target: float | None
    before: float | None
    """The same of the window of the same length before."""
    count: int
    """On how many tickets it rests."""


class Age(View):
    """How many of the open ones are so old."""

    key: str
    label: str
    count: int


class Backlog(View):
    """What is open now."""

    open: int
    ages: list[Age]


class DashboardView(View):
    """All figures of a window; docs/figures.md says what each means."""

    since: date
    before: date
    made_at: datetime
    complete: bool
    """False: days of long ago are still being added up; ask again in a while."""
    tiles: list[Tile]
    days: list[Day]
    categories: list[Group]
    buildings: list[Group]
    teams: list[Group]
    people: list[Group]
    companies: list[Group]
    backlog: Backlog
    satisfaction: Satisfaction


@routes.get("/dashboard")
async def dashboard(call: Call[Actor], query: DashboardQuery) -> DashboardView:
    """Intake, answers and work against their targets, backlog, satisfaction; supervisors and above."""
    wanted = _filter(call, query)
    found = await call.desk.dashboard.of(wanted, call.who)
    return DashboardView(
        since=wanted.since,
        before=wanted.before,
        made_at=found.made_at,
        complete=found.complete,
        tiles=_tiles(found),
        days=found.sums.days,
        backlog=Backlog(
            open=found.open, ages=[Age(key=key, label=label, count=count) for key, label, count in found.ages]
        ),
        satisfaction=found.sums.satisfaction,
        **found.sums.groups,
    )


_HEADERS = {
    "day": "日期",
    "label": "名称",
    "opened": "受理",
    "open": "未办结",
    "resolved": "完成",
    "reopened": "重开",
    "answered_in_time": "首次回复及时率",
    "resolved_in_time": "完成及时率",
    "answered_share": "首次回复及时率",
    "resolved_share": "完成及时率",
    "median_answer": "首次回复中位(分钟)",
    "p90_answer": "首次回复九成内(分钟)",
    "median_resolve": "完成中位(分钟)",
    "p90_resolve": "完成九成内(分钟)",
    "satisfaction": "满意率",
    "rated": "评价数",
}


@routes.get("/dashboard/export")
async def download(call: Call[Actor], query: FileQuery) -> File:
    """One of its tables as a file."""
    wanted = _filter(call, query)
    found = await call.desk.dashboard.of(wanted, call.who)
    rows: Sequence[object] = found.sums.days if query.what == "days" else found.sums.groups[query.what]
    names = [field.name for field in fields(Day if query.what == "days" else Group) if field.name != "key"]
    table: list[list[Value]] = [[_cell(getattr(row, name)) for name in names] for row in rows]
    headers = [_HEADERS[name] for name in names]
    zone = call.desk.rules.of(wanted.estate or call.desk.rules.only_estate).zone
    last = wanted.before - timedelta(days=1)
    name = f"{query.what}-{wanted.since}-{last}.{query.format}"
    if query.format == "csv":
        return File(content=await as_csv(headers, table, zone), content_type=CSV, name=name, cache="no-store")
    return File(content=await xlsx("统计", headers, table, zone), content_type=XLSX, name=name, cache="no-store")


def _cell(value: object) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, int, float)) else None


def _filter(call: Call[Actor], query: DashboardQuery) -> Filter:
    zone = call.desk.rules.of(query.estate or call.desk.rules.only_estate).zone
    today = call.desk.clock.now().astimezone(zone).date()
    before = query.before or today + timedelta(days=1)
    return Filter(
        since=query.since or before - USUAL,
        before=before,
        estate=query.estate,
        building=query.building,
        category=query.category.value if query.category else None,
        team=query.team,
        executor=query.executor,
        company=query.company,
    )


def _tiles(found: Result) -> list[Tile]:
    now, then = found.sums.total, found.sums.before
    said, said_then = found.sums.satisfaction, found.sums.satisfaction_before

    def share(key: str, label: str, pick: str) -> Tile:
        return Tile(
            key=key,
            label=label,
            value=getattr(now, pick),
            unit="share",
            target=None,
            before=getattr(then, pick),
            count=now.opened,
        )

    def minutes(key: str, label: str, pick: str) -> Tile:
        return share(key, label, pick).model_copy(update={"unit": "minutes"})

    return [
        _count("opened", "受理", now, then, "opened"),
        Tile(
            key="backlog",
            label="现在未办结",
            value=found.open,
            unit="count",
            target=None,
            before=None,
            count=found.open,
        ),
        share("answered", "首次回复及时率", "answered_share"),
        share("resolved", "完成及时率", "resolved_share"),
        minutes("median_answer", "首次回复中位", "median_answer"),
        minutes("median_resolve", "完成中位", "median_resolve"),
        _count("reopened", "重开", now, then, "reopened"),
        Tile(
            key="satisfaction",
            label="满意率",
            value=said.good,
            unit="share",
            target=SATISFIED_TARGET,
            before=said_then.good,
            count=said.rated,
        ),
        Tile(
            key="revisit",
            label="回访率",
            value=_rate(said),
            unit="share",
            target=REVISIT_TARGET,
            before=_rate(said_then),
            count=said.resolved,
        ),
    ]


def _count(key: str, label: str, now: Group, then: Group, pick: str) -> Tile:
    return Tile(
        key=key,
        label=label,
        value=getattr(now, pick),
        unit="count",
        target=None,
        before=getattr(then, pick),
        count=now.opened,
    )


def _rate(said: Satisfaction) -> float | None:
    return round(said.asked / said.resolved, 4) if said.resolved else None
