"""Teams, their members and shifts; who is there; and to whom a ticket goes by a colleague's hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.errors import Incomplete, NotAllowed
from inbox.access import the_ticket, ticket_view
from inbox.views import TicketFull, View
from store.errors import NotFound
from store.shifts import Shift
from store.staff import Staff
from store.teams import Team
from store.tickets import Category

routes: Routes[Actor] = Routes("inbox: teams")


class TeamChange(Input):
    """What of a team is to be another; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=40)
    kind: Literal["team", "contractor"] | None = None
    company: str | None = Field(default=None, max_length=60)
    categories: list[Category] | None = None
    members: list[str] | None = Field(default=None, max_length=500)
    office: dict[str, Any] | None = Field(default=None, description="open hours of its own; {} gives the estate's back")
    rota: bool | None = Field(default=None, description="who is there stands in the shifts")
    active: bool | None = None


class TeamIn(TeamChange):
    """A new team."""

    id: str = Field(min_length=2, max_length=32, description="as rules name it: hy-gongcheng")
    name: str = Field(min_length=1, max_length=40)
    estate: str | None = Field(default=None, max_length=40, description="left out: the only estate, or all of them")


class ShiftIn(Input):
    """One person's time."""

    staff: str = Field(min_length=1, max_length=64)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class ShiftsIn(Input):
    """Shifts to plan."""

    shifts: list[ShiftIn] = Field(min_length=1, max_length=500)


class ShiftQuery(Input):
    """Shifts that begin in this window."""

    since: AwareDatetime
    before: AwareDatetime


class HandOverIn(Input):
    """To whom and why."""

    to: str = Field(min_length=1, max_length=64, description="user name")
    reason: str = Field(min_length=1, max_length=500)


class ClassificationIn(Input):
    """What the ticket really is; what is left out stays."""

    category: Category | None = None
    urgent: bool | None = None
    severity: Literal["minor", "important", "major"] | None = None
    reason: str = Field(default="", max_length=500)


class AboutIn(Input):
    """Whom the complaint is about; an empty list: nobody of us."""

    staff: list[str] = Field(max_length=20)


class DutyIn(Input):
    """Whether somebody is on duty."""

    on_duty: bool


class ContractIn(Input):
    """For whom a colleague works, and what they may get."""

    company: str = Field(max_length=60, description="empty: for us")
    categories: list[Category] = Field(default=[], description="empty: every kind")


class TeamView(View):
    """A team."""

    id: str
    name: str
    estate: str
    kind: str
    company: str
    categories: list[str]
    members: list[str]
    office: dict[str, Any] | None
    rota: bool
    active: bool

    @classmethod
    def of(cls, team: Team) -> Self:
        """A team as colleagues see it."""
        return cls.showing(team, estate=team.estate_id)


class TeamList(View):
    """Teams by id."""

    items: list[TeamView]


class ShiftView(View):
    """A shift."""

    id: str
    staff: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """A shift as colleagues see it."""
        return cls(id=shift.id, staff=shift.staff_id, starts_at=shift.starts_at, ends_at=shift.ends_at)


class ShiftList(View):
    """Shifts in order."""

    items: list[ShiftView]


class Present(View):
    """A colleague who is there now."""

    staff: str
    name: str
    load: int
    """Open orders."""


class PresentList(View):
    """Who is on shift, the freest first."""

    items: list[Present]


class ColleagueView(View):
    """A colleague's duty and contract."""

    username: str
    name: str
    on_duty: bool
    company: str
    categories: list[str]

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """As supervisors see them."""
        return cls(
            username=staff.id,
            name=staff.name,
            on_duty=staff.on_duty,
            company=staff.company,
            categories=list(staff.categories),
        )


class RuleProblems(View):
    """What is wrong with the dispatch rules of each of the caller's estates."""

    items: dict[str, list[str]]


class Removed(View):
    """What was taken back."""

    removed: bool


# -- teams -------------------------------------------------------------------------------------------------------------


@routes.get("/teams")
async def teams(call: Call[Actor]) -> TeamList:
    """The teams of the caller's estates."""
    return TeamList(items=[TeamView.of(team) for team in await call.desk.teams.listed(call.who)])


@routes.post("/teams", status=201)
async def add_team(call: Call[Actor], body: TeamIn) -> TeamView:
    """A new team; supervisors and above."""
    fields = _given(body, drop=("id", "estate"))
    if body.estate is not None:
        fields["estate_id"] = body.estate
    return TeamView.of(await call.desk.teams.add(body.id, fields, call.who))


@routes.post("/teams/{id}")
async def change_team(call: Call[Actor], body: TeamChange) -> TeamView:
    """Change a team; supervisors and above."""
    team = await call.desk.teams.get(call.path("id"), call.who)
    return TeamView.of(await call.desk.teams.change(team, _given(body), call.who))


@routes.get("/teams/{id}/on-shift")
async def on_shift(call: Call[Actor]) -> PresentList:
    """Who of a team is there now, with how many open orders."""
    team = await call.desk.teams.get(call.path("id"), call.who)
    there = await call.desk.teams.on_shift(team)
    return PresentList(items=[Present(staff=one.staff.id, name=one.staff.name, load=one.load) for one in there])


@routes.get("/teams/{id}/shifts")
async def shifts(call: Call[Actor], query: ShiftQuery) -> ShiftList:
    """The shifts of a team that begin in a window."""
    team = await call.desk.teams.get(call.path("id"), call.who)
    found = await call.desk.teams.shifts(team, since=query.since, before=query.before)
    return ShiftList(items=[ShiftView.of(shift) for shift in found])


@routes.post("/teams/{id}/shifts", status=201)
async def add_shifts(call: Call[Actor], body: ShiftsIn) -> ShiftList:
    """Plan shifts; supervisors and above. From then on the team works by them."""
    team = await call.desk.teams.get(call.path("id"), call.who)
    wanted = [(one.staff, one.starts_at, one.ends_at) for one in body.shifts]
    return ShiftList(items=[ShiftView.of(shift) for shift in await call.desk.teams.add_shifts(team, wanted, call.who)])


@routes.post("/teams/{id}/shifts/{shift}/remove")
async def remove_shift(call: Call[Actor]) -> Removed:
    """Take a shift back; supervisors and above."""
    team = await call.desk.teams.get(call.path("id"), call.who)
    return Removed(removed=await call.desk.teams.remove_shift(team, call.path("shift"), call.who))


@routes.get("/dispatch/problems")
async def problems(call: Call[Actor]) -> RuleProblems:
    """Rules that name teams or people who are not there."""
    estates = [one.id for one in call.desk.rules.estates if call.who.in_scope(one.id)]
    found = {estate: await call.desk.dispatch.problems(estate) for estate in estates}
    return RuleProblems(items={estate: [one.said for one in lines] for estate, lines in found.items()})


# -- colleagues --------------------------------------------------------------------------------------------------------


@routes.post("/staff/{username}/duty")
async def duty(call: Call[Actor], body: DutyIn) -> ColleagueView:
    """On or off duty: oneself, or any colleague by a supervisor."""
    username = call.path("username")
    if username != call.who.id and not call.who.supervises:
        raise NotAllowed("别人的在岗状态由主管来改", needs=["supervisor"])
    return await _change_colleague(call, username, {"on_duty": body.on_duty})


@routes.post("/staff/{username}/contract")
async def contract(call: Call[Actor], body: ContractIn) -> ColleagueView:
    """Make a colleague a contractor's (委外单位), with the kinds of tickets they may get; supervisors and above."""
    if not call.who.supervises:
        raise NotAllowed("委外人员由主管来管", needs=["supervisor"])
    changes = {"company": body.company.strip(), "categories": [one.value for one in body.categories]}
    return await _change_colleague(call, call.path("username"), changes)


async def _change_colleague(call: Call[Actor], username: str, changes: dict[str, Any]) -> ColleagueView:
    staff = await call.desk.stores.staff.get(username)
    if call.who.estates and not set(call.who.estates) & set(staff.estates):
        raise NotFound(username)
    await call.desk.stores.staff.change(username, changes)
    return ColleagueView.of(await call.desk.stores.staff.get(username))


# -- tickets -----------------------------------------------------------------------------------------------------------


@routes.post("/tickets/{number}/handover")
async def hand_over(call: Call[Actor], body: HandOverIn) -> TicketFull:
    """Give the work to somebody else, on the record."""
    ticket = await the_ticket(call)
    moved = await call.desk.targets.hand_over(ticket, body.to, call.who, body.reason, key=call.key)
    return ticket_view(call.desk, call.who, moved)


@routes.post("/tickets/{number}/classification")
async def classify(call: Call[Actor], body: ClassificationIn) -> TicketFull:
    """Another category, urgency or (supervisors) severity; the targets follow."""
    if body.category is None and body.urgent is None and body.severity is None:
        raise Incomplete("请给出要改的内容", missing=["category", "urgent", "severity"])
    moved = await call.desk.targets.reclassify(
        await the_ticket(call),
        call.who,
        category=body.category,
        urgent=body.urgent,
        severity=body.severity,
        reason=body.reason.strip(),
        key=call.key,
    )
    return ticket_view(call.desk, call.who, moved)


@routes.post("/tickets/{number}/about")
async def about(call: Call[Actor], body: AboutIn) -> TicketFull:
    """Whom the complaint is about; supervisors and above. They do not handle it."""
    moved = await call.desk.targets.set_about(await the_ticket(call), body.staff, call.who, key=call.key)
    return ticket_view(call.desk, call.who, moved)


def _given(body: TeamChange, drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was really given, as the store keeps it."""
    fields = {name: getattr(body, name) for name in body.model_fields_set if name not in drop}
    fields = {name: value for name, value in fields.items() if value is not None}
    if fields.get("office") == {}:
        fields["office"] = None
    if "categories" in fields:
        fields["categories"] = [one.value for one in fields["categories"]]
    if "members" in fields:
        fields["members"] = [name.strip() for name in fields["members"]]
    return fields
