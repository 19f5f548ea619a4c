"""Text made comparable: half-width, simplified, without tags and control characters. Everything reads this form."""

from __future__ import annotations

import re
from importlib import resources

LONGEST = 2000
"""Only so many characters are analysed: what a message is about stands at its beginning, and time stays linear."""

_TAG = re.compile(r"<!?/?[A-Za-z][^<>]{0,300}>")
_SPACES = re.compile(r"[ \t\u00a0\u3000]{2,}")
_LONE = re.compile("[\ud800-\udfff]")


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA1), 0x3000), " ")
    table[ord("\n")] = "\n"
    table |= dict.fromkeys((0x200B, 0x200C, 0x200D, 0xFEFF, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, 0xFE0F))
    table |= {0x2460 + step: f"{step + 1}" for step in range(9)}
    table |= {0x2776 + step: f"{step + 1}" for step in range(9)}
    table |= {ord("⟦"): "[", ord("⟧"): "]"}  # what a text's edges are called where it is looked up
    table |= {ord(odd): plain for odd, plain in zip("｡“”‘’—–－", "。\"\"''---", strict=True)}
    text = resources.files("nlp").joinpath("lexicon/traditional.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            table |= {ord(pair[0]): pair[1] for pair in line.split()}
    return table


_TABLE = _table()


def clip(text: str) -> str:
    """``text`` cut to what is analysed, without lone surrogates (no store could keep them)."""
    text = text[:LONGEST]
    return text if text.isascii() or not _LONE.search(text) else _LONE.sub("\ufffd", text)


def flatten(text: str) -> str:
    """``text`` in comparable form."""
    text = text[:LONGEST].translate(_TABLE)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()
