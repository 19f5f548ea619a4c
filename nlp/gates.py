"""Which patterns are worth trying on a text: those whose characters are all there. One look-up a character."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from itertools import repeat
from operator import or_
from typing import Any

LAYERS = 3
"""So many sets of characters are asked of each branch of a pattern: the smallest, which are mostly the rarest."""

Needs = list[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Gates:
    """Branches of patterns as bits. A branch is open when a character of each of its sets stands in the text."""

    count: int
    base: int
    by_char: dict[str, int]
    pattern: tuple[int, ...]
    beyond: tuple[int, ...]

    def open(self, chars: Iterable[str]) -> int:
        """The open branches for a text of these characters."""
        held = reduce(or_, map(self.by_char.get, chars, _NONE), self.base)
        return held & held >> self.count & held >> 2 * self.count

    def of(self, places: Iterable[int]) -> int:
        """The branches of these patterns."""
        wanted = frozenset(places)
        return sum(1 << branch for branch, place in enumerate(self.pattern) if place in wanted)

    def tried(self, left: int) -> list[int]:
        """The numbers of the patterns to which the branches ``left`` belong, in their order."""
        found = []
        pattern, beyond = self.pattern, self.beyond
        while left:
            place = pattern[(left & -left).bit_length() - 1]
            found.append(place)
            left &= beyond[place]
        return found


_NONE = repeat(0)


def gates(patterns: Sequence[str]) -> Gates:
    """The gates of ``patterns``."""
    parser = import_module("re._parser")
    branches: list[Needs] = []
    owner: list[int] = []
    ends: list[int] = []
    for number, pattern in enumerate(patterns):
        for needs in _branches(parser.parse(pattern)):
            branches.append(sorted(needs, key=len)[:LAYERS])
            owner.append(number)
        ends.append(len(branches))
    count = len(branches)
    base = 0
    by_char: dict[str, int] = {}
    for place, needs in enumerate(branches):
        for layer in range(LAYERS):
            bit = 1 << (layer * count + place)
            if layer >= len(needs):
                base |= bit
                continue
            for char in needs[layer]:
                by_char[char] = by_char.get(char, 0) | bit
    # The highest layer has no bits above it, so what three shifted copies share is one layer wide.
    whole = (1 << count) - 1
    return Gates(count, base, by_char, tuple(owner), tuple(whole & ~((1 << end) - 1) for end in ends))


def _branches(parsed: Any) -> list[Needs]:
    """What each alternative of a pattern needs; one with no needs is always open."""
    items = list(parsed)
    if len(items) == 1:
        op, value = items[0]
        if str(op) == "SUBPATTERN":
            return _branches(value[3])
        if str(op) == "BRANCH":
            return [one for part in value[1] for one in _branches(part)]
    return [_needs(items)]


def _needs(parsed: Any) -> Needs:
    """Sets of characters of which the sequence ``parsed`` needs one each."""
    found: Needs = []
    for op, value in parsed:
        name = str(op)
        if name == "LITERAL":
            found.append(frozenset((chr(value),)))
        elif name == "IN":
            held = members(value)
            if held:
                found.append(held)
        elif name == "SUBPATTERN":
            found += _needs(value[3])
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
            found += _needs(value[2])
        elif name == "ASSERT":
            found += _needs(value[1])
        elif name == "BRANCH":
            parts = [_needs(part) for part in value[1]]
            if all(parts):
                found.append(frozenset().union(*(min(part, key=len) for part in parts)))
    return found


def members(value: Any) -> frozenset[str] | None:
    """The characters of a set; None for a negated or a wide one."""
    chars = set[str]()
    for op, item in value:
        if str(op) == "LITERAL":
            chars.add(chr(item))
        elif str(op) == "RANGE" and item[1] - item[0] < 60:
            chars.update(map(chr, range(item[0], item[1] + 1)))
        elif str(op) == "CATEGORY" and str(item) == "CATEGORY_DIGIT":
            chars.update("0123456789")
        else:
            return None
    return frozenset(chars)
