"""Plugs the inbox into the application."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from desk.api.calls import Room
from desk.api.install import DOCS_FOLDER, install
from desk.api.limits import Limit
from desk.desk import Desk
from inbox import (
    alerts,
    audit,
    board,
    calls,
    canned,
    charges,
    colleagues,
    conversations,
    dashboard,
    deliveries,
    duty,
    events,
    export,
    finding,
    holding,
    incidents,
    knowledge,
    lab,
    media,
    notices,
    parcels,
    presence,
    promises,
    questions,
    replies,
    revisits,
    saved_views,
    settings,
    signing_in,
    staff,
    teams,
    ticket_links,
    ticket_table,
    tickets,
    wordings,
    work_order,
)
from inbox.access import StaffGuard
from inbox.audit import StaffWatch
from inbox.hub import Hub
from inbox.page import DIST, add_page

PREFIX = "/api/inbox/v1"


def setup(
    app: web.Application,
    desk: Desk,
    *,
    public_url: str = "",
    dist: Path = DIST,
    logins: Limit | None = None,
    posts: Limit | None = None,
    make_code: alerts.MakeCode | None = None,
) -> None:
    """Serve the staff API under ``/api/inbox/v1`` and the page under ``/inbox/``.

    ``public_url`` with https makes the cookie Secure; ``make_code`` asks the platform for scene codes.
    """
    install(app)
    app[DOCS_FOLDER] = dist / "docs"
    app[signing_in.LOGINS] = logins or Limit(20, 60)
    app[signing_in.SECURE] = public_url.lower().startswith("https:")
    room = Room(app, desk, StaffGuard(desk), prefix=PREFIX, posts=posts, watch=StaffWatch(PREFIX))
    room.add(ticket_table.routes, export.routes, work_order.routes, tickets.routes, ticket_links.routes, charges.routes)
    room.add(board.routes, duty.routes, calls.routes, dashboard.routes, settings.routes, wordings.routes)
    room.add(signing_in.routes, colleagues.routes)
    room.add(conversations.routes, holding.routes, replies.routes, deliveries.routes)
    room.add(finding.routes, canned.routes, saved_views.routes)
    room.add(knowledge.routes, questions.routes, lab.routes)
    room.add(incidents.routes, promises.routes, revisits.routes)
    room.add(parcels.routes, media.routes, notices.routes)
    room.add(teams.routes, alerts.routes, audit.routes, events.routes, presence.routes, staff.routes)
    app[events.HUB] = Hub(desk)
    app.on_shutdown.append(_end_streams)
    if make_code is not None:
        app[alerts.CODES] = make_code
    add_page(app, dist)


async def _end_streams(app: web.Application) -> None:
    await app[events.HUB].close()
