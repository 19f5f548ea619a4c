"""Notices for staff: write, preview, hand in, approve, watch how they go out, withdraw, and whom they reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.audience import Unit
from desk.errors import Incomplete
from desk.notice_words import on_template, whole
from desk.notices import Wording, visible
from desk.wording import room_name
from inbox.access import at_the_desk
from inbox.notice_views import (
    ApproveIn,
    BuildingView,
    EditIn,
    EstateName,
    NoticeFull,
    NoticeIn,
    NoticePage,
    NoticeRow,
    PlacesView,
    PreviewIn,
    PreviewView,
    ReachView,
    ResultPage,
    ResultView,
    ReturnIn,
    UnitView,
    WithdrawIn,
)
from store.clock import to_millis
from store.deliveries import LAST_SEQ, Delivery, DeliveryState
from store.errors import NotFound
from store.notices import Notice, NoticeState

routes: Routes[Actor] = Routes("inbox: notices")

S = DeliveryState
RESULTS: dict[str, tuple[DeliveryState, ...]] = {
    "reached": (S.ACCEPTED, S.DELIVERED, S.MERGED),
    "waiting": (S.QUEUED, S.SENDING),
    "list": (S.PARKED,),
    "unreached": (S.UNDELIVERABLE, S.UNKNOWN),
    "cancelled": (S.CANCELLED,),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class NoticeQuery(PageQuery):
    """Which notices."""

    state: NoticeState | None = None
    estate: str | None = Field(default=None, max_length=60)


class PlacesQuery(Input):
    """Of which estate."""

    estate: str | None = Field(default=None, max_length=60)


class ResultQuery(PageQuery):
    """Which results."""

    result: Literal["reached", "waiting", "list", "unreached", "cancelled"] | None = None


@routes.get("/notices")
async def notices(call: Call[Actor], query: NoticeQuery) -> NoticePage:
    """Notices in the caller's scope, newest first."""
    actor = at_the_desk(call)

    page = await call.page(
        partial(call.desk.stores.notices.listed, query.state),
        lambda notice: Position(notice.created_at, notice.id),
        query,
        name=f"inbox.notices:{query.state}:{query.estate}",
        keep=lambda notice: visible(notice, actor) and query.estate in (None, notice.estate_id),
    )
    return NoticePage(items=[NoticeRow.of(row) for row in page.rows], next=page.next)


@routes.get("/notices/places")
async def places(call: Call[Actor], query: PlacesQuery) -> PlacesView:
    """The buildings and units that a notice can go to, with their homes; those of the caller's scope."""
    actor = at_the_desk(call)
    mine = [one for one in call.desk.rules.estates if actor.in_scope(one.id)]
    estate_id = _estate(call, query.estate or (mine[0].id if mine else ""))
    units = [one for one in await call.desk.audiences.places(estate_id) if actor.in_scope(estate_id, one.building)]
    buildings: dict[str, list[Unit]] = {}
    for unit in units:
        buildings.setdefault(unit.building, []).append(unit)
    return PlacesView(
        estates=[EstateName(id=one.id, name=one.name) for one in mine],
        estate=estate_id,
        name=call.desk.rules.of(estate_id).estate.name,
        homes=sum(unit.homes for unit in units),
        buildings=[
            BuildingView(
                building=building,
                name=room_name(building, "", ""),
                homes=sum(unit.homes for unit in parts),
                units=[UnitView(key=part.key, name=part.name, homes=part.homes) for part in parts],
            )
            for building, parts in buildings.items()
        ],
    )


@routes.post("/notices/preview", repeatable=False)
async def preview_notice(call: Call[Actor], body: PreviewIn) -> PreviewView:
    """How many homes and people it would reach, by which way, and what they would read. Nothing is stored."""
    wording = _wording(call, body)
    reach = await call.desk.notices.preview(wording, call.who) if body.reach else None
    text, template = _read(call, call.desk.notices.drafted(wording))
    return PreviewView(
        reach=ReachView.of(reach) if reach else None,
        owner_text=text,
        template={name: template[name] for name in ("title", "remark", "time")},
    )


@routes.post("/notices", status=201)
async def write_notice(call: Call[Actor], body: NoticeIn) -> NoticeFull:
    """A draft with its number."""
    return await _changed(call, await call.desk.notices.write(_wording(call, body), call.who, key=call.key))


@routes.get("/notices/{number}")
async def notice(call: Call[Actor]) -> NoticeFull:
    """One notice, with counts that are not older than a quarter of a minute."""
    return _whole(call, await call.desk.notice_sending.counted(await _named(call)))


@routes.post("/notices/{number}/edit")
async def edit_notice(call: Call[Actor], body: EditIn) -> NoticeFull:
    """Other words or another audience, while it is a draft."""
    found = await _named(call)
    wording = _wording(call, body, found.estate_id)
    return await _changed(call, await call.desk.notices.edit(found, wording, call.who, version=body.version))


@routes.post("/notices/{number}/submit")
async def submit_notice(call: Call[Actor]) -> NoticeFull:
    """Hand it in for approval by somebody else."""
    return await _changed(call, await call.desk.notices.submit(await _named(call), call.who))


@routes.post("/notices/{number}/return")
async def return_notice(call: Call[Actor], body: ReturnIn) -> NoticeFull:
    """A draft again, with what to mend."""
    return await _changed(call, await call.desk.notices.send_back(await _named(call), call.who, body.reason))


@routes.post("/notices/{number}/approve")
async def approve_notice(call: Call[Actor], body: ApproveIn) -> NoticeFull:
    """It goes out, now or at its time; never by one of its writers, but for an emergency with the reason."""
    found = await _named(call)
    return await _changed(
        call, await call.desk.notices.approve(found, call.who, version=body.version, reason=body.reason)
    )


@routes.post("/notices/{number}/withdraw")
async def withdraw_notice(call: Call[Actor], body: WithdrawIn) -> NoticeFull:
    """What has not left stays; with ``correct`` those who got it read that it no longer holds."""
    found = await _named(call)
    return await _changed(
        call, await call.desk.notices.withdraw(found, call.who, reason=body.reason, correct=body.correct)
    )


@routes.get("/notices/{number}/results")
async def notice_results(call: Call[Actor], query: ResultQuery) -> ResultPage:
    """Whom it reached and whom not, with the reason; the last written first."""
    found = await _named(call)
    states = RESULTS[query.result] if query.result else tuple(DeliveryState)

    now = call.desk.clock.now()

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Delivery]:
        # The first page has no upper end: a clock that was put back must not hide what was written before.
        last = LAST_SEQ if query.cursor is None and before > now else _seq(before)
        return await call.desk.stores.deliveries.of_notice(
            found.id, states, after=_seq(since) - 1, before=last, limit=limit, newest_first=True
        )

    page = await call.page(
        fetch,
        lambda row: Position(_at(row.seq), row.id),
        query,
        name=f"inbox.notice:{found.id}:{query.result}",
        now=now,
    )
    return ResultPage(items=await _results(call, page.rows), next=page.next)


async def _results(call: Call[Actor], rows: Sequence[Delivery]) -> list[ResultView]:
    stores = call.desk.stores
    people = {row.person_id for row in rows if row.person_id}
    homes = {row.room_id for row in rows if row.room_id}
    names = {one.id: one.name for one in await stores.residents.of_ids(sorted(people))} if people else {}
    rooms = {one.id: one.name for one in await stores.rooms.of_ids(sorted(homes))} if homes else {}
    return [ResultView.of(row, names.get(row.person_id, ""), rooms.get(row.room_id or "", "")) for row in rows]


def _at(seq: int) -> datetime:
    """When a row was written, as its order says it; cut as cursors are."""
    return to_millis(EPOCH + timedelta(microseconds=seq))


def _seq(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


async def _named(call: Call[Actor]) -> Notice:
    return await call.desk.notices.get(call.path("number"), at_the_desk(call))


def _wording(call: Call[Actor], body: NoticeIn, estate_id: str = "") -> Wording:
    return body.wording(estate_id if estate_id and not body.estate else _estate(call, body.estate))


def _estate(call: Call[Actor], wanted: str) -> str:
    """The estate that is meant; raises NotFound for one outside the caller's scope."""
    mine = [one.id for one in call.desk.rules.estates if call.who.in_scope(one.id)]
    if wanted and wanted not in mine:
        raise NotFound(wanted)
    if not wanted and len(mine) != 1:
        raise Incomplete("请选小区", estate=mine)
    return wanted or mine[0]


async def _changed(call: Call[Actor], now: Notice) -> NoticeFull:
    """The notice after a deed; whoever has it open elsewhere, writing or looking, reads it anew."""
    await call.desk.notice_sending.tell(now)
    return _whole(call, now)


def _whole(call: Call[Actor], found: Notice) -> NoticeFull:
    text, template = _read(call, found)
    return NoticeFull.whole(found, call.who, text, template)


def _read(call: Call[Actor], found: Notice) -> tuple[str, dict[str, str]]:
    """What owners read: as it left, or as it would leave now."""
    rules = call.desk.rules.of(found.estate_id)
    at = found.sent_at or max(call.desk.clock.now(), found.send_at or EPOCH)
    return whole(found, at, rules), on_template(found, at, rules)
