"""A promise that holds is watched: staff are warned before, and what slips is owned up to with a new time."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.actors import SYSTEM
from desk.effects import Effects, brief
from desk.late_reason import known_reason
from desk.problems import Telling
from desk.promise_news import WHAT, PromiseNews
from desk.rulebook import Rulebook, Rules
from desk.timers import Schedule
from desk.wording import say_time
from store.clock import Clock
from store.ids import derived
from store.promises import Promise, PromiseKind, PromiseState
from store.stores import Stores
from store.tickets import Event
from store.timers import Timer

P = PromiseState


class Watch:
    """Plans the timers of promises, runs them, and keeps on the ticket which time holds."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        news: PromiseNews,
        effects: Effects,
        timers: Schedule,
        telling: Telling,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._news = news
        self._effects = effects
        self._timers = timers
        self._telling = telling
        self._clock = clock
        timers.on("promise_warn", self._warn)
        timers.on("promise_due", self._due)

    async def end(self, promise: Promise, to: PromiseState, *, reason: str = "") -> None:
        """It was kept, or does not matter any more; whoever was faster has ended it otherwise."""
        changes = {"ended_at": self._clock.now(), **({"reason": reason} if reason else {})}
        ended = await self._stores.promises.move(promise, to, changes)
        if ended is not None:
            await self._clear(promise)

    async def watch(self, promise: Promise) -> None:
        """Everything that a promise that holds brings with it; repeating it adds nothing."""
        rules = self._rules.of(promise.estate_id)
        stamp = int(promise.due.timestamp())
        data = {"promise": promise.id, "due": promise.due}
        warn = promise.due - rules.settings.promises.warn_before
        if warn > self._clock.now():
            await self._timers.plan(f"promise_warn:{promise.id}:{stamp}", "promise_warn", warn, promise.ticket_id, data)
        await self._timers.plan(
            f"promise_due:{promise.id}:{stamp}", "promise_due", promise.due, promise.ticket_id, data
        )
        await self._show(promise.ticket_id, f"promised:{promise.id}:{stamp}", promise)

    async def _clear(self, promise: Promise) -> None:
        await self._show(promise.ticket_id, f"promise_ended:{promise.id}", None)

    async def _show(self, ticket_id: str | None, key: str, promise: Promise | None) -> None:
        """The ticket, and the conversation, know the next time that holds."""
        if ticket_id is None:
            return
        held = [one for one in await self._stores.promises.of_ticket(ticket_id) if one.state is P.CONFIRMED]
        first = held[0].due if held else None
        event = Event(
            id=derived(key, f"promise:{ticket_id}"),
            at=self._clock.now(),
            by=promise.decided_by or promise.by if promise else SYSTEM.tag,
            kind="promised" if promise else "promise_ended",
            note=promise.text or None if promise else None,
            data={"promise": promise.id, "due": promise.due, "what": promise.kind.value} if promise else {},
        )
        await self._stores.tickets.append(ticket_id, "events", event, changes={"promised": first})
        ticket = await self._stores.tickets.get(ticket_id)
        conversation = await self._effects.conversation_of(ticket)
        if conversation is not None and ticket.is_open:
            await self._stores.conversations.show_ticket(conversation.id, brief(ticket), open=True)

    async def follow_on(self, promise: Promise, id: str, due: datetime, source: str, slips: int) -> Promise:
        """The promise that stands for this one from now on; the same id: the same promise."""
        new = promise.model_copy(
            update={
                "id": id,
                "state": P.CONFIRMED,
                "due": due,
                "source": source,
                "slips": slips,
                "after": promise.id,
                "reason": "",
                "version": 0,
                "created_at": self._clock.now(),
                "decided_at": self._clock.now(),
                "decided_by": SYSTEM.tag,
                "ended_at": None,
            }
        )
        await self._stores.promises.add([new])
        return await self._stores.promises.get(id)

    # ---- by the timers ----

    async def _warn(self, timer: Timer) -> None:
        """Staff hear of it before it is late."""
        promise = await self._stores.promises.get(str(timer.data["promise"]))
        if promise.state is not P.CONFIRMED or promise.due != timer.data["due"]:
            return
        rules = self._rules.of(promise.estate_id)
        now = self._clock.now()
        said = f"答应业主{say_time(promise.due, now, rules.zone)}{WHAT[promise.kind]}，快到时间了"
        await self._telling.staff(promise.ticket_id, said, key=timer.id, whom=promise.by, kind="promise_warning")

    async def _due(self, timer: Timer) -> None:
        """Its time is over and it was not kept: own up to it before the owner has to ask."""
        promise = await self._stores.promises.get(str(timer.data["promise"]))
        if promise.state is P.SLIPPED:
            # Who ran this before may have died after the change: what follows from it is written again.
            await self._slipped(promise)
            return
        if promise.state is not P.CONFIRMED or promise.due != timer.data["due"]:
            return
        if self._clock.now() < promise.due:
            await self.watch(promise)
            return
        late = await self._stores.promises.move(promise, P.SLIPPED, {"ended_at": self._clock.now()})
        if late is not None:
            await self._slipped(late)

    async def _slipped(self, promise: Promise) -> None:
        rules = self._rules.of(promise.estate_id)
        settings = rules.settings.promises
        key = f"promise:{promise.id}:slipped"
        reason = promise.reason or await self._reason(promise)
        if promise.slips + 1 >= settings.most_slips:
            await self._clear(promise)
            await self._news.tell(promise, None, reason, key, name="promise.slipped_again")
        else:
            next_id = derived(promise.id, "slipped")
            held = await self.follow_on(promise, next_id, self._new_time(promise, rules), "slipped", promise.slips + 1)
            await self.watch(held)
            await self._news.tell(promise, held, reason, key, name="promise.slipped")
        said = f"答应业主的时间过了（{WHAT[promise.kind]}），已告诉业主"
        await self._telling.supervisors(promise.ticket_id, said, key=key, estate_id=promise.estate_id)

    async def _reason(self, promise: Promise) -> str:
        """What is known of why, where nobody wrote it down."""
        if promise.ticket_id is None or promise.kind is PromiseKind.REPLY:
            return ""
        return await known_reason(self._stores, await self._stores.tickets.get(promise.ticket_id))

    def _new_time(self, promise: Promise, rules: Rules) -> datetime:
        """A time that can be kept when nobody gave one, counted from when the old one was missed; whole minutes."""
        settings, calendar = rules.settings.promises, rules.calendar
        base = max(promise.due, promise.ended_at or promise.due)
        if promise.kind is PromiseKind.ARRIVAL:
            at = base + settings.arrival_later
        else:
            business = settings.reply_later if promise.kind is PromiseKind.REPLY else settings.done_later
            at = calendar.add(base, business)
        spare = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
        return at if not spare else at - spare + timedelta(minutes=5)
