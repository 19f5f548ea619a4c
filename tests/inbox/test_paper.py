"""What leaves the inbox on paper or as a file: what people wrote stays text in all of it."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from desk.effects import brief
from desk.tables import _csv, _xlsx
from store.tickets import Category
from tests.api.world import CHEN, CHEN_CHAT, WANG_CHAT, World
from tests.inbox.conftest import SignIn
from tests.inbox.test_panel import picture

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
FORMULA = '=HYPERLINK("http://evil.example","点我")'


async def test_the_table_is_exported_with_chinese_headers_and_without_formulas(world: World, sign_in: SignIn) -> None:
    await world.ticket(FORMULA)
    world.clock.move(minutes=1)
    second = await world.ticket("+86 投诉\x07@SUM", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT)
    third = await world.ticket("物业费怎么交", category=Category.INQUIRY)
    desk = await sign_in("xiaozhou")
    answer = await desk.get("/tickets/export", columns="number,title,room,opened_at,late,state")
    assert answer.status == 200, await answer.text()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tickets-20260310-1001.xlsx"')
    sheet = load_workbook(io.BytesIO(await answer.read())).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == ["单号", "事项", "房号", "受理时间", "超时", "状态"]
    titles = {row[1].value: row[1] for row in rows[1:]}
    formula = next(cell for title, cell in titles.items() if str(title).startswith("=HYP"))
    assert formula.data_type == "s" and formula.quotePrefix
    assert {row[0].value for row in rows[1:]} >= {second.number, third.number}
    first = rows[-1]
    assert f"{first[3].value:%Y-%m-%d %H:%M}" == "2026-03-10 10:00", "in the estate's time"
    few = await desk.get("/tickets/export", category="inquiry", columns="number")
    [_, only] = load_workbook(io.BytesIO(await few.read())).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert only == (third.number,)
    assert (await desk.get("/tickets/export", columns="phone")).status == 400
    assert (await desk.get("/tickets/export", columns="number,number")).status == 400
    assert (await (await sign_in("zhang")).get("/tickets/export")).status == 403
    listed = await (await desk.get("/tickets/columns")).json()
    assert {"name": "number", "label": "单号", "usual": True} in listed["items"]
    log = await world.desk.stores.audit.listed(
        before=world.clock.now().replace(year=2027), since=world.clock.now().replace(year=2025), limit=50
    )
    assert "tickets.exported" in [row.action for row in log]


def test_whatever_a_cell_begins_with_is_text() -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Shanghai")
    rows: list[list[str]] = [["=1+1"], ["+1"], ["-1"], ["@a"], ["\t=1"], ["好\x00的"], ["\ud800"], ["字" * 40_000]]
    lines = _csv(["列"], rows, zone).decode("utf-8-sig").splitlines()
    assert lines[1:5] == ["'=1+1", "'+1", "'-1", "'@a"]
    sheet = load_workbook(io.BytesIO(_xlsx("表", ["列"], rows, zone))).active
    assert sheet is not None
    values = [(row[0].value, row[0].data_type) for row in sheet.iter_rows(min_row=2)]
    assert values[:4] == [("=1+1", "s"), ("+1", "s"), ("-1", "s"), ("@a", "s")]
    assert values[5][0] == "好的"


async def test_a_work_order_is_printed_and_nothing_in_it_runs(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket(f"水管漏水 {EVIL}")
    desk = await sign_in("xiaozhou")
    await desk.post(f"/tickets/{ticket.number}/notes", {"text": f"备注 {EVIL}"})
    li = await sign_in("ligong")
    assert (await li.post(f"/tickets/{ticket.number}/assign", {"executor": "zhang"})).status == 200
    over = {"to": "xiaozhou", "reason": "张师傅态度不好"}
    assert (await li.post(f"/tickets/{ticket.number}/handover", over)).status == 200
    price = {"items": [{"name": f"角阀{EVIL}"[:60], "unit_price": "80"}], "note": "过保"}
    assert (await desk.post(f"/tickets/{ticket.number}/charges", price)).status == 201
    headers = {"Authorization": f"Bearer {desk.token}"}
    path = f"/api/inbox/v1/tickets/{ticket.number}/photos"
    await desk.client.post(path, data=picture(), headers=headers, params={"kind": "after"})
    answer = await desk.get(f"/tickets/{ticket.number}/print")
    page = await answer.text()
    assert answer.status == 200 and answer.content_type == "text/html"
    assert "<script" not in page and "<img src=x" not in page and "&lt;script&gt;" in page
    assert page.count("<img ") == 1 and "维修后" in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    for word in ("和院 服务工单", ticket.number, "3栋2单元1502", "80.00", "业主签字", "13900008821"):
        assert word in page
    for inside in ("备注", "态度不好", "转交", "主管介入"):
        assert inside not in page, "the owner signs it"
    assert (await (await sign_in("liu")).get(f"/tickets/{ticket.number}/print")).status == 404


async def test_the_dashboard_is_shown_filtered_and_downloaded(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket(FORMULA)
    await world.desk.stores.conversations.show_ticket(WANG_CHAT, brief(ticket), open=True)
    await world.ticket("快递丢了", owner=CHEN, room="hy/1-1-302", chat=CHEN_CHAT, category=Category.PARCEL)
    await world.desk.rules.refresh()
    desk, boss = await sign_in("xiaozhou"), await sign_in("ligong")
    await desk.post(f"/conversations/{WANG_CHAT}/messages", {"text": "师傅马上来"})
    world.clock.move(minutes=30)
    shown = await boss.get("/dashboard")
    assert shown.status == 200, await shown.text()
    board = await shown.json()
    tiles = {tile["key"]: tile for tile in board["tiles"]}
    assert (tiles["opened"]["value"], tiles["backlog"]["value"]) == (2, 2)
    assert tiles["answered"]["value"] == 1.0, "a colleague wrote to the owner: that is an answer"
    assert board["complete"] and len(board["days"]) == 30 and board["before"] == "2026-03-11"
    assert {row["label"] for row in board["buildings"]} == {"3栋", "1栋"}
    assert [age["count"] for age in board["backlog"]["ages"]] == [2, 0, 0, 0]
    only = await (await boss.get("/dashboard", category="parcel", since="2026-03-10", before="2026-03-11")).json()
    assert [row["key"] for row in only["categories"]] == ["parcel"] and len(only["days"]) == 1
    for wrong in ({"since": "2026-03-11", "before": "2026-03-10"}, {"since": "2020-01-01"}, {"estate": "other"}):
        assert (await boss.get("/dashboard", **wrong)).status == 400, wrong
    assert (await desk.get("/dashboard")).status == 403

    text = await (await boss.get("/dashboard/export", what="buildings", format="csv")).read()
    assert text.decode("utf-8-sig").splitlines()[0].startswith("名称,受理,未办结,首次回复及时率")
    book = await boss.get("/dashboard/export", what="days")
    sheet = load_workbook(io.BytesIO(await book.read())).active
    assert sheet is not None and sheet.max_row == 31
    assert 'filename="days-2026-02-09-2026-03-10.xlsx"' in book.headers["Content-Disposition"]
