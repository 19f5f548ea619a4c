"""Who may see what an owner sent: by scope and ticket, never by guessing an id; and the headers that go with it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.emulator.client import Phone
from store.staff import Role
from tests.e2e.media import fetched, film, medium_of, photo
from tests.house import FRONTDESK, OWNERS, PASSWORD, TECHNICIAN, House, StaffSession


async def get(
    house: House, session: StaffSession | dict[str, str], path: str, **headers: str
) -> tuple[int, Any, bytes]:
    own = session._headers if isinstance(session, StaffSession) else session
    async with house.http.get(f"{house.url}/api/{path}", headers={**own, **headers}) as answer:
        return answer.status, answer.headers, await answer.read()


async def sent(house: House, name: str = "wang", content: bytes | None = None) -> tuple[Phone, str]:
    """An owner with a ticket and a photo on it; gives the photo's id."""
    phone = await house.owner(name)
    await phone.says("厨房水管漏水")
    await phone.sends_image(content or photo())
    await fetched(house)
    return phone, (await medium_of(house, phone)).id


async def in_program(house: House, name: str) -> dict[str, str]:
    """The owner's session of the mini-program, bound."""
    phone = await house.wechat.user(name, follow=False)
    url = f"{house.url}/api/mp/v1"
    async with house.http.post(f"{url}/login", json={"code": await phone.login_code()}) as answer:
        headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    if name in OWNERS:
        full_name, *place, telephone = OWNERS[name]
        body = {"name": full_name, "room": "-".join(place), "phone": telephone}
        async with house.http.post(f"{url}/bindings", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
    return headers


async def test_the_bytes_with_their_type_and_nothing_to_guess(house: House) -> None:
    _, id = await sent(house)
    zhou = await house.sign_in(FRONTDESK)
    status, headers, content = await get(house, zhou, f"inbox/v1/media/{id}")
    assert status == 200 and content.startswith(b"\xff\xd8\xff")
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == f'inline; filename="{id}.jpg"'
    assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"].startswith("private")
    status, _, small = await get(house, zhou, f"inbox/v1/media/{id}?size=small")
    assert status == 200 and len(small) < len(content) + 20_000 and small.startswith(b"\xff\xd8\xff")
    [medium] = await house.stores.media.of_ids([id])
    await house.stores.media.change(medium, {"thumb": False})
    status, headers, original = await get(house, zhou, f"inbox/v1/media/{id}?size=small")
    assert (status, original) == (200, content), "of a picture that is small itself there is no smaller one"
    assert (await get(house, zhou, f"inbox/v1/media/{id}?size=huge"))[0] == 400
    assert (await get(house, zhou, f"inbox/v1/media/{id}?x=1"))[0] == 400


async def test_a_film_can_be_played_from_the_middle(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    await wang.sends_video(film(5000))
    await fetched(house)
    id = (await medium_of(house, wang)).id
    zhou = await house.sign_in(FRONTDESK)
    whole = (await get(house, zhou, f"inbox/v1/media/{id}"))[2]
    status, headers, part = await get(house, zhou, f"inbox/v1/media/{id}", Range="bytes=100-199")
    assert (status, part) == (206, whole[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert (await get(house, zhou, f"inbox/v1/media/{id}", Range="bytes=-50"))[2] == whole[-50:]
    assert (await get(house, zhou, f"inbox/v1/media/{id}", Range="bytes=999999-"))[0] == 416
    assert (await get(house, zhou, f"inbox/v1/media/{id}", Range="bytes=0-1,3-4"))[0] == 200


async def test_only_who_may_see_the_conversation_or_the_ticket(house: House) -> None:
    phone, id = await sent(house)
    assert (await get(house, {}, f"inbox/v1/media/{id}"))[0] == 401
    # A technician: it is on a ticket that is free to take; then somebody else has it.
    zhang = await house.sign_in(TECHNICIAN)
    assert (await get(house, zhang, f"inbox/v1/media/{id}"))[0] == 200
    await house.desk.staff.add("liu", "刘强", Role.TECHNICIAN, PASSWORD)
    [ticket] = await house.tickets_of(phone)
    await (await house.sign_in(FRONTDESK)).call("POST", f"tickets/{ticket.number}/assign", {"executor": "liu"})
    assert (await get(house, zhang, f"inbox/v1/media/{id}"))[0] == 404
    assert (await get(house, await house.sign_in("liu"), f"inbox/v1/media/{id}"))[0] == 200
    # Another estate's front desk.
    await house.desk.staff.add("far", "远方", Role.FRONTDESK, PASSWORD, estates=["other"])
    assert (await get(house, await house.sign_in("far"), f"inbox/v1/media/{id}"))[0] == 404
    assert (await get(house, zhang, "inbox/v1/media/nothing"))[0] == 404


async def test_a_photo_on_no_ticket_is_not_for_technicians(house: House) -> None:
    wang = await house.owner("wang")
    await wang.sends_image(photo())
    await fetched(house)
    id = (await medium_of(house, wang)).id
    assert (await get(house, await house.sign_in(TECHNICIAN), f"inbox/v1/media/{id}"))[0] == 404
    assert (await get(house, await house.sign_in(FRONTDESK), f"inbox/v1/media/{id}"))[0] == 200


async def test_owners_get_their_own_only(house: House) -> None:
    _, id = await sent(house)
    assert (await get(house, await in_program(house, "wang"), f"mp/v1/media/{id}"))[0] == 200
    await house.owner("chen")
    for name in ("chen", "stranger"):
        assert (await get(house, await in_program(house, name), f"mp/v1/media/{id}"))[0] == 404
    assert (await get(house, {}, f"mp/v1/media/{id}"))[0] == 401


async def test_the_conversation_and_the_ticket_say_how_far_it_is(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("厨房水管漏水")
    await wang.sends_image(photo())
    zhou = await house.sign_in(FRONTDESK)
    id = (await medium_of(house, wang)).id
    [ticket] = await house.tickets_of(wang)

    async def states() -> list[str]:
        shown = (await zhou.call("GET", f"tickets/{ticket.number}"))["attachments"]
        lines = (await zhou.call("GET", f"conversations/{house.conversation_id(wang)}/messages"))["items"]
        media = [one for line in lines for one in line["media"]]
        assert [one["id"] for one in shown] == [one["id"] for one in media] == [id]
        return [one["state"] for one in (*shown, *media)]

    assert await states() == ["wanted", "wanted"]
    assert (await get(house, zhou, f"inbox/v1/media/{id}"))[0] == 404
    await fetched(house)
    assert await states() == ["kept", "kept"]


@pytest.mark.parametrize("id", ["..%2F..%2Fetc%2Fpasswd", "%00", "a" * 300])
async def test_odd_ids_are_not_there(house: House, id: str) -> None:
    assert (await get(house, await house.sign_in(FRONTDESK), f"inbox/v1/media/{id}"))[0] in (400, 404)
