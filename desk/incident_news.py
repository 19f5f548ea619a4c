"""What members of an incident hear, each person once; and what closing it does to their tickets."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from desk.actors import SYSTEM, Actor, staff_actor
from desk.call_list import put_on_call_list
from desk.deliveries import Kind, Outbox
from desk.effects import Effects
from desk.errors import DeskError
from desk.rulebook import Rulebook
from desk.tickets import Tickets
from desk.wording import say_time, shorten
from store.clock import Clock
from store.errors import Conflict, NotFound
from store.ids import derived
from store.incidents import Incident, Member, Update
from store.stores import Stores
from store.tickets import Event, Link, State, Ticket
from store.timers import Timer

log = logging.getLogger(__name__)

LONGEST_RUN = timedelta(seconds=4)
"""The timer that tells has twelve seconds: so long it goes from member to member, then the next run goes on."""
LOOK_AGAIN = timedelta(seconds=10)
AUTHOR_LIVES = timedelta(minutes=2)
S = State


class IncidentNews:
    """Carries one word to many."""

    def __init__(
        self, stores: Stores, rules: Rulebook, outbox: Outbox, tickets: Tickets, effects: Effects, clock: Clock
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._tickets = tickets
        self._effects = effects
        self._clock = clock

    def words(self, incident: Incident, update: Update) -> str:
        """What owners read."""
        rules = self._rules.of(incident.estate_id)
        now = self._clock.now()
        expected = say_time(update.expected_at, now, rules.zone) if update.expected_at else ""
        return rules.texts.say(
            f"incident.{update.kind}", title=incident.title, expected=expected, text=_sentence(update.text)
        )

    def answer(self, incident: Incident, number: str) -> str:
        """What somebody who reports it now reads at once."""
        rules = self._rules.of(incident.estate_id)
        now = self._clock.now()
        expected = incident.expected_at if incident.expected_at and incident.expected_at > now else None
        last = next((one.text for one in reversed(incident.updates) if one.text), "")
        return rules.texts.say(
            "incident.known",
            title=incident.title,
            expected=say_time(expected, now, rules.zone) if expected else "",
            text=_sentence(shorten(last, 60)),
            number=number,
        )

    # ---- by the timer ----

    async def tell(self, timer: Timer) -> datetime | None:
        """The next so many members hear it. Gives when to go on, None when all have."""
        incident = await self._stores.incidents.get(str(timer.data["incident"]))
        update = next((one for one in incident.updates if one.id == timer.data["update"]), None)
        if update is None:
            # Written a moment after its timer, or never: its author died or lost a race.
            planned = datetime.fromisoformat(str(timer.data["at"]))
            return None if self._clock.now() - planned > AUTHOR_LIVES else self._clock.now() + LOOK_AGAIN
        was = done = incident.progress.get(update.id, 0)
        began = self._clock.wall()
        for member in incident.members[was:]:
            await self._one(incident, update, member)
            done += 1
            if self._clock.wall() - began > LONGEST_RUN:
                break
        if not await self._stores.incidents.told(incident.id, update.id, was, done):
            return self._clock.now()  # somebody left meanwhile: from the beginning, who heard it hears it no more
        current = await self._stores.incidents.get(incident.id)
        if done < len(current.members):
            return self._clock.now()
        if current.updates and current.updates[-1].id == update.id:
            await self._stores.incidents.set(incident.id, {"unfinished": False})
        return None

    async def _one(self, incident: Incident, update: Update, member: Member) -> None:
        try:
            ticket = await self._stores.tickets.get(member.ticket_id)
        except NotFound:
            return
        await self._link(incident, ticket, update.by)
        if update.kind == "closed":
            # First: a change that is not told takes back the news that still wait.
            await self._resolve(ticket, update)
        gone = ticket.state in (S.CANCELLED, S.DECLINED, S.MERGED)
        came_later = member.joined_at is not None and member.joined_at >= update.at and update.kind != "closed"
        if not gone and not came_later:
            await self._push(incident, ticket, update.owner_text, f"incident:{incident.id}:{update.id}", update)

    async def _push(self, incident: Incident, ticket: Ticket, text: str, key: str, update: Update) -> None:
        """Once per person, however many of their tickets are in it."""
        rules = self._rules.of(incident.estate_id)
        now = self._clock.now()
        kind = Kind.URGENT if incident.urgent else Kind.STATUS
        conversation = await self._effects.conversation_of(ticket)
        person = ticket.owner_id or ticket.id
        if conversation is None:
            await put_on_call_list(self._stores, f"{key}:{person}", Kind.URGENT, text, ticket, ticket.owner_id, now=now)
            return
        await self._outbox.put(
            f"{key}:{person}",
            conversation,
            kind,
            text,
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template={
                "number": ticket.number,
                "title": incident.title,
                "state": "已处理" if update.kind == "closed" else "抢修中",
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "remark": shorten(text.splitlines()[0], 20),
                "who": "",
            },
            by=update.by,
        )

    async def _resolve(self, ticket: Ticket, update: Update) -> None:
        """Whatever step the ticket is at, it goes the legal way to resolved; who is done already stays so."""
        try:
            by = staff_actor(await self._stores.staff.get(update.by.removeprefix("staff:")))
        except NotFound:
            log.error("incident update %s: its author is gone, ticket %s stays open", update.id, ticket.number)
            return
        for _ in range(4):
            if not ticket.is_open:
                return
            to = S.RESOLVED if ticket.state in (S.ACCEPTED, S.IN_PROGRESS) else S.ACCEPTED
            key = f"incident:{update.id}:{ticket.version}"
            try:
                ticket = await self._tickets.move(ticket, to, by, note=update.text[:500], key=key, tell=False)
            except Conflict as lost:
                if not isinstance(lost.current, Ticket):
                    raise
                ticket = lost.current
            except DeskError as refused:
                log.warning("ticket %s cannot be resolved with its incident: %s", ticket.number, refused)
                return

    # ---- one who comes later ----

    async def welcome(self, incident: Incident, ticket: Ticket, member: Member) -> None:
        """Somebody who joined after it was confirmed: linked, and told what is known if the bot has not yet."""
        await self._link(incident, ticket, SYSTEM.tag)
        said = [one for one in incident.updates if one.kind in ("acknowledged", "update")]
        if member.told or member.joined_at is None or not said or not ticket.is_open:
            return
        text = self.answer(incident, ticket.number)
        await self._push(incident, ticket, text, f"incident:{incident.id}:joined", said[-1])

    async def unlinked(self, incident: Incident, ticket: Ticket, by: Actor) -> None:
        """On the record of the ticket: it does not belong to it after all."""
        event = Event(
            id=derived(f"{incident.id}:{self._clock.now().isoformat()}", f"left:{ticket.id}"),
            at=self._clock.now(),
            by=by.tag,
            kind="left_incident",
            note=incident.number,
        )
        left = [link for link in ticket.links if link.get("id") != incident.id]
        await self._stores.tickets.append(ticket.id, "events", event, changes={"links": left})

    async def _link(self, incident: Incident, ticket: Ticket, by: str) -> None:
        link = Link(id=incident.id, kind="incident", number=incident.number)
        await self._stores.tickets.append(ticket.id, "links", link)
        event = Event(
            id=derived(incident.id, f"joined:{ticket.id}"),
            at=self._clock.now(),
            by=by,
            kind="joined_incident",
            note=incident.number,
        )
        await self._stores.tickets.append(ticket.id, "events", event)


def _sentence(text: str) -> str:
    """Ends as a sentence does."""
    text = text.strip()
    return text if not text or text[-1] in "。！？!?." else f"{text}。"
