"""Who works on it: the demo's colleagues, and in a larger company more technicians for every estate."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from bot.demo.estate.size import Place
from bot.demo.sample_people import COLLEAGUES, SURNAMES
from desk.actors import Actor, staff_actor
from desk.desk import Desk
from store.errors import Duplicate
from store.staff import Role, Staff
from store.tickets import Category

FRONTDESK = "xiaozhou"
MORE = 6
"""Technicians of an estate with two thousand homes."""


@dataclass(slots=True)
class Crew:
    """Colleagues as actors, with what a ticket says of each as its executor."""

    actors: dict[str, Actor] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    technicians: dict[str, list[str]] = field(default_factory=dict)
    front: dict[str, str] = field(default_factory=dict)

    def executor(self, category: Category, estate_id: str, chance: random.Random) -> Actor:
        """Who does work of this kind there."""
        if category is Category.REPAIR:
            return self.actors[chance.choice(self.technicians[estate_id])]
        if category is Category.COMPLAINT:
            return self.actors[chance.choices(("li", self.front[estate_id]), weights=(3, 1))[0]]
        if category is Category.SUGGESTION:
            return self.actors[chance.choices(("manager", "li"), weights=(1, 2))[0]]
        return self.frontdesk(estate_id)

    def frontdesk(self, estate_id: str) -> Actor:
        """Who sits at the front desk there."""
        return self.actors[self.front[estate_id]]


async def crew_of(desk: Desk, places: list[Place]) -> Crew:
    """The colleagues of these estates; those who are missing are hired."""
    crew = Crew()
    rows = [await desk.stores.staff.get(one.username) for one in COLLEAGUES]
    usual = [row.id for row in rows if row.role is Role.TECHNICIAN]
    for place in places:
        crew.technicians[place.id] = list(usual)
        crew.front[place.id] = FRONTDESK
        if place is not places[0]:
            row = await _hired(desk, _newcomer(desk, place, 0, rows[0], Role.FRONTDESK))
            crew.front[place.id] = row.id
            rows.append(row)
        for number in range(MORE if place.homes > 200 else 0):
            row = await _hired(desk, _newcomer(desk, place, number + 1, rows[0], Role.TECHNICIAN))
            rows.append(row)
            crew.technicians[place.id].append(row.id)
    for row in rows:
        crew.actors[row.id] = staff_actor(row)
        crew.fields[row.id] = desk.tickets.executor_fields(row)
    return crew


async def _hired(desk: Desk, row: Staff) -> Staff:
    try:
        await desk.stores.staff.add(row)
    except Duplicate:
        return await desk.stores.staff.get(row.id)
    return row


def _newcomer(desk: Desk, place: Place, number: int, like: Staff, role: Role) -> Staff:
    chance = random.Random(f"{place.id}:{number}")
    name = chance.choice(SURNAMES) + chance.choice(("志明", "建军", "大勇", "师平", "宝林", "国庆", "长河", "立新"))
    return Staff(
        id=f"{place.id}-tech{number}" if role is Role.TECHNICIAN else f"{place.id}-desk",
        name=name,
        role=role,
        title="师傅" if role is Role.TECHNICIAN else "",
        password=like.password,
        phone=desk.stores.sealer.phone(f"13857{chance.randrange(10**6):06d}"),
        estates=(place.id,),
        created_at=desk.clock.now(),
    )
