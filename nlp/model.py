"""The learnt model: additive weights read from ``nlp/weights/*.tsv``, and scores that are nothing but their sums."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nlp.features import ENDING, FAMILIES, MARK, OPENING

FIELD = 24
HALF = 1 << (FIELD - 1)
WHOLE = (1 << FIELD) - 1

_LONG = 150
"""Shorter texts are taken as they are."""
_FAMILY = {name: letter for letter, name in FAMILIES.items()}
_CHARS = "characters"
_WRITTEN = str.maketrans({OPENING: "⟦", ENDING: "⟧", "\n": "\\n", "\t": "\\t", "\\": "\\\\"})
_SPELLED = {"n": "\n", "t": "\t", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, whole thousandths; those of all columns are packed into one number (see ``pack``)."""

    columns: tuple[str, ...]
    start: int
    rows: Mapping[str, int]
    about: Mapping[str, str]
    temperature: float = 1.0
    reliability: tuple[tuple[float, float], ...] = ()
    sure: float = 0.0
    urgent: float = 0.5


def damping(size: int) -> float:
    """What every feature of a text of ``size`` characters counts: long texts have many, and are not surer for that."""
    return math.pow(24.0 / (2.0 + size), 0.7)


def extent(text: str) -> int:
    """The size of a normal text as ``damping`` takes it: what a long one only repeats does not make it longer."""
    size = len(text)
    if size <= _LONG:
        return size
    return min(size, _LONG // 2 + len({text[at : at + 3] for at in range(size - 2)}))


def pack(weights: Sequence[int]) -> int:
    """Thousandths as one whole number, a field each: adding such numbers adds all columns at once, and exactly."""
    return sum(weight << (FIELD * place) for place, weight in enumerate(weights))


def unpack(packed: int, columns: int) -> list[int]:
    """Back from ``pack``, also of a sum (of up to some hundred thousand weights)."""
    made = []
    for _ in range(columns):
        field = ((packed + HALF) & WHOLE) - HALF
        made.append(field)
        packed = (packed - field) >> FIELD
    return made


@cache
def lift(columns: int) -> int:
    """What makes every field positive."""
    return sum(HALF << (FIELD * field) for field in range(columns))


def scores(model: Model, packed: int, size: int) -> list[float]:
    """The score of each column for the sum of a text's rows."""
    factor = damping(size) / 1000
    count = len(model.columns)
    sums = unpack(packed, count)
    return [start / 1000 + factor * one for start, one in zip(unpack(model.start, count), sums, strict=True)]


def joined(left: Model, right: Model) -> dict[str, int]:
    """The rows of both, the columns of ``right`` after those of ``left``: one look-up finds all."""
    shift = FIELD * len(left.columns)
    rows = dict(left.rows)
    for name, row in right.rows.items():
        rows[name] = rows.get(name, 0) + (row << shift)
    return rows


def shares(scores: Sequence[float], temperature: float = 1.0) -> list[float]:
    """Scores as shares of one."""
    top = max(scores)
    parts = [math.exp((score - top) / temperature) for score in scores]
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


def written(name: str) -> tuple[str, str]:
    """A feature's family and value as the file says them."""
    if name.startswith(MARK):
        return FAMILIES[name[1]], name[2:].translate(_WRITTEN)
    return _CHARS, name.translate(_WRITTEN)


def named(family: str, value: str) -> str:
    """Back from ``written``."""
    if "\\" in value:
        parts = value.split("\\")
        out = [parts[0]]
        rest = iter(parts[1:])
        for part in rest:
            out.append(_SPELLED[part[0]] + part[1:] if part else "\\" + next(rest, ""))
        value = "".join(out)
    value = value.replace("⟦", OPENING).replace("⟧", ENDING)
    return value if family == _CHARS else f"{MARK}{_FAMILY[family]}{value}"


def read(text: str) -> Model:
    """A model from its file: a head of ``# name: value``, the columns, the start, then one feature a line.

    Weights are whole thousandths. Raises ``ValueError`` for another shape.
    """
    about: dict[str, str] = {}
    columns: tuple[str, ...] = ()
    start: int | None = None
    rows: dict[str, int] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line.startswith("# "):
            columns = tuple(line.split("\t")[2:])
            break
        name, _, value = line[2:].partition(": ")
        about[name] = value
    for line in lines:
        if not line:
            continue
        family, value, *cells = line.split("\t")
        if len(cells) != len(columns):
            raise ValueError(f"weights: {len(cells)} numbers, not {len(columns)}: {line}")
        row = 0
        for cell in reversed(cells):
            row = (row << FIELD) + int(cell or 0)
        if family == "start":
            start = row
        elif family != _CHARS or "\\" in value or "⟦" in value or "⟧" in value:
            rows[named(family, value)] = row
        else:
            rows[value] = row
    if not columns or start is None:
        raise ValueError("weights: no columns or no start")
    pairs = (pair.split("=") for pair in about.get("reliability", "").split())
    return Model(
        columns,
        start,
        rows,
        about,
        temperature=float(about.get("temperature", 1)),
        reliability=tuple((float(share), float(right)) for share, right in pairs),
        sure=float(about.get("sure from", 0)),
        urgent=float(about.get("urgent from", 0.5)),
    )


def write(model: Model) -> str:
    """The file of a model; features are sorted, zeros left out."""
    lines = [f"# {name}: {value}" for name, value in model.about.items()]
    lines.append("\t".join(("family", "feature", *model.columns)))
    count = len(model.columns)
    lines.append("\t".join(("start", "", *_cells(model.start, count))))
    for (family, value), row in sorted((written(name), row) for name, row in model.rows.items()):
        lines.append("\t".join((family, value, *_cells(row, count))))
    return "\n".join(lines) + "\n"


def _cells(packed: int, count: int) -> list[str]:
    return [str(one) if one else "" for one in unpack(packed, count)]


def read_default(name: str) -> Model:
    """A model that comes with the package."""
    return read(resources.files("nlp").joinpath(f"weights/{name}.tsv").read_text(encoding="utf-8"))
