"""kill -9 of a process in the middle of its work; smaller in ``make test``, large in ``make chaos``."""

from __future__ import annotations

import asyncio

from bot.emulator.client import PushResult
from desk.deliveries import Kind
from tests.processes.town import Town, fault, shown, shown_twice, until


async def serve_dies(town: Town, *, owners: int, spare: bool) -> None:
    """Each owner reports something; serve is killed when a third of them is served.

    It comes back after a second, or (``spare``) another one takes what the platform repeats.
    """
    serve, worker, *_ = await asyncio.gather(
        town.start("serve"), town.start("worker"), *([town.start("serve")] if spare else [])
    )
    phones = await town.owners(owners)
    said = [asyncio.create_task(phone.says(fault(n))) for n, phone in enumerate(phones)]

    async def some_opened() -> bool:
        return len(await town.tickets()) >= owners // 3

    await until(some_opened, 20, "tickets are opened")
    await town.kill(serve)
    if not spare:
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
        assert not shown_twice(texts), texts
        row = deliveries.get(f"answer:{town.key(push)}")
        answered = [text for text in texts if "R2" in text]
        listed = row is not None and row.attention
        assert len(answered) == 1 or listed or push.fault, (push.statuses, texts, row)
        assert len(answered) <= 1
    unknown = [row for row in deliveries.values() if row.state == "unknown"]
    assert all(row.attention for row in unknown)
    faults = [push.statuses for push in pushes if push.fault]
    assert not spare or not faults, faults
    print(f"\n{len(tickets)} tickets, {len(unknown)} unknown, {len(faults)} faults, finished after {took:.1f} s")
    assert worker.runs


async def worker_dies(town: Town, *, owners: int, each: int) -> None:
    """Urgent news to many; the worker is killed when a third of it is out, and another one takes over."""
    _, worker = await asyncio.gather(town.start("serve"), town.start("worker"))
    phones = await town.owners(owners)
    for phone in phones:
        greeting: PushResult = await phone.says("你好")
        assert greeting.status == 200
    for number in range(each):
        for phone in phones:
            conversation = await town.stores.conversations.get(town.conversation(phone))
            await town.desk.outbox.put(
                f"test:{phone.name}:{number}",
                conversation,
                Kind.URGENT,
                f"师傅到楼下了 {number}",
                person_id=conversation.person_id,
            )

    async def some_sent() -> bool:
        return sum(row.state == "accepted" for row in await town.deliveries()) >= owners * each // 3

    await until(some_sent, 60, "some are sent")
    await town.kill(worker)
    await town.start("worker")

    async def all_out() -> bool:
        return not await town.open_deliveries()

    took = await until(all_out, 90, "everything has ended")
    rows = {row.id: row for row in await town.deliveries()}
    for phone in phones:
        got = [text for text in await shown(phone) if text.startswith("师傅到楼下了")]
        assert not shown_twice(got) and got == sorted(got), got
        for number in range(each):
            row = rows[f"test:{phone.name}:{number}"]
            assert row.state in ("accepted", "delivered") or (row.state == "unknown" and row.attention), row
            assert row.state == "unknown" or f"师傅到楼下了 {number}" in got
    unknown = [row for row in rows.values() if row.state == "unknown"]
    print(f"\n{owners * each} pushes, {len(unknown)} unknown, all ended {took:.1f} s after the kill")
