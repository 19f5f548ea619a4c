"""Times that colleagues give owners (承诺): read in their words, confirmed by the writer, watched, and owned up to.

proposed -> confirmed -> kept                 (the arrival, the reply, the end that was promised)
         -> dismissed        -> slipped -> a new time, told to the owner with the reason, which is watched in its turn
                             -> moved   -> a new time that a colleague gave before the old one passed
                             -> void    (the ticket went another way, or taken back: the owner is told why)
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from desk.actors import Actor
from desk.deliveries import Outbox
from desk.effects import Effects
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.problems import Telling
from desk.promise_news import PromiseNews
from desk.promise_watch import Watch
from desk.rulebook import Rulebook
from desk.scope import building_of
from desk.spoken import read_promises
from desk.timers import Schedule
from desk.wording import surname_title
from store.clock import Clock, to_millis
from store.conversations import Conversation
from store.errors import Conflict, NotFound
from store.ids import Ids, derived
from store.promises import Promise, PromiseKind, PromiseState
from store.staff import Role
from store.stores import Stores
from store.tickets import OPEN, Event, State, Ticket

log = logging.getLogger(__name__)

P = PromiseState


class Given:
    """What was promised to owners: who said it, whether it was kept, and what the owner hears if not."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        outbox: Outbox,
        effects: Effects,
        timers: Schedule,
        telling: Telling,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._news = PromiseNews(stores, rules, outbox, effects, clock)
        self._watch = Watch(stores, rules, self._news, effects, timers, telling, clock)
        self._clock = clock
        self._ids = ids
        effects.follow(self._follow)

    # ---- proposing ----

    async def propose(
        self,
        text: str,
        by: Actor,
        *,
        source: str,
        key: str,
        ticket: Ticket | None = None,
        conversation: Conversation | None = None,
    ) -> list[Promise]:
        """What a colleague's words promise, kept until they say whether it is so. The same key: the same proposals."""
        estate = ticket.estate_id if ticket else conversation.estate_id if conversation else ""
        now = self._clock.now()
        found = read_promises(text, now, self._rules.of(estate))
        if not found:
            return []
        if ticket is None and conversation is not None:
            ticket = await self._meant(conversation)
        made = [
            self._new(
                derived(key, "promise", i),
                one.kind,
                one.due,
                by,
                text=one.text,
                source=source,
                ticket=ticket,
                conversation=conversation,
            )
            for i, one in enumerate(found)
        ]
        await self._stores.promises.add(made)
        return [await self._stores.promises.get(one.id) for one in made]

    async def make(
        self,
        kind: PromiseKind,
        due: datetime,
        by: Actor,
        *,
        text: str = "",
        key: str | None = None,
        ticket: Ticket | None = None,
        conversation: Conversation | None = None,
    ) -> Promise:
        """A promise by hand, confirmed at once. Raises Incomplete for a time that is over."""
        self._must_be_ahead(due, ticket.estate_id if ticket else conversation.estate_id if conversation else "")
        if ticket is not None and not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        id = derived(key, "promise_by_hand") if key else self._ids.new()
        new = self._new(id, kind, due, by, text=text, source="manual", ticket=ticket, conversation=conversation)
        await self._stores.promises.add([new])
        made = await self._stores.promises.get(id)
        return await self.confirm(made, by) if made.state is P.PROPOSED else made

    # ---- deciding ----

    async def get(self, id: str, actor: Actor) -> Promise:
        """One promise, if this colleague may see it; raises NotFound otherwise."""
        promise = await self._stores.promises.get(id)
        own = promise.by == actor.tag
        if not own and not actor.in_scope(promise.estate_id, promise.building):
            raise NotFound(id)
        if not own and actor.role is Role.TECHNICIAN:
            ticket = await self._stores.tickets.get(promise.ticket_id) if promise.ticket_id else None
            if ticket is None or ticket.executor != actor.id:
                raise NotFound(id)
        return promise

    async def confirm(
        self, promise: Promise, by: Actor, *, due: datetime | None = None, kind: PromiseKind | None = None
    ) -> Promise:
        """It holds from now on. ``due`` and ``kind`` put right what was read. Again: nothing."""
        if promise.state is P.CONFIRMED and due in (None, promise.due):
            await self._watch.watch(promise)
            return promise
        if promise.state is not P.PROPOSED:
            raise Illegal("这个时间已经定过了", state=promise.state.value)
        self._may_decide(promise, by)
        at = to_millis(due or promise.due)
        self._must_be_ahead(at, promise.estate_id)
        if promise.ticket_id and not (await self._stores.tickets.get(promise.ticket_id)).is_open:
            raise Illegal("这张单已经结束", promise=promise.id)
        changes = {
            "due": at,
            "kind": kind or promise.kind,
            "decided_at": self._clock.now(),
            "decided_by": by.tag,
        }
        held = await self._change(promise, P.CONFIRMED, changes)
        await self._watch.watch(held)
        return held

    async def dismiss(self, promise: Promise, by: Actor) -> Promise:
        """It was no promise. Again: nothing."""
        if promise.state is P.DISMISSED:
            return promise
        if promise.state is not P.PROPOSED:
            raise Illegal("已经定下的时间不能撤,可以改时间", state=promise.state.value)
        self._may_decide(promise, by)
        return await self._change(
            promise, P.DISMISSED, {"decided_at": self._clock.now(), "decided_by": by.tag, "ended_at": self._clock.now()}
        )

    async def give_reason(self, promise: Promise, reason: str, by: Actor) -> Promise:
        """Why it will be late; said to the owner if it is."""
        self._may_decide(promise, by)
        if promise.state is not P.CONFIRMED:
            raise Illegal("这个时间已经过去或不作数了", state=promise.state.value)
        return await self._change(promise, P.CONFIRMED, {"reason": reason})

    async def move(self, promise: Promise, due: datetime, reason: str, by: Actor) -> Promise:
        """Another time, told to the owner with the reason; gives the promise that holds now. Again: the same."""
        due = to_millis(due)
        next_id = derived(promise.id, f"moved:{due.isoformat()}")
        if promise.state is P.MOVED and next_id == await self._moved_to(promise, next_id):
            return await self._stores.promises.get(next_id)
        if promise.state is P.PROPOSED:
            return await self.confirm(promise, by, due=due)
        self._may_decide(promise, by)
        if promise.state is not P.CONFIRMED:
            raise Illegal("这个时间已经过去或不作数了", state=promise.state.value)
        self._must_be_ahead(due, promise.estate_id)
        if due == promise.due:
            return await self.give_reason(promise, reason, by) if reason else promise
        # The next one first: who dies between the two leaves the old one to be missed, and that is noticed.
        held = await self._watch.follow_on(promise, next_id, due, "moved", slips=promise.slips)
        await self._change(promise, P.MOVED, {"reason": reason or promise.reason, "ended_at": self._clock.now()})
        await self._watch.watch(held)
        await self._news.tell(promise, held, reason, f"promise:{promise.id}:moved:{held.id}", name="promise.moved")
        return held

    async def keep(self, promise: Promise, by: Actor) -> Promise:
        """What was promised is done, and nothing else could tell: by phone, at the door. Again: nothing."""
        if promise.state is P.KEPT:
            return promise
        self._may_decide(promise, by)
        if promise.state is not P.CONFIRMED:
            raise Illegal("这个时间已经过去或不作数了", state=promise.state.value)
        await self._watch.end(promise, P.KEPT)
        return await self._stores.promises.get(promise.id)

    async def withdraw(self, promise: Promise, reason: str, by: Actor) -> Promise:
        """It does not hold any more and no other time is known yet: the owner is told why. Again: nothing more."""
        if promise.state is P.PROPOSED:
            return await self.dismiss(promise, by)
        self._may_decide(promise, by)
        if not reason:
            raise Incomplete("请写下为什么,业主会看到", missing=["reason"])
        if promise.state is P.CONFIRMED:
            await self._watch.end(promise, P.VOID, reason=reason)
            promise = await self._stores.promises.get(promise.id)
        if promise.state is not P.VOID or promise.reason != reason:
            raise Illegal("这个时间已经过去或不作数了", state=promise.state.value)
        await self._news.tell(promise, None, reason, f"promise:{promise.id}:withdrawn", name="promise.withdrawn")
        return promise

    # ---- what happens ----

    async def replied(self, conversation: Conversation, by: Actor, at: datetime, text: str) -> None:
        """A colleague wrote to the owner: a reply that was promised before is given, unless this only promises one."""
        if not text:
            return
        held = [one for one in await self._stores.promises.confirmed_in(conversation.id) if one.created_at < at]
        replies = [one for one in held if one.kind is PromiseKind.REPLY]
        again = replies and read_promises(text, at, self._rules.of(conversation.estate_id))
        if replies and not any(one.kind is PromiseKind.REPLY for one in again or ()):
            for promise in replies:
                await self._watch.end(promise, P.KEPT)

    async def _follow(self, ticket: Ticket, event: Event) -> None:
        """A change of a ticket keeps promises, or makes them pointless."""
        to, progress = event.to_state, event.data.get("progress")
        arrived = to == State.IN_PROGRESS and progress in ("arrived", "working")
        if ticket.promised is None or not (
            arrived or to in (State.RESOLVED, State.WAITING_OWNER, State.WAITING_PARTS, State.DEFERRED) or _over(to)
        ):
            return
        for promise in await self._stores.promises.of_ticket(ticket.id):
            if promise.state is not P.CONFIRMED or promise.created_at > event.at:
                continue
            if _kept(promise, event, arrived=arrived):
                await self._watch.end(promise, P.KEPT)
            elif _over(to) or to == State.RESOLVED:
                await self._watch.end(promise, P.VOID)
            elif to in (State.WAITING_PARTS, State.DEFERRED) and promise.kind is not PromiseKind.REPLY:
                # The owner has just heard of another time.
                await self._watch.end(promise, P.VOID)

    # ---- inside ----

    def _new(
        self,
        id: str,
        kind: PromiseKind,
        due: datetime,
        by: Actor,
        *,
        text: str,
        source: str,
        ticket: Ticket | None,
        conversation: Conversation | None,
    ) -> Promise:
        title = by.title or ("师傅" if by.role is Role.TECHNICIAN else "")
        who = (surname_title(by.name, title) if title else by.name) or "同事"
        if kind is PromiseKind.ARRIVAL and ticket is not None and ticket.executor_name:
            who = ticket.executor_name
        return Promise(
            id=id,
            kind=kind,
            text=text,
            due=to_millis(due),
            ticket_id=ticket.id if ticket else None,
            number=ticket.number if ticket else "",
            title=ticket.title if ticket else "",
            conversation_id=conversation.id if conversation else ticket.conversation_id if ticket else None,
            person_id=ticket.owner_id if ticket else conversation.person_id if conversation else "",
            estate_id=ticket.estate_id if ticket else conversation.estate_id if conversation else "",
            building=building_of(ticket) if ticket else "",
            by=by.tag,
            who=who,
            source=source,
            created_at=self._clock.now(),
        )

    async def _meant(self, conversation: Conversation) -> Ticket | None:
        """Which of the owner's open tickets the words are about: the newest that is still worked on."""
        states = {state.value for state in OPEN}
        shown = [one for one in conversation.open_tickets if one.state in states]
        return await self._stores.tickets.get(shown[-1].id) if shown else None

    async def _moved_to(self, promise: Promise, id: str) -> str | None:
        try:
            return (await self._stores.promises.get(id)).id
        except NotFound:
            return None

    async def _change(self, promise: Promise, to: PromiseState, changes: dict[str, Any]) -> Promise:
        changed = await self._stores.promises.move(promise, to, changes)
        if changed is None:
            raise Conflict(promise.id)
        return changed

    def _may_decide(self, promise: Promise, by: Actor) -> None:
        if promise.by != by.tag and not by.supervises and by.role is not Role.FRONTDESK:
            raise NotAllowed("由说这句话的人、前台或主管来定", needs=["writer", "frontdesk", "supervisor"])

    def _must_be_ahead(self, due: datetime, estate_id: str) -> None:
        now = self._clock.now()
        longest = self._rules.of(estate_id).settings.promises.longest
        if due <= now:
            raise Incomplete("时间要在现在之后", due=due.isoformat())
        if due > now + longest:
            raise Incomplete(f"最远 {longest.days} 天", due=due.isoformat())


_ENDED = (State.CLOSED, State.DECLINED, State.CANCELLED, State.MERGED)


def _over(to: str | None) -> bool:
    return to in _ENDED


def _kept(promise: Promise, event: Event, *, arrived: bool) -> bool:
    """Whether this change is what was promised."""
    done = event.to_state == State.RESOLVED
    if promise.kind is PromiseKind.ARRIVAL:
        return arrived or done
    if promise.kind is PromiseKind.DONE:
        return done
    return done or event.to_state == State.WAITING_OWNER
