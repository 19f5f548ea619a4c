"""The lexicon with a change document laid over it: made once, beside the other, so that a message pays nothing.

A new word becomes a word of the cutter and a row among the words' own weights: it is explained and added up as every
other. What is not changed is shared with the table that it was made from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nlp.lexicon import Group
from nlp.model import pack
from nlp.overlay import Overlay, WordChange
from nlp.table import LABELS, Choice, Entry, Table
from nlp.vocabulary import TOTAL, Cutter

DRAFT = "draft"
"""The version of a document that is not published."""


def overlaid(table: Table, overlay: Overlay) -> Table:
    """The table with these changes; raises ``ValueError`` when a word to be like is not known (any more)."""
    if not overlay.words and not overlay.drop:
        return replace(table, lexicon=replace(table.lexicon, version=overlay.version or DRAFT))
    unknown = [one.like for one in overlay.words if one.like is not None and not knows(table, one.like)]
    if unknown:
        raise ValueError(f"no such word to be like: {', '.join(unknown)}")
    entries = dict(table.entries)
    for word in overlay.drop:
        whole, own, first, second, said, bits = entry(table, word)
        entries[word] = (whole - own, 0, first, second, said, bits)
    alike = {one.word: one.like for one in overlay.words if one.like is not None}
    for one in overlay.words:
        entries[one.word] = _entry(one, table, entries)
    words = dict(table.lexicon.words)
    for word, like in alike.items():
        if groups := _groups(entry(table, like)):
            words[word] = groups
    return replace(
        table,
        lexicon=replace(table.lexicon, version=overlay.version or DRAFT, words=words),
        cut=with_words(table.cut, [one.word for one in overlay.words]),
        entries=entries,
        choices=tuple(choice and _choice(choice, alike, overlay.drop) for choice in table.choices),
    )


def knows(table: Table, word: str) -> bool:
    """Whether there is something to be like: a weight or a class."""
    _, own, _, _, said, _ = entry(table, word)
    return bool(own or said)


def entry(table: Table, word: str) -> Entry:
    """What a word adds when it stands as one."""
    return table.entries.get(word) or table.entry_of(word)


def row_of(change: WordChange) -> int:
    """What a document gives a word, packed like every other row."""
    given = change.by_label
    return pack([*(round(1000 * given.get(name, 0.0)) for name in LABELS), round(1000 * (change.urgent or 0.0))])


def _entry(change: WordChange, table: Table, entries: Mapping[str, Entry]) -> Entry:
    whole, own, first, second, said, bits = entries.get(change.word) or table.entry_of(change.word)
    made_of = whole - own
    if change.like is not None:
        # As much as the other weighs where it stands, its characters included: they decide more than the word does.
        whole, _, first, second, _, bits = entry(table, change.like)
        own = whole - made_of
        groups = _groups(entry(table, change.like))
        said = ((change.word, groups),) if groups else ()
    own += row_of(change)
    return made_of + own, own, first, second, said, bits


def _groups(found: Entry) -> tuple[Group, ...]:
    return tuple(dict.fromkeys(group for _, groups in found[4] for group in groups))


def _choice(choice: Choice, alike: Mapping[str, str], drop: Iterable[str]) -> Choice:
    """A label's intents; a word that is like another points where that one points."""
    words = dict(choice.words)
    for word in drop:
        words.pop(word, None)
    for word, like in alike.items():
        if like in choice.words:
            words[word] = choice.words[like]
    return replace(choice, words=words)


def with_words(cutter: Cutter, words: Iterable[str]) -> Cutter:
    """A cutter that knows these words too, each with the frequency that jieba would give it."""
    log = math.log(TOTAL)
    worths = dict(cutter.worths)
    made = Cutter(worths, cutter.never)
    for word in words:
        if len(word) < 2:
            continue  # a character is cut as one already
        share = sum(worths.get(part) or cutter.never for part in made(word))
        count = max(int(math.exp(share + log)) + 1, round(math.exp((worths.get(word) or cutter.never) + log)))
        worths[word] = math.log(count) - log
        for end in range(1, len(word)):
            worths.setdefault(word[:end])
    return made
