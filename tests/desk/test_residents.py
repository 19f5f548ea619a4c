"""Who somebody is and what they may see: decided from bindings, and from nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.residents import Bound
from store.bindings import Binding
from store.conversations import Conversation
from store.errors import NotFound, Unavailable
from store.estates import Estate
from store.residents import Resident
from store.rooms import Room
from tests.desk.conftest import APP, HOME, NEXT_DOOR, Office
from tests.store.samples import a_delivery

MP = "wxmini"


async def bind(office: Office, openid: str = "o-new", **wrong: str) -> Bound:
    given = {"name": "王芳", "room": HOME, "phone": "13900001502"} | wrong
    room = await office.stores.rooms.get(given["room"])
    result = await office.desk.residents.bind(APP, openid, name=given["name"], rooms=[room], phone=given["phone"])
    return result.outcome


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "陈晨"},
        {"room": NEXT_DOOR},
        {"phone": "13900000302"},
        {"name": "陈晨", "phone": "13900000302"},
        {"name": ""},
        {"phone": ""},
    ],
)
async def test_all_three_must_be_those_of_one_person(office: Office, wrong: dict[str, str]) -> None:
    assert await bind(office, **wrong) is Bound.NO_MATCH
    identity = await office.desk.residents.identify(APP, "o-new")
    assert await office.desk.residents.homes_of(identity.resident_id) == ()


async def test_right_ones_bind_and_once_more_is_already(office: Office) -> None:
    assert [await bind(office, name=" 王 芳"), await bind(office)] == [Bound.DONE, Bound.ALREADY]


async def test_who_has_moved_out_is_not_bound(office: Office) -> None:
    [binding] = await office.stores.bindings.of_resident("wang", at=office.clock.now())
    await office.desk.residents.end_binding(binding)
    assert await bind(office) is Bound.NO_MATCH
    assert (await office.stores.conversations.get(f"{APP}:o-wang")).homes == ()


async def test_two_homes_of_one_person_come_together(office: Office) -> None:
    since = office.clock.now() - timedelta(days=1)
    await office.stores.bindings.add(
        [Binding(id="two", resident_id="wang", room_id=NEXT_DOOR, estate_id="hy", starts_at=since)]
    )
    assert await bind(office, room=NEXT_DOOR) is Bound.DONE
    assert [home.room_id for home in await office.desk.residents.homes_of("wang")] == [HOME, NEXT_DOOR]


async def somebody_new(office: Office, openid: str) -> str:
    identity = await office.desk.residents.identify(APP, openid)
    chat = Conversation(id=identity.id, app_id=APP, openid=openid, resident_id=identity.resident_id)
    await office.stores.conversations.create(chat)
    return identity.resident_id


async def test_what_a_stranger_opened_comes_along(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = await somebody_new(office, "o-new")
    ticket = await office.open(owner=stranger, chat=False)
    told = a_delivery("told", conversation_id=f"{APP}:o-new", person_id=stranger)
    await office.stores.deliveries.add([told])
    with monkeypatch.context() as broken:

        async def away(*args: object) -> None:
            raise Unavailable("identities")

        broken.setattr(office.stores.identities, "change", away)
        with pytest.raises(Unavailable):
            await bind(office)
    assert await bind(office) is Bound.DONE
    assert (await office.again(ticket)).owner_id == "wang"
    assert (await office.stores.deliveries.get("told")).person_id == "wang", "listed in the mini-program"
    assert (await office.stores.conversations.get(f"{APP}:o-new")).resident_id == "wang"


async def test_what_a_known_person_opened_stays_theirs(office: Office) -> None:
    ticket = await office.open(owner="chen")
    assert await bind(office, "o-chen") is Bound.DONE
    assert (await office.again(ticket)).owner_id == "chen"


async def test_one_unionid_is_one_person_in_whichever_order_we_learn_it(office: Office) -> None:
    residents = office.desk.residents
    mini = await residents.identify(MP, "m-1")
    chat = await somebody_new(office, "o-new")
    ticket = await office.open(owner=chat, chat=False)
    await residents.learn_unionid(MP, "m-1", "u-1")
    await residents.learn_unionid(APP, "o-new", "u-1")
    one = (await residents.identify(MP, "m-1")).resident_id
    assert (await residents.identify(APP, "o-new")).resident_id == one in (mini.resident_id, chat)
    assert (await office.again(ticket)).owner_id == one
    assert await bind(office) is Bound.DONE
    assert (await residents.identify(MP, "m-1")).resident_id == "wang", "bound in the chat is bound in both"
    assert (await residents.ticket_for("wang", ticket.number)).id == ticket.id


async def test_a_code_binds_once_and_not_for_ever(office: Office) -> None:
    residents = office.desk.residents
    first, second, old = [await residents.scene_for(NEXT_DOOR, role="tenant") for _ in range(3)]
    assert len({first, second, old}) == 3 and all(len(code) <= 64 for code in (first, second))
    assert (await residents.bind_by_scene(APP, "o-new", first)).outcome is Bound.DONE
    assert (await residents.bind_by_scene(APP, "o-other", first)).outcome is Bound.EXPIRED
    assert (await residents.bind_by_scene(APP, "o-other", "guessed")).outcome is Bound.EXPIRED
    office.clock.move(days=30)
    assert (await residents.bind_by_scene(APP, "o-other", old)).outcome is Bound.EXPIRED
    with pytest.raises(NotFound):
        await residents.scene_for("hy/9-9-9999")


async def test_who_comes_back_to_a_room_is_bound_again_and_a_tenant_who_buys_is_its_owner(office: Office) -> None:
    residents = office.desk.residents
    bound = await residents.bind_by_scene(APP, "o-new", await residents.scene_for(NEXT_DOOR, role="tenant"))
    assert bound.resident_id is not None and [home.role for home in bound.homes] == ["tenant"]
    [binding] = await office.stores.bindings.of_resident(bound.resident_id, at=office.clock.now())
    await residents.end_binding(binding)
    office.clock.move(days=1)
    for role in ("tenant", "owner"):
        again = await residents.bind_by_scene(APP, "o-new", await residents.scene_for(NEXT_DOOR, role=role))
        assert [home.role for home in again.homes] == [role]


async def test_a_code_of_another_estate_binds_there(office: Office) -> None:
    await office.stores.estates.add([Estate(id="xy", name="西苑")])
    await office.stores.rooms.add(
        [Room(id="xy/1--101", estate_id="xy", building="1", unit="", number="101", name="1栋101")]
    )
    bound = await office.desk.residents.bind_by_scene(APP, "o-new", await office.desk.residents.scene_for("xy/1--101"))
    assert [home.estate_id for home in bound.homes] == ["xy"] and bound.estate_id == "xy"


async def test_a_ticket_is_seen_by_its_opener_and_the_owners_of_its_room_only(office: Office) -> None:
    now = office.clock.now()
    people = {"mate": "owner", "tenant": "tenant", "family": "family", "former": "owner", "coming": "owner"}
    for id, role in people.items():
        await office.stores.residents.add([Resident(id=id, name=id, created_at=now)])
        await office.stores.bindings.add(
            [
                Binding(
                    id=id,
                    resident_id=id,
                    room_id=HOME,
                    estate_id="hy",
                    role=role,
                    starts_at=now + timedelta(days=1 if id == "coming" else -9),
                    ends_at=now if id == "former" else None,
                )
            ]
        )
    ticket = await office.open(owner="tenant", chat=False, room_id=HOME)
    seeing = set()
    for id in (*people, "wang", "chen", "unknown"):
        try:
            await office.desk.residents.ticket_for(id, ticket.number)
        except NotFound:
            continue
        seeing.add(id)
    assert seeing == {"tenant", "mate", "wang"}
    with pytest.raises(NotFound):
        await office.desk.residents.ticket_for("wang", "R20260310-9999")
