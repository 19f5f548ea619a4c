"""Messages as rows of a sparse matrix: one column for each feature that stands in enough scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nlp.features import extract, normal
from nlp.lexicon import Lexicon
from nlp.model import damping, extent
from nlp.plain import flatten
from nlp.training.corpus import Example


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows (damped by length) and the names of the columns."""

    rows: Any
    names: list[str]


def features_of(text: str, lexicon: Lexicon, cut: Callable[[str], list[str]]) -> set[str]:
    """The names of all features of ``text``."""
    plain = normal(flatten(text))
    return set(extract(plain, cut(plain), lexicon).found) if plain else set()


def build(examples: Sequence[Example], found: Sequence[set[str]], least: int = 2) -> Matrix:
    """The matrix of ``examples``, whose features are ``found``; columns stand in at least ``least`` scenarios."""
    where: dict[str, set[str]] = {}
    for example, own in zip(examples, found, strict=True):
        scenario = f"{example.source}/{example.scenario}"
        for name in own:
            scenarios = where.setdefault(name, set())
            if len(scenarios) < least:
                scenarios.add(scenario)
    names = sorted(name for name, scenarios in where.items() if len(scenarios) >= least)
    return Matrix(rows(examples, found, names), names)


def rows(examples: Iterable[Example], found: Iterable[set[str]], names: Sequence[str]) -> Any:
    """The rows of ``examples`` over the columns ``names``."""
    place = {name: index for index, name in enumerate(names)}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for example, own in zip(examples, found, strict=True):
        known = sorted(place[name] for name in own if name in place)
        columns += known
        values += [damping(extent(normal(flatten(example.text))))] * len(known)
        ends.append(len(columns))
    return sparse.csr_matrix((np.array(values), np.array(columns), np.array(ends)), shape=(len(ends) - 1, len(place)))
