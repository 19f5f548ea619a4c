"""Notices: whom they reach, who may approve them, how they go out, and how they are taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.timers import Timers
from desk.desk import Desk
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.notices import Wording
from store.bindings import Binding
from store.clock import to_millis
from store.conversations import Allowance, Conversation
from store.deliveries import Attempt, Delivery, DeliveryState, Rung
from store.errors import Conflict, NotFound
from store.estates import Estate
from store.identities import Identity
from store.notices import Audience, Notice, NoticeKind, NoticeState, Outage
from store.residents import Resident
from store.rooms import Room, room_id
from store.staff import Role, Staff
from tests.desk.conftest import APP, HOME, NEXT_DOOR, Office

ALL = Audience()
S, NS = DeliveryState, NoticeState
MORNING = datetime.fromisoformat("2026-03-11T10:00:00+08:00")


@pytest.fixture
async def hall(office: Office) -> Office:
    """By day, beside the two owners: a tenant with the mini-program only, one without WeChat, an empty home."""
    office.clock.at = MORNING
    stores, since = office.stores, MORNING - timedelta(days=400)
    doors = [("3", "1", "101"), ("3", "1", "102"), ("3", "1", "103")]
    await stores.rooms.add(
        [
            Room(id=room_id("hy", *d), estate_id="hy", building=d[0], unit=d[1], number=d[2], name="-".join(d))
            for d in doors
        ]
    )
    for id, door, role in (("mini", doors[0], "tenant"), ("plain", doors[1], "owner")):
        await stores.residents.add([Resident(id=id, name=id, created_at=since)])
        binding = Binding(
            id=f"{id}-1", resident_id=id, room_id=room_id("hy", *door), estate_id="hy", role=role, starts_at=since
        )
        await stores.bindings.add([binding])
    mini = Identity(id="wxmini:o-mini", app_id="wxmini", openid="o-mini", resident_id="mini", created_at=since)
    await stores.identities.add(mini)
    window = Allowance(left=3, until=MORNING + timedelta(days=30))
    await stores.conversations.change(f"{APP}:o-wang", {"allowance": window.model_dump()})
    return office


async def approved(hall: Office, wording: Wording | None = None, writer: str = "zhou") -> Notice:
    """Written, handed in and approved by the manager."""
    notices = hall.desk.notices
    notice = await notices.write(wording or plain(), await hall.actor(writer))
    notice = await notices.submit(notice, await hall.actor(writer))
    return await notices.approve(notice, await hall.actor("ma"), version=notice.version)


def plain(**more: object) -> Wording:
    values: dict[str, object] = {"title": "生活水箱清洗", "body": "周六清洗生活水箱，用水不受影响。", **more}
    return Wording(estate_id="hy", **values)  # type: ignore[arg-type]


async def rows(hall: Office, notice: Notice) -> dict[str, Delivery]:
    found = await hall.stores.deliveries.of_notice(notice.id, limit=1000)
    return {row.person_id or str(row.room_id): row for row in found}


async def test_whom_it_reaches_and_by_which_way(hall: Office) -> None:
    """One with an open window, one in the mini-program only, two whom WeChat does not reach."""
    zhou = await hall.actor("zhou")
    reach = await hall.desk.notices.preview(plain(), zhou)
    assert (reach.homes, reach.people, reach.silent) == (5, 4, 2)
    assert reach.ways == {"customer": 1, "list": 2, "none": 1}, "no template is mapped: 陈 finds it in the list"
    only = plain(audience=Audience(scope="units", places=("3-1",)))
    assert (await hall.desk.notices.preview(only, zhou)).homes == 3
    owners = plain(audience=Audience(scope="buildings", places=("3",), roles=("owner",)))
    reach = await hall.desk.notices.preview(owners, zhou)
    assert (reach.homes, reach.people, reach.silent) == (2, 2, 1), "neither tenants nor empty homes"
    for audience in (
        Audience(scope="buildings"),
        Audience(scope="buildings", places=("9",)),
        Audience(scope="rooms", places=("other/1-1-101",)),
        Audience(scope="floors", places=("3",)),
    ):
        with pytest.raises(Incomplete):
            await hall.desk.notices.preview(plain(audience=audience), zhou)
    await hall.stores.estates.add([Estate(id="cx", name="春晓里")])
    await hall.desk.rules.refresh()
    with pytest.raises(NotFound):
        await hall.desk.notices.preview(Wording(estate_id="nowhere", title="x"), zhou)


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


async def test_nobody_approves_their_own_words(hall: Office) -> None:
    notices, ma, root = hall.desk.notices, await hall.actor("ma"), await hall.actor("root")
    notice = await notices.write(plain(), ma)
    with pytest.raises(Illegal):
        await notices.approve(notice, root, version=notice.version)
    notice = await notices.submit(notice, ma)
    for who in ("zhou", "zhang", "li"):
        with pytest.raises(NotAllowed):
            await notices.approve(notice, await hall.actor(who), version=notice.version)
    with pytest.raises(NotAllowed):
        await notices.approve(notice, ma, version=notice.version)
    with pytest.raises(NotAllowed):
        await notices.write(plain(), await hall.actor("zhang"))
    # Sent back and mended by the other manager: now both have worked on it.
    with pytest.raises(Incomplete):
        await notices.send_back(notice, root)
    notice = await notices.send_back(notice, root, "写清楚几点")
    stale = notice.version
    notice = await notices.edit(notice, plain(body="周六 9 点清洗。"), root, version=notice.version)
    with pytest.raises(Conflict):
        await notices.edit(notice, plain(body="x"), ma, version=stale)
    notice = await notices.submit(notice, root)
    for who in (ma, root):
        with pytest.raises(NotAllowed):
            await notices.approve(notice, who, version=notice.version)
    assert (await hall.stores.notices.get(notice.id)).state is NS.SUBMITTED


async def test_what_was_seen_is_what_is_approved(hall: Office) -> None:
    """Somebody changed it while the manager was reading."""
    notices, zhou, ma = hall.desk.notices, await hall.actor("zhou"), await hall.actor("ma")
    seen = await notices.submit(await notices.write(plain(), zhou), zhou)
    back = await notices.send_back(seen, zhou)
    changed = await notices.submit(await notices.edit(back, plain(title="停水"), zhou, version=back.version), zhou)
    with pytest.raises(Conflict):
        await notices.approve(changed, ma, version=seen.version)


async def test_an_emergency_may_be_approved_by_its_writer_with_a_reason_and_passes_the_night(hall: Office) -> None:
    hall.clock.at = MORNING + timedelta(hours=13)  # 23:00
    ma = await hall.actor("ma")
    alarm = plain(title="燃气泄漏，请立即离开", body="走楼梯下楼，不要开关电器。", kind=NoticeKind.EMERGENCY)
    notice = await hall.desk.notices.submit(await hall.desk.notices.write(alarm, ma), ma)
    with pytest.raises(Incomplete):
        await hall.desk.notices.approve(notice, ma, version=notice.version)
    notice = await hall.desk.notices.approve(notice, ma, version=notice.version, reason="夜里联系不上别人")
    again = await hall.desk.notices.approve(notice, ma, version=notice.version, reason="夜里联系不上别人")
    assert again.version == notice.version, "a second click changes nothing"
    for _ in range(3):
        await hall.later(seconds=1)
    found = await rows(hall, notice)
    assert found["wang"].kind == "emergency" and found["wang"].text.startswith("【紧急通知】燃气泄漏")
    assert sorted(row.id.rpartition(":")[2] for row in await hall.calls()) == ["hy/3-1-103", "plain"]


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
    import asyncio

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

    sending._write = slow  # type: ignore[method-assign]
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


async def test_what_a_notice_may_not_lack(hall: Office) -> None:
    notices, zhou = hall.desk.notices, await hall.actor("zhou")
    now = hall.clock.now()
    water = Outage(supply="water", starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=3))
    for wording in (
        plain(title=" "),
        plain(title="长" * 41),
        plain(body="长" * 481),
        plain(outage=water.model_copy(update={"supply": "noise"})),
        plain(outage=water.model_copy(update={"ends_at": now})),
        plain(valid_from=now, valid_to=now),
        plain(unreached="shout"),
    ):
        with pytest.raises(Incomplete):
            await notices.write(wording, zhou)
    for wording in (
        plain(body=""),
        plain(kind=NoticeKind.OUTAGE),
        plain(valid_to=now - timedelta(minutes=1)),
        plain(send_at=now + timedelta(days=2), valid_to=now + timedelta(days=1)),
        plain(valid_to=now + timedelta(days=400)),
        plain(audience=Audience(scope="buildings")),
        plain(kind=NoticeKind.OUTAGE, outage=water.model_copy(update={"buildings": ("9",)})),
    ):
        draft = await notices.write(wording, zhou)
        with pytest.raises(Incomplete):
            await notices.submit(draft, zhou)


async def test_scope_and_the_same_key(hall: Office) -> None:
    """A colleague of another estate does not learn that it exists; one of building 1 writes to building 1 only."""
    stores = hall.stores
    await stores.staff.add(Staff(id="far", name="远", role=Role.MANAGER, password="x", estates=("cx",)))
    await stores.staff.add(Staff(id="one", name="一", role=Role.FRONTDESK, password="x", buildings=("1",)))
    notices, zhou = hall.desk.notices, await hall.actor("zhou")
    first = await notices.write(plain(), zhou, key="k1")
    assert (await notices.write(plain(), zhou, key="k1")).id == first.id
    with pytest.raises(NotFound):
        await notices.get(first.number, await hall.actor("far"))
    with pytest.raises(NotFound):
        await notices.write(plain(), await hall.actor("far"))
    with pytest.raises(NotFound):
        await notices.get(first.number, await hall.actor("zhang"))
    one = await hall.actor("one")
    with pytest.raises(NotAllowed):
        await notices.write(plain(), one)
    theirs = await notices.write(plain(audience=Audience(scope="rooms", places=(NEXT_DOOR,))), one)
    assert (await notices.get(theirs.number, one)).id == theirs.id
    far = await notices.write(plain(audience=Audience(scope="rooms", places=(HOME,))), zhou)
    with pytest.raises(NotFound):
        await notices.get(far.number, one)


async def test_planned_outages_are_known_by_home_and_time(hall: Office) -> None:
    now = hall.clock.now()
    starts, ends = now + timedelta(hours=20), now + timedelta(hours=24)
    water = Outage(supply="water", starts_at=starts, ends_at=ends, reason="清洗水箱")
    wording = plain(kind=NoticeKind.OUTAGE, outage=water, body="", audience=Audience(scope="buildings", places=("3",)))
    notice = await approved(hall, wording)
    desk = hall.desk.notices

    def known(room: str | None, supply: str = "water", days: float = 2) -> Notice | None:
        return desk.outage("hy", room, supply, since=now, until=now + timedelta(days=days))

    found = known(HOME)
    assert found is not None and found.number == notice.number
    assert (known(NEXT_DOOR), known(None), known(HOME, "power"), known(HOME, days=0.5)) == (None,) * 4
    await hall.desk.notices.withdraw(notice, await hall.actor("ma"), reason="改期")
    assert known(HOME) is None


async def test_a_backlog_holds_the_next_batch_back(hall: Office) -> None:
    """Rows that wait to leave, of whatever kind: a reply of the front desk must not stand behind thousands."""
    from desk.notice_sending import MOST_WAITING

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
