"""Additive scoring: every feature of a text adds its learnt weight to each label. Nothing else decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.features import MARK, Hit, Seen
from nlp.meaning import LABEL_OF, Intent, Label, Word
from nlp.model import Model, add, between, column_of, damping, shares, unpack

LABELS = tuple(Label)
MOST_WORDS = 8
"""So many words are shown; what the others add stands in one entry."""
START, REST, TOGETHER, SHAPE = "〔起点〕", "〔其余〕", "〔词语搭配〕", "〔句子样子〕"
HELP = 0.4
"""What the lexicon's own weights count beside the learnt ones when intents are told apart."""
WORTH_ASKING = 0.08
"""A label with a smaller share is not offered as a choice."""

_INTENTS = {label: tuple(intent for intent in Intent if LABEL_OF[intent] is label) for label in LABELS}
_OWN = frozenset("wbgkp")
"""Families that count for the word they stand on."""


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
    """The learnt weights: of labels (with urgency), and of the intents inside a label."""

    label: Model
    intent: Model


def score(seen: Seen, text: str, tokens: Sequence[str], models: Models) -> Score:
    """Add everything up."""
    model = models.label
    scores = add(model, [hit[0] for hit in seen.hits], len(text))
    of_labels = scores[: len(LABELS)]
    parts = shares(of_labels, model.temperature)
    best = max(range(len(LABELS)), key=parts.__getitem__)
    label = LABELS[best]
    confidence = round(between(model.reliability, parts[best]), 3)
    ranked = sorted(range(len(LABELS)), key=lambda place: -parts[place])
    choices = tuple(LABELS[place] for place in ranked[:4] if parts[place] >= WORTH_ASKING or place == best)
    return Score(
        label,
        intent_of(label, seen, len(text), models),
        round(of_labels[best], 3),
        confidence,
        explain(seen.hits, best, text, tokens, model, label),
        seen.mask,
        shares([0.0, scores[len(LABELS)]])[1],
        confidence < model.sure,
        choices,
    )


def intent_of(label: Label, seen: Seen, size: int, models: Models) -> Intent:
    """The likeliest intent of ``label``: what was learnt, helped by the lexicon's own weights."""
    possible = _INTENTS[label]
    if len(possible) == 1:
        return possible[0]
    model = models.intent
    get = model.rows.get
    found = [row for hit in seen.hits if (row := get(hit[3])) is not None]
    scores = dict(zip(model.columns, add(model, found, size), strict=True))
    for weights in seen.weights:
        for intent, weight in weights:
            if intent in scores:
                scores[intent] += HELP * weight
    return max((intent for intent in possible if intent in scores), key=scores.__getitem__)


def explain(
    hits: Sequence[Hit], column: int, text: str, tokens: Sequence[str], model: Model, label: Label
) -> tuple[Word, ...]:
    """What added how much to ``label``: the words of the text, then what has no word of its own.

    A sequence of characters counts for the word in its middle. The weights add up to the score.
    """
    factor = damping(len(text)) / 1000
    owner = [number for number, token in enumerate(tokens) for _ in token]
    last = len(owner) - 1
    of_word = [0] * len(tokens)
    named: dict[str, int] = {}
    values = column_of(hits, column, len(model.columns))
    for (_, at, end, name), value in zip(hits, values, strict=True):
        if name[0] != MARK or name[1] in _OWN:
            middle = (at + end - 1) >> 1
            of_word[owner[0 if middle < 0 else last if middle > last else middle]] += value
        else:
            family = name[1]
            title = f"〔{name[2:]}〕" if family == "t" else SHAPE if family == "n" else TOGETHER
            named[title] = named.get(title, 0) + value
    start = unpack(model.start, len(model.columns))[column] / 1000
    total = round(start + sum(values) * factor, 3)
    sums: dict[str, int] = {}
    for token, value in zip(tokens, of_word, strict=True):
        if value:
            said = token.strip() or SHAPE
            sums[said] = sums.get(said, 0) + value
    for said, value in named.items():
        sums[said] = sums.get(said, 0) + value
    ordered = sorted(sums.items(), key=_size, reverse=True)[:MOST_WORDS]
    words = [Word(said, round(value * factor, 3), label) for said, value in ordered]
    if start:
        words.append(Word(START, start, label))
    rest = round(total - sum(word.weight for word in words), 3)
    if rest:
        words.append(Word(REST, rest, label))
    return tuple(words)


def _size(item: tuple[str, int]) -> int:
    return abs(item[1])
