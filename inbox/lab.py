"""The dictionary lab for staff: words of the house's own, tried on what owners wrote, published and taken back."""

from __future__ import annotations

import asyncio

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.lab import DEFAULT, MOST_READ, USUAL_READ, Unfit
from inbox.lab_views import (
    BackView,
    CheckedView,
    CorrectionPage,
    DifferenceView,
    DocumentView,
    ProblemView,
    ReplayView,
    VersionList,
    VersionView,
    WordDifferenceView,
    correction_view,
    document_fields,
    replay_view,
    version_view,
)
from nlp.overlay import MOST_TEXT, Overlay
from nlp.understanding import current

routes: Routes[Actor] = Routes("inbox: lexicon")
LARGEST = 2 * MOST_TEXT
LISTED = "inbox.lab"


class DocumentIn(Input):
    """A change document."""

    document: str = Field(max_length=MOST_TEXT, description="YAML (or JSON, which is YAML); docs/understanding.md")


class ReplayIn(DocumentIn):
    """What is to be tried, on how many messages."""

    limit: int = Field(default=USUAL_READ, ge=1, le=MOST_READ, description="the newest first")


class PublishIn(DocumentIn):
    """What is to hold, and why."""

    note: str = Field(min_length=1, max_length=200)


class BackIn(Input):
    """Which version is to hold again."""

    to: str = Field(min_length=1, max_length=20, description="like v2; default: the package's own words")


class WithQuery(Input):
    """What a version is compared with."""

    since: str = Field(default=DEFAULT, max_length=20, description="like v1; default: the package's own words")


@routes.get("/lab")
async def lab_versions(call: Call[Actor], query: PageQuery) -> VersionList:
    """Which version holds, and all of them, newest first."""
    below = int(call.cursors.read(LISTED, query.cursor).id) if query.cursor else None
    now, rows = await call.desk.lab.versions(below=below, limit=query.limit)
    more = rows[-1] if rows and rows[-1].number > 1 else None
    names = await call.desk.workload.names()
    return VersionList(
        holds=now.name,
        here=await asyncio.to_thread(lambda: current().version),
        items=[version_view(one, now, names) for one in rows],
        next=call.cursors.write(LISTED, Position(more.at, str(more.number))) if more else None,
    )


@routes.get("/lab/versions/{version}")
async def lab_version(call: Call[Actor]) -> DocumentView:
    """What a version says; ``default`` says nothing."""
    name = call.path("version")
    overlay = await call.desk.lab.overlay(name) or Overlay()
    return DocumentView(version=name, **document_fields(overlay))


@routes.get("/lab/versions/{version}/difference")
async def lab_difference(call: Call[Actor], query: WithQuery) -> DifferenceView:
    """What a version says otherwise than another one, by word."""
    found = await call.desk.lab.difference(query.since, call.path("version"))
    items = [WordDifferenceView(word=one.word, was=one.was, becomes=one.becomes) for one in found]
    return DifferenceView(since=query.since, items=items)


@routes.post("/lab/check", repeatable=False, largest=LARGEST)
async def check_words(call: Call[Actor], body: DocumentIn) -> CheckedView:
    """Look a document over; nothing is written."""
    try:
        overlay = await _read(call, body.document)
    except Unfit as wrong:
        problems = [ProblemView(line=one.line, word=one.word, message=one.message) for one in wrong.problems]
        return CheckedView(problems=problems, note="", words=[], drop=[], document="")
    return CheckedView(problems=[], **document_fields(overlay))


@routes.post("/lab/replay", repeatable=False, largest=LARGEST)
async def replay_words(call: Call[Actor], body: ReplayIn) -> ReplayView:
    """What a document would change, on what owners wrote last; nothing is published."""
    overlay = await _read(call, body.document)
    found = await call.desk.lab.replay(overlay, call.who, limit=body.limit)
    call.audit.update(read=found.found.read, changed=found.found.changed, lost=found.found.lost)
    return replay_view(found)


@routes.post("/lab/publish", status=201, largest=LARGEST)
async def publish_words(call: Call[Actor], body: PublishIn) -> VersionView:
    """Let a document hold, as a new version. 400 ``not_tried``; 409: another one holds than when it was tried."""
    overlay = await _read(call, body.document)
    version = await call.desk.lab.publish(overlay, call.who, note=body.note)
    return version_view(version, await call.desk.lab.standing(), await call.desk.workload.names())


@routes.post("/lab/rollback")
async def roll_back_words(call: Call[Actor], body: BackIn) -> BackView:
    """An earlier version, or the package's own words, hold again."""
    was = await call.desk.lab.roll_back(body.to, call.who)
    return BackView(version=body.to, was=was)


@routes.get("/lab/corrections")
async def corrections(call: Call[Actor], query: PageQuery) -> CorrectionPage:
    """What colleagues corrected in the bot's understanding, newest first."""
    page = await call.page(
        call.desk.stores.examples.listed,
        lambda row: Position(row.at, row.id),
        query,
        name="inbox.corrections",
        keep=lambda row: not row.estate_id or call.who.in_scope(row.estate_id),
    )
    names = await call.desk.workload.names()
    return CorrectionPage(items=[correction_view(row, names) for row in page.rows], next=page.next)


async def _read(call: Call[Actor], document: str) -> Overlay:
    """Off the event loop: two thousand words take a moment."""
    return await asyncio.to_thread(call.desk.lab.read, document)
