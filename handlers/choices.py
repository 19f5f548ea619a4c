"""Choices that work as a number, a tap or a word."""

from __future__ import annotations

from collections.abc import Sequence

from desk.wording import numbered
from nlp.answers import read_choice

MOST = 8
"""More than this nobody reads on a phone."""


def listed(names: Sequence[str]) -> str:
    """The choices on one line."""
    return numbered(names[:MOST])


def chosen(text: str, names: Sequence[str], words: Sequence[str] = ()) -> int | None:
    """Which one is meant (from 0): by its number, or by words that fit just one; None when it is not clear."""
    number = read_choice(text, min(len(names), MOST))
    if number is not None:
        return number - 1
    said = "".join(text.split()).strip("。.,，!！?？").upper()
    if len(said) < 2 and not any(said == name.upper() for name in names):
        return None
    fits = [i for i, name in enumerate(names) if said in name.upper() or name.upper() in said]
    if len(fits) != 1:
        fits = [i for i, name in enumerate(words) if said in name.upper() or (name and name.upper() in said)]
    return fits[0] if len(fits) == 1 else None
