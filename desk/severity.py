"""How grave a complaint is (domain.md, 3): proposed by rules with their reasons, decided by a supervisor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from desk import promises
from desk.actors import SYSTEM, Actor
from desk.effects import Effects
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.problems import Telling
from desk.rulebook import Rulebook
from desk.settings import TradeSettings
from desk.tickets import Tickets
from desk.timers import Schedule
from store.clock import Clock
from store.errors import Conflict
from store.ids import Ids, derived
from store.promises import PromiseState
from store.stores import Stores
from store.tickets import Category, Event, State, Ticket
from store.timers import Timer

RANK = {None: 0, "minor": 1, "important": 2, "major": 3}
ANGRY = -0.8
"""A tone below this disturbs seriously."""
SEVERAL = 2
"""So many requests after the promised time are several."""

_INJURY = re.compile(
    "(?:摔|砸|夹|撞|烫|打|咬|碰|刮)[^,，。]{0,3}(?:伤|到(?:人|孩子|老人|我|他|她|头|腿|手|脚)|了(?:孩子|老人|人|手|脚|头))"
    "|受伤|流血|骨折|住院|送医|摔倒|摔了一跤|触电|打人"
)
_OURS = re.compile(
    "你们|物业|保安|保洁|师傅|维修工|门岗|电梯|道闸|外墙|井盖|地面|台阶|树|广告牌|公共|楼道|车库|小区|天花|墙皮|玻璃"
)
_LOSS = re.compile("(?:泡|淹|砸|刮|撞|弄|打|压|烧|毁)(?:了|坏|烂|碎|掉|没)|损失|报废|被(?:偷|盗)|失窃|偷了")
_SERIOUS = re.compile(
    "睡不着|没法(?:睡|住|休息|上班|生活|出门)|影响(?:休息|睡觉|生活|学习|工作|上班)|天天|每天(?:都|晚上)|夜里|半夜|凌晨|孩子(?:要)?(?:上学|考|睡)"
    "|老人|孕妇|臭|发霉|漏到楼下|进不了门|出不去|没地方停"
)
_RUDE = re.compile("态度|骂|吼|凶|不耐烦|爱理不理|推三阻四|甩脸|怼|不礼貌|没礼貌")
_OUTAGE = re.compile("(?:整栋|全楼|整个小区|全小区|一栋楼|好几栋|几栋)[^,，。]{0,8}(?:停|没)(?:水|电|气|暖)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A severity, and why."""

    severity: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    text: str
    sentiment: float = 0.0
    nudges: int = 0
    reopened: int = 0
    late: bool = False
    """A promised or due time passed and it is not done."""
    slips: int = 0
    open_for_days: float = 0.0
    owners: int = 1
    """So many owners report the same."""
    outage: bool = False
    """An incident says that water, power or a lift is gone for many."""


def propose(facts: Facts, settings: TradeSettings) -> Proposal:
    """The gravest that any rule says, with the reasons of that degree."""
    text = facts.text
    major: list[str] = []
    chased = facts.nudges + facts.slips + facts.reopened
    if (facts.late or facts.slips) and chased >= SEVERAL:
        major.append(f"多次要求仍未兑现（催 {facts.nudges} 次，误点 {facts.slips} 次，重开 {facts.reopened} 次）")
    if _OURS.search(text) and _INJURY.search(text):
        major.append("可能因我方造成人员伤害")
    elif _OURS.search(text) and _LOSS.search(text):
        major.append("可能因我方造成财物损失")
    days = settings.complaints.open_for_major.days
    if facts.open_for_days >= days:
        major.append(f"投诉超过 {days} 天没解决")
    if facts.outage or _OUTAGE.search(text):
        major.append("突发大面积停用")
    if facts.owners >= settings.complaints.owners_for_major:
        major.append(f"{facts.owners} 位业主反映同一件事")
    if major:
        return Proposal("major", tuple(major))
    important: list[str] = []
    if _RUDE.search(text) and _OURS.search(text):
        important.append("员工态度问题")
    if _SERIOUS.search(text):
        important.append("严重影响生活或工作")
    if facts.sentiment <= ANGRY:
        important.append("业主情绪激动")
    if important:
        return Proposal("important", tuple(important))
    return Proposal("minor", ("可以当场解决的小事",))


class Severity:
    """Proposes when something changed, and takes the supervisor's decision."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        tickets: Tickets,
        effects: Effects,
        timers: Schedule,
        telling: Telling,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._tickets = tickets
        self._timers = timers
        self._telling = telling
        self._clock = clock
        self._ids = ids
        timers.on("severity_week", self._week)
        effects.follow(self._opened)

    async def decide(
        self, ticket: Ticket, severity: str, by: Actor, *, reason: str = "", key: str | None = None
    ) -> Ticket:
        """The supervisor's word: the targets are those of this severity from now on. Raises the rules' refusals."""
        event_id = derived(key, f"severity:{ticket.id}") if key else self._ids.new()
        if any(event.id == event_id for event in ticket.events):
            await self._tickets.finish_effects(ticket)
            return ticket
        if severity not in ("minor", "important", "major"):
            raise Incomplete("投诉分轻微、重要、重大三级", severity=["minor", "important", "major"])
        if not by.supervises:
            raise NotAllowed("投诉级别由主管来定", needs=["supervisor"])
        if ticket.category is not Category.COMPLAINT:
            raise Illegal("只有投诉分级别", category=ticket.category.value)
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        if severity == ticket.severity and ticket.events and any(e.kind == "severity" for e in ticket.events):
            return ticket
        changes: dict[str, Any] = {"severity": severity, **self._times(ticket, severity)}
        event = Event(
            id=event_id,
            at=self._clock.now(),
            by=by.tag,
            kind="severity",
            from_state=ticket.state,
            to_state=ticket.state,
            reason=reason or None,
            note=severity,
            data={"version": ticket.version + 1, "push": None, "was": ticket.severity},
        )
        try:
            decided = await self._stores.tickets.change(ticket, event, changes)
        except Conflict as lost:
            if not (isinstance(lost.current, Ticket) and any(known.id == event_id for known in lost.current.events)):
                raise
            decided = lost.current
        await self._tickets.finish_effects(decided)
        return decided

    async def reconsider(
        self, ticket_id: str, *, key: str, owners: int = 1, outage: bool = False, tell: bool = True
    ) -> Proposal | None:
        """Propose anew after something happened; a graver one is put before the supervisor. None: no complaint.

        ``tell`` off: the supervisor hears of many at once by another way.
        """
        ticket = await self._stores.tickets.get(ticket_id)
        if ticket.category is not Category.COMPLAINT or not ticket.is_open:
            return None
        facts = await self._facts(ticket, owners, outage)
        proposal = propose(facts, self._rules.of(ticket.estate_id).settings)
        await self._put(ticket, proposal, key, tell=tell)
        return proposal

    # ---- inside ----

    async def _opened(self, ticket: Ticket, event: Event) -> None:
        """A new complaint: what the rules say of it, and a look at it when it is a week old."""
        if event.kind != "opened" or ticket.category is not Category.COMPLAINT:
            return
        settings = self._rules.of(ticket.estate_id).settings
        proposal = propose(await self._facts(ticket, 1, False), settings)
        await self._put(ticket, proposal, f"opened:{ticket.id}")
        week = ticket.opened_at + settings.complaints.open_for_major
        await self._timers.plan(f"severity_week:{ticket.id}", "severity_week", week, ticket.id)

    async def _week(self, timer: Timer) -> None:
        await self.reconsider(str(timer.ticket_id), key=timer.id)

    async def _put(self, ticket: Ticket, proposal: Proposal, key: str, *, tell: bool = True) -> None:
        if proposal.severity == ticket.proposed_severity and proposal.reasons == ticket.severity_reasons:
            return
        graver = RANK[proposal.severity] > RANK.get(ticket.severity, 0)
        decided = any(event.kind == "severity" for event in ticket.events)
        changes: dict[str, Any] = {
            "proposed_severity": proposal.severity,
            "severity_reasons": list(proposal.reasons),
        }
        event = Event(
            id=derived(key, f"severity_proposed:{ticket.id}:{proposal.severity}"),
            at=self._clock.now(),
            by=SYSTEM.tag,
            kind="severity_proposed",
            note=proposal.severity,
            reason="；".join(proposal.reasons),
        )
        new = await self._stores.tickets.append(ticket.id, "events", event, changes=changes)
        if new and tell and (proposal.severity == "major" or (graver and decided)):
            said = f"建议定为{_SAID[proposal.severity]}投诉：{'；'.join(proposal.reasons)}。请主管定级"
            await self._telling.supervisors(
                ticket.id, said, key=f"{key}:severity", estate_id=ticket.estate_id, kind="severity_proposed"
            )

    async def _facts(self, ticket: Ticket, owners: int, outage: bool) -> Facts:
        now = self._clock.now()
        given = await self._stores.promises.of_ticket(ticket.id) if ticket.version or ticket.nudges else []
        ends = [at for at in (ticket.promised, ticket.due.answer_by, ticket.due.done_by) if at is not None]
        said = " ".join((ticket.description, *(addition.text for addition in ticket.additions[-5:])))
        return Facts(
            text=said,
            sentiment=float((ticket.classified or {}).get("sentiment") or 0.0),
            nudges=ticket.nudges,
            reopened=ticket.reopened,
            late=any(at <= now for at in ends),
            slips=sum(promise.state is PromiseState.SLIPPED for promise in given),
            open_for_days=(now - ticket.opened_at).total_seconds() / 86_400,
            owners=owners,
            outage=outage,
        )

    def _times(self, ticket: Ticket, severity: str) -> dict[str, Any]:
        """The targets of this severity, counted from when the clock of this ticket began."""
        rules = self._rules.of(ticket.estate_id)
        since = next((e.at for e in reversed(ticket.events) if e.kind == "reopened"), ticket.opened_at)
        as_decided = ticket.model_copy(update={"severity": severity})
        due = promises.fresh(as_decided, since, rules)
        # Who has accepted, or answered, is not asked to do so again.
        kept = {name: getattr(ticket.due, name) for name in ("accept_by", "supervisor_by", "first_answer_by")}
        due = due.model_copy(update=kept)
        changes: dict[str, Any] = {"due": due.model_dump()}
        changes["due_why"] = {**ticket.due_why, **promises.reasons(as_decided, since, rules)}
        if ticket.paused is not None and ticket.state in (State.WAITING_OWNER, State.DEFERRED):
            changes["paused"] = {**ticket.paused, "due": due.model_dump()}
        return changes


_SAID = {"major": "重大", "important": "重要", "minor": "轻微"}
