"""The table of tickets as an Excel file: the columns that were chosen, the rows that the filters give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.files import File
from desk.due_why import DUE_NAMES, SEVERITIES
from desk.errors import Incomplete
from desk.lateness import lateness
from desk.scope import building_of
from desk.tables import XLSX, Value, xlsx
from desk.timeline import CATEGORIES, STATES
from inbox.access import at_the_desk
from inbox.ticket_table import TicketQuery, page_of
from inbox.views import View
from store.tickets import Ticket

MOST_ROWS = 20_000
AT_ONCE = 500
SATISFACTION = {1: "满意", 2: "比较满意", 3: "基本满意", 4: "不满意"}
routes: Routes[Actor] = Routes("inbox: tickets")
Column = Callable[[Ticket, datetime], Value]

COLUMNS: dict[str, tuple[str, Column]] = {
    "number": ("单号", lambda t, now: t.number),
    "category": ("类别", lambda t, now: CATEGORIES[t.category.value]),
    "state": ("状态", lambda t, now: STATES[t.state]),
    "urgent": ("紧急", lambda t, now: "紧急" if t.urgent else ""),
    "severity": ("投诉等级", lambda t, now: SEVERITIES.get(t.severity or "", "")),
    "title": ("事项", lambda t, now: t.title),
    "room": ("房号", lambda t, now: t.room_name or t.room_id or ""),
    "building": ("楼栋", lambda t, now: building_of(t)),
    "place": ("位置", lambda t, now: t.place or ""),
    "owner_name": ("业主", lambda t, now: t.owner_name),
    "executor_name": ("处理人", lambda t, now: t.executor_name),
    "team": ("班组", lambda t, now: t.team or ""),
    "tags": ("标签", lambda t, now: "、".join(t.tags)),
    "opened_at": ("受理时间", lambda t, now: t.opened_at),
    "accepted_at": ("接单时间", lambda t, now: t.accepted_at),
    "answered_at": ("首次回复", lambda t, now: t.answered_at),
    "arrived_at": ("到场时间", lambda t, now: t.arrived_at),
    "resolved_at": ("完成时间", lambda t, now: t.resolved_at),
    "ended_at": ("办结时间", lambda t, now: t.ended_at),
    "next_due": ("下一时限", lambda t, now: lateness(t, now).next_by),
    "late": ("超时", lambda t, now: "、".join(DUE_NAMES[name] for name in lateness(t, now).late)),
    "nudges": ("催单", lambda t, now: t.nudges),
    "reopened": ("重开", lambda t, now: t.reopened),
    "satisfaction": ("满意度", lambda t, now: SATISFACTION.get(t.revisit.satisfaction or 0, "")),
    "resolution": ("处理结果", lambda t, now: t.resolution or ""),
}
USUAL = "number,category,state,urgent,title,room,owner_name,executor_name,opened_at,resolved_at,late,satisfaction"


class ExportQuery(TicketQuery):
    """The table's filters, and which columns."""

    columns: str = Field(default=USUAL, max_length=400, description="names with commas, in this order")


class ColumnView(View):
    """A column that can be chosen."""

    name: str
    label: str
    usual: bool


class ColumnList(View):
    """All columns."""

    items: list[ColumnView]


@routes.get("/tickets/columns")
async def columns(call: Call[Actor]) -> ColumnList:
    """What an export can hold."""
    usual = USUAL.split(",")
    return ColumnList(
        items=[ColumnView(name=name, label=label, usual=name in usual) for name, (label, _) in COLUMNS.items()]
    )


@routes.get("/tickets/export")
async def export(call: Call[Actor], query: ExportQuery) -> File:
    """An Excel file of what the filters give, newest first; front desk and above."""
    at_the_desk(call)
    names = [name.strip() for name in query.columns.split(",") if name.strip()]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or not names or len(set(names)) != len(names):
        raise Incomplete("没有这些列,或者重复了", columns=unknown, known=list(COLUMNS))
    desk, now = call.desk, call.desk.clock.now()
    found: list[Ticket] = []
    asked = query.model_copy(update={"limit": AT_ONCE, "cursor": None})
    while len(found) < MOST_ROWS:
        page = await page_of(call, asked)
        found += page.rows
        if page.next is None:
            break
        asked = asked.model_copy(update={"cursor": page.next})
    zone = desk.rules.of(query.estate or desk.rules.only_estate).zone
    headers = [COLUMNS[name][0] for name in names]
    rows = ([COLUMNS[name][1](row, now) for name in names] for row in found[:MOST_ROWS])
    content = await xlsx("工单", headers, rows, zone)
    name = f"tickets-{now.astimezone(zone):%Y%m%d-%H%M}.xlsx"
    return File(content=content, content_type=XLSX, name=name, cache="no-store")
