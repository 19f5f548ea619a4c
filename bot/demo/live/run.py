"""The turns of live mode: somebody answers, somebody writes, a colleague does the next step; then a pause."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from bot.demo.live.colleagues import Colleague, Crew, Refused
from bot.demo.live.owners import Owners
from bot.demo.sample_people import OWNERS, PASSWORD
from bot.emulator.client import EmulatorClient, EmulatorProblem

PACE = 30.0
"""Seconds between two turns, on average."""
AT_LEAST, AT_MOST = 2 / 3, 4 / 3
"""Of the pace: 20 to 40 seconds."""
Say = Callable[[str], None]
Wait = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Order:
    """How it runs: the same seed over the same demo does the same."""

    emulator: str
    serve: str
    pace: float = PACE
    seed: int | None = None
    turns: int | None = None
    """So many, then it ends; None: until it is stopped."""
    owners: tuple[str, ...] = tuple(owner.user for owner in OWNERS if owner.user != "wang")
    """Not 王丽华: whoever tries the demo writes as her."""


async def live(order: Order, say: Say, wait: Wait = asyncio.sleep) -> int:
    """Go on until cancelled, or for so many turns; gives how many there were. ``wait`` is the pause between them."""
    chance = random.Random(order.seed)
    done = 0
    timeout = aiohttp.ClientTimeout(total=60)
    async with EmulatorClient(order.emulator) as wechat, aiohttp.ClientSession(timeout=timeout) as http:
        owners = Owners(wechat, chance)
        await owners.gather(list(order.owners))
        crew = Crew(
            Colleague(http, order.serve, "zhang", PASSWORD), Colleague(http, order.serve, "li", PASSWORD), chance
        )
        while order.turns is None or done < order.turns:
            await turn(owners, crew, chance, say)
            done += 1
            if order.turns is None or done < order.turns:
                await wait(order.pace * chance.uniform(AT_LEAST, AT_MOST))
    return done


async def turn(owners: Owners, crew: Crew, chance: random.Random, say: Say) -> None:
    """One turn. What the demo refuses, or cannot do just now, is said and left: the next turn is another one."""
    writes = chance.random() < 0.55
    heard = [await _tried(deed, say) for deed in (owners.answer, owners.write if writes else crew.step, crew.step)]
    if not any(heard):
        await _tried(owners.write, say)


async def _tried(deed: Callable[[], Awaitable[str]], say: Say) -> bool:
    try:
        said = await deed()
    except (aiohttp.ClientError, TimeoutError, EmulatorProblem, Refused) as problem:
        said = f"({type(problem).__name__}: {problem})"
    if said:
        say(said)
    return bool(said)


@contextlib.asynccontextmanager
async def alive(order: Order, say: Say) -> AsyncIterator[asyncio.Task[int]]:
    """Live mode beside something else; ended with the block."""
    task = asyncio.create_task(live(order, say), name="live mode")
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
