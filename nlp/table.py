"""All that scoring looks up, made once at loading: each piece of language with the weights that belong to it.

What ``nlp.features`` finds by name stands here by word, class number or pattern number, so that ``nlp.score`` builds no
names. A test compares both on the corpus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from nlp.features import LENGTHS, MARK
from nlp.gates import Gates, gates
from nlp.lexicon import Group, Lexicon, Phrase, Rule, Weights
from nlp.meaning import LABEL_OF, Intent, Label
from nlp.model import FIELD, Model, joined, lift, unpack

LABELS = tuple(Label)
PAIR = 10
"""Bits for the number of a class, so that two make one number."""


@dataclass(frozen=True, slots=True)
class Class:
    """A class of words under a number; numbers are in the order of names."""

    number: int
    group: Group
    row: int
    opens: int
    closes: int
    reach: int
    """The classes (as a mask) with which it makes a pair that has a weight, whatever the order."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of weights (``nlp.model.pack``), first the labels' columns, then urgency, then the intents'."""

    label: Model
    intent: Model
    lexicon: Lexicon
    columns: int
    lift: int
    starts: tuple[float, ...]
    chars: Mapping[str, int]
    words: Mapping[str, int]
    neighbours: Mapping[str, int]
    known: Mapping[str, tuple[Class, ...]]
    endings: Mapping[str, tuple[Class, ...]]
    classes: tuple[Class, ...]
    no_class: int
    pairs: Mapping[int, int]
    rule_bits: int
    rules: Mapping[int, tuple[tuple[Rule, int], ...]]
    kinds: Mapping[str, tuple[str, ...]]
    kind_rows: Mapping[str, int]
    kind_sizes: Mapping[str, tuple[int, ...]]
    gates: Gates
    phrases: tuple[tuple[Phrase, Class], ...]
    form_rows: tuple[int, ...]
    lengths: tuple[int, ...]
    shapes: Mapping[str, int]
    intents: tuple[tuple[tuple[Intent, int, float], ...], ...]
    """For each label its intents with their columns and starts."""

    @classmethod
    def of(cls, label: Model, intent: Model, lexicon: Lexicon) -> Self:
        """The table of two models and a lexicon."""
        rows = joined(label, intent)
        by_family: dict[str, dict[str, int]] = {}
        chars: dict[str, int] = {}
        for name, row in rows.items():
            if name[0] == MARK:
                by_family.setdefault(name[1], {})[name[2:]] = row
            else:
                chars[name] = row
        pairs: dict[int, int] = {}
        names = sorted(lexicon.groups)
        number = {name: place for place, name in enumerate(names)}
        reach = [0] * len(names)
        for both, row in by_family.get("o", {}).items():
            first, second = both.split(">")
            if first in number and second in number:
                left, right = number[first], number[second]
                pairs[left << PAIR | right] = row
                reach[left] |= 1 << right
                reach[right] |= 1 << left

        def of_class(family: str, name: str) -> int:
            return by_family.get(family, {}).get(name, 0)

        classes = tuple(
            Class(
                place, lexicon.groups[name], of_class("g", name), of_class("f", name), of_class("l", name), reach[place]
            )
            for place, name in enumerate(names)
        )

        def found(words: Mapping[str, tuple[Group, ...]]) -> dict[str, tuple[Class, ...]]:
            return {word: tuple(classes[number[group.name]] for group in groups) for word, groups in words.items()}

        shapes = by_family.get("n", {})
        count = len(label.columns) + len(intent.columns)
        starts = [one / 1000 for one in unpack(label.start, len(label.columns))]
        return cls(
            label=label,
            intent=intent,
            lexicon=lexicon,
            columns=count,
            lift=lift(count),
            starts=tuple(starts),
            chars=chars,
            words=by_family.get("w", {}),
            neighbours=by_family.get("b", {}),
            known=found(lexicon.words),
            endings=found(lexicon.endings),
            classes=classes,
            no_class=of_class("g", "none"),
            pairs=pairs,
            rule_bits=sum(bit for bit, _ in lexicon.rules_by_bit),
            rules={
                bit: tuple((rule, of_class("r", rule.name)) for rule in rules) for bit, rules in lexicon.rules_by_bit
            },
            kinds=lexicon.kinds,
            kind_rows=by_family.get("k", {}),
            kind_sizes=_sizes(lexicon.kinds),
            gates=gates(
                [*(one.regex.pattern for one in lexicon.phrases), *(one.regex.pattern for one in lexicon.forms)]
            ),
            phrases=tuple((phrase, classes[number[phrase.group.name]]) for phrase in lexicon.phrases),
            form_rows=tuple(of_class("t", form.name) for form in lexicon.forms),
            lengths=tuple(shapes.get(f"length {place}", 0) for place in range(len(LENGTHS) + 1)),
            shapes=shapes,
            intents=_intents(label, intent),
        )


@dataclass(slots=True)
class Seen:
    """What was seen in a text: the words, turns of phrase and rules of the lexicon."""

    words: list[tuple[str, tuple[Class, ...]]]
    phrases: list[tuple[str, Phrase]]
    rules: list[Rule]
    groups: list[Class]
    mask: int

    @property
    def weights(self) -> list[Weights]:
        """The lexicon's own weights of what was found; a class counts once, and by its words only."""
        groups = {one.number: one.group for _, found in self.words for one in found}
        return [
            *(group.weights for group in groups.values()),
            *(phrase.weights for _, phrase in self.phrases),
            *(rule.weights for rule in self.rules),
        ]


def _sizes(kinds: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """How long the words are that begin with these two characters, the longest first; and the single ones."""
    sizes: dict[str, set[int]] = {}
    for word in kinds:
        sizes.setdefault(word[:2], set()).add(len(word))
    return {
        start: tuple(sorted(found | ({1} if start[:1] in kinds else set()), reverse=True))
        for start, found in sizes.items()
    }


def _intents(label: Model, intent: Model) -> tuple[tuple[tuple[Intent, int, float], ...], ...]:
    starts = unpack(intent.start, len(intent.columns))
    before = len(label.columns)
    column = {name: place for place, name in enumerate(intent.columns)}
    made = []
    for name in LABELS:
        possible = [one for one in Intent if LABEL_OF[one] is name]
        if len(possible) > 1:
            possible = [one for one in possible if one in column]
        made.append(
            tuple(
                (one, FIELD * (before + column[one]), starts[column[one]] / 1000) if one in column else (one, 0, 0.0)
                for one in possible
            )
        )
    return tuple(made)
