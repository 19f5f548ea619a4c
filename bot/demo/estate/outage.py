"""A burst main in building 2, nine days ago: seven homes report it, a supervisor makes one event of it, and it ends.

Lived through by the real desk with its clock set back; what was told then is on record as delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.demo.estate.people import Household
from bot.demo.sample_history import Case, PastClock, live
from bot.emulator.config import OfficialAccount
from bot.emulator.users import openid_for
from desk.actors import owner_actor, staff_actor
from desk.desk import Desk
from desk.revisit import UNHAPPY
from store.clock import to_millis
from store.deliveries import Attempt, DeliveryState, Rung
from store.incidents import Incident, IncidentState
from store.tickets import Category, State, Ticket
from store.timers import Timer

HOURS_AGO = 9 * 24 + 5
REPORTS = (
    "我家突然停水了",
    "2号楼停水了吗?水龙头一滴水都没有",
    "没水了,正洗着澡呢",
    "家里停水,什么时候来",
    "怎么没有水,也没通知啊",
    "厨房卫生间都不出水",
    "停水了!家里有小孩等着冲奶粉",
)
BUILDING = "2"


async def outage(desk: Desk, now: datetime, neighbours: Sequence[Household]) -> Incident | None:
    """All of it; repeating it after a crash adds nothing."""
    clock = PastClock(now)
    past = Desk(desk.stores, clock, ids=desk.ids)
    await past.rules.refresh()
    who = ["chen", "he", *(home.user for home in neighbours if home.entry.building == BUILDING)][: len(REPORTS)]
    tickets: list[Ticket] = []
    for number, (user, text) in enumerate(zip(who, REPORTS, strict=False)):
        clock.at = to_millis(now - timedelta(hours=HOURS_AGO) + timedelta(minutes=4 * number))
        case = Case(user, Category.REPAIR, text, HOURS_AGO)
        ticket = await live(past, clock, case, f"outage:{number}", now)
        await past.incidents.consider(ticket)
        tickets.append(ticket)
    incident = await _decided(past, clock, tickets, who)
    await _answered(past, clock, tickets)
    await _settled(past, who)
    return incident


async def _decided(past: Desk, clock: PastClock, tickets: Sequence[Ticket], who: Sequence[str]) -> Incident | None:
    """Confirmed, kept up to date, closed. Each word is carried to all members as the worker does it."""
    group = [one for one in await past.stores.incidents.listed(
        None, before=clock.at + timedelta(days=30), since=clock.at - timedelta(days=1), limit=10
    ) if any(member.ticket_id == tickets[0].id for member in one.members)]  # fmt: skip
    if not group:
        return None
    incident = group[0]
    li = staff_actor(await past.stores.staff.get("li"))
    if incident.state is IncidentState.PROPOSED:
        clock.at += timedelta(minutes=6)
        hour = clock.at + timedelta(hours=3)
        text = "2 号楼主供水管爆裂，抢修队已到场"
        incident = await past.incidents.confirm(incident, li, text=text, expected_at=hour, key="outage:confirm")
        await _carried(past, incident, who)
    if len(incident.updates) == 1:
        clock.at += timedelta(hours=1.5)
        incident = await past.incidents.update(incident, "管段已更换，正在试压", li, key="outage:update")
        await _carried(past, incident, who)
    if incident.state is IncidentState.CONFIRMED:
        clock.at += timedelta(hours=1)
        incident = await past.incidents.close(
            incident, "主管换好了，水已经恢复，刚来的水先放几分钟", li, key="outage:close"
        )
        await _carried(past, incident, who)
    return incident


async def _carried(past: Desk, incident: Incident, who: Sequence[str]) -> None:
    update = incident.updates[-1]
    data = {"incident": incident.id, "update": update.id, "at": update.at.isoformat()}
    timer = Timer(id=f"incident_tell:{update.id}", kind="incident_tell", due=update.at, data=data)
    await past.incident_news.tell(timer)
    await past.stores.timers.change(timer, {"state": "done"})
    await _settled(past, who)  # before the tickets move on, which takes back what still waits


async def _answered(past: Desk, clock: PastClock, tickets: Sequence[Ticket]) -> None:
    """Six are content; one is not, and is helped once more."""
    li = staff_actor(await past.stores.staff.get("li"))
    for number, one in enumerate(tickets):
        ticket = await past.stores.tickets.get(one.id)
        if ticket.state is not State.RESOLVED or ticket.revisit.round != 1:
            continue
        clock.at = to_millis(max(clock.at, ticket.updated_at) + timedelta(hours=2, minutes=7 * number))
        last = number == len(tickets) - 1
        words = "水是来了,可是发黄,也没人说一声" if last else ""
        outcome = await past.revisits.answer(
            ticket.id,
            fixed=True,
            satisfaction=UNHAPPY if last else 1 + number % 2,
            words=words,
            by=owner_actor(ticket.owner_id, ticket.owner_name),
            key=f"outage:{number}:revisit",
        )
        if last and outcome.ticket.state is State.ACCEPTED:
            clock.at += timedelta(hours=1)
            again = await past.tickets.move(outcome.ticket, State.IN_PROGRESS, li, tell=False)
            clock.at += timedelta(minutes=40)
            note = "放水二十分钟后清澈,已向业主说明并致歉"
            await past.tickets.move(again, State.RESOLVED, li, note=note, tell=False)
            done = await past.revisits.answer(
                ticket.id,
                fixed=True,
                satisfaction=2,
                words="",
                by=owner_actor(ticket.owner_id, ticket.owner_name),
                key="outage:again",
            )
            assert done.closed


async def _settled(past: Desk, users: Sequence[str]) -> None:
    """What was queued then has long arrived."""
    account = OfficialAccount().app_id
    for user in users:
        for row in await past.stores.deliveries.open_of(f"{account}:{openid_for(account, user)}"):
            sent = Attempt(rung=Rung.CUSTOMER, at=row.created_at, errcode=0)
            changes = {"sent_at": row.created_at, "rungs_used": [Rung.CUSTOMER], "tries": 1}
            await past.stores.deliveries.move(
                row, DeliveryState.DELIVERED, at=row.created_at, attempt=sent, changes=changes
            )
