"""What people write about: the words of the matter, what was done in the end, what may be asked or ordered for it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.demo.estate.matters_of_life import COMPLAINT_ROWS, PARCEL_ROWS, SUGGESTION_ROWS
from bot.demo.estate.matters_of_repair import REPAIR_ROWS
from store.tickets import Category


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of thing that comes up."""

    category: Category
    words: tuple[str, ...]
    """As different people put it."""
    done: tuple[str, ...]
    """What colleagues note when it is done."""
    weight: int = 10
    part: str = ""
    """What may have to be ordered for it; empty: nothing."""
    question: str = ""
    """What a colleague may have to ask; empty: nothing."""
    answer: str = ""


def _matters(category: Category, rows: tuple[tuple[object, ...], ...]) -> tuple[Matter, ...]:
    made = []
    for words, done, weight, *rest in rows:
        texts = [str(one) for one in rest]
        made.append(
            Matter(category, tuple(str(words).split("|")), tuple(str(done).split("|")), int(str(weight)), *texts)
        )
    return tuple(made)


MATTERS: dict[Category, tuple[Matter, ...]] = {
    Category.REPAIR: _matters(Category.REPAIR, REPAIR_ROWS),
    Category.COMPLAINT: _matters(Category.COMPLAINT, COMPLAINT_ROWS),
    Category.PARCEL: _matters(Category.PARCEL, PARCEL_ROWS),
    Category.SUGGESTION: _matters(Category.SUGGESTION, SUGGESTION_ROWS),
}


def pick(category: Category, chance: random.Random) -> Matter:
    """A matter of this kind, the usual ones more often."""
    rows = MATTERS[category]
    return chance.choices(rows, weights=[row.weight for row in rows])[0]
