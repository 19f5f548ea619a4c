"""A ticket's timeline in one line of Chinese each: changes, notes, what the owner added, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from desk.due_why import SEVERITIES
from store.tickets import Event, State, Ticket

STATES = {
    State.NEW: "待接单",
    State.ACCEPTED: "已接单",
    State.IN_PROGRESS: "处理中",
    State.WAITING_OWNER: "等业主回复",
    State.WAITING_PARTS: "等配件",
    State.DEFERRED: "已改期",
    State.RESOLVED: "已处理",
    State.CLOSED: "已办结",
    State.DECLINED: "未能受理",
    State.CANCELLED: "已取消",
    State.MERGED: "已合并",
}
CATEGORIES = {"repair": "报修", "complaint": "投诉", "inquiry": "咨询", "parcel": "快递", "suggestion": "建议"}
PROGRESS = {"on_the_way": "出发了", "arrived": "到场了", "working": "正在处理"}
_MOVES = {
    State.ACCEPTED: "接单",
    State.IN_PROGRESS: "开始处理",
    State.WAITING_OWNER: "问业主",
    State.WAITING_PARTS: "等配件",
    State.DEFERRED: "改期",
    State.RESOLVED: "处理好了",
    State.CLOSED: "办结",
    State.DECLINED: "不受理",
    State.CANCELLED: "取消",
    State.MERGED: "并入别的单",
}
_KINDS = {
    "opened": "开单",
    "handed_back": "退回",
    "resumed": "继续处理",
    "reopened": "重新打开",
    "nudge": "业主催单",
    "wish": "业主想改时间",
    "completed": "补全了信息",
    "rated": "业主评价",
    "joined": "并入了",
    "escalated": "提醒",
    "unplaced": "没派出去",
    "offered": "请班组抢单",
    "taken_away": "换人处理",
    "reclassified": "改分类",
    "severity": "定等级",
    "severity_proposed": "建议等级",
    "about": "被投诉人",
    "promised": "约了时间",
    "told_late": "告诉业主会晚",
    "problem": "问题件",
    "problem_settled": "问题件有结果",
    "problem_overdue": "问题件超时",
    "joined_incident": "归入事件",
    "left_incident": "移出事件",
    "linked": "关联",
    "unlinked": "取消关联",
    "split": "拆单",
    "tagged": "标签",
    "photo": "拍照",
    "photo_removed": "删照片",
    "charge_proposed": "报价",
    "charge_accepted": "业主同意费用",
    "charge_refused": "业主不同意费用",
    "charge_withdrawn": "撤回报价",
    "charge_billed": "已入账",
    "note": "备注",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    id: str
    at: datetime
    by: str
    by_name: str
    kind: str
    said: str
    text: str
    media: tuple[str, ...] = ()


def timeline_of(ticket: Ticket, names: Mapping[str, str]) -> list[Entry]:
    """Everything that happened, oldest first; ``names`` are those of colleagues by user name."""
    entries = [_event(event, ticket, names) for event in ticket.events]
    entries += [
        Entry(note.id, note.at, note.by, name_of(note.by, names), "note", "备注", note.note or "")
        for note in ticket.notes
    ]
    entries += [
        Entry(added.id, added.at, f"owner:{ticket.owner_id}", "业主", "addition", "业主补充", added.text, added.media)
        for added in ticket.additions
    ]
    return sorted(entries, key=lambda entry: entry.at)


_WITH_WORDS = frozenset("wish completed addition promised photo charge_accepted charge_refused".split())
_ON_PAPER = _WITH_WORDS | {"opened", "move", "progress", "resumed", "reopened"}
_TOLD = frozenset((State.WAITING_OWNER, State.WAITING_PARTS, State.DEFERRED, State.RESOLVED, State.DECLINED))


def paper_of(ticket: Ticket, names: Mapping[str, str]) -> list[Entry]:
    """What stands on a work order, oldest first: the owner signs it, so it has only what they were told or said.

    Notes, checks, reasons for handing over and what a later version may add stay inside.
    """
    told = {event.id for event in ticket.events if event.to_state in _TOLD}
    back = {event.id for event in ticket.events if event.to_state == State.NEW and event.kind != "opened"}
    return [
        entry if entry.kind in _WITH_WORDS or entry.id in told else replace(entry, text="")
        for entry in timeline_of(ticket, names)
        if entry.kind in _ON_PAPER and entry.id not in back
    ]


def name_of(tag: str, names: Mapping[str, str]) -> str:
    """A person as a line names them."""
    kind, _, id = tag.partition(":")
    if kind == "staff":
        return names.get(id, id)
    return "业主" if kind == "owner" else "管家"


def _event(event: Event, ticket: Ticket, names: Mapping[str, str]) -> Entry:
    text = " · ".join(part for part in (event.reason, event.note) if part)
    media = (str(event.data["photo"]),) if event.kind == "photo" and event.data.get("photo") else ()
    return Entry(
        event.id, event.at, event.by, name_of(event.by, names), event.kind, _said(event, ticket, names), text, media
    )


def _said(event: Event, ticket: Ticket, names: Mapping[str, str]) -> str:
    if event.kind == "assigned":
        to = names.get(str(event.data.get("executor")), event.note or "")
        return f"转交给 {to}" if event.data.get("handed_over") or event.data.get("was") else f"派给 {to}"
    if event.kind in ("severity", "severity_proposed"):
        grade = SEVERITIES.get(str(event.data.get("severity") or event.note or ""), "")
        return f"{_KINDS[event.kind]} {grade}".strip()
    if event.kind in ("move", "progress") and event.to_state == State.IN_PROGRESS:
        return PROGRESS.get(str(event.data.get("progress")), _MOVES[State.IN_PROGRESS])
    if event.kind in ("move", "progress") and event.to_state is not None:
        return _MOVES.get(State(event.to_state), STATES[State(event.to_state)])
    return _KINDS.get(event.kind, event.kind)
