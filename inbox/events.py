"""Live events for pages: a stream of server-sent events, and the same by asking."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse
from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.errors import ApiError
from desk.api.input import Input
from desk.api.streams import EventStream
from desk.live_scope import may_hear
from inbox.access import SIGNED
from inbox.hub import ONLY_HERE, Hub, Listener, control, shown, wire
from inbox.views import View
from store.errors import Unavailable
from store.live import POSITION, Event, order

HUB: web.AppKey[Hub] = web.AppKey("live_hub", Hub)
HEARTBEAT = 15.0
"""Seconds; less than any proxy waits."""
SEND_SECONDS = 10.0
"""A page that takes nothing for so long is gone or asleep."""
MOST_ENTRIES = 500
RETRY_MS = 2000

routes: Routes[Actor] = Routes("inbox: live events")


class EventsQuery(Input):
    """Where to go on from, for a connection that is not the browser's own reconnect."""

    last: str = Field(default="", max_length=40, description="id of the last event; as the header Last-Event-ID")


class SinceQuery(Input):
    """Where to go on from."""

    id: str = Field(default="", max_length=40, description="`id` of the answer before; empty: only where events stand")


class LiveEvent(View):
    """Something changed: ids only."""

    kind: str
    id: str = ""
    estate: str = ""
    conversation: str = ""
    ticket: str = ""
    staff: str = ""
    state: str = ""


class Since(View):
    """What was missed."""

    id: str
    items: list[LiveEvent]
    resync: bool
    """More was missed than is known: read everything on the screen again."""
    live: bool
    """Whether events come at all; else read what is on the screen every ten seconds."""


@routes.get("/events")
async def events(call: Call[Actor], query: EventsQuery) -> EventStream:
    """Server-sent events: what changes in the caller's scope, from the last event on that the page has seen."""
    hub, request = call.request.app[HUB], call.request
    listener = await hub.join(request[SIGNED])
    if listener is None:
        raise ApiError(429, "too_many", f"最多同时打开 {hub.most} 个页面", details={"most": hub.most})
    response = EventSourceResponse(ping_interval=HEARTBEAT, send_timeout=SEND_SECONDS)
    try:
        await response.prepare(request)
        async with response:
            await response.send(control("hello", live=hub.live, heartbeat=HEARTBEAT), retry=RETRY_MS)
            last = request.headers.get("Last-Event-ID") or query.last
            await _write(response, hub, listener, await _missed(call, hub, response, last))
    except (ConnectionResetError, TimeoutError):
        pass  # the page is gone, or takes nothing: it comes back with the place where it was
    finally:
        hub.leave(listener)
    return EventStream(response=response)


async def _missed(call: Call[Actor], hub: Hub, response: EventSourceResponse, last: str) -> str:
    """Write what came since ``last``; gives the position up to which all is written."""
    live = call.desk.stores.live
    try:
        if not POSITION.fullmatch(last):
            position = await live.newest()
            # The place alone: what comes next is resumed from here also when nothing has come yet.
            await response.send(control("resync" if last else "hello", live=hub.live), id=position)
            return position
        since = await live.since(last, most=MOST_ENTRIES)
        if not since.complete:
            await response.send(control("resync"), id=since.position)
        for entry in since.entries:
            for event in await hub.known(entry.events):
                if event.kind == "resync":
                    await response.send(control("resync"), id=entry.position)
                elif _may(call.who, event):
                    await response.send(wire(event), id=entry.position)
        return since.position
    except Unavailable:
        await response.send(control("away"))
        return ""


def _may(who: Actor, event: Event) -> bool:
    return event.kind != ONLY_HERE and may_hear(who, event)


async def _write(response: EventSourceResponse, hub: Hub, listener: Listener, position: str) -> None:
    """Write what comes, until the listener ends or the page is gone."""
    written = _order(position)
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await listener.arrived.wait()
        except TimeoutError:
            if not response.is_connected():
                return
            # Scripts do not see comments: this is how a page knows that the line is alive.
            await response.send(control("hello", live=hub.live))
            continue
        listener.arrived.clear()
        while listener.waiting:
            at, said, once = listener.waiting.popleft()
            if once and _order(at) <= written:
                continue  # while catching up
            await response.send(said, id=at or None)
        if listener.ended:
            return


def _order(position: str) -> tuple[int, int]:
    return order(position) if position else (0, 0)


@routes.get("/events/since")
async def since(call: Call[Actor], query: SinceQuery) -> Since:
    """What changed since the last time of asking, for pages whose stream does not hold."""
    hub, live = call.request.app[HUB], call.desk.stores.live
    try:
        if not POSITION.fullmatch(query.id):
            return Since(id=await live.newest(), items=[], resync=bool(query.id), live=True)
        found = await live.since(query.id, most=MOST_ENTRIES)
        events = [event for entry in found.entries for event in await hub.known(entry.events)]
    except Unavailable:
        return Since(id=query.id, items=[], resync=True, live=False)
    resync = not found.complete or any(event.kind == "resync" for event in events)
    heard = [event for event in events if event.kind != "resync" and _may(call.who, event)]
    if len(heard) > MOST_ENTRIES:
        heard, resync = [], True
    return Since(id=found.position, items=[LiveEvent(**shown(event)) for event in heard], resync=resync, live=True)
