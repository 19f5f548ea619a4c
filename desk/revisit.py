"""The revisit (回访): three questions after the work is done, and what an answer or silence leads to.

planned -> asked -> asked_again -> call        (silence)
        -> answered: fixed and content -> ticket closed; not fixed or unhappy -> ticket reopened, the supervisor is told
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from desk.actors import SYSTEM, Actor
from desk.call_list import call_about, put_on_call_list
from desk.deliveries import Kind, Outbox
from desk.effects import Effects
from desk.errors import Illegal, Incomplete
from desk.problems import Problems
from desk.revisit_plan import latest_of, policy_of
from desk.rulebook import Rulebook, Rules
from desk.tickets import Tickets
from desk.wording import say_date
from store.clock import Clock
from store.conversations import PendingRevisit
from store.deliveries import DeliveryState
from store.errors import Conflict
from store.stores import Stores
from store.tickets import Category, State, Ticket
from store.timers import Timer

log = logging.getLogger(__name__)

FAILURES = ("no_answer", "unreachable", "refused", "wrong_number")
"""What a call may come to when it brings no answer."""
UNHAPPY = 4
"""不满意"""
ANSWERED = "answered"
OPTION = re.compile(r"[①②]\s*[^①②\s。，,.]+")


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

    # ---- by the timers ----

    async def ask(self, ticket_id: str, number: int) -> None:
        """The first question, if this round still waits for it; plans the second try."""
        await self._ask(ticket_id, number, was="planned", becomes="asked", then="revisit_again")

    async def ask_again(self, ticket_id: str, number: int) -> None:
        """Silence so far: asked once more; plans the call."""
        await self._ask(ticket_id, number, was="asked", becomes="asked_again", then="revisit_call")

    async def to_call_list(self, ticket_id: str, number: int) -> None:
        """Still silence: a person rings up."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number) or ticket.revisit.state == "call":
            return
        # The list first: once the ticket says "call", nobody does this again.
        now = self._clock.now()
        key = self._key(ticket, number, "asked_again")
        failure = await self._failure(ticket, number)
        if not await call_about(self._stores, key, f"revisit: {failure.replace('_', ' ')}", now=now):
            await self._list(ticket, self._call_key(ticket), now, why=f"revisit: {failure}")
        changes: dict[str, object] = {"revisit.state": "call", "revisit.failure": failure}
        await self._set(ticket, changes, f"revisit_call:{ticket_id}:{number}")

    async def closing_soon(self, ticket_id: str, number: int) -> None:
        """Say that the ticket will be closed."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number):
            return
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None:
            return
        rules = self._rules.of(ticket.estate_id)
        # Who was never asked hears it as news of the ticket.
        kind = Kind.STATUS if policy_of(ticket, rules) == "never" else Kind.REVISIT
        template = self._template(ticket, rules)
        if kind is Kind.STATUS:
            template["remark"] = "没别的事就结单了"
        await self._outbox.put(
            self._closing_key(ticket, number),
            conversation,
            kind,
            rules.texts.say("revisit.closing_soon", **self._variables(ticket, rules)),
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template=template,
        )

    async def close(self, ticket_id: str, number: int) -> None:
        """Seven days of silence: closed, if that was said before; else it waits until it is said, or for a person."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number):
            return
        rows = await self._stores.deliveries.of_ids([self._closing_key(ticket, number)])
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
            await self._list(ticket, self._call_key(ticket), self._clock.now())
            await self._set(ticket, {"revisit.state": "call"}, f"revisit_call:{ticket_id}:{number}")

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
        rating in the mini-program is kept and the question is asked all the same.
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
            "rating": satisfaction,
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
        keys = [self._key(ticket, ticket.revisit.round, step) for step in ("asked", "asked_again")]
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

    # ---- by staff who rang up ----

    async def called(self, ticket: Ticket, result: str, by: Actor, *, key: str) -> Ticket:
        """Nobody was reached, or they would not say: tried again later, and archived with its reason in the end."""
        if result not in FAILURES:
            raise Incomplete("结果只能是这几种", result=list(FAILURES))
        if ticket.state is not State.RESOLVED:
            raise Illegal("这张单不在等回访", state=ticket.state.value)
        follow_up = self._rules.of(ticket.estate_id).settings.follow_up
        calls = ticket.revisit.calls + 1
        over = result in ("refused", "wrong_number") or calls >= follow_up.calls
        changes: dict[str, object] = {"revisit.calls": calls, "revisit.failure": result}
        changes["revisit.state"] = "failed" if over else "call"
        await self._tickets.rate(ticket, changes=changes, by=by, key=key)
        if not over:
            id = f"revisit_call_again:{ticket.id}:{ticket.revisit.round}:{calls}"
            due = self._clock.now() + follow_up.call_again_after
            data = {"round": ticket.revisit.round, "calls": calls}
            timer = Timer(id=id, kind="revisit_call_again", due=due, ticket_id=ticket.id, data=data)
            await self._stores.timers.plan([timer])
        await self.off_the_list(ticket, by)
        return await self._stores.tickets.get(ticket.id)

    async def call_again(self, timer: Timer) -> None:
        """Back on the call list."""
        ticket = await self._stores.tickets.get(str(timer.ticket_id))
        if self._waits(ticket, int(timer.data["round"])) and ticket.revisit.state == "call":
            why = f"revisit: {ticket.revisit.failure or 'no answer'}, call {int(timer.data['calls']) + 1}"
            await self._list(ticket, f"{self._call_key(ticket)}:{timer.data['calls']}", self._clock.now(), why=why)

    async def off_the_list(self, ticket: Ticket, by: Actor) -> None:
        """The rows of this round that asked for a call are done."""
        number = ticket.revisit.round
        keys = [self._key(ticket, number, step) for step in ("asked", "asked_again")]
        keys += [self._call_key(ticket), *(f"{self._call_key(ticket)}:{n}" for n in range(1, ticket.revisit.calls + 1))]
        now = self._clock.now()
        for row in await self._stores.deliveries.of_ids(keys):
            if row.to_call and not row.checked:
                await self._stores.deliveries.move(row, row.state, at=now, changes={"checked": True})

    def _call_key(self, ticket: Ticket) -> str:
        return f"revisit:{ticket.id}:{ticket.revisit.round}:call:{ticket.owner_id}"

    def _is_asked_anyway(self, ticket: Ticket) -> bool:
        always = policy_of(ticket, self._rules.of(ticket.estate_id)) == "always"
        return always and ticket.state is State.RESOLVED and ticket.revisit.state in ("planned", "asked", "asked_again")

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

    async def _failure(self, ticket: Ticket, number: int) -> str:
        """Why nobody answered, from what became of the questions."""
        keys = [self._key(ticket, number, step) for step in ("asked", "asked_again")]
        rows = await self._stores.deliveries.of_ids(keys)
        if any(row.reason == "not following" for row in rows):
            return "unfollowed"
        lost = [row for row in rows if row.state is DeliveryState.UNDELIVERABLE]
        if rows and len(lost) == len(rows):
            refused = any(attempt.errcode == 43101 for row in rows for attempt in row.attempts)
            return "refused" if refused else "unreachable"
        return "no_answer"

    async def _list(self, ticket: Ticket, key: str, now: datetime, *, why: str = "") -> None:
        """There is no chat to ask in: a person rings up."""
        rules = self._rules.of(ticket.estate_id)
        question = rules.texts.say(_question(ticket), **self._variables(ticket, rules))
        await put_on_call_list(self._stores, key, Kind.REVISIT, question, ticket, ticket.owner_id, now=now, why=why)

    async def _ask(self, ticket_id: str, number: int, *, was: str, becomes: str, then: str) -> None:
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number) or ticket.revisit.state not in (was, becomes):
            return
        rules = self._rules.of(ticket.estate_id)
        now = self._clock.now()
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None or not conversation.followed:
            # Nothing can be asked, and nobody will write: a person rings up.
            failure = "unreachable" if conversation is None else "unfollowed"
            await self._list(
                ticket, self._key(ticket, number, becomes), now, why="" if conversation is None else failure
            )
            changes: dict[str, object] = {"revisit.state": "call", "revisit.failure": failure}
            await self._set(ticket, changes, f"revisit_call:{ticket_id}:{number}")
            return
        text = "revisit.again" if becomes == "asked_again" else _question(ticket)
        question = rules.texts.say(text, **self._variables(ticket, rules))
        window = conversation.allowance.left > 0 and conversation.allowance.until > now
        pending = PendingRevisit(
            ticket_id=ticket.id,
            number=ticket.number,
            title=ticket.title,
            round=number,
            question="" if window else question,
            asked_at=now,
            expires_at=now + rules.settings.revisit.close_after_silence,
        )
        await self._stores.conversations.await_revisit(conversation.id, pending)
        await self._outbox.put(
            self._key(ticket, number, becomes),
            conversation,
            Kind.REVISIT,
            question,
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            menu=self._menu(ticket, question),
            template=self._template(ticket, rules),
        )
        current = await self._stores.tickets.get(ticket_id)
        if not self._waits(current, number):
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

    @staticmethod
    def _waits(ticket: Ticket, number: int) -> bool:
        return ticket.state is State.RESOLVED and ticket.revisit.round == number and ticket.revisit.state != ANSWERED

    @staticmethod
    def _key(ticket: Ticket, number: int, step: str) -> str:
        return f"revisit:{ticket.id}:{number}:{step}:{ticket.owner_id}"

    @staticmethod
    def _closing_key(ticket: Ticket, number: int) -> str:
        return f"closing:{ticket.id}:{number}:{ticket.owner_id}"

    @staticmethod
    def _menu(ticket: Ticket, question: str) -> dict[str, object]:
        # The words beside the numbers are those of the text: a complaint is 解决了, not 好了.
        head = question.split("①")[0].rstrip()
        said = [found.group() for found in OPTION.finditer(question)][:2]
        values = zip(("yes", "no"), said if len(said) == 2 else ("① 好了", "② 没好"), strict=True)
        items = [[f"revisit:fixed:{ticket.number}:{value}", words] for value, words in values]
        return {"head": head, "items": items, "tail": ""}

    def _variables(self, ticket: Ticket, rules: Rules) -> dict[str, str]:
        closes = (ticket.resolved_at or self._clock.now()) + rules.settings.revisit.close_after_silence
        return {
            "number": ticket.number,
            "title": ticket.title,
            "date": say_date(closes, self._clock.now(), rules.zone),
        }

    def _template(self, ticket: Ticket, rules: Rules) -> dict[str, str]:
        time = self._clock.now().astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M")
        return {"number": ticket.number, "title": ticket.title, "time": time, "state": "已完成", "remark": "等您回访"}


def _question(ticket: Ticket) -> str:
    """Which text asks first: a repair is mended, everything else is settled."""
    return "revisit.ask_fixed" if ticket.category is Category.REPAIR else "revisit.ask_done"
