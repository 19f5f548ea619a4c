"""Notices: whom they reach, who may approve them, what they may not lack, and what is known of planned outages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.errors import Illegal, Incomplete, NotAllowed
from desk.notices import Wording
from store.errors import Conflict, NotFound
from store.estates import Estate
from store.notices import Audience, Notice, NoticeKind, NoticeState, Outage
from store.staff import Role, Staff
from tests.desk.conftest import HOME, NEXT_DOOR, Office
from tests.desk.hall import MORNING, approved, furnished, plain, rows

NS = NoticeState


@pytest.fixture
async def hall(office: Office) -> Office:
    return await furnished(office)


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
    for writer in (ma, root):
        with pytest.raises(NotAllowed):
            await notices.approve(notice, writer, version=notice.version)
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
    assert [row.person_id for row in await hall.calls()] == ["plain"], "the empty home has no number"


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
