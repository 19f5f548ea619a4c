"""Where a matter is: one of the writer's homes, a room that they wrote, or still unknown."""

from __future__ import annotations

from dataclasses import dataclass

from desk.wording import room_name
from handlers.context import Context
from nlp import Room
from store.conversations import Home


@dataclass(frozen=True, slots=True)
class Where:
    """A room as far as it is known. ``open``: the writer has several homes and did not say which."""

    room_id: str | None = None
    name: str = ""
    estate_id: str = ""
    open: bool = False


def written(room: Room) -> str:
    """A room that somebody wrote, as on a door."""
    return room_name(room.building, room.unit, room.number)


def matches(home: Home, room: Room) -> bool:
    """Whether what was written can mean this home; parts that were left out match anything."""
    building, unit, number = [*home.room_id.rpartition("/")[2].split("-", 2), "", ""][:3]
    pairs = ((room.building, building), (room.unit, unit), (room.number, number))
    return all(not said or said.upper() == known.upper() for said, known in pairs)


async def where(ctx: Context, room: Room | None) -> Where:
    """Where it is. Costs no store operation unless a room was written that is none of the writer's homes."""
    homes = ctx.conversation.homes
    if room is not None:
        mine = [home for home in homes if matches(home, room)]
        if len(mine) == 1:
            return at(mine[0])
        if not mine and (not homes or room.building):
            return await elsewhere(ctx, room)
    if len(homes) == 1:
        return at(homes[0])
    return Where(estate_id=_estate(ctx), open=len(homes) > 1)


async def elsewhere(ctx: Context, room: Room) -> Where:
    """A room by what was written: found in the register, or kept in the writer's words."""
    found = await ctx.desk.stores.rooms.numbered(room.building, room.unit, room.number, limit=2)
    if len(found) == 1 and room.building:
        return Where(found[0].id, found[0].name, found[0].estate_id)
    return Where(None, written(room), _estate(ctx))


def at(home: Home) -> Where:
    """One of the writer's homes."""
    return Where(home.room_id, home.name, home.estate_id or home.room_id.partition("/")[0])


def _estate(ctx: Context) -> str:
    known = ctx.conversation.estate_id or next((home.estate_id for home in ctx.conversation.homes), "")
    return known or ctx.desk.rules.only_estate
