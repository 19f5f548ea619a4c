"""What belongs together, for staff: links, a second matter split off, tags, pictures of the work."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.media import media_of
from desk.pictures import LARGEST
from desk.ticket_links import MOST_TAGS
from desk.timeline import name_of
from inbox.access import the_ticket, ticket_view
from inbox.ticket_panel import photos_of
from inbox.ticket_views import PhotoSet, PhotoView
from inbox.views import TicketFull
from store.tickets import Category

LONG = 2000
routes: Routes[Actor] = Routes("inbox: tickets")


class LinkIn(Input):
    """Another ticket, and how this one belongs with it."""

    kind: Literal["together", "caused_by", "same_as"]
    number: str = Field(min_length=1, max_length=40)


class UnlinkIn(Input):
    """Which link is taken back."""

    kind: Literal["together", "caused_by", "causes", "same_as"]
    number: str = Field(min_length=1, max_length=40)


class SplitIn(Input):
    """The second matter."""

    description: str = Field(min_length=1, max_length=LONG)
    category: Category | None = Field(default=None, description="left out: as this one")
    title: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=500)
    additions: list[str] = Field(default=[], max_length=50, description="later words whose photos go with it")


class TagsIn(Input):
    """All tags that it is to have."""

    tags: list[str] = Field(max_length=MOST_TAGS)


class PhotoQuery(Input):
    """When it was taken."""

    kind: Literal["before", "after"]


class RemoveIn(Input):
    """Why."""

    reason: str = Field(default="", max_length=200)


@routes.post("/tickets/{number}/links")
async def link(call: Call[Actor], body: LinkIn) -> TicketFull:
    """Say that two tickets belong together; both show it."""
    found = await the_ticket(call)
    linked = await call.desk.links.link(found, body.kind, body.number.strip(), call.who, key=call.key)
    return ticket_view(call.desk, call.who, linked)


@routes.post("/tickets/{number}/links/remove")
async def unlink(call: Call[Actor], body: UnlinkIn) -> TicketFull:
    """Take a link back on both sides."""
    found = await the_ticket(call)
    left = await call.desk.links.unlink(found, body.kind, body.number.strip(), call.who, key=call.key)
    return ticket_view(call.desk, call.who, left)


@routes.post("/tickets/{number}/split", status=201)
async def split(call: Call[Actor], body: SplitIn) -> TicketFull:
    """A second matter becomes a ticket of its own; the owner hears its number."""
    opened = await call.desk.links.split(
        await the_ticket(call),
        call.who,
        body.description,
        category=body.category,
        title=body.title,
        reason=body.reason.strip(),
        additions=body.additions,
        key=call.key,
    )
    return ticket_view(call.desk, call.who, opened)


@routes.post("/tickets/{number}/tags")
async def tag_ticket(call: Call[Actor], body: TagsIn) -> TicketFull:
    """These tags and no others."""
    tagged = await call.desk.links.tag(await the_ticket(call), body.tags, call.who, key=call.key)
    return ticket_view(call.desk, call.who, tagged)


@routes.post("/tickets/{number}/photos", status=201, takes=LARGEST["image"])
async def add_photo(call: Call[Actor], query: PhotoQuery) -> PhotoView:
    """Keep a picture of the work, before or after; place and device are taken out of it."""
    photo = await call.desk.photos.add(await the_ticket(call), query.kind, call.content, call.who, key=call.key)
    media = await call.desk.media.states_of([photo.id])
    return PhotoView.of(photo, name_of(photo.by, await call.desk.workload.names()), media.get(photo.id))


@routes.post("/tickets/{number}/photos/{id}/remove")
async def remove_photo(call: Call[Actor], body: RemoveIn) -> PhotoSet:
    """Take a picture away, its bytes too; who took it, or a supervisor."""
    ticket = await call.desk.photos.remove(
        await the_ticket(call), call.path("id"), call.who, reason=body.reason.strip()
    )
    owned = media_of(ticket)
    media = await call.desk.media.states_of([*owned, *(photo.id for photo in ticket.photos)])
    return photos_of(ticket, owned, media, await call.desk.workload.names())
