"""The revisit (回访): three questions after the work is done, and what an answer or silence leads to.

planned -> asked -> asked_again -> call        (silence)
        -> answered: fixed and content -> ticket closed; not fixed or unhappy -> ticket reopened, the supervisor is told
"""

from __future__ import annotations

from dataclasses import dataclass

from desk.actors import SYSTEM, Actor
from desk.deliveries import Kind, Outbox
from desk.effects import Effects
from desk.problems import Problems
from desk.revisit_calls import RevisitCalls
from desk.revisit_plan import ANSWERED, ask_key, call_key, closing_key, latest_of, policy_of, waits
from desk.revisit_words import menu, question, template, variables
from desk.rulebook import Rulebook
from desk.tickets import Tickets
from store.clock import Clock
from store.conversations import PendingRevisit
from store.deliveries import DeliveryState
from store.errors import Conflict
from store.stores import Stores
from store.tickets import Category, State, Ticket
from store.timers import Timer

UNHAPPY = 4
"""不满意"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answers led to."""

    ticket: Ticket
    reopened: bool = False
    closed: bool = False


class Revisits:
    """Asks, asks again, hands to the call list, closes; takes the answers."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        outbox: Outbox,
        tickets: Tickets,
        effects: Effects,
        problems: Problems,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._tickets = tickets
        self._effects = effects
        self._problems = problems
        self._clock = clock
        self.calls = RevisitCalls(stores, rules, tickets, clock)

    # ---- by the timers ----

    async def ask(self, ticket_id: str, number: int) -> None:
        """The first question, if this round still waits for it and its category is asked; plans the second try."""
        ticket = await self._stores.tickets.get(ticket_id)
        if policy_of(ticket, self._rules.of(ticket.estate_id)) == "never":
            return  # so set since the work was done
        await self._ask(ticket_id, number, was="planned", becomes="asked", then="revisit_again")

    async def ask_again(self, ticket_id: str, number: int) -> None:
        """Silence so far: asked once more; plans the call."""
        await self._ask(ticket_id, number, was="asked", becomes="asked_again", then="revisit_call")

    async def closing_soon(self, ticket_id: str, number: int) -> None:
        """Say that the ticket will be closed."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not waits(ticket, number):
            return
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None:
            return
        rules, now = self._rules.of(ticket.estate_id), self._clock.now()
        # Who was never asked hears it as news of the ticket.
        kind = Kind.STATUS if policy_of(ticket, rules) == "never" else Kind.REVISIT
        remark = {"remark": "没别的事就结单了"} if kind is Kind.STATUS else {}
        await self._outbox.put(
            closing_key(ticket, number),
            conversation,
            kind,
            rules.texts.say("revisit.closing_soon", **variables(ticket, now, rules)),
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template=template(ticket, now, rules) | remark,
        )

    async def close(self, ticket_id: str, number: int) -> None:
        """Seven days of silence: closed, if that was said before; else it waits until it is said, or for a person."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not waits(ticket, number):
            return
        rows = await self._stores.deliveries.of_ids([closing_key(ticket, number)])
        state = rows[0].state if rows else DeliveryState.UNDELIVERABLE
        if state in (DeliveryState.QUEUED, DeliveryState.SENDING):
            now = self._clock.now()
            due = now + self._rules.of(ticket.estate_id).settings.revisit.closing_said_before
            later = Timer(
                id=f"close:{ticket.id}:{number}:{int(due.timestamp())}",
                kind="close",
                due=due,
                ticket_id=ticket.id,
                data={"round": number},
            )
            await self._stores.timers.plan([later])
        elif state not in (DeliveryState.UNDELIVERABLE, DeliveryState.CANCELLED):
            await self._tickets.move(
                ticket, State.CLOSED, SYSTEM, note="silence", key=f"close:{ticket_id}:{number}", tell=False
            )
        elif ticket.revisit.state not in ("call", "failed"):
            await self.calls.put(ticket, call_key(ticket), self._clock.now())
            await self._set(ticket, {"revisit.state": "call"}, f"revisit_call:{ticket_id}:{number}")

    async def call_again(self, timer: Timer) -> None:
        """Back on the call list."""
        await self.calls.call_again(timer)

    # ---- by the owner ----

    async def answer(
        self,
        ticket_id: str,
        *,
        fixed: bool,
        satisfaction: int | None,
        words: str,
        by: Actor,
        key: str,
        channel: str = "chat",
        recorded_by: Actor | None = None,
    ) -> Outcome:
        """Keep the answers and act on them: not fixed or unhappy reopens, good closes. The same key again: nothing.

        ``recorded_by``: who wrote down what the owner said on the phone. Where a category is always asked, a good
        rating in the mini-program before that is kept, and the question is asked all the same; after it, it answers.
        """
        ticket = await self._stores.tickets.get(ticket_id)
        now = self._clock.now()
        bad = not fixed or satisfaction == UNHAPPY
        if channel == "miniprogram" and not bad and self._is_asked_anyway(ticket):
            await self._tickets.rate(ticket, changes={"rating": satisfaction}, by=by, key=key)
            return Outcome(await self._stores.tickets.get(ticket_id))
        changes = {
            "revisit.state": ANSWERED,
            "revisit.fixed": fixed,
            "revisit.satisfaction": satisfaction,
            "revisit.words": words,
            "revisit.answered_at": now,
            # A rating in the mini-program stays where the answer here does not say how it was.
            "rating": satisfaction if satisfaction is not None or bad else ticket.rating,
        }
        await self._tickets.rate(ticket, changes=changes, by=recorded_by or by, key=key)
        await self._forget(ticket)
        if bad:
            said = "没修好" if ticket.category is Category.REPAIR else "没解决"
            reason = f"业主说{said}" if not fixed else "业主不满意"
            ticket = await self._move(
                ticket, (State.RESOLVED, State.CLOSED), State.ACCEPTED, by, why=f"{reason}: {words}"[:500], key=key
            )
            # Also when somebody reopened it before, or this message did and its process died: told once by the key.
            await self._problems.open(ticket, f"{reason}: {words}" if words else reason, key=key)
            current = await self._stores.tickets.get(ticket.id)  # somebody else may have it now
            return Outcome(current, reopened=current.is_open)
        ticket = await self._move(ticket, (State.RESOLVED,), State.CLOSED, by, why="revisit", key=key)
        return Outcome(ticket, closed=ticket.state is State.CLOSED)

    async def carried(self, ticket_id: str) -> None:
        """The question rides on an answer: the push of it is not needed any more, and the cap counts it as sent."""
        now = self._clock.now()
        await self._stores.deliveries.cancel_of_ticket(ticket_id, [Kind.REVISIT], at=now)
        ticket = await self._stores.tickets.get(ticket_id)
        keys = [ask_key(ticket, ticket.revisit.round, step) for step in ("asked", "asked_again")]
        for row in await self._stores.deliveries.of_ids(keys):
            if row.state in (DeliveryState.CANCELLED, DeliveryState.UNDELIVERABLE) and row.sent_at is None:
                await self._stores.deliveries.move(row, row.state, at=now, changes={"sent_at": now})

    async def may_ride(self, ticket_id: str, conversation_id: str) -> bool:
        """Whether its question may ride on an answer now: the cap of the pushes holds here too, up to the deadline."""
        ticket = await self._stores.tickets.get(ticket_id)
        rules, now = self._rules.of(ticket.estate_id), self._clock.now()
        cap = rules.settings.delivery.cap("revisit")
        if cap is None or cap.count > 1:
            return True
        sent = await self._stores.deliveries.last_sent_to(conversation_id, Kind.REVISIT, since=now - cap.within)
        first = ticket.revisit.state == "asked"
        made = ticket.revisit.asked_at or now
        return sent is None or latest_of(ticket, rules, made=made, first=first) <= now

    def _is_asked_anyway(self, ticket: Ticket) -> bool:
        always = policy_of(ticket, self._rules.of(ticket.estate_id)) == "always"
        return always and ticket.state is State.RESOLVED and ticket.revisit.state == "planned"

    # ---- inside ----

    async def _move(
        self, ticket: Ticket, sources: tuple[State, ...], to: State, by: Actor, *, why: str, key: str
    ) -> Ticket:
        """The move, if the ticket still waits for it; who loses a race against a timer or a colleague looks again."""
        for last in (False, False, True):
            if ticket.state not in sources:
                return ticket
            try:
                return await self._tickets.move(ticket, to, by, reason=why, key=key, tell=False)
            except Conflict as lost:
                if last or not isinstance(lost.current, Ticket):
                    raise
                ticket = lost.current
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    async def _forget(self, ticket: Ticket) -> None:
        """Nothing is asked about this ticket any more."""
        conversation = await self._effects.conversation_of(ticket)
        if conversation is not None:
            await self._stores.conversations.forget_revisit(conversation.id, ticket.id)

    async def _ask(self, ticket_id: str, number: int, *, was: str, becomes: str, then: str) -> None:
        ticket = await self._stores.tickets.get(ticket_id)
        if not waits(ticket, number) or ticket.revisit.state not in (was, becomes):
            return
        rules = self._rules.of(ticket.estate_id)
        now = self._clock.now()
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None or not conversation.followed:
            # Nothing can be asked, and nobody will write: a person rings up.
            failure = "unreachable" if conversation is None else "unfollowed"
            await self.calls.put(
                ticket, ask_key(ticket, number, becomes), now, why="" if conversation is None else failure
            )
            changes: dict[str, object] = {"revisit.state": "call", "revisit.failure": failure}
            await self._set(ticket, changes, f"revisit_call:{ticket_id}:{number}")
            return
        asked = question(ticket, rules, variables(ticket, now, rules), again=becomes == "asked_again")
        window = conversation.allowance.left > 0 and conversation.allowance.until > now
        pending = PendingRevisit(
            ticket_id=ticket.id,
            number=ticket.number,
            title=ticket.title,
            round=number,
            question="" if window else asked,
            asked_at=now,
            expires_at=now + rules.settings.revisit.close_after_silence,
        )
        await self._stores.conversations.await_revisit(conversation.id, pending)
        await self._outbox.put(
            ask_key(ticket, number, becomes),
            conversation,
            Kind.REVISIT,
            asked,
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            menu=menu(ticket, asked),
            template=template(ticket, now, rules),
        )
        current = await self._stores.tickets.get(ticket_id)
        if not waits(current, number):
            # Answered, or gone another way, while we wrote: it is not asked.
            await self._forget(current)
            await self._stores.deliveries.cancel_of_ticket(ticket.id, [Kind.REVISIT], at=now)
            return
        await self._set(ticket, {"revisit.state": becomes, "revisit.asked_at": now}, f"{becomes}:{ticket_id}:{number}")
        settings = rules.settings.revisit
        wait = settings.ask_again_after if then == "revisit_again" else settings.call_list_after
        next_timer = Timer(
            id=f"{then}:{ticket.id}:{number}", kind=then, due=now + wait, ticket_id=ticket.id, data={"round": number}
        )
        await self._stores.timers.plan([next_timer])

    async def _set(self, ticket: Ticket, changes: dict[str, object], key: str) -> None:
        await self._tickets.rate(ticket, changes=changes, by=SYSTEM, key=key)
