"""Who somebody is, which homes are theirs, and what they may therefore see.

Access is decided from bindings, never by comparing openids (the contract, section 1).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.sessions import Tokens
from store.bindings import Binding
from store.clock import Clock
from store.conversations import Home
from store.errors import NotFound
from store.identities import Identity
from store.ids import derived
from store.residents import Resident
from store.rooms import Room
from store.stores import Stores
from store.tickets import Ticket

SCENE_LASTS = timedelta(days=30)
OWNER = "owner"


class Bound(StrEnum):
    """How an attempt to bind a home ended."""

    DONE = "done"
    ALREADY = "already"
    NO_MATCH = "no_match"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class BindResult:
    """The end of an attempt: who they are and their homes now, when it worked."""

    outcome: Bound
    resident_id: str | None = None
    name: str = ""
    homes: tuple[Home, ...] = ()
    estate_id: str = ""

    def changes(self) -> dict[str, object]:
        """What the conversation must remember of it."""
        if self.resident_id is None:
            return {}
        return {
            "resident_id": self.resident_id,
            "name": self.name,
            "homes": [home.model_dump() for home in self.homes],
            "estate_id": self.estate_id,
        }


class Residents:
    """The rules about people and rooms."""

    def __init__(self, stores: Stores, tokens: Tokens, clock: Clock) -> None:
        self._stores = stores
        self._tokens = tokens
        self._clock = clock

    # ---- identities ----

    async def identify(self, app_id: str, openid: str, *, unionid: str | None = None) -> Identity:
        """The identity of this openid; made at first sight. One unionid is one person, whatever the app."""
        id = f"{app_id}:{openid}"
        known = await self._stores.identities.find(id)
        if known is not None:
            if unionid and known.unionid is None:
                await self._stores.identities.change(id, {"unionid": unionid})
            return known
        same = await self._stores.identities.of_unionid(unionid) if unionid else []
        now = self._clock.now()
        resident_id = same[0].resident_id if same else derived(id, "resident")
        if not same:
            await self._stores.residents.add([Resident(id=resident_id, provisional=True, created_at=now)])
        identity = Identity(
            id=id, app_id=app_id, openid=openid, unionid=unionid, resident_id=resident_id, created_at=now
        )
        await self._stores.identities.add(identity)
        return await self._stores.identities.find(id) or identity

    async def learn_unionid(self, app_id: str, openid: str, unionid: str) -> None:
        """The platform tells who this openid is: a person known from the other app becomes one with it."""
        identity = await self.identify(app_id, openid, unionid=unionid)
        for other in await self._stores.identities.of_unionid(unionid):
            if other.resident_id == identity.resident_id:
                continue
            both = await self._stores.residents.of_ids([other.resident_id, identity.resident_id])
            residents = {resident.id: resident for resident in both}
            mine, theirs = residents.get(identity.resident_id), residents.get(other.resident_id)
            if theirs is not None and (mine is None or mine.provisional):
                # Also when neither is known yet: who binds a home in one app has it in the other.
                await self._become(identity, theirs)
                identity = identity.model_copy(update={"resident_id": theirs.id})
            elif mine is not None and (theirs is None or theirs.provisional):
                await self._become(other, mine)

    async def known(self, app_id: str, openid: str) -> dict[str, object]:
        """What a new conversation of this openid should know: who they are, if another way has told us."""
        identity = await self._stores.identities.find(f"{app_id}:{openid}")
        if identity is None:
            return {}
        homes = await self.homes_of(identity.resident_id)
        names = await self._stores.residents.of_ids([identity.resident_id])
        name = names[0].name if names else ""
        return BindResult(Bound.DONE, identity.resident_id, name, homes, homes[0].estate_id if homes else "").changes()

    # ---- binding a home ----

    async def bind(self, app_id: str, openid: str, *, name: str, rooms: list[Room], phone: str) -> BindResult:
        """Bind by name, room and phone against the register: all three must be those of one person of that room."""
        now = self._clock.now()
        identity = await self.identify(app_id, openid)
        hashes = set(self._stores.sealer.hashes(phone))
        bindings = await self._stores.bindings.of_rooms([room.id for room in rooms], at=now) if rooms else []
        people = await self._stores.residents.of_ids(sorted({b.resident_id for b in bindings}))
        matches = [
            person
            for person in people
            if same_name(person.name, name) and person.phone is not None and person.phone.get("hash") in hashes
        ]
        if len(matches) != 1:
            return BindResult(Bound.NO_MATCH)
        person = matches[0]
        already = identity.resident_id == person.id
        if not already:
            await self._become(identity, person)
        return await self._bound(person, Bound.ALREADY if already else Bound.DONE)

    async def bind_by_scene(self, app_id: str, openid: str, scene: str) -> BindResult:
        """Bind by a scene code that the front desk printed: random, expiring, good once."""
        session = await self._tokens.check(scene, "scene")
        if session is None:
            return BindResult(Bound.EXPIRED)
        identity = await self.identify(app_id, openid)
        if not await self._tokens.use_up(session):
            return BindResult(Bound.EXPIRED)
        now = self._clock.now()
        wanted = session.data.get("resident_id")
        if wanted:
            person = await self._stores.residents.get(str(wanted))
            await self._become(identity, person)
            return await self._bound(person, Bound.DONE)
        room = await self._stores.rooms.get(session.subject)
        person = await self._stores.residents.get(identity.resident_id)
        binding = Binding(
            # By the code: who was bound to this room before, and is no longer, is bound anew.
            id=derived(f"{person.id}:{room.id}:{session.id}", "binding"),
            resident_id=person.id,
            room_id=room.id,
            estate_id=room.estate_id,
            role=str(session.data.get("role", "owner")),
            starts_at=now,
            verified="scene",
        )
        await self._stores.bindings.add([binding])
        await self._stores.residents.change(person.id, {"provisional": False})
        return await self._bound(person, Bound.DONE)

    async def scene_for(self, room_id: str, *, role: str = "owner", resident_id: str | None = None) -> str:
        """A fresh scene value for a room, to be put into a QR code; raises NotFound for an unknown room."""
        await self._stores.rooms.get(room_id)
        data = {"role": role, "resident_id": resident_id}
        return await self._tokens.issue("scene", room_id, lasts=SCENE_LASTS, most=SCENE_LASTS, data=data)

    # ---- homes ----

    async def homes_of(self, resident_id: str) -> tuple[Home, ...]:
        """The rooms that are this person's now."""
        bindings = await self._stores.bindings.of_resident(resident_id, at=self._clock.now())
        rooms = {room.id: room for room in await self._stores.rooms.of_ids([b.room_id for b in bindings])}
        homes: dict[str, Home] = {}
        for b in sorted(bindings, key=lambda b: b.starts_at):
            # Bound twice to one room (a tenant who bought it): one home, as owner.
            if b.room_id in rooms and (b.room_id not in homes or b.role == OWNER):
                homes[b.room_id] = Home(
                    room_id=b.room_id, name=rooms[b.room_id].name, role=b.role, estate_id=b.estate_id
                )
        return tuple(homes.values())

    async def refresh(self, resident_id: str) -> None:
        """A binding changed: the person's conversations know it at once."""
        person = await self._stores.residents.get(resident_id)
        homes = await self.homes_of(resident_id)
        bound = BindResult(Bound.DONE, person.id, person.name, homes, homes[0].estate_id if homes else "")
        for conversation in await self._stores.conversations.of_resident(resident_id):
            await self._stores.conversations.change(conversation.id, bound.changes())

    async def end_binding(self, binding: Binding) -> None:
        """A tenant moved out, a home was sold: from now on this person sees nothing of the room."""
        await self._stores.bindings.end(binding.id, self._clock.now())
        await self.refresh(binding.resident_id)

    # ---- access ----

    async def may_see(self, ticket: Ticket, resident_id: str) -> bool:
        """A ticket is seen by its opener and by the current owner-role people of its room."""
        if ticket.owner_id == resident_id:
            return True
        if ticket.room_id is None:
            return False
        homes = await self.homes_of(resident_id)
        return any(home.room_id == ticket.room_id and home.role == OWNER for home in homes)

    async def ticket_for(self, resident_id: str, number: str) -> Ticket:
        """One ticket, if this person may see it; raises NotFound otherwise, so that nobody learns that it exists."""
        ticket = await self._stores.tickets.by_number(number)
        if not await self.may_see(ticket, resident_id):
            raise NotFound(number)
        return ticket

    async def tickets_for(self, resident_id: str, *, before: datetime, since: datetime, limit: int) -> list[Ticket]:
        """Their own and, as owner, their rooms' tickets in a window of ``opened_at``, newest first."""
        own = await self._stores.tickets.of_owner(resident_id, before=before, since=since, limit=limit)
        rooms = [home.room_id for home in await self.homes_of(resident_id) if home.role == OWNER]
        theirs = await self._stores.tickets.of_rooms(rooms, before=before, since=since, limit=limit) if rooms else []
        merged = {ticket.id: ticket for ticket in (*own, *theirs)}
        return sorted(merged.values(), key=lambda t: (t.opened_at, t.id), reverse=True)[:limit]

    # ---- inside ----

    async def _become(self, identity: Identity, person: Resident) -> None:
        """This identity is that person: what it opened while we did not know comes along."""
        was = identity.resident_id
        if was == person.id:
            return
        earlier = await self._stores.residents.of_ids([was])
        nobody = not earlier or earlier[0].provisional
        # All ways to somebody whom we did not know are theirs; of somebody known only this one goes over.
        moving = [identity]
        if nobody:
            moving += [other for other in await self._stores.identities.of_resident(was) if other.id != identity.id]
            # Only what a provisional person opened moves: someone who had another home keeps that history there.
            await self._move(was, person.id)
            if earlier:
                await self._stores.residents.change(was, {"merged_into": person.id})
        homes = await self.homes_of(person.id)
        bound = BindResult(Bound.DONE, person.id, person.name, homes, homes[0].estate_id if homes else "")
        for one in reversed(moving):
            if await self._stores.conversations.find(one.id) is not None:
                await self._stores.conversations.change(one.id, bound.changes())
            # The identity last, this one last of all: until it is changed, a repeat does everything again.
            await self._stores.identities.change(one.id, {"resident_id": person.id})
        if nobody:
            await self._move(was, person.id)  # what was opened at the same moment

    async def _move(self, was: str, becomes: str) -> None:
        """What they opened and what they were told: both are listed in the mini-program."""
        await self._stores.tickets.move_owner(was, becomes)
        await self._stores.deliveries.move_person(was, becomes)

    async def _bound(self, person: Resident, outcome: Bound) -> BindResult:
        homes = await self.homes_of(person.id)
        return BindResult(outcome, person.id, person.name, homes, homes[0].estate_id if homes else "")


def same_name(stored: str, given: str) -> bool:
    """Whether two writings are one name: width, case and spaces do not matter."""

    def plain(name: str) -> str:
        return "".join(unicodedata.normalize("NFKC", name).split()).casefold()

    return bool(stored) and plain(stored) == plain(given)
