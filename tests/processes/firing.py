"""kill -9 of workers in the middle of firing timers: each has its effect once, and none is late by much."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.emulator.client import Phone
from bot.timers import LONGEST_DELAY
from desk.actors import Actor, owner_actor, staff_actor
from desk.desk import Desk
from desk.settings import demo_settings
from desk.tickets import NewTicket
from store.alerts import Alert
from store.clock import SystemClock
from store.conversations import EPOCH, Conversation
from store.promises import PromiseKind
from store.tickets import Category, State, Ticket
from store.timers import Timer
from tests.house import SUPERVISOR, TECHNICIAN
from tests.processes.town import Process, Town, shown, until

ALLOWED = timedelta(seconds=30)


class Robot:
    """The staff's group robot: remembers what was posted to it."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.heard[body["text"]["content"]] += 1
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def serve(self) -> TestServer:
        app = web.Application()
        app.router.add_post("/robot", self.take)
        server = TestServer(app)
        await server.start_server()
        return server


@dataclass
class Due:
    """What was made to be due, by what it is; ids of tickets."""

    phones: list[Phone]
    rung: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    revisit: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


async def furnish_with_due_timers(town: Town, *, owners: int) -> Due:
    """Per owner: an urgent repair without anybody, one that is late, a revisit, a promise near and one missed."""
    demo = demo_settings().to_json()
    settings = {"office": {"always_open": True}, "delivery": demo["delivery"], "templates": demo["templates"]}
    assert await town.stores.settings.put("hy", settings, version=0)
    phones = await town.owners(owners + 1)
    zhang = staff_actor(await town.stores.staff.get(TECHNICIAN))
    linked = {"conversation_id": town.conversation(phones[-1]), "at": town.desk.clock.now()}
    await town.stores.staff.change(SUPERVISOR, {"wechat": linked})
    # The same desk some time ago: what it plans is due now.
    then = {ago: Desk(town.stores, SystemClock(-timedelta(minutes=ago))) for ago in (20, 21, 35, 125)}
    for desk in then.values():
        await desk.rules.refresh()
    made = Due(phones)
    for phone in phones[:-1]:
        conversation = await town.stores.conversations.get(town.conversation(phone))
        # What its opening causes is left to the workers too: they place it and plan its ladder.
        made.rung.append((await _open(then[21], conversation, urgent=True, finished=False)).id)
        late = await _open(then[35], conversation, urgent=True)
        await _accepted(then[35], late, zhang)
        made.late.append(late.id)
        done = await _accepted(then[125], await _open(then[125], conversation), zhang)
        await then[125].tickets.move(done, State.RESOLVED, zhang, note="好了")
        made.revisit.append(done.id)
        for what, due in (("near", 10), ("missed", -1)):
            ticket = await _accepted(then[20], await _open(then[20], conversation), zhang)
            at = town.desk.clock.now() + timedelta(minutes=due)
            await then[20].given.make(PromiseKind.ARRIVAL, at, zhang, text="下午三点到", ticket=ticket)
            (made.near if what == "near" else made.missed).append(ticket.id)
    return made


async def _open(desk: Desk, conversation: Conversation, *, urgent: bool = False, finished: bool = True) -> Ticket:
    new = NewTicket(
        category=Category.REPAIR,
        description="水管爆了" if urgent else "灯坏了",
        urgent=urgent,
        estate_id="hy",
        room_id=conversation.homes[0].room_id,
        room_name=conversation.homes[0].name,
    )
    owner = conversation.person_id
    ticket = await desk.tickets.open(new, by=owner_actor(owner), owner_id=owner, conversation=conversation)
    if finished:
        await desk.tickets.finish_effects(ticket)
    return await desk.stores.tickets.get(ticket.id)


async def _accepted(desk: Desk, ticket: Ticket, by: Actor) -> Ticket:
    return await desk.tickets.move(ticket, State.ACCEPTED, by)


async def workers_die_firing(town: Town, *, owners: int, kills: int, workers: int, freeze: bool = False) -> None:
    """Workers fire what is due; all are killed while one runs a timer, again and again, and others come.

    ``freeze``: they are only stopped (a machine that swaps), and go on when the others have taken over.
    """
    robot = Robot()
    server = await robot.serve()
    address = {"ALERT_WEBHOOKS": f'{{"*": "wecom:{server.make_url("/robot")}"}}'}

    async def new_workers() -> list[Process]:
        return list(await asyncio.gather(*(town.start("worker", ready=True, **address) for _ in range(workers))))

    try:
        made = await furnish_with_due_timers(town, owners=owners)
        due = len(await town.stores.timers.due(at=town.desk.clock.now(), limit=5000))
        assert due >= owners * 4
        held, late = 0, [0.0]
        there = await new_workers()
        for _ in range(kills):
            await _running_or_over(town)
            gone = there
            for worker in gone:
                await (_freeze(worker) if freeze else town.kill(worker))
            killed = time.monotonic()
            left = await _running(town)
            there = await new_workers()
            # A machine that is busy starts a process slowly: the thirty seconds are those of workers that are there.
            nobody = time.monotonic() - killed
            if left:
                held += len(left)
                late.append(await _ended(town, left, killed) - nobody)
            for worker in gone if freeze else ():
                os.kill(worker.pid, signal.SIGCONT)
        took = await until(lambda: _all_quiet(town), 60, "every timer has fired and every push has left")
        await _fired_once(town, made, robot)
        print(f"\n{due} timers due, {kills} times all workers gone, {held} timers held by them,")
        print(f"the latest fired {max(late):.1f} s after others were there; all quiet {took:.1f} s later")
        assert max(late) <= ALLOWED.total_seconds() and LONGEST_DELAY < ALLOWED
        assert all(worker.runs for worker in there)
    finally:
        await server.close()


async def _freeze(worker: Process) -> None:
    os.kill(worker.pid, signal.SIGSTOP)


async def _running(town: Town) -> list[Timer]:
    rows = town.stores.connection.database["timers"].find({"state": "running"})
    return [Timer.of(row) for row in await rows.to_list(100)]


async def _running_or_over(town: Town) -> None:
    """Return while a timer is being run; also when there is none left to run."""
    began = time.monotonic()
    while not await _running(town) and await town.stores.timers.due(at=town.desk.clock.now(), limit=1):
        assert time.monotonic() - began < 40, "no worker fires anything"


async def _ended(town: Town, left: list[Timer], killed: float) -> float:
    """Seconds after the kill when what the dead worker held has had its effect."""

    async def ended() -> bool:
        now = [await town.stores.timers.find(timer.id) for timer in left]
        return all(
            one is not None and (one.state == "done" or (one.state == "pending" and one.due > town.desk.clock.now()))
            for one in now
        )

    await until(ended, ALLOWED.total_seconds() + 30, f"what the dead worker held is fired: {left}")
    return time.monotonic() - killed


async def _all_quiet(town: Town) -> bool:
    now = town.desk.clock.now()
    if await town.stores.timers.due(at=now, limit=1) or await _running(town):
        return False
    if await town.stores.tickets.opened(before=now):
        return False
    alerts = town.stores.connection.database["alerts"]
    if await alerts.count_documents({"state": {"$in": ["queued", "sending"]}}):
        return False
    return not await town.open_deliveries()


async def _fired_once(town: Town, made: Due, robot: Robot) -> None:
    """A row on the timeline, alerts and pushes: one of each, whoever died."""
    tickets = {ticket.id: ticket for ticket in await town.tickets()}
    for ticket in tickets.values():
        steps = [(e.data["step"], e.data["target"], str(e.data["due"])) for e in ticket.events if e.kind == "escalated"]
        single = [step for step in steps if step[0] != "repeat"]
        assert len(single) == len(set(single)), single
        ids = [event.id for event in (*ticket.events, *ticket.notes)]
        assert len(ids) == len(set(ids))
    for id in made.rung:
        taken = [event.data["step"] for event in tickets[id].events if event.kind == "escalated"]
        assert taken.count("remind") == taken.count("supervisor") == 1, taken
    for id in made.late:
        named = [(e.data["step"], e.data["target"]) for e in tickets[id].events if e.kind == "escalated"]
        assert named.count(("breach", "on_site")) == 1, named
    deliveries = await town.deliveries()
    for id in made.revisit:
        asked = [row for row in deliveries if row.ticket_id == id and row.kind == "revisit"]
        assert len(asked) == 1 and tickets[id].revisit.state == "asked", asked
    for id in made.near:
        assert sum("快到时间了" in (note.note or "") for note in tickets[id].notes) == 1
    for id in made.missed:
        told = [row for row in deliveries if row.ticket_id == id and ":slipped:" in row.id]
        promises = await town.stores.promises.of_ticket(id)
        assert len(told) == 1 and [one.state for one in promises] == ["slipped", "confirmed"], promises
    # The rows have derived ids: whether somebody read a thing twice is seen on their phones only.
    for phone in made.phones:
        texts = await shown(phone)
        assert len(texts) == len(set(texts)), [text for text, times in Counter(texts).items() if times > 1]
    unknown = {row.text for row in await _alerts(town) if row.state == "unknown"}
    assert all(times == 1 for times in robot.heard.values()), robot.heard
    wanted = {row.text for row in await _alerts(town) if row.way == "webhook"}
    assert wanted and wanted - unknown <= set(robot.heard), "the group heard of each"
    assert not await town.stores.timers.given_up(since=EPOCH)


async def _alerts(town: Town) -> list[Alert]:
    rows = town.stores.connection.database["alerts"].find({})
    return [Alert.of(row) for row in await rows.to_list(5000)]
