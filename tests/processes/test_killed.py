"""kill -9 in the middle: every message handled once, nothing said twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.processes.deaths import serve_dies, worker_dies
from tests.processes.firing import workers_die_firing
from tests.processes.town import Town, fault


@pytest.mark.timeout(240)
async def test_serve_dies_in_the_middle_of_conversations(town: Town) -> None:
    await serve_dies(town, owners=20, spare=True)


async def test_the_same_push_to_two_processes_and_after_a_restart(town: Town) -> None:
    first, second = await asyncio.gather(town.start("serve"), town.start("serve"))
    [phone] = await town.owners(1)
    push = await phone.says(fault(1), parallel=3)
    assert {attempt.reply for attempt in push.attempts} == {push.reply} and len(push.attempts) == 3
    [ticket] = await town.tickets()
    assert ticket.number in (push.reply or "")
    await town.kill(first)
    await town.kill(second)
    await town.start("serve")
    again = await town.wechat.deliver(push)
    assert again.attempts[-1].reply == push.reply and not again.reasons
    assert len(await town.tickets()) == 1


@pytest.mark.timeout(240)
async def test_worker_dies_while_it_sends(town: Town) -> None:
    await worker_dies(town, owners=10, each=2)


@pytest.mark.timeout(240)
async def test_worker_dies_while_it_fires_timers(town: Town) -> None:
    await workers_die_firing(town, owners=3, kills=1, workers=1)
