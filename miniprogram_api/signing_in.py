"""Signing in with the platform's code, keeping signed in, signing out."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.limits import Limit
from miniprogram_api.login import LoginRefused, MiniProgramLogin, PlatformAway
from miniprogram_api.sessions import TOKEN, Person, Sessions, TokensOut

LOGIN: web.AppKey[MiniProgramLogin] = web.AppKey("miniprogram_login", MiniProgramLogin)
SESSIONS: web.AppKey[Sessions] = web.AppKey("miniprogram_sessions", Sessions)
LOGINS: web.AppKey[Limit] = web.AppKey("miniprogram_logins", Limit)

routes: Routes[Person] = Routes("mp: sign-in")


class LoginIn(BaseModel):
    """What ``wx.login`` gave."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=512)


class RefreshIn(BaseModel):
    """The refresh token of the last answer; it works once."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=512)


class LogoutIn(BaseModel):
    """Also end the refresh token, when it is sent along."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str | None = Field(default=None, max_length=512)


class Done(BaseModel):
    """It is done."""

    done: bool = True


@routes.post("/login", open=True, repeatable=False)
async def login(call: Call[Person], body: LoginIn) -> TokensOut:
    """Sign in with a code of ``wx.login``."""
    app, desk = call.request.app, call.desk
    app[LOGINS].take(call.request.remote or "")
    platform = app[LOGIN]
    try:
        session = await platform.code_to_session(body.code)
    except LoginRefused as refused:
        raise ApiError(400, "login_refused", refused.message) from refused
    except PlatformAway as away:
        headers = {"Retry-After": "2"}
        raise ApiError(503, "platform_away", "微信暂时没有回应,请稍后再试", headers=headers) from away
    if session.unionid:
        await desk.residents.learn_unionid(platform.app_id, session.openid, session.unionid)
    identity = await desk.residents.identify(platform.app_id, session.openid, unionid=session.unionid)
    return await app[SESSIONS].start(identity)


@routes.post("/refresh", open=True, repeatable=False)
async def refresh(call: Call[Person], body: RefreshIn) -> TokensOut:
    """The next tokens. A refresh token works once: shown again, it ends all sessions of the person."""
    call.request.app[LOGINS].take(call.request.remote or "")
    return await call.request.app[SESSIONS].renew(body.refresh_token)


@routes.post("/logout", repeatable=False)
async def logout(call: Call[Person], body: LogoutIn) -> Done:
    """Sign out on this device."""
    await call.desk.tokens.end(call.request[TOKEN])
    if body.refresh_token:
        await call.desk.tokens.end(body.refresh_token)
    return Done()
