"""Which change of a ticket is legal, for whom, and what it needs: the table of the contract, section 5, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.errors import Illegal, Incomplete, NotAllowed
from store.staff import Role
from store.tickets import OPEN, State, Ticket

EXECUTOR = "executor"
FRONTDESK = "frontdesk"
SUPERVISOR = "supervisor"
STAFF = "staff"
OWNER = "owner"
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    sources: tuple[State, ...]
    to: State
    who: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Among reason, until, question, note, target."""
    push: str | None = None
    """Name of the text that the owner gets; None: nothing."""
    name: str = ""
    """What kind of move it is, where the target state alone does not say."""


S = State
TRANSITIONS: tuple[Transition, ...] = (
    Transition((S.NEW,), S.ACCEPTED, (EXECUTOR, FRONTDESK, SUPERVISOR), push="push.accepted"),
    Transition((S.NEW,), S.DECLINED, (SUPERVISOR,), ("reason",), push="push.declined"),
    Transition((S.ACCEPTED,), S.NEW, (EXECUTOR, SUPERVISOR), ("reason",), name="handed_back"),
    Transition((S.ACCEPTED,), S.IN_PROGRESS, (EXECUTOR, SUPERVISOR), push="push.on_the_way"),
    Transition((S.IN_PROGRESS,), S.IN_PROGRESS, (EXECUTOR, SUPERVISOR), push="push.arrived", name="progress"),
    Transition((S.ACCEPTED, S.IN_PROGRESS), S.WAITING_OWNER, (STAFF,), ("question",), push="push.waiting_owner"),
    Transition(
        (S.ACCEPTED, S.IN_PROGRESS), S.WAITING_PARTS, (EXECUTOR, SUPERVISOR), ("reason", "until"), "push.waiting_parts"
    ),
    Transition(
        (S.NEW, S.ACCEPTED, S.IN_PROGRESS), S.DEFERRED, (OWNER, SUPERVISOR), ("until", "reason"), "push.deferred"
    ),
    Transition(
        (S.WAITING_OWNER, S.WAITING_PARTS, S.DEFERRED),
        S.ACCEPTED,
        (OWNER, SYSTEM, STAFF),
        push="push.resumed",
        name="resumed",
    ),
    Transition(
        (S.ACCEPTED, S.IN_PROGRESS), S.RESOLVED, (EXECUTOR, FRONTDESK, SUPERVISOR), ("note",), push="push.resolved"
    ),
    Transition((S.RESOLVED,), S.CLOSED, (OWNER, SYSTEM, SUPERVISOR)),
    Transition(
        (S.RESOLVED, S.CLOSED),
        S.ACCEPTED,
        (OWNER, SYSTEM, SUPERVISOR),
        ("reason",),
        push="push.reopened",
        name="reopened",
    ),
    Transition(OPEN, S.CANCELLED, (OWNER, STAFF), push="push.cancelled"),
    Transition(OPEN, S.MERGED, (STAFF,), ("target",), push="push.merged"),
)
_TABLE = {(source, row.to): row for row in TRANSITIONS for source in row.sources}


def transition(source: State, to: State) -> Transition | None:
    """The row for this change, or None: it is not legal."""
    return _TABLE.get((source, to))


def targets(source: State) -> list[State]:
    """Where a ticket in this state can go."""
    return [row.to for row in TRANSITIONS if source in row.sources]


def permitted(actor: Actor, ticket: Ticket, who: tuple[str, ...]) -> bool:
    """Whether the actor is one of those whom the row names."""
    if actor.kind == "system":
        return SYSTEM in who
    if actor.kind == "owner":
        return OWNER in who
    if STAFF in who or (SUPERVISOR in who and actor.supervises):
        return True
    if FRONTDESK in who and actor.role is Role.FRONTDESK:
        return True
    # A technician without an assignment may take a new ticket: accepting makes them its executor.
    unassigned = ticket.executor is None and actor.role is Role.TECHNICIAN
    return EXECUTOR in who and (ticket.executor == actor.id or unassigned)


def check(
    ticket: Ticket, to: State, actor: Actor, given: dict[str, object], *, now: datetime, reopen_within: timedelta
) -> Transition:
    """The row that allows this change now; raises Illegal, NotAllowed or Incomplete with what to do."""
    row = transition(ticket.state, to)
    if row is None:
        raise Illegal(
            "这一步现在不能做",
            state=ticket.state.value,
            to=to.value,
            possible=[target.value for target in targets(ticket.state)],
        )
    if not permitted(actor, ticket, row.who):
        raise NotAllowed("您没有做这一步的权限", needs=list(row.who))
    if actor.kind == "staff" and actor.id in ticket.about:
        raise NotAllowed("这是关于您的投诉,由别的同事处理", needs=["somebody_else"])
    missing = [name for name in row.needs if not given.get(name)]
    if missing:
        raise Incomplete("还缺必填的内容", missing=missing)
    until = given.get("until")
    if "until" in row.needs and isinstance(until, datetime) and until <= now:
        raise Incomplete("时间要在现在之后", until=until.isoformat())
    if row.name == "reopened" and ticket.state is State.CLOSED:
        ended = ticket.ended_at or ticket.updated_at
        if now - ended > reopen_within:
            raise Illegal("关闭太久,请新开一单", closed_at=ended.isoformat(), days=reopen_within.days)
    return row
