"""An event that hit many homes: one word goes to all, once, at a cost that grows with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from desk import incident_news
from desk.actors import Actor, owner_actor
from desk.tickets import NewTicket
from store.conversations import Conversation
from store.incidents import IncidentState
from store.repo import Repo
from store.tickets import Category, State, Ticket
from tests.desk.conftest import APP, Office
from tests.desk.duty import alerts_of
from tests.desk.test_incidents import incidents

MANY = 64


@pytest.fixture
async def office(office: Office) -> AsyncIterator[Office]:
    chats = [
        Conversation(
            id=f"{APP}:o-n{n}",
            app_id=APP,
            openid=f"o-n{n}",
            estate_id="hy",
            resident_id=f"n{n}",
            created_at=office.clock.now(),
        )
        for n in range(MANY + 10)
    ]
    await office.stores.connection.database["conversations"].insert_many([chat.row() for chat in chats])
    yield office


async def report(office: Office, n: int, text: str = "停水了", category: Category = Category.REPAIR) -> Ticket:
    """One neighbour of building 3 writes; the worker looks at it."""
    new = NewTicket(category=category, description=text, estate_id="hy", room_id=f"hy/3-2-{n:04d}", room_name=f"3栋{n}")
    conversation = await office.stores.conversations.get(f"{APP}:o-n{n}")
    ticket = await office.desk.tickets.open(new, by=owner(n), owner_id=f"n{n}", conversation=conversation)
    await office.desk.incidents.consider(ticket)
    return ticket


def owner(n: int) -> Actor:
    return owner_actor(f"n{n}", f"n{n}")


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How many operations the stores are asked for."""
    seen: Counter[str] = Counter()
    with monkeypatch.context() as patched:
        for name in ("_one", "_list", "_insert", "_insert_new", "_update", "_update_many"):
            real = getattr(Repo, name)

            def asked(self: Repo, *args: object, _real: object = real, _name: str = name, **more: object) -> object:
                seen[f"{self.name}.{_name}"] += 1
                return _real(self, *args, **more)  # type: ignore[operator]

            patched.setattr(Repo, name, asked)
        yield seen


async def heard(office: Office, words: str) -> Counter[str]:
    """Who reads these words, how often."""
    rows = office.stores.connection.database["deliveries"].find({"text": {"$regex": words}})
    return Counter(row["person_id"] for row in await rows.to_list(2000))


async def many_reports(office: Office) -> list[str]:
    """Three who report it, and a crowd of the same kind written beside them; gives the ids of their tickets."""
    tickets = [await report(office, n) for n in range(3)]
    [incident] = await incidents(office)
    database = office.stores.connection.database
    row, parent = await database["tickets"].find_one({"_id": tickets[-1].id}), incident.members[-1].model_dump()
    assert row is not None
    crowd, members = [], []
    for n in range(3, MANY):
        who = {"owner_id": f"n{n}", "conversation_id": f"{APP}:o-n{n}", "number": f"R20260310-1{n:03}"}
        crowd.append(row | who | {"_id": f"t{n}", "effects": [], "unfinished": False})
        members.append(parent | {"ticket_id": f"t{n}", "number": who["number"], "person_id": f"n{n}"})
    await database["tickets"].insert_many(crowd)
    await database["incidents"].update_one({"_id": incident.id}, {"$push": {"members": {"$each": members}}})
    return [ticket.id for ticket in tickets] + [one["_id"] for one in crowd]


async def test_more_than_sixty_homes_hear_each_word_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = await many_reports(office)
    [incident] = await incidents(office)
    assert len(incident.members) == MANY

    li, desk = await office.actor("li"), office.desk.incidents
    # A run is short, so that a slow database does not outlast it; here it has time for a few members only.
    incident = await desk.confirm(incident, li, text="水泵坏了,正在换")
    with monkeypatch.context() as short:
        short.setattr(incident_news, "LONGEST_RUN", timedelta(seconds=0.1))
        runs = await told_to_all(office, incident.id, leaving=await office.stores.tickets.get(tickets[0]))
    assert runs > 3
    everybody = {f"n{n}": 1 for n in range(MANY)}
    first = await heard(office, "水泵坏了")
    assert first == everybody, "also whoever moved up when one was taken out meanwhile"

    late = await report(office, MANY)
    assert await heard(office, "水泵坏了") == everybody | {f"n{MANY}": 1}, "later reporters hear it at once"
    with counted(monkeypatch) as operations:
        incident = await desk.close(await desk.get(incident.number, li), "已恢复供水", li)
        await told_to_all(office, incident.id)
    assert sum(operations.values()) / MANY < 45, operations
    assert await heard(office, "已恢复供水") == {k: 1 for k in everybody if k != "n0"} | {f"n{MANY}": 1}
    states = Counter([(await office.stores.tickets.get(id)).state for id in (*tickets, late.id)])
    assert states == {State.RESOLVED: MANY, State.NEW: 1}


async def told_to_all(office: Office, id: str, *, leaving: Ticket | None = None) -> int:
    """Let the timer run to its end; ``leaving`` is taken out after the first run. Gives how many runs it took."""
    runs = 0
    incident = await office.stores.incidents.get(id)
    update = incident.updates[-1]
    while True:
        timer = await office.stores.timers.find(f"incident_tell:{update.id}")
        assert timer is not None
        if await office.desk.incident_news.tell(timer) is None:
            return runs + 1
        runs += 1
        if leaving is not None and runs == 1:
            li = await office.actor("li")
            await office.desk.incidents.remove(incident, await office.again(leaving), li)
        assert runs < 400


async def test_the_fortieth_report_costs_as_much_as_the_tenth(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[int] = []
    for n in range(40):
        with counted(monkeypatch) as operations:
            await report(office, n, "垃圾没人清,臭死了", Category.COMPLAINT)
        costs.append(sum(operations.values()))
    assert costs[39] <= costs[9] + 2, costs
    [incident] = await incidents(office)
    for member in incident.members:
        ticket = await office.stores.tickets.get(member.ticket_id)
        assert ticket.proposed_severity == "major"
        assert sum(event.kind == "severity_proposed" for event in ticket.events) <= 2
    told = {one.kind: one.text for one in await alerts_of(office, "li") if one.kind.startswith("incident_")}
    assert set(told) == {"incident_proposed", "incident_grave"} and "投诉 5 件" in told["incident_grave"]
    assert len(await alerts_of(office, "li")) < 40, "not at every report"


async def test_who_joins_in_the_very_moment_of_the_decision_is_told_or_looked_at_by_itself(office: Office) -> None:
    for n in range(3):
        await report(office, n)
    [seen] = await incidents(office)
    li, desk = await office.actor("li"), office.desk.incidents
    confirmed = await desk.confirm(seen, li, text="在抢修")
    await told_to_all(office, confirmed.id)
    # Another worker had read the proposal before, and writes its report only now.
    slow = await office.open(owner="chen", description="停水了", room_id="hy/3-1-0101")
    await office.desk.incidents._reports.join(seen, [slow], told=False)
    await office.later(seconds=1)
    assert await heard(office, "在抢修") == {"n0": 1, "n1": 1, "n2": 1, "chen": 1}

    for n in range(10, 13):
        await report(office, n, "停电了")
    outage = next(one for one in await incidents(office) if one.subject == "power")
    await desk.dismiss(outage, li, "各家跳闸")
    late = await office.open(owner="wang", description="停电了")
    assert late.room_id == "hy/3-2-1502"
    left = await office.desk.incidents._reports.join(outage, [late], told=False)
    assert left.state is IncidentState.DISMISSED and late.id not in {one.ticket_id for one in left.members}
