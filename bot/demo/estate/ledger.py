"""What colleagues wrote down beside the tickets: the duty log of two weeks, and what paid work came to."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from bot.demo.estate.chat import World
from bot.demo.estate.crew import Crew
from bot.demo.estate.size import Place
from store.charges import Charge, ChargeState, Item, Step
from store.clock import to_millis
from store.duty import DutyEntry, DutyPoint, DutyState, OpenPoint
from store.ids import derived
from store.tickets import Category, State, Ticket

DAYS = 14
SUPERVISOR = "li"
PAID = 0.3
"""So many repairs of a hundred cost something."""
HAPPENED = (
    ("patrol", "巡查一遍,设备房、消防通道正常"),
    ("visitor", "装修队 3 人登记进 5 栋,押证件"),
    ("key", "2 栋 1 单元 802 寄存钥匙一把,下午保洁取用"),
    ("note", "快递柜满了,通知快递员改放前台"),
    ("note", "电梯维保单位到场,2 栋电梯保养 40 分钟"),
    ("incident", "地库东口道闸抬不起来,手动放行,已报修"),
    ("patrol", "夜巡两次,3 栋楼道灯不亮一盏,已报修"),
    ("note", "业主问停水时间,按公告答复 6 户"),
)
LEFT = ("盯一下道闸维修", "5 栋装修队下午 6 点前离场", "快递柜明早清一次", "给 1102 业主回电话")
PARTS = (("换角阀", "个", 3500), ("换水龙头", "个", 12000), ("换开关面板", "个", 2500), ("疏通下水", "次", 8000))
LABOUR = 4000
SAYS = {True: ("同意", "行,换吧", "可以", "好的,修吧"), False: ("太贵了,先不换", "不同意,我自己买")}


def duty_log(world: World, where: Sequence[Place], crew: Crew) -> list[DutyEntry]:
    """Two shifts a day in each estate, signed by the next one; the last waits for its signature, today's is open."""
    found: list[DutyEntry] = []
    for place in where:
        zone = world.rules(place.id).zone
        today = world.now.astimezone(zone).date()
        chance = random.Random(f"duty:{place.id}:{world.seed}")
        front, chief = crew.front[place.id], SUPERVISOR
        for back in range(DAYS, -1, -1):
            day = today - timedelta(days=back)
            for shift, hour, by, to in (("早班", 8, front, chief), ("晚班", 16, chief, front)):
                begins = to_millis(datetime.combine(day, time(hour), zone) + timedelta(minutes=chance.randrange(9)))
                ends = begins + timedelta(hours=8 if hour == 8 else 15)
                if begins < world.now:
                    found.append(_entry(world, place, chance, f"{day}", shift, by, to, begins, ends))
    return found


def _entry(
    world: World,
    place: Place,
    chance: random.Random,
    day: str,
    shift: str,
    by: str,
    to: str,
    begins: datetime,
    ends: datetime,
) -> DutyEntry:
    id = derived(f"staff:{by}|{place.id}|{day}|{shift}", "duty")
    points = []
    for n, (kind, text) in enumerate(chance.sample(HAPPENED, chance.randint(2, 4))):
        at = to_millis(begins + timedelta(minutes=40 + n * 95 + chance.randrange(30)))
        if at < min(world.now, ends):
            points.append(DutyPoint(id=derived(id, "point", n), at=at, by=f"staff:{by}", text=text, kind=kind))
    entry = DutyEntry(
        id=id,
        estate_id=place.id,
        shift=shift,
        day=day,
        by=f"staff:{by}",
        points=tuple(points),
        opened_at=begins,
    )
    if ends >= world.now:
        return entry
    left = chance.sample(LEFT, chance.randint(0, 2))
    handed = entry.model_copy(
        update={
            "state": DutyState.HANDED,
            "handed_to": to,
            "handed_at": ends,
            "open_points": tuple(OpenPoint(id=derived(id, "open_point", n), text=text) for n, text in enumerate(left)),
            "version": 1,
        }
    )
    signed_at = to_millis(ends + timedelta(minutes=5 + chance.randrange(20)))
    if signed_at >= world.now or world.now - ends < timedelta(hours=12):
        return handed  # the one before: it waits for its signature
    changes = {"state": DutyState.SIGNED, "signed_by": f"staff:{to}", "signed_at": signed_at, "version": 2}
    return handed.model_copy(update=changes)


def charges(tickets: Sequence[Ticket], seed: int) -> Iterator[Charge]:
    """What some of the repairs cost, and what their owners said to it."""
    for ticket in tickets:
        chance = random.Random(f"charge:{seed}:{ticket.id}")
        done = ticket.state in (State.RESOLVED, State.CLOSED)
        if ticket.category is not Category.REPAIR or not done or ticket.executor is None or chance.random() > PAID:
            continue
        yield _charge(ticket, chance)


def _charge(ticket: Ticket, chance: random.Random) -> Charge:
    name, unit, price = chance.choice(PARTS)
    items = (
        Item(name=name, quantity="1", unit=unit, unit_price=price, amount=price),
        Item(name="工时", quantity="1", unit="次", unit_price=LABOUR, amount=LABOUR),
    )
    yes = chance.random() < 0.85
    resolved = ticket.resolved_at or ticket.updated_at
    asked = to_millis(max(ticket.opened_at, resolved - timedelta(minutes=50)))
    answered = to_millis(asked + timedelta(minutes=3 + chance.randrange(20)))
    doer, owner = f"staff:{ticket.executor}", f"owner:{ticket.owner_id}"
    said = chance.choice(SAYS[yes])
    state = ChargeState.BILLED if yes else ChargeState.REFUSED
    total = price + LABOUR
    steps = [
        Step(at=asked, by=doer, kind="proposed", said=f"{total // 100}.{total % 100:02d} 元"),
        Step(at=asked, by=doer, kind="asked"),
        Step(at=answered, by=owner, kind="accepted" if yes else "refused", said=said),
    ]
    if yes:
        steps.append(Step(at=resolved, by="staff:xiaozhou", kind="billed"))
    return Charge(
        id=f"{ticket.number}-1",
        ticket_id=ticket.id,
        number=ticket.number,
        estate_id=ticket.estate_id,
        person_id=ticket.owner_id,
        items=items,
        total=total,
        note="已过保修期",
        state=state,
        by=doer,
        asked_at=asked,
        answer=said,
        answered_at=answered,
        answered_by=owner,
        way="chat" if ticket.conversation_id else "phone",
        billed_at=resolved if yes else None,
        billed_by="staff:xiaozhou" if yes else "",
        steps=tuple(steps),
        version=len(steps) - 1,
        created_at=asked,
    )
