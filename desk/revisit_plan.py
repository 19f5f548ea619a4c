"""When a revisit is asked: some hours after the work, inside the hours for it, at the latest within its deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.deliveries import last_allowed
from desk.rulebook import Rules
from store.tickets import Event, State, Ticket
from store.timers import Timer

ANSWERED = "answered"


def in_incident(ticket: Ticket) -> bool:
    """Whether it was one event that hit many homes."""
    return any(link.get("kind") == "incident" for link in ticket.links)


def policy_of(ticket: Ticket, rules: Rules) -> str:
    """Whether it is asked at all: what was a problem item is asked about again, whatever the category says."""
    if ticket.problem is not None and ticket.problem.followed_at is None:
        return "always"
    return str(rules.settings.revisit.rule(ticket.category.value).policy)


def ask_at(ticket: Ticket, resolved_at: datetime, rules: Rules) -> datetime:
    """The moment of the first question."""
    delay, latest = _spans(ticket, rules)
    hours = rules.settings.delivery.revisit_hours
    due = hours.next_allowed(resolved_at + delay, rules.zone)
    if due <= resolved_at + latest:
        return due
    return max(last_allowed(hours, resolved_at + latest, rules.zone), resolved_at)


def latest_of(ticket: Ticket, rules: Rules, *, made: datetime, first: bool) -> datetime:
    """Until when a cap may hold a question back that was made at ``made``; the first has its deadline."""
    delay, latest = _spans(ticket, rules)
    if first and ticket.resolved_at is not None:
        return ticket.resolved_at + latest
    return made + (latest - delay)


def waits(ticket: Ticket, number: int) -> bool:
    """Whether this round still waits for an answer."""
    return ticket.state is State.RESOLVED and ticket.revisit.round == number and ticket.revisit.state != ANSWERED


def ask_key(ticket: Ticket, number: int, step: str) -> str:
    """The send key of a question; ``step``: asked | asked_again."""
    return f"revisit:{ticket.id}:{number}:{step}:{ticket.owner_id}"


def closing_key(ticket: Ticket, number: int) -> str:
    """The send key of what is said before a silent ticket is closed."""
    return f"closing:{ticket.id}:{number}:{ticket.owner_id}"


def call_key(ticket: Ticket) -> str:
    """The id of this round's row on the call list."""
    return f"revisit:{ticket.id}:{ticket.revisit.round}:call:{ticket.owner_id}"


def is_first(key: str) -> bool:
    """Whether this is the send key of a first question (``revisit:ticket:round:step:owner``)."""
    parts = key.split(":", 4)
    return parts[0] == "revisit" and parts[3:4] == ["asked"]


def _spans(ticket: Ticket, rules: Rules) -> tuple[timedelta, timedelta]:
    """How long after the work it is asked, and at the latest: of its category, longer for one event of many homes."""
    settings = rules.settings.revisit
    rule = settings.rule(ticket.category.value)
    delay, latest = rule.delay or timedelta(), rule.latest or settings.latest
    return delay, max(latest, settings.incident_latest) if in_incident(ticket) else latest


def timers_of(ticket: Ticket, event: Event, rules: Rules) -> list[Timer]:
    """What is planned when work is said to be done."""
    settings, number = rules.settings.revisit, ticket.revisit.round
    times = {
        "closing_soon": event.at + settings.close_after_silence - settings.closing_said_before,
        "close": event.at + settings.close_after_silence,
    }
    if policy_of(ticket, rules) != "never":
        times["revisit_ask"] = ask_at(ticket, event.at, rules)
    return [
        Timer(id=f"{kind}:{ticket.id}:{number}", kind=kind, due=due, ticket_id=ticket.id, data={"round": number})
        for kind, due in times.items()
    ]
