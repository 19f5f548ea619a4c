"""Two lexicons read the same message: what another one would make of it, and which words decided that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nlp.features import folded, normal
from nlp.meaning import Understanding
from nlp.model import damping, extent, unpack
from nlp.overlaid import entry, knows
from nlp.overlay import Overlay, parse
from nlp.plain import clip, flatten
from nlp.table import LABELS
from nlp.understanding import Reader, reader

MOST_REASONS = 5
LEAST = 0.005
"""A smaller difference of weights is none."""


def read(text: str) -> Overlay:
    """The change document; raises ``OverlayError`` also for a word to be like that the package does not know."""
    table = reader().table
    return parse(text, lambda word: knows(table, word))


@dataclass(frozen=True, slots=True)
class Reason:
    """A word that weighs otherwise: by how much more (or less) for which label, and as what it was read before."""

    word: str
    was: tuple[str, ...]
    weights: dict[str, float]
    urgent: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"word": self.word, "was": list(self.was), "weights": dict(self.weights), "urgent": self.urgent}


@dataclass(frozen=True, slots=True)
class Difference:
    """One message that is understood in another way."""

    was: Understanding
    becomes: Understanding
    reasons: tuple[Reason, ...]

    @property
    def emergency_lost(self) -> bool:
        """Somebody would have gone at once, and would no longer."""
        return self.was.urgent and not self.becomes.urgent


class Trial:
    """Compares two readers. ``touched``: the words about which their documents say something."""

    def __init__(self, was: Reader, becomes: Reader, touched: Iterable[str]) -> None:
        self.was = was
        self.becomes = becomes
        self.touched = frozenset(touched)
        self.met = set[str]()
        """Which of them were met in a message."""

    def concerns(self, text: str) -> bool:
        """Whether the message holds one of the words at all: every other one is understood as before."""
        flat = _looked_up(text)
        here = [word for word in self.touched if word in flat]
        self.met.update(here)
        return bool(here)

    def difference(self, text: str) -> Difference | None:
        """How the message would be understood otherwise; None: as it is."""
        was, becomes = self.was.understand(text), self.becomes.understand(text)
        if _told(was) == _told(becomes):
            return None
        return Difference(was, becomes, self.reasons(text))

    def reasons(self, text: str) -> tuple[Reason, ...]:
        """The words that weigh otherwise, those that change most first."""
        flat = _looked_up(text)
        factor = damping(extent(flat)) / 1000
        before = dict(_read(flat, self.was))
        found: dict[str, Reason] = {}
        for (start, end), (word, row) in _read(flat, self.becomes):
            if before.get((start, end)) == (word, row):
                continue
            instead = {span: one for span, one in before.items() if span[0] < end and start < span[1]}
            # A word that reaches beyond this one is not undone by it alone.
            gone = sum(one[1] for span, one in instead.items() if start <= span[0] and span[1] <= end)
            *labels, urgent = [round(one * factor, 2) for one in unpack(row - gone, len(LABELS) + 1)]
            weights = {name.value: weight for name, weight in zip(LABELS, labels, strict=True) if abs(weight) > LEAST}
            if weights or abs(urgent) > LEAST:
                found[word] = Reason(word, tuple(one[0] for one in instead.values()), weights, urgent)
        return tuple(sorted(found.values(), key=_size, reverse=True)[:MOST_REASONS])


def _size(reason: Reason) -> float:
    return max(map(abs, (*reason.weights.values(), reason.urgent)))


def _told(one: Understanding) -> tuple[object, ...]:
    return one.label, one.intent, one.urgent, tuple(matter.label for matter in one.matters)


def _looked_up(text: str) -> str:
    return folded(normal(flatten(clip(text))))


def _read(flat: str, by: Reader) -> Iterator[tuple[tuple[int, int], tuple[str, int]]]:
    """The words of a text by their places, with the weights of their own."""
    at = 0
    for word in by.table.cut(flat):
        end = at + len(word)
        yield (at, end), (word, entry(by.table, word)[1])
        at = end
