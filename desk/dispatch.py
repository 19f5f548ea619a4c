"""To whom a new ticket goes: the estate's rules, tried in order, by a worker after the owner has their answer.

Modes: ``assign`` gives it to whoever of the team has the fewest open orders, ``turns`` to whoever has waited longest
for their turn, ``grab`` (抢单) tells everybody on shift and the first to accept has it. Nobody there, or everybody at
the cap: the supervisor is told at once, and it is tried again. Every decision is an event under an id of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from desk import promises
from desk.actors import SYSTEM, Actor
from desk.alerts import Alerts
from desk.dispatch_rules import Unfit, applies, missing
from desk.duty_settings import DispatchRule
from desk.effects import Effects
from desk.rulebook import Rulebook, Rules
from desk.shifts import Roster, fits, on_their_way, team_calendar
from desk.tickets import Tickets
from desk.timers import Schedule
from store.clock import Clock
from store.errors import Conflict
from store.ids import derived
from store.staff import Role, Staff
from store.stores import Stores
from store.teams import Team
from store.tickets import Category, Event, State, Ticket
from store.timers import Timer

log = logging.getLogger(__name__)

AGAIN = "dispatch"
TRIES = 5
"""So often other hands are looked for when those that were found were filled in the same moment."""
SELDOM = timedelta(hours=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PLACING = ("opened", "handed_back", "reclassified", "taken_away")
"""After these a ticket without an executor looks for one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who may get a ticket by one rule, or why nobody can."""

    rule: DispatchRule
    team: Team | None
    people: tuple[Staff, ...]
    problem: str = ""


class Dispatch:
    """Places new tickets."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        tickets: Tickets,
        effects: Effects,
        roster: Roster,
        alerts: Alerts,
        timers: Schedule,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._tickets = tickets
        self._effects = effects
        self._roster = roster
        self._alerts = alerts
        self._timers = timers
        self._clock = clock
        timers.on(AGAIN, self._again)

    async def follow(self, ticket: Ticket, event: Event) -> None:
        """What a change of a ticket means for dispatch; repeating it adds nothing."""
        if event.kind == "opened" and ticket.category is Category.COMPLAINT:
            ticket = await self._find_named(ticket)
            if ticket.executor in ticket.about and ticket.is_open:
                # Who was quicker than this look, and is the very person it is about.
                await self.take_away(ticket, SYSTEM)
                return
        if event.kind == "reopened":
            await self._second_round(ticket)
        if event.kind in PLACING and await self.place(ticket) is not None:
            rules = self._rules.of(ticket.estate_id)
            await self._timers.plan_again(f"{AGAIN}:{ticket.id}", AGAIN, await self._next_try(ticket, rules), ticket.id)
        if event.kind == "assigned" and ticket.executor and event.by != f"staff:{ticket.executor}":
            await self._tell_assigned(ticket, event)
        if event.kind == "offered":
            await self._tell_all(ticket, event)

    async def place(self, ticket: Ticket) -> str | None:
        """Find somebody for a ticket that nobody has; gives why nobody could be found, None when it needs nobody."""
        if ticket.state is not State.NEW or ticket.executor is not None or _offered(ticket):
            return None
        rules = self._rules.of(ticket.estate_id)
        settings = rules.settings.dispatch
        if not settings.rules:
            return None
        problem = "没有派单规则适合这张单"
        for rule in settings.rules:
            if not applies(rule, ticket):
                continue
            for _ in range(TRIES):
                choice = await self._choose(rule, ticket, rules)
                if not choice.people:
                    break
                if await self._give(ticket, choice, rules):
                    return None
            else:
                raise Conflict(f"hands for {ticket.id}")
            problem = choice.problem
            if choice.team is not None or rule.staff or rule.company:
                break  # the right people are not there: the next rule's are not righter
            await self._note(ticket, "rule", problem)  # a rule that names nobody stands in no other rule's way
        await self._note(ticket, "nobody", problem)
        return problem

    # ---- whom ----

    async def _choose(self, rule: DispatchRule, ticket: Ticket, rules: Rules) -> Choice:
        now = self._clock.now()
        team: Team | None = None
        if rule.team:
            team = await self._stores.teams.find(rule.team)
            if team is None or not team.active:
                return Choice(rule, None, (), f"派单规则「{rule.name}」指的班组「{rule.team}」不存在或已停用")
            if team.categories and ticket.category.value not in team.categories:
                return Choice(rule, team, (), f"班组「{team.name}」不接这类单")
            if not team.members:
                return Choice(rule, team, (), f"班组「{team.name}」还没有成员")
            there = await self._roster.on_shift(team, now, rules)
        elif rule.company:
            there = await self._roster.of_company(rule.company)
        else:
            there = [one for one in await self._roster.active() if one.id == rule.staff and one.on_duty]
        whose = team.name if team else rule.company or rule.staff or ""
        gave_back = {event.by.removeprefix("staff:") for event in ticket.events if event.kind == "handed_back"}
        able = [one for one in there if fits(one, ticket) and one.id not in gave_back]
        if not able:
            return Choice(
                rule, team, (), f"「{whose}」现在没有人在班" if not there else f"「{whose}」在班的人都不能接这张单"
            )
        cap = rule.cap or rules.settings.dispatch.cap
        wall = self._clock.wall()
        if any(ticket.id in on_their_way(one, wall) for one in there):
            raise Conflict(f"ticket {ticket.id} is being placed")
        loads = await self._roster.loads(able, most=cap, wall=wall)
        free = [one for one in able if loads[one.id] < cap]
        if not free:
            return Choice(rule, team, (), f"「{whose}」在班的人手上都满 {cap} 单")
        if rule.mode == "turns":
            turns = team.turns if team else {}
            free.sort(key=lambda one: (turns.get(one.id, LONG_AGO), one.id))
        elif rule.mode == "assign":
            free.sort(key=lambda one: (loads[one.id], one.id))
        return Choice(rule, team, tuple(free))

    async def _give(self, ticket: Ticket, choice: Choice, rules: Rules) -> bool:
        """Into the first one's hands, or offered to all; False when these hands were given something else meanwhile."""
        if choice.rule.mode == "grab":
            await self._placed(ticket, choice, None, rules)
            return True
        one = choice.people[0]
        # From here on it counts for them, so that two workers never fill the last place both.
        if not await self._stores.staff.hold(one, ticket.id, self._clock.wall()):
            return False
        try:
            await self._placed(ticket, choice, one, rules)
        finally:
            await self._stores.staff.let_go(one.id, ticket.id)
        return True

    async def _placed(self, ticket: Ticket, choice: Choice, one: Staff | None, rules: Rules) -> None:
        rule, team = choice.rule, choice.team
        in_turn = rule.mode == "turns" and one is not None and team is not None
        if in_turn and one and team and not await self._stores.teams.take_turn(team, one.id, self._clock.now()):
            raise Conflict(f"turn of {team.id}")
        changes: dict[str, object] = {"team": team.id if team else None}
        if one is not None:
            changes |= self._tickets.executor_fields(one)
        changes |= self._by_team(ticket, team, rules)
        event = Event(
            id=derived(ticket.id, f"dispatch:{ticket.version}"),
            at=self._clock.now(),
            by=SYSTEM.tag,
            kind="assigned" if one else "offered",
            from_state=ticket.state,
            to_state=ticket.state,
            note=one.name if one else "、".join(person.name for person in choice.people),
            reason=f"按派单规则「{rule.name}」",
            data={"version": ticket.version + 1, "push": None, "executor": one.id if one else None, "was": None}
            | {"rule": rule.name, "mode": rule.mode, "team": changes["team"]}
            | {"to": [person.id for person in choice.people]},
        )
        try:
            moved = await self._stores.tickets.change(ticket, event, changes)
        except Conflict as lost:
            if isinstance(lost.current, Ticket) and _settled(lost.current, event):
                return  # another worker was faster, or somebody has taken it
            raise
        # Only what this change causes: what the opening causes is under way right now.
        await self._effects.of(moved, event)
        await self._stores.tickets.effects_done(moved.id, moved.version)

    def _by_team(self, ticket: Ticket, team: Team | None, rules: Rules) -> dict[str, object]:
        """A team with hours of its own: the time to accept runs by them; what the owner was promised is not put off."""
        if team is None or team.office is None or ticket.urgent:
            return {}
        since = next((e.at for e in reversed(ticket.events) if e.kind in ("opened", "handed_back")), ticket.opened_at)
        theirs = promises.fresh(ticket, since, rules, team_calendar(team, rules))
        due = ticket.due.model_copy(update={"accept_by": theirs.accept_by, "supervisor_by": theirs.supervisor_by})
        for name in ("first_answer_by", "on_site_by", "answer_by", "done_by"):
            was, at = getattr(due, name), getattr(theirs, name)
            if was is not None and at is not None and at < was:
                due = due.model_copy(update={name: at})
        if due == ticket.due:
            return {}
        return {"due": due.model_dump(), "due_why": promises.because_of(ticket, due, f"按「{team.name}」的工作时间")}

    # ---- telling ----

    async def _tell_all(self, ticket: Ticket, event: Event) -> None:
        people = [one for one in await self._roster.active() if one.id in event.data["to"]]
        text = f"【抢单】{about(ticket)}。先接单的人负责。"
        await self._alerts.raise_(f"offered:{event.id}", "offered", text, people, ticket=ticket, urgent=ticket.urgent)

    async def _tell_assigned(self, ticket: Ticket, event: Event) -> None:
        executor = await self._stores.staff.find(str(ticket.executor))
        if executor is not None and executor.active:
            text = f"【派单】{about(ticket)},请接单。"
            await self._alerts.raise_(
                f"assigned:{event.id}", "assigned", text, [executor], ticket=ticket, urgent=ticket.urgent
            )

    async def _note(self, ticket: Ticket, what: str, problem: str) -> None:
        """On the timeline and to the supervisor, once for each reason."""
        key = derived(ticket.id, f"unplaced:{ticket.version}:{what}:{problem}")
        event = Event(id=key, at=self._clock.now(), by=SYSTEM.tag, kind="unplaced", note=problem)
        await self._stores.tickets.append(ticket.id, "events", event)
        # Also when the event stood there already: whoever wrote it may have died before this.
        leaders = await self._roster.leaders(ticket, Role.SUPERVISOR)
        text = f"【派不出去】{about(ticket)}:{problem},请您安排。"
        await self._alerts.raise_(key, "unplaced", text, leaders, ticket=ticket, urgent=ticket.urgent)

    # ---- again ----

    async def _again(self, timer: Timer) -> datetime | None:
        """Look once more for somebody; until there is one, or the ticket went another way."""
        ticket = await self._stores.tickets.get(str(timer.ticket_id))
        if await self.place(ticket) is None:
            return None
        return await self._next_try(ticket, self._rules.of(ticket.estate_id))

    async def _next_try(self, ticket: Ticket, rules: Rules) -> datetime:
        """The longer it has waited the less often, at most an hour apart; and when somebody's hours or shift begin."""
        now = self._clock.now()
        often = rules.settings.dispatch.try_again
        if not ticket.urgent:
            often = max(often, min((now - ticket.opened_at) / 4, SELDOM))
        at = now + often if ticket.urgent else rules.calendar.next_open(now + often)
        for rule in rules.settings.dispatch.rules:
            team = await self._stores.teams.find(rule.team) if rule.team and applies(rule, ticket) else None
            if team is None:
                continue
            begins: datetime | None = team_calendar(team, rules).next_open(now)
            if team.rota:
                begins = await self._stores.shifts.next_start(team.id, now, within=at - now)
            if begins is not None and now < begins < at:
                at = begins
        return at

    # ---- the person complained about ----

    async def _find_named(self, ticket: Ticket) -> Ticket:
        """Colleagues named in the words of a complaint are left out of it, whatever becomes of it."""
        named = named_in(ticket.description, await self._roster.active())
        new = tuple(name for name in named if name not in ticket.about)
        if not new:
            return ticket
        await self.set_about(ticket, (*ticket.about, *new), SYSTEM.tag, key=f"named:{ticket.id}")
        return await self._stores.tickets.get(ticket.id)

    async def set_about(self, ticket: Ticket, about: Sequence[str], by: str, *, key: str) -> None:
        """Whom the complaint is about, on the record."""
        note = "、".join(about) or "-"
        event = Event(
            id=derived(key, f"about:{ticket.id}:{note}"), at=self._clock.now(), by=by, kind="about", note=note
        )
        await self._stores.tickets.append(ticket.id, "events", event, changes={"about": list(about)})

    async def _second_round(self, ticket: Ticket) -> None:
        """It goes on with whoever did it before, unless the complaint is about them or they are gone."""
        current = await self._stores.tickets.get(ticket.id)
        if current.executor is None or not current.is_open:
            return
        before = await self._stores.staff.find(current.executor)
        if current.executor in current.about:
            await self.take_away(current, SYSTEM)
        elif before is None or not fits(before, current):
            await self.take_away(current, SYSTEM, reason="原来的同事不能再接这张单")

    async def take_away(self, ticket: Ticket, by: Actor, *, reason: str = "被投诉的人不处理这件投诉") -> Ticket:
        """Whoever a complaint turns out to be about has it no longer: somebody else is looked for."""
        event = Event(
            id=derived(ticket.id, f"taken_away:{ticket.version}"),
            at=self._clock.now(),
            by=by.tag,
            kind="taken_away",
            from_state=ticket.state,
            to_state=ticket.state,
            reason=reason,
            note=ticket.executor_name,
            data={"version": ticket.version + 1, "push": None, "was": ticket.executor},
        )
        nobody = {"executor": None, "executor_name": "", "executor_phone": "", "responsible": SYSTEM.tag}
        moved = await self._stores.tickets.change(ticket, event, nobody)
        await self._tickets.finish_effects(moved)
        if moved.state is not State.NEW:
            await self._note(moved, "taken_away", reason)
        return await self._stores.tickets.get(ticket.id)

    # ---- looking over the rules ----

    async def problems(self, estate_id: str) -> list[Unfit]:
        """What is wrong with an estate's rules: teams and people that are not there. For ``doctor`` and the inbox."""
        rules = self._rules.of(estate_id).settings.dispatch.rules
        return await missing(rules, self._stores, self._roster, estate_id=estate_id)


def _settled(ticket: Ticket, event: Event) -> bool:
    """Whether a ticket needs nobody any more, or this very decision stands on it already."""
    known = any(one.id == event.id for one in ticket.events)
    return known or ticket.executor is not None or ticket.state is not State.NEW


def _offered(ticket: Ticket) -> bool:
    """Whether a team was told to grab it since it last needed somebody."""
    last = next((event.kind for event in reversed(ticket.events) if event.kind in (*PLACING, "offered")), "")
    return last == "offered"


def named_in(text: str, people: Sequence[Staff]) -> list[str]:
    """The colleagues whom a text names: by full name, or by surname and title when only one of us is called so."""
    found = [one.id for one in people if len(one.name) > 1 and one.name in text]
    called: dict[str, list[str]] = {}
    for one in people:
        for title in {one.title, "师傅" if one.role is Role.TECHNICIAN else ""} - {""}:
            called.setdefault(one.name[:1] + title, []).append(one.id)
    for words, ids in called.items():
        if words in text and len(ids) == 1:
            found += ids
    return list(dict.fromkeys(found))


def about(ticket: Ticket) -> str:
    """A ticket as an alert names it."""
    where = ticket.room_name or ticket.place or ""
    return f"{'紧急 ' if ticket.urgent else ''}{ticket.number} {ticket.title}" + (f"({where})" if where else "")
