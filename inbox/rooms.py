"""Which rooms somebody means who writes an id or a room as on the door."""

from __future__ import annotations

from desk.actors import Actor
from desk.desk import Desk
from desk.errors import Incomplete
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


async def the_room(desk: Desk, text: str, actor: Actor) -> Room:
    """The one room that is meant; raises ``Incomplete`` with what to write instead when it is none or several."""
    found = await rooms_meant(desk, text, actor)
    if len(found) != 1:
        said = "没有这个房间,请核对" if not found else "有几个这样的房间,请写全楼栋和单元"
        raise Incomplete(said, room=[room.name for room in found])
    return found[0]
