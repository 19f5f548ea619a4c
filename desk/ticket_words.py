"""What is added to a ticket without changing its state: notes, the owner's later words, wishes, answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk.actors import Actor
from desk.effects import brief
from desk.ticket_terms import building_term
from store.clock import Clock
from store.conversations import Conversation
from store.ids import Ids, derived
from store.stores import Stores
from store.tickets import Addition, Event, Ticket


class TicketWords:
    """Each of these is written once, however often its message is handled; the version of the ticket stays."""

    def __init__(self, stores: Stores, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._clock = clock
        self._ids = ids

    async def note(self, ticket: Ticket, text: str, by: Actor, *, key: str | None = None) -> Ticket:
        """Write something down that only colleagues read."""
        id = derived(key, f"note:{ticket.id}") if key else self._ids.new()
        await self._stores.tickets.append(
            ticket.id, "notes", Event(id=id, at=self._clock.now(), by=by.tag, kind="note", note=text)
        )
        return await self._stores.tickets.get(ticket.id)

    async def replied(self, conversation: Conversation, actor: Actor, at: datetime, text: str) -> None:
        """A colleague wrote to an owner: a person has answered their open tickets. No words: they only took over."""
        ids = [ticket.id for ticket in conversation.open_tickets]
        if text and ids:
            await self._stores.tickets.answered(ids, at)

    async def add_words(self, ticket_id: str, text: str, media: tuple[str, ...], *, by: Actor, key: str) -> bool:
        """Put the owner's later words or photos on the ticket; False when this message did so before."""
        now = self._clock.now()
        addition = Addition(id=derived(key, f"addition:{ticket_id}"), at=now, text=text, media=media)
        return await self._stores.tickets.append(ticket_id, "additions", addition, changes={"updated_at": now})

    async def nudge(self, ticket_id: str, text: str, *, by: Actor, key: str) -> bool:
        """The owner chases (催单): on the timeline and counted; False when this message did so before."""
        now = self._clock.now()
        event = Event(id=derived(key, f"nudge:{ticket_id}"), at=now, by=by.tag, kind="nudge", note=text)
        return await self._stores.tickets.append(
            ticket_id, "events", event, changes={"updated_at": now}, counts={"nudges": 1}
        )

    async def wish(self, ticket_id: str, text: str, *, by: Actor, key: str, visit_by: datetime | None = None) -> bool:
        """The owner wants another time (改时间); the wish stands on the ticket. False: this message did so before.

        ``visit_by``: the end of the wished time. A visit promised for earlier moves there, and the end with it.
        """
        now = self._clock.now()
        event = Event(id=derived(key, f"wish:{ticket_id}"), at=now, by=by.tag, kind="wish", note=text)
        changes: dict[str, Any] = {"updated_at": now, "wished_time": text}
        ticket = await self._stores.tickets.get(ticket_id)
        promised = ticket.due.on_site_by
        if visit_by is not None and promised is not None and visit_by > promised:
            changes["due.on_site_by"] = visit_by
            if ticket.due.done_by is not None:
                changes["due.done_by"] = ticket.due.done_by + (visit_by - promised)
        first = await self._stores.tickets.append(ticket_id, "events", event, changes=changes)
        if ticket.conversation_id and visit_by is not None:
            # Also when this message did so before: it may not have got as far as this.
            moved = await self._stores.tickets.get(ticket_id)
            if moved.is_open:
                await self._stores.conversations.show_ticket(ticket.conversation_id, brief(moved), open=True)
        return first

    async def complete(self, ticket_id: str, *, by: Actor, key: str, **known: str | None) -> bool:
        """Fill in what was still missing (room_id, room_name, place, wished_time); False: done before."""
        now = self._clock.now()
        given = {name: value for name, value in known.items() if value is not None}
        words = " ".join(given.values())
        terms = [building_term(given["room_id"])] if "room_id" in given else []
        event = Event(id=derived(key, f"completed:{ticket_id}"), at=now, by=by.tag, kind="completed", note=words)
        return await self._stores.tickets.append(
            ticket_id, "events", event, changes={"updated_at": now, **given}, terms=terms
        )

    async def rate(self, ticket: Ticket, *, changes: Mapping[str, Any], by: Actor, key: str) -> None:
        """Keep what the owner said at the revisit."""
        # The ticket holds the last round's answers only; its events hold all of them.
        said = {name.rpartition(".")[2]: value for name, value in changes.items()}
        event = Event(id=derived(key, f"rated:{ticket.id}"), at=self._clock.now(), by=by.tag, kind="rated", data=said)
        await self._stores.tickets.append(ticket.id, "events", event, changes=changes)
