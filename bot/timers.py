"""Runs what is due. Timers live in MongoDB: any worker may take one, and one that died is taken over."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from bot.metrics import TIMERS
from desk.actors import SYSTEM
from desk.desk import Desk
from desk.errors import DeskError
from desk.timers import Work
from handlers.unbound import TIMER as UNBOUND
from handlers.unbound import silent
from store.errors import Conflict, NotFound, Unavailable
from store.tickets import State
from store.timers import Timer

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LEASE = timedelta(seconds=10)
"""A timer whose worker has not been heard of for so long belongs to a dead one."""
RENEW_SECONDS = 3.0
LONGEST_RUN = 12.0
AT_ONCE = 100
"""Timers taken with one look."""
LONGEST_LOOK = timedelta(seconds=4)
"""After so long it is looked anew: what a dead worker held must not wait for a hundred others to end."""
LONGEST_DELAY = LEASE + LONGEST_LOOK + timedelta(seconds=LONGEST_RUN + POLL_SECONDS)
"""By so much a killed worker delays a timer at the most; the issue allows 30 seconds."""
AT_ONCE_AGAIN = 4
"""So many tries follow quickly; a timer that goes on failing, or that kills its workers, waits longer and longer."""
TRY_AGAIN = timedelta(seconds=5)
WAITS = (*[TRY_AGAIN] * AT_ONCE_AGAIN, *(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 480)))
"""Before each further try. After the last one it is given up: more than half a day of trouble is no passing one."""
SOONEST = timedelta(seconds=1)
CLOCK_BACK = timedelta(minutes=1)
"""A clock that goes back further than this was put back, not corrected."""


class Timers:
    """Polls and runs timers; the same timer never has its effect twice."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: datetime | None = None
        self._put_aside: dict[str, datetime] = {}
        """New tickets whose consequences failed, and when they are tried again."""
        kinds: dict[str, Work] = {
            "revisit_ask": lambda t: desk.revisits.ask(_ticket(t), int(t.data["round"])),
            "revisit_again": lambda t: desk.revisits.ask_again(_ticket(t), int(t.data["round"])),
            "revisit_call": lambda t: desk.revisits.calls.to_call_list(_ticket(t), int(t.data["round"])),
            "closing_soon": lambda t: desk.revisits.closing_soon(_ticket(t), int(t.data["round"])),
            "close": lambda t: desk.revisits.close(_ticket(t), int(t.data["round"])),
            "resume": self._resume,
            UNBOUND: lambda t: silent(desk, t),
        }
        for kind, work in kinds.items():
            if desk.timers.work_of(kind) is None:
                desk.timers.on(kind, work)

    async def poll(self) -> None:
        """Every second, at once when there was more than one look takes; until cancelled."""
        full = False
        while True:
            await asyncio.sleep(0 if full else POLL_SECONDS)
            full = False
            try:
                full = await self.poll_once() >= AT_ONCE
            except Unavailable:
                log.warning("the database does not answer, timers wait")

    async def poll_once(self) -> int:
        """Run what is due now; gives how many."""
        timers = self._desk.stores.timers
        wall = self._desk.clock.wall()
        await self._look_at_the_clock()
        for dead in await timers.stuck(wall=wall):
            await self._take_over(dead)
        opened = await self._finish_opened()
        due = await timers.due(at=self._desk.clock.now(), limit=AT_ONCE)
        for timer in due:
            # Counted from now, not from the poll: the last of many has as long as the first.
            until = self._desk.clock.wall() + LEASE
            mine = await timers.change(timer, {"state": "running", "running_until": until})
            if mine is not None:
                await self._run(mine)
            if self._desk.clock.wall() - wall > LONGEST_LOOK:
                return AT_ONCE  # there may be more: the next look follows at once
        return len(due) + opened

    async def _take_over(self, dead: Timer) -> None:
        """What a dead worker held is due again; a timer that takes its workers with it must not do so all the time."""
        problem = "its worker died"
        if dead.tries < AT_ONCE_AGAIN:
            changes = {"state": "pending", "tries": dead.tries + 1, "running_until": None, "problem": problem}
            await self._desk.stores.timers.change(dead, changes)
        else:
            log.error("timer %s: %s workers died while they ran it", dead.id, dead.tries + 1)
            await self._put_off(dead, problem)

    async def _look_at_the_clock(self) -> None:
        """A clock that was put back: what is due later is waited for, but what rings must not fall silent till then."""
        now, before = self._desk.clock.now(), self._seen
        self._seen = now
        if before is not None and before - now > CLOCK_BACK:
            log.warning("the clock went back by %s: timers wait until it has caught up", before - now)
            await self._desk.escalation.ring_on()

    async def _finish_opened(self) -> int:
        """What the opening of a ticket causes is done after its owner has the answer: it is found here."""
        done = 0
        # At the very moment as well: business time may stand.
        before, began = self._desk.clock.now() + timedelta(milliseconds=1), self._desk.clock.wall()
        for ticket in await self._desk.stores.tickets.opened(before=before):
            if self._put_aside.get(ticket.id, self._desk.clock.wall()) > self._desk.clock.wall():
                continue
            self._put_aside.pop(ticket.id, None)
            try:
                await self._desk.tickets.finish_effects(ticket)
                done += 1
            except Unavailable:
                raise
            except Conflict:  # another worker placed one at the same moment: looked at again with the next look
                log.info("ticket %s is placed a moment later", ticket.id)
            except Exception:  # one ticket must not hold up the others; it is tried again
                log.exception("ticket %s could not be placed", ticket.id)
                self._put_aside[ticket.id] = self._desk.clock.wall() + TRY_AGAIN
            if self._desk.clock.wall() - began > LONGEST_LOOK / 2:
                return AT_ONCE  # the timers have their turn between
        return done

    async def _run(self, timer: Timer) -> None:
        work = self._desk.timers.work_of(timer.kind)
        again: datetime | None = None
        held = Held(self._desk, timer)
        try:
            if work is None:
                raise ValueError(f"no such timer: {timer.kind}")
            async with held, asyncio.timeout(LONGEST_RUN):
                again = await work(timer)
        except Unavailable:
            raise
        except (DeskError, NotFound) as overtaken:  # the ticket went another way meanwhile
            await self._end(held.timer, "cancelled", repr(overtaken))
        except Conflict as lost:  # somebody changed it at the same moment: it is looked at once more
            await self._put_off(held.timer, repr(lost))
        except Exception as failed:  # one bad timer must not hold up the others
            log.exception("timer %s failed", timer.id)
            await self._put_off(held.timer, repr(failed))
        else:
            # Fenced by the version: whoever planned it anew meanwhile, or took it over, is not undone.
            changes: dict[str, object] = {"state": "done"}
            if again is not None:
                # Never at once: a time that is over already must not keep the worker running in circles.
                due = max(again, self._desk.clock.now() + SOONEST)
                changes = {"state": "pending", "due": due, "tries": 0, "running_until": None}
            await self._desk.stores.timers.change(held.timer, changes)
            TIMERS.labels(timer.kind, "done").inc()

    async def _put_off(self, timer: Timer, problem: str) -> None:
        """Tried again, later and later; given up in the end, and ``doctor`` shows it."""
        if timer.tries >= len(WAITS):
            log.error("timer %s is given up after %s tries", timer.id, timer.tries + 1)
            return await self._end(timer, "failed", problem)
        due = self._desk.clock.now() + WAITS[timer.tries]
        changes = {"state": "pending", "tries": timer.tries + 1, "due": due, "running_until": None}
        await self._desk.stores.timers.change(timer, {**changes, "problem": problem[:200]})

    async def _end(self, timer: Timer, state: str, problem: str) -> None:
        await self._desk.stores.timers.change(timer, {"state": state, "problem": problem[:200]})
        TIMERS.labels(timer.kind, state).inc()

    async def _resume(self, timer: Timer) -> None:
        """The time that a ticket waited for is reached."""
        ticket = await self._desk.stores.tickets.get(_ticket(timer))
        waits = ticket.state in (State.WAITING_PARTS, State.DEFERRED) and ticket.state == timer.data["state"]
        # Put off once more meanwhile: the later time has a timer of its own.
        if waits and (ticket.until is None or ticket.until <= self._desk.clock.now()):
            await self._desk.tickets.move(ticket, State.ACCEPTED, SYSTEM, key=timer.id)


class Held:
    """A timer that this worker runs: its lease is renewed while the work goes on."""

    def __init__(self, desk: Desk, timer: Timer) -> None:
        self.timer = timer
        """As it is stored now."""
        self._desk = desk
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._renew())

    async def __aexit__(self, *_: object) -> None:
        # Ended, not cancelled: a renewal that is on its way must be known when the end is written.
        self._over.set()
        if self._task is not None:
            await self._task

    async def _renew(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._over.wait(), RENEW_SECONDS)
                return
            except TimeoutError:
                pass
            until = self._desk.clock.wall() + LEASE
            try:
                kept = await self._desk.stores.timers.change(self.timer, {"running_until": until})
            except Unavailable:  # the work hears of it by itself
                return
            if kept is None:  # planned anew meanwhile, or taken over
                return
            self.timer = kept


def _ticket(timer: Timer) -> str:
    return str(timer.ticket_id)
