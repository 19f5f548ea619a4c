"""The revisit (回访): three questions after the work is done, and what an answer or silence leads to.

planned -> asked -> asked_again -> call        (silence)
        -> answered: fixed and content -> ticket closed; not fixed or unhappy -> ticket reopened, the supervisor is told
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from desk.actors import SUPERVISING, SYSTEM, Actor
from desk.call_list import call_about, put_on_call_list
from desk.deliveries import Kind, Outbox
from desk.effects import Effects
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
        self, stores: Stores, rules: Rulebook, outbox: Outbox, tickets: Tickets, effects: Effects, clock: Clock
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._tickets = tickets
        self._effects = effects
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
        if not await call_about(self._stores, key, "revisit: no answer", now=now):
            await self._list(ticket, f"revisit:{ticket.id}:{number}:call:{ticket.owner_id}", now)
        await self._set(ticket, {"revisit.state": "call"}, f"revisit_call:{ticket_id}:{number}")

    async def closing_soon(self, ticket_id: str, number: int) -> None:
        """Say that the ticket will be closed."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number):
            return
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None:
            return
        rules = self._rules.of(ticket.estate_id)
        await self._outbox.put(
            self._closing_key(ticket, number),
            conversation,
            Kind.REVISIT,
            rules.texts.say("revisit.closing_soon", **self._variables(ticket, rules)),
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template=self._template(ticket, rules),
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
        elif ticket.revisit.state != "call":
            await self._list(ticket, f"revisit:{ticket.id}:{number}:call:{ticket.owner_id}", self._clock.now())
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
    ) -> Outcome:
        """Keep the answers and act on them: not fixed or unhappy reopens, good closes. The same key again: nothing."""
        ticket = await self._stores.tickets.get(ticket_id)
        now = self._clock.now()
        changes = {
            "revisit.state": ANSWERED,
            "revisit.fixed": fixed,
            "revisit.satisfaction": satisfaction,
            "revisit.words": words,
            "revisit.answered_at": now,
            "rating": satisfaction,
        }
        await self._tickets.rate(ticket, changes=changes, by=by, key=key)
        await self._forget(ticket)
        if not fixed or satisfaction == UNHAPPY:
            said = "没修好" if ticket.category is Category.REPAIR else "没解决"
            reason = f"业主说{said}" if not fixed else "业主不满意"
            ticket = await self._move(
                ticket, (State.RESOLVED, State.CLOSED), State.ACCEPTED, by, why=f"{reason}: {words}"[:500], key=key
            )
            # Also when somebody reopened it before, or this message did and its process died: told once by the key.
            await self.tell_supervisor(ticket, reason, key=key)
            return Outcome(ticket, reopened=ticket.is_open)
        ticket = await self._move(ticket, (State.RESOLVED,), State.CLOSED, by, why="revisit", key=key)
        return Outcome(ticket, closed=ticket.state is State.CLOSED)

    async def tell_supervisor(self, ticket: Ticket, reason: str, *, key: str) -> None:
        """A problem item (问题件): on the ticket, where the supervisors' list finds it, and in the audit."""
        await self._tickets.note(ticket, f"问题件,请主管跟进: {reason}", SYSTEM, key=f"{key}:problem")
        await self._stores.tickets.append_observers(ticket.id, await self._supervisors(ticket))

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

    async def _list(self, ticket: Ticket, key: str, now: datetime) -> None:
        """There is no chat to ask in: a person rings up."""
        rules = self._rules.of(ticket.estate_id)
        question = rules.texts.say(_question(ticket), **self._variables(ticket, rules))
        await put_on_call_list(self._stores, key, Kind.REVISIT, question, ticket, ticket.owner_id, now=now)

    async def _ask(self, ticket_id: str, number: int, *, was: str, becomes: str, then: str) -> None:
        ticket = await self._stores.tickets.get(ticket_id)
        if not self._waits(ticket, number) or ticket.revisit.state not in (was, becomes):
            return
        rules = self._rules.of(ticket.estate_id)
        now = self._clock.now()
        conversation = await self._effects.conversation_of(ticket)
        if conversation is None:
            await self._list(ticket, self._key(ticket, number, becomes), now)
            await self._set(ticket, {"revisit.state": "call"}, f"revisit_call:{ticket_id}:{number}")
            return
        pending = PendingRevisit(
            ticket_id=ticket.id,
            number=ticket.number,
            title=ticket.title,
            round=number,
            asked_at=now,
            expires_at=now + rules.settings.revisit.close_after_silence,
        )
        await self._stores.conversations.await_revisit(conversation.id, pending)
        text = "revisit.again" if becomes == "asked_again" else _question(ticket)
        question = rules.texts.say(text, **self._variables(ticket, rules))
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

    async def _supervisors(self, ticket: Ticket) -> list[str]:
        """The supervisors of this estate; where there is none, those above them: somebody has to know."""
        here = [
            staff
            for staff in await self._stores.staff.all()
            if staff.active and (not staff.estates or ticket.estate_id in staff.estates)
        ]
        for role in SUPERVISING:
            found = [staff.id for staff in here if staff.role is role]
            if found:
                return found
        log.warning("ticket %s: no supervisor, manager or admin to tell", ticket.id)
        return []

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
