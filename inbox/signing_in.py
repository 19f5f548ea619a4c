"""Signing in and out."""

from __future__ import annotations

from http.cookies import SimpleCookie

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.limits import Limit
from desk.errors import NotAllowed
from desk.staff import INBOX_MOST
from inbox.access import COOKIE, TOKEN
from inbox.views import StaffView, View

LOGINS: web.AppKey[Limit] = web.AppKey("inbox_logins", Limit)
SECURE: web.AppKey[bool] = web.AppKey("inbox_secure", bool)
COOKIE_PATH = "/api/inbox/"

routes: Routes[Actor] = Routes("inbox: sign-in")


class LoginIn(BaseModel):
    """User name and password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class LoginOut(View):
    """A token for scripts, and who it is; pages use the cookie."""

    token: str
    staff: StaffView


class Done(View):
    """It is done."""

    done: bool = True


class Me(View):
    """Who is signed in, and where they may look."""

    staff: StaffView
    estates: list[str]
    buildings: list[str]
    time_zone: str


@routes.post("/login", open=True, repeatable=False)
async def login(call: Call[Actor], body: LoginIn) -> LoginOut:
    """Sign in: a bearer token, and the same as a cookie."""
    app = call.request.app
    app[LOGINS].take(call.request.remote or "")
    try:
        token, staff = await call.desk.staff.sign_in(body.username.strip().lower(), body.password)
    except NotAllowed as refused:
        raise ApiError(401, "sign_in_refused", refused.message, details=refused.details) from refused
    call.headers["Set-Cookie"] = _cookie(token, int(INBOX_MOST.total_seconds()), app[SECURE])
    return LoginOut(token=token, staff=StaffView.of(staff))


@routes.post("/logout", repeatable=False)
async def logout(call: Call[Actor]) -> Done:
    """Sign out: the token holds no longer."""
    await call.desk.staff.sign_out(call.request[TOKEN])
    call.headers["Set-Cookie"] = _cookie("", 0, call.request.app[SECURE])
    return Done()


@routes.get("/me")
async def me(call: Call[Actor]) -> Me:
    """Who is signed in."""
    staff = await call.desk.stores.staff.get(call.who.id)
    zone = call.desk.rules.of(next(iter(call.who.estates), "")).zone
    estates, buildings = list(call.who.estates), list(call.who.buildings)
    return Me(staff=StaffView.of(staff), estates=estates, buildings=buildings, time_zone=zone.key)


def _cookie(token: str, seconds: int, secure: bool) -> str:
    cookie: SimpleCookie = SimpleCookie()
    cookie[COOKIE] = token
    morsel = cookie[COOKIE]
    morsel["path"], morsel["max-age"] = COOKIE_PATH, seconds
    morsel["httponly"], morsel["samesite"] = True, "Strict"
    if secure:
        morsel["secure"] = True
    return morsel.OutputString()
