"""What belongs together: links between tickets, a second matter split off into a ticket of its own, tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desk.actors import Actor
from desk.deliveries import Kind, Outbox
from desk.effects import Effects, brief
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook
from desk.ticket_terms import with_terms
from desk.tickets import NewTicket, Tickets
from desk.wording import title_of
from store.clock import Clock
from store.errors import NotFound
from store.ids import Ids, derived
from store.staff import Role
from store.stores import Stores
from store.tickets import Category, Event, Link, Ticket

OTHER_SIDE = {
    "together": "together",
    "same_as": "same_as",
    "caused_by": "causes",
    "causes": "caused_by",
    "split_from": "split_into",
    "split_into": "split_from",
}
"""How the other ticket names the same link."""
BY_HAND = ("together", "caused_by", "same_as")
NAMES = {
    "together": "一起处理",
    "same_as": "同一件事",
    "caused_by": "由它引起",
    "causes": "引起了",
    "split_from": "拆自",
    "split_into": "拆出",
    "merged_into": "并入",
    "merged_from": "并入了",
}
MOST_TAGS = 10
LONGEST_TAG = 20


class TicketLinks:
    """The rules of what belongs together. Every step has an id of its own: doing it again changes nothing."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        tickets: Tickets,
        effects: Effects,
        outbox: Outbox,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._tickets = tickets
        self._effects = effects
        self._outbox = outbox
        self._clock = clock
        self._ids = ids

    async def link(self, ticket: Ticket, kind: str, number: str, by: Actor, *, key: str | None = None) -> Ticket:
        """Say that two tickets belong together; both show it. Raises Incomplete when they do already."""
        if kind not in BY_HAND:
            raise Incomplete("没有这种关联", kind=kind, known=list(BY_HAND))
        other = await self._other(ticket, number, by)
        key = key or self._ids.new()
        known = next((link for link in ticket.links if link.get("id") == other.id), None)
        done = derived(key, f"linked:{ticket.id}")
        if known is not None and not any(event.id == done for event in ticket.events):
            raise Incomplete("这两张单已经关联了", number=number, kind=known.get("kind", ""))
        await self._join(ticket, other, kind, by, key, "linked")
        return await self._stores.tickets.get(ticket.id)

    async def unlink(self, ticket: Ticket, kind: str, number: str, by: Actor, *, key: str | None = None) -> Ticket:
        """Take a link back, on both sides."""
        key = key or self._ids.new()
        known = [link for link in ticket.links if link.get("kind") == kind and link.get("kind") in OTHER_SIDE]
        others = await self._stores.tickets.of_ids([str(link.get("id")) for link in known])
        other = next((one for one in others if one.number == number), None)
        if other is None:
            if any(event.id == derived(key, f"unlinked:{ticket.id}") for event in ticket.events):
                return ticket
            raise Incomplete("没有这条关联", kind=kind, number=number)
        if kind.startswith("split"):
            raise Illegal("拆单的来历要留着", kind=kind)
        for one, seen in ((ticket, other), (other, ticket)):
            event = self._event(key, f"unlinked:{one.id}", "unlinked", by, seen.number)
            await self._stores.tickets.take_out(one.id, "links", {"id": seen.id}, event)
        return await self._stores.tickets.get(ticket.id)

    async def split(
        self,
        ticket: Ticket,
        by: Actor,
        description: str,
        *,
        category: Category | None = None,
        title: str = "",
        reason: str = "",
        additions: Sequence[str] = (),
        key: str | None = None,
    ) -> Ticket:
        """A second matter of a ticket becomes a ticket of its own; the owner hears its number. Gives the new one."""
        if not (by.supervises or by.role is Role.FRONTDESK or by.id == ticket.executor):
            raise NotAllowed("拆单由前台、主管或经手人来做", needs=["executor", "frontdesk", "supervisor"])
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        description = description.strip()
        if not description:
            raise Incomplete("请写下另一件是什么事", missing=["description"])
        taken = [added for added in ticket.additions if added.id in additions]
        if len(taken) != len(set(additions)):
            raise Incomplete("没有这些补充内容", additions=list(additions))
        key = key or self._ids.new()
        chat = await self._effects.conversation_of(ticket)
        kind = category or ticket.category
        new = NewTicket(
            category=kind,
            description=description,
            title=title.strip() or title_of(description),
            estate_id=ticket.estate_id,
            room_id=ticket.room_id,
            room_name=ticket.room_name,
            phone=self._stores.sealer.open_phone(ticket.phone),
            media=tuple(dict.fromkeys(id for added in taken for id in added.media)),
            classified={"by": by.tag, "label": kind.value, "words": []},
            links=({"kind": "split_from", "id": ticket.id, "number": ticket.number},),
        )
        opened = await self._tickets.open(
            new,
            by=by,
            owner_id=ticket.owner_id,
            owner_name=ticket.owner_name,
            conversation=chat,
            origin="split",
            key=f"split:{ticket.id}:{key}",
        )
        await self._join(ticket, opened, "split_into", by, key, "split", reason=reason)
        if chat is not None:
            await self._stores.conversations.show_ticket(chat.id, brief(opened), open=opened.is_open)
            texts = self._rules.of(ticket.estate_id).texts
            text = texts.say("push.split", number=opened.number, title=opened.title, target=ticket.number)
            send_key = f"ticket:{opened.id}:split:0:{opened.owner_id}"
            await self._outbox.put(
                send_key, chat, Kind.STATUS, text, person_id=opened.owner_id, ticket_id=opened.id, by=by.tag
            )
        return await self._stores.tickets.get(opened.id)

    async def tag(self, ticket: Ticket, tags: Sequence[str], by: Actor, *, key: str | None = None) -> Ticket:
        """These tags and no others."""
        wanted = list(dict.fromkeys(tag.strip().lstrip("#") for tag in tags))
        if len(wanted) > MOST_TAGS or any(not tag or len(tag) > LONGEST_TAG for tag in wanted):
            raise Incomplete(f"标签最多 {MOST_TAGS} 个,每个 1-{LONGEST_TAG} 个字", tags=len(wanted))
        if list(ticket.tags) == wanted:
            return ticket
        event = self._event(key or self._ids.new(), f"tagged:{ticket.id}", "tagged", by, "、".join(wanted) or "-")
        changes = with_terms(ticket, {"tags": tuple(wanted)}) | {"tags": wanted}
        await self._stores.tickets.append(ticket.id, "events", event, changes=changes)
        return await self._stores.tickets.get(ticket.id)

    # ---- inside ----

    async def _other(self, ticket: Ticket, number: str, by: Actor) -> Ticket:
        try:
            other = await self._tickets.by_number(number, by)
        except NotFound as missing:
            raise Incomplete("没有这张单,请核对单号", number=number) from missing
        if other.id == ticket.id:
            raise Incomplete("不能和自己关联", number=number)
        return other

    async def _join(
        self, ticket: Ticket, other: Ticket, kind: str, by: Actor, key: str, event: str, *, reason: str = ""
    ) -> None:
        """Both get the link, then both get the line on their timeline."""
        for one, seen, named in ((ticket, other, kind), (other, ticket, OTHER_SIDE[kind])):
            link = Link(id=seen.id, kind=named, number=seen.number)
            await self._stores.tickets.append(one.id, "links", link)
            line = self._event(key, f"{event}:{one.id}", event, by, f"{NAMES[named]} {seen.number}", reason=reason)
            await self._stores.tickets.append(one.id, "events", line, changes={"updated_at": line.at})

    def _event(self, key: str, name: str, kind: str, by: Actor, note: str, *, reason: str = "") -> Event:
        at: datetime = self._clock.now()
        return Event(id=derived(key, name), at=at, by=by.tag, kind=kind, note=note, reason=reason or None)
