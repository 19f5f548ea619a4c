"""An owner who talks to the bot: ``respond`` answers, and the conversation is kept as the pipeline does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from desk.actors import Actor
from desk.desk import Desk
from handlers.context import Context, Inbound, Reply
from handlers.dispatch import respond
from nlp import understand
from store.conversations import Conversation
from store.staff import Role
from store.stores import Stores
from store.tickets import Ticket
from tests.clock import FixedClock

SUPERVISOR = Actor("staff", "li", "李工", Role.SUPERVISOR, title="主管")


class Talk:
    """One owner's chat."""

    def __init__(self, desk: Desk, stores: Stores, clock: FixedClock, id: str) -> None:
        self.desk = desk
        self.stores = stores
        self.clock = clock
        self.id = id
        self.count = 0
        self.last: Inbound | None = None

    async def conversation(self) -> Conversation:
        return await self.stores.conversations.get(self.id)

    async def say(self, text: str = "", **more: Any) -> str:
        """What the bot answers to these words; empty when it says nothing."""
        self.count += 1
        kind = more.pop("kind", "text")
        self.last = Inbound(
            key=f"{self.id}:{self.count}",
            kind=kind,
            text=text,
            understanding=understand(text, now=self.clock.now()),
            at=self.clock.now(),
            **more,
        )
        return await self.handle(self.last)

    async def tap(self, id: str, text: str = "") -> str:
        return await self.say(text, menu_id=id)

    async def event(self, name: str, **more: Any) -> str:
        return await self.say("", kind="event", event=name, **more)

    async def handle(self, message: Inbound, *, crash: bool = False) -> str:
        reply = await self.respond(message)
        if not crash:
            await self.finish(reply)
        return reply.text or ""

    async def respond(self, message: Inbound) -> Reply:
        conversation = await self.conversation()
        rules = self.desk.rules.of(conversation.estate_id)
        return await respond(Context(self.desk, rules, conversation, message, self.clock.now()))

    async def finish(self, reply: Reply) -> None:
        dialogue = reply.dialogue.model_dump() if reply.dialogue else None
        changes = dict(reply.changes) | {"dialogue": dialogue}
        fence = (await self.conversation()).fence
        kept = await self.stores.conversations.finish(
            self.id, fence=fence, changes=changes, tickets=reply.tickets, release=False
        )
        assert kept

    async def crashed_on(self, text: str, **more: Any) -> tuple[str, str]:
        """The message is handled, the process dies before it is finished, and it is handled again."""
        self.count += 1
        self.last = Inbound(
            key=f"{self.id}:{self.count}",
            kind="text",
            text=text,
            understanding=understand(text, now=self.clock.now()),
            at=self.clock.now(),
            **more,
        )
        first = await self.handle(self.last, crash=True)
        return first, await self.handle(self.last)

    async def tickets(self) -> list[Ticket]:
        """All tickets of this person, in the order of their numbers."""
        conversation = await self.conversation()
        found = await self.stores.tickets.of_owner(
            conversation.person_id,
            before=self.clock.now().replace(year=2030),
            since=self.clock.now().replace(year=2020),
            limit=50,
        )
        return sorted(found, key=lambda ticket: ticket.number)

    async def ticket(self) -> Ticket:
        """The only one."""
        (ticket,) = await self.tickets()
        return ticket

    async def bind_also(self, **changes: Any) -> None:
        await self.stores.conversations.change(self.id, changes)


def numbers(*tickets: Ticket) -> list[str]:
    return [ticket.number for ticket in tickets]


def later(message: Inbound, **changes: Any) -> Inbound:
    return replace(message, **changes)
