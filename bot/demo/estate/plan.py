"""What will happen to whom and when: drawn once for all estates, numbered in the order of time."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.demo.estate.chat import World
from bot.demo.estate.hours import some_time
from bot.demo.estate.people import Household
from bot.demo.estate.size import Size
from store.tickets import Category

MIX: dict[Category, int] = {
    Category.REPAIR: 56,
    Category.COMPLAINT: 17,
    Category.INQUIRY: 8,
    Category.PARCEL: 8,
    Category.SUGGESTION: 11,
}


@dataclass(slots=True)
class Opening:
    """A ticket to come."""

    at: datetime
    category: Category
    number: str = ""


@dataclass(slots=True)
class Agenda:
    """What one household has before it."""

    openings: list[Opening] = field(default_factory=list)
    parcels: list[tuple[int, datetime]] = field(default_factory=list)
    talks: list[datetime] = field(default_factory=list)


async def agendas(world: World, size: Size, homes: list[Household], mark: str) -> dict[int, Agenda]:
    """By household. The numbers come from the desk's own counters, so that the next real ticket goes on from there."""
    chance = random.Random(f"{world.seed}:plan:{size.scale}")
    zone = world.rules(homes[0].estate_id).zone
    found: dict[int, Agenda] = defaultdict(Agenda)
    chatting = [home for home in homes if home.user]
    openings: list[Opening] = []
    categories, weights = tuple(MIX), tuple(MIX.values())
    for _ in range(size.tickets):
        # Four of five tickets are told in WeChat, the others at the desk or by phone.
        home = chance.choice(chatting if chance.random() < 0.8 else homes)
        opening = Opening(some_time(chance, world.now, zone), chance.choices(categories, weights=weights)[0])
        found[home.number].openings.append(opening)
        openings.append(opening)
    for number in range(size.parcels):
        home = chance.choice(chatting if chance.random() < 0.75 else homes)
        found[home.number].parcels.append((number, some_time(chance, world.now, zone)))
    for _ in range(size.talks):
        found[chance.choice(chatting).number].talks.append(some_time(chance, world.now, zone))
    await _number(world, openings, mark)
    for agenda in found.values():
        agenda.openings.sort(key=lambda one: one.at)
    return found


async def _number(world: World, openings: list[Opening], mark: str) -> None:
    """Number them by day. What was taken is kept under ``mark``: a second try after a crash gets the same numbers."""
    zone = world.desk.rules.of("").zone
    days: dict[tuple[str, date], list[Opening]] = defaultdict(list)
    for opening in sorted(openings, key=lambda one: one.at):
        days[opening.category.letter, opening.at.astimezone(zone).date()].append(opening)
    stores = world.desk.stores
    kept = await stores.settings.find(mark)
    firsts: dict[str, int] = dict(kept.values["firsts"]) if kept else {}
    for (letter, day), rows in days.items():
        name = f"{letter}{day:%Y%m%d}"
        if not kept:
            # Wanted at the same moment, they are taken with few steps of the counter, one after the other.
            numbers = await asyncio.gather(*(stores.counters.next(letter, day) for _ in rows))
            firsts[name] = min(numbers)
        for number, opening in enumerate(rows, start=firsts[name]):
            opening.number = f"{name}-{number:04d}"
    if not kept:
        await stores.settings.put(mark, {"firsts": firsts, "now": world.now.isoformat()}, version=0)
