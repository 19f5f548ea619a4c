"""The questions that come every day, with their answers: a first, small knowledge base read from one file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer. It fits a question that holds a word of every group in ``words``."""

    answer: str
    source: str
    words: tuple[tuple[str, ...], ...]

    def score(self, question: str) -> int:
        """How many characters of the question it explains; 0: it does not fit."""
        total = 0
        for group in self.words:
            hits = [word for word in group if word in question]
            if not hits:
                return 0
            total += max(map(len, hits))
        return total


class Knowledge:
    """Finds the answer to a question by its words."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries

    @classmethod
    def load(cls) -> Knowledge:
        """The entries of the file."""
        return cls(_entries())

    def find(self, question: str) -> Entry | None:
        """The entry that explains most of the question; None when none fits."""
        plain = "".join(question.split()).lower()[:500]
        best = max(self.entries, key=lambda entry: entry.score(plain), default=None)
        return best if best is not None and best.score(plain) > 0 else None


@cache
def _entries() -> tuple[Entry, ...]:
    data = yaml.safe_load(resources.files("desk").joinpath("knowledge.yaml").read_text("utf-8"))
    return tuple(
        Entry(row["answer"].strip(), row.get("source", ""), tuple(tuple(group.split()) for group in row["words"]))
        for row in data["entries"]
    )
