"""kill -9 in the middle: every message handled once, nothing said twice."""

from __future__ import annotations

import asyncio

from tests.processes.town import Town, shown, shown_twice, until

WORDS = "卫生间的灯坏了,第{}盏,明天上午来修"


async def test_serve_dies_in_the_middle_of_conversations(town: Town) -> None:
    serve = await town.start("serve")
    worker = await town.start("worker")
    phones = await town.owners(30)
    said = [asyncio.create_task(phone.says(WORDS.format(n))) for n, phone in enumerate(phones)]

    async def some_opened() -> bool:
        return len(await town.tickets()) >= 8

    await until(some_opened, 20, "tickets are opened")
    await town.kill(serve)
    await asyncio.sleep(1)
    await town.start("serve")
    pushes = await asyncio.gather(*said)

    async def all_done() -> bool:
        return not await town.received() and not await town.open_answers() and not await town.open_deliveries()

    took = await until(all_done, 60, "everything is finished")
    tickets = await town.tickets()
    keys = [ticket.message_key for ticket in tickets]
    assert len(keys) == len(set(keys)), "a message opened two tickets"
    kept = [line.id for phone in phones for line in await town.messages(phone)]
    assert set(kept) == set(keys)
    assert {town.key(push) for push in pushes if push.status == 200} <= set(kept)
    deliveries = {row.id: row for row in await town.deliveries()}
    for phone, push in zip(phones, pushes, strict=True):
        texts = await shown(phone)
        assert not shown_twice(texts)
        row = deliveries.get(f"answer:{town.key(push)}")
        answered = [text for text in texts if "R2" in text]
        listed = row is not None and row.attention
        assert len(answered) == 1 or listed or push.fault, (push.statuses, texts, row)
        assert len(answered) <= 1
    unknown = [row for row in deliveries.values() if row.state == "unknown"]
    assert all(row.attention for row in unknown)
    faults = [push.statuses for push in pushes if push.fault]
    print(f"\n{len(tickets)} tickets, {len(unknown)} unknown, {len(faults)} faults, finished after {took:.1f} s")
    assert worker.runs


async def test_the_same_push_to_two_processes_and_after_a_restart(town: Town) -> None:
    first, second = await town.start("serve"), await town.start("serve")
    [phone] = await town.owners(1)
    push = await phone.says(WORDS.format(1), parallel=3)
    assert {attempt.reply for attempt in push.attempts} == {push.reply} and len(push.attempts) == 3
    [ticket] = await town.tickets()
    assert ticket.number in (push.reply or "")
    await town.kill(first)
    await town.kill(second)
    await town.start("serve")
    again = await town.wechat.deliver(push)
    assert again.attempts[-1].reply == push.reply and not again.reasons
    assert len(await town.tickets()) == 1
