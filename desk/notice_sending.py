"""How an approved notice reaches its people: in batches, by timers, so that any worker goes on where another one died.

Each person's row has the key ``notice:{id}:{person}``: going through a unit again writes nothing twice. A new batch is
written only while few rows wait to leave, so neither memory nor the cost per person grows with the estate.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.actors import SYSTEM
from desk.audience import HOMES_AT_ONCE, LIST, NONE, Audiences, Recipient
from desk.deliveries import next_seq
from desk.live import Live
from desk.notice_words import correction, kind_of, on_template, whole
from desk.rulebook import Rulebook, Rules
from desk.timers import Schedule
from store.clock import Clock
from store.deliveries import Delivery, DeliveryState, Rung
from store.errors import Conflict
from store.ids import derived
from store.messages import Direction, Message
from store.notices import Notice, NoticeEvent, NoticeState
from store.stores import Stores
from store.timers import Timer

log = logging.getLogger(__name__)

S, NS = DeliveryState, NoticeState
SOON = timedelta(seconds=1)
MOST_WAITING = 150
"""More rows than this that could leave now: the next batch waits, and a colleague's reply does not stand behind it."""
AUTHOR_LIVES = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=10)
WATCH_EVERY = timedelta(seconds=2)
WATCH_QUIET = timedelta(minutes=1)
"""While nothing moves (quiet hours, caps)."""
COUNTING_SHARE = 20
"""Counting takes at most a twentieth of the time, however many rows there are."""
COUNT_FRESH = timedelta(seconds=15)
GOT_IT = (S.SENDING, S.ACCEPTED, S.DELIVERED, S.UNKNOWN)
MOVING = (S.QUEUED.value, S.SENDING.value)


class NoticeSending:
    """Carries notices out, counts how far they are, and takes them back."""

    def __init__(
        self, stores: Stores, rules: Rulebook, audiences: Audiences, timers: Schedule, live: Live, clock: Clock
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._audiences = audiences
        self._timers = timers
        self._live = live
        self._clock = clock
        timers.on("notice_send", self.send)
        timers.on("notice_watch", self.watch)
        timers.on("notice_withdraw", self.undo)
        timers.on("notice_end", self.end)

    # ---- planning ----

    async def plan(self, notice: Notice, due: datetime) -> None:
        """Begin at ``due``, if it is approved by then."""
        at = {"notice": notice.id, "at": self._clock.now().isoformat()}
        await self._timers.plan_again(f"notice_send:{notice.id}", "notice_send", due, None, at)

    async def plan_withdrawal(self, notice: Notice) -> None:
        """Take back what has not left, if it is withdrawn."""
        at = {"notice": notice.id, "at": self._clock.now().isoformat()}
        await self._timers.plan_again(f"notice_withdraw:{notice.id}", "notice_withdraw", self._clock.now(), None, at)

    # ---- out ----

    async def send(self, timer: Timer) -> datetime | None:
        """The next homes get their rows. Gives when to go on; None: all have theirs, or it is withdrawn."""
        notice = await self._stores.notices.get(str(timer.data["notice"]))
        now = self._clock.now()
        if notice.state in (NS.DRAFT, NS.SUBMITTED):
            return self._patience(timer)
        rules = self._rules.of(notice.estate_id)
        hours = rules.settings.delivery.hours(kind_of(notice).value)  # type: ignore[arg-type]
        if notice.state in (NS.SCHEDULED, NS.SENDING) and hours is not None and not hours.allows(now, rules.zone):
            return hours.next_allowed(now, rules.zone)
        if notice.state is NS.SCHEDULED:
            notice = await self._begin(notice, now)
        if notice.state is not NS.SENDING:
            return None
        if await self._stores.deliveries.backlog(at=now, most=MOST_WAITING) >= MOST_WAITING:
            return now + SOON
        done = notice.done
        written = 0
        while done < len(notice.steps) and written < HOMES_AT_ONCE:
            step = notice.steps[done]
            homes = await self._audiences.homes(notice.estate_id, notice.audience, step)
            people = await self._audiences.people(notice.estate_id, notice.audience, homes)
            await self._write(notice, people, rules)
            done, written = done + 1, written + len(homes)
            # Whoever is faster moves the mark; the slower one has written nothing that was not there already.
            await self._stores.notices.advance(notice.id, done=done - 1, to=done)
        current = await self._stores.notices.get(notice.id)
        if current.state is not NS.SENDING:
            await self.take_back(current)  # withdrawn while these rows were written
            return None
        if current.done >= len(current.steps):
            await self._finish(current)
        await self.tell(current)
        return now + SOON if current.done < len(current.steps) else None

    async def _begin(self, notice: Notice, now: datetime) -> Notice:
        """Its time has come: what is to be gone through is fixed now."""
        await self._timers.plan_again(f"notice_watch:{notice.id}", "notice_watch", now + SOON, None, _of(notice))
        if notice.valid_to is not None:
            await self._timers.plan_again(f"notice_end:{notice.id}", "notice_end", notice.valid_to, None, _of(notice))
        steps = await self._audiences.steps(notice.estate_id, notice.audience)
        changes = {"state": NS.SENDING, "steps": list(steps), "done": 0, "sent_at": now, "changed_at": now}
        try:
            return await self._stores.notices.change(notice, changes, self._event(notice, "sending", now))
        except Conflict:
            return await self._stores.notices.get(notice.id)

    async def _finish(self, notice: Notice) -> None:
        now = self._clock.now()
        try:
            changes = {"state": NS.SENT, "changed_at": now}
            await self._stores.notices.change(notice, changes, self._event(notice, "sent", now))
        except Conflict:  # another worker was faster, or somebody withdrew it: their change stands
            current = await self._stores.notices.get(notice.id)
            if current.state is NS.WITHDRAWN:
                await self.take_back(current)

    async def _write(self, notice: Notice, people: Sequence[Recipient], rules: Rules) -> None:
        now = self._clock.now()
        text, template = whole(notice, now, rules), on_template(notice, now, rules)
        # Rung up once a home, where nobody of it is reached; who is not in the register has no number.
        told = {one.room_id for one in people if one.way != NONE}
        lines, rows = [], []
        for one in people:
            call = notice.unreached == "call" and bool(one.person_id) and one.room_id not in told
            if call:
                told.add(one.room_id)
            row = self._row(
                f"notice:{notice.id}:{one.person_id or one.room_id}", notice, one, text, template, now, call
            )
            rows.append(row)
            if one.chat is not None:
                lines.append(_line(row, notice))
        # The lines first: when the deliveries are there, the timeline and the mini-program's list show them.
        await self._stores.messages.add(lines)
        await self._stores.deliveries.add(rows)

    def _row(
        self,
        key: str,
        notice: Notice,
        one: Recipient,
        text: str,
        template: dict[str, str],
        now: datetime,
        call: bool,
    ) -> Delivery:
        """Waiting to leave; for whom WeChat has no way it ends here, with the reason."""
        state = S.QUEUED if one.chat is not None else S.PARKED if one.way == LIST else S.UNDELIVERABLE
        reason = None if state is S.QUEUED else "list only" if state is S.PARKED else one.why
        return Delivery(
            id=key,
            person_id=one.person_id,
            conversation_id=one.chat.id if one.chat else "",
            app_id=one.chat.app_id if one.chat else "",
            openid=one.chat.openid if one.chat else "",
            estate_id=notice.estate_id,
            seq=next_seq(now),
            kind=kind_of(notice).value,
            text=text,
            template=template,
            urgent=kind_of(notice).value == "emergency",
            not_before=now,
            expires_at=notice.valid_to,
            state=state,
            reason=reason,
            rungs_used=(Rung.LIST,) if state is S.PARKED else (Rung.CALL,) if call else (),
            attention=call,
            to_call=call,
            notice_id=notice.id,
            of_notice=True,
            room_id=one.room_id,
            created_at=now,
            changed_at=now,
        )

    # ---- counting ----

    async def watch(self, timer: Timer) -> datetime | None:
        """Count while rows are under way, and tell who looks on."""
        notice = await self._stores.notices.get(str(timer.data["notice"]))
        before = notice.counts
        began = time.monotonic()
        notice = await self.count(notice)
        took = timedelta(seconds=(time.monotonic() - began) * COUNTING_SHARE)
        await self.tell(notice)
        moving = any(notice.counts.get(state) for state in MOVING)
        if not moving and notice.state is not NS.SENDING:
            return None
        pause = WATCH_EVERY if notice.counts != before else WATCH_QUIET
        return self._clock.now() + max(pause, took)

    async def count(self, notice: Notice) -> Notice:
        """How many rows are in which state, and by which way they left; kept with the notice."""
        tally = await self._stores.deliveries.tally_of_notice(notice.id)
        counts: dict[str, int] = {}
        ways: dict[str, int] = {}
        for (state, way), number in tally.items():
            counts[state] = counts.get(state, 0) + number
            if way and state not in MOVING:
                ways[way] = ways.get(way, 0) + number
        values = {"counts": counts, "ways": ways, "counted_at": self._clock.now()}
        await self._stores.notices.set(notice.id, values)
        return notice.model_copy(update=values)

    async def counted(self, notice: Notice) -> Notice:
        """With counts that are fresh enough to be shown."""
        if notice.sent_at is None:
            return notice
        now = self._clock.now()
        over = notice.state is NS.ARCHIVED and notice.counted_at is not None
        fresh = notice.counted_at is not None and timedelta(0) <= now - notice.counted_at < COUNT_FRESH
        return notice if over or fresh else await self.count(notice)

    # ---- back ----

    async def take_back(self, notice: Notice) -> bool:
        """Some of what has not left is cancelled; False: nothing was left."""
        taken = await self._stores.deliveries.cancel_of_notice(notice.id, at=self._clock.now())
        await self.tell(notice)
        return bool(taken)

    async def undo(self, timer: Timer) -> datetime | None:
        """A withdrawn notice: cancel what waits, then tell those who got it, batch by batch."""
        notice = await self._stores.notices.get(str(timer.data["notice"]))
        now = self._clock.now()
        if notice.state is not NS.WITHDRAWN:
            return self._patience(timer)
        if await self.take_back(notice):
            return now + SOON
        more = bool(notice.correction) and await self._correct(notice)
        if not more:
            await self.tell(await self.count(notice))
        return now + SOON if more else None

    async def _correct(self, notice: Notice) -> bool:
        """The next of those who got it; False: all have it."""
        now = self._clock.now()
        if await self._stores.deliveries.backlog(at=now, most=MOST_WAITING) >= MOST_WAITING:
            return True
        deliveries = self._stores.deliveries
        rows = await deliveries.of_notice(notice.id, GOT_IT, after=notice.corrected_to, limit=HOMES_AT_ONCE)
        rules = self._rules.of(notice.estate_id)
        text = correction(notice, notice.correction, rules)
        template = on_template(notice, now, rules, withdrawn=notice.correction)
        new = [
            row.model_copy(
                update={
                    **_NEW,
                    "id": f"notice:{notice.id}:correction:{row.person_id}",
                    "seq": next_seq(now),
                    "text": text,
                    "template": template,
                    "not_before": now,
                    "created_at": now,
                    "changed_at": now,
                }
            )
            for row in rows
            if row.conversation_id
        ]
        await self._stores.messages.add([_line(row, notice) for row in new])
        await deliveries.add(new)
        if rows:
            await self._stores.notices.set(notice.id, {"corrected_to": rows[-1].seq})
        return len(rows) == HOMES_AT_ONCE

    async def end(self, timer: Timer) -> datetime | None:
        """It has expired: no longer in force, its figures final."""
        notice = await self._stores.notices.get(str(timer.data["notice"]))
        now = self._clock.now()
        if notice.state not in (NS.SENDING, NS.SENT):
            return None
        if notice.valid_to is not None and notice.valid_to > now:
            return notice.valid_to
        changes = {"state": NS.ARCHIVED, "ended_at": now, "changed_at": now}
        archived = await self._stores.notices.change(notice, changes, self._event(notice, "archived", now))
        while await self.take_back(archived):
            pass
        await self.tell(await self.count(archived))
        return None

    # ---- inside ----

    async def tell(self, notice: Notice) -> None:
        """Who looks at it reads it anew."""
        await self._live.tell("notice", notice.number, estate_id=notice.estate_id, state=notice.state.value)

    def _patience(self, timer: Timer) -> datetime | None:
        """Planned a moment before the decision, or it was never taken: its author died or lost a race."""
        planned = datetime.fromisoformat(str(timer.data["at"]))
        return None if self._clock.now() - planned > AUTHOR_LIVES else self._clock.now() + LOOK_AGAIN

    @staticmethod
    def _event(notice: Notice, kind: str, at: datetime) -> NoticeEvent:
        return NoticeEvent(id=derived(notice.id, kind), at=at, by=SYSTEM.tag, kind=kind)


_NEW = {
    "state": S.QUEUED,
    "reason": None,
    "attempts": (),
    "rungs_used": (),
    "tries": 0,
    "merged_into": None,
    "expires_at": None,
    "attention": False,
    "to_call": False,
    "checked": False,
    "notice_id": None,
    "of_notice": None,
    "version": 0,
    "sent_at": None,
}


def _line(row: Delivery, notice: Notice) -> Message:
    return Message(
        id=f"out:{row.id}",
        conversation_id=row.conversation_id,
        direction=Direction.OUTBOUND,
        at=row.created_at,
        text=row.text,
        by=notice.approved_by,
        delivery_id=row.id,
    )


def _of(notice: Notice) -> dict[str, str]:
    return {"notice": notice.id}
