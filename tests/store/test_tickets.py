"""Tickets: one atomic query per change, the loser of a race gets the document as it is, replays add nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

import store.tickets
from store.errors import Conflict, Duplicate, NotFound
from store.stores import Stores
from store.tickets import Addition, State, Ticket
from tests.store.samples import MINUTE, NOW, SECOND, a_ticket, an_event

Raw = MongoClient[dict[str, object]]


async def test_what_is_written_is_read_back_as_it_was(stores: Stores) -> None:
    ticket = a_ticket(
        due={"accept_by": NOW + 10 * MINUTE},
        phone={"sealed": "s", "hash": "h", "last4": "l"},
        media=("m1", "m2"),
        links=({"kind": "caused_by", "id": "t0"},),
        events=(an_event("opened"),),
        effects=(1, 2),
    )
    await stores.tickets.add(ticket)
    assert await stores.tickets.get("t1") == ticket
    assert await stores.tickets.by_number(ticket.number) == ticket


async def test_times_come_back_aware_in_utc(stores: Stores) -> None:
    in_shanghai = datetime.fromisoformat("2026-03-10T10:00:00.123+08:00")
    await stores.tickets.add(a_ticket(opened_at=in_shanghai))
    read = (await stores.tickets.get("t1")).opened_at
    assert read == in_shanghai
    assert read.utcoffset() == timedelta() and read == datetime(2026, 3, 10, 2, 0, 0, 123_000, tzinfo=UTC)


async def test_the_same_id_or_number_twice_is_refused(stores: Stores) -> None:
    await stores.tickets.add(a_ticket("t1", "R20260310-0001"))
    with pytest.raises(Duplicate):
        await stores.tickets.add(a_ticket("t1", "R20260310-0002"))
    with pytest.raises(Duplicate):
        await stores.tickets.add(a_ticket("t2", "R20260310-0001"))


async def test_what_is_not_there_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound):
        await stores.tickets.get("nothing")
    with pytest.raises(NotFound):
        await stores.tickets.by_number("R20260310-9999")
    with pytest.raises(NotFound):
        await stores.tickets.change(a_ticket("nothing"), an_event(), {})


async def test_fields_of_a_newer_program_are_ignored(stores: Stores, mongodb_client: Raw, database_name: str) -> None:
    await stores.tickets.add(a_ticket(events=(an_event(),)))
    rows = mongodb_client[database_name]["tickets"]
    rows.update_one({"_id": "t1"}, {"$set": {"warranty": {"until": 2030}, "events.0.mood": "good", "due.guess": 1}})
    assert (await stores.tickets.get("t1")).events[0].id == "e1"


async def test_a_change_writes_state_version_and_event_together(stores: Stores) -> None:
    await stores.tickets.add(a_ticket())
    event = an_event(to_state="accepted")
    moved = await stores.tickets.change(a_ticket(), event, {"state": State.ACCEPTED, "executor": "zhang"})
    assert moved == await stores.tickets.get("t1")
    assert (moved.state, moved.version, moved.executor, moved.updated_at) == (State.ACCEPTED, 1, "zhang", event.at)
    assert moved.events == (event,)
    assert moved.effects == (1,)


async def test_of_two_changes_at_once_one_gets_the_document_as_it_is_now(stores: Stores, elsewhere: Stores) -> None:
    ticket = a_ticket()
    await stores.tickets.add(ticket)
    outcomes = await asyncio.gather(
        stores.tickets.change(ticket, an_event("a"), {"state": State.ACCEPTED}),
        elsewhere.tickets.change(ticket, an_event("b"), {"state": State.CANCELLED}),
        return_exceptions=True,
    )
    [won] = [one for one in outcomes if isinstance(one, Ticket)]
    [lost] = [one for one in outcomes if isinstance(one, Conflict)]
    assert isinstance(lost.current, Ticket)
    assert (lost.current.state, lost.current.version, len(lost.current.events)) == (won.state, 1, 1)


async def test_an_old_copy_changes_nothing(stores: Stores) -> None:
    ticket = a_ticket()
    await stores.tickets.add(ticket)
    accepted = await stores.tickets.change(ticket, an_event("a"), {"state": State.ACCEPTED})
    await stores.tickets.change(accepted, an_event("b"), {"state": State.NEW})  # handed back: the same state as before
    with pytest.raises(Conflict):
        await stores.tickets.change(ticket, an_event("c"), {"state": State.CANCELLED})
    assert [event.id for event in (await stores.tickets.get("t1")).events] == ["a", "b"]


async def test_words_added_twice_are_there_once_and_leave_the_version(stores: Stores, elsewhere: Stores) -> None:
    await stores.tickets.add(a_ticket())
    words = Addition(id="a1", at=NOW, text="还在漏")
    added = await asyncio.gather(
        stores.tickets.append("t1", "additions", words, changes={"updated_at": NOW + SECOND}),
        elsewhere.tickets.append("t1", "additions", words, changes={"updated_at": NOW + SECOND}),
    )
    assert sorted(added) == [False, True]
    ticket = await stores.tickets.get("t1")
    assert (ticket.additions, ticket.version, ticket.updated_at) == ((words,), 0, NOW + SECOND)
    assert not await stores.tickets.append("nothing", "additions", words)


async def test_a_replayed_nudge_is_counted_once(stores: Stores) -> None:
    await stores.tickets.add(a_ticket())
    for _ in range(2):
        await stores.tickets.append("t1", "events", an_event("n1", kind="nudge"), counts={"nudges": 1})
    assert (await stores.tickets.get("t1")).nudges == 1


async def test_an_owner_who_chases_without_end_cannot_fill_the_ticket(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.ticket_repo, "MOST_PARTS", 3)
    await stores.tickets.add(a_ticket(events=(an_event("opened"),)))
    for number in range(5):
        event = an_event(f"n{number}", kind="nudge")
        assert await stores.tickets.append("t1", "events", event, counts={"nudges": 1})
        await stores.tickets.append("t1", "additions", Addition(id=f"a{number}", at=NOW))
    ticket = await stores.tickets.get("t1")
    assert ticket.nudges == 5
    assert [event.id for event in ticket.events] == ["opened", "n0", "n1"], "the history stays"
    assert [addition.id for addition in ticket.additions] == ["a2", "a3", "a4"], "the newest words stay"
    moved = await stores.tickets.change(ticket, an_event("moved"), {"state": State.ACCEPTED})
    assert moved.events[-1].id == "moved", "a transition always leaves its event"


async def test_observers_are_added_once(stores: Stores) -> None:
    await stores.tickets.add(a_ticket(observers=("li",)))
    await stores.tickets.append_observers("t1", ["li", "wang"])
    await stores.tickets.append_observers("t1", ["wang"])
    assert (await stores.tickets.get("t1")).observers == ("li", "wang")


async def test_changes_without_their_consequences_are_found_until_done(stores: Stores) -> None:
    await stores.tickets.add(a_ticket("t0", "R20260310-0009"))
    await stores.tickets.add(a_ticket())
    moved = await stores.tickets.change(a_ticket(), an_event(), {"state": State.ACCEPTED})
    assert await stores.tickets.unfinished(before=moved.updated_at) == []
    assert await stores.tickets.unfinished(before=moved.updated_at + SECOND) == [moved]
    await stores.tickets.effects_done("t1", 1)
    await stores.tickets.effects_done("t1", 1)
    assert await stores.tickets.unfinished(before=moved.updated_at + SECOND) == []


async def test_lists_are_newest_first_inside_the_window_and_bounded(stores: Stores) -> None:
    for number in range(6):
        ticket = a_ticket(f"t{number}", f"R20260310-000{number}", opened_at=NOW + number * MINUTE)
        await stores.tickets.add(ticket.model_copy(update={"description": "long", "events": (an_event(),)}))
    window: dict[str, Any] = {"before": NOW + 5 * MINUTE, "since": NOW + MINUTE}
    mine = await stores.tickets.of_owner("lin", limit=3, **window)
    assert [ticket.id for ticket in mine] == ["t4", "t3", "t2"], "before is left out"
    there = await stores.tickets.of_rooms(["hy/3-2-1502", "hy/1-1-101"], limit=9, **window)
    assert [ticket.id for ticket in there] == ["t4", "t3", "t2", "t1"], "since is in"
    rows = await stores.tickets.listed(estates=["hy"], state="new", limit=2, **window)
    assert [row.id for row in rows] == ["t4", "t3"]
    assert rows[0].description == "" and rows[0].events == (), "a list does not load what a row does not show"
    nothings: tuple[dict[str, Any], ...] = ({"estates": ["other"]}, {"state": "closed"}, {"category": "complaint"})
    for nothing in (*nothings, {"room": "hy/1-1-101"}):
        assert await stores.tickets.listed(**nothing, limit=9, **window) == []
    assert await stores.tickets.of_executor("zhang", State.NEW, limit=9, **window) == []
    nobodys = await stores.tickets.of_executor(None, State.NEW, limit=2, **window)
    assert [row.id for row in nobodys] == ["t4", "t3"]


async def test_what_a_stranger_opened_moves_to_the_person_we_come_to_know(stores: Stores) -> None:
    await stores.tickets.add(a_ticket("t1", "R20260310-0001", owner_id="stranger"))
    await stores.tickets.add(a_ticket("t2", "R20260310-0002", owner_id="other"))
    assert await stores.tickets.move_owner("stranger", "lin") == 1
    assert (await stores.tickets.get("t1")).owner_id == "lin"
    assert (await stores.tickets.get("t2")).owner_id == "other"


async def test_consequences_finished_by_two_processes_at_once_leave_nothing_to_find(
    stores: Stores, elsewhere: Stores
) -> None:
    await stores.tickets.add(a_ticket())
    ticket = await stores.tickets.change(a_ticket(), an_event("a"), {"state": State.ACCEPTED})
    ticket = await stores.tickets.change(ticket, an_event("b"), {"state": State.IN_PROGRESS})
    await asyncio.gather(stores.tickets.effects_done("t1", 1), elsewhere.tickets.effects_done("t1", 2))
    later = ticket.updated_at + SECOND
    assert await stores.tickets.unfinished(before=later) == []
    done = await stores.tickets.get("t1")
    assert (done.effects, done.unfinished) == ((), False)


async def test_finishing_one_version_again_does_not_finish_the_next(stores: Stores) -> None:
    await stores.tickets.add(a_ticket())
    ticket = await stores.tickets.change(a_ticket(), an_event("a"), {"state": State.ACCEPTED})
    await stores.tickets.effects_done("t1", 1)
    ticket = await stores.tickets.change(ticket.model_copy(update={"effects": ()}), an_event("b"), {})
    await stores.tickets.effects_done("t1", 1)
    [found] = await stores.tickets.unfinished(before=ticket.updated_at + SECOND)
    assert found.effects == (2,)
