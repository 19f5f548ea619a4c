"""Text in, meaning out: label, intent, deciding words, slots, urgency, sentiment. Knows no other room."""

from __future__ import annotations

from nlp.meaning import Intent, Label, Matter, Slots, Understanding, Word
from nlp.rooms import Room
from nlp.understanding import is_loaded, load, understand
from nlp.wishes import Wish

__all__ = [
    "Intent",
    "Label",
    "Matter",
    "Room",
    "Slots",
    "Understanding",
    "Wish",
    "Word",
    "is_loaded",
    "load",
    "understand",
]
