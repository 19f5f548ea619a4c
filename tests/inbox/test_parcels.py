"""The parcel log at the front desk, from the arrival to thanks, through the whole house."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.emulator.client import Phone
from store.deliveries import DeliveryState
from store.parcels import ParcelState
from tests.e2e.outgoing import attention, pushed, texts
from tests.house import FRONTDESK, OWNERS, TECHNICIAN, House, StaffSession

SF = "SF1234567894821"
ARRIVAL: dict[str, Any] = {
    "room": "3栋2单元1502",
    "recipient": "王芳",
    "tracking": SF,
    "shelf": "A12",
    "code": "6-2031",
}


async def desk_of(house: House) -> StaffSession:
    return await house.sign_in(FRONTDESK)


async def log(house: House, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = await (await desk_of(house)).call("POST", "parcels", {**ARRIVAL, **more}, expect=201)
    return found


async def writes(phone: Phone) -> int:
    """The owner writes, so that the window is open; gives where the screen stands."""
    await phone.says("你好")
    return await phone.mark()


# ---- arrival ----


async def test_the_owner_hears_of_all_that_came_in_ten_minutes_in_one_message(house: House) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    first = await log(house)
    assert first["carrier"] == "顺丰" and first["state"] == "waiting" and first["room"] == "3栋2单元1502"
    house.clock.move(minutes=4)
    await log(house, tracking="YT8812345678901", shelf="B03", code="7-1180")
    await house.work()
    assert await texts(wang, mark) == []
    await house.later(minutes=6)

    [said] = await texts(wang, mark)
    assert "您有快递到了（顺丰），在 A12 架，取件码 6-2031，今天 21:00 前都能取。" in said
    assert "还有一件（圆通），在 B03 架，取件码 7-1180。" in said


async def test_at_night_it_waits_for_the_morning_and_for_whoever_lives_there_then(house: House) -> None:
    wang = await house.owner("wang")
    await writes(wang)
    house.clock.move(hours=12)
    mark = await wang.mark()
    await log(house)
    await house.work()
    [binding] = await house.stores.bindings.of_rooms(["hy/3-2-1502"], at=house.clock.now())
    await house.stores.bindings.end(binding.id, house.clock.now())
    await house.later(hours=11)
    assert await texts(wang, mark) == []
    assert all(entry.channel == "sent" for entry in await wang.screen(after=mark))


async def test_in_the_morning_it_is_told_for_today(house: House) -> None:
    wang = await house.owner("wang")
    await writes(wang)
    house.clock.move(hours=12)
    mark = await wang.mark()
    await log(house)
    await house.later(hours=9)
    assert await texts(wang, mark) == []
    await house.later(hours=1)
    await house.later(minutes=10)

    [said] = await texts(wang, mark)
    assert "今天 21:00 前都能取" in said


async def test_the_same_request_twice_is_one_parcel_and_another_body_is_refused(house: House) -> None:
    desk = await desk_of(house)
    headers = {"Idempotency-Key": "p1", "Authorization": desk._headers["Authorization"]}
    url = f"{house.url}/api/inbox/v1/parcels"
    ids = set()
    for _ in range(2):
        async with house.http.post(url, json=ARRIVAL, headers=headers) as answer:
            assert answer.status == 201
            ids.add((await answer.json())["id"])
    assert len(ids) == 1
    async with house.http.post(url, json={**ARRIVAL, "shelf": "B1"}, headers=headers) as answer:
        assert answer.status == 409
    # Logged twice by two colleagues: told where the first one lies.
    again = await desk.call("POST", "parcels", ARRIVAL, expect=409)
    assert again["error"]["details"]["shelf"] == "A12"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": "perishable"}, "生鲜"),
        ({"kind": "cash"}, "现金"),
        ({"kind": "valuables"}, "贵重"),
        ({"note": "冷冻海鲜"}, "生鲜"),
        ({"room": "9栋9单元999"}, "没有这个房间"),
        ({"kind": "car"}, "有内容不对"),
        ({"colour": "red"}, "有内容不对"),
        ({"tracking": "x" * 60}, "有内容不对"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_the_reason(house: House, more: dict[str, str], says: str) -> None:
    desk = await desk_of(house)
    refused = await desk.call("POST", "parcels", {**ARRIVAL, **more}, expect=400)
    assert says in refused["error"]["message"]
    assert (await desk.call("GET", "parcels"))["items"] == []


async def test_a_code_is_made_when_none_is_given(house: House) -> None:
    codes = {(await log(house, code="", tracking=f"YT881234567890{n}"))["code"] for n in range(5)}
    assert len(codes) == 5 and all(code.startswith("2-") and len(code) == 6 for code in codes)


async def test_whoever_has_no_chat_is_rung_up(house: House) -> None:
    await log(house)
    [row] = (await attention(house)).values()
    assert row["to_call"] and row["reason"] == "no chat: 王芳 3栋2单元1502"
    parcel = (await (await desk_of(house)).call("GET", "parcels"))["items"][0]
    await (await desk_of(house)).call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "6-2031"})
    assert await attention(house) == {}


# ---- looking up ----


QUERIES = (
    f"q={SF}",
    "q=4821",
    "q=sf1234567894821",
    "q=6-2031",
    "q=王芳",
    "room=3-2-1502",
    "state=waiting",
    "q=4821&state=waiting",
)


@pytest.mark.parametrize("query", QUERIES)
async def test_it_is_found(house: House, query: str) -> None:
    mine = await log(house)
    await log(house, room="1栋1单元302", recipient="陈晨", tracking="YT8812345678901", code="1-1111")
    found = await (await desk_of(house)).call("GET", f"parcels?{query}")
    assert mine["id"] in {row["id"] for row in found["items"]}
    if query[-8:] != "=waiting" or "q" in query:
        assert len(found["items"]) == 1


async def test_what_is_not_there_is_not_found_and_technicians_have_no_business_here(house: House) -> None:
    await log(house)
    desk = await desk_of(house)
    for query in ("q=9999", "state=lost", "room=1-1-302", "room=9-9-9999"):
        assert (await desk.call("GET", f"parcels?{query}"))["items"] == []
    await desk.call("GET", "parcels/nothing", expect=404)
    await (await house.sign_in(TECHNICIAN)).call("GET", "parcels", expect=403)


# ---- handing over ----


async def test_with_the_code_and_thanks_with_the_time(house: House) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    parcel = await log(house)
    await house.later(minutes=10)
    desk = await desk_of(house)
    wrong = await desk.call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "1-1111"}, expect=403)
    assert wrong["error"]["message"] == "取件码不对" and wrong["error"]["details"] == {"left": 4}
    house.clock.move(hours=5)
    done = await desk.call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "6-2031", "to": "王芳"})
    assert (done["state"], done["collected_by"], done["collected_how"]) == ("collected", "王芳", "code")
    await house.work()

    assert (await texts(wang, mark))[-1] == "快递（顺丰）尾号 4821 今天 15:10 取走了，谢谢您。"
    again = await desk.call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "6-2031"}, expect=409)
    assert again["error"]["details"] == {"state": "collected"}
    await house.later(hours=100)
    assert len(await texts(wang, mark)) == 2, "nobody is reminded of what they have"


async def test_guessing_ends_after_five_codes_also_at_the_same_moment(house: House) -> None:
    parcel = await log(house)
    desk = await desk_of(house)
    path = f"parcels/{parcel['id']}/hand-over"

    async def guess(code: str) -> int:
        async with house.http.post(
            f"{house.url}/api/inbox/v1/{path}", json={"code": code}, headers=desk._headers
        ) as answer:
            return answer.status

    statuses = await asyncio.gather(*(guess(f"0-00{n:02}") for n in range(12)))
    assert sorted(statuses) == [403] * 5 + [409] * 7
    # Now even the right code does not help, an identity does.
    assert await guess("6-2031") == 409
    await desk.call("POST", path, {"checked": "身份证", "to": "陌生人"}, expect=403)
    await desk.call("POST", path, {"checked": "身份证"}, expect=400)
    await desk.call("POST", path, {}, expect=400)
    done = await desk.call("POST", path, {"checked": "身份证", "to": "王芳"})
    assert done["collected_how"] == "identity"


async def test_two_colleagues_hand_it_over_once(house: House) -> None:
    parcel = await log(house)
    desk = await desk_of(house)
    url = f"{house.url}/api/inbox/v1/parcels/{parcel['id']}/hand-over"

    async def hand() -> int:
        async with house.http.post(url, json={"code": "6-2031"}, headers=desk._headers) as answer:
            return answer.status

    assert sorted(await asyncio.gather(hand(), hand())) == [200, 409]


# ---- what else happens ----


async def test_the_shelf_changes_and_the_owner_is_told_the_new_one_when_asking(house: House) -> None:
    wang = await house.owner("wang")
    parcel = await log(house)
    moved = await (await desk_of(house)).call("POST", f"parcels/{parcel['id']}/shelf", {"shelf": "C07"})
    assert moved["shelf"] == "C07" and [event["kind"] for event in moved["events"]] == ["logged", "moved"]
    assert "在 C07 架" in ((await wang.says("我的快递放哪了")).reply or "")


@pytest.mark.parametrize(("state", "letter"), [("lost", "P"), ("damaged", "C")])
async def test_lost_and_damaged_open_a_ticket_and_say_sorry(house: House, state: str, letter: str) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    parcel = await log(house)
    desk = await desk_of(house)
    marked = await desk.call("POST", f"parcels/{parcel['id']}/mark", {"state": state, "note": "货架翻了"})
    assert marked["ticket"].startswith(letter)
    await house.work()

    [said] = await texts(wang, mark)
    assert said.startswith("抱歉") and marked["ticket"] in said and "今天 12:00 前给您回话" in said
    [ticket] = await house.tickets_of(wang)
    assert ticket.number == marked["ticket"] and ticket.links == ({"kind": "parcel", "id": parcel["id"]},)
    assert marked["ticket"] in ((await wang.says(SF)).reply or "")
    await desk.call("POST", f"parcels/{parcel['id']}/mark", {"state": "lost"}, expect=409)


async def test_one_that_was_found_again_waits_again(house: House) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    parcel = await log(house)
    desk = await desk_of(house)
    await desk.call("POST", f"parcels/{parcel['id']}/mark", {"state": "lost"})
    found = await desk.call("POST", f"parcels/{parcel['id']}/shelf", {"shelf": "D01"})
    assert found["state"] == "waiting"
    await house.later(minutes=10)
    assert "D01" in (await texts(wang, mark))[-1]


async def test_reminders_after_one_two_and_three_days_then_the_call_list(house: House) -> None:
    wang = await house.owner("wang")
    await writes(wang)
    await log(house)
    await house.later(minutes=10)
    for day in (1, 2, 3):
        mark = await writes(wang)
        await house.later(hours=23, minutes=50)
        await house.later(minutes=10)
        said = await texts(wang, mark)
        assert len(said) == 1 and "还没取" in said[0], (day, said)
    assert await attention(house) == {}
    await house.later(hours=23, minutes=50)
    [row] = (await attention(house)).values()
    assert row["to_call"] and row["reason"].startswith("not collected: 王芳")


async def test_the_one_who_is_named_hears_of_it_else_all_of_the_home(house: House) -> None:
    from store.bindings import Binding
    from store.residents import Resident

    now = house.clock.now()
    await house.stores.residents.add([Resident(id="lei", name="李雷", created_at=now)])
    await house.stores.bindings.add(
        [Binding(id="lei", resident_id="lei", room_id="hy/3-2-1502", estate_id="hy", role="family", starts_at=now)]
    )
    wang, lei = await house.owner("wang"), await house.wechat.user("lei", follow="quietly")
    await lei.says("你好")
    await house.stores.conversations.change(
        house.conversation_id(lei), {"resident_id": "lei", "name": "李雷", "estate_id": "hy"}
    )
    chen = await house.owner("chen")
    await chen.says("你好")
    mark, other, third = await writes(wang), await lei.mark(), await chen.mark()
    await log(house, recipient="李雷")
    await house.later(minutes=10)
    assert (len(await texts(wang, mark)), len(await texts(lei, other))) == (0, 1)
    await log(house, recipient="王先生", tracking="YT8812345678901")
    await house.later(minutes=10)
    assert (len(await texts(wang, mark)), len(await texts(lei, other))) == (1, 2)
    assert await texts(chen, third) == []


async def test_with_the_window_closed_a_template_brings_the_code(house: House) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    house.clock.move(hours=48)
    await log(house)
    await house.later(minutes=10)
    [shown] = await pushed(wang, mark)
    assert shown.channel == "template" and any("6-2031" in field.value for field in shown.fields)


async def test_nothing_is_said_of_a_parcel_that_is_collected_before_it_was_told(house: House) -> None:
    wang = await house.owner("wang")
    mark = await writes(wang)
    parcel = await log(house)
    await (await desk_of(house)).call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "6 2031"})
    await house.later(minutes=10)
    assert [said[:3] for said in await texts(wang, mark)] == ["快递（"]
    rows = await house.stores.deliveries.of_ids([f"parcel:{parcel['id']}:arrived:{(await person(house, wang))}"])
    assert [row.state for row in rows] == [DeliveryState.CANCELLED]


async def person(house: House, phone: Phone) -> str:
    return (await house.stores.conversations.get(house.conversation_id(phone))).person_id


# ---- the mini-program ----


async def test_the_mini_program_lists_my_parcels_only(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    parcel = await log(house)
    await log(house, room="1栋1单元302", recipient="陈晨", tracking="YT8812345678901", code="1-1111")
    mine, theirs = await parcels_of(house, wang, "wang"), await parcels_of(house, chen, "chen")
    assert [(one["code"], one["until_said"]) for one in mine] == [("6-2031", "今天 21:00")]
    assert [one["code"] for one in theirs] == ["1-1111"]
    await (await desk_of(house)).call("POST", f"parcels/{parcel['id']}/hand-over", {"code": "6-2031"})
    [mine_now] = await parcels_of(house, wang, "wang")
    assert (mine_now["state"], mine_now["code"]) == (ParcelState.COLLECTED.value, "")
    stranger = await house.wechat.user("stranger", follow="quietly")
    assert await parcels_of(house, stranger) == []


async def parcels_of(house: House, phone: Phone, who: str = "") -> list[dict[str, Any]]:
    url = f"{house.url}/api/mp/v1"
    async with house.http.post(f"{url}/login", json={"code": await phone.login_code()}) as answer:
        headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    if who:
        name, *place, telephone = OWNERS[who]
        body = {"name": name, "room": "-".join(place), "phone": telephone}
        async with house.http.post(f"{url}/bindings", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
    async with house.http.get(f"{url}/parcels", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return list((await answer.json())["items"])
