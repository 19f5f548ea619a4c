"""Text cut into words, for whoever searches: the same dictionary as ``understand``, loaded once for both.

Always the package's own: what is stored under its words must be found whatever was published since.
"""

from __future__ import annotations

import math
from functools import lru_cache

from nlp.understanding import reader

__all__ = ["commonness", "cut"]


def cut(flat: str) -> list[str]:
    """The words of a flattened text, in order."""
    return reader().table.cut(flat)


@lru_cache(maxsize=20_000)
def commonness(word: str) -> float:
    """How common a word is in everyday Chinese: 0 for a rare one (闭水), near 1 for 是 and 有."""
    worth = reader().table.cut.worths.get(word)
    if worth is None:
        return 0.0
    # One word in a million is rare, one in a thousand is everywhere.
    return min(max((worth / math.log(10) + 6.0) / 3.0, 0.0), 1.0)
