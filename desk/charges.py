"""Charges (有偿服务): proposed, asked in the owner's chat, answered, billed. Nothing is billed without a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from desk.actors import SYSTEM, Actor
from desk.alerts import Alerts
from desk.call_list import put_on_call_list
from desk.deliveries import Kind, Outbox
from desk.effects import SHOWN_STATES, Effects, brief
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook
from store.charges import WAITING, Charge, ChargeState, Item, Step
from store.clock import Clock
from store.deliveries import DeliveryState
from store.errors import Conflict, Duplicate
from store.ids import Ids, derived
from store.staff import Role
from store.stores import Stores
from store.tickets import Event, State, Ticket

GIVEN_UP = (State.CANCELLED, State.DECLINED, State.MERGED)
MOST_ITEMS = 20
MOST_CHARGES = 20
MOST_FEN = 10_000_000
"""A hundred thousand yuan: above it somebody mistyped."""
LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is given: a quantity and a price, as text."""

    name: str
    quantity: str
    unit_price: str
    unit: str = ""


class Charges:
    """The rules of what work costs."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        outbox: Outbox,
        effects: Effects,
        alerts: Alerts,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._effects = effects
        self._alerts = alerts
        self._clock = clock
        self._ids = ids
        effects.follow(self.follow)

    async def follow(self, ticket: Ticket, event: Event) -> None:
        """A ticket that ended without the work being done asks for no money any more; repeating it changes nothing."""
        if ticket.charge is None or ticket.state not in GIVEN_UP:
            return
        charge = await self._stores.charges.get(str(ticket.charge["id"]))
        if charge.state in WAITING:
            await self._end(charge, ticket, SYSTEM, "这张单不做了")
        await self._stores.tickets.mark(ticket.id, {"charge": None})

    async def current(self, ticket: Ticket) -> Charge | None:
        """The charge that counts: the newest that was not taken back."""
        found = await self._stores.charges.of_ticket(ticket.id)
        return next((one for one in found if one.state is not ChargeState.WITHDRAWN), None)

    async def propose(
        self, ticket: Ticket, lines: Sequence[Line], by: Actor, *, note: str = "", key: str | None = None
    ) -> Charge:
        """Write a price down and ask the owner in their chat. One that still waits is taken back by it."""
        self._may(ticket, by)
        if not ticket.is_open:
            raise Illegal("这张单已经结束", state=ticket.state.value)
        items = tuple(item_of(line) for line in lines)
        total = sum(item.amount for item in items)
        if not items or len(items) > MOST_ITEMS or not 0 < total <= MOST_FEN:
            raise Incomplete(f"写 1-{MOST_ITEMS} 项,合计要大于 0", items=len(items), total=yuan(total))
        known = await self._stores.charges.of_ticket(ticket.id)
        key = key or self._ids.new()
        again = next((one for one in known if one.key == key), None)
        if again is not None:
            return await self._ask(again, ticket, by)
        if any(one.state is ChargeState.BILLED for one in known) and len(known) >= MOST_CHARGES:
            raise Illegal("这张单的报价太多了", charges=len(known))
        for one in known:
            if one.state in WAITING:
                await self._end(one, ticket, by, "换了新的报价")
        now = self._clock.now()
        charge = Charge(
            id=f"{ticket.number}-{len(known) + 1}",
            ticket_id=ticket.id,
            number=ticket.number,
            estate_id=ticket.estate_id,
            person_id=ticket.owner_id,
            items=items,
            total=total,
            note=note,
            by=by.tag,
            key=key,
            steps=(Step(at=now, by=by.tag, kind="proposed", said=f"{yuan(total)} 元"),),
            created_at=now,
        )
        try:
            await self._stores.charges.add(charge)
        except Duplicate as raced:
            raise Conflict(charge.id) from raced
        await self._note(ticket, charge, "charge_proposed", by, f"{_items_said(charge)},合计 {yuan(total)} 元")
        return await self._ask(charge, ticket, by)

    async def answer(self, charge: Charge, accepted: bool, by: Actor, *, said: str, way: str, key: str = "") -> Charge:
        """What the owner said to it, with their exact words; the same answer again changes nothing."""
        to = ChargeState.ACCEPTED if accepted else ChargeState.REFUSED
        said = said.strip()[:LONGEST_ANSWER]
        if not said:
            raise Incomplete("请写下业主的原话", missing=["said"])
        if charge.state is to or (accepted and charge.state is ChargeState.BILLED):
            return charge
        if charge.state not in WAITING:
            raise Illegal("这笔费用已经有了结果", state=charge.state.value)
        ticket = await self._stores.tickets.get(charge.ticket_id)
        if by.kind == "staff":
            self._may(ticket, by)
        now = self._clock.now()
        changes = {"answer": said, "answered_at": now, "answered_by": by.tag, "way": way, "answer_key": key}
        done = await self._change(charge, to, by, said, changes)
        await self._show(ticket, None)
        await self._off_the_list(charge)
        await self._note(ticket, done, f"charge_{to.value}", by, f"{yuan(charge.total)} 元:{said}")
        await self._tell_doer(ticket, done, by)
        return done

    async def withdraw(self, charge: Charge, by: Actor, reason: str) -> Charge:
        """Take a price back that nobody has been billed; the owner hears so if they were asked."""
        ticket = await self._stores.tickets.get(charge.ticket_id)
        self._may(ticket, by)
        if charge.state is ChargeState.WITHDRAWN:
            return charge
        if charge.state in (ChargeState.BILLED, ChargeState.REFUSED):
            raise Illegal("这笔费用已经有了结果", state=charge.state.value)
        if not reason.strip():
            raise Incomplete("请写下原因", missing=["reason"])
        told = charge.state is not ChargeState.PROPOSED
        done = await self._end(charge, ticket, by, reason.strip())
        await self._show(ticket, None)
        chat = await self._effects.conversation_of(ticket) if told else None
        if chat is not None:
            texts = self._rules.of(ticket.estate_id).texts
            text = texts.say("charge.withdrawn", title=ticket.title, total=yuan(charge.total))
            await self._put(f"charge:{charge.id}:withdrawn", chat, text, ticket, by)
        return done

    async def bill(self, charge: Charge, by: Actor) -> Charge:
        """It goes to the books; only what its owner agreed to."""
        if not (by.supervises or by.role is Role.FRONTDESK):
            raise NotAllowed("入账由前台和主管来做", needs=["frontdesk", "supervisor"])
        if charge.state is ChargeState.BILLED:
            return charge
        if charge.state is not ChargeState.ACCEPTED:
            raise Illegal("业主没有同意,不能收费", state=charge.state.value)
        ticket = await self._stores.tickets.get(charge.ticket_id)
        now = self._clock.now()
        done = await self._change(charge, ChargeState.BILLED, by, "", {"billed_at": now, "billed_by": by.tag})
        await self._note(ticket, done, "charge_billed", by, f"{yuan(charge.total)} 元")
        return done

    # ---- inside ----

    @staticmethod
    def _may(ticket: Ticket, by: Actor) -> None:
        if not (by.supervises or by.role is Role.FRONTDESK or by.id == ticket.executor):
            raise NotAllowed("费用由经手人、前台或主管来办", needs=["executor", "frontdesk", "supervisor"])

    async def _ask(self, charge: Charge, ticket: Ticket, by: Actor) -> Charge:
        if charge.state is not ChargeState.PROPOSED:
            return charge
        chat = await self._effects.conversation_of(ticket)
        now = self._clock.now()
        text = self.question(charge, ticket)
        send_key = f"charge:{charge.id}"
        if chat is None:
            await put_on_call_list(
                self._stores, send_key, Kind.STAFF_REPLY, text, ticket, ticket.owner_id, now=now, why="费用要业主同意"
            )
            return charge
        await self._put(send_key, chat, text, ticket, by)
        asked = await self._change(charge, ChargeState.ASKED, by, "", {"asked_at": now})
        await self._show(ticket, asked)
        return asked

    def question(self, charge: Charge, ticket: Ticket) -> str:
        """What the owner is asked."""
        texts = self._rules.of(ticket.estate_id).texts
        return texts.say(
            "charge.ask",
            title=ticket.title,
            lines=_items_said(charge),
            total=yuan(charge.total),
            said=charge.note,
            who=ticket.executor_name,
        )

    async def _put(self, key: str, chat: Any, text: str, ticket: Ticket, by: Actor) -> None:
        now = self._clock.now()
        zone = self._rules.of(ticket.estate_id).zone
        await self._outbox.put(
            key,
            chat,
            Kind.STAFF_REPLY,
            text,
            person_id=ticket.owner_id,
            ticket_id=ticket.id,
            template={
                "who": ticket.executor_name or "管家",
                "title": "有一笔费用请您确认",
                "time": now.astimezone(zone).strftime("%Y年%m月%d日 %H:%M"),
            },
            by=by.tag,
        )

    async def _end(self, charge: Charge, ticket: Ticket, by: Actor, reason: str) -> Charge:
        done = await self._change(charge, ChargeState.WITHDRAWN, by, reason, {})
        for row in await self._stores.deliveries.of_ids([f"charge:{charge.id}"]):
            if row.state in (DeliveryState.QUEUED, DeliveryState.PARKED) and await self._stores.deliveries.move(
                row, DeliveryState.CANCELLED, at=self._clock.now()
            ):
                await self._stores.conversations.unpark(row.conversation_id, [row.id])
        await self._note(ticket, done, "charge_withdrawn", by, f"{yuan(charge.total)} 元:{reason}")
        return done

    async def _change(self, charge: Charge, to: ChargeState, by: Actor, said: str, changes: dict[str, Any]) -> Charge:
        step = Step(at=self._clock.now(), by=by.tag, kind=to.value, said=said)
        done = await self._stores.charges.change(charge, step, {"state": to, **changes})
        if done is None:
            raise Conflict(charge.id)
        return done

    async def _off_the_list(self, charge: Charge) -> None:
        """Nobody has to ring up any more to ask."""
        for row in await self._stores.deliveries.of_ids([f"charge:{charge.id}"]):
            if row.to_call and not row.checked:
                changes = {"checked": True, "attention": False}
                await self._stores.deliveries.move(row, row.state, at=self._clock.now(), changes=changes)

    async def _note(self, ticket: Ticket, charge: Charge, kind: str, by: Actor, said: str) -> None:
        now = self._clock.now()
        event = Event(id=derived(charge.id, kind), at=now, by=by.tag, kind=kind, note=said, data={"charge": charge.id})
        await self._stores.tickets.append(ticket.id, "events", event, changes={"updated_at": now})

    async def _show(self, ticket: Ticket, charge: Charge | None) -> None:
        """The conversation knows what waits for a yes, so that hearing it costs no look at the database."""
        waits = None if charge is None else {"id": charge.id, "at": charge.asked_at}
        await self._stores.tickets.mark(ticket.id, {"charge": waits})
        current = await self._stores.tickets.get(ticket.id)
        chat = await self._effects.conversation_of(current)
        if chat is not None and (current.is_open or current.state in SHOWN_STATES):
            await self._stores.conversations.show_ticket(chat.id, brief(current), open=True)

    async def _tell_doer(self, ticket: Ticket, charge: Charge, by: Actor) -> None:
        """Whoever waits with the work hears what the owner said."""
        if not ticket.executor or by.id == ticket.executor:
            return
        doer = await self._stores.staff.find(ticket.executor)
        if doer is None or not doer.active:
            return
        yes = charge.state is ChargeState.ACCEPTED
        word = "业主同意了,可以动手" if yes else "业主不同意,先别动手"
        text = f"【费用】{ticket.number} {ticket.title},{yuan(charge.total)} 元:{word}。"
        await self._alerts.raise_(f"charge:{charge.id}:{charge.state.value}", "charge", text, [doer], ticket=ticket)


def item_of(line: Line) -> Item:
    """A checked line; raises Incomplete."""
    name = line.name.strip()
    try:
        quantity, price = Decimal(line.quantity), Decimal(line.unit_price)
    except InvalidOperation as bad:
        raise Incomplete("数量和单价要是数字", item=name) from bad
    fine = quantity.is_finite() and price.is_finite() and 0 < quantity <= 10_000 and 0 <= price <= 100_000
    if not name or not fine or _places(quantity) > 2 or _places(price) > 2:
        raise Incomplete("每项要有名称、数量和单价,最多两位小数", item=name)
    fen = int(price * 100)
    amount = int((quantity * fen).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return Item(
        name=name,
        quantity=f"{quantity.normalize():f}",
        unit=line.unit.strip(),
        unit_price=fen,
        amount=amount,
    )


def yuan(fen: int) -> str:
    """Money as people write it: 120.00."""
    return f"{fen // 100}.{fen % 100:02d}"


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _items_said(charge: Charge) -> str:
    return "、".join(f"{item.name} {yuan(item.amount)} 元" for item in charge.items)
