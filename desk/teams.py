"""Teams and their shifts, as supervisors keep them: who is in, when they work, what they may get."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from desk.actors import Actor
from desk.calendar import CalendarError
from desk.errors import Incomplete, NotAllowed
from desk.office_hours import SAID, WEEKDAY_NAMES
from desk.rulebook import Rulebook
from desk.shifts import Roster, office_of
from store.clock import Clock
from store.errors import Conflict, Duplicate, NotFound
from store.ids import derived
from store.shifts import LONGEST, Shift
from store.staff import Staff
from store.stores import Stores
from store.teams import Team
from store.tickets import Category

ID = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
MOST_MEMBERS = 200
MOST_SHIFTS = 500
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class OnShift:
    """A colleague who is there, and how many open orders they have."""

    staff: Staff
    load: int


class Teams:
    """The rules about teams."""

    def __init__(self, stores: Stores, rules: Rulebook, roster: Roster, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._roster = roster
        self._clock = clock

    async def listed(self, actor: Actor) -> list[Team]:
        """The teams of the colleague's estates."""
        return [team for team in await self._stores.teams.all() if _visible(team, actor)]

    async def get(self, id: str, actor: Actor) -> Team:
        """The team, if this colleague may see it; raises NotFound."""
        team = await self._stores.teams.get(id)
        if not _visible(team, actor):
            raise NotFound(id)
        return team

    async def add(self, id: str, fields: dict[str, Any], by: Actor) -> Team:
        """A new team; raises Incomplete for what makes no sense."""
        if not ID.fullmatch(id):
            raise Incomplete("班组编号用 2-32 个小写字母、数字和横线", id=id)
        given = {"estate_id": self._rules.only_estate, **fields}
        await self._check(given, by)
        team = Team(id=id, created_at=self._clock.now(), **given)
        try:
            await self._stores.teams.add(team)
        except Duplicate as taken:
            raise Incomplete("这个班组编号已经有了", id=id) from taken
        return team

    async def change(self, team: Team, changes: dict[str, Any], by: Actor) -> Team:
        """Change some of it; raises Incomplete, or Conflict when somebody else did meanwhile."""
        await self._check({"estate_id": team.estate_id, "kind": team.kind, "company": team.company, **changes}, by)
        changed = await self._stores.teams.change(team, changes)
        if changed is None:
            raise Conflict(team.id)
        return changed

    async def _check(self, fields: dict[str, Any], by: Actor) -> None:
        _may(by)
        estate = fields.get("estate_id", "")
        if not by.in_scope(estate):
            raise NotAllowed("这个小区不归您管", estate=estate)
        if estate and estate not in {one.id for one in self._rules.estates}:
            raise Incomplete("没有这个小区", estate=estate)
        if fields.get("kind") == "contractor" and not fields.get("company"):
            raise Incomplete("委外单位要写公司名称", company="missing")
        members = fields.get("members", ())
        known = {one.id for one in await self._roster.active()} if members else set()
        if unknown := [name for name in members if name not in known]:
            raise Incomplete("没有这些同事,或者已停用", members=unknown)
        if len(members) > MOST_MEMBERS or len(set(members)) != len(members):
            raise Incomplete(f"成员不能重复,最多 {MOST_MEMBERS} 人", members=len(members))
        if wrong := [name for name in fields.get("categories", ()) if name not in set(Category)]:
            raise Incomplete("没有这种工单类别", categories=wrong)
        if fields.get("office") is not None:
            try:
                office_of(fields["office"], self._rules.of(estate))
            except ValueError as bad:
                why = _said(bad)
                raise Incomplete(f"这样的工作时间用不了。{why}", office=why) from bad

    # ---- shifts ----

    async def add_shifts(self, team: Team, wanted: Sequence[tuple[str, datetime, datetime]], by: Actor) -> list[Shift]:
        """Plan shifts; from then on the team works by its rota. The same shift twice is planned once."""
        _may(by)
        now = self._clock.now()
        shifts = []
        for username, starts, ends in wanted:
            if username not in team.members:
                raise Incomplete("先把这位同事加进班组", staff=username)
            if not starts < ends <= starts + LONGEST:
                raise Incomplete(
                    f"班次要先开始后结束,最长 {LONGEST // timedelta(hours=1)} 小时", starts=starts.isoformat()
                )
            if ends <= now or starts > now + FARTHEST:
                raise Incomplete("班次要在现在之后、一年之内", starts=starts.isoformat())
            id = derived(f"{team.id}:{username}:{starts.isoformat()}:{ends.isoformat()}", "shift")
            shifts.append(Shift(id=id, team_id=team.id, staff_id=username, starts_at=starts, ends_at=ends, by=by.tag))
        if not shifts or len(shifts) > MOST_SHIFTS:
            raise Incomplete(f"一次排 1-{MOST_SHIFTS} 个班次", shifts=len(shifts))
        await self._stores.shifts.add(shifts)
        if not team.rota:
            await self._stores.teams.change(team, {"rota": True})
        return shifts

    async def shifts(self, team: Team, *, since: datetime, before: datetime) -> list[Shift]:
        """The shifts that begin in this window."""
        if not since < before <= since + FARTHEST:
            raise Incomplete("时间范围不对,最多一年", since=since.isoformat(), before=before.isoformat())
        return await self._stores.shifts.of_team(team.id, since=since, before=before)

    async def remove_shift(self, team: Team, id: str, by: Actor) -> bool:
        """Take a shift of this team back; False when it was not there."""
        _may(by)
        return await self._stores.shifts.remove(id, team.id)

    async def on_shift(self, team: Team) -> list[OnShift]:
        """Who is there now, with how many open orders, the freest first."""
        rules = self._rules.of(team.estate_id)
        people = await self._roster.on_shift(team, self._clock.now(), rules)
        loads = await self._roster.loads(people, most=1000, wall=self._clock.wall())
        return sorted((OnShift(one, loads[one.id]) for one in people), key=lambda one: (one.load, one.staff.id))


def _may(actor: Actor) -> None:
    if not actor.supervises:
        raise NotAllowed("班组由主管来管", needs=["supervisor"])


def _visible(team: Team, actor: Actor) -> bool:
    return not team.estate_id or actor.in_scope(team.estate_id)


def _said(bad: ValueError) -> str:
    """What is wrong with the hours, as the page says it."""
    if isinstance(bad, CalendarError):
        return bad.said
    if not isinstance(bad, ValidationError):
        return "请检查"
    found = []
    for error in bad.errors(include_url=False, include_input=False):
        day = WEEKDAY_NAMES.get(str(error["loc"][0]), str(error["loc"][0]))
        text = SAID.get(error["type"], "格式不对")
        found.append(f"{day}:{text.format(**error.get('ctx') or {})}")
    return ";".join(found)[:200]
