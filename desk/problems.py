"""Problem items (问题件), and how colleagues hear that a ticket needs them.

A bad verdict, or "not fixed", is a problem item: a supervisor who did not do the work answers for it, its result is
followed up within 72 hours, and the owner is asked a second time after the remedy.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from desk.actors import SUPERVISING, SYSTEM, Actor
from desk.alerts import Alerts
from desk.effects import Effects
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook
from desk.shifts import fits
from desk.timers import Schedule
from store.clock import Clock
from store.errors import NotFound
from store.ids import derived
from store.stores import Stores
from store.tickets import Event, Problem, State, Ticket
from store.timers import Timer

log = logging.getLogger(__name__)


async def supervisors_of(
    stores: Stores, estate_id: str, *, without: str | None = None, ticket: Ticket | None = None
) -> list[str]:
    """The supervisors of an estate; where there is none, those above them: somebody has to know.

    Of a ticket: only whom it may go to, never whom the complaint is about.
    """
    here = [
        staff
        for staff in await stores.staff.all()
        if staff.active
        and staff.id != without
        and (not staff.estates or estate_id in staff.estates)
        and (ticket is None or fits(staff, ticket))
    ]
    for role in SUPERVISING:
        found = [staff.id for staff in here if staff.role is role]
        if found:
            return found
    log.warning("estate %s: no supervisor, manager or admin to tell", estate_id or "-")
    return []


class Telling:
    """Tells colleagues: a note on the ticket, and an alert where there is a way for one."""

    def __init__(self, stores: Stores, alerts: Alerts, clock: Clock) -> None:
        self._stores = stores
        self._alerts = alerts
        self._clock = clock

    async def staff(self, ticket_id: str | None, said: str, *, key: str, whom: str = "", kind: str = "note") -> None:
        """Whoever does the work, and ``whom`` (a tag), hear this; the ticket keeps it. The same key: once."""
        ticket = await self._noted(ticket_id, said, key)
        people = [ticket.executor] if ticket is not None and ticket.executor else []
        if whom.startswith("staff:"):
            people.append(whom.removeprefix("staff:"))
        estate = ticket.estate_id if ticket is not None else ""
        await self._alert(key, said, list(dict.fromkeys(people)), ticket, estate, kind)

    async def supervisors(
        self, ticket_id: str | None, said: str, *, key: str, estate_id: str, kind: str = "supervisor"
    ) -> list[str]:
        """The supervisors hear this and watch the ticket from now on; gives who they are."""
        ticket = await self._noted(ticket_id, said, key)
        people = await supervisors_of(self._stores, estate_id, ticket=ticket)
        if ticket_id is not None:
            await self._stores.tickets.append_observers(ticket_id, people)
        await self._alert(key, said, people, ticket, estate_id, kind)
        return people

    async def _noted(self, ticket_id: str | None, said: str, key: str) -> Ticket | None:
        if ticket_id is None:
            return None
        note = Event(id=derived(key, f"told:{ticket_id}"), at=self._clock.now(), by=SYSTEM.tag, kind="note", note=said)
        await self._stores.tickets.append(ticket_id, "notes", note)
        return await self._stores.tickets.get(ticket_id)

    async def _alert(
        self, key: str, said: str, people: Sequence[str], ticket: Ticket | None, estate_id: str, kind: str
    ) -> None:
        found = [await self._stores.staff.find(name) for name in people]
        staff = [one for one in found if one is not None and one.active]
        if staff:
            urgent = ticket is not None and ticket.urgent
            await self._alerts.raise_(key, kind, said, staff, ticket=ticket, estate_id=estate_id, urgent=urgent)


class Problems:
    """The problem items: opened by a bad revisit, followed up in time, settled on the record."""

    def __init__(
        self, stores: Stores, rules: Rulebook, timers: Schedule, telling: Telling, effects: Effects, clock: Clock
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._timers = timers
        self._telling = telling
        self._clock = clock
        timers.on("problem_follow", self._follow_up)
        effects.follow(self._changed)

    async def open(self, ticket: Ticket, reason: str, *, key: str) -> Problem:
        """A problem item for this round of the revisit; the same round has one. Its supervisor is not the worker."""
        current = await self._stores.tickets.get(ticket.id)
        number = max(current.revisit.round, 1)
        problem = current.problem
        if problem is None or problem.round != number or problem.followed_at is not None:
            people = await supervisors_of(self._stores, ticket.estate_id, without=ticket.executor, ticket=current)
            now = self._clock.now()
            within = self._rules.of(ticket.estate_id).settings.follow_up.problem_within
            problem = Problem(
                round=number,
                reason=reason[:500],
                supervisor=people[0] if people else None,
                opened_at=now,
                follow_by=now + within,
            )
            event = Event(
                id=derived(key, f"problem:{ticket.id}"),
                at=now,
                by=SYSTEM.tag,
                kind="problem",
                reason=reason[:500],
                data={"supervisor": problem.supervisor, "round": number},
            )
            changes: dict[str, object] = {"problem": problem.model_dump()}
            if problem.supervisor is not None:
                changes["responsible"] = f"staff:{problem.supervisor}"
            await self._stores.tickets.append(ticket.id, "events", event, changes=changes)
        # Also when a process that died did the above: everything below is there once whoever repeats it.
        id = f"problem_follow:{ticket.id}:{problem.round}"
        await self._timers.plan(id, "problem_follow", problem.follow_by, ticket.id, {"round": problem.round})
        await self._telling.supervisors(
            ticket.id, f"问题件，请主管跟进：{reason}"[:500], key=f"{key}:problem", estate_id=ticket.estate_id
        )
        return problem

    async def settle(self, ticket: Ticket, result: str, by: Actor) -> Ticket:
        """What came of it, written down by a supervisor who did not do the work. Raises Illegal without one."""
        problem = ticket.problem
        if problem is None:
            raise Illegal("这张单没有问题件", number=ticket.number)
        if not by.supervises:
            raise NotAllowed("问题件由主管来结", needs=["supervisor"])
        if by.id == ticket.executor:
            raise NotAllowed("干活的人不能结自己的问题件", executor=by.id)
        if not result.strip():
            raise Incomplete("请写下处理结果", missing=["result"])
        if problem.followed_at is None:
            now = self._clock.now()
            done = {"result": result.strip(), "followed_at": now, "followed_by": by.tag}
            event = Event(
                id=derived(ticket.id, f"problem_settled:{problem.round}"),
                at=now,
                by=by.tag,
                kind="problem_settled",
                note=result.strip(),
            )
            changes = {"problem": problem.model_copy(update=done).model_dump()}
            await self._stores.tickets.append(ticket.id, "events", event, changes=changes)
            await self._timers.cancel(ticket.id, "problem_follow")
        return await self._stores.tickets.get(ticket.id)

    async def _follow_up(self, timer: Timer) -> datetime | None:
        """72 hours are over: nobody wrote down what came of it. Said again each day until somebody does."""
        try:
            ticket = await self._stores.tickets.get(str(timer.ticket_id))
        except NotFound:
            return None
        problem = ticket.problem
        if problem is None or problem.round != timer.data["round"] or problem.followed_at is not None:
            return None
        now = self._clock.now()
        said = f"问题件满 72 小时还没写结果：{problem.reason}"
        await self._telling.supervisors(
            ticket.id, said[:500], key=f"{timer.id}:{now.date()}", estate_id=ticket.estate_id, kind="problem_overdue"
        )
        within = self._rules.of(ticket.estate_id).settings.follow_up.problem_within
        return now + within / 3

    async def _changed(self, ticket: Ticket, event: Event) -> None:
        """A good second revisit is the result of a problem item."""
        problem = ticket.problem
        if problem is None or problem.followed_at is not None or event.to_state != State.CLOSED:
            return
        if ticket.revisit.round > problem.round and ticket.revisit.state == "answered":
            now = self._clock.now()
            done = {"result": "二次回访：业主认可", "followed_at": now, "followed_by": SYSTEM.tag}
            settled = Event(
                id=derived(ticket.id, f"problem_settled:{problem.round}"),
                at=now,
                by=SYSTEM.tag,
                kind="problem_settled",
                note="二次回访：业主认可",
            )
            changes = {"problem": problem.model_copy(update=done).model_dump()}
            await self._stores.tickets.append(ticket.id, "events", settled, changes=changes)
