"""The print view of a work order."""

from __future__ import annotations

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.files import File
from desk.media import media_of
from desk.photos import NAMES
from desk.timeline import paper_of
from desk.work_order import POLICY, work_order
from inbox.access import the_ticket
from store.errors import NotFound
from store.media import MediaState

MOST_PHOTOS = 9
routes: Routes[Actor] = Routes("inbox: tickets")


@routes.get("/tickets/{number}/print")
async def print_view(call: Call[Actor]) -> File:
    """One A4 page to print: no script in it, and every word escaped."""
    desk = call.desk
    ticket = await the_ticket(call)
    wanted = {photo.id: NAMES.get(photo.kind, "") for photo in ticket.photos}
    wanted |= dict.fromkeys(media_of(ticket), "业主发来")
    media = await desk.media.states_of(list(wanted))
    photos: list[tuple[str, bytes]] = []
    for id, name in wanted.items():
        medium = media.get(id)
        if medium is None or medium.state is not MediaState.KEPT or not medium.thumb or len(photos) >= MOST_PHOTOS:
            continue
        try:
            photos.append((name, await desk.stores.files.read(f"{id}:small")))
        except NotFound:
            continue  # its bytes were taken away while the page was made
    rules = desk.rules.of(ticket.estate_id)
    page = work_order(
        ticket,
        estate=rules.estate.name,
        phone=desk.stores.sealer.open_phone(ticket.phone) or "",
        entries=paper_of(ticket, await desk.workload.names()),
        charge=await desk.charges.current(ticket),
        photos=photos,
        now=desk.clock.now(),
        zone=rules.zone,
    )
    return File(
        content=page.encode(),
        content_type="text/html",
        name=f"{ticket.number}.html",
        shown=True,
        policy=POLICY,
        cache="no-store",
    )
