"""How an owner hears that a promised time moves: from us, first, with the reason and the new time."""

from __future__ import annotations

from desk.call_list import put_on_call_list
from desk.deliveries import Kind, Outbox
from desk.effects import Effects
from desk.rulebook import Rulebook
from desk.wording import say_time, shorten
from store.clock import Clock
from store.conversations import Conversation
from store.promises import Promise, PromiseKind
from store.stores import Stores
from store.tickets import Ticket

WHAT = {PromiseKind.ARRIVAL: "到", PromiseKind.REPLY: "给您回话", PromiseKind.DONE: "办好"}


class PromiseNews:
    """Writes the push, or a row on the call list where there is no chat."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, effects: Effects, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._effects = effects
        self._clock = clock

    async def tell(self, was: Promise, now_holds: Promise | None, reason: str, key: str, *, name: str) -> None:
        """The owner hears it from us first."""
        rules = self._rules.of(was.estate_id)
        now = self._clock.now()
        ticket = await self._stores.tickets.get(was.ticket_id) if was.ticket_id else None
        if ticket is not None and not ticket.is_open:
            return
        urgent = ticket is not None and ticket.urgent
        if urgent and name in ("promise.moved", "promise.slipped"):
            name = f"{name}_urgent"  # nobody puts off an emergency
        said = rules.texts.say(
            name,
            who=was.who,
            what=WHAT[was.kind],
            was=say_time(was.due, now, rules.zone),
            by=say_time(now_holds.due, now, rules.zone) if now_holds else "",
            reason=reason,
            number=was.number,
            title=was.title or "您的事",
        )
        # In the name of the house, and about one ticket: its cap of one push in half an hour holds for it too.
        kind = Kind.URGENT if urgent else Kind.STATUS
        conversation = await self._conversation(was, ticket)
        send_key = f"{key}:{was.person_id}"
        if conversation is None:
            if ticket is not None:
                await put_on_call_list(self._stores, send_key, Kind.URGENT, said, ticket, was.person_id, now=now)
            return
        await self._outbox.put(
            send_key,
            conversation,
            kind,
            said,
            person_id=was.person_id,
            ticket_id=was.ticket_id,
            template={
                "number": was.number,
                "title": was.title or "您的事",
                "state": "改时间" if now_holds else "时间有变",
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "remark": shorten(said.splitlines()[0], 20),
                "who": was.who,
            },
        )

    async def _conversation(self, promise: Promise, ticket: Ticket | None) -> Conversation | None:
        if ticket is not None:
            found = await self._effects.conversation_of(ticket)
            if found is not None:
                return found
        return await self._stores.conversations.find(promise.conversation_id) if promise.conversation_id else None
