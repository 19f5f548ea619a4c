"""Fills a database: people first, then household after household, in bulk and with flat memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.demo.estate.board import Board
from bot.demo.estate.chat import Chat, World
from bot.demo.estate.crew import crew_of
from bot.demo.estate.household import lived
from bot.demo.estate.ledger import charges, duty_log
from bot.demo.estate.people import Household, households, register_of, sample_homes
from bot.demo.estate.plan import Agenda, agendas
from bot.demo.estate.size import Place, Size, places
from bot.demo.estate.talk import answers_of
from bot.demo.estate.write import Writer
from bot.emulator.config import MiniProgram, OfficialAccount
from bot.emulator.users import openid_for
from desk.desk import Desk
from store.clock import to_millis
from store.conversations import Conversation
from store.estates import Estate

Progress = Callable[[str], None]
PHONE = "0571-8800{:04d}"


@dataclass(slots=True)
class Filled:
    """How much was written."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


async def fill(
    desk: Desk,
    *,
    scale: int = 1,
    seed: int = 1,
    now: datetime | None = None,
    leave: frozenset[tuple[str, str, str]] = frozenset(),
    progress: Progress | None = None,
) -> Filled:
    """Write an estate of that scale, the same for the same seed and ``now``. The demo's colleagues must be there.

    After a crash half-way it goes on where it was, with the ``now`` of the first try.

    ``leave``: homes of the first estate that somebody else fills.
    """
    began = time.monotonic()
    size, where = Size(scale), places(scale)
    account = OfficialAccount().app_id
    apps = (account, MiniProgram().app_id)
    await _estates(desk, where)
    mark = f"estate-numbers:{scale}:{seed}"
    begun = await desk.stores.settings.find(mark)
    at = datetime.fromisoformat(begun.values["now"]) if begun else now or desk.clock.now()
    world = World(desk, to_millis(at), seed, account)
    crew = await crew_of(desk, where)
    answers = await answers_of(desk, where[0].id)
    homes = list(households(desk, where, seed, leave=leave))
    agenda = await agendas(world, size, homes, mark)
    board = Board(world, where, crew)
    async with Writer(desk.stores, progress, began) as writer:
        for home in homes:
            writer.total = f"{home.number + 1}/{len(homes)} homes"
            register = register_of(desk, home, apps, world.now)
            await writer.put("rooms", [register.room])
            await writer.put("residents", [register.resident] if register.resident else [])
            await writer.put("bindings", [register.binding] if register.binding else [])
            await writer.put("identities", register.identities)
            chat = lived(world, home, agenda.get(home.number) or Agenda(), crew, answers)
            board.reaches(chat, home)
            await _put(writer, chat)
            await writer.put("charges", list(charges(chat.tickets, seed)))
        for home in sample_homes(desk) if leave else ():
            chat = Chat(world, await _conversation(world, home), home.person_id)
            board.reaches(chat, home)
            await writer.put("messages", chat.lines)
            await writer.put("deliveries", chat.deliveries)
        await writer.put("duty", duty_log(world, where, crew))
        await writer.put("notices", board.notices())
        await writer.put("timers", board.timers())
    return Filled(writer.written, time.monotonic() - began)


async def _put(writer: Writer, chat: Chat) -> None:
    conversation = chat.finished()
    await writer.put("tickets", chat.tickets)
    await writer.put("parcels", chat.parcels)
    await writer.put("messages", chat.lines)
    await writer.put("deliveries", chat.deliveries)
    await writer.put("timers", chat.timers)
    if conversation is not None:
        await writer.put("conversations", [conversation])


async def _conversation(world: World, home: Household) -> Conversation | None:
    """That of a sample owner, who has one already."""
    openid = openid_for(world.account, home.user)
    return await world.desk.stores.conversations.find(f"{world.account}:{openid}")


async def _estates(desk: Desk, where: Sequence[Place]) -> None:
    rows = [Estate(id=place.id, name=place.name, phone=PHONE.format(1234 + n)) for n, place in enumerate(where)]
    await desk.stores.estates.add(rows)
    await desk.rules.refresh()
