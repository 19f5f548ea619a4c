"""What happened in the sample estate in the last two weeks: lived through by the real desk, its clock set back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.cli.register import person_ids
from bot.demo.sample_people import ESTATE_ID, residents
from bot.emulator.config import OfficialAccount
from bot.emulator.users import openid_for
from desk.actors import owner_actor, staff_actor
from desk.desk import Desk
from desk.effects import brief
from desk.tickets import NewTicket
from desk.transitions import transition
from desk.wording import room_name, title_of
from handlers.context import Context, Inbound
from handlers.opening import open_one, receipt
from handlers.wanted import whole
from nlp import Understanding, understand
from store.clock import to_millis
from store.conversations import Conversation
from store.messages import Answer, AnswerState, Direction, Message
from store.rooms import room_id
from store.tickets import Category, State, Ticket

PARCELS: tuple[tuple[tuple[str, str, str], str, str, str, str, float], ...] = (
    (("3", "2", "1502"), "王丽华", "顺丰", "A12", "6-2031", 5),
    (("3", "2", "1502"), "王丽华", "中通", "B03", "6-2047", 2),
    (("1", "1", "801"), "林晓峰", "京东", "A07", "6-1988", 26),
    (("2", "2", "1202"), "陈建国", "圆通", "C01", "6-1970", 50),
    (("3", "1", "602"), "赵敏", "韵达", "B11", "6-2052", 1),
)
"""Home, recipient, carrier, shelf, code, hours ago."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a ticket, so many hours after the one before."""

    to: State
    by: str
    """A colleague's user name, or ``owner``."""
    after: float
    note: str = ""
    until_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One matter, opened so many hours ago. ``who``: an owner's user name, or a number among the other residents."""

    who: str | int
    category: Category
    text: str
    hours_ago: float
    executor: str = ""
    steps: tuple[Step, ...] = ()
    severity: str | None = None
    satisfaction: int | None = None
    chat: tuple[tuple[str, str], ...] = field(default=())
    """Further lines of the conversation: ``owner`` or ``bot``, and the words."""


R, C, Q, P, S = Category.REPAIR, Category.COMPLAINT, Category.INQUIRY, Category.PARCEL, Category.SUGGESTION
A, W, D, X = State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED, State.CLOSED

CASES: tuple[Case, ...] = (
    Case(
        "lin",
        R,
        "卫生间地漏堵了,洗澡水下不去",
        312,
        "zhang",
        (
            Step(A, "zhang", 0.1),
            Step(W, "zhang", 2),
            Step(D, "zhang", 1, "疏通地漏,清出头发和杂物"),
            Step(X, "owner", 5),
        ),
        satisfaction=1,
        chat=(("owner", "修好了,张师傅很仔细,谢谢"),),
    ),
    Case(
        10,
        R,
        "单元门门禁刷卡没反应",
        288,
        "chenshifu",
        (Step(A, "chenshifu", 0.3), Step(W, "chenshifu", 1), Step(D, "chenshifu", 2, "更换读卡器"), Step(X, "li", 30)),
    ),
    Case(
        "chen",
        C,
        "楼上半夜还在装修,吵得睡不着",
        264,
        "li",
        (Step(A, "li", 0.2), Step(D, "li", 6, "上门告知装修时间,已签承诺书"), Step(X, "owner", 20)),
        severity="important",
        satisfaction=2,
        chat=(("owner", "这两天安静了"),),
    ),
    Case(
        8,
        R,
        "客厅灯不亮了",
        216,
        "zhang",
        (Step(A, "zhang", 0.1), Step(W, "zhang", 1), Step(D, "zhang", 0.5, "更换灯座"), Step(X, "li", 40)),
    ),
    Case(
        "zhao",
        R,
        "空调外机噪音很大",
        190,
        "chenshifu",
        (Step(A, "chenshifu", 0.4), Step(D, "chenshifu", 20, "紧固支架并加减震垫"), Step(X, "owner", 8)),
        satisfaction=3,
        chat=(("owner", "修是修好了,就是来得太慢"),),
    ),
    Case(12, S, "建议在小区东门加装一个非机动车充电桩", 170, "manager", (Step(A, "manager", 12),)),
    Case(
        20,
        P,
        "快递显示已签收但是我没拿到,单号尾号3312",
        120,
        "xiaozhou",
        (Step(A, "xiaozhou", 0.2), Step(D, "xiaozhou", 5, "放错货架,已找到并通知来取"), Step(X, "li", 40)),
    ),
    Case(
        "sun",
        R,
        "阳台窗户关不严,下雨会渗水",
        96,
        "zhang",
        (Step(A, "zhang", 0.2), Step(State.WAITING_PARTS, "zhang", 4, "密封条要订货", until_hours=18)),
        chat=(("owner", "大概什么时候能好?"),),
    ),
    Case(25, C, "地库保洁好几天没打扫,有异味", 50, "li", (Step(A, "li", 0.5), Step(W, "li", 2)), severity="minor"),
    Case(
        30,
        R,
        "厨房水龙头一直滴水",
        30,
        "zhang",
        (Step(A, "zhang", 0.1), Step(W, "zhang", 3), Step(D, "zhang", 1, "更换阀芯"), Step(X, "li", 4)),
    ),
    Case("he", Q, "想问下装修押金什么时候能退", 5, "xiaozhou", (Step(A, "xiaozhou", 0.2),)),
    Case(35, R, "3号楼2单元电梯有异响", 2, "chenshifu", (Step(A, "chenshifu", 0.1), Step(W, "chenshifu", 0.7))),
    Case(40, R, "楼道灯坏了一盏", 0.1),
)


class PastClock:
    """Business time as the history tells it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return self.at

    def wall(self) -> datetime:
        """The same: nobody holds a lease in the past."""
        return self.at


async def live_through(desk: Desk, now: datetime) -> None:
    """Open every case and take its steps, each at its time. Owners heard of it then, so nothing is pushed now."""
    clock = PastClock(now)
    past = Desk(desk.stores, clock, ids=desk.ids)
    await past.rules.refresh()
    for number, case in enumerate(CASES):
        clock.at = to_millis(now - timedelta(hours=case.hours_ago))
        await _Life(past, clock, case, f"sample:{number}", now).live()


async def live(past: Desk, clock: PastClock, case: Case, key: str, now: datetime) -> Ticket:
    """One case by a desk whose clock is set back; gives its ticket."""
    return await _Life(past, clock, case, key, now).live()


class _Life:
    """One case on its way."""

    def __init__(self, desk: Desk, clock: PastClock, case: Case, key: str, now: datetime) -> None:
        self._desk = desk
        self._clock = clock
        self._case = case
        self._key = key
        self._now = now
        self._lines: list[Message] = []
        self._last = case.text

    async def live(self) -> Ticket:
        """Open it, take its steps, leave its lines in the conversation."""
        conversation = await self._conversation()
        ticket = await (self._told(conversation) if conversation else self._noted())
        if self._case.executor and ticket.executor is None and ticket.is_open:
            frontdesk = staff_actor(await self._desk.stores.staff.get("xiaozhou"))
            ticket = await self._desk.tickets.assign(
                ticket, await self._desk.stores.staff.get(self._case.executor), frontdesk
            )
        for number, step in enumerate(self._case.steps):
            self._clock.at = to_millis(self._clock.at + timedelta(hours=step.after))
            ticket = await self._step(ticket, step, f"{self._key}:{number}", conversation)
        for number, (who, words) in enumerate(self._case.chat):
            self._clock.at = to_millis(self._clock.at + timedelta(minutes=3))
            direction = Direction.INBOUND if who == "owner" else Direction.OUTBOUND
            self._line(conversation, direction, words, f"{self._key}:chat:{number}", ticket)
        if conversation is not None:
            await self._desk.stores.messages.add(self._lines)
            wrote = max(line.at for line in self._lines if line.direction is Direction.INBOUND)
            if conversation.last_at is None or conversation.last_at < self._clock.at:
                await self._desk.stores.conversations.change(
                    conversation.id,
                    {"last_line": self._last[:60], "last_at": self._clock.at, "last_inbound_at": wrote},
                )
        return ticket

    async def _conversation(self) -> Conversation | None:
        if isinstance(self._case.who, int):
            return None
        account = OfficialAccount().app_id
        return await self._desk.stores.conversations.get(f"{account}:{openid_for(account, self._case.who)}")

    async def _told(self, conversation: Conversation) -> Ticket:
        """Opened by a message, as the chat does it; the receipt was its passive answer."""
        at = self._clock.at
        understanding = understand(self._case.text, now=at)
        message = Inbound(key=self._key, kind="text", text=self._case.text, understanding=understanding, at=at)
        rules = self._desk.rules.of(ESTATE_ID)
        context = Context(desk=self._desk, rules=rules, conversation=conversation, message=message, now=at)
        opened = await open_one(context, whole(understanding), category=self._case.category)
        await self._desk.stores.conversations.show_ticket(
            conversation.id, brief(opened.ticket), open=opened.ticket.is_open
        )
        answer = Answer(text=receipt(context, opened, hint=False), state=AnswerState.WRITTEN)
        self._line(conversation, Direction.INBOUND, self._case.text, self._key, opened.ticket, answer, understanding)
        return opened.ticket

    async def _noted(self) -> Ticket:
        """Told at the front desk or by phone, and written down there."""
        assert isinstance(self._case.who, int)
        entry = residents()[self._case.who]
        staff = staff_actor(await self._desk.stores.staff.get("xiaozhou"))
        new = NewTicket(
            category=self._case.category,
            description=self._case.text,
            title=title_of(self._case.text),
            severity=self._case.severity,
            estate_id=ESTATE_ID,
            room_id=room_id(ESTATE_ID, *entry.place),
            room_name=room_name(*entry.place),
            phone=entry.phone,
        )
        owner = person_ids(self._desk, entry)[0]
        return await self._desk.tickets.open(
            new, by=staff, owner_id=owner, owner_name=entry.name, origin="staff", key=self._key
        )

    async def _step(self, ticket: Ticket, step: Step, key: str, conversation: Conversation | None) -> Ticket:
        if step.by == "owner":
            outcome = await self._desk.revisits.answer(
                ticket.id,
                fixed=True,
                satisfaction=self._case.satisfaction,
                words="",
                by=owner_actor(ticket.owner_id, ticket.owner_name),
                key=key,
            )
            return outcome.ticket
        row = transition(ticket.state, step.to)
        until = to_millis(self._now + timedelta(hours=step.until_hours)) if step.until_hours else None
        by = staff_actor(await self._desk.stores.staff.get(step.by))
        note = step.note or ("已处理好" if step.to is State.RESOLVED else None)
        moved = await self._desk.tickets.move(ticket, step.to, by, note=note, until=until, key=key, tell=False)
        if conversation is not None and row is not None and row.push:
            words = self._pushed(moved, row.push)
            self._line(conversation, Direction.OUTBOUND, words, f"out:{key}", moved, by=by.tag)
        return moved

    def _pushed(self, ticket: Ticket, name: str) -> str:
        """What the owner was told then."""
        rules = self._desk.rules.of(ESTATE_ID)
        name = rules.texts.for_category(name, ticket.category.letter)
        said = self._desk.effects.variables(ticket, ticket.events[-1], self._clock.at, rules)
        return rules.texts.say(name, **said)

    def _line(
        self,
        conversation: Conversation | None,
        direction: Direction,
        text: str,
        id: str,
        ticket: Ticket,
        answer: Answer | None = None,
        understanding: Understanding | None = None,
        by: str = "",
    ) -> None:
        if conversation is None:
            return
        self._last = text
        self._lines.append(
            Message(
                id=id,
                conversation_id=conversation.id,
                direction=direction,
                at=self._clock.at,
                text=text,
                understanding=understanding.to_dict() if understanding else None,
                answer=answer,
                handled_at=self._clock.at,
                by=by,
                ticket_id=ticket.id,
                created_at=self._clock.at if direction is Direction.INBOUND else None,
            )
        )
