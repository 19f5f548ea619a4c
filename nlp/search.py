"""Text cut into words, for whoever searches: the same dictionary as ``understand``, loaded once for both."""

from __future__ import annotations

from nlp.understanding import _state

__all__ = ["cut"]


def cut(flat: str) -> list[str]:
    """The words of a flattened text, in order."""
    return _state().cut(flat)
