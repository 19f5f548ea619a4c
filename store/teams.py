"""Teams: who works together, for which estate, and when. A contractor's people are a team as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from store.documents import Document
from store.errors import NotFound
from store.repo import Repo

TICK = timedelta(milliseconds=1)


class Team(Document):
    """One team. ``_id`` is the name that rules use: ``hy-gongcheng``."""

    name: str
    estate_id: str = ""
    """Empty: for every estate."""
    kind: str = "team"
    """team | contractor"""
    company: str = ""
    categories: tuple[str, ...] = ()
    """What a contractor may get; empty: everything."""
    members: tuple[str, ...] = ()
    office: dict[str, Any] | None = None
    """Its own open hours; None: the estate's."""
    rota: bool = False
    """Who is there stands in ``shifts``; else everybody on duty is, while the team is open."""
    turns: dict[str, datetime] = {}
    """When each member got their last ticket in turn."""
    active: bool = True
    version: int = 0
    created_at: datetime | None = None


class TeamRepo(Repo):
    """The only code that knows the ``teams`` collection."""

    name = "teams"

    async def add(self, team: Team) -> None:
        """Insert; raises Duplicate when the name is taken."""
        await self._insert(team.row())

    async def find(self, id: str) -> Team | None:
        """The team, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Team.of(row)

    async def get(self, id: str) -> Team:
        """The team; raises NotFound."""
        found = await self.find(id)
        if found is None:
            raise NotFound(id)
        return found

    async def all(self, limit: int = 2000) -> list[Team]:
        """Every team, by name."""
        return [Team.of(row) for row in await self._list({}, limit=limit, sort=[("_id", 1)])]

    async def change(self, team: Team, changes: Mapping[str, Any]) -> Team | None:
        """Set fields if the team still is as the caller saw it; None when it is not."""
        won = await self._update(
            {"_id": team.id, "version": team.version}, {"$set": dict(changes), "$inc": {"version": 1}}
        )
        return await self.get(team.id) if won else None

    async def take_turn(self, team: Team, staff_id: str, at: datetime) -> bool:
        """It is this member's turn; False when somebody else took a turn meanwhile."""
        # Later than every other turn, also when two of them come in the same moment.
        last = max((*team.turns.values(), at - TICK)) + TICK
        turns = {**team.turns, staff_id: max(at, last)}
        return await self._update(
            {"_id": team.id, "version": team.version}, {"$set": {"turns": turns}, "$inc": {"version": 1}}
        )
