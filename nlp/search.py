"""Text cut into words, for whoever searches: the same dictionary as ``understand``, loaded once for both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from nlp.understanding import _state

__all__ = ["commonness", "cut"]


def cut(flat: str) -> list[str]:
    """The words of a flattened text, in order."""
    return _state().cut(flat)


@lru_cache(maxsize=20_000)
def commonness(word: str) -> float:
    """How common a word is in everyday Chinese: 0 for a rare one (闭水), near 1 for 是 and 有."""
    counts, total = _counts()
    seen = counts.get(word, 0)
    if not seen:
        return 0.0
    # The dictionary counts words of some sixty million; one in a million is rare, one in a thousand is everywhere.
    return min(max((math.log10(seen / total) + 6.0) / 3.0, 0.0), 1.0)


def _counts() -> tuple[Mapping[str, int], float]:
    """The word counts of the loaded dictionary, and their sum."""
    cutter = _state().cut
    return cutter.counts, cutter.total
