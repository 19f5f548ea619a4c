"""A colleague's own alerts, and the WeChat on which they hear of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Self
from urllib.parse import quote

from aiohttp import web

from desk.actors import Actor
from desk.alerts import CODE_LASTS
from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.paging import PageQuery, Position
from inbox.views import View
from store.alerts import Alert
from store.errors import NotFound

routes: Routes[Actor] = Routes("inbox: alerts")

MakeCode = Callable[[str, int], Awaitable[tuple[str, str] | None]]
"""From a scene and seconds: the platform's ticket and address of a code; None: the platform does not answer."""
CODES: web.AppKey[MakeCode] = web.AppKey("codes")
PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="


class AlertView(View):
    """One thing that a colleague has to know."""

    id: str
    kind: str
    text: str
    urgent: bool
    ticket: str
    at: datetime
    seen: bool

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """An alert as its reader sees it."""
        return cls(
            id=alert.id,
            kind=alert.kind,
            text=alert.text,
            urgent=alert.urgent,
            ticket=alert.number,
            at=alert.at,
            seen=alert.seen_at is not None,
        )


class AlertPage(View):
    """A page of them, newest first."""

    items: list[AlertView]
    next: str | None


class WeChatCode(View):
    """A code to scan with one's own WeChat."""

    scene: str
    url: str
    """What the QR code holds; empty when the platform gave none."""
    picture: str
    expires_at: datetime


class WeChatLink(View):
    """Whether a colleague hears of alerts on their WeChat."""

    linked: bool
    since: datetime | None


@routes.get("/alerts")
async def alerts(call: Call[Actor], query: PageQuery) -> AlertPage:
    """The caller's alerts, newest first."""
    page = await call.page(
        partial(call.desk.stores.alerts.of_staff, call.who.id),
        lambda alert: Position(alert.at, alert.id),
        query,
        name="inbox.alerts",
        now=call.desk.clock.now() + timedelta(milliseconds=1),
    )
    return AlertPage(items=[AlertView.of(row) for row in page.rows], next=page.next)


@routes.post("/alerts/{id}/seen")
async def seen(call: Call[Actor]) -> AlertView:
    """The caller has looked at it."""
    alert = await call.desk.stores.alerts.find(call.path("id"))
    if alert is None or alert.staff_id != call.who.id or alert.way != "inbox":
        raise NotFound(call.path("id"))
    now = call.desk.clock.now()
    if alert.seen_at is None:
        await call.desk.stores.alerts.seen(alert.id, now)
        await call.desk.live.tell("alert", alert.id, staff=call.who.id, to=(call.who.id,))
    return AlertView.of(alert.model_copy(update={"seen_at": alert.seen_at or now}))


@routes.get("/me/wechat")
async def wechat(call: Call[Actor]) -> WeChatLink:
    """Whether the caller's own WeChat is linked."""
    staff = await call.desk.stores.staff.get(call.who.id)
    return WeChatLink(linked=bool(staff.wechat), since=(staff.wechat or {}).get("at"))


@routes.post("/me/wechat/code", status=201, repeatable=False)
async def wechat_code(call: Call[Actor]) -> WeChatCode:
    """A code for the caller: whoever scans it within ten minutes hears of their alerts, so it is theirs alone."""
    scene = await call.desk.alerts.link_code(call.who.id)
    make = call.request.app.get(CODES)
    made = await make(scene, int(CODE_LASTS.total_seconds())) if make is not None else ("", "")
    if made is None:
        raise ApiError(503, "wechat_away", "微信暂时没有回应,请稍后再试")
    ticket, url = made
    picture = f"{PICTURE}{quote(ticket, safe='')}" if ticket else ""
    return WeChatCode(scene=scene, url=url, picture=picture, expires_at=call.desk.clock.now() + CODE_LASTS)


@routes.post("/me/wechat/unlink")
async def wechat_unlink(call: Call[Actor]) -> WeChatLink:
    """The linked WeChat hears nothing any more."""
    await call.desk.alerts.unlink(call.who.id)
    return WeChatLink(linked=False, since=None)
