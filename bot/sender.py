"""The sender: takes deliveries to WeChat, one person at a time and in their order.

The rows in MongoDB are the truth. A row is ``sending`` in the database before its request leaves; whoever later finds it so
without a live sender makes it ``unknown``, because nobody can tell whether it arrived. Wake-ups only save time.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from bot.ladder import End, Ladder, Outcome, is_parkable, next_rung
from bot.metrics import SENT
from bot.pauses import Pauses
from bot.tasks import Tasks
from desk.deliveries import CALL_WHEN_LOST, Kind, cap_window, may_leave
from desk.desk import Desk
from desk.rulebook import Rules
from desk.settings import DeliverySettings
from store.conversations import EPOCH, Allowance, Conversation, ParkedText
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.errors import Unavailable

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""Longer than one request to WeChat may take; a dead sender's people are taken over after that."""
AT_ONCE = 16
"""How many people one sender serves at the same time."""
POLL_SECONDS = 1.0
MOST_TRIES = 3
APIS = {Rung.CUSTOMER: "message", Rung.TEMPLATE: "template"}

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
        await self._climb_on_from_unknown(now)

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
                await self._settle(conversation)
            state.allowance = conversation.allowance
            rows = await self._tidy(await self._stores.deliveries.open_of(conversation_id), rules)
            for row in rows:
                if not await self._one(row, conversation, rules, state):
                    break
        finally:
            await conversations.release_sending(
                conversation_id, holder=self._process, spent=state.spent, unsettled=state.unsettled
            )

    async def _tidy(self, rows: list[Delivery], rules: Rules) -> list[Delivery]:
        """Dead senders' rows become unknown; of a ticket's news only the latest stays; close ones become one."""
        now = self._desk.clock.now()
        open_rows: list[Delivery] = []
        for row in rows:
            if row.state is S.SENDING:  # we hold the lease, so its sender is dead
                await self._unknown(row, row.rungs_used[-1] if row.rungs_used else Rung.CUSTOMER, now)
            elif row.expires_at is not None and row.expires_at <= now:
                await self._stores.deliveries.move(row, S.CANCELLED, at=now, changes={"reason": "expired"})
            else:
                open_rows.append(row)
        latest = {row.ticket_id: row for row in open_rows if row.kind == Kind.STATUS and row.ticket_id}
        kept: list[Delivery] = []
        for row in open_rows:
            newest = latest.get(row.ticket_id) if row.kind == Kind.STATUS and row.ticket_id else None
            if newest is not None and newest.id != row.id:
                await self._stores.deliveries.move(row, S.MERGED, at=now, changes={"merged_into": newest.id})
            else:
                kept.append(row)
        return await self._together(kept, rules.settings.delivery, now)

    async def _together(self, rows: list[Delivery], settings: DeliverySettings, now: datetime) -> list[Delivery]:
        """Rows of a kind that merges, due now and made close to each other, leave as one text."""
        for kind in (Kind.STATUS, Kind.PARCEL):
            within = settings.merge(kind.value)  # type: ignore[arg-type]
            due = [row for row in rows if row.kind == kind and row.not_before <= now and not row.retrying]
            if len(due) < 2 or not within:
                continue
            carrier = due[-1]
            group = [row for row in due if carrier.created_at - row.created_at <= within]
            if len(group) < 2:
                continue
            text = "\n\n".join(row.text for row in group)
            if len(text.encode()) > 1900:
                continue
            moved = await self._stores.deliveries.move(carrier, S.QUEUED, at=now, changes={"text": text})
            if moved is None:
                continue
            for row in group[:-1]:
                await self._stores.deliveries.move(row, S.MERGED, at=now, changes={"merged_into": carrier.id})
            gone = {row.id for row in group[:-1]}
            rows = [moved if row.id == carrier.id else row for row in rows if row.id not in gone]
        return rows

    async def _one(self, row: Delivery, conversation: Conversation, rules: Rules, state: _Round) -> bool:
        """One row; False when what comes later must wait behind it."""
        now = self._desk.clock.now()
        if row.not_before > now:
            return not row.retrying
        kind = Kind(row.kind)
        settings = rules.settings.delivery
        verdict = may_leave(
            kind,
            now=now,
            zone=rules.zone,
            settings=settings,
            last_inbound_at=conversation.last_inbound_at,
            last_sent_at=await self._last_sent(row, kind, settings, now),
        )
        if verdict.until is not None:
            await self._stores.deliveries.move(
                row, S.QUEUED, at=now, changes={"not_before": verdict.until, "reason": verdict.why}
            )
            return True
        while True:
            rung = next_rung(row, conversation, state.allowance, rules, now)
            if rung in APIS and not self._pauses.open(APIS[rung]):
                return False
            if rung is Rung.LIST:
                await self._no_way_left(row, conversation, now)
                return True
            if rung is Rung.TEMPLATE and is_parkable(row):
                return await self._park(row, rules, now, state)
            moved, go_on = await self._try(row, rung, rules, state)
            if moved is None:
                return go_on
            row = moved

    async def _last_sent(
        self, row: Delivery, kind: Kind, settings: DeliverySettings, now: datetime
    ) -> datetime | None:
        window = cap_window(kind, settings)
        if window is None:
            return None
        deliveries = self._stores.deliveries
        if kind is Kind.STATUS:
            if row.ticket_id is None:
                return None
            return await deliveries.last_sent_of_ticket(row.ticket_id, kind.value, since=now - window)
        return await deliveries.last_sent_to(row.conversation_id, kind.value, since=now - window)

    # ---- one try ----

    async def _begin(self, row: Delivery, rung: Rung) -> Delivery | None:
        """On record before the request leaves."""
        await self._stores.conversations.keep_sending(
            row.conversation_id, holder=self._process, until=self._desk.clock.wall() + LEASE
        )
        return await self._stores.deliveries.move(
            row,
            S.SENDING,
            at=self._desk.clock.now(),
            changes={"rungs_used": (*row.rungs_used, rung), "tries": row.tries + 1, "retrying": False, "reason": None},
        )

    async def _try(self, row: Delivery, rung: Rung, rules: Rules, state: _Round) -> tuple[Delivery | None, bool]:
        """Send on one rung. Gives the row when the next rung is to be tried now, else whether later rows may go."""
        sending = await self._begin(row, rung)
        if sending is None:
            return None, True
        outcome = await self._ladder.climb(sending, rung, rules)
        now = self._desk.clock.now()
        attempt = Attempt(rung=rung, at=now, errcode=outcome.errcode, msgid=outcome.msgid, problem=outcome.problem)
        SENT.labels(rung.value, outcome.end.value).inc()
        await self._heed(sending, outcome, state)
        move = self._stores.deliveries.move
        if outcome.end is End.ACCEPTED:
            self._pauses.worked(APIS[rung])
            if rung is Rung.CUSTOMER:
                state.spend()
            state.unsettled = True
            await move(sending, S.ACCEPTED, at=now, attempt=attempt, changes={"sent_at": now})
            return None, True
        if outcome.end is End.UNKNOWN:
            state.unsettled = True
            if rung is Rung.CUSTOMER:
                state.spend()
            await self._unknown(sending, rung, now, attempt)
            return None, True
        if outcome.end is End.NEXT_RUNG:
            return await move(sending, S.QUEUED, at=now, attempt=attempt), True
        if outcome.end is End.LATER:
            return await self._later(sending, row, outcome, attempt, now)
        await move(
            sending,
            S.UNDELIVERABLE,
            at=now,
            attempt=attempt,
            changes={"reason": outcome.problem, "attention": True, "to_call": Kind(row.kind) in CALL_WHEN_LOST},
        )
        return None, True

    async def _later(
        self, sending: Delivery, row: Delivery, outcome: Outcome, attempt: Attempt, now: datetime
    ) -> tuple[Delivery | None, bool]:
        """The same rung again after a while; where WeChat limits the tries (-1), the next rung after them."""
        most = outcome.error.action.attempts if outcome.error else 0
        if most and sending.tries >= most:
            return await self._stores.deliveries.move(
                sending, S.QUEUED, at=now, attempt=attempt, changes={"tries": 0}
            ), True
        wait = self._pauses.backoff(sending.tries - 1)
        if outcome.error is not None and outcome.error.action.next_minute:
            wait = timedelta(seconds=60)
        await self._stores.deliveries.move(
            sending,
            S.QUEUED,
            at=now,
            attempt=attempt,
            changes={
                "rungs_used": row.rungs_used,
                "not_before": now + wait,
                "retrying": True,
                "reason": outcome.problem,
            },
        )
        return None, False

    async def _heed(self, row: Delivery, outcome: Outcome, state: _Round) -> None:
        """What an answer of WeChat means beyond this one message."""
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
        await self._stores.conversations.park(row.conversation_id, ParkedText(delivery_id=row.id, text=row.text))
        sending = await self._begin(row, Rung.TEMPLATE)
        if sending is None:
            return True
        outcome = await self._ladder.climb(sending, Rung.TEMPLATE, rules)
        SENT.labels(Rung.TEMPLATE.value, outcome.end.value).inc()
        await self._heed(sending, outcome, state)
        attempt = Attempt(
            rung=Rung.TEMPLATE, at=now, errcode=outcome.errcode, msgid=outcome.msgid, problem=outcome.problem
        )
        gone = outcome.error is not None and outcome.error.action.mark_address
        if gone:
            await self._stores.conversations.unpark(row.conversation_id, [row.id])
        await self._stores.deliveries.move(
            sending,
            S.UNDELIVERABLE if gone else S.PARKED,
            at=now,
            attempt=attempt,
            changes={
                "reason": outcome.problem if gone else "window closed",
                "attention": outcome.end is not End.ACCEPTED,
                "to_call": gone,
                "sent_at": now,
            },
        )
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

    async def _unknown(self, row: Delivery, rung: Rung, now: datetime, attempt: Attempt | None = None) -> None:
        attempt = attempt or Attempt(rung=rung, at=now, problem="unknown")
        await self._stores.deliveries.move(
            row,
            S.UNKNOWN,
            at=now,
            attempt=attempt,
            changes={"attention": True, "reason": "nobody can tell whether it arrived", "sent_at": now},
        )

    # ---- afterwards ----

    async def _settle(self, conversation: Conversation) -> None:
        """The owner acted: what was accepted has been read, what was parked is free to go."""
        now = self._desk.clock.now()
        acted = conversation.last_inbound_at or now
        parked = {text.delivery_id for text in conversation.parked}
        for row in await self._stores.deliveries.unsettled_of(conversation.id):
            if (row.changed_at or row.created_at) > acted:
                continue
            move = self._stores.deliveries.move
            if row.state is S.PARKED and row.id in conversation.released:
                passive = Attempt(rung=Rung.PASSIVE, at=now)
                await move(row, S.DELIVERED, at=now, attempt=passive, changes={"attention": False})
            elif row.state is S.PARKED:
                if row.id not in parked:
                    await move(row, S.QUEUED, at=now, changes={"not_before": now, "rungs_used": (), "attention": False})
            elif row.state is S.UNKNOWN:
                await move(row, S.DELIVERED, at=now, changes={"reason": "unknown, then the owner acted"})
            else:
                await move(row, S.DELIVERED, at=now)
        await self._stores.conversations.settled(conversation.id, conversation.released)

    async def _climb_on_from_unknown(self, now: datetime) -> None:
        """Unknown for ten minutes and settled by nothing: the next rung, still marked for staff."""
        shortest = min(
            (self._desk.rules.of(estate.id).settings.delivery.unknown_after for estate in self._desk.rules.estates),
            default=self._desk.rules.of("").settings.delivery.unknown_after,
        )
        for row in await self._stores.deliveries.in_state(S.UNKNOWN, before=now - shortest):
            if await self._stores.deliveries.move(row, S.QUEUED, at=now, changes={"not_before": now}):
                self.look_at(row.conversation_id)


class _Round:
    """What one round on one person has used up."""

    def __init__(self) -> None:
        self.allowance = Allowance()
        self.spent = 0
        self.unsettled = False

    def spend(self) -> None:
        """One customer message less."""
        self.spent += 1
        self.allowance = self.allowance.model_copy(update={"left": self.allowance.left - 1})
