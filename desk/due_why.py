"""Why a due time is what it is, in the words that colleagues read: the row of the table, its number, from when."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from desk.deadlines import DeadlineRow, Term, row_for
from desk.settings import TradeSettings
from desk.wording import say_duration

DUE_NAMES = {
    "accept_by": "接单",
    "supervisor_by": "主管介入",
    "first_answer_by": "首次回复",
    "on_site_by": "上门",
    "answer_by": "明确答复",
    "done_by": "办结",
}
SEVERITIES = {"major": "重大投诉", "important": "重要投诉", "minor": "轻微投诉"}
CATEGORIES = {"I": "咨询", "P": "快递邮件", "S": "建议"}


def row_name(category: str, *, urgent: bool, severity: str | None) -> str:
    """What people call the row that a ticket falls under: 紧急维修, 重要投诉, ..."""
    if category == "R":
        return "紧急维修" if urgent else "普通报修"
    if category == "C":
        return SEVERITIES.get(severity or "", "投诉(未定级,按轻微)")
    return CATEGORIES.get(category, category)


def why(
    category: str, *, urgent: bool, severity: str | None, settings: TradeSettings, since: datetime, zone: ZoneInfo
) -> dict[str, str]:
    """For each due time of a ticket: rule, number and beginning."""
    row = row_for(category, urgent=urgent, severity=severity, table=settings.deadlines)
    local = since.astimezone(zone)
    begins = f",从 {local.month}月{local.day}日 {local:%H:%M} 算起"
    parts = _parts(row, row_name(category, urgent=urgent, severity=severity))
    return {name: said + begins for name, said in parts.items()}


@lru_cache(maxsize=128)
def _parts(row: DeadlineRow, name: str) -> dict[str, str]:
    found = {}
    for field, what in DUE_NAMES.items():
        term: Term | None = getattr(row, field.removesuffix("_by"))
        if term is not None:
            found[field] = f"{name}:{say_term(term)}{what}"
    return found


def say_term(term: Term) -> str:
    """A term in words: 工作时间 10 分钟内, 不分昼夜 24 小时内, 第 3 个工作日下班前."""
    if term.by == "wall":
        return f"不分昼夜 {say_duration(term.time)}内" if term.time else "当即"
    if term.by == "business":
        return f"工作时间 {say_duration(term.time)}内" if term.time else "当即"
    if term.by == "end_of_business_day":
        return {0: "当个工作日下班前", 1: "下一个工作日下班前"}.get(
            int(term.days), f"第 {int(term.days)} 个工作日下班前"
        )
    return "半个工作日内" if term.days == 0.5 else f"{term.days:g} 个工作日内"
