"""Messages as rows of a sparse matrix: one column for each feature that stands in enough scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nlp.features import MARK, extract, folded, normal
from nlp.lexicon import Lexicon
from nlp.model import damping, extent
from nlp.plain import flatten
from nlp.training.corpus import Example

_PAIR = f"{MARK}b"
PAIRS_FREE = 0.6
"""Every two words that stand near each other are a feature, and most are chance: held more than all else."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows (damped by length), the names of the columns, in how many messages each stands, and how free it is.

    ``scales``: what many messages hold says little, so its weight is held more (as tf-idf does, for the weight alone).
    """

    rows: Any
    names: list[str]
    often: Any
    scales: Any

    def only(self, columns: Any) -> Matrix:
        """With these columns alone, in their order."""
        names = [self.names[place] for place in columns]
        return Matrix(self.rows[:, columns], names, self.often[columns], self.scales[columns])


def features_of(text: str, lexicon: Lexicon, cut: Callable[[str], list[str]]) -> set[str]:
    """The names of all features of ``text``."""
    plain = normal(flatten(text))
    return extract(plain, cut(folded(plain)), lexicon).found if plain else set()


def damped(text: str) -> float:
    """What each feature of ``text`` counts."""
    return damping(extent(normal(flatten(text))))


def build(examples: Sequence[Example], found: Sequence[set[str]], least: int = 2) -> Matrix:
    """The matrix of ``examples``, whose features are ``found``; columns stand in at least ``least`` scenarios.

    Two words together must stand in one more: most such pairs are chance.
    """
    where: dict[str, set[str]] = {}
    for example, own in zip(examples, found, strict=True):
        scenario = f"{example.source}/{example.scenario}"
        for name in own:
            scenarios = where.setdefault(name, set())
            if len(scenarios) <= least:
                scenarios.add(scenario)
    names = sorted(name for name, scenarios in where.items() if len(scenarios) >= least + name.startswith(_PAIR))
    made = rows(examples, found, names)
    often = np.bincount(made.indices, minlength=len(names))
    scales = np.log(len(examples) / np.maximum(often, 1))
    scales /= np.sqrt((scales**2 * often).sum() / often.sum())
    scales *= [PAIRS_FREE if name.startswith(_PAIR) else 1.0 for name in names]
    return Matrix(made, names, often, scales)


def rows(examples: Iterable[Example], found: Iterable[set[str]], names: Sequence[str]) -> Any:
    """The rows of ``examples`` over the columns ``names``."""
    place = {name: index for index, name in enumerate(names)}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for example, own in zip(examples, found, strict=True):
        known = sorted(place[name] for name in own if name in place)
        columns += known
        values += [damped(example.text)] * len(known)
        ends.append(len(columns))
    return sparse.csr_matrix((np.array(values), np.array(columns), np.array(ends)), shape=(len(ends) - 1, len(place)))
