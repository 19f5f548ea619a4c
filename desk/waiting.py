"""Waiting is part of the service (domain.md, 11): how many are before, how long it took lately, and a word when late.

Figures come from what really happened in the last weeks, kept as the last cases per category and team. They are read
in the background, so that saying them costs no store operation; with few cases no time is said at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.deliveries import NEWS, Kind, Outbox
from desk.dispatch_rules import expected_team
from desk.effects import Effects
from desk.late_reason import known_reason
from desk.rulebook import Rulebook, Rules
from desk.timers import Schedule
from desk.wording import say_duration, say_time, shorten
from store.clock import Clock, to_millis
from store.conversations import Conversation, Mode, OpenTicket
from store.ids import derived
from store.statistics import Case
from store.stores import Stores
from store.tickets import Category, Event, State, Ticket
from store.timers import Timer

READ_EVERY = timedelta(seconds=30)
MOST_QUEUED = 300
QUEUE_REACHES = timedelta(days=3)
TALK_REACHES = timedelta(hours=12)
PERSON = "person"
S = State


@dataclass(frozen=True, slots=True)
class Wait:
    """What may be said: how many are before, and how long it takes when that is known."""

    ahead: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read a moment ago."""

    at: datetime | None = None
    cases: dict[str, tuple[tuple[datetime, float], ...]] | None = None
    queued: dict[str, tuple[str, ...]] | None = None
    """Numbers of new tickets by estate and category, in order."""
    teams: dict[str, str] | None = None
    """The teams of new tickets that were placed, by number."""
    talks: tuple[tuple[datetime, str, str], ...] = ()
    """Who waits for a person: since when, conversation, estate."""


class Waiting:
    """Counts what happened, and says what it means for whoever waits now."""

    def __init__(
        self, stores: Stores, rules: Rulebook, outbox: Outbox, effects: Effects, timers: Schedule, clock: Clock
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._effects = effects
        self._timers = timers
        self._clock = clock
        self._now = Snapshot()
        self._asked: dict[str, tuple[datetime, str]] = {}
        effects.follow(self._follow)
        timers.on("wait_late", self._late)

    # ---- reading, in the background ----

    async def refresh(self, *, now: bool = False) -> None:
        """Read the figures and the queues, at most every half minute unless asked to."""
        at = self._clock.now()
        if not now and self._now.at is not None and timedelta(0) <= at - self._now.at < READ_EVERY:
            return
        cases: dict[str, tuple[tuple[datetime, float], ...]] = {}
        queued: dict[str, tuple[str, ...]] = {}
        teams: dict[str, str] = {}
        # One question for all estates: with the estate beside the state the embedded server reads everything.
        new = await self._stores.tickets.listed(
            state=S.NEW,
            before=at + timedelta(seconds=1),
            since=at - QUEUE_REACHES,
            limit=MOST_QUEUED * max(len(self._rules.estates), 1),
        )
        for estate in self._rules.estates:
            found = await self._stores.statistics.find(_document(estate.id))
            for key, those in (found.cases if found else {}).items():
                cases[f"{estate.id}|{key}"] = tuple((case.at, case.minutes) for case in those)
            rows = [row for row in new if row.estate_id == estate.id][:MOST_QUEUED]
            teams |= {row.number: row.team for row in rows if row.team}
            for category in Category:
                numbers = sorted((row.opened_at, row.number) for row in rows if row.category is category)
                queued[f"{estate.id}|{category.value}"] = tuple(number for _, number in numbers)
        talks = await self._stores.conversations.held_by(
            None, Mode.PERSON, before=at + timedelta(seconds=1), since=at - TALK_REACHES, limit=MOST_QUEUED
        )
        waiting = sorted(
            (talk.waiting_since, talk.id, talk.estate_id) for talk in talks if talk.waiting_since is not None
        )
        self._now = Snapshot(at, cases, queued, teams, tuple(waiting))
        self._asked = {id: seen for id, seen in self._asked.items() if seen[0] > at - READ_EVERY}

    # ---- saying, without a store operation ----

    def of_opened(self, ticket: Ticket, *, estate_id: str = "") -> Wait:
        """For a ticket that was opened a moment ago: by the team that it will go to, where its figures are known.

        ``estate_id``: where its writer lives, for one that says nothing of where it is.
        """
        estate = ticket.estate_id or estate_id
        team = ticket.team or expected_team(ticket, self._rules.of(estate))
        return self.of_new(estate, ticket.category, team=team)

    def of_new(self, estate_id: str, category: Category, *, team: str | None = None) -> Wait:
        """For a ticket that is being opened."""
        queue = (self._now.queued or {}).get(f"{estate_id}|{category.value}", ())
        return Wait(len(queue), self._minutes(estate_id, f"accept|{category.value}", team))

    def of_ticket(self, ticket: OpenTicket, estate_id: str) -> Wait | None:
        """For a ticket that nobody has taken yet; None for one that somebody has."""
        if ticket.state != S.NEW:
            return None
        queue = (self._now.queued or {}).get(f"{estate_id}|{ticket.category}", ())
        ahead = queue.index(ticket.number) if ticket.number in queue else len(queue)
        team = (self._now.teams or {}).get(ticket.number)
        return Wait(ahead, self._minutes(estate_id, f"accept|{ticket.category}", team))

    def of_person(self, conversation: Conversation, now: datetime) -> Wait:
        """For somebody who asked for a person; asking again keeps their place."""
        estate = conversation.estate_id
        since = conversation.waiting_since or now
        before = {id for at, id, where in self._now.talks if where == estate and at < since and id != conversation.id}
        # Who asked in this process after the last look is not in it yet.
        before |= {id for id, (at, where) in self._asked.items() if where == estate and at < since}
        before.discard(conversation.id)
        self._asked[conversation.id] = (since, estate)
        each = self._quantile(estate, PERSON)
        minutes = None if each is None else self._said(estate, each * (len(before) + 1))
        return Wait(len(before), minutes)

    def _minutes(self, estate_id: str, key: str, team: str | None) -> int | None:
        minutes = self._quantile(estate_id, f"{key}|{team}") if team else None
        minutes = self._quantile(estate_id, key) if minutes is None else minutes
        return None if minutes is None else self._said(estate_id, minutes)

    def _said(self, estate_id: str, minutes: float) -> int | None:
        """Rounded up as people say it: to the minute, above ten to five."""
        longest = self._rules.of(estate_id).settings.waiting.longest_said
        if minutes > longest.total_seconds() / 60:
            return None
        whole = max(int(-(-minutes // 1)), 1)
        return whole if whole <= 10 else -(-whole // 5) * 5

    def _quantile(self, estate_id: str, key: str) -> float | None:
        """From the last weeks; None with too few cases."""
        settings = self._rules.of(estate_id).settings.waiting
        since = self._clock.now() - timedelta(weeks=settings.weeks)
        cases = (self._now.cases or {}).get(f"{estate_id}|{_field(key)}", ())
        minutes = sorted(took for at, took in cases if at >= since)
        if len(minutes) < settings.least_cases:
            return None
        return minutes[min(int(len(minutes) * settings.quantile), len(minutes) - 1)]

    # ---- what happened ----

    async def _follow(self, ticket: Ticket, event: Event) -> None:
        """Somebody took it, came, or was done: one more case each. A new ticket: looked at before it is late."""
        if event.kind == "opened":
            if ticket.is_open:  # what it caused may be written after it has ended
                await self._plan(ticket)
            return
        step = None
        if event.from_state == S.NEW and event.to_state in (S.ACCEPTED, S.IN_PROGRESS):
            step = "accept"
        elif event.data.get("progress") == "arrived" and event.data.get("was") != "arrived":
            step = "arrive"
        elif event.to_state == S.RESOLVED != event.from_state:
            step = "done"
        if not ticket.is_open and event.to_state == ticket.state:
            await self._timers.cancel(ticket.id, "wait_late")
        moved = event.kind in ("reopened", "handed_back", "resumed") or event.to_state == S.DEFERRED
        if moved and ticket.is_open:
            await self._plan(ticket)
        if step is None or ticket.reopened or _in_incident(ticket):
            return
        minutes = (event.at - ticket.opened_at).total_seconds() / 60
        case = Case(id=event.id, at=event.at, minutes=round(minutes, 1))
        await self._count(ticket.estate_id, f"{step}|{ticket.category.value}", case)
        if ticket.team:
            await self._count(ticket.estate_id, f"{step}|{ticket.category.value}|{ticket.team}", case)

    async def picked_up(self, conversation: Conversation, by: Actor, at: datetime, text: str) -> None:
        """A colleague answers somebody who waited for a person."""
        self._asked.pop(conversation.id, None)
        if conversation.mode is not Mode.PERSON or conversation.waiting_since is None or conversation.staff_id:
            return
        ahead = int(dict(conversation.facts.get("queue") or {}).get("ahead", 0))
        minutes = (at - conversation.waiting_since).total_seconds() / 60 / (ahead + 1)
        id = derived(conversation.id, f"waited:{conversation.waiting_since.isoformat()}")
        await self._count(conversation.estate_id, PERSON, Case(id=id, at=at, minutes=round(minutes, 1)))

    async def _count(self, estate_id: str, key: str, case: Case) -> None:
        most = self._rules.of(estate_id).settings.waiting.most_cases
        await self._stores.statistics.add_case(_document(estate_id), _field(key), case, most=most)

    # ---- late ----

    async def _plan(self, ticket: Ticket) -> None:
        """A look at it shortly before its promised visit or end."""
        rules = self._rules.of(ticket.estate_id)
        at = _promised(ticket, self._clock.now())
        if at is not None:
            due = max(at - rules.settings.waiting.late_before, self._clock.now())
            await self._timers.plan_again(f"wait_late:{ticket.id}", "wait_late", due, ticket.id, {"due": at})

    async def _late(self, timer: Timer) -> datetime | None:
        """It will not be kept: the owner hears so once, with the reason that is known and the new time."""
        ticket = await self._stores.tickets.get(str(timer.ticket_id))
        rules, now = self._rules.of(ticket.estate_id), self._clock.now()
        due = timer.data["due"]
        if not ticket.is_open or ticket.state not in (S.NEW, S.ACCEPTED, S.IN_PROGRESS) or _there(ticket):
            return None
        if ticket.promised is not None or _promised(ticket, due - timedelta(seconds=1)) != due:
            return None  # a colleague's own promise is watched, and owned up to, by itself
        told = any(event.kind == "told_late" for event in ticket.events)
        if told or (ticket.state is S.IN_PROGRESS and ticket.progress == "on_the_way" and due > now):
            return None if told else due
        wait = None if ticket.urgent else await self._may_push(ticket, rules, now)
        if wait is not None:
            return wait
        new = self._new_time(ticket, due, rules)
        name = rules.texts.for_category("waiting.late", ticket.category.letter)
        said = rules.texts.say(
            "waiting.late_urgent" if ticket.urgent else name,  # nobody puts off an emergency
            duty_phone=rules.estate.phone,
            title=ticket.title,
            was=say_time(due, now, rules.zone),
            by=say_time(new, now, rules.zone),
            delay=say_duration(new - due),
            reason=await known_reason(self._stores, ticket),
            number=ticket.number,
        )
        event = Event(
            id=derived(ticket.id, f"told_late:{int(due.timestamp())}"),
            at=now,
            by="system:guanjia",
            kind="told_late",
            note=said,
            data={"due": due, "new": new},
        )
        conversation = await self._effects.conversation_of(ticket)
        if conversation is not None:
            await self._outbox.put(
                f"late:{ticket.id}:{int(due.timestamp())}:{ticket.owner_id}",
                conversation,
                Kind.URGENT if ticket.urgent else Kind.STATUS,
                said,
                person_id=ticket.owner_id,
                ticket_id=ticket.id,
                template={
                    "number": ticket.number,
                    "title": ticket.title,
                    "state": "要晚一些",
                    "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                    "remark": shorten(said.splitlines()[0], 20),
                    "who": ticket.executor_name,
                },
            )
        await self._stores.tickets.append(ticket.id, "events", event)
        return None

    async def _may_push(self, ticket: Ticket, rules: Rules, now: datetime) -> datetime | None:
        """When to try again: this ticket had a push less than half an hour ago."""
        every = rules.settings.waiting.push_every
        left = [
            await self._stores.deliveries.last_sent_of_ticket(ticket.id, kind.value, since=now - every) for kind in NEWS
        ]
        last = max((at for at in left if at is not None), default=None)
        return None if last is None or last + every <= now else last + every

    def _new_time(self, ticket: Ticket, due: datetime, rules: Rules) -> datetime:
        """What it lately took from here on when that is known, else the next half working day."""
        now = self._clock.now()
        step = "arrive" if ticket.category is Category.REPAIR else "done"
        minutes = self._minutes(ticket.estate_id, f"{step}|{ticket.category.value}", ticket.team)
        if minutes is not None and timedelta(minutes=minutes) <= rules.settings.waiting.longest_said:
            at = max(now, due) + timedelta(minutes=max(minutes, 30))
        elif ticket.urgent:
            at = max(now, due) + timedelta(hours=1)
        else:
            at = rules.calendar.add(max(now, due), timedelta(hours=4))
        spare = timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)
        return to_millis(at if not spare else at - spare + timedelta(minutes=10))


def _promised(ticket: Ticket, now: datetime) -> datetime | None:
    """The next time that the owner was told at the opening and that lies ahead."""
    times: Sequence[datetime | None] = (ticket.due.on_site_by, ticket.due.answer_by, ticket.due.done_by)
    if ticket.category is not Category.REPAIR or _there(ticket):
        times = times[1:]
    return min((at for at in times if at is not None and at > now), default=None)


def _there(ticket: Ticket) -> bool:
    return ticket.state is S.IN_PROGRESS and ticket.progress in ("arrived", "working")


def _in_incident(ticket: Ticket) -> bool:
    """Resolved together with many: says nothing about how long one takes."""
    return any(link.get("kind") == "incident" for link in ticket.links)


def _document(estate_id: str) -> str:
    return f"waiting:{estate_id}"


def _field(key: str) -> str:
    """A key that may be a field's name."""
    return key.replace(".", "_").replace("$", "_")
