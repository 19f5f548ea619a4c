"""Live events inside one process: one reader of the stream, many listeners.

Nobody waits for anybody: what a listener does not take in time is not kept for it, it is cut off and comes back with
the place where it was. All sessions are looked at together, every few seconds and at once when somebody was signed out.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from desk.actors import Actor
from desk.desk import Desk
from desk.live_scope import may_hear
from desk.scope import building_of
from desk.staff import SignedIn
from store.ending import end
from store.errors import Unavailable
from store.live import Entry, Event

log = logging.getLogger(__name__)

MOST_OF_ONE = 10
"""Connections of one colleague in one process."""
MOST_WAITING = 500
"""Events that wait for one listener; one that is so slow is cut off."""
CHECK_SECONDS = 5.0
PAUSE_SECONDS = 1.0
ESTATE_KEPT = timedelta(minutes=1)
MOST_ESTATES = 5000
ONLY_HERE = "session"
"""Told among processes, for nobody's eyes."""


@dataclass(slots=True, eq=False)
class Listener:
    """One open connection."""

    signed: SignedIn
    waiting: deque[tuple[str, str, bool]] = field(default_factory=deque)
    """Positions (or nothing), what is to be written, and whether catching up may have written it already."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    def put(self, position: str, said: str, *, once: bool = True) -> None:
        """To be written soon; one that does not keep up ends here."""
        if self.ended:
            return
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.end()
            return
        self.waiting.append((position, said, once))
        self.arrived.set()

    def end(self, reason: str = "") -> None:
        """No more after this; with a reason it is the last thing written."""
        if reason and not self.ended:
            self.waiting.append(("", control("bye", reason=reason), False))
        self.ended = True
        self.arrived.set()


class Hub:
    """Reads the stream once and gives each listener what it may hear."""

    def __init__(self, desk: Desk, *, most: int = MOST_OF_ONE) -> None:
        self._desk = desk
        self.most = most
        self._listeners: set[Listener] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._check_now = asyncio.Event()
        self._reading = asyncio.Event()
        self._estates: OrderedDict[str, tuple[str | None, float]] = OrderedDict()
        self.live = True
        """Whether Redis answers; else pages poll."""

    # ---- listeners ----

    async def join(self, signed: SignedIn) -> Listener | None:
        """A new listener, once the stream is being read; None when this colleague has too many open."""
        mine = [one for one in self._listeners if one.signed.actor.id == signed.actor.id]
        if len(mine) >= self.most:
            return None
        listener = Listener(signed)
        self._listeners.add(listener)
        if not self._tasks:
            for loop, name in ((self._read_on, "live events"), (self._check_on, "live sessions")):
                self._tasks.append(asyncio.get_running_loop().create_task(loop(), name=name))
        await self._reading.wait()
        return listener

    def leave(self, listener: Listener) -> None:
        """It is gone."""
        listener.ended = True
        self._listeners.discard(listener)

    async def close(self) -> None:
        """End every connection: the process stops. They come back to another, or to this one when it is up again."""
        for listener in self._listeners:
            listener.end()
        await end(self._tasks)
        self._tasks.clear()

    # ---- the stream ----

    async def _read_on(self) -> None:
        position = ""
        while True:
            try:
                if not position:
                    position = await self._desk.stores.live.newest()
                    self._reading.set()
                    if not self.live:
                        self.live = True
                        self._all("resync", position)
                for entry in await self._desk.stores.live.read(position):
                    position = entry.position
                    await self._give(entry)
            except Unavailable:
                if self.live:
                    self.live, position = False, ""
                    self._reading.set()
                    self._all("away")
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:  # whatever one entry brings must not leave every page without events
                log.exception("live events: an entry could not be given on")
                self._all("resync", position)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _give(self, entry: Entry) -> None:
        events = []
        for event in await self.known(entry.events):
            if event.kind == ONLY_HERE:
                self._check_now.set()
            elif event.kind == "resync":
                self._all("resync", entry.position)
            else:
                events.append((event, wire(event)))
        for listener in list(self._listeners):
            for event, said in events:
                if may_hear(listener.signed.actor, event):
                    listener.put(entry.position, said)

    def _all(self, kind: str, position: str = "") -> None:
        for listener in list(self._listeners):
            listener.put(position, control(kind), once=False)

    async def known(self, events: Sequence[Event]) -> list[Event]:
        """The events with the estates of those that came without; what nothing is known of is left out."""
        missing = [event for event in events if event.estate_id is None]
        if not missing:
            return list(events)
        wanted = {event.id for event in missing if event.kind == "ticket"}
        tickets = {one.id: one for one in await self._desk.stores.tickets.of_ids(list(wanted))} if wanted else {}
        chats = await self._estates_of({event.conversation for event in missing if event.conversation})
        known: list[Event] = []
        for event in events:
            if event.estate_id is not None:
                known.append(event)
            elif (ticket := tickets.get(event.id)) is not None and event.kind == "ticket":
                about = {"estate_id": ticket.estate_id, "ticket": ticket.number, "conversation": ticket.conversation_id}
                scope = {"building": building_of(ticket), "category": ticket.category.value}
                who = {"executor": ticket.executor, "staff": ticket.executor}
                known.append(replace(event, id=ticket.number, **about, **scope, **who))  # type: ignore[arg-type]
            elif event.kind == "staff":
                for staff in await self._desk.stores.staff.of_ids([event.id]):
                    known += [replace(event, estate_id=estate) for estate in staff.estates or ("",)]
            elif event.kind == "incident":
                incident = await self._desk.stores.incidents.find(event.id)
                if incident is not None:
                    place = {"estate_id": incident.estate_id, "building": incident.building}
                    known.append(replace(event, id=incident.number, **place))  # type: ignore[arg-type]
            elif (estate := chats.get(event.conversation or "")) is not None:
                known.append(replace(event, estate_id=estate))
        return known

    async def _estates_of(self, conversations: set[str]) -> dict[str, str]:
        now = asyncio.get_running_loop().time()
        fresh = {id for id in conversations if self._estates.get(id, (None, 0.0))[1] <= now}
        if fresh:
            found = {one.id: one.estate_id for one in await self._desk.stores.conversations.listed_of_ids(list(fresh))}
            for id in fresh:
                self._estates[id] = (found.get(id), now + ESTATE_KEPT.total_seconds())
            while len(self._estates) > MOST_ESTATES:
                self._estates.popitem(last=False)
        return {id: estate for id in conversations if (estate := self._estates.get(id, (None, 0))[0]) is not None}

    # ---- sessions ----

    async def _check_on(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._check_now.wait()
            except TimeoutError:
                pass
            self._check_now.clear()
            try:
                await self.check()
            except Unavailable:
                continue
            except Exception:  # logged; one failed look must not end the checks of all sessions
                log.exception("live events: sessions could not be checked")

    async def check(self) -> None:
        """End the connections of sessions that hold no longer, and of people whose role or scope is another now."""
        listeners = [one for one in self._listeners if not one.ended]
        if not listeners:
            return
        held = await self._desk.staff.still_signed_in(list({one.signed.session.id for one in listeners}))
        for listener in listeners:
            now = held.get(listener.signed.session.id)
            if now is None or now.must_change:
                listener.end("signed_out")
            elif _reach(now.actor) != _reach(listener.signed.actor):
                listener.end("scope")


def _reach(actor: Actor) -> tuple[object, ...]:
    return (actor.role, actor.estates, actor.buildings, actor.categories)


def control(kind: str, **more: object) -> str:
    """What the server itself says."""
    return json.dumps({"kind": kind, **more}, separators=(",", ":"))


def shown(event: Event) -> dict[str, str]:
    """What goes out of an event: ids."""
    names = {"kind": event.kind, "id": event.id, "estate": event.estate_id, "conversation": event.conversation}
    names |= {"ticket": event.ticket, "staff": event.staff, "state": event.state}
    return {name: value for name, value in names.items() if value}


def wire(event: Event) -> str:
    """The same as text."""
    return json.dumps(shown(event), ensure_ascii=False, separators=(",", ":"))
