"""A work order on paper: one A4 page of plain HTML. Every word from outside is escaped; there is no script in it.

The owner signs it: nothing that colleagues wrote for each other is on it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from desk.charges import yuan
from desk.due_why import DUE_NAMES
from desk.timeline import CATEGORIES, STATES, Entry
from store.charges import Charge
from store.tickets import Ticket

STYLE = """
@page { size: A4; margin: 15mm; }
body { font: 13px/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #000; margin: 0 auto;
  max-width: 180mm; }
h1 { font-size: 20px; text-align: center; margin: 8px 0 4px; }
.number { text-align: center; margin: 0 0 8px; }
table { width: 100%; border-collapse: collapse; margin: 8px 0; }
th, td { border: 1px solid #444; padding: 4px 6px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { width: 22mm; font-weight: 600; background: #f2f2f2; }
td.words { white-space: pre-wrap; }
.photos img { max-width: 56mm; max-height: 42mm; margin: 2mm 2mm 0 0; }
.sign td { height: 16mm; }
tr, .photos { break-inside: avoid; }
h2 { font-size: 14px; margin: 10px 0 2px; }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""One style, pictures inside the page, and nothing else: no script, no request to anywhere."""
MOST_LINES = 30
_DUE = ("on_site_by", "answer_by", "done_by")
"""Of the targets those that concern the owner; who is reminded when stays inside."""


def work_order(
    ticket: Ticket,
    *,
    estate: str,
    phone: str,
    entries: Sequence[Entry],
    charge: Charge | None,
    photos: Sequence[tuple[str, bytes]],
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """The page. ``photos``: what each shows, and its small JPEG."""

    def at(time: datetime | None) -> str:
        return f"{time.astimezone(zone):%Y-%m-%d %H:%M}" if time else ""

    kind = CATEGORIES[ticket.category.value]
    if ticket.urgent:
        kind += "(紧急)"
    due = "；".join(f"{DUE_NAMES[field]} {at(time)}" for field in _DUE if (time := getattr(ticket.due, field)))
    rows = [
        _row("类别", kind, "状态", STATES[ticket.state]),
        _row("房号", ticket.room_name or ticket.room_id or "", "位置", ticket.place or ""),
        _row("业主", ticket.owner_name, "电话", phone),
        _row("受理时间", at(ticket.opened_at), "希望上门", ticket.wished_time or ""),
        _row("处理人", ticket.executor_name, "完成时间", at(ticket.resolved_at)),
        _wide("事项", ticket.title),
        _wide("业主描述", "\n".join([ticket.description, *(added.text for added in ticket.additions if added.text)])),
        _wide("时限", due),
        _wide("处理结果", ticket.resolution or ""),
    ]
    shown = "".join(
        f'<figure><img alt="{escape(name)}" src="data:image/jpeg;base64,{base64.b64encode(small).decode()}">'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name, small in photos
    )
    lines = "".join(
        f"<tr><td>{at(entry.at)}</td><td>{escape(entry.by_name)}</td>"
        f'<td class="words">{escape(entry.said)}{" " + escape(entry.text) if entry.text else ""}</td></tr>'
        for entry in entries[-MOST_LINES:]
    )
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(ticket.number)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(estate)} 服务工单</h1><p class="number">{escape(ticket.number)}</p>'
        f"<table>{''.join(rows)}</table>{_charges(charge)}"
        + (f'<h2>照片</h2><div class="photos">{shown}</div>' if shown else "")
        + f"<h2>经过</h2><table>{lines}</table>"
        '<table class="sign"><tr><th>处理人签字</th><td></td><th>业主签字</th><td></td></tr></table>'
        f"<p>打印时间 {at(now)}</p></body></html>"
    )


def _row(*cells: str) -> str:
    pairs = zip(cells[::2], cells[1::2], strict=True)
    return f"<tr>{''.join(f'<th>{escape(name)}</th><td>{escape(value)}</td>' for name, value in pairs)}</tr>"


def _wide(name: str, value: str) -> str:
    return f'<tr><th>{escape(name)}</th><td class="words" colspan="3">{escape(value)}</td></tr>'


_ANSWERS = {
    "proposed": "未答复",
    "asked": "未答复",
    "accepted": "业主同意",
    "refused": "业主不同意",
    "billed": "业主同意,已入账",
}


def _charges(charge: Charge | None) -> str:
    if charge is None:
        return ""
    lines = "".join(
        f"<tr><td>{escape(item.name)}</td><td>{escape(item.quantity)} {escape(item.unit)}</td>"
        f"<td>{yuan(item.unit_price)}</td><td>{yuan(item.amount)}</td></tr>"
        for item in charge.items
    )
    said = f"{_ANSWERS.get(charge.state.value, '')}{':' + charge.answer if charge.answer else ''}"
    return (
        "<h2>费用</h2><table><tr><td>项目</td><td>数量</td><td>单价(元)</td><td>金额(元)</td></tr>"
        f'{lines}<tr><td colspan="3">合计</td><td>{yuan(charge.total)}</td></tr></table><p>{escape(said)}</p>'
    )
