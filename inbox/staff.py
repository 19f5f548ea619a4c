"""Colleagues' accounts: managers add, change, lock out and let in; what they did is in the audit log."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.wording import mask_phone
from inbox.signing_in import Ended
from inbox.views import View
from store.conversations import EPOCH
from store.staff import Role, Staff
from store.tickets import Category

routes: Routes[Actor] = Routes("inbox: accounts")


class AccountsQuery(PageQuery):
    """Which accounts."""

    active: bool | None = None
    role: Role | None = None
    estate: str | None = Field(default=None, max_length=64)
    q: str | None = Field(default=None, max_length=64, description="part of a name or user name")


class AccountChange(Input):
    """What of an account is to be another; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=40)
    role: Role | None = None
    title: str | None = Field(default=None, max_length=20)
    phone: str | None = Field(default=None, pattern=r"^(\+?\d[\d-]{4,18})?$", description="empty: none")
    estates: list[str] | None = Field(default=None, max_length=200, description="[]: every estate")
    buildings: list[str] | None = Field(default=None, max_length=200, description="[]: every building")
    categories: list[Category] | None = Field(default=None, description="[]: every kind")
    company: str | None = Field(default=None, max_length=60)


class AccountIn(AccountChange):
    """A new colleague; the password is made by resetting it."""

    username: str = Field(min_length=2, max_length=32)
    name: str = Field(min_length=1, max_length=40)
    role: Role


class DeactivateIn(Input):
    """Why."""

    reason: str = Field(min_length=1, max_length=100)


class Account(View):
    """An account as managers see it."""

    username: str
    name: str
    role: Role
    title: str
    phone_masked: str
    estates: list[str]
    buildings: list[str]
    teams: list[str]
    categories: list[str]
    company: str
    on_duty: bool
    active: bool
    must_change: bool
    has_password: bool
    wechat: bool
    """Hears of alerts there."""
    manageable: bool
    """The caller may change it."""
    created_at: datetime | None
    locked: bool | None = None
    """Too many wrong passwords lately; one account alone shows it."""
    open_tickets: int | None = None
    sessions: int | None = None


class AccountPage(View):
    """Accounts, the newest first."""

    items: list[Account]
    next: str | None


class OneTimePassword(View):
    """Shown this once."""

    password: str


class Deactivated(View):
    """Who is out, and what is to be given to others."""

    account: Account
    freed: list[str]
    conversations: list[str]


@routes.get("/staff/accounts")
async def accounts(call: Call[Actor], query: AccountsQuery) -> AccountPage:
    """The accounts in the caller's scope, the newest first."""
    words = (query.q or "").strip().lower()
    everybody = [
        staff
        for staff in await call.desk.accounts.listed(call.who)
        if (query.active is None or staff.active is query.active)
        and (query.role is None or staff.role is query.role)
        and (query.estate is None or not staff.estates or query.estate in staff.estates)
        and (words in staff.id or words in staff.name.lower())
    ]
    everybody.sort(key=lambda staff: (staff.created_at or EPOCH, staff.id), reverse=True)

    async def fetch(before: datetime, since: datetime, limit: int) -> list[Staff]:
        return [staff for staff in everybody if since <= (staff.created_at or EPOCH) < before][:limit]

    page = await call.page(
        fetch,
        lambda staff: Position(staff.created_at or EPOCH, staff.id),
        query,
        name="inbox.accounts",
    )
    teams = await _teams(call)
    return AccountPage(items=[_shown(call, staff, teams) for staff in page.rows], next=page.next)


@routes.post("/staff", status=201)
async def add_account(call: Call[Actor], body: AccountIn) -> Account:
    """A new colleague, who can sign in once a password was made for them."""
    fields = body.model_dump(exclude={"username"}, exclude_none=True)
    return await _whole(call, await call.desk.accounts.add(body.username, fields, call.who))


@routes.get("/staff/{username}/account")
async def account(call: Call[Actor]) -> Account:
    """One account, with what hangs on it."""
    return await _whole(call, await call.desk.accounts.get(call.path("username"), call.who))


@routes.post("/staff/{username}/account")
async def change_account(call: Call[Actor], body: AccountChange) -> Account:
    """Change a colleague's name, role, scope or contract."""
    fields = body.model_dump(exclude_none=True)
    return await _whole(call, await call.desk.accounts.change(call.path("username"), fields, call.who))


# Not repeatable: what is kept for repeats would hold the password.
@routes.post("/staff/{username}/password", repeatable=False)
async def reset_password(call: Call[Actor]) -> OneTimePassword:
    """A new one-time password: shown this once, to be changed at the next sign-in; every session ends."""
    return OneTimePassword(password=await call.desk.accounts.reset_password(call.path("username"), call.who))


@routes.post("/staff/{username}/deactivate")
async def deactivate(call: Call[Actor], body: DeactivateIn) -> Deactivated:
    """Somebody leaves: out at once; their open tickets and conversations go back to be given to others."""
    username = call.path("username")
    freed = await call.desk.accounts.deactivate(username, call.who, reason=body.reason.strip(), key=call.key)
    call.audit.update(tickets=len(freed.tickets), conversations=len(freed.conversations))
    staff = await call.desk.accounts.get(username, call.who)
    return Deactivated(
        account=await _whole(call, staff), freed=list(freed.tickets), conversations=list(freed.conversations)
    )


@routes.post("/staff/{username}/activate")
async def activate(call: Call[Actor]) -> Account:
    """They may sign in again."""
    return await _whole(call, await call.desk.accounts.activate(call.path("username"), call.who))


@routes.post("/staff/{username}/sign-out", repeatable=False)
async def sign_out(call: Call[Actor]) -> Ended:
    """End all sessions of a colleague."""
    return Ended(ended=await call.desk.accounts.sign_out(call.path("username"), call.who))


async def _teams(call: Call[Actor]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for team in await call.desk.stores.teams.all():
        for member in team.members if team.active else ():
            found.setdefault(member, []).append(team.id)
    return found


async def _whole(call: Call[Actor], staff: Staff) -> Account:
    more = {
        "locked": await call.desk.staff.locked(staff),
        "open_tickets": await call.desk.accounts.open_tickets(staff.id),
        "sessions": len(await call.desk.staff.sessions(staff.id)),
    }
    return _shown(call, staff, await _teams(call)).model_copy(update=more)


def _shown(call: Call[Actor], staff: Staff, teams: dict[str, list[str]]) -> Account:
    phone = call.desk.stores.sealer.open_phone(staff.phone)
    return Account(
        username=staff.id,
        name=staff.name,
        role=staff.role,
        title=staff.title,
        phone_masked=mask_phone(phone) if phone else "",
        estates=list(staff.estates),
        buildings=list(staff.buildings),
        teams=teams.get(staff.id, []),
        categories=list(staff.categories),
        company=staff.company,
        on_duty=staff.on_duty,
        active=staff.active,
        must_change=staff.must_change,
        has_password=bool(staff.password),
        wechat=bool(staff.wechat),
        manageable=call.desk.accounts.manageable(staff, call.who),
        created_at=staff.created_at,
    )
