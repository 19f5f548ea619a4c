"""Which rooms somebody means who writes an id or a room as on the door."""

from __future__ import annotations

from desk.actors import Actor
from desk.desk import Desk
from nlp.rooms import read_room
from store.rooms import Room


async def rooms_meant(desk: Desk, text: str, actor: Actor) -> list[Room]:
    """The rooms in this colleague's scope that ``text`` can mean: ``hy/3-2-1502``, 3栋2单元1502, 1502室."""
    text = text.strip()
    if "/" in text:
        found = await desk.stores.rooms.of_ids([text])
    else:
        read = read_room(text) or read_room(f"{text}室")
        found = await desk.stores.rooms.numbered(read.building, read.unit, read.number) if read else []
    return [room for room in found if actor.in_scope(room.estate_id, room.building)]
