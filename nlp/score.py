"""Additive scoring: every feature of a text adds its learnt weight to each label. Nothing else decides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from nlp.features import FORM, SHAPE, TOGETHER, Seen
from nlp.lexicon import Lexicon
from nlp.meaning import LABEL_OF, Intent, Label, Word
from nlp.model import FIELD, Model, between, column_of, damping, joined, pack, scores, shares, unpack

LABELS = tuple(Label)
MOST_WORDS = 8
"""So many words are shown; what the others add stands in one entry."""
START_SAID, REST_SAID, TOGETHER_SAID, SHAPE_SAID = "〔起点〕", "〔其余〕", "〔词语搭配〕", "〔句子样子〕"
HELP = 0.4
"""What the lexicon's own weights count beside the learnt ones when intents are told apart."""
WORTH_ASKING = 0.08
"""A label with a smaller share is not offered as a choice."""

_INTENTS = {label: tuple(intent for intent in Intent if LABEL_OF[intent] is label) for label in LABELS}


@dataclass(frozen=True, slots=True)
class Score:
    """The leading label and what every part added to it; ``share`` of the urgent model is a chance, 0..1."""

    label: Label
    intent: Intent
    total: float
    confidence: float
    words: tuple[Word, ...]
    mask: int
    urgent: float
    unsure: bool
    choices: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """The learnt weights: of labels (with urgency), of the intents inside a label, and the rows of both together."""

    label: Model
    intent: Model
    rows: Mapping[str, int]

    @classmethod
    def of(cls, label: Model, intent: Model) -> Self:
        """Both models made ready."""
        return cls(label, intent, joined(label, intent))


def score(seen: Seen, text: str, tokens: Sequence[str], models: Models, lexicon: Lexicon) -> Score:
    """Add everything up."""
    model = models.label
    looked_up = list(map(models.rows.get, seen.found))
    rows = [row for row in looked_up if row is not None]
    packed = sum(rows)
    sums = scores(model, packed, len(text))
    parts = shares(sums[: len(LABELS)], model.temperature)
    ranked = sorted(range(len(LABELS)), key=parts.__getitem__, reverse=True)
    best = ranked[0]
    label = LABELS[best]
    confidence = round(between(model.reliability, parts[best]), 3)
    choices = tuple([LABELS[place] for place in ranked[:4] if parts[place] >= WORTH_ASKING or place == best])
    places = [place for place, row in zip(seen.found.values(), looked_up, strict=True) if row is not None]
    return Score(
        label,
        intent_of(label, seen, packed, len(text), models),
        round(sums[best], 3),
        confidence,
        explain(places, rows, best, text, tokens, models, lexicon),
        seen.mask,
        1.0 / (1.0 + math.exp(-sums[len(LABELS)])),
        confidence < model.sure,
        choices,
    )


def intent_of(label: Label, seen: Seen, packed: int, size: int, models: Models) -> Intent:
    """The likeliest intent of ``label``: what was learnt, helped by the lexicon's own weights."""
    possible = _INTENTS[label]
    if len(possible) == 1:
        return possible[0]
    model = models.intent
    count = len(models.label.columns)
    own = (packed - pack(unpack(packed, count))) >> (FIELD * count)
    sums = dict(zip(model.columns, scores(model, own, size), strict=True))
    for weights in seen.weights:
        for intent, weight in weights:
            if intent in sums:
                sums[intent] += HELP * weight
    return max((intent for intent in possible if intent in sums), key=sums.__getitem__)


def explain(
    places: Sequence[int],
    rows: Sequence[int],
    column: int,
    text: str,
    tokens: Sequence[str],
    models: Models,
    lexicon: Lexicon,
) -> tuple[Word, ...]:
    """What added how much to a label: the words of the text, then what has no word of its own.

    A sequence of characters counts for the word in its middle. The weights add up to the score.
    """
    model, label = models.label, LABELS[column]
    factor = damping(len(text)) / 1000
    owner = [0, *[number for number, token in enumerate(tokens) for _ in token]]
    owner.append(owner[-1])
    of_word = [0] * len(tokens)
    named: dict[int, int] = {}
    values = column_of(rows, column, len(model.columns) + len(models.intent.columns))
    for place, value in zip(places, values, strict=True):
        if place >= 0:
            of_word[owner[place]] += value
        else:
            named[place] = named.get(place, 0) + value
    sums: dict[str, int] = {}
    for token, value in zip(tokens, of_word, strict=True):
        if value:
            said = token.strip() or SHAPE_SAID
            sums[said] = sums.get(said, 0) + value
    for place, value in named.items():
        said = _title(place, lexicon)
        sums[said] = sums.get(said, 0) + value
    ordered = sorted(sums.items(), key=_size, reverse=True)[:MOST_WORDS]
    words = [Word(said, round(value * factor, 3), label) for said, value in ordered]
    start = unpack(model.start, len(model.columns))[column] / 1000
    if start:
        words.append(Word(START_SAID, start, label))
    rest = round(start + sum(values) * factor - sum([word.weight for word in words]), 3)
    if rest:
        words.append(Word(REST_SAID, rest, label))
    return tuple(words)


def _title(place: int, lexicon: Lexicon) -> str:
    if place == TOGETHER:
        return TOGETHER_SAID
    return SHAPE_SAID if place == SHAPE else f"〔{lexicon.forms[FORM - place].name}〕"


def _size(item: tuple[str, int]) -> int:
    return abs(item[1])
