"""Who may come in: colleagues by bearer token or by cookie, and what a lost race shows them."""

from __future__ import annotations

import ipaddress

from aiohttp import web
from pydantic import BaseModel

from desk.actors import Actor
from desk.api.calls import Call
from desk.api.errors import ApiError
from desk.desk import Desk
from desk.errors import NotAllowed
from desk.scope import visible
from desk.staff import SignedIn
from inbox.views import TicketFull
from store.staff import Role
from store.tickets import Ticket

COOKIE = "guanjia_inbox"
CSRF_HEADER, CSRF_VALUE = "X-Requested-With", "guanjia"
TOKEN: web.RequestKey[str] = web.RequestKey("token", str)
SIGNED: web.RequestKey[SignedIn] = web.RequestKey("signed", SignedIn)
WITHOUT_CHANGE = ("/v1/me", "/v1/me/password", "/v1/logout")
"""What one may call before a password that somebody else has set is changed."""


class StaffGuard:
    """Lets signed-in colleagues in."""

    scheme = "inbox"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def who(self, request: web.Request) -> Actor:
        """The colleague; raises a 401, or a 403 for a change by cookie that no page of ours sent."""
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")
        signed = await self._desk.staff.signed_in(token) if token else None
        if signed is None:
            raise ApiError(401, "not_signed_in", "请先登录", headers={"WWW-Authenticate": "Bearer"})
        by_cookie = kind.lower() != "bearer"
        if by_cookie and request.method != "GET" and not _from_our_page(request):
            raise ApiError(403, "csrf", "请从收件箱页面操作", details={"header": f"{CSRF_HEADER}: {CSRF_VALUE}"})
        if signed.must_change and not request.path.endswith(WITHOUT_CHANGE):
            raise ApiError(403, "must_change_password", "请先把临时密码改成自己的", details={"at": "/me/password"})
        request[TOKEN], request[SIGNED] = token, signed
        return signed.actor

    def name(self, who: Actor, request: web.Request) -> str:
        """Limits and keys are per colleague."""
        return who.tag

    def show(self, who: Actor, current: object) -> BaseModel | None:
        """The ticket as it is now, if they may (still) see it."""
        if isinstance(current, Ticket) and visible(current, who):
            return ticket_view(self._desk, who, current)
        return None


def _from_our_page(request: web.Request) -> bool:
    """A header that no form can send, and a browser that says where it comes from says: from here."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    return request.headers.get(CSRF_HEADER) == CSRF_VALUE


def address_of(request: web.Request) -> str:
    """Where the request comes from: what a proxy on our own network says of it, else the other end of the line."""
    remote = request.remote or ""
    passed_on = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        if passed_on and ipaddress.ip_address(remote).is_private:
            return str(ipaddress.ip_address(passed_on))
    except ValueError:
        return remote
    return remote


def ticket_view(desk: Desk, who: Actor, ticket: Ticket) -> TicketFull:
    """The whole ticket as this colleague sees it."""
    return TicketFull.whole(ticket, who, desk.stores.sealer.open_phone(ticket.phone))


async def the_ticket(call: Call[Actor]) -> Ticket:
    """The ticket that the address names; raises NotFound for one that the caller may not see."""
    return await call.desk.tickets.by_number(call.path("number"), call.who)


def at_the_desk(call: Call[Actor]) -> Actor:
    """The caller, if they work at the front desk or supervise; raises NotAllowed for others."""
    if call.who.supervises or call.who.role is Role.FRONTDESK:
        return call.who
    raise NotAllowed("这里由前台和主管处理", needs=[Role.FRONTDESK.value, Role.SUPERVISOR.value])
