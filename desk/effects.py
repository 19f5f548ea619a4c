"""What a change of a ticket causes: the push to its owner, the brief in their conversation, the timers."""

from __future__ import annotations

from datetime import datetime

from desk.deliveries import NEWS, Kind, Outbox
from desk.rulebook import Rulebook, Rules
from desk.wording import say_duration, say_time, shorten
from store.clock import Clock
from store.conversations import Conversation, OpenTicket
from store.deliveries import DeliveryState
from store.stores import Stores
from store.tickets import Event, State, Ticket
from store.timers import Timer

SHOWN_STATES = (State.RESOLVED,)
"""Not open any more, but the owner may still speak of it (revisit, reopening)."""
REVISIT_TIMERS = ("revisit_ask", "revisit_again", "revisit_call", "closing_soon", "close")


class Effects:
    """Writes the consequences of one change. All ids come from the ticket's version: repeating it adds nothing."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._clock = clock

    async def of(self, ticket: Ticket, event: Event) -> None:
        """Everything that ``event`` of ``ticket`` causes."""
        rules = self._rules.of(ticket.estate_id)
        conversation = await self.conversation_of(ticket)
        if conversation is not None:
            shown = ticket.is_open or ticket.state in SHOWN_STATES
            await self._stores.conversations.show_ticket(conversation.id, brief(ticket), open=shown)
        await self._timers(ticket, event, rules)
        push = event.data.get("push")
        if push and conversation is not None:
            await self._push(ticket, event, str(push), conversation, rules)
        await self._take_back(ticket, event, told=bool(push))

    async def _take_back(self, ticket: Ticket, event: Event, *, told: bool) -> None:
        """What still waits to be told and is not true any more. Where something is told, the latest wins by itself."""
        kinds: list[Kind] = []
        if event.from_state not in (None, State.NEW, event.to_state) and not told:
            kinds += NEWS
        if event.from_state == State.RESOLVED:
            kinds.append(Kind.REVISIT)
        if event.from_state == State.WAITING_OWNER != event.to_state:
            kinds.append(Kind.STAFF_REPLY)
            await self._take_back_question(ticket, event)
        if kinds:
            await self._stores.deliveries.cancel_of_ticket(ticket.id, kinds, at=event.at)

    async def _take_back_question(self, ticket: Ticket, event: Event) -> None:
        """Nobody needs the answer any more: a question that waits for the owner's next word is not asked then."""
        asked = next((one for one in reversed(ticket.events) if one.to_state == State.WAITING_OWNER), None)
        if asked is None:
            return
        for row in await self._stores.deliveries.of_ids([send_key(ticket, asked)]):
            if row.state is DeliveryState.PARKED and await self._stores.deliveries.move(
                row, DeliveryState.CANCELLED, at=event.at
            ):
                await self._stores.conversations.unpark(row.conversation_id, [row.id])

    async def conversation_of(self, ticket: Ticket) -> Conversation | None:
        """Where the owner hears of it: the conversation it came from, else any of theirs."""
        if ticket.conversation_id:
            return await self._stores.conversations.find(ticket.conversation_id)
        theirs = await self._stores.conversations.of_resident(ticket.owner_id)
        return theirs[0] if theirs else None

    async def _push(self, ticket: Ticket, event: Event, name: str, conversation: Conversation, rules: Rules) -> None:
        to = State(str(event.to_state))
        if name == "push.on_the_way" and ticket.progress in ("arrived", "working"):
            name = "push.arrived"
        name = rules.texts.for_category(name, ticket.category.letter)
        now = self._clock.now()
        variables = self.variables(ticket, event, now, rules)
        text = rules.texts.say(name, **variables)
        # A question to the owner is a colleague's words, not news of the ticket: it passes quiet hours and caps.
        kind = Kind.STAFF_REPLY if to is State.WAITING_OWNER else Kind.URGENT if ticket.urgent else Kind.STATUS
        await self._outbox.put(
            send_key(ticket, event),
            conversation,
            kind,
            text,
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template={
                "number": ticket.number,
                "title": ticket.title,
                "state": rules.texts.say(f"state.{to.value}"),
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "remark": shorten(text.splitlines()[0], 20),
                "who": ticket.executor_name,
            },
            by=event.by,
        )

    def variables(self, ticket: Ticket, event: Event, now: datetime, rules: Rules) -> dict[str, str]:
        """What the push texts may speak of."""
        due = ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
        if due is not None and due <= now:
            due = ticket.due.done_by
        return {
            "number": ticket.number,
            "title": ticket.title,
            "room": ticket.room_name,
            "who": ticket.executor_name or str(event.data.get("name") or "") or "同事",
            "phone": ticket.executor_phone,
            "by": say_time(due, now, rules.zone) if due else "",
            "until": say_time(ticket.until, now, rules.zone) if ticket.until else "",
            "reason": event.reason or "",
            "question": event.note or "",
            "done": event.note or "",
            "target": ticket.merged_into or "",
            "revisit": f"{say_duration(rules.settings.revisit.delay)}后",
        }

    async def _timers(self, ticket: Ticket, event: Event, rules: Rules) -> None:
        to = State(str(event.to_state))
        if event.from_state == State.RESOLVED:
            await self._stores.timers.cancel(ticket.id, REVISIT_TIMERS)
            if ticket.conversation_id:
                await self._stores.conversations.forget_revisit(ticket.conversation_id, ticket.id)
        planned: list[Timer] = []
        if to is State.RESOLVED:
            settings = rules.settings.revisit
            number = ticket.revisit.round
            for kind, due in (
                ("revisit_ask", event.at + settings.delay),
                ("closing_soon", event.at + settings.close_after_silence - settings.closing_said_before),
                ("close", event.at + settings.close_after_silence),
            ):
                planned.append(
                    Timer(
                        id=f"{kind}:{ticket.id}:{number}",
                        kind=kind,
                        due=due,
                        ticket_id=ticket.id,
                        data={"round": number},
                    )
                )
        if to in (State.WAITING_PARTS, State.DEFERRED) and ticket.until is not None:
            version = event.data["version"]
            planned.append(
                Timer(
                    id=f"resume:{ticket.id}:{version}",
                    kind="resume",
                    due=ticket.until,
                    ticket_id=ticket.id,
                    data={"state": to.value},
                )
            )
        if planned:
            await self._stores.timers.plan(planned)


def send_key(ticket: Ticket, event: Event) -> str:
    """Under which id the owner hears of this change."""
    return f"ticket:{ticket.id}:{State(str(event.to_state)).value}:{event.data['version']}:{ticket.owner_id}"


def brief(ticket: Ticket) -> OpenTicket:
    """What the conversation keeps of it."""
    due = ticket.due.on_site_by or ticket.due.answer_by or ticket.due.done_by
    return OpenTicket(
        id=ticket.id,
        number=ticket.number,
        category=ticket.category.value,
        state=ticket.state.value,
        version=ticket.version,
        title=ticket.title,
        urgent=ticket.urgent,
        room_name=ticket.room_name,
        executor_name=ticket.executor_name,
        due=due,
        until=ticket.until,
        at=ticket.updated_at,
    )
