"""Signing in and out, one's sessions and one's password."""

from __future__ import annotations

from datetime import datetime
from http.cookies import SimpleCookie

from aiohttp import web
from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.input import Input
from desk.api.limits import Limit
from desk.errors import NotAllowed
from desk.permissions import routes_of
from desk.staff import INBOX_LASTS, INBOX_MOST, public_session_id
from inbox.access import COOKIE, SIGNED, TOKEN, address_of
from inbox.views import StaffView, View
from store.sessions import Session

LOGINS: web.AppKey[Limit] = web.AppKey("inbox_logins", Limit)
SECURE: web.AppKey[bool] = web.AppKey("inbox_secure", bool)
COOKIE_PATH = "/api/inbox/"

routes: Routes[Actor] = Routes("inbox: sign-in")


class LoginIn(Input):
    """User name and password."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class LoginOut(View):
    """A token for scripts, and who it is; pages use the cookie."""

    token: str
    staff: StaffView
    must_change: bool
    """Set by somebody else: change the password before anything else."""


class Done(View):
    """It is done."""

    done: bool = True


class Ended(View):
    """How many sessions ended."""

    ended: int


class Me(View):
    """Who is signed in, where they may look, and what they may call."""

    staff: StaffView
    estates: list[str]
    buildings: list[str]
    teams: list[str]
    time_zone: str
    must_change: bool
    may: list[str]
    """Routes of this role: ``POST /tickets/{number}/assign``."""


class SessionView(View):
    """A place where one is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    """Used then or up to an hour later."""
    ends_at: datetime
    address: str
    browser: str
    this: bool

    @classmethod
    def of(cls, session: Session, this: str) -> SessionView:
        """As its owner sees it."""
        return cls(
            id=public_session_id(session),
            created_at=session.created_at,
            seen_at=max(session.created_at, session.expires_at - INBOX_LASTS),
            ends_at=min(session.expires_at, session.ends_at),
            address=str(session.data.get("address", "")),
            browser=str(session.data.get("browser", "")),
            this=session.id == this,
        )


class SessionList(View):
    """The newest first."""

    items: list[SessionView]


class PasswordIn(Input):
    """The one that holds, and the one that is to hold."""

    old: str = Field(min_length=1, max_length=256)
    new: str = Field(min_length=1, max_length=256)


@routes.post("/login", open=True, repeatable=False)
async def login(call: Call[Actor], body: LoginIn) -> LoginOut:
    """Sign in: a bearer token, and the same as a cookie."""
    app, address = call.request.app, address_of(call.request)
    app[LOGINS].take(address)
    browser = call.request.headers.get("User-Agent", "")
    try:
        token, staff = await call.desk.staff.sign_in(
            body.username.strip().lower(), body.password, address=address, browser=browser
        )
    except NotAllowed as refused:
        raise ApiError(401, "sign_in_refused", refused.message, details=refused.details) from refused
    call.headers["Set-Cookie"] = _cookie(token, int(INBOX_MOST.total_seconds()), app[SECURE])
    return LoginOut(token=token, staff=StaffView.of(staff), must_change=staff.must_change)


@routes.post("/logout", repeatable=False)
async def logout(call: Call[Actor]) -> Done:
    """Sign out: the token holds no longer."""
    await call.desk.staff.sign_out(call.request[TOKEN])
    await call.desk.staff.sessions_changed(call.who.id)
    call.headers["Set-Cookie"] = _cookie("", 0, call.request.app[SECURE])
    return Done()


@routes.post("/logout-everywhere", repeatable=False)
async def logout_everywhere(call: Call[Actor]) -> Ended:
    """Sign out everywhere: every session of the caller ends, this one too."""
    ended = await call.desk.staff.end_sessions(call.who.id)
    call.headers["Set-Cookie"] = _cookie("", 0, call.request.app[SECURE])
    return Ended(ended=ended)


@routes.get("/me")
async def me(call: Call[Actor]) -> Me:
    """Who is signed in."""
    staff = await call.desk.stores.staff.get(call.who.id)
    zone = call.desk.rules.of(next(iter(call.who.estates), "")).zone
    teams = [team.id for team in await call.desk.stores.teams.all() if team.active and staff.id in team.members]
    return Me(
        staff=StaffView.of(staff),
        estates=list(call.who.estates),
        buildings=list(call.who.buildings),
        teams=teams,
        time_zone=zone.key,
        must_change=staff.must_change,
        may=routes_of(staff.role),
    )


@routes.get("/me/sessions")
async def sessions(call: Call[Actor]) -> SessionList:
    """Where the caller is signed in."""
    this = call.request[SIGNED].session.id
    return SessionList(items=[SessionView.of(one, this) for one in await call.desk.staff.sessions(call.who.id)])


@routes.post("/me/sessions/{id}/end", repeatable=False)
async def end_session(call: Call[Actor]) -> Ended:
    """Sign out somewhere else."""
    await call.desk.staff.end_session(call.who.id, call.path("id"))
    return Ended(ended=1)


@routes.post("/me/password", repeatable=False)
async def change_password(call: Call[Actor], body: PasswordIn) -> Done:
    """Change one's own password; the other sessions end."""
    address = address_of(call.request)
    await call.desk.staff.change_password(call.request[SIGNED], body.old, body.new, address=address)
    return Done()


def _cookie(token: str, seconds: int, secure: bool) -> str:
    cookie: SimpleCookie = SimpleCookie()
    cookie[COOKIE] = token
    morsel = cookie[COOKIE]
    morsel["path"], morsel["max-age"] = COOKIE_PATH, seconds
    morsel["httponly"], morsel["samesite"] = True, "Strict"
    if secure:
        morsel["secure"] = True
    return morsel.OutputString()
