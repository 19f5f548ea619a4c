"""Everything of one ticket in one answer: what belongs to it is read side by side, each part bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.api.calls import Call
from desk.lateness import lateness
from desk.media import media_of
from desk.photos import ids_of
from desk.scope import visible
from desk.timeline import name_of, timeline_of
from inbox.attachments import MediaView
from inbox.charge_views import sheet_of
from inbox.promises import PromiseView
from inbox.ticket_views import (
    EntryView,
    IncidentBrief,
    LatenessView,
    LinkedView,
    PersonView,
    PhotoSet,
    PhotoView,
    SimilarView,
    TicketPanel,
)
from inbox.views import TicketRow
from store.incidents import Incident
from store.media import Medium
from store.staff import Role
from store.tickets import Ticket

HISTORY = timedelta(days=730)
SHOWN = 5
MOST_READ = 30
SOON = timedelta(minutes=5)
UNKNOWN = LinkedView(kind="", number="", title="", state=None, category=None, opened_at=None)


async def panel_of(call: Call[Actor], ticket: Ticket) -> TicketPanel:
    """The panel of a ticket that the caller may see."""
    desk, who, now = call.desk, call.who, call.desk.clock.now()
    stores = desk.stores
    owned, photos = media_of(ticket), ids_of(ticket.photos)
    (media, names, people, linked, incident), (promises, charge, in_room, of_owner, similar) = await asyncio.gather(
        asyncio.gather(
            desk.media.states_of([*owned, *photos]),
            desk.workload.names(),
            _people(call, ticket),
            _linked(call, ticket),
            _incident(call, ticket),
        ),
        asyncio.gather(
            stores.promises.of_ticket(ticket.id),
            desk.charges.current(ticket),
            _room_history(call, ticket, now),
            _owner_history(call, ticket, now),
            desk.similar.to(ticket, who),
        ),
    )
    return TicketPanel.full(
        ticket,
        who,
        stores.sealer.open_phone(ticket.phone),
        attachments=[MediaView.of(id, media.get(id)) for id in owned],
        estate_name=desk.rules.of(ticket.estate_id).estate.name,
        lateness=LatenessView.of(lateness(ticket, now)),
        people=people,
        linked=linked,
        incident=None if incident is None else IncidentBrief.of(incident),
        promises=[PromiseView.of(one) for one in sorted(promises, key=lambda one: one.due)],
        photos=photos_of(ticket, owned, media, names),
        charges=None if charge is None else await sheet_of(desk, charge, names),
        timeline=[EntryView.of(entry) for entry in timeline_of(ticket, names)],
        room_history=[TicketRow.of(row) for row in in_room],
        owner_history=[TicketRow.of(row) for row in of_owner],
        similar=[SimilarView.of(case) for case in similar],
    )


def photos_of(ticket: Ticket, owned: Sequence[str], media: dict[str, Medium], names: dict[str, str]) -> PhotoSet:
    """All pictures, by who took them and when."""
    theirs = [
        PhotoView(
            id=id,
            kind="owner",
            by=f"owner:{ticket.owner_id}",
            by_name=ticket.owner_name or "业主",
            at=media[id].created_at if id in media else None,
            media=MediaView.of(id, media.get(id)),
        )
        for id in owned
        if id not in media or media[id].kind == "image"
    ]
    shown = [PhotoView.of(one, name_of(one.by, names), media.get(one.id)) for one in ticket.photos]
    return PhotoSet(
        owner=theirs,
        before=[one for one in shown if one.kind == "before"],
        after=[one for one in shown if one.kind == "after"],
    )


async def _people(call: Call[Actor], ticket: Ticket) -> list[PersonView]:
    """Who could take it; technicians give nobody work."""
    at_desk = call.who.supervises or call.who.role is Role.FRONTDESK
    if not at_desk or not ticket.is_open:
        return []
    return [PersonView.of(one) for one in await call.desk.workload.for_ticket(ticket, call.who)]


async def _linked(call: Call[Actor], ticket: Ticket) -> list[LinkedView]:
    """The tickets it belongs with; of those that the caller may not see only the number stands here."""
    links = [(str(link.get("kind")), str(link.get("id"))) for link in ticket.links if link.get("kind") != "incident"]
    joined = [str(event.note) for event in ticket.events if event.kind == "joined" and event.note]
    found = {one.id: one for one in await call.desk.stores.tickets.of_ids([id for _, id in links])} if links else {}
    shown = []
    for kind, id in links:
        if (other := found.get(id)) is not None:
            shown.append(_link(kind, other.number, other if visible(other, call.who) else None))
    shown += [_link("merged_from", number, None) for number in dict.fromkeys(joined)]
    if ticket.merged_into:
        shown.append(_link("merged_into", ticket.merged_into, None))
    return shown


def _link(kind: str, number: str, other: Ticket | None) -> LinkedView:
    if other is None:
        return UNKNOWN.model_copy(update={"kind": kind, "number": number})
    return LinkedView(
        kind=kind,
        number=number,
        title=other.title,
        state=other.state,
        category=other.category,
        opened_at=other.opened_at,
    )


async def _incident(call: Call[Actor], ticket: Ticket) -> Incident | None:
    id = next((link.get("id") for link in reversed(ticket.links) if link.get("kind") == "incident"), None)
    return await call.desk.stores.incidents.find(id) if id else None


async def _room_history(call: Call[Actor], ticket: Ticket, now: datetime) -> list[Ticket]:
    if not ticket.room_id:
        return []
    rows = await call.desk.stores.tickets.of_rooms(
        [ticket.room_id], before=now + SOON, since=now - HISTORY, limit=MOST_READ
    )
    return _others(rows, ticket, call.who)


async def _owner_history(call: Call[Actor], ticket: Ticket, now: datetime) -> list[Ticket]:
    if not ticket.owner_id:
        return []
    rows = await call.desk.stores.tickets.of_owner(
        ticket.owner_id, before=now + SOON, since=now - HISTORY, limit=MOST_READ
    )
    return _others(rows, ticket, call.who)


def _others(rows: Sequence[Ticket], ticket: Ticket, who: Actor) -> list[Ticket]:
    return [row for row in rows if row.id != ticket.id and visible(row, who)][:SHOWN]
