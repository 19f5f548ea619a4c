"""Shifts: who of a team is there from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.documents import Document
from store.repo import Repo

LONGEST = timedelta(hours=48)
"""No shift is longer: so far back a shift that still runs may have begun."""


class Shift(Document):
    """One person's time with a team."""

    team_id: str
    staff_id: str
    starts_at: datetime
    ends_at: datetime
    by: str = ""


class ShiftRepo(Repo):
    """The only code that knows the ``shifts`` collection."""

    name = "shifts"

    async def add(self, shifts: list[Shift]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(shift.row() for shift in shifts)

    async def of_team(self, team_id: str, *, since: datetime, before: datetime, limit: int = 1000) -> list[Shift]:
        """The shifts of a team that begin in this window, in order."""
        rows = await self._list(
            {"team_id": team_id, "starts_at": {"$gte": since, "$lt": before}}, limit=limit, sort=[("starts_at", 1)]
        )
        return [Shift.of(row) for row in rows]

    async def running(self, team_id: str, at: datetime) -> list[Shift]:
        """The shifts of a team that cover this moment."""
        found = await self.of_team(team_id, since=at - LONGEST, before=at + timedelta(milliseconds=1))
        return [shift for shift in found if shift.ends_at > at]

    async def next_start(self, team_id: str, after: datetime, *, within: timedelta) -> datetime | None:
        """When the next shift of a team begins; None when none does ``within`` that time."""
        rows = await self._list(
            {"team_id": team_id, "starts_at": {"$gt": after, "$lte": after + within}},
            limit=1,
            sort=[("starts_at", 1)],
        )
        return rows[0]["starts_at"] if rows else None

    async def remove(self, id: str, team_id: str) -> bool:
        """Take a team's shift back; False when there is none."""
        return bool(await self._delete({"_id": id, "team_id": team_id}))
