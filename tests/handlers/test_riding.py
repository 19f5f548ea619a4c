"""Questions that no push could carry ride on answers: one a day, as the pushes."""

from __future__ import annotations

from desk.desk import Desk
from store.stores import Stores
from tests.clock import FixedClock
from tests.handlers.talk import Talk
from tests.handlers.test_revisit import done


async def test_one_question_rides_and_the_next_waits_for_its_deadline(
    wang: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(wang, desk, stores, clock, "厨房水管漏水，明天上午来", ask=False)
    await done(wang, desk, stores, clock, "卧室空调不制冷，明天下午来", ask=False)
    for ticket in await wang.tickets():
        await desk.revisits.ask(ticket.id, 1)
        clock.move(minutes=1)

    assert "空调" in await wang.say("你好") and "修好了吗" not in await wang.say("你好啊")
    assert "修好了吗" not in await wang.say("物业费怎么交")
    clock.move(hours=21)
    assert "水管" in await wang.say("你好"), "no cap holds it back beyond its deadline"


async def test_a_question_does_not_ride_on_the_day_of_a_push(
    wang: Talk, desk: Desk, stores: Stores, clock: FixedClock
) -> None:
    await done(wang, desk, stores, clock, "厨房水管漏水，明天上午来")
    [row] = [row for row in await stores.deliveries.open_of(wang.id) if row.kind == "revisit"]
    await stores.deliveries.move(row, row.state.ACCEPTED, at=clock.now(), changes={"sent_at": clock.now()})
    await done(wang, desk, stores, clock, "卧室空调不制冷，明天下午来")

    assert "修好了吗" not in await wang.say("你好")
