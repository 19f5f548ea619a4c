"""All that scoring looks up, made once at loading: each piece of language with the weights that belong to it.

What ``nlp.features`` finds by name stands here by word, class number or pattern number, so that ``nlp.score`` builds no
names. A test compares both on the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import add
from typing import Self

from nlp.features import ENDING, LENGTHS, OPENING
from nlp.gates import Gates, gates
from nlp.lexicon import Group, Lexicon, Phrase, Rule
from nlp.meaning import LABEL_OF, Intent, Label
from nlp.model import Model, lift, unpack
from nlp.vocabulary import Cutter, tokenizer

LABELS = tuple(Label)
_NONE = repeat(0)
_REMEMBERED = 8192
"""So many words that have no weights of their own are not put together again each time."""

Known = tuple[tuple[str, tuple[Group, ...]], ...]
Entry = tuple[int, int, int, int, Known, int]
"""A word: the weights of all that it is made of and its own, together; its own alone; its number as the first and as
the second of two words; what of it the lexicon knows; its classes as a mask."""
APART = 0x9E3779B97
"""The number of a word as the first of two is so many times that as the second: sums of both are unlike each other and
lie scattered in a dictionary."""
Form = tuple[str, int, list[int]]
"""A form of speech as it is shown, and its weights, packed and by column."""
VITAL = frozenset("resolved notfixed fault u_burst u_fire u_gas u_lift u_danger u_cut u_out u_insist u_not".split())
"""Classes whose turns of phrase are looked for in every text; the others only help to tell intents apart."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The intents of one label: rows of their own, looked up only where that label leads."""

    intents: tuple[Intent, ...]
    starts: tuple[float, ...]
    lift: int
    chars: Mapping[str, int]
    words: Mapping[str, int]
    classes: Mapping[int, int]
    forms: Mapping[str, int]
    shapes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of weights (``nlp.model.pack``): the labels' columns, then urgency."""

    label: Model
    lexicon: Lexicon
    cut: Cutter
    lift: int
    starts: tuple[float, ...]
    chars: Mapping[str, int]
    opening: int
    ending: int
    """The weights of a text's edges."""
    entries: Mapping[str, Entry]
    pairs: Mapping[int, int]
    """Weights of two words near each other, by the sum of their numbers."""
    opens: int
    ends: int
    """The numbers of a text's edges."""
    entry_of: Callable[[str], Entry]
    """The same for a word that has none of its own."""
    asked: int
    """The classes beside which a question stays one whatever it tells of: no water or power, what would be if."""
    rule_bits: int
    rules: Mapping[int, tuple[Rule, ...]]
    """The lexicon's rules, for intents only."""
    gates: Gates
    searches: tuple[Callable[[str], re.Match[str] | None], ...]
    """The patterns by the numbers of ``gates``: first the phrases, then the forms."""
    always: int
    """The branches of patterns that are tried on every text, as ``gates`` has them."""
    phrases: tuple[Phrase, ...]
    forms: tuple[Form, ...]
    lengths: tuple[int, ...]
    shapes: Mapping[str, int]
    choices: tuple[Choice | None, ...]
    """For each label its intents; None where there is but one."""

    @classmethod
    def of(cls, label: Model, intents: Mapping[Label, Model], lexicon: Lexicon) -> Self:
        """The table of the models and a lexicon."""
        words, shapes, forms = label.of("w"), label.of("n"), label.of("t")
        numbers: dict[str, int] = {OPENING: 1, ENDING: 2}
        pairs: dict[int, int] = {}
        for both, row in label.of("b").items():
            before, _, after = both.partition(" ")
            first = numbers.setdefault(before, len(numbers) + 1)
            pairs[APART * first + numbers.setdefault(after, len(numbers) + 1)] = row
        read = _reader(lexicon, label.of(""), words, numbers)
        patterns = [*(one.regex for one in lexicon.phrases), *(one.regex for one in lexicon.forms)]
        often = (*label.of(""), *words)
        gate = gates([one.pattern for one in patterns])
        return cls(
            label=label,
            lexicon=lexicon,
            cut=tokenizer(lexicon.words, often),
            lift=lift(len(label.columns)),
            starts=tuple(one / 1000 for one in unpack(label.start, len(label.columns))),
            chars=label.of(""),
            opening=label.of("").get(OPENING, 0),
            ending=label.of("").get(ENDING, 0),
            entries={word: read(word) for word in dict.fromkeys((*words, *numbers, *lexicon.words))},
            pairs=pairs,
            opens=APART * numbers[OPENING],
            ends=numbers[ENDING],
            entry_of=lru_cache(_REMEMBERED)(read),
            asked=lexicon.bits("u_cut", "u_not"),
            rule_bits=sum(bit for bit, _ in lexicon.rules_by_bit),
            rules=dict(lexicon.rules_by_bit),
            gates=gate,
            searches=tuple(one.search for one in patterns),
            always=gate.of(
                [place for place, one in enumerate(lexicon.phrases) if one.group.name in VITAL]
                + list(range(len(lexicon.phrases), len(patterns)))
            ),
            phrases=lexicon.phrases,
            forms=tuple(_form(form.name, forms.get(form.name, 0), label) for form in lexicon.forms),
            lengths=tuple(shapes.get(f"length {place}", 0) for place in range(len(LENGTHS) + 1)),
            shapes=shapes,
            choices=tuple(_choice(intents[name], lexicon) if name in intents else None for name in LABELS),
        )


def _reader(
    lexicon: Lexicon, chars: Mapping[str, int], words: Mapping[str, int], numbers: Mapping[str, int]
) -> Callable[[str], Entry]:
    """Makes the entry of a word: the lexicon knows it, or two that make it (灯不亮), or its ending (楼道灯: 灯)."""
    known, endings, char = lexicon.words, lexicon.endings, chars.get

    def said(word: str) -> Known:
        size = len(word)
        groups = known.get(word)
        if groups is None and size > 1:
            for cut in range(1, size) if size > 2 else ():
                first = known.get(word[:cut])
                if first is not None and word[cut:] in known:
                    return (word[:cut], first), (word[cut:], known[word[cut:]])
            groups = endings.get(word[-2:]) or endings.get(word[-1])
        return () if groups is None else ((word, groups),)

    def read(word: str) -> Entry:
        found = said(word)
        mask = 0
        for _, groups in found:
            for group in groups:
                mask |= group.bit
        own = words.get(word, 0)
        made = sum(map(char, word, _NONE)) + sum(map(char, map(add, word, word[1:]), _NONE)) + own
        number = numbers.get(word, 0)
        return made, own, APART * number, number, found, mask

    return read


def _form(name: str, row: int, label: Model) -> Form:
    return f"〔{name}〕", row, unpack(row, len(label.columns))


def _choice(model: Model, lexicon: Lexicon) -> Choice:
    count, groups = len(model.columns), lexicon.groups
    return Choice(
        intents=tuple(Intent(name) for name in model.columns),
        starts=tuple(one / 1000 for one in unpack(model.start, count)),
        lift=lift(count),
        chars=model.of(""),
        words=model.of("w"),
        classes={groups[name].bit if name in groups else 0: row for name, row in model.of("g").items()},
        forms={f"〔{name}〕": row for name, row in model.of("t").items()},
        shapes=model.of("n"),
    )


def choosing() -> tuple[Label, ...]:
    """The labels that have more than one intent."""
    return tuple(name for name in LABELS if sum(LABEL_OF[one] is name for one in Intent) > 1)
