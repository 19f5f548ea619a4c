"""Alike reports: what counts as the same thing, when they are proposed as one event, and who may decide."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.alike import group
from desk.errors import Illegal, Incomplete, NotAllowed
from store.bindings import Binding
from store.conversations import Conversation
from store.incidents import Incident, IncidentState
from store.residents import Resident
from store.tickets import Category, State, Ticket
from tests.desk.conftest import APP, Office

R, C = Category.REPAIR, Category.COMPLAINT


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("3", R, "停水了", None), ("3", C, "家里没水半天了没人管", None), True),
        (("3", R, "停水了", None), ("5", R, "停水了", None), False),
        (("3", R, "停水了", None), ("3", R, "停电了", None), False),
        (("3", R, "没热水", None), ("3", R, "停水了", None), False),
        (("3", R, "电梯坏了", "电梯"), ("3", C, "电梯又停了", "电梯"), True),
        (("3", C, "楼上太吵了", None), ("3", C, "半夜施工", None), True),
        (("3", R, "马桶堵了", "马桶"), ("3", R, "马桶返水", "马桶"), True),
        (("3", R, "马桶堵了", "马桶"), ("3", R, "厨房灯不亮", "灯"), False),
    ],
)
def test_what_is_about_the_same_thing(
    one: tuple[str, Category, str, str | None], other: tuple[str, Category, str, str | None], same: bool
) -> None:
    keys = []
    for building, category, text, subject in (one, other):
        found = group("hy", f"hy/{building}-1-101", category, text, subject)
        assert found is not None
        keys.append(found.key)
    assert (keys[0] == keys[1]) is same


def test_a_building_in_the_words_counts_and_what_names_nothing_is_alone() -> None:
    named = group("hy", None, R, "3栋停水了", None)
    assert named is not None and named.building == "3"
    assert group("hy", "hy/3-1-101", R, "坏了", None) is None
    assert group("hy", "hy/3-1-101", Category.INQUIRY, "停水了吗", None) is None


@given(st.text(max_size=60), st.one_of(st.none(), st.text(max_size=10)))
def test_any_words_can_be_compared(text: str, subject: str | None) -> None:
    found = group("hy", "hy/3-1-101", R, text, subject)
    assert found is None or found.key == group("hy", "hy/3-1-101", R, text, subject).key  # type: ignore[union-attr]


async def neighbour(office: Office, name: str) -> None:
    """Somebody in building 3, with a chat."""
    now = office.clock.now()
    await office.stores.residents.add([Resident(id=name, name=name, created_at=now)])
    room = f"hy/3-2-{name}"
    await office.stores.bindings.add(
        [Binding(id=f"{name}-1", resident_id=name, room_id=room, estate_id="hy", starts_at=now)]
    )
    chat = Conversation(
        id=f"{APP}:o-{name}", app_id=APP, openid=f"o-{name}", estate_id="hy", resident_id=name, created_at=now
    )
    await office.stores.conversations.create(chat)


async def reports(office: Office, many: int, text: str = "停水了", start: int = 0, **more: object) -> list[Ticket]:
    found = []
    for n in range(start, start + many):
        name = f"n{n}"
        await neighbour(office, name)
        found.append(await office.open(owner=name, description=text, room_id=f"hy/3-2-{name}", **more))  # type: ignore[arg-type]
        await office.later(seconds=1)
    return found


async def incidents(office: Office) -> list[Incident]:
    now = office.clock.now()
    return await office.stores.incidents.listed(
        None, before=now + timedelta(days=1), since=now - timedelta(days=30), limit=50
    )


async def test_the_third_owner_within_two_hours_makes_a_proposal_for_the_supervisor(office: Office) -> None:
    await reports(office, 2)
    assert await incidents(office) == []
    await reports(office, 1, start=2)
    [incident] = await incidents(office)
    assert (incident.state, incident.title, len(incident.members)) == (IncidentState.PROPOSED, "3 栋停水", 3)
    now = office.clock.now()
    alerts = await office.stores.alerts.of_staff(
        "li", before=now + timedelta(days=1), since=now - timedelta(days=1), limit=50
    )
    assert any(incident.number in alert.text for alert in alerts)
    await reports(office, 1, start=3)
    [incident] = await incidents(office)
    assert len(incident.members) == 4


async def test_one_owner_three_times_or_three_over_a_day_are_no_event(office: Office) -> None:
    for _ in range(3):
        await office.open(description="停水了")
        await office.later(minutes=1)
    assert await incidents(office) == []
    for n in range(3):
        await reports(office, 1, start=n)
        await office.later(hours=3)
    assert await incidents(office) == []


async def test_the_same_opening_looked_at_twice_at_once_proposes_once(office: Office) -> None:
    tickets = await reports(office, 2)
    await neighbour(office, "late")
    last = await office.open(owner="late", description="停水了", room_id="hy/3-2-late")
    consider = office.desk.incidents.consider
    await asyncio.gather(consider(last), consider(last), consider(tickets[0]))
    [incident] = await incidents(office)
    assert sorted(member.number for member in incident.members) == sorted(t.number for t in (*tickets, last))


async def test_five_owners_make_a_complaint_among_them_major(office: Office) -> None:
    complaint = (await reports(office, 1, "垃圾臭死了没人清", category=C))[0]
    await reports(office, 3, "垃圾没人清", start=1, category=C)
    assert (await office.again(complaint)).proposed_severity != "major"
    await reports(office, 1, "垃圾还没清", start=4, category=C)
    current = await office.again(complaint)
    assert current.proposed_severity == "major" and "5 位业主反映同一件事" in current.severity_reasons
    [incident] = await incidents(office)
    assert incident.severity == "major"


async def test_who_may_not_decide_and_what_is_wrong_is_refused(office: Office) -> None:
    await reports(office, 3)
    [incident] = await incidents(office)
    desk, li = office.desk.incidents, await office.actor("li")
    for who in ("zhou", "zhang"):
        with pytest.raises(NotAllowed):
            await desk.confirm(incident, await office.actor(who))
    with pytest.raises(Incomplete):
        await desk.confirm(incident, li, expected_at=office.clock.now())
    with pytest.raises(Illegal):
        await desk.close(incident, "好了", li)
    confirmed = await desk.confirm(incident, li, text="在查", key="k1")
    assert (await desk.confirm(confirmed, li, text="在查", key="k1")).version == confirmed.version
    with pytest.raises(Illegal):
        await desk.dismiss(confirmed, li, "不是")
    with pytest.raises(Incomplete):
        await desk.update(confirmed, " ", li)
    with pytest.raises(Incomplete):
        await desk.close(confirmed, " ", li)


async def test_by_hand_with_tickets_added_and_taken_out(office: Office) -> None:
    one, other = await office.open(description="地库渗水"), await office.open(owner="chen", description="车位积水")
    li, desk = await office.actor("li"), office.desk.incidents
    made = await desk.make([one], li, title="地库积水", building="", key="k1")
    assert (await desk.make([one], li, title="地库积水", building="", key="k1")).id == made.id
    confirmed = await desk.confirm(made, li, text="正在抽水")
    await office.later()
    added = await desk.add(confirmed, [other], await office.actor("zhou"))
    assert len(added.members) == 2
    [said] = [row.text for row in await office.heard("chen")]
    assert "已知晓" in said and "正在抽水" in said
    left = await desk.remove(added, await office.again(other), li)
    assert [member.number for member in left.members] == [one.number]
    assert not any(link["kind"] == "incident" for link in (await office.again(other)).links)
    await desk.close(left, "水抽干了", li)
    await office.later(seconds=2)
    assert (await office.again(one)).state is State.RESOLVED
    assert (await office.again(other)).state is State.NEW


async def test_one_person_with_two_tickets_hears_it_once(office: Office) -> None:
    one, two = await office.open(description="停水了"), await office.open(description="没水了，投诉", category=C)
    li, desk = await office.actor("li"), office.desk.incidents
    made = await desk.make([one, two], li)
    await desk.confirm(made, li, text="在修")
    await office.later(seconds=1)
    assert sum("已知晓" in row.text for row in await office.heard()) == 1


async def test_a_supervisor_who_lost_a_race_hears_so(office: Office) -> None:
    await reports(office, 3)
    [incident] = await incidents(office)
    li, ma, desk = await office.actor("li"), await office.actor("ma"), office.desk.incidents
    ends = await asyncio.gather(
        desk.confirm(incident, li, text="在修"), desk.dismiss(incident, ma, "不是"), return_exceptions=True
    )
    assert sum(isinstance(end, Exception) for end in ends) == 1
