"""How a notice goes out: each person once whoever dies, by day, in batches; and how it is taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.timers import Timers
from desk.desk import Desk
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.notice_sending import MOST_WAITING
from store.bindings import Binding
from store.clock import to_millis
from store.conversations import Conversation
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.notices import Audience, Notice, NoticeState
from store.rooms import room_id
from tests.desk.conftest import APP, NEXT_DOOR, Office
from tests.desk.hall import MORNING, approved, furnished, plain, rows

S, NS = DeliveryState, NoticeState


@pytest.fixture
async def hall(office: Office) -> Office:
    return await furnished(office)


async def test_everybody_gets_it_once_and_who_cannot_is_on_record(hall: Office) -> None:
    notice = await approved(hall)
    assert notice.state is NS.SCHEDULED and notice.number == "N20260311-0001"
    for _ in range(4):
        await hall.later(seconds=1)
    found = await rows(hall, notice)
    assert {who: row.state for who, row in found.items()} == {
        "wang": S.QUEUED,
        "chen": S.QUEUED,
        "mini": S.PARKED,
        "plain": S.UNDELIVERABLE,
        room_id("hy", "3", "1", "103"): S.UNDELIVERABLE,
    }
    assert (found["plain"].reason, found["mini"].reason) == ("no chat", "list only")
    assert found[room_id("hy", "3", "1", "103")].reason == "nobody bound"
    assert found["wang"].id == f"notice:{notice.id}:wang"
    assert found["wang"].text.splitlines() == [
        "【公告】生活水箱清洗",
        "周六清洗生活水箱，用水不受影响。",
        "海悦花园 · N20260311-0001",
    ]
    assert await hall.calls() == [], "an ordinary notice: a note at the door"
    current = await hall.stores.notices.get(notice.id)
    assert current.state is NS.SENT and current.done == 3
    await hall.later(seconds=3)
    counted = await hall.stores.notices.get(notice.id)
    assert counted.counts == {"queued": 2, "parked": 1, "undeliverable": 2}
    assert [event.kind for event in counted.events] == ["written", "submitted", "approved", "sending", "sent"]


async def test_an_ordinary_one_waits_for_the_day_and_for_its_time(hall: Office) -> None:
    hall.clock.at = MORNING + timedelta(hours=11, minutes=30)  # 21:30
    notice = await approved(hall)
    await hall.later(minutes=5)
    assert await rows(hall, notice) == {}
    assert (await hall.stores.notices.get(notice.id)).state is NS.SCHEDULED
    hall.clock.at = MORNING + timedelta(hours=21, minutes=59)  # 7:59
    await hall.later(seconds=0)
    assert await rows(hall, notice) == {}
    await hall.later(minutes=1, seconds=1)
    await hall.later(seconds=2)
    assert len(await rows(hall, notice)) == 5
    planned = await approved(hall, plain(send_at=hall.clock.now() + timedelta(hours=3)))
    await hall.later(hours=2.9)
    assert await rows(hall, planned) == {}
    await hall.later(hours=0.2)
    await hall.later(seconds=2)
    assert len(await rows(hall, planned)) == 5


async def test_going_through_it_again_writes_nothing_twice(hall: Office, mongodb_uri: str) -> None:
    """A worker dies after its rows were written and before it said so; another one goes on."""
    notice = await approved(hall, plain(audience=Audience(scope="units", places=("3-1", "3-2", "1-1"))))
    await hall.later(seconds=1)
    before = {who: row.seq for who, row in (await rows(hall, notice)).items()}
    changes = {"done": 0, "state": "sending"}
    await hall.stores.notices.set(notice.id, changes)
    await hall.desk.notice_sending.plan(notice, hall.clock.now())
    await hall.later(seconds=2)
    assert {who: row.seq for who, row in (await rows(hall, notice)).items()} == before
    current = await hall.stores.notices.get(notice.id)
    assert current.state is NS.SENT and current.done == 3


async def test_two_workers_at_once(hall: Office) -> None:
    """Both believe that the timer is theirs: each person has one row, and the mark ends where it should."""
    notice = await approved(hall)
    other = Desk(hall.stores, hall.clock)
    await other.rules.refresh()
    timer = await hall.stores.timers.find(f"notice_send:{notice.id}")
    assert timer is not None
    await asyncio.gather(*(desk.notice_sending.send(timer) for desk in (hall.desk, other, hall.desk, other)))
    await hall.desk.notice_sending.send(timer)
    assert len(await rows(hall, notice)) == 5
    current = await hall.stores.notices.get(notice.id)
    assert (current.state, current.done) == (NS.SENT, 3)
    assert [event.kind for event in current.events].count("sent") == 1


async def test_withdrawn_in_the_middle(hall: Office) -> None:
    """What has not left never leaves; who got it reads the correction, once; a second click does nothing more."""
    li = await hall.actor("li")
    notice = await approved(hall)
    for _ in range(3):
        await hall.later(seconds=1)
    got = (await rows(hall, notice))["wang"]
    sent = Attempt(rung=Rung.CUSTOMER, at=hall.clock.now(), errcode=0)
    await hall.stores.deliveries.move(got, S.ACCEPTED, at=hall.clock.now(), attempt=sent)
    with pytest.raises(NotAllowed):
        await hall.desk.notices.withdraw(notice, await hall.actor("zhou"), reason="日期写错了")
    notice = await hall.stores.notices.get(notice.id)
    with pytest.raises(Incomplete):
        await hall.desk.notices.withdraw(notice, li, reason=" ")
    gone = await hall.desk.notices.withdraw(notice, li, reason="改到下周六", correct=True)
    assert gone.state is NS.WITHDRAWN
    assert (await hall.desk.notices.withdraw(gone, li, reason="again")).version == gone.version
    for _ in range(5):
        await hall.later(seconds=1)
    states = {who: row.state for who, row in (await rows(hall, notice)).items()}
    assert (states["wang"], states["chen"], states["mini"]) == (S.ACCEPTED, S.CANCELLED, S.CANCELLED)
    heard = [row for row in await hall.heard() if row.id.endswith(":correction:wang")]
    assert [row.text for row in heard] == [
        "更正：公告“生活水箱清洗”作废，改到下周六。\n给您添麻烦了，以这条为准。（N20260311-0001）"
    ]
    assert [row.kind for row in await hall.heard("chen")] == ["notice"], "who has not read it is not bothered"
    assert (await hall.stores.notices.get(notice.id)).counts == {"accepted": 1, "cancelled": 2, "undeliverable": 2}


async def test_withdrawn_while_a_batch_is_being_written(hall: Office) -> None:
    """The batch that was under way takes its own rows back."""
    notice = await approved(hall)
    timer = await hall.stores.timers.find(f"notice_send:{notice.id}")
    assert timer is not None
    sending = hall.desk.notice_sending
    write = sending._write

    async def slow(current: Notice, people: object, rules: object) -> None:
        fresh = await hall.stores.notices.get(notice.id)
        if fresh.state is not NS.WITHDRAWN:
            await hall.desk.notices.withdraw(fresh, await hall.actor("li"), reason="发错了")
        await write(current, people, rules)  # type: ignore[arg-type]

    sending._write = slow  # type: ignore[method-assign, assignment]
    assert await sending.send(timer) is None
    assert {row.state for row in (await rows(hall, notice)).values()} <= {S.CANCELLED, S.UNDELIVERABLE}


async def test_it_ends_when_it_expires(hall: Office) -> None:
    until = hall.clock.now() + timedelta(hours=2)
    notice = await approved(hall, plain(valid_to=until))
    await hall.later(seconds=2)
    await hall.later(hours=2)
    current = await hall.stores.notices.get(notice.id)
    assert current.state is NS.ARCHIVED and current.ended_at is not None
    assert {row.state for row in (await rows(hall, notice)).values()} == {S.CANCELLED, S.UNDELIVERABLE}
    with pytest.raises(Illegal):
        await hall.desk.notices.withdraw(current, await hall.actor("li"), reason="x")


async def test_a_backlog_holds_the_next_batch_back(hall: Office) -> None:
    """Rows that wait to leave, of whatever kind: a reply of the front desk must not stand behind thousands."""
    now = to_millis(hall.clock.now())
    waiting = [
        Delivery(
            id=f"x{n}",
            person_id="p",
            conversation_id="c",
            app_id=APP,
            openid="o",
            seq=n,
            kind="status",
            text="x",
            not_before=now,
            created_at=now,
        )
        for n in range(MOST_WAITING)
    ]
    await hall.stores.deliveries.add(waiting)
    notice = await approved(hall)
    await hall.later(seconds=1)
    assert await rows(hall, notice) == {}
    await hall.stores.deliveries.move(waiting[0], S.CANCELLED, at=now)
    await hall.later(seconds=1)
    assert len(await rows(hall, notice)) == 5


async def test_many_in_one_batch_and_a_person_with_two_homes(hall: Office) -> None:
    """Who has two homes reads it once."""
    since = MORNING - timedelta(days=400)
    await hall.stores.bindings.add(
        [Binding(id="wang-2", resident_id="wang", room_id=NEXT_DOOR, estate_id="hy", role="tenant", starts_at=since)]
    )
    timers = Timers(Desk(hall.stores, hall.clock))
    notice = await approved(hall)
    for _ in range(4):
        hall.clock.move(seconds=1)
        await timers.poll_once()
    assert len(await rows(hall, notice)) == 5
    chat: Conversation = await hall.stores.conversations.get(f"{APP}:o-wang")
    lines = await hall.stores.messages.timeline(
        chat.id, before=hall.clock.now() + timedelta(days=1), since=since, limit=10
    )
    assert [line.text.splitlines()[0] for line in lines] == ["【公告】生活水箱清洗"]
