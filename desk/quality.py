"""The staff's own look at finished work (质量检查); what the resident says of it is another thing."""

from __future__ import annotations

from desk.actors import Actor
from desk.errors import Illegal, Incomplete, NotAllowed
from store.clock import Clock
from store.ids import Ids, derived
from store.staff import Role
from store.stores import Stores
from store.tickets import QualityCheck, State, Ticket

DONE = (State.RESOLVED, State.CLOSED)
BEST = 5


class Quality:
    """Keeps what colleagues found when they looked at a piece of work."""

    def __init__(self, stores: Stores, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._clock = clock
        self._ids = ids

    async def check(
        self, ticket: Ticket, passed: bool, by: Actor, *, score: int | None = None, words: str = "", key: str = ""
    ) -> Ticket:
        """Write one check down; never by who did the work. The same key: the same check."""
        if not by.supervises and by.role is not Role.FRONTDESK:
            raise NotAllowed("质量检查由前台和主管来做", needs=["frontdesk", "supervisor"])
        if by.id == ticket.executor:
            raise NotAllowed("干活的人不能检查自己的活", executor=by.id)
        if ticket.state not in DONE:
            raise Illegal("办完以后再检查", state=ticket.state.value)
        if score is not None and not 1 <= score <= BEST:
            raise Incomplete("分数是 1 到 5", score=score)
        if not passed and not words.strip():
            raise Incomplete("不合格要写明原因", missing=["words"])
        check = QualityCheck(
            id=derived(key, f"quality:{ticket.id}") if key else self._ids.new(),
            at=self._clock.now(),
            by=by.tag,
            passed=passed,
            score=score,
            words=words.strip(),
        )
        await self._stores.tickets.append(ticket.id, "checks", check)
        return await self._stores.tickets.get(ticket.id)
