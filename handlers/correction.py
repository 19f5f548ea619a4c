"""The wrong home was written: "不是1502，是1602", "房号写错了，是2栋1单元801"."""

from __future__ import annotations

import re

from handlers.context import Context, Reply
from handlers.details import JOINS, fresh
from handlers.homes import elsewhere, matches
from nlp import Room
from nlp.answers import read_room

_NOT_BUT = re.compile(
    "(?:不是|错了?|不对)[^,，。]{0,14}?[,，。、 ]*(?:应该|其实|我?说?的?)*(?:而)?是(?P<right>[^,，。]{2,24})"
)
_BUT_NOT = re.compile("(?:应该|其实)?是(?P<right>[^,，。]{2,20})[,，、 ]*不是[^,，。]{2,20}")
_BARE = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
LONGEST = 40


async def corrected(ctx: Context) -> Reply | None:
    """The newest ticket goes to the home that was meant; None when the words correct no home that we know."""
    text, ticket = ctx.message.text.strip(), fresh(ctx, JOINS)
    said = None if len(text) > LONGEST else _BUT_NOT.search(text) or _NOT_BUT.search(text)
    if ticket is None or said is None:
        return None
    right = said["right"]
    bare = _BARE.search(right)
    room = read_room(right) or (Room("", "", bare.group()) if bare else None)
    if room is None:
        return None
    mine = [home for home in ctx.conversation.homes if matches(home, room)]
    if len(mine) == 1:
        room_id, name = mine[0].room_id, mine[0].name
    else:
        found = await elsewhere(ctx, _whole(ctx, room))
        if found.room_id is None:
            return None
        room_id, name = found.room_id, found.name
    by, key = ctx.owner, ctx.message.key
    await ctx.desk.tickets.add_words(ticket.id, text, ctx.message.recording, by=by, key=key)
    await ctx.desk.tickets.complete(ticket.id, by=by, key=key, room_id=room_id, room_name=name)
    return Reply(ctx.say("detail.room", room=name, number=ticket.number), dialogue=ctx.conversation.dialogue)


def _whole(ctx: Context, room: Room) -> Room:
    """A bare door stands in the writer's own building and unit."""
    if room.building or not ctx.conversation.homes:
        return room
    building, unit, _ = [*ctx.conversation.homes[0].room_id.rpartition("/")[2].split("-", 2), "", ""][:3]
    return Room(building, room.unit or unit, room.number)
