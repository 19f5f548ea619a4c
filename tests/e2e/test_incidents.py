"""Many homes, one event: from the third report to the closing word, and whoever reports it in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.emulator.client import Phone
from store.bindings import Binding
from store.ids import derived
from store.incidents import IncidentState
from store.residents import Resident
from store.rooms import Room, room_id
from store.tickets import State
from tests.house import OWNERS, SUPERVISOR, House, StaffSession


@pytest.fixture(autouse=True)
def only_here() -> Iterator[None]:
    """The neighbours move out again: the next test has the estate as it was."""
    known = dict(OWNERS)
    yield
    OWNERS.clear()
    OWNERS.update(known)


async def neighbours(house: House, many: int) -> list[Phone]:
    """So many owners of building 3."""
    now = house.clock.now()
    phones = []
    for n in range(many):
        name, number = f"n{n}", f"{n + 1:02}01"
        id = room_id("hy", "3", "1", number)
        shown = f"3栋1单元{number}"
        await house.stores.rooms.add([Room(id=id, estate_id="hy", building="3", unit="1", number=number, name=shown)])
        sealed = house.stores.sealer.phone(f"1390001{n:04}")
        person = Resident(id=derived(name, "r"), name=f"邻居{n}", phone=sealed, created_at=now)
        await house.stores.residents.add([person])
        binding = Binding(id=derived(name, "b"), resident_id=person.id, room_id=id, estate_id="hy", starts_at=now)
        await house.stores.bindings.add([binding])
        OWNERS[name] = (f"邻居{n}", "3", "1", number, f"1390001{n:04}")
        phones.append(await house.owner(name))
    return phones


async def seen(house: House) -> None:
    """What follows from opening a ticket is written by a worker a moment later."""
    await house.work()


async def reported(house: House, phones: list[Phone], words: list[str]) -> None:
    for phone, text in zip(phones, words, strict=True):
        push = await phone.says(text)
        assert push.fault is None and "单号" in (push.reply or ""), push.reply
    await seen(house)


async def the_incident(staff: StaffSession, state: str = "") -> dict[str, object]:
    listed = await staff.call("GET", f"incidents?state={state}" if state else "incidents")
    [row] = listed["items"]
    return dict(row)


async def test_three_alike_reports_become_one_event_with_one_word_to_all(house: House) -> None:
    phones = await neighbours(house, 5)
    li = await house.sign_in(SUPERVISOR)
    await reported(house, phones[:2], ["停水了", "家里没水了"])
    assert (await li.call("GET", "incidents"))["items"] == [], "two are not many"
    await reported(house, phones[2:3], ["我们家也停水了"])
    row = await the_incident(li, "proposed")
    assert (row["title"], row["people"], row["reports"], row["building"]) == ("3 栋停水", 3, 3, "3")
    for phone in phones[:3]:
        assert not any("已知晓" in item.text for item in await phone.screen()), "nothing is said before it is confirmed"

    expected = (house.clock.now() + timedelta(hours=2)).isoformat()
    body = {"text": "主管道爆裂，正在换管", "expected_at": expected}
    await li.call("POST", f"incidents/{row['number']}/confirm", body)
    await house.work()
    for phone in phones[:3]:
        said = await phone.wait_for("已知晓")
        assert "3 栋停水" in said.text and "主管道爆裂" in said.text and "预计今天" in said.text
    await house.work()

    # Whoever reports it now is answered at once, and linked.
    reply = (await phones[3].says("我家没水")).reply or ""
    assert reply.startswith("已知晓，3 栋停水的事正在抢修，预计今天") and "单号 R" in reply
    trapped = (await phones[4].says("电梯里困人了，快来")).reply or ""
    assert "已知晓" not in trapped, "danger gets its own answer"
    await seen(house)
    full = await li.call("GET", f"incidents/{row['number']}")
    assert (full["people"], full["state"]) == (4, "confirmed")
    late = [item.text for item in await phones[3].screen() if "已知晓" in item.text and "不用再报" in item.text]
    assert late == [], "they read it in the answer"

    # Closing it goes to everybody once and resolves every ticket.
    house.clock.move(hours=1)
    await li.call("POST", f"incidents/{row['number']}/close", {"text": "水管换好了，水已经来了"})
    await house.work()
    for phone in phones[:4]:
        closed = [item.text for item in await phone.screen() if "处理好了" in item.text]
        assert len(closed) == 1 and "水已经来了" in closed[0], closed
        [ticket] = await house.tickets_of(phone)
        assert (ticket.state, ticket.resolution) == (State.RESOLVED, "水管换好了，水已经来了")
        assert any(link["kind"] == "incident" for link in ticket.links)
    assert (await house.stores.incidents.by_number(str(row["number"]))).state is IncidentState.CLOSED


async def test_what_a_supervisor_dismissed_is_not_proposed_again_by_the_same_reports(house: House) -> None:
    phones = await neighbours(house, 4)
    li = await house.sign_in(SUPERVISOR)
    await reported(house, phones[:3], ["停电了"] * 3)
    row = await the_incident(li, "proposed")
    await li.call("POST", f"incidents/{row['number']}/dismiss", {"reason": "各家自己跳闸"})
    await reported(house, phones[3:], ["没电了"])
    assert (await li.call("GET", "incidents?state=proposed"))["items"] == []
    await li.call("POST", f"incidents/{row['number']}/confirm", {}, expect=409)


async def test_the_update_of_a_worker_that_died_reaches_everybody_once(house: House) -> None:
    phones = await neighbours(house, 3)
    li = await house.sign_in(SUPERVISOR)
    await reported(house, phones, ["停水了"] * 3)
    row = await the_incident(li, "proposed")
    await li.call("POST", f"incidents/{row['number']}/confirm", {"text": "在查"})
    incident = await house.stores.incidents.by_number(str(row["number"]))
    assert incident.unfinished
    # Told to one of them; then the same timer runs from the start, twice.
    [timer] = [one for one in await house.stores.timers.due(at=house.clock.now()) if one.kind == "incident_tell"]
    await house.desk.incident_news.tell(timer)
    await house.stores.incidents.set(incident.id, {f"progress.{incident.updates[0].id}": 0})
    await house.work()
    for phone in phones:
        assert sum("已知晓" in item.text for item in await phone.screen()) == 1
    assert not (await house.stores.incidents.get(incident.id)).unfinished
