"""Conversations: one holder at a time under a growing fence, waiting marks, and lists that late writes do not spoil."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

import store.conversation_repo
from store.conversations import Allowance, Conversation, Dialogue, Handled, Home, Lease, Mode, ParkedText
from store.errors import NotFound
from store.stores import Stores
from tests.clock import FixedClock
from tests.store.samples import LIN, MINUTE, NOW, SECOND, a_brief, a_conversation, a_revisit

LENGTH = timedelta(seconds=12)


async def created(stores: Stores, **fields: Any) -> Conversation:
    conversation = a_conversation(**fields)
    assert await stores.conversations.create(conversation)
    return conversation


async def read(stores: Stores) -> Conversation:
    return await stores.conversations.get(LIN)


# ---- the document ----


async def test_what_is_written_is_read_back_as_it_was(stores: Stores) -> None:
    conversation = await created(
        stores,
        homes=(Home(room_id="hy/3-2-1502", name="3栋2单元1502"),),
        tickets=(a_brief(due=NOW + MINUTE),),
        dialogue=Dialogue(kind="repair", step="place", data={"seen": ["厨房"]}, expires_at=NOW + MINUTE),
        revisits=(a_revisit(),),
        allowance=Allowance(left=5, until=NOW + MINUTE),
        recent=(Handled(key="m0", answer="好的"),),
        facts={"asked": 1},
        mode=Mode.PERSON,
        last_at=NOW,
    )
    assert await read(stores) == conversation
    assert await stores.conversations.find(LIN) == conversation


async def test_a_second_creation_leaves_the_first_as_it_is(stores: Stores, elsewhere: Stores) -> None:
    made = await asyncio.gather(
        stores.conversations.create(a_conversation(name="林")),
        elsewhere.conversations.create(a_conversation(name="王")),
    )
    assert sorted(made) == [False, True]
    assert (await read(stores)).name == ("林" if made[0] else "王")


async def test_what_is_not_there(stores: Stores, clock: FixedClock) -> None:
    conversations = stores.conversations
    assert await conversations.find(LIN) is None
    with pytest.raises(NotFound):
        await conversations.get(LIN)
    with pytest.raises(NotFound):
        await conversations.change(LIN, {"name": "林"})
    assert not await conversations.claim(LIN, holder="a", wall=clock.wall(), length=LENGTH)
    assert not await conversations.mark_waiting(LIN, wall=clock.wall())
    assert not await conversations.claim_sending(LIN, holder="a", wall=clock.wall(), length=LENGTH)


async def test_fields_of_a_newer_program_are_ignored(
    stores: Stores, mongodb_client: MongoClient[dict[str, object]], database_name: str
) -> None:
    await created(stores, tickets=(a_brief(),))
    rows = mongodb_client[database_name]["conversations"]
    rows.update_one({"_id": LIN}, {"$set": {"mood": "good", "lease.reason": "x", "tickets.0.colour": 1}})
    assert (await read(stores)).open_tickets == (a_brief(),)


# ---- the lease ----


async def test_of_many_who_claim_at_once_one_gets_it(stores: Stores, elsewhere: Stores, clock: FixedClock) -> None:
    await created(stores)
    wall = clock.wall()
    won = await asyncio.gather(
        *(
            side.conversations.claim(LIN, holder=f"p{number}", wall=wall, length=LENGTH)
            for number, side in enumerate([stores, elsewhere] * 5)
        )
    )
    assert sum(won) == 1
    conversation = await read(stores)
    assert conversation.lease == Lease(holder=f"p{won.index(True)}", until=wall + LENGTH)
    assert conversation.fence == 1


async def test_a_lease_that_ran_out_is_taken_over_and_its_late_holder_changes_nothing(
    stores: Stores, clock: FixedClock
) -> None:
    await created(stores)
    conversations, wall = stores.conversations, clock.wall()
    assert await conversations.claim(LIN, holder="slow", wall=wall, length=LENGTH)
    assert not await conversations.claim(LIN, holder="quick", wall=wall + LENGTH - SECOND, length=LENGTH)
    assert await conversations.claim(LIN, holder="quick", wall=wall + LENGTH, length=LENGTH)
    assert not await conversations.finish(LIN, fence=1, changes={"name": "late"}, tickets=[a_brief()], release=False)
    assert not await conversations.finish(LIN, fence=1, changes={"name": "late"}, release=True)
    assert not await conversations.extend(LIN, fence=1, until=wall + 9 * LENGTH)
    assert not await conversations.take_waiting(LIN, fence=1)
    assert not await conversations.release(LIN, fence=1)
    conversation = await read(stores)
    assert (conversation.lease.holder, conversation.fence, conversation.name) == ("quick", 2, "")
    assert conversation.tickets == ()


async def test_the_holder_keeps_the_lease_longer_and_gives_it_back(stores: Stores, clock: FixedClock) -> None:
    await created(stores)
    conversations, wall = stores.conversations, clock.wall()
    await conversations.claim(LIN, holder="a", wall=wall, length=LENGTH)
    assert await conversations.extend(LIN, fence=1, until=wall + 2 * LENGTH)
    assert not await conversations.claim(LIN, holder="b", wall=wall + LENGTH, length=LENGTH)
    assert await conversations.release(LIN, fence=1)
    assert await conversations.claim(LIN, holder="b", wall=wall, length=LENGTH)


async def test_a_message_that_waits_keeps_the_holder_from_leaving(stores: Stores, clock: FixedClock) -> None:
    await created(stores)
    conversations, wall = stores.conversations, clock.wall()
    assert not await conversations.mark_waiting(LIN, wall=wall), "nobody is there to wait for"
    await conversations.claim(LIN, holder="a", wall=wall, length=LENGTH)
    assert await conversations.mark_waiting(LIN, wall=wall)
    assert not await conversations.finish(LIN, fence=1, changes={"name": "x"}, release=True)
    assert (await read(stores)).name == "", "a refused finish writes nothing at all"
    assert await conversations.take_waiting(LIN, fence=1)
    assert await conversations.finish(LIN, fence=1, changes={"name": "林"}, tickets=[a_brief()], release=True)
    conversation = await read(stores)
    assert (conversation.name, conversation.lease, conversation.tickets) == ("林", Lease(), (a_brief(),))
    assert not await conversations.mark_waiting(LIN, wall=wall), "claim it yourself"


async def test_either_the_mark_or_the_release_wins_never_both(
    stores: Stores, elsewhere: Stores, clock: FixedClock
) -> None:
    await created(stores)
    for fence in range(1, 9):
        wall = clock.wall()
        assert await stores.conversations.claim(LIN, holder="a", wall=wall, length=LENGTH)
        left, marked = await asyncio.gather(
            stores.conversations.finish(LIN, fence=fence, changes={}, release=True),
            elsewhere.conversations.mark_waiting(LIN, wall=wall),
        )
        assert left != marked
        await stores.conversations.take_waiting(LIN, fence=fence)
        await stores.conversations.release(LIN, fence=fence)


# ---- the sender's lease ----


async def test_one_sender_at_a_time_serves_a_person(stores: Stores, elsewhere: Stores, clock: FixedClock) -> None:
    await created(stores, allowance=Allowance(left=5, until=NOW))
    wall = clock.wall()
    won = await asyncio.gather(
        stores.conversations.claim_sending(LIN, holder="a", wall=wall, length=LENGTH),
        elsewhere.conversations.claim_sending(LIN, holder="b", wall=wall, length=LENGTH),
    )
    assert sorted(won) == [False, True]
    holder, other = ("a", "b") if won[0] else ("b", "a")
    assert await stores.conversations.keep_sending(LIN, holder=holder, until=wall + 2 * LENGTH)
    assert not await stores.conversations.keep_sending(LIN, holder=other, until=wall + 9 * LENGTH)
    await stores.conversations.release_sending(LIN, holder=holder, spent=2, unsettled=True)
    conversation = await read(stores)
    assert (conversation.sending, conversation.allowance.left, conversation.unsettled) == (Lease(), 3, True)
    assert await stores.conversations.claim_sending(LIN, holder=other, wall=wall, length=LENGTH)


async def test_what_a_slow_sender_spent_is_counted_and_its_successor_keeps_the_right(
    stores: Stores, clock: FixedClock
) -> None:
    await created(stores, allowance=Allowance(left=5, until=NOW))
    conversations, wall = stores.conversations, clock.wall()
    await conversations.claim_sending(LIN, holder="slow", wall=wall, length=LENGTH)
    await conversations.claim_sending(LIN, holder="next", wall=wall + LENGTH, length=LENGTH)
    await conversations.release_sending(LIN, holder="slow", spent=1, unsettled=True)
    conversation = await read(stores)
    assert (conversation.sending.holder, conversation.allowance.left, conversation.unsettled) == ("next", 4, True)
    await conversations.release_sending(LIN, holder="slow")
    assert (await read(stores)).sending.holder == "next"


async def test_a_closed_window_has_nothing_left(stores: Stores) -> None:
    await created(stores, allowance=Allowance(left=5, until=NOW))
    await stores.conversations.close_window(LIN)
    assert (await read(stores)).allowance == Allowance()


# ---- parked replies ----


async def test_a_reply_is_parked_once_and_taken_out(stores: Stores) -> None:
    await created(stores)
    first, second = ParkedText(delivery_id="d1", text="一"), ParkedText(delivery_id="d2", text="二")
    for text in (first, second, first):
        await stores.conversations.park(LIN, text)
    assert (await read(stores)).parked == (first, second)
    await stores.conversations.unpark(LIN, ["d1", "d9"])
    assert (await read(stores)).parked == (second,)


async def test_parked_replies_stay_bounded_the_newest_kept(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.conversation_repo, "MOST_PARKED", 2)
    await created(stores)
    for number in range(4):
        await stores.conversations.park(LIN, ParkedText(delivery_id=f"d{number}", text=""))
    assert [text.delivery_id for text in (await read(stores)).parked] == ["d2", "d3"]


async def test_settling_ends_when_all_that_was_released_is_on_record(stores: Stores) -> None:
    await created(stores, settle=True, released=("d1", "d2"))
    [waiting] = await stores.conversations.to_settle()
    await stores.conversations.settled(LIN, waiting.released)
    assert await stores.conversations.to_settle() == []
    assert (await read(stores)).released == ()


async def test_settling_goes_on_when_the_owner_acts_again_meanwhile(stores: Stores) -> None:
    await created(stores, settle=True, released=("d1",))
    [waiting] = await stores.conversations.to_settle()
    await stores.conversations.change(LIN, {"settle": True, "released": ["d1", "d2"]})
    await stores.conversations.settled(LIN, waiting.released)
    [again] = await stores.conversations.to_settle()
    assert again.released == ("d2",)
    await stores.conversations.settled(LIN, again.released)
    assert await stores.conversations.to_settle() == []


async def test_nothing_released_is_settled_too(stores: Stores) -> None:
    await created(stores, settle=True)
    await stores.conversations.settled(LIN, ())
    assert await stores.conversations.to_settle() == []


# ---- tickets shown to the handlers ----


async def test_an_older_version_of_a_ticket_never_overwrites_a_newer_one(stores: Stores) -> None:
    await created(stores)
    for version in (1, 3, 2):
        await stores.conversations.show_ticket(LIN, a_brief(version=version, title=f"v{version}"), open=True)
    await stores.conversations.show_ticket(LIN, a_brief("t2"), open=True)
    assert [(t.id, t.title) for t in (await read(stores)).open_tickets] == [("t1", "v3"), ("t2", "")]
    await stores.conversations.show_ticket(LIN, a_brief(version=2), open=False)
    assert [t.id for t in (await read(stores)).open_tickets] == ["t1", "t2"], "an older end does not hide a newer state"


async def test_versions_shown_all_at_once_leave_the_newest(stores: Stores, elsewhere: Stores) -> None:
    await created(stores)
    await asyncio.gather(
        *(
            side.conversations.show_ticket(LIN, a_brief(version=version), open=True)
            for version, side in zip((4, 2, 5, 1, 3, 0), [stores, elsewhere] * 3, strict=True)
        )
    )
    assert [ticket.version for ticket in (await read(stores)).open_tickets] == [5]


async def test_an_ended_ticket_is_not_brought_back_by_a_late_writer(stores: Stores) -> None:
    await created(stores)
    conversations = stores.conversations
    await conversations.show_ticket(LIN, a_brief(version=3), open=True)
    for _ in range(2):
        await conversations.show_ticket(LIN, a_brief(version=4), open=False)
    await conversations.show_ticket(LIN, a_brief(version=3), open=True)
    assert (await read(stores)).tickets == ()
    assert len((await read(stores)).ended) == 1, "ending it again is not remembered again"
    await conversations.show_ticket(LIN, a_brief(version=5), open=True)
    assert [ticket.version for ticket in (await read(stores)).open_tickets] == [5], "reopened"
    await conversations.show_ticket(LIN, a_brief(version=6), open=False)
    assert (await read(stores)).open_tickets == ()


async def test_a_ticket_that_ended_before_its_own_message_was_finished_is_not_shown(
    stores: Stores, clock: FixedClock
) -> None:
    await created(stores)
    conversations = stores.conversations
    await conversations.claim(LIN, holder="a", wall=clock.wall(), length=LENGTH)
    await conversations.show_ticket(LIN, a_brief(version=1), open=True)
    await conversations.show_ticket(LIN, a_brief(version=2), open=False)
    await conversations.finish(LIN, fence=1, changes={}, tickets=[a_brief(version=0), a_brief("t2")], release=True)
    assert [ticket.id for ticket in (await read(stores)).open_tickets] == ["t2"]


async def test_a_ticket_shown_before_its_own_message_was_finished_is_shown_once(
    stores: Stores, clock: FixedClock
) -> None:
    await created(stores)
    conversations = stores.conversations
    await conversations.claim(LIN, holder="a", wall=clock.wall(), length=LENGTH)
    await conversations.show_ticket(LIN, a_brief(version=1), open=True)
    await conversations.finish(LIN, fence=1, changes={}, tickets=[a_brief(version=0)], release=True)
    await conversations.show_ticket(LIN, a_brief(version=2), open=True)
    assert [ticket.version for ticket in (await read(stores)).open_tickets] == [2]
    await conversations.show_ticket(LIN, a_brief(version=3), open=False)
    assert (await read(stores)).tickets == ()


async def test_shown_and_ended_tickets_stay_bounded(
    stores: Stores, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.conversation_repo, "MOST_TICKETS", 2)
    monkeypatch.setattr(store.conversation_repo, "MOST_ENDED", 2)
    await created(stores)
    conversations = stores.conversations
    for number in range(3):
        await conversations.show_ticket(LIN, a_brief(f"t{number}"), open=True)
    assert [ticket.id for ticket in (await read(stores)).tickets] == ["t1", "t2"]
    await conversations.claim(LIN, holder="a", wall=clock.wall(), length=LENGTH)
    await conversations.finish(LIN, fence=1, changes={}, tickets=[a_brief("t3")], release=True)
    assert [ticket.id for ticket in (await read(stores)).tickets] == ["t2", "t3"]
    for number in range(3):
        await conversations.show_ticket(LIN, a_brief(f"t{number}", version=1), open=False)
    assert [gone.id for gone in (await read(stores)).ended] == ["t1", "t2"]


# ---- revisits ----


async def test_revisit_questions_wait_once_per_ticket_the_newest_round(stores: Stores, elsewhere: Stores) -> None:
    await created(stores)
    for revisit in (a_revisit(), a_revisit("t2"), a_revisit(round=2, step="satisfaction"), a_revisit(round=1)):
        await stores.conversations.await_revisit(LIN, revisit)
    assert [(r.ticket_id, r.round) for r in (await read(stores)).revisits] == [("t1", 2), ("t2", 1)]
    await stores.conversations.forget_revisit(LIN, "t1")
    await stores.conversations.forget_revisit(LIN, "t1")
    assert [r.ticket_id for r in (await read(stores)).revisits] == ["t2"]
    await asyncio.gather(*(s.conversations.await_revisit(LIN, a_revisit("t3")) for s in (stores, elsewhere)))
    assert [r.ticket_id for r in (await read(stores)).revisits] == ["t2", "t3"]


# ---- lists ----


async def test_the_list_is_newest_first_and_without_what_a_row_does_not_show(stores: Stores) -> None:
    for number in range(5):
        await stores.conversations.create(
            a_conversation(f"wx1:p{number}", last_at=NOW + number * MINUTE, recent=(Handled(key="m", answer="long"),))
        )
    rows = await stores.conversations.latest(before=NOW + 4 * MINUTE, since=NOW + MINUTE, limit=2)
    assert [row.openid for row in rows] == ["p3", "p2"]
    assert rows[0].recent == ()


async def test_who_holds_what_follows_every_change_of_hands(stores: Stores) -> None:
    async def held() -> list[tuple[str | None, str]]:
        window: dict[str, Any] = {"before": NOW + MINUTE, "since": NOW, "limit": 9}
        asked = [(who, mode) for who in (None, "zhou") for mode in Mode]
        return [(who, mode) for who, mode in asked if await stores.conversations.held_by(who, mode, **window)]

    await created(stores, last_at=NOW, mode=Mode.PERSON)
    assert await held() == [(None, "person")]
    await stores.conversations.change(LIN, {"staff_id": "zhou"})
    assert await held() == [("zhou", "person")]
    await stores.conversations.change(LIN, {"mode": Mode.BOT, "staff_id": None})
    assert await held() == [], "what the bot answers is on no colleague's list, nor on that of nobody"
    await stores.conversations.change(LIN, {"staff_id": "zhou"})
    assert await held() == [("zhou", "bot")], "they wrote a line, and the bot goes on"
    await stores.conversations.change(LIN, {"staff_id": None})
    await stores.conversations.claim(LIN, holder="p", wall=NOW, length=MINUTE)
    assert await stores.conversations.finish(LIN, fence=1, changes={"mode": Mode.PERSON.value}, release=True)
    assert await held() == [(None, "person")]


async def test_an_ended_ticket_is_gone_from_the_list_too(stores: Stores) -> None:
    await created(stores, last_at=NOW, tickets=(a_brief(),))
    await stores.conversations.show_ticket(LIN, a_brief(version=1), open=False)
    await stores.conversations.change(LIN, {"tickets": [a_brief().model_dump()]})
    [row] = await stores.conversations.latest(before=NOW + MINUTE, since=NOW, limit=2)
    assert row.open_tickets == ()


async def test_all_conversations_of_a_person_oldest_first(stores: Stores) -> None:
    for id, minutes in (("mp:lin", 5), ("wx1:lin", 1), ("wx1:wang", 2)):
        person = "lin" if id.endswith("lin") else "wang"
        await stores.conversations.create(
            a_conversation(id, resident_id=person, created_at=NOW + minutes * MINUTE, name=person)
        )
    assert [c.id for c in await stores.conversations.of_resident("lin")] == ["wx1:lin", "mp:lin"]
    assert await stores.conversations.rows_of_ids(["wx1:wang", "nobody"]) == [
        {"_id": "wx1:wang", "name": "wang", "homes": []}
    ]
    assert await stores.conversations.rows_of_ids([]) == []
