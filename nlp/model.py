"""The learnt model: additive weights read from ``nlp/weights/*.json``, and scores that are nothing but their sums."""

from __future__ import annotations

import json
import math
import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from nlp.features import FAMILIES, MARK

STEP = 30
"""Thousandths that one means in a file: finer steps decide nothing, and the room is worth more features."""
FIELD = 32
HALF = 1 << (FIELD - 1)
WHOLE = (1 << FIELD) - 1

_MOST = 30
_FIELDS = [struct.Struct(f"<{columns}I") for columns in range(_MOST + 1)]
_LONG = 150
_BRIEF = 24
_REPEATS = 3
"""A text in which a character stands more often than this, on average, may be one sentence again and again."""
"""Shorter texts are taken as they are."""
_LETTER = {name: letter for letter, name in FAMILIES.items()}
_CHARS = "characters"


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by family and feature, whole thousandths; those of all columns are packed into one number (``pack``)."""

    columns: tuple[str, ...]
    start: int
    rows: Mapping[str, Mapping[str, int]]
    about: Mapping[str, str] = field(default_factory=dict)
    temperature: float = 1.0
    reliability: tuple[tuple[float, float], ...] = ()
    sure: float = 0.0
    urgent: float = 0.5

    def of(self, family: str) -> Mapping[str, int]:
        """The rows of a family by its letter, the names as a text holds them; "" is for characters."""
        return self.rows.get(FAMILIES[family] if family else _CHARS, {})


def damping(size: int) -> float:
    """What every feature of a text of ``size`` characters counts: long texts have many, and are not surer for that."""
    return math.pow(24.0 / (2.0 + size), 0.7)


def warmth(damped: float) -> float:
    """What the temperature is multiplied by in a text whose features count ``damped``.

    A sum of many small weights is right more often than an equal sum of few: in cross-validation one more of a hundred
    messages is sure.
    """
    return math.pow(damped, 0.3)


def extent(text: str) -> int:
    """The size of a normal text as ``damping`` takes it: what it only repeats does not make it longer."""
    size = len(text)
    if size <= _LONG and (size <= _BRIEF or len(set(text)) * _REPEATS >= size):
        return size
    said = len({text[at : at + 3] for at in range(size - 2)}) + 2
    return said if said * 2 < size else size if size <= _LONG else min(size, _LONG // 2 + said)


def pack(weights: Sequence[int]) -> int:
    """Thousandths as one whole number, a field each: adding such numbers adds all columns at once, and exactly."""
    return sum(weight << (FIELD * place) for place, weight in enumerate(weights))


def unpack(packed: int, columns: int) -> list[int]:
    """Back from ``pack``, also of a sum (of up to some hundred thousand weights)."""
    return [one - HALF for one in fields(packed + lift(columns), columns)]


def fields(lifted: int, columns: int) -> tuple[int, ...]:
    """The fields of a packed number to which ``lift`` was added; each is too large by ``HALF``."""
    return _FIELDS[columns].unpack(lifted.to_bytes(columns * (FIELD // 8), "little"))


@cache
def lift(columns: int) -> int:
    """What makes every field positive."""
    return sum(HALF << (FIELD * place) for place in range(columns))


def scores(model: Model, packed: int, size: int) -> list[float]:
    """The score of each column for the sum of a text's rows."""
    factor = damping(size) / 1000
    count = len(model.columns)
    sums = unpack(packed, count)
    return [start / 1000 + factor * one for start, one in zip(unpack(model.start, count), sums, strict=True)]


def shares(scores: Sequence[float], temperature: float = 1.0) -> list[float]:
    """Scores as shares of one."""
    top = max(scores)
    exp = math.exp
    parts = [exp((score - top) / temperature) for score in scores]
    whole = sum(parts)
    return [part / whole for part in parts]


def between(table: Sequence[tuple[float, float]], value: float) -> float:
    """``value`` read from a table of points, in a straight line between two of them."""
    if not table:
        return value
    place = bisect_right(table, (value, math.inf))
    if place == 0:
        return table[0][1]
    if place == len(table):
        return table[-1][1]
    (left, low), (right, high) = table[place - 1], table[place]
    return low + (high - low) * (value - left) / (right - left) if right > left else high


def family_of(name: str) -> tuple[str, str]:
    """A feature's family and the rest of its name."""
    return (FAMILIES[name[1]], name[2:]) if name[0] == MARK else (_CHARS, name)


def full(family: str, rest: str) -> str:
    """Back from ``family_of``."""
    return rest if family == _CHARS else f"{MARK}{_LETTER[family]}{rest}"


def read(text: str) -> Model:
    """A model from its file; raises ``ValueError`` for another shape."""
    raw = json.loads(text)
    if not isinstance(raw, dict) or not raw.get("columns") or len(raw["start"]) != len(raw["columns"]):
        raise ValueError("weights: no columns or no start")
    columns = tuple(raw["columns"])
    about: dict[str, str] = raw["about"]
    rows: dict[str, dict[str, int]] = {}
    for family, found in raw["rows"].items():
        if family != _CHARS and family not in _LETTER:
            raise ValueError(f"weights: no family {family}")
        try:
            rows[family] = _packed(found, len(columns))
        except (TypeError, ValueError) as wrong:
            raise ValueError(f"weights, {family}: {wrong}") from wrong
    pairs = (pair.split("=") for pair in about.get("reliability", "").split())
    return Model(
        columns,
        STEP * pack(raw["start"]),
        rows,
        about,
        temperature=float(about.get("temperature", 1)),
        reliability=tuple((float(share), float(right)) for share, right in pairs),
        sure=float(about.get("sure from", 0)),
        urgent=float(about.get("urgent from", 0.5)),
    )


def _packed(found: Mapping[str, Sequence[int]], count: int) -> dict[str, int]:
    if count == 6:  # written out: three times as fast, and there are tens of thousands
        return {
            name: STEP * (a + (b << FIELD) + (c << 2 * FIELD) + (d << 3 * FIELD) + (e << 4 * FIELD) + (f << 5 * FIELD))
            for name, (a, b, c, d, e, f) in found.items()
        }
    wrong = [name for name, row in found.items() if len(row) != count]
    if wrong:
        raise ValueError(f"{wrong[0]} has not {count} numbers")
    return {name: STEP * pack(row) for name, row in found.items()}


def write(model: Model) -> str:
    """The file of a model, one feature a line, in the order of its rows."""
    count = len(model.columns)
    head = {"about": dict(model.about), "columns": list(model.columns), "start": _steps(model.start, count)}
    parts = [f"{_said(name)}: {_said(value)}" for name, value in head.items()]
    families = []
    for family, rows in model.rows.items():
        lines = ",\n".join(f"{_said(name)}:{_said(_steps(row, count))}" for name, row in rows.items())
        families.append(f"{_said(family)}: {{\n{lines}\n}}")
    parts.append('"rows": {\n' + ",\n".join(families) + "\n}")
    return "{" + ",\n".join(parts) + "}\n"


def _steps(packed: int, count: int) -> list[int]:
    return [round(one / STEP) for one in unpack(packed, count)]


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_default(name: str) -> Model:
    """A model that comes with the package."""
    return read(resources.files("nlp").joinpath(f"weights/{name}.json").read_text(encoding="utf-8"))
