"""Cutting text into words: with jieba's own dictionary, in one pass, without jieba's start-up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from importlib import resources
from importlib.util import find_spec
from itertools import compress
from pathlib import Path

RAREST = frozenset(("1", "2"))
RARE = RAREST | {"3"}
"""Words that jieba's own texts hold so seldom are left out unless the lexicon has them: what nobody writes takes memory
all the same."""

TOTAL = 60_101_967
"""How many words jieba 0.42 counted: what one more word costs a row of words."""

_LETTER = re.compile("[a-zA-Z0-9]")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Cutter:
    """jieba's cutting without guessing: the row of words with the greatest product of frequencies.

    ``worths``: the logarithm of each word's share of all words; None for what only begins a word.
    """

    def __init__(self, worths: dict[str, float | None], never: float) -> None:
        self.worths = worths
        self.never = never
        """What a character counts that is no word."""

    def __call__(self, text: str) -> list[str]:
        """The words of ``text``, in order."""
        words = self._cut(text)
        return _joined(words) if _LETTER.search(text) else words

    def _cut(self, text: str) -> list[str]:
        get, never = self.worths.get, self.never
        size = len(text)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            end = until = start + 1
            worth = get(text[start], _UNKNOWN)
            top = best[end]
            if worth is _UNKNOWN:
                best[start], ends[start] = never + top, end
                continue
            top += never if worth is None else worth
            while end < size:
                end += 1
                worth = get(text[start:end], _UNKNOWN)
                if worth is None:
                    continue
                if worth is _UNKNOWN:
                    break
                worth += best[end]
                if worth >= top:
                    top, until = worth, end
            best[start], ends[start] = top, until
        words = []
        at = 0
        while at < size:
            end = ends[at]
            words.append(text[at:end])
            at = end
        return words


_UNKNOWN = math.inf
"""Stands for words that are not there: one look-up tells them from beginnings of words."""


def _joined(words: Iterable[str]) -> list[str]:
    """Letters and figures that no word holds stay together."""
    found = []
    letters = ""
    for word in words:
        if word in _LETTERS:
            letters += word
            continue
        if letters:
            found.append(letters)
            letters = ""
        found.append(word)
    if letters:
        found.append(letters)
    return found


def seldom() -> list[str]:
    """Rare words of jieba's that owners do write (``nlp/lexicon/seldom.txt``)."""
    text = resources.files("nlp").joinpath("lexicon/seldom.txt").read_text(encoding="utf-8")
    return text.partition("\n")[2].split()


def tokenizer(
    words: Iterable[str],
    often: Iterable[str] = (),
    *,
    also: Iterable[str] | None = None,
    rare: frozenset[str] = RARE,
) -> Cutter:
    """A cutter that knows ``words`` too, and keeps ``also`` (``seldom()``) where jieba has them.

    None of them gets a frequency by hand: a too small one breaks good words, so each gets the one that jieba would
    give it (``add_word``). Words are not guessed (no HMM): it glues 灯 and 不亮 together, and what the lexicon does not
    know cannot decide anyway. ``often``: words that stand together in memory, as most look-ups are for them.
    """
    ours = [word for word in words if len(word) > 1]
    held = _dictionary({*ours, *(seldom() if also is None else also)}, rare)
    log = math.log(TOTAL)
    begins: dict[str, None] = dict.fromkeys([word[:2] for word in held if len(word) > 2])
    begins |= dict.fromkeys([word[:3] for word in held if len(word) > 3])
    worths: dict[str, float | None] = {word: held.get(word) for word in often if word in held or word in begins}
    worths |= begins
    worths |= held
    for word in held:
        if len(word) > 4:
            _begin(word, worths)
    cutter = Cutter(worths, -log)
    for word in ours:
        # The smallest count with which it is cut as one, as jieba's own suggestion.
        share = sum(worths.get(part) or cutter.never for part in cutter(word))
        count = max(int(math.exp(share + log)) + 1, round(math.exp(held.get(word, -log) + log)))
        worths[word] = math.log(count) - log
        _begin(word, worths)
    return cutter


def _begin(word: str, worths: dict[str, float | None]) -> None:
    """Put in what ``word`` begins with."""
    for end in range(1, len(word)):
        worths.setdefault(word[:end])


class _Worths(dict[str, float]):
    """From a count, as written, to the logarithm of its share; worked out once."""

    def __missing__(self, count: str) -> float:
        self[count] = worth = math.log(int(count)) - math.log(TOTAL)
        return worth


def _dictionary(kept: set[str], rare: frozenset[str]) -> dict[str, float]:
    """The words of jieba's dictionary, the ``rare`` ones only if they are ``kept``."""
    found = find_spec("jieba")
    if found is None or found.origin is None:
        raise RuntimeError("jieba is not installed")
    held: dict[str, float] = {}
    worth = _Worths().__getitem__
    with Path(found.origin).with_name("dict.txt").open(encoding="utf-8") as lines:
        while part := lines.read(_PART):  # in parts, so that a million small strings never stand in memory at once
            words, counts = _columns(part + lines.readline())
            wanted = [count not in rare or word in kept for word, count in zip(words, counts, strict=True)]
            held.update(compress(zip(words, map(worth, counts), strict=True), wanted))
    return held


_PART = 1 << 18


def _columns(part: str) -> tuple[list[str], list[str]]:
    cells = part.split()
    return cells[::3], cells[1::3]
