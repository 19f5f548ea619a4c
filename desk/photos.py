"""Pictures that colleagues take of the work: how it was before, how it is after. Pixels only."""

from __future__ import annotations

from collections.abc import Sequence

from desk.actors import Actor
from desk.errors import Incomplete, NotAllowed
from desk.kept_pictures import KeptPictures
from store.clock import Clock
from store.ids import Ids, derived
from store.media import MediaState
from store.stores import Stores
from store.tickets import Event, Photo, Ticket

KINDS = ("before", "after")
NAMES = {"before": "维修前", "after": "维修后"}
MOST = 30


class Photos:
    """The rules of work pictures."""

    def __init__(self, stores: Stores, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._clock = clock
        self._ids = ids
        self._pictures = KeptPictures(stores, clock)

    async def add(self, ticket: Ticket, kind: str, content: bytes, by: Actor, *, key: str | None = None) -> Photo:
        """Keep a picture with the ticket; raises Incomplete for what is no picture, or too large, or too many."""
        id = derived(key, f"photo:{ticket.id}") if key else self._ids.new()
        known = next((photo for photo in ticket.photos if photo.id == id), None)
        if known is not None:
            return known
        if len(ticket.photos) >= MOST:
            raise Incomplete(f"一张单最多 {MOST} 张照片", photos=MOST)
        await self._pictures.keep(id, content, source="staff", estate_id=ticket.estate_id, ticket_id=ticket.id)
        now = self._clock.now()
        photo = Photo(id=id, kind=kind, at=now, by=by.tag)
        await self._stores.tickets.append(ticket.id, "photos", photo)
        event = Event(id=derived(id, "photo"), at=now, by=by.tag, kind="photo", note=NAMES[kind], data={"photo": id})
        await self._stores.tickets.append(ticket.id, "events", event, changes={"updated_at": now})
        return photo

    async def remove(self, ticket: Ticket, id: str, by: Actor, *, reason: str = "") -> Ticket:
        """Take a picture away, its bytes too; who took it, or a supervisor."""
        photo = next((one for one in ticket.photos if one.id == id), None)
        if photo is None:
            return ticket
        if photo.by != by.tag and not by.supervises:
            raise NotAllowed("别人拍的照片由主管来删", needs=["supervisor"])
        now = self._clock.now()
        event = Event(id=derived(id, "photo_removed"), at=now, by=by.tag, kind="photo_removed", reason=reason or None)
        await self._stores.tickets.take_out(ticket.id, "photos", {"id": id}, event)
        await self._stores.files.delete(id)
        await self._stores.files.delete(f"{id}:small")
        for medium in await self._stores.media.of_ids([id]):
            await self._stores.media.change(medium, {"state": MediaState.GONE, "reason": "removed"})
        return await self._stores.tickets.get(ticket.id)


def ids_of(photos: Sequence[Photo]) -> list[str]:
    """Of their media rows."""
    return [photo.id for photo in photos]
