"""Tickets: opened, moved, assigned, added to. Every change is one atomic write with its event; its consequences follow.

What a change causes (push to the owner, brief in the conversation, timers) is written after it, under ids derived from
the version. The version stands in ``ticket.effects`` until all of it is there, so a process that dies in between loses
nothing: the sweeper calls ``finish_effects``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from desk import promises
from desk.actors import SYSTEM, Actor, staff_actor
from desk.effects import Effects
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook
from desk.scope import visible
from desk.ticket_terms import terms_of
from desk.ticket_words import TicketWords
from desk.transitions import Transition, check
from desk.wording import mask_phone, surname_title, title_of
from store.clock import Clock
from store.conversations import Conversation
from store.errors import Conflict, Duplicate, NotFound
from store.ids import Ids, derived
from store.staff import Role, Staff
from store.stores import Stores
from store.tickets import Category, Event, Revisit, State, Ticket

log = logging.getLogger(__name__)

ENDED = (State.CLOSED, State.DECLINED, State.CANCELLED, State.MERGED)
NUMBERS_TRIED = 50
"""Numbers that are taken already (a counter was lost or restored) are passed over, so many at a time."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is known of a matter when its ticket is opened."""

    category: Category
    description: str
    title: str = ""
    subject: str | None = None
    urgent: bool = False
    urgent_reason: str | None = None
    severity: str | None = None
    estate_id: str = ""
    room_id: str | None = None
    room_name: str = ""
    place: str | None = None
    wished_time: str | None = None
    phone: str | None = None
    media: tuple[str, ...] = ()
    classified: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    links: tuple[dict[str, str], ...] = ()


class Tickets(TicketWords):
    """The rules of tickets, whoever asks: chat, mini-program, inbox or timer."""

    def __init__(self, stores: Stores, rules: Rulebook, effects: Effects, clock: Clock, ids: Ids) -> None:
        super().__init__(stores, clock, ids)
        self._rules = rules
        self._effects = effects

    # ---- opening ----

    async def open(
        self,
        new: NewTicket,
        *,
        by: Actor,
        owner_id: str,
        owner_name: str = "",
        conversation: Conversation | None = None,
        origin: str = "message",
        key: str | None = None,
        index: int = 0,
    ) -> Ticket:
        """A new ticket with its number and due times. ``key`` is the message (or request) it comes from.

        The same key and index give the same ticket, also after a crash half-way.
        """
        now = self._clock.now()
        rules = self._rules.of(new.estate_id)
        id = derived(key, "ticket", index) if key else self._ids.new()
        day = now.astimezone(rules.zone).date()
        ticket = Ticket(
            id=id,
            number=await self._number(new.category, day),
            category=new.category,
            subject=new.subject,
            title=new.title or title_of(new.description),
            description=new.description,
            urgent=new.urgent,
            urgent_reason=new.urgent_reason,
            severity=new.severity,
            estate_id=new.estate_id,
            room_id=new.room_id,
            room_name=new.room_name,
            place=new.place,
            wished_time=new.wished_time,
            phone=self._stores.sealer.phone(new.phone) if new.phone else None,
            media=new.media,
            origin=origin,
            message_key=key,
            classified=dict(new.classified) if new.classified else None,
            owner_id=owner_id,
            owner_name=owner_name,
            conversation_id=conversation.id if conversation else None,
            responsible=by.tag if by.kind == "staff" else SYSTEM.tag,
            tags=new.tags,
            links=new.links,
            events=(
                Event(
                    id=derived(id, "opened"), at=now, by=by.tag, kind="opened", to_state=State.NEW, data={"version": 0}
                ),
            ),
            # To whom it goes is decided after the answer, by a worker.
            effects=(0,),
            unfinished=True,
            opened_at=now,
            updated_at=now,
        )
        due, why = promises.fresh(ticket, now, rules), promises.reasons(ticket, now, rules)
        ticket = ticket.model_copy(update={"due": due, "due_why": why, "terms": terms_of(ticket)})
        for _ in range(NUMBERS_TRIED):
            try:
                await self._stores.tickets.add(ticket)
            except Duplicate:
                with suppress(NotFound):
                    return await self._stores.tickets.get(id)
                log.warning("number %s is taken, the next one is tried", ticket.number)
                ticket = ticket.model_copy(update={"number": await self._number(new.category, day)})
            else:
                return ticket
        raise Conflict(ticket.number)

    # ---- reading ----

    async def by_number(self, number: str, actor: Actor) -> Ticket:
        """The ticket, if this colleague may see it; raises NotFound otherwise, so that nobody learns that it exists."""
        ticket = await self._stores.tickets.by_number(number)
        if not visible(ticket, actor):
            raise NotFound(number)
        return ticket

    # ---- changing ----

    async def move(
        self,
        ticket: Ticket,
        to: State,
        by: Actor,
        *,
        note: str | None = None,
        reason: str | None = None,
        question: str | None = None,
        until: datetime | None = None,
        target: str | None = None,
        progress: str | None = None,
        key: str | None = None,
        tell: bool = True,
    ) -> Ticket:
        """One legal change; gives the ticket as it is afterwards.

        Raises Illegal, NotAllowed, Incomplete (the rule), Conflict (somebody was faster). With ``key`` (a message) a
        replay of a change that was made gives the ticket instead of a refusal. ``tell=False``: the owner reads of it in
        the answer to what they just wrote, so nothing is pushed.
        """
        event_id = derived(key, f"move:{ticket.id}:{to}") if key else self._ids.new()
        if any(event.id == event_id for event in ticket.events):
            await self.finish_effects(ticket)
            return ticket
        if not visible(ticket, by):
            raise NotFound(ticket.number)
        now = self._clock.now()
        rules = self._rules.of(ticket.estate_id)
        given: dict[str, object] = {
            "note": note,
            "reason": reason or note,
            "question": question or note,
            "until": until,
            "target": target,
        }
        row = check(ticket, to, by, given, now=now, reopen_within=rules.settings.reopen_within)
        changes: dict[str, Any] = {"state": to, "until": until if "until" in row.needs else None, "progress": None}
        if to is State.IN_PROGRESS:
            changes["progress"] = progress or ("on_the_way" if ticket.state is State.ACCEPTED else "arrived")
        if to is State.RESOLVED:
            # A new round of questions; what was answered before stands in the events.
            changes |= {"resolved_at": now, "resolution": note}
            changes["revisit"] = Revisit(round=ticket.revisit.round + 1, state="planned").model_dump()
        if to is State.MERGED:
            changes["merged_into"] = await self._merge_target(ticket, str(target), by)
        if to in ENDED:
            changes["ended_at"] = now
        changes |= first_times(ticket, to, by, changes["progress"], now, said=bool(row.push))
        changes |= promises.moved(ticket, row, until, now, rules)
        changes |= await self._hands(ticket, row, by)
        event = Event(
            id=event_id,
            at=now,
            by=by.tag,
            kind=row.name or "move",
            from_state=ticket.state,
            to_state=to,
            reason=reason or (note if "reason" in row.needs else None),
            note=question or note,
            data={
                "version": ticket.version + 1,
                "push": row.push if tell else None,
                "news": row.push,
                "by": _named(by),
                "progress": changes["progress"],
                "was": ticket.progress,
                **{name: changes[name] for name in ("responsible", "executor") if name in changes},
            },
        )
        moved = await self._change(ticket, event, changes)
        await self.finish_effects(moved)
        return moved

    async def assign(self, ticket: Ticket, executor: Staff, by: Actor) -> Ticket:
        """Give the work to somebody; the state stays. Raises NotAllowed, Illegal, Incomplete or Conflict."""
        if not (by.supervises or by.role is Role.FRONTDESK or (by.id == executor.id and ticket.executor is None)):
            raise NotAllowed("派单由前台或主管来做", needs=["frontdesk", "supervisor"])
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        if not visible(ticket, by):
            raise NotFound(ticket.number)
        if not executor.active or executor.id in ticket.about:
            raise Incomplete("这位同事已停用,或者正是被投诉的人,请换一位", executor=executor.id)
        if not visible(ticket.model_copy(update={"executor": executor.id}), staff_actor(executor)):
            raise Incomplete("这位同事不在这个小区,请换一位", executor=executor.id)
        changes = self.executor_fields(executor)
        if ticket.state is not State.NEW:
            # Handed over on the record. What nobody has accepted yet stays with who took it in.
            changes["responsible"] = staff_actor(executor).tag
        event = Event(
            id=self._ids.new(),
            at=self._clock.now(),
            by=by.tag,
            kind="assigned",
            from_state=ticket.state,
            to_state=ticket.state,
            note=executor.name,
            data={"version": ticket.version + 1, "push": None, "executor": executor.id, "was": ticket.executor},
        )
        moved = await self._change(ticket, event, changes)
        await self.finish_effects(moved)
        return moved

    # ---- consequences ----

    async def finish_effects(self, ticket: Ticket) -> None:
        """Write what the last changes cause. Repeating it changes nothing."""
        for version in ticket.effects:
            event = next((event for event in ticket.events if event.data.get("version") == version), None)
            if event is None:
                log.error("ticket %s: version %s has no event, its consequences cannot be written", ticket.id, version)
            else:
                await self._effects.of(ticket, event)
            await self._stores.tickets.effects_done(ticket.id, version)

    # ---- inside ----

    async def _change(self, ticket: Ticket, event: Event, changes: Mapping[str, Any]) -> Ticket:
        try:
            return await self._stores.tickets.change(ticket, event, changes)
        except Conflict as lost:
            current = lost.current
            # A replay whose first run got as far as the write: that is not a lost race.
            if isinstance(current, Ticket) and any(known.id == event.id for known in current.events):
                return current
            raise

    async def _number(self, category: Category, day: date) -> str:
        return f"{category.letter}{day:%Y%m%d}-{await self._stores.counters.next(category.letter, day):04d}"

    async def _hands(self, ticket: Ticket, row: Transition, by: Actor) -> dict[str, Any]:
        """Whose work it is, and who answers for it: the bot until a person accepts (首问责任制)."""
        if row.name == "handed_back":
            return {"executor": None, "executor_name": "", "executor_phone": "", "responsible": SYSTEM.tag}
        changes: dict[str, Any] = {}
        if by.kind != "staff" or row.to not in (State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED):
            return changes
        if ticket.executor is None:
            changes.update(self.executor_fields(await self._stores.staff.get(by.id)))
        if not (ticket.responsible or "").startswith("staff:") or ticket.state is State.NEW:
            changes["responsible"] = by.tag
        return changes

    def executor_fields(self, staff: Staff) -> dict[str, Any]:
        """What a ticket says of who does the work."""
        phone = self._stores.sealer.open_phone(staff.phone)
        title = staff.title or ("师傅" if staff.role is Role.TECHNICIAN else "")
        return {
            "executor": staff.id,
            "executor_name": surname_title(staff.name, title) if title else staff.name,
            "executor_phone": mask_phone(phone) if phone else "",
        }

    async def _merge_target(self, ticket: Ticket, number: str, by: Actor) -> str:
        try:
            target = await self.by_number(number, by)
        except NotFound as missing:
            raise Incomplete("没有这张单,请核对单号", target=number) from missing
        if target.id == ticket.id or not target.is_open:
            raise Incomplete("只能并入另一张没结束的单", target=number)
        return target.number


def first_times(
    ticket: Ticket, to: State, by: Actor, progress: str | None, now: datetime, *, said: bool
) -> dict[str, datetime]:
    """When it was first accepted, answered by a person, and somebody was there; what is known already stays."""
    first = {
        "accepted_at": by.kind == "staff" and to in (State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED),
        "answered_at": by.kind == "staff" and said,
        "arrived_at": progress in ("arrived", "working"),
    }
    return {name: now for name, now_so in first.items() if now_so and getattr(ticket, name) is None}


def _named(by: Actor) -> str:
    """A colleague as owners hear of them; an owner or the system is nobody who comes."""
    if by.kind != "staff":
        return ""
    title = by.title or ("师傅" if by.role is Role.TECHNICIAN else "")
    return surname_title(by.name, title) if title else by.name
