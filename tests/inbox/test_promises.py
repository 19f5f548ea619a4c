"""Promises by the staff API: what a reply or a note proposes, who confirms it, and what is refused."""

from __future__ import annotations

from datetime import timedelta

from tests.api.world import WANG_CHAT, World
from tests.inbox.conftest import SignIn


async def test_a_reply_carries_what_it_seems_to_promise_and_the_writer_confirms(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    chat = await world.desk.stores.conversations.get(WANG_CHAT)
    from desk.effects import brief

    await world.desk.stores.conversations.show_ticket(chat.id, brief(ticket), open=True)
    xiaozhou = await sign_in("xiaozhou")
    answer = await xiaozhou.post(
        f"/conversations/{WANG_CHAT}/messages", {"text": "师傅下午三点到，您留个人在家。"}, key="k1"
    )
    assert answer.status == 201
    [promise] = (await answer.json())["promises"]
    assert (promise["kind"], promise["state"], promise["ticket"]) == ("arrival", "proposed", ticket.number)
    again = await xiaozhou.post(
        f"/conversations/{WANG_CHAT}/messages", {"text": "师傅下午三点到，您留个人在家。"}, key="k1"
    )
    assert (await again.json())["promises"][0]["id"] == promise["id"]

    held = await (await xiaozhou.post(f"/promises/{promise['id']}/confirm", {})).json()
    assert held["state"] == "confirmed"
    listed = await (await xiaozhou.get(f"/tickets/{ticket.number}/promises")).json()
    assert [one["id"] for one in listed["items"]] == [promise["id"]]
    seen = await (await xiaozhou.get(f"/tickets/{ticket.number}")).json()
    assert seen["promised"] == promise["due"]
    page = await (await xiaozhou.get("/promises", state="confirmed")).json()
    assert [one["id"] for one in page["items"]] == [promise["id"]]


async def test_plain_words_promise_nothing(world: World, sign_in: SignIn) -> None:
    xiaozhou = await sign_in("xiaozhou")
    answer = await xiaozhou.post(f"/conversations/{WANG_CHAT}/messages", {"text": "您好，请问明天上午在家吗？"})
    assert (await answer.json())["promises"] == []


async def test_a_note_of_a_technician_is_confirmed_dismissed_or_moved(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    zhang, xiaozhou = await sign_in("zhang"), await sign_in("xiaozhou")
    noted = await (await zhang.post(f"/tickets/{ticket.number}/notes", {"text": "明天上午去换角阀，10点到"})).json()
    [promise] = noted["promises"]
    due = world.clock.now() + timedelta(hours=3)
    put_right = await zhang.post(f"/promises/{promise['id']}/confirm", {"due": due.isoformat()})
    assert (await put_right.json())["state"] == "confirmed"
    assert (await zhang.post(f"/promises/{promise['id']}/dismiss", {})).status == 409
    later = (due + timedelta(hours=1)).isoformat()
    moved = await (await xiaozhou.post(f"/promises/{promise['id']}/move", {"due": later, "reason": "堵在路上"})).json()
    assert (moved["state"], moved["source"], moved["after"]) == ("confirmed", "moved", promise["id"])
    told = await (await zhang.post(f"/promises/{moved['id']}/reason", {"reason": "前一家还没完"})).json()
    assert told["reason"] == "前一家还没完"


async def test_by_hand_and_what_is_refused(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket(owner="resident-chen", room="hy/1-1-302", chat=None)
    xiaozhou, zhang = await sign_in("xiaozhou"), await sign_in("zhang")
    due = (world.clock.now() + timedelta(hours=1)).isoformat()
    path = f"/tickets/{ticket.number}/promises"
    made = await (await xiaozhou.post(path, {"kind": "reply", "due": due}, key="k1")).json()
    again = await (await xiaozhou.post(path, {"kind": "reply", "due": due}, key="k1")).json()
    assert made["id"] == again["id"] and made["state"] == "confirmed"
    past = (world.clock.now() - timedelta(minutes=1)).isoformat()
    assert (await xiaozhou.post(path, {"kind": "reply", "due": past})).status == 400
    assert (await xiaozhou.post(path, {"kind": "dance", "due": due})).status == 400
    assert (await xiaozhou.post(path, {"kind": "reply", "due": "2026-03-10T12:00:00"})).status == 400
    assert (await zhang.post(f"/promises/{made['id']}/reason", {"reason": "x"})).status == 404, "not theirs"
    assert (await xiaozhou.post("/promises/nothing/confirm", {})).status == 404
    assert (await zhang.get("/promises")).status == 403
    talk = await xiaozhou.post(f"/conversations/{WANG_CHAT}/promises", {"kind": "reply", "due": due})
    assert talk.status == 201 and (await talk.json())["ticket"] is None


async def test_kept_by_phone_and_taken_back_with_a_word_to_the_owner(world: World, sign_in: SignIn) -> None:
    ticket = await world.ticket()
    xiaozhou, zhang = await sign_in("xiaozhou"), await sign_in("zhang")
    due = (world.clock.now() + timedelta(hours=1)).isoformat()
    path = f"/tickets/{ticket.number}/promises"
    call = await (await xiaozhou.post(path, {"kind": "reply", "due": due}, key="k1")).json()
    assert (await zhang.post(f"/promises/{call['id']}/kept", {})).status == 404, "a free ticket, not theirs"
    for _ in range(2):
        assert (await (await xiaozhou.post(f"/promises/{call['id']}/kept", {})).json())["state"] == "kept"
    assert (await xiaozhou.post(f"/promises/{call['id']}/withdraw", {"reason": "x"})).status == 409, "it was kept"

    visit = await (await xiaozhou.post(path, {"kind": "arrival", "due": due}, key="k2")).json()
    for nothing in ({}, {"reason": ""}, {"reason": " "}, {"reason": "等" * 101}):
        assert (await xiaozhou.post(f"/promises/{visit['id']}/withdraw", nothing)).status == 400
    for _ in range(2):
        gone = await (await xiaozhou.post(f"/promises/{visit['id']}/withdraw", {"reason": "配件还没到"})).json()
        assert (gone["state"], gone["reason"]) == ("void", "配件还没到")
    assert (await xiaozhou.post(f"/promises/{visit['id']}/kept", {})).status == 409, "no longer a promise"
    told = [row.text for row in await world.desk.stores.deliveries.open_of(WANG_CHAT) if "不作数" in row.text]
    assert len(told) == 1 and "配件还没到" in told[0]
    assert (await (await xiaozhou.get(f"/tickets/{ticket.number}")).json())["promised"] is None
