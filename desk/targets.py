"""What a ticket is, changed by a colleague: category, urgency, severity, whom it is about; its targets follow.

A target counts from the opening, as it would have if the ticket had been opened like this; what would be over already
counts from the change. The first answer is never put off, and what changes nothing moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desk import promises
from desk.actors import Actor, staff_actor
from desk.dispatch import Dispatch
from desk.due_why import row_name
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook, Rules
from desk.scope import visible
from desk.ticket_terms import terms_of
from desk.tickets import Tickets
from store.clock import Clock
from store.ids import Ids, derived
from store.staff import Role
from store.stores import Stores
from store.tickets import Category, Due, Event, State, Ticket

SEVERITIES = ("minor", "important", "major")
ANSWERED_BY_ACCEPTING = ("accept_by", "supervisor_by", "first_answer_by")
TARGETS = ("accept_by", "supervisor_by", "first_answer_by", "on_site_by", "answer_by", "done_by")


class Targets:
    """Changes what the targets depend on."""

    def __init__(
        self, stores: Stores, rules: Rulebook, tickets: Tickets, dispatch: Dispatch, clock: Clock, ids: Ids
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._tickets = tickets
        self._dispatch = dispatch
        self._clock = clock
        self._ids = ids

    async def reclassify(
        self,
        ticket: Ticket,
        by: Actor,
        *,
        category: Category | None = None,
        urgent: bool | None = None,
        severity: str | None = None,
        reason: str = "",
        key: str | None = None,
    ) -> Ticket:
        """Change what it is; gives the ticket with its new targets. The number stays.

        Raises NotAllowed (severity is the supervisor's), Illegal, Incomplete, Conflict.
        """
        event_id = derived(key, f"reclassify:{ticket.id}") if key else self._ids.new()
        if any(event.id == event_id for event in ticket.events):
            await self._tickets.finish_effects(ticket)
            return ticket
        kind = ticket.category if category is None else category
        hurry = ticket.urgent if urgent is None else urgent
        grade = ticket.severity if severity is None else severity
        self._check(ticket, by, kind, grade, severity)
        changes: dict[str, Any] = {"category": kind, "urgent": hurry and kind is Category.REPAIR, "severity": grade}
        changes = {name: value for name, value in changes.items() if value != getattr(ticket, name)}
        if not changes:
            return ticket
        as_it_is = ticket.model_copy(update=changes)
        rules, now = self._rules.of(ticket.estate_id), self._clock.now()
        due, why = retargeted(ticket, as_it_is, now, rules)
        event = Event(
            id=event_id,
            at=now,
            by=by.tag,
            kind="reclassified",
            from_state=ticket.state,
            to_state=ticket.state,
            reason=reason or None,
            note=row_name(as_it_is.category.letter, urgent=as_it_is.urgent, severity=as_it_is.severity),
            data={
                "version": ticket.version + 1,
                "push": None,
                "by": by.name,
                **{k: str(v) for k, v in changes.items()},
            },
        )
        changes |= {"due": due.model_dump(), "due_why": why}
        if ticket.paused is not None:
            changes["paused"] = {**ticket.paused, "due": due.model_dump()}
        if "urgent" in changes:
            changes["terms"] = list(terms_of(as_it_is))
        moved = await self._stores.tickets.change(ticket, event, changes)
        await self._tickets.finish_effects(moved)
        return await self._stores.tickets.get(ticket.id)

    def _check(self, ticket: Ticket, by: Actor, kind: Category, grade: str | None, severity: str | None) -> None:
        if by.kind == "staff" and not (by.supervises or by.role is Role.FRONTDESK):
            raise NotAllowed("由前台或主管来改", needs=["frontdesk", "supervisor"])
        if severity is not None and by.kind == "staff" and not by.supervises:
            raise NotAllowed("投诉等级由主管来定", needs=["supervisor"])
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        if grade is not None and grade not in SEVERITIES:
            raise Incomplete("没有这个等级", severity=grade, known=list(SEVERITIES))
        if severity is not None and kind is not Category.COMPLAINT:
            raise Incomplete("只有投诉才分等级", category=kind.value)
        if by.kind == "staff" and by.id in ticket.about:
            raise NotAllowed("这是关于您的投诉,由别的同事处理", needs=["somebody_else"])

    async def hand_over(self, ticket: Ticket, to: str, by: Actor, reason: str, *, key: str | None = None) -> Ticket:
        """Give somebody else the work, on the record: who, when and why. The one who has it may do so, and above."""
        if not reason.strip():
            raise Incomplete("转交要写原因", missing=["reason"])
        event_id = derived(key, f"handover:{ticket.id}") if key else self._ids.new()
        if any(event.id == event_id for event in ticket.events):
            await self._tickets.finish_effects(ticket)
            return ticket
        if not (by.supervises or by.role is Role.FRONTDESK or by.id == ticket.executor):
            raise NotAllowed("只能转交自己手上的单", needs=["executor", "frontdesk", "supervisor"])
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        staff = await self._stores.staff.find(to)
        if staff is None or not staff.active:
            raise Incomplete("没有这位同事,或者已停用", to=to)
        if staff.id == ticket.executor:
            raise Incomplete("这张单已经在这位同事手上", to=to)
        if staff.id in ticket.about:
            raise Incomplete("这正是被投诉的人,请换一位", to=to)
        if not visible(ticket.model_copy(update={"executor": staff.id}), staff_actor(staff)):
            raise Incomplete("这位同事不在这个小区,请换一位", to=to)
        changes = self._tickets.executor_fields(staff)
        if ticket.state is not State.NEW:
            changes["responsible"] = staff_actor(staff).tag
        event = Event(
            id=event_id,
            at=self._clock.now(),
            by=by.tag,
            kind="assigned",
            from_state=ticket.state,
            to_state=ticket.state,
            reason=reason.strip(),
            note=staff.name,
            data={"version": ticket.version + 1, "push": None, "executor": staff.id, "was": ticket.executor}
            | {"handed_over": True},
        )
        moved = await self._stores.tickets.change(ticket, event, changes)
        await self._tickets.finish_effects(moved)
        return moved

    async def set_about(self, ticket: Ticket, about: Sequence[str], by: Actor, *, key: str | None = None) -> Ticket:
        """Whom a complaint is about; who has it and is one of them loses it."""
        if not by.supervises:
            raise NotAllowed("被投诉人由主管来定", needs=["supervisor"])
        if ticket.category is not Category.COMPLAINT:
            raise Incomplete("只有投诉才有被投诉人", category=ticket.category.value)
        names = list(dict.fromkeys(about))
        missing = [name for name in names if await self._stores.staff.find(name) is None]
        if missing:
            raise Incomplete("没有这些同事", about=missing)
        if by.id in names or by.id in ticket.about:
            raise NotAllowed("这是关于您的投诉,由别的同事处理", needs=["somebody_else"])
        await self._dispatch.set_about(ticket, names, by.tag, key=key or self._ids.new())
        current = await self._stores.tickets.get(ticket.id)
        if current.executor in names and current.is_open:
            current = await self._dispatch.take_away(current, by)
        return current


def retargeted(was: Ticket, becomes: Ticket, now: datetime, rules: Rules) -> tuple[Due, dict[str, str]]:
    """The targets of what a ticket becomes, and why they are what they are."""
    begun = next((e.at for e in reversed(was.events) if e.kind in ("opened", "reopened", "handed_back")), was.opened_at)
    as_it_was, anew = promises.fresh(was, begun, rules), promises.fresh(becomes, begun, rules)
    from_now = promises.fresh(becomes, now, rules)
    named = row_name(becomes.category.letter, urgent=becomes.urgent, severity=becomes.severity)
    told, told_now = promises.reasons(becomes, begun, rules), promises.reasons(becomes, now, rules)
    due: dict[str, datetime | None] = {}
    why: dict[str, str] = {}
    for name in TARGETS:
        before, at, usual = getattr(was.due, name), getattr(anew, name), getattr(as_it_was, name)
        text = f"{told.get(name, '')};改为{named}后重算"
        if at is not None and before is not None and usual is not None and before > usual:
            # What it had been put off for (the owner was waited for) is not taken away.
            at = rules.calendar.add(at, rules.calendar.between(usual, before))
        sooner = becomes.urgent and not was.urgent  # from now on it rings, though it should have been taken long ago
        if at is not None and at <= now and (at != before or sooner):
            at, text = getattr(from_now, name), f"{told_now[name]};改为{named}后重算"
        if before is not None and _stays(name, before, at, was):
            kept = was.due_why.get(name, "")
            # The same time by another rule: then it is that rule's now.
            at, text = before, told[name] if at == before and ";" not in kept else kept
        due[name] = at
        if at is not None:
            why[name] = text
    return Due.model_validate(due), why


def _stays(name: str, before: datetime, at: datetime | None, ticket: Ticket) -> bool:
    """Whether a target is left alone: nothing changed, it was met already, or a first answer would be put off."""
    if at == before or (name in ANSWERED_BY_ACCEPTING and ticket.state is not State.NEW):
        return True
    return name == "first_answer_by" and (at is None or at > before)
