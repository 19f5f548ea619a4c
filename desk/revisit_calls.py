"""Revisits by phone: who is put on the call list and why, and what came of each call."""

from __future__ import annotations

from datetime import datetime

from desk.actors import SYSTEM, Actor
from desk.call_list import call_about, put_on_call_list
from desk.deliveries import Kind
from desk.errors import Illegal, Incomplete
from desk.revisit_plan import ask_key, call_key, waits
from desk.revisit_words import question, variables
from desk.rulebook import Rulebook
from desk.tickets import Tickets
from store.clock import Clock
from store.deliveries import DeliveryState
from store.stores import Stores
from store.tickets import State, Ticket
from store.timers import Timer

FAILURES = ("no_answer", "unreachable", "refused", "wrong_number")
"""What a call may come to when it brings no answer."""


class RevisitCalls:
    """Keeps the call list of the revisits."""

    def __init__(self, stores: Stores, rules: Rulebook, tickets: Tickets, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._tickets = tickets
        self._clock = clock

    async def to_call_list(self, ticket_id: str, number: int) -> None:
        """Still silence: a person rings up."""
        ticket = await self._stores.tickets.get(ticket_id)
        if not waits(ticket, number) or ticket.revisit.state == "call":
            return
        # The list first: once the ticket says "call", nobody does this again.
        now = self._clock.now()
        key = ask_key(ticket, number, "asked_again")
        failure = await self._failure(ticket, number)
        if not await call_about(self._stores, key, f"revisit: {failure.replace('_', ' ')}", now=now):
            await self.put(ticket, call_key(ticket), now, why=f"revisit: {failure}")
        changes: dict[str, object] = {"revisit.state": "call", "revisit.failure": failure}
        await self._tickets.rate(ticket, changes=changes, by=SYSTEM, key=f"revisit_call:{ticket_id}:{number}")

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
        if waits(ticket, int(timer.data["round"])) and ticket.revisit.state == "call":
            why = f"revisit: {ticket.revisit.failure or 'no answer'}, call {int(timer.data['calls']) + 1}"
            await self.put(ticket, f"{call_key(ticket)}:{timer.data['calls']}", self._clock.now(), why=why)

    async def off_the_list(self, ticket: Ticket, by: Actor) -> None:
        """The rows of this round that asked for a call are done."""
        number = ticket.revisit.round
        keys = [ask_key(ticket, number, step) for step in ("asked", "asked_again")]
        keys += [call_key(ticket), *(f"{call_key(ticket)}:{n}" for n in range(1, ticket.revisit.calls + 1))]
        now = self._clock.now()
        for row in await self._stores.deliveries.of_ids(keys):
            if row.to_call and not row.checked:
                await self._stores.deliveries.move(row, row.state, at=now, changes={"checked": True})

    async def _failure(self, ticket: Ticket, number: int) -> str:
        """Why nobody answered, from what became of the questions."""
        keys = [ask_key(ticket, number, step) for step in ("asked", "asked_again")]
        rows = await self._stores.deliveries.of_ids(keys)
        if any(row.reason == "not following" for row in rows):
            return "unfollowed"
        lost = [row for row in rows if row.state is DeliveryState.UNDELIVERABLE]
        if rows and len(lost) == len(rows):
            refused = any(attempt.errcode == 43101 for row in rows for attempt in row.attempts)
            return "refused" if refused else "unreachable"
        return "no_answer"

    async def put(self, ticket: Ticket, key: str, now: datetime, *, why: str = "") -> None:
        """A person rings up: there is no chat to ask in, or nobody answers there."""
        rules = self._rules.of(ticket.estate_id)
        said = question(ticket, rules, variables(ticket, self._clock.now(), rules))
        await put_on_call_list(self._stores, key, Kind.REVISIT, said, ticket, ticket.owner_id, now=now, why=why)
