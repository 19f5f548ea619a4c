"""What a change of a ticket causes: the push to its owner, the brief in their conversation, the timers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from desk.call_list import put_on_call_list
from desk.deadlines import WATCHED
from desk.deliveries import NEWS, Kind, Outbox
from desk.revisit_plan import timers_of
from desk.rulebook import Rulebook, Rules
from desk.wished import wished
from desk.wording import say_start, say_time, say_wait, shorten
from store.clock import Clock
from store.conversations import Conversation, OpenTicket
from store.deliveries import DeliveryState
from store.ids import derived
from store.stores import Stores
from store.tickets import Event, State, Ticket
from store.timers import Timer

SHOWN_STATES = (State.RESOLVED,)
"""Not open any more, but the owner may still speak of it (revisit, reopening)."""
WAITED = (State.WAITING_PARTS, State.DEFERRED)
"""States that end by themselves at ``until``."""
REVISIT_TIMERS = ("revisit_ask", "revisit_again", "revisit_call", "revisit_call_again", "closing_soon", "close")


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who hears how a ticket goes on."""

    person_id: str
    conversation_id: str | None


Follower = Callable[[Ticket, Event], Awaitable[None]]


class Effects:
    """Writes the consequences of one change. All ids come from the ticket's version: repeating it adds nothing."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._clock = clock
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Have ``follower`` see every change too, after what stands here; it may see the same one twice."""
        self._followers.append(follower)

    async def of(self, ticket: Ticket, event: Event) -> None:
        """Everything that ``event`` of ``ticket`` causes."""
        if event.kind == "opened":  # the answer has told all of it; who does the work is another matter
            return await self._follow(ticket, event)
        rules = self._rules.of(ticket.estate_id)
        conversation = await self.conversation_of(ticket)
        if conversation is not None:
            shown = ticket.is_open or ticket.state in SHOWN_STATES
            await self._stores.conversations.show_ticket(conversation.id, brief(ticket), open=shown)
        await self._timers(ticket, event, rules)
        if event.to_state == State.MERGED and event.from_state != State.MERGED:
            await self._join(ticket, event)
        push = self._name_of(ticket, event, "push", rules)
        if push:
            await self._push(ticket, event, push, Listener(ticket.owner_id, ticket.conversation_id), rules)
        news = self._name_of(ticket, event, "news", rules)
        for other in listeners(ticket) if news else ():
            await self._push(ticket, event, str(news), other, rules)
        await self._take_back(ticket, event, told=bool(push))
        await self._follow(ticket, event)

    async def _follow(self, ticket: Ticket, event: Event) -> None:
        for follower in self._followers:
            await follower(ticket, event)

    def _name_of(self, ticket: Ticket, event: Event, which: str, rules: Rules) -> str | None:
        """Which text the change is told with; None: it is not told."""
        name = event.data.get(which)
        if not name:
            return None
        if event.to_state == State.IN_PROGRESS:
            progress, was = event.data.get("progress"), event.data.get("was")
            there = ("arrived", "working")
            if progress == was or (progress in there and was in there):
                return None  # they have heard so
            name = "push.arrived" if progress in there else "push.on_the_way"
        return rules.texts.for_category(str(name), ticket.category.letter)

    async def _join(self, ticket: Ticket, event: Event) -> None:
        """Whoever waits for a merged ticket was told that the other one's news reaches them: it remembers them."""
        target = await self._stores.tickets.by_number(str(ticket.merged_into))
        waiting = (Listener(ticket.owner_id, ticket.conversation_id), *listeners(ticket))
        for one in waiting:
            joined = Event(
                id=derived(event.id, f"joined:{one.person_id}"),
                at=event.at,
                by=event.by,
                kind="joined",
                note=ticket.number,
                data={"person": one.person_id, "conversation": one.conversation_id},
            )
            await self._stores.tickets.append(target.id, "events", joined)

    async def _take_back(self, ticket: Ticket, event: Event, *, told: bool) -> None:
        """What still waits to be told and is not true any more. Where something is told, the latest wins by itself."""
        kinds: list[Kind] = []
        if event.from_state not in (None, State.NEW, event.to_state) and not told:
            kinds += NEWS
        if event.from_state == State.RESOLVED:
            kinds.append(Kind.REVISIT)
        if event.from_state == State.WAITING_OWNER != event.to_state:
            kinds.append(Kind.STAFF_REPLY)
            await self._take_back_question(ticket, event)
        if kinds:
            await self._stores.deliveries.cancel_of_ticket(ticket.id, kinds, at=event.at)

    async def _take_back_question(self, ticket: Ticket, event: Event) -> None:
        """Nobody needs the answer any more: a question that waits for the owner's next word is not asked then."""
        asked = next((one for one in reversed(ticket.events) if one.to_state == State.WAITING_OWNER), None)
        if asked is None:
            return
        for row in await self._stores.deliveries.of_ids([send_key(ticket, asked)]):
            if row.state is DeliveryState.PARKED and await self._stores.deliveries.move(
                row, DeliveryState.CANCELLED, at=event.at
            ):
                await self._stores.conversations.unpark(row.conversation_id, [row.id])

    async def conversation_of(self, ticket: Ticket) -> Conversation | None:
        """Where the owner hears of it: the conversation it came from, else any of theirs."""
        return await self._conversation_of(Listener(ticket.owner_id, ticket.conversation_id))

    async def _conversation_of(self, one: Listener) -> Conversation | None:
        if one.conversation_id:
            return await self._stores.conversations.find(one.conversation_id)
        theirs = await self._stores.conversations.of_resident(one.person_id) if one.person_id else []
        return theirs[0] if theirs else None

    async def _push(self, ticket: Ticket, event: Event, name: str, to_whom: Listener, rules: Rules) -> None:
        to = State(str(event.to_state))
        now = self._clock.now()
        variables = self.variables(ticket, event, now, rules)
        text = rules.texts.say(name, **variables)
        # A question to the owner is a colleague's words, not news of the ticket: it passes quiet hours and caps.
        kind = Kind.STAFF_REPLY if to is State.WAITING_OWNER else Kind.URGENT if ticket.urgent else Kind.STATUS
        conversation = await self._conversation_of(to_whom)
        key = send_key(ticket, event, to_whom.person_id)
        if conversation is None:
            await put_on_call_list(self._stores, key, kind, text, ticket, to_whom.person_id, now=now)
            return
        await self._outbox.put(
            key,
            conversation,
            kind,
            text,
            person_id=to_whom.person_id,
            ticket_id=ticket.id,
            template={
                "number": ticket.number,
                "title": ticket.title,
                "state": rules.texts.say(f"state.{to.value}"),
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "remark": shorten(text.splitlines()[0], 20),
                "who": ticket.executor_name,
            },
            by=event.by,
        )

    def variables(self, ticket: Ticket, event: Event, now: datetime, rules: Rules) -> dict[str, str]:
        """What the push texts may speak of."""
        due = ticket.promised or ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
        if due is not None and due <= now:
            due = ticket.due.done_by
        if due is not None and due <= now:
            due = None  # a time that is over is no promise
        actor = str(event.data.get("by") or "")
        # A question is asked by whoever wrote it; everything else is the executor's work.
        asks = event.to_state == State.WAITING_OWNER and event.by != f"staff:{ticket.executor}"
        by = say_time(due, now, rules.zone) if due else ""
        wish = wished(ticket, now, rules)
        if wish and event.from_state == State.NEW and ticket.promised is None:
            by = ""  # with a time that the owner wished for, the latest of ours would only confuse
        return {
            "number": ticket.number,
            "title": ticket.title,
            "room": ticket.room_name,
            "wish": wish,
            "who": (actor if asks else "") or ticket.executor_name or actor or "同事",
            "phone": ticket.executor_phone,
            "by": by,
            "until": say_start(ticket.until, now, rules.zone) if ticket.until else "",
            "reason": event.reason or "",
            "question": event.note or "",
            "done": event.note or "",
            "target": ticket.merged_into or "",
            "revisit": say_wait(rules.settings.revisit.delay),
        }

    async def _timers(self, ticket: Ticket, event: Event, rules: Rules) -> None:
        to = State(str(event.to_state))
        if event.from_state == State.RESOLVED:
            await self._stores.timers.cancel(ticket.id, REVISIT_TIMERS)
            conversation = await self.conversation_of(ticket)
            if conversation is not None:
                await self._stores.conversations.forget_revisit(conversation.id, ticket.id)
        if event.from_state in WAITED and event.to_state != event.from_state:
            await self._stores.timers.cancel(ticket.id, ("resume",))
        planned: list[Timer] = []
        if to is State.RESOLVED:
            planned += timers_of(ticket, event, rules)
        if to in (State.WAITING_PARTS, State.DEFERRED) and ticket.until is not None:
            version = event.data["version"]
            planned.append(
                Timer(
                    id=f"resume:{ticket.id}:{version}",
                    kind="resume",
                    due=ticket.until,
                    ticket_id=ticket.id,
                    data={"state": to.value, "version": version},
                )
            )
        if planned:
            await self._stores.timers.plan(planned)


def send_key(ticket: Ticket, event: Event, person_id: str | None = None) -> str:
    """Under which id the owner (or another listener) hears of this change."""
    who = ticket.owner_id if person_id is None else person_id
    return f"ticket:{ticket.id}:{State(str(event.to_state)).value}:{event.data['version']}:{who}"


def listeners(ticket: Ticket) -> list[Listener]:
    """Owners of other tickets that were merged into this one."""
    found = {
        str(event.data["person"]): Listener(str(event.data["person"]), event.data.get("conversation"))
        for event in ticket.events
        if event.kind == "joined" and event.data.get("person") and event.data["person"] != ticket.owner_id
    }
    return list(found.values())


def brief(ticket: Ticket) -> OpenTicket:
    """What the conversation keeps of it."""
    due = ticket.promised or ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
    return OpenTicket(
        id=ticket.id,
        number=ticket.number,
        category=ticket.category.value,
        state=ticket.state.value,
        version=ticket.version,
        title=ticket.title,
        urgent=ticket.urgent,
        room_name=ticket.room_name,
        executor_name=ticket.executor_name,
        due=due,
        next_due=_next_target(ticket),
        until=ticket.until,
        at=ticket.updated_at,
        charge=str(ticket.charge["id"]) if ticket.charge else None,
        charge_at=ticket.charge.get("at") if ticket.charge else None,
    )


def _next_target(ticket: Ticket) -> datetime | None:
    """The earliest due time that still runs; a promise that a colleague gave counts as one."""
    names = WATCHED.get(ticket.state.value, ())
    if ticket.state is State.IN_PROGRESS and ticket.progress == "on_the_way":
        names = ("on_site", *names)
    times = [at for name in names if (at := getattr(ticket.due, f"{name}_by")) is not None]
    if names and ticket.promised is not None:
        times.append(ticket.promised)
    return min(times, default=None)
