"""The sender: takes deliveries to WeChat, one person at a time and in their order.

The rows in MongoDB are the truth. A row is ``sending`` in the database before its request leaves; whoever later finds
it so without a live sender makes it ``unknown``, because nobody can tell whether it arrived. Wake-ups only save time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.gathering import Gathering
from bot.ladder import APIS, End, Ladder, Outcome, is_parkable, next_rung
from bot.metrics import SENT
from bot.pauses import Pauses
from bot.settling import Settling
from bot.tasks import Tasks
from desk.deliveries import CALL_WHEN_LOST, Kind
from desk.desk import Desk
from desk.rulebook import Rules
from store.conversations import EPOCH, Allowance, Conversation, ParkedText
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.errors import Unavailable

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""Longer than one try may take (``ladder.LONGEST_TRY``); a dead sender's people are taken over after that."""
AT_ONCE = 16
"""How many people one sender serves at the same time."""
POLL_SECONDS = 1.0
STEP_ASIDE = timedelta(seconds=5)
"""Pauses shorter than this are waited out where the row stands."""

S = DeliveryState


class Sender:
    """Any number may run; the claim is in MongoDB."""

    def __init__(self, desk: Desk, ladder: Ladder, *, process: str, tasks: Tasks) -> None:
        self._desk = desk
        self._stores = desk.stores
        self._ladder = ladder
        self._process = process
        self._tasks = tasks
        self._pauses = Pauses(desk.clock)
        self._gathering = Gathering(desk.stores.deliveries, desk.stores.tickets)
        self._settling = Settling(desk)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._busy: set[str] = set()
        self._again: set[str] = set()

    # ---- what there is to do ----

    async def listen(self) -> None:
        """Wake-ups, until cancelled."""
        while True:
            for conversation_id in await self._stores.wake.listen(self._process):
                self.look_at(conversation_id)

    async def poll(self) -> None:
        """What no wake-up told of, every second, until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.poll_once()
            except Unavailable:
                log.warning("the database does not answer, deliveries wait")

    async def poll_once(self) -> None:
        """Rows whose time has come, rows of dead senders, rows to settle."""
        now = self._desk.clock.now()
        deliveries = self._stores.deliveries
        due = await deliveries.due(at=now)
        stuck = await deliveries.in_state(S.SENDING, before=now - LEASE)
        for conversation_id in dict.fromkeys(row.conversation_id for row in (*due, *stuck)):
            self.look_at(conversation_id)
        for conversation in await self._stores.conversations.to_settle():
            self.look_at(conversation.id)
        for conversation_id in await self._settling.overdue():
            self.look_at(conversation_id)

    def look_at(self, conversation_id: str) -> None:
        """Serve this person now, or once more after the round that runs."""
        if conversation_id in self._busy:
            self._again.add(conversation_id)
            return
        self._busy.add(conversation_id)
        self._tasks.spawn(self._serve(conversation_id), name=f"sender {conversation_id}")

    async def _serve(self, conversation_id: str) -> None:
        try:
            async with self._free:
                while True:
                    self._again.discard(conversation_id)
                    await self.round(conversation_id)
                    if conversation_id not in self._again:
                        return
        except Unavailable:
            log.warning("the database does not answer, deliveries wait")
        finally:
            self._busy.discard(conversation_id)

    # ---- one person ----

    async def round(self, conversation_id: str) -> None:
        """Everything that can leave for this person now, in order, under their sending lease."""
        conversations = self._stores.conversations
        wall = self._desk.clock.wall()
        if not await conversations.claim_sending(conversation_id, holder=self._process, wall=wall, length=LEASE):
            return
        state = _Round()
        try:
            conversation = await conversations.get(conversation_id)
            rules = self._desk.rules.of(conversation.estate_id)
            if conversation.settle:
                conversation = await self._settling.settle(conversation)
                state.unsettled = not conversation.followed
            state.allowance = conversation.allowance
            rows = await self._stores.deliveries.open_of(conversation_id)
            if any(row.state is S.SENDING for row in rows) and not await self._keeps(conversation_id):
                return
            living = [row for row in rows if not await self._is_left_behind(row, state)]
            state.queue = await self._gathering.still_wanted(living, self._desk.clock.now())
            while state.queue:
                if not await self._one(state.queue.pop(0), conversation, rules, state):
                    break
        finally:
            await conversations.release_sending(
                conversation_id, holder=self._process, spent=state.spent, unsettled=state.unsettled
            )

    async def _keeps(self, conversation_id: str) -> bool:
        """Whether this person is still ours, and for a full lease from now."""
        until = self._desk.clock.wall() + LEASE
        if await self._stores.conversations.keep_sending(conversation_id, holder=self._process, until=until):
            return True
        log.warning("the lease on %s was lost", conversation_id)
        return False

    async def _is_left_behind(self, row: Delivery, state: _Round) -> bool:
        """We hold the lease, so the sender of a row that is being sent is dead: nobody can tell whether it arrived."""
        if row.state is not S.SENDING:
            return False
        rung = row.rungs_used[-1] if row.rungs_used else Rung.CUSTOMER
        if rung is Rung.CUSTOMER:
            state.spend()
        state.unsettled = True
        await self._unknown(row, Attempt(rung=rung, at=self._desk.clock.now(), problem="unknown"))
        return True

    async def _one(self, row: Delivery, conversation: Conversation, rules: Rules, state: _Round) -> bool:
        """One row; False when what comes later must wait behind it."""
        now = self._desk.clock.now()
        if row.not_before > now:
            return not row.retrying
        verdict = await self._gathering.verdict(row, conversation, rules, now)
        if verdict.until is not None:
            changes = {"not_before": verdict.until, "reason": verdict.why, "retrying": False}
            await self._stores.deliveries.move(row, S.QUEUED, at=now, changes=changes)
            return True
        while True:
            rung = next_rung(row, conversation, state.allowance, rules, now)
            if rung in APIS and not self._pauses.open(APIS[rung]):
                await self._wait_for(APIS[rung], row, now)
                return False
            if rung is Rung.LIST:
                await self._no_way_left(row, conversation, now)
                return True
            if rung is Rung.TEMPLATE and is_parkable(row):
                return await self._park(row, rules, now, state)
            with_it: list[Delivery] = []
            if rung is Rung.CUSTOMER:
                with_it = await self._gathering.companions(row, state.queue, conversation, rules, now)
            moved, go_on = await self._try(row, rung, rules, state, with_it)
            if moved is None:
                return go_on
            row = moved

    async def _wait_for(self, api: str, row: Delivery, now: datetime) -> None:
        """Where the API is closed for long, the row steps aside, so that those who need another one are looked at."""
        left = self._pauses.left(api)
        if left > STEP_ASIDE:
            changes = {"not_before": now + left, "retrying": True, "reason": f"{api} is closed to us for a while"}
            await self._stores.deliveries.move(row, S.QUEUED, at=now, changes=changes)

    # ---- one try ----

    async def _begin(self, row: Delivery, rung: Rung, **changes: Any) -> Delivery | None:
        """On record before the request leaves. None: the row, or this person, is not ours any more."""
        if not await self._keeps(row.conversation_id):
            return None
        changes |= {"rungs_used": (*row.rungs_used, rung), "tries": row.tries + 1, "retrying": False, "reason": None}
        return await self._stores.deliveries.move(row, S.SENDING, at=self._desk.clock.now(), changes=changes)

    async def _try(
        self, row: Delivery, rung: Rung, rules: Rules, state: _Round, with_it: Sequence[Delivery]
    ) -> tuple[Delivery | None, bool]:
        """Send on one rung. Gives the row when the next rung is to be tried now, else whether later rows may go."""
        text = "\n\n".join(one.text for one in (row, *with_it))
        sending = await self._begin(row, rung, text=text)
        if sending is None:
            return None, False
        merged = await self._merge(with_it, sending, state)
        outcome = await self._ladder.climb(sending, rung, rules)
        now = self._desk.clock.now()
        attempt = _attempt(rung, outcome, now)
        await self._heed(sending, outcome, state)
        if outcome.end in (End.ACCEPTED, End.UNKNOWN):
            state.unsettled = True
            if rung is Rung.CUSTOMER:
                state.spend()
            if outcome.end is End.UNKNOWN:
                await self._unknown(sending, attempt)
            else:
                self._pauses.worked(APIS[rung])
                changes: dict[str, Any] = {"sent_at": now}
                await self._stores.deliveries.move(sending, S.ACCEPTED, at=now, attempt=attempt, changes=changes)
            return None, True
        await self._part(merged, state)
        sending = sending.model_copy(update={"text": row.text})
        if outcome.end is End.LATER:
            return await self._later(sending, row, outcome, attempt, now)
        if outcome.end is End.NEXT_RUNG:
            changes = {"text": row.text, "tries": 0, "reason": outcome.problem}
            if outcome.error is not None and outcome.error.action.close_window:
                changes["rungs_used"] = row.rungs_used  # worth a try when the owner opens the window again
            return await self._stores.deliveries.move(sending, S.QUEUED, at=now, attempt=attempt, changes=changes), True
        changes = {
            "text": row.text,
            "reason": outcome.problem,
            "attention": True,
            "to_call": Kind(row.kind) in CALL_WHEN_LOST,
        }
        await self._stores.deliveries.move(sending, S.UNDELIVERABLE, at=now, attempt=attempt, changes=changes)
        return None, True

    async def _merge(self, rows: Sequence[Delivery], carrier: Delivery, state: _Round) -> list[Delivery]:
        """These leave inside the carrier's message; for their caps they count as sent."""
        now = self._desk.clock.now()
        changes = {"merged_into": carrier.id, "sent_at": now}
        moved = [await self._stores.deliveries.move(row, S.MERGED, at=now, changes=changes) for row in rows]
        gone = {row.id for row in rows}
        state.queue = [row for row in state.queue if row.id not in gone]
        return [row for row in moved if row is not None]

    async def _part(self, merged: Sequence[Delivery], state: _Round) -> None:
        """Nothing left: each is on its own again."""
        now = self._desk.clock.now()
        changes = {"merged_into": None, "sent_at": None}
        moved = [await self._stores.deliveries.move(row, S.QUEUED, at=now, changes=changes) for row in merged]
        state.queue = [*(row for row in moved if row is not None), *state.queue]

    async def _later(
        self, sending: Delivery, row: Delivery, outcome: Outcome, attempt: Attempt, now: datetime
    ) -> tuple[Delivery | None, bool]:
        """The same rung again after a while; where WeChat limits the tries (-1), the next rung after them."""
        changes: dict[str, Any] = {"text": row.text, "reason": outcome.problem}
        if _is_last_try(sending, outcome):
            changes["tries"] = 0
            return await self._stores.deliveries.move(sending, S.QUEUED, at=now, attempt=attempt, changes=changes), True
        wait = self._pauses.backoff(sending.tries - 1)
        if outcome.error is not None and outcome.error.action.next_minute:
            wait = timedelta(seconds=60)
        changes |= {"rungs_used": row.rungs_used, "not_before": now + wait, "retrying": True}
        await self._stores.deliveries.move(sending, S.QUEUED, at=now, attempt=attempt, changes=changes)
        return None, False

    async def _heed(self, row: Delivery, outcome: Outcome, state: _Round) -> None:
        """What an answer of WeChat means beyond this one message."""
        SENT.labels(row.rungs_used[-1].value, outcome.end.value).inc()
        if outcome.problem == "unreachable":
            self._pauses.failed(outcome.api)
        if outcome.error is None:
            return
        action = outcome.error.action
        self._pauses.asked(outcome.api, action, outcome.error.errcode)
        if action.close_window:
            state.allowance = Allowance(left=0, until=EPOCH)
            await self._stores.conversations.close_window(row.conversation_id)
        if action.mark_address:
            await self._stores.identities.change(row.conversation_id, {"unreachable": outcome.problem})
        if action.alert:
            log.error("WeChat %s for delivery %s: %s", outcome.errcode, row.id, outcome.problem)

    # ---- where no message leaves ----

    async def _park(self, row: Delivery, rules: Rules, now: datetime, state: _Round) -> bool:
        """The window is closed: the text waits for the owner's next action, a template tells that it does."""
        conversations = self._stores.conversations
        await conversations.park(row.conversation_id, ParkedText(delivery_id=row.id, text=row.text))
        sending = await self._begin(row, Rung.TEMPLATE)
        if sending is None:
            return False
        outcome = await self._ladder.climb(sending, Rung.TEMPLATE, rules)
        await self._heed(sending, outcome, state)
        attempt = _attempt(Rung.TEMPLATE, outcome, now)
        if outcome.end is End.LATER and not _is_last_try(sending, outcome):
            await conversations.unpark(row.conversation_id, [row.id])
            state.unsettled = True  # they may have acted, and so read it, while we tried
            return (await self._later(sending, row, outcome, attempt, now))[1]
        if outcome.end is End.ACCEPTED:
            self._pauses.worked(APIS[Rung.TEMPLATE])
        gone = outcome.error is not None and outcome.error.action.mark_address
        if gone:
            await conversations.unpark(row.conversation_id, [row.id])
        changes = {
            "reason": "window closed" if outcome.end is End.ACCEPTED else f"window closed; notice: {outcome.problem}",
            "attention": outcome.end is not End.ACCEPTED,
            "to_call": gone,
            "sent_at": now,
        }
        to = S.UNDELIVERABLE if gone else S.PARKED
        await self._stores.deliveries.move(sending, to, at=now, attempt=attempt, changes=changes)
        state.unsettled = True
        return True

    async def _no_way_left(self, row: Delivery, conversation: Conversation, now: datetime) -> None:
        """Only the mini-program's list has it: a reply waits there, the rest is told to a person."""
        if is_parkable(row) and conversation.followed:
            await self._stores.conversations.park(row.conversation_id, ParkedText(delivery_id=row.id, text=row.text))
            await self._stores.deliveries.move(
                row, S.PARKED, at=now, changes={"reason": "window closed", "attention": True, "sent_at": now}
            )
            return
        reason = "not following" if not conversation.followed else row.reason or "no way left"
        await self._stores.deliveries.move(
            row,
            S.UNDELIVERABLE,
            at=now,
            changes={
                "reason": reason,
                "attention": True,
                "to_call": Kind(row.kind) in CALL_WHEN_LOST,
                "rungs_used": (*row.rungs_used, Rung.LIST),
            },
        )
        SENT.labels(Rung.LIST.value, S.UNDELIVERABLE.value).inc()

    async def _unknown(self, row: Delivery, attempt: Attempt) -> None:
        changes = {"attention": True, "reason": "nobody can tell whether it arrived", "sent_at": attempt.at}
        await self._stores.deliveries.move(row, S.UNKNOWN, at=attempt.at, attempt=attempt, changes=changes)


def _attempt(rung: Rung, outcome: Outcome, at: datetime) -> Attempt:
    return Attempt(rung=rung, at=at, errcode=outcome.errcode, msgid=outcome.msgid, problem=outcome.problem)


def _is_last_try(sending: Delivery, outcome: Outcome) -> bool:
    """WeChat limits how often some refusals (-1) may be tried again."""
    most = outcome.error.action.attempts if outcome.error else 0
    return bool(most) and sending.tries >= most


class _Round:
    """One round on one person: what waits, and what it has used up."""

    def __init__(self) -> None:
        self.queue: list[Delivery] = []
        self.allowance = Allowance()
        self.spent = 0
        self.unsettled = False

    def spend(self) -> None:
        """One customer message less."""
        self.spent += 1
        self.allowance = self.allowance.model_copy(update={"left": self.allowance.left - 1})
