"""Deliveries: written once per send key, moved by whoever still sees them as they are."""

from __future__ import annotations

import asyncio

import pytest

import store.deliveries
from store.deliveries import Attempt, DeliveryState, Rung
from store.errors import NotFound
from store.stores import Stores
from tests.store.samples import LIN, MINUTE, NOW, SECOND, a_delivery

S = DeliveryState


async def test_a_replay_adds_nothing(stores: Stores, elsewhere: Stores) -> None:
    row = a_delivery(menu={"head": "好了吗", "items": [["1", "好了"]], "tail": ""}, template={"number": "R1"})
    await asyncio.gather(stores.deliveries.add([row]), elsewhere.deliveries.add([row, a_delivery("other", 2)]))
    await stores.deliveries.add([row.model_copy(update={"text": "二"})])
    assert await stores.deliveries.get(row.id) == row
    assert [one.id for one in await stores.deliveries.open_of(LIN)] == [row.id, "other"]
    with pytest.raises(NotFound):
        await stores.deliveries.get("nothing")


async def test_of_two_senders_one_takes_the_row(stores: Stores, elsewhere: Stores) -> None:
    row = a_delivery()
    await stores.deliveries.add([row])
    moved = await asyncio.gather(
        *(
            side.deliveries.move(row, S.SENDING, at=NOW, changes={"rungs_used": (Rung.CUSTOMER,)})
            for side in (stores, elsewhere)
        )
    )
    [won] = [one for one in moved if one is not None]
    assert won == await stores.deliveries.get(row.id), "what the winner holds is what is stored"
    assert (won.state, won.version, won.rungs_used) == (S.SENDING, 1, (Rung.CUSTOMER,))


async def test_an_old_copy_moves_nothing_also_when_the_state_is_the_same_again(stores: Stores) -> None:
    row = a_delivery()
    await stores.deliveries.add([row])
    sending = await stores.deliveries.move(row, S.SENDING, at=NOW)
    assert sending is not None
    again = await stores.deliveries.move(sending, S.QUEUED, at=NOW, attempt=Attempt(rung=Rung.CUSTOMER, at=NOW))
    assert again is not None and len(again.attempts) == 1
    assert await stores.deliveries.move(row, S.SENDING, at=NOW) is None
    assert await stores.deliveries.get(row.id) == again
    assert await stores.deliveries.move(a_delivery("nothing"), S.SENDING, at=NOW) is None


async def test_attempts_stay_bounded_the_last_ones_kept(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.deliveries, "MOST_ATTEMPTS", 2)
    row = a_delivery()
    await stores.deliveries.add([row])
    for number in range(4):
        moved = await stores.deliveries.move(
            row, S.QUEUED, at=NOW, attempt=Attempt(rung=Rung.CUSTOMER, at=NOW, errcode=number)
        )
        assert moved is not None
        row = moved
    assert [attempt.errcode for attempt in row.attempts] == [2, 3]
    assert await stores.deliveries.get(row.id) == row


async def test_due_rows_longest_waiting_first(stores: Stores) -> None:
    rows = [a_delivery(f"d{n}", n, not_before=NOW - n * MINUTE) for n in range(3)]
    await stores.deliveries.add(
        [*rows, a_delivery("later", 9, not_before=NOW + MINUTE), a_delivery("s", state=S.PARKED)]
    )
    assert [row.id for row in await stores.deliveries.due(at=NOW)] == ["d2", "d1", "d0"]
    assert [row.id for row in await stores.deliveries.due(at=NOW, limit=1)] == ["d2"]


async def test_a_persons_rows_in_the_order_in_which_they_must_leave(stores: Stores) -> None:
    states = [S.SENDING, S.ACCEPTED, S.QUEUED, S.PARKED, S.UNKNOWN, S.DELIVERED, S.CANCELLED]
    rows = [a_delivery(f"d{7 - n}", 7 - n, state=state) for n, state in enumerate(states)]
    await stores.deliveries.add([*rows, a_delivery("x", 1, conversation_id="wx1:other")])
    assert [row.seq for row in await stores.deliveries.open_of(LIN)] == [5, 7]
    assert [row.seq for row in await stores.deliveries.unsettled_of(LIN)] == [3, 4, 6]
    assert [row.seq for row in await stores.deliveries.open_of(LIN, limit=1)] == [5]


async def test_when_the_last_one_left(stores: Stores) -> None:
    rows = [a_delivery(f"d{n}", n, ticket_id="t1", sent_at=NOW + n * SECOND) for n in range(3)]
    await stores.deliveries.add([*rows, a_delivery("q", 9, ticket_id="t1")])
    last_of_ticket, last_to = stores.deliveries.last_sent_of_ticket, stores.deliveries.last_sent_to
    assert await last_of_ticket("t1", "status", since=NOW) == NOW + 2 * SECOND
    assert await last_of_ticket("t1", "status", since=NOW + MINUTE) is None
    assert await last_of_ticket("t1", "revisit", since=NOW) is None
    assert await last_to(LIN, "status", since=NOW) == NOW + 2 * SECOND
    assert await last_to("wx1:other", "status", since=NOW) is None


async def test_the_row_of_a_result_event(stores: Stores) -> None:
    attempt = Attempt(rung=Rung.TEMPLATE, at=NOW, msgid="42")
    await stores.deliveries.add([a_delivery("d1"), a_delivery("d2", attempts=(attempt,))])
    found = await stores.deliveries.by_msgid("42")
    assert found is not None and found.id == "d2"
    assert await stores.deliveries.by_msgid("43") is None


async def test_rows_long_in_a_state_oldest_first(stores: Stores) -> None:
    rows = [a_delivery(f"d{n}", n, state=S.UNKNOWN, changed_at=NOW - n * MINUTE) for n in range(3)]
    await stores.deliveries.add([*rows, a_delivery("x", state=S.SENDING, changed_at=NOW - MINUTE)])
    assert [row.id for row in await stores.deliveries.in_state(S.UNKNOWN, before=NOW)] == ["d2", "d1"]
    assert [row.id for row in await stores.deliveries.in_state(S.UNKNOWN, before=NOW, limit=1)] == ["d2"]


async def test_what_staff_have_to_look_at_newest_first(stores: Stores) -> None:
    rows = [a_delivery(f"d{n}", n, attention=True, created_at=NOW + n * MINUTE) for n in range(4)]
    await stores.deliveries.add([*rows, a_delivery("seen", attention=True, checked=True), a_delivery("fine")])
    found = await stores.deliveries.to_look_at(before=NOW + 3 * MINUTE, since=NOW, limit=2)
    assert [row.id for row in found] == ["d2", "d1"]


async def test_everything_pushed_to_a_person_newest_first(stores: Stores) -> None:
    rows = [a_delivery(f"d{n}", n, created_at=NOW + n * MINUTE) for n in range(4)]
    await stores.deliveries.add([*rows, a_delivery("x", person_id="wang")])
    found = await stores.deliveries.of_person("lin", before=NOW + 3 * MINUTE, since=NOW, limit=2)
    assert [row.id for row in found] == ["d2", "d1"]
    assert sorted(row.id for row in await stores.deliveries.of_ids(["d1", "x", "nothing"])) == ["d1", "x"]
    assert await stores.deliveries.of_ids([]) == []


async def test_what_no_longer_matters_is_cancelled_unless_it_has_left(stores: Stores) -> None:
    await stores.deliveries.add(
        [
            a_delivery("queued", 1, ticket_id="t1", kind="revisit"),
            a_delivery("left", 2, ticket_id="t1", kind="revisit", state=S.ACCEPTED),
            a_delivery("status", 3, ticket_id="t1"),
            a_delivery("other", 4, ticket_id="t2", kind="revisit"),
        ]
    )
    assert await stores.deliveries.cancel_of_ticket("t1", ["revisit"], at=NOW + SECOND) == 1
    cancelled = await stores.deliveries.get("queued")
    assert (cancelled.state, cancelled.version, cancelled.changed_at) == (S.CANCELLED, 1, NOW + SECOND)
    assert await stores.deliveries.move(a_delivery("queued", ticket_id="t1"), S.SENDING, at=NOW) is None
