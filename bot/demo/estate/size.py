"""How large an estate is wanted: from the demo's two hundred homes to a company's twenty thousand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.sample_people import ESTATE_ID, ESTATE_NAME, homes

HOMES_OF_AN_ESTATE = 2000
NAMES = ("海悦花园", "锦绣江南", "翠湖天地", "望江府", "和风雅苑", "春晓里", "云栖小镇", "金桂园", "滨河新城", "白鹭湾")
SCALES = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Size:
    """What belongs to a scale."""

    scale: int

    @property
    def tickets(self) -> int:
        """Of the last two weeks."""
        return 300 * self.scale

    @property
    def parcels(self) -> int:
        """Logged at the front desk in the last two weeks."""
        return 160 * self.scale

    @property
    def talks(self) -> int:
        """Short exchanges without a ticket: questions, thanks, a word with the front desk."""
        return 260 * self.scale


@dataclass(frozen=True, slots=True)
class Place:
    """One estate to fill."""

    id: str
    name: str
    homes: int


def places(scale: int) -> list[Place]:
    """The estates of a scale; the first is the demo's."""
    wanted = 200 * scale
    count = max(1, wanted // HOMES_OF_AN_ESTATE)
    found = []
    for number in range(count):
        id = ESTATE_ID if number == 0 else f"{ESTATE_ID}{number + 1}"
        name = ESTATE_NAME if number == 0 else NAMES[number % len(NAMES)]
        found.append(Place(id, name, wanted // count))
    return found


def homes_of(place: Place) -> Iterator[tuple[str, str, str]]:
    """Building, unit, number of each home. Two hundred are the demo's own."""
    if place.homes == 200:
        yield from homes()
        return
    left = place.homes
    building = 0
    while left > 0:
        building += 1
        for unit in ("1", "2"):
            for floor in range(1, 18):
                for door in ("01", "02"):
                    if left <= 0:
                        return
                    left -= 1
                    yield str(building), unit, f"{floor}{door}"
