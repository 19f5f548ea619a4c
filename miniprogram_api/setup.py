"""Plugs the mini-program's API into the application."""

from __future__ import annotations

from aiohttp import web

from desk.api.calls import Room
from desk.api.install import install
from desk.api.limits import Limit
from desk.desk import Desk
from miniprogram_api import charges, media, messages, parcels, rooms, signing_in, tickets
from miniprogram_api.login import MiniProgramLogin
from miniprogram_api.sessions import OwnerGuard, Sessions

PREFIX = "/api/mp/v1"


def setup(
    app: web.Application,
    desk: Desk,
    login: MiniProgramLogin,
    *,
    logins: Limit | None = None,
    posts: Limit | None = None,
    binding_tries: Limit | None = None,
) -> None:
    """Serve owners under ``/api/mp/v1``; ``login`` asks the platform whose code it is."""
    install(app)
    sessions = Sessions(desk)
    app[signing_in.LOGIN] = login
    app[signing_in.SESSIONS] = sessions
    app[signing_in.LOGINS] = logins or Limit(600, 60)
    app[rooms.TRIES] = binding_tries or Limit(10, 3600)
    room = Room(app, desk, OwnerGuard(sessions), prefix=PREFIX, posts=posts)
    room.add(
        signing_in.routes, rooms.routes, tickets.routes, messages.routes, parcels.routes, media.routes, charges.routes
    )
