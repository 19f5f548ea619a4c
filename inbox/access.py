"""Who may come in: colleagues by bearer token or by cookie, and what a lost race shows them."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from desk.actors import Actor
from desk.api.calls import Call
from desk.api.errors import ApiError
from desk.desk import Desk
from desk.errors import NotAllowed
from desk.scope import visible
from inbox.views import TicketFull
from store.staff import Role
from store.tickets import Ticket

COOKIE = "guanjia_inbox"
CSRF_HEADER, CSRF_VALUE = "X-Requested-With", "guanjia"
TOKEN: web.RequestKey[str] = web.RequestKey("token", str)


class StaffGuard:
    """Lets signed-in colleagues in."""

    scheme = "inbox"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def who(self, request: web.Request) -> Actor:
        """The colleague; raises a 401, or a 403 for a change by cookie that no page of ours sent."""
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")
        actor = await self._desk.staff.signed_in(token) if token else None
        if actor is None:
            raise ApiError(401, "not_signed_in", "请先登录", headers={"WWW-Authenticate": "Bearer"})
        by_cookie = kind.lower() != "bearer"
        if by_cookie and request.method != "GET" and request.headers.get(CSRF_HEADER) != CSRF_VALUE:
            raise ApiError(403, "csrf", "请从收件箱页面操作", details={"header": f"{CSRF_HEADER}: {CSRF_VALUE}"})
        request[TOKEN] = token
        return actor

    def name(self, who: Actor, request: web.Request) -> str:
        """Limits and keys are per colleague."""
        return who.tag

    def show(self, who: Actor, current: object) -> BaseModel | None:
        """The ticket as it is now, if they may (still) see it."""
        if isinstance(current, Ticket) and visible(current, who):
            return ticket_view(self._desk, who, current)
        return None


def ticket_view(desk: Desk, who: Actor, ticket: Ticket) -> TicketFull:
    """The whole ticket as this colleague sees it."""
    return TicketFull.whole(ticket, who, desk.stores.sealer.open_phone(ticket.phone))


def at_the_desk(call: Call[Actor]) -> Actor:
    """The caller, if they work at the front desk or supervise; raises NotAllowed for others."""
    if call.who.supervises or call.who.role is Role.FRONTDESK:
        return call.who
    raise NotAllowed("这里由前台和主管处理", needs=[Role.FRONTDESK.value, Role.SUPERVISOR.value])
