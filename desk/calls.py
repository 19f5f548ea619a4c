"""The call list: who has to be rung up, who does it now, and what came of each try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk.actors import Actor
from desk.deliveries import Kind
from desk.errors import Illegal, Incomplete
from desk.live import Live
from desk.wording import mask_phone
from store.clock import Clock
from store.deliveries import CallTry, Delivery, DeliveryState
from store.errors import Conflict, NotFound
from store.stores import Stores
from store.tickets import Ticket

OUTCOMES = {
    "reached": "打通了",
    "no_answer": "没人接",
    "unreachable": "打不通",
    "wrong_number": "号码不对",
    "refused": "不愿接听",
}
ENDS = ("reached", "wrong_number", "refused")
"""After these nobody has to try again."""
HELD = timedelta(minutes=30)
"""So long a call belongs to whoever took it."""
MOST_TRIES = 50


@dataclass(frozen=True, slots=True)
class ToCall:
    """A row of the list with whom it is about."""

    delivery: Delivery
    ticket: Ticket | None
    name: str
    room: str
    masked: str


class Calls:
    """The rules of the call list."""

    def __init__(self, stores: Stores, live: Live, clock: Clock) -> None:
        self._stores = stores
        self._live = live
        self._clock = clock

    async def get(self, id: str, actor: Actor) -> Delivery:
        """A row of the list that the caller may see; raises NotFound."""
        delivery = await self._stores.deliveries.get(id)
        if not delivery.to_call or (delivery.estate_id and not actor.in_scope(delivery.estate_id)):
            raise NotFound(id)
        return delivery

    async def described(self, deliveries: Sequence[Delivery]) -> list[ToCall]:
        """The rows with name, room and the masked number."""
        ids = sorted({row.ticket_id for row in deliveries if row.ticket_id})
        tickets = {one.id: one for one in await self._stores.tickets.with_phones(ids)}
        people = sorted({row.person_id for row in deliveries if row.person_id})
        residents = {one.id: one for one in await self._stores.residents.of_ids(people)} if people else {}
        chats = sorted({row.conversation_id for row in deliveries if row.conversation_id})
        rows = await self._stores.conversations.rows_of_ids(chats) if chats else []
        homes = {str(row["_id"]): (str(row.get("name", "")), row.get("homes") or []) for row in rows}
        places = sorted({row.room_id for row in deliveries if row.room_id and not row.ticket_id})
        named = {one.id: one.name for one in await self._stores.rooms.of_ids(places)} if places else {}
        found = []
        for row in deliveries:
            ticket, person = tickets.get(row.ticket_id or ""), residents.get(row.person_id)
            called, rooms = homes.get(row.conversation_id, ("", []))
            sealed = (ticket.phone if ticket and ticket.phone else None) or (person.phone if person else None)
            phone = self._stores.sealer.open_phone(sealed)
            found.append(
                ToCall(
                    row,
                    ticket,
                    (person.name if person else "") or called or (ticket.owner_name if ticket else ""),
                    (ticket.room_name if ticket else "")
                    or named.get(row.room_id or "", "")
                    or "、".join(str(home["name"]) for home in rooms),
                    mask_phone(phone) if phone else "",
                )
            )
        return found

    async def phone(self, delivery: Delivery) -> str:
        """The whole number; whoever asks is in the audit log. Empty: we have none."""
        ticket = await self._stores.tickets.get(delivery.ticket_id) if delivery.ticket_id else None
        sealed = ticket.phone if ticket else None
        if sealed is None and delivery.person_id:
            known = await self._stores.residents.of_ids([delivery.person_id])
            sealed = known[0].phone if known else None
        return self._stores.sealer.open_phone(sealed) or ""

    async def take(self, delivery: Delivery, by: Actor) -> Delivery:
        """It is mine for half an hour; raises Illegal while a colleague has it."""
        self._free(delivery, by)
        if delivery.taken_by == by.tag and not delivery.checked:
            return delivery
        if delivery.checked:
            raise Illegal("已经打过了", checked=True)
        return await self._move(delivery, {"taken_by": by.tag, "taken_at": self._clock.now()})

    async def release(self, delivery: Delivery, by: Actor) -> Delivery:
        """Somebody else may ring; whoever has it, or a supervisor."""
        if delivery.taken_by is None:
            return delivery
        if not by.supervises:
            self._free(delivery, by)
        return await self._move(delivery, {"taken_by": None, "taken_at": None})

    async def outcome(
        self, delivery: Delivery, result: str, by: Actor, *, words: str = "", done: bool = False, key: str = ""
    ) -> Delivery:
        """What came of a try; it leaves the list when nobody has to try again."""
        if any(one.id == key for one in delivery.calls):
            return delivery
        if delivery.kind == Kind.REVISIT and result == "reached":
            raise Illegal("回访的结果请登记在回访里", route="revisit-call")
        if result not in OUTCOMES:
            raise Incomplete("没有这种结果", outcome=result, known=list(OUTCOMES))
        if delivery.checked:
            raise Illegal("已经打过了", checked=True)
        self._free(delivery, by)
        tried = CallTry(id=key, at=self._clock.now(), by=by.tag, outcome=result, words=words.strip())
        calls = [*(one.model_dump() for one in delivery.calls), tried.model_dump()][-MOST_TRIES:]
        ended = done or result in ENDS
        return await self._move(
            delivery, {"calls": calls, "taken_by": None, "taken_at": None, "checked": ended, "attention": not ended}
        )

    # ---- inside ----

    def _free(self, delivery: Delivery, by: Actor) -> None:
        at = delivery.taken_at
        held = at is not None and self._clock.now() - at < HELD
        if held and delivery.taken_by not in (None, by.tag):
            raise Illegal("同事正在打这个电话", taken_by=delivery.taken_by)

    async def _move(self, delivery: Delivery, changes: dict[str, Any]) -> Delivery:
        state = DeliveryState(delivery.state)
        moved = await self._stores.deliveries.move(delivery, state, at=self._clock.now(), changes=changes)
        if moved is None:
            raise Conflict(delivery.id)
        await self._live.tell("call", delivery.id, estate_id=delivery.estate_id)
        return await self._stores.deliveries.get(delivery.id)
