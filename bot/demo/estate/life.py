"""One ticket on its way through the table of the desk, in memory: the same fields, events and texts as the desk writes.

Whoever changes ``desk/tickets.py`` need not look here: tests/demo/test_estate.py holds every life against the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.demo.estate.chat import Chat, understood
from bot.demo.estate.crew import Crew
from bot.demo.estate.people import Household
from desk import promises
from desk.actors import SYSTEM, Actor
from desk.deliveries import Kind
from desk.effects import send_key
from desk.ticket_terms import terms_of
from desk.tickets import first_times
from desk.transitions import Transition, transition
from desk.wording import surname_title, title_of
from handlers.context import Context, Inbound
from handlers.homes import Where
from handlers.opening import Opened, receipt
from handlers.wanted import Wanted, whole
from store.clock import to_millis
from store.ids import derived
from store.staff import Role
from store.tickets import Addition, Category, Due, Event, Revisit, State, Ticket
from store.timers import Timer

ENDED = (State.CLOSED, State.DECLINED, State.CANCELLED, State.MERGED)


@dataclass(slots=True)
class Life:
    """A ticket that moves."""

    chat: Chat
    home: Household
    crew: Crew
    ticket: Ticket

    @classmethod
    def told(
        cls, chat: Chat, home: Household, crew: Crew, category: Category, text: str, number: str, at: datetime
    ) -> Life:
        """Opened by a message, answered with its receipt."""
        at = to_millis(at)
        assert chat.conversation is not None
        key = chat.next_key(at)
        wanted = whole(understood(text), text)
        life = cls._opened(chat, home, crew, category, text, number, at, wanted, key, SYSTEM)
        rules = chat.world.rules(home.estate_id)
        message = Inbound(key=key, kind="text", text=text, understanding=understood(text), at=at)
        context = Context(chat.world.desk, rules, chat.conversation, message, at)
        where = Where(estate_id=home.estate_id, room_id=home.room_id, name=home.room_name)
        said = receipt(context, Opened(wanted, life.ticket, where), hint=False)
        chat.says(text, at, said, key=key, ticket_id=life.ticket.id)
        return life

    @classmethod
    def noted(
        cls, chat: Chat, home: Household, crew: Crew, category: Category, text: str, number: str, at: datetime
    ) -> Life:
        """Told at the front desk or by phone, and written down there."""
        key = f"noted:{chat.world.seed}:{home.room_id}:{len(chat.tickets)}"
        wanted = whole(understood(text), text)
        by = crew.frontdesk(home.estate_id)
        return cls._opened(chat, home, crew, category, text, number, to_millis(at), wanted, key, by)

    @classmethod
    def _opened(
        cls,
        chat: Chat,
        home: Household,
        crew: Crew,
        category: Category,
        text: str,
        number: str,
        at: datetime,
        wanted: Wanted,
        key: str,
        by: Actor,
    ) -> Life:
        id = derived(key, "ticket", 0)
        severity = None
        if category is Category.COMPLAINT:
            severity = "important" if wanted.sentiment <= -0.8 else "minor"
        chatting = chat.conversation is not None and by is SYSTEM
        ticket = Ticket(
            id=id,
            number=number,
            category=category,
            subject=wanted.slots.object or wanted.slots.place,
            title=title_of(text),
            description=text,
            urgent=wanted.urgent and category is Category.REPAIR,
            urgent_reason=(wanted.urgent_reason or None) if category is Category.REPAIR else None,
            severity=severity,
            proposed_severity=severity,
            severity_reasons=("言辞激烈,影响居住",) if severity == "important" else (),
            estate_id=home.estate_id,
            room_id=home.room_id,
            room_name=home.room_name,
            place=wanted.slots.place,
            origin="message" if chatting else "staff",
            message_key=key,
            classified=wanted.record(),
            owner_id=home.person_id,
            owner_name=home.entry.name,
            conversation_id=chat.conversation.id if chatting and chat.conversation else None,
            responsible=by.tag if by.kind == "staff" else SYSTEM.tag,
            events=(
                Event(
                    id=derived(id, "opened"), at=at, by=by.tag, kind="opened", to_state=State.NEW, data={"version": 0}
                ),
            ),
            opened_at=at,
            updated_at=at,
        )
        rules = chat.world.rules(home.estate_id)
        due, why = promises.fresh(ticket, at, rules), promises.reasons(ticket, at, rules)
        found_by = terms_of(ticket)
        return cls(chat, home, crew, ticket.model_copy(update={"due": due, "due_why": why, "terms": found_by}))

    # ---- moves ----

    @property
    def at(self) -> datetime:
        """When it was changed last."""
        return self.ticket.updated_at

    def move(
        self,
        to: State,
        by: Actor,
        at: datetime,
        *,
        words: str | None = None,
        until: datetime | None = None,
        progress: str | None = None,
        target: str | None = None,
        tell: bool = True,
    ) -> None:
        """One row of the table. What is pushed stands on the chat's timeline."""
        ticket, at = self.ticket, to_millis(at)
        row = transition(ticket.state, to)
        assert row is not None, (ticket.number, ticket.state, to)
        rules = self.chat.world.rules(ticket.estate_id)
        changes: dict[str, Any] = {"state": to, "until": until if "until" in row.needs else None, "progress": None}
        if to is State.IN_PROGRESS:
            changes["progress"] = progress or ("on_the_way" if ticket.state is State.ACCEPTED else "arrived")
        if to is State.RESOLVED:
            changes |= {"resolved_at": at, "resolution": words}
            changes["revisit"] = Revisit(round=ticket.revisit.round + 1, state="planned")
        if to is State.MERGED:
            changes["merged_into"] = target
        if to in ENDED:
            changes["ended_at"] = at
        moved = promises.moved(ticket, row, until, at, rules)
        if "due" in moved:
            moved["due"] = Due.model_validate(moved["due"])
        changes |= first_times(ticket, to, by, changes["progress"], at, said=bool(row.push))
        changes |= moved | self._hands(row, by)
        self._write(row, by, at, words, changes, tell)
        self._tell(row, at, tell)

    def _write(
        self, row: Transition, by: Actor, at: datetime, words: str | None, changes: dict[str, Any], tell: bool
    ) -> None:
        ticket = self.ticket
        event = Event(
            id=derived(f"{ticket.id}:{ticket.version}", f"move:{row.to}"),
            at=at,
            by=by.tag,
            kind=row.name or "move",
            from_state=ticket.state,
            to_state=row.to,
            reason=words if "reason" in row.needs else None,
            note=words,
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
        self.ticket = ticket.model_copy(
            update={**changes, "version": ticket.version + 1, "updated_at": at, "events": (*ticket.events, event)}
        )

    def _hands(self, row: Transition, by: Actor) -> dict[str, Any]:
        if row.name == "handed_back":
            return {"executor": None, "executor_name": "", "executor_phone": "", "responsible": SYSTEM.tag}
        if by.kind != "staff" or row.to not in (State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED):
            return {}
        changes = {} if self.ticket.executor else dict(self.crew.fields[by.id])
        if not (self.ticket.responsible or "").startswith("staff:") or self.ticket.state is State.NEW:
            changes["responsible"] = by.tag
        return changes

    def _tell(self, row: Transition, at: datetime, tell: bool) -> None:
        ticket, event = self.ticket, self.ticket.events[-1]
        if not (tell and row.push):
            return
        name = row.push
        if row.to is State.IN_PROGRESS:
            progress, was, there = ticket.progress, event.data["was"], ("arrived", "working")
            if progress == was or (progress in there and was in there):
                return
            name = "push.arrived" if progress in there else "push.on_the_way"
        rules = self.chat.world.rules(ticket.estate_id)
        name = rules.texts.for_category(name, ticket.category.letter)
        said = rules.texts.say(name, **self.chat.world.desk.effects.variables(ticket, event, at, rules))
        kind = Kind.STAFF_REPLY if row.to is State.WAITING_OWNER else Kind.URGENT if ticket.urgent else Kind.STATUS
        self.chat.push(send_key(ticket, event), kind, said, at, ticket_id=ticket.id, by=event.by)

    # ---- what is no move ----

    def assigned(self, executor: str, by: Actor, at: datetime) -> None:
        """Given to a colleague."""
        ticket, at = self.ticket, to_millis(at)
        event = Event(
            id=derived(f"{ticket.id}:{ticket.version}", "assigned"),
            at=at,
            by=by.tag,
            kind="assigned",
            from_state=ticket.state,
            to_state=ticket.state,
            note=self.crew.actors[executor].name,
            data={"version": ticket.version + 1, "push": None, "executor": executor, "was": ticket.executor},
        )
        changes = {**self.crew.fields[executor], "version": ticket.version + 1, "updated_at": at}
        self.ticket = ticket.model_copy(update={**changes, "events": (*ticket.events, event)})

    def aside(self, kind: str, by: Actor, at: datetime, text: str = "", **changes: Any) -> None:
        """An event without a change of state (nudge, rated ...), with fields that it sets."""
        ticket, at = self.ticket, to_millis(at)
        index = len(ticket.events)
        data = {name: value for name, value in changes.items() if kind == "rated"}
        event = Event(id=derived(ticket.id, kind, index), at=at, by=by.tag, kind=kind, note=text or None, data=data)
        values = {} if kind == "rated" else dict(changes)
        self.ticket = ticket.model_copy(update={**values, "events": (*ticket.events, event)})

    def noted_down(self, text: str, by: Actor, at: datetime) -> None:
        """A note for colleagues."""
        note = Event(
            id=derived(self.ticket.id, "note", len(self.ticket.notes)),
            at=to_millis(at),
            by=by.tag,
            kind="note",
            note=text,
        )
        self.ticket = self.ticket.model_copy(update={"notes": (*self.ticket.notes, note)})

    def added(self, text: str, at: datetime, key: str) -> None:
        """Words that the owner added."""
        addition = Addition(id=derived(key, "addition"), at=to_millis(at), text=text)
        self.ticket = self.ticket.model_copy(update={"additions": (*self.ticket.additions, addition)})

    def rated(self, by: Actor, at: datetime, **said: Any) -> None:
        """How far the revisit is, or what was answered to it."""
        self.aside("rated", by, at, **said)
        revisit = self.ticket.revisit.model_copy(update=said)
        rating = {"rating": said["satisfaction"]} if "satisfaction" in said else {}
        self.ticket = self.ticket.model_copy(update={"revisit": revisit, **rating})

    def timer(self, kind: str, due: datetime, *, id: str = "", **data: Any) -> None:
        """Something is due about it."""
        number = self.ticket.revisit.round
        self.chat.timers.append(
            Timer(
                id=id or f"{kind}:{self.ticket.id}:{number}",
                kind=kind,
                due=to_millis(due),
                ticket_id=self.ticket.id,
                data=data or {"round": number},
            )
        )


def _named(by: Actor) -> str:
    if by.kind != "staff":
        return ""
    title = by.title or ("师傅" if by.role is Role.TECHNICIAN else "")
    return surname_title(by.name, title) if title else by.name


def pause(minutes: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=minutes)
