"""Additive scoring: every word, turn of phrase and rule found adds its weight. Nothing else decides."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from nlp.lexicon import Group, Lexicon, Phrase, Weights
from nlp.meaning import LABEL_OF, Intent, Label, Word

ENOUGH = 0.9
"""A label needs this much; below it a text is ``other`` with a low confidence."""
LABELS = tuple(Label)
SECOND = 0.5
"""What the second word of a class still counts; further ones add nothing, so long texts do not drown short ones."""


@dataclass(slots=True)
class Found:
    """What was found in a text: words of classes and phrases, in order."""

    mask: int
    words: list[tuple[str, Group]]
    phrases: list[tuple[str, Phrase]]


@dataclass(frozen=True, slots=True)
class Score:
    """The sums per label, the leading label and intent, and what every part added."""

    label: Label
    intent: Intent
    total: float
    confidence: float
    words: tuple[Word, ...]
    mask: int


def find_words(tokens: Iterable[str], lexicon: Lexicon) -> list[tuple[str, tuple[Group, ...]]]:
    """The tokens that the lexicon knows, with their classes.

    One that it does not know counts as two known ones put together (灯不亮, which jieba takes for a word) or by its
    ending (楼道灯: 灯).
    """
    known, endings = lexicon.words, lexicon.endings
    found: list[tuple[str, tuple[Group, ...]]] = []
    for token in tokens:
        groups = known.get(token)
        if groups is None and len(token) > 1:
            for cut in range(1, len(token)) if len(token) > 2 else ():
                if token[:cut] in known and token[cut:] in known:
                    found.append((token[:cut], known[token[:cut]]))
                    groups = known[token[cut:]]
                    token = token[cut:]
                    break
            else:
                groups = endings.get(token[-2:]) or endings.get(token[-1:])
        if groups is not None:
            found.append((token, groups))
    return found


def find_phrases(flat: str, lexicon: Lexicon) -> list[tuple[str, Phrase]]:
    """The turns of phrase in ``flat``; one is only tried when a character that it cannot do without is there."""
    wanted = set(lexicon.phrases_always)
    by_char = lexicon.phrases_by_char
    for char in set(flat):
        if char in by_char:
            wanted |= by_char[char]
    phrases = lexicon.phrases
    found: list[tuple[str, Phrase]] = []
    for index in sorted(wanted):
        phrase = phrases[index]
        match = phrase.regex.search(flat)
        if match is not None:
            found.append((match.group(), phrase))
    return found


def gather(words: Iterable[tuple[str, tuple[Group, ...]]], phrases: list[tuple[str, Phrase]]) -> Found:
    """Put together what was found."""
    mask = 0
    flat: list[tuple[str, Group]] = []
    for text, groups in words:
        for group in groups:
            mask |= group.bit
            flat.append((text, group))
    for _, phrase in phrases:
        mask |= phrase.group.bit
    return Found(mask, flat, phrases)


def score(found: Found, lexicon: Lexicon) -> Score:
    """Add everything up."""
    intents: dict[Intent, float] = {}
    parts: dict[tuple[str, Label], float] = {}

    def add(text: str, weights: Weights, factor: float) -> None:
        for intent, weight in weights:
            value = weight * factor
            intents[intent] = intents.get(intent, 0.0) + value
            key = (text, LABEL_OF[intent])
            parts[key] = parts.get(key, 0.0) + value

    counted: dict[int, set[str]] = {}
    for text, group in found.words:
        if not group.weights:
            continue
        seen = counted.setdefault(group.bit, set())
        if text not in seen and len(seen) < 2:
            add(text, group.weights, SECOND if seen else 1.0)
            seen.add(text)
    for text, phrase in found.phrases:
        if phrase.weights:
            add(text.strip(" ,。!?~\n") or text, phrase.weights, 1.0)
    mask = found.mask
    for bit, rules in lexicon.rules_by_bit:
        if mask & bit:
            for rule in rules:
                needed = rule.all
                if mask & needed == needed and not mask & rule.none and (not rule.any or mask & rule.any):
                    add(rule.name, rule.weights, 1.0)
    return _decide(intents, parts, mask)


def _decide(intents: dict[Intent, float], parts: dict[tuple[str, Label], float], mask: int) -> Score:
    labels: dict[Label, float] = {}
    for (_, label), value in parts.items():
        labels[label] = labels.get(label, 0.0) + value
    label, total = Label.OTHER, labels.get(Label.OTHER, 0.0)
    for other, value in labels.items():
        if value > total and value >= ENOUGH:
            label, total = other, value
    spread = sum([math.exp(min(labels.get(one, 0.0) - total, 0.0)) for one in LABELS])
    intent, best = Intent.UNKNOWN, 0.0
    for one, value in intents.items():
        if LABEL_OF[one] is label and value > best:
            intent, best = one, value
    words = [Word(text, round(value, 3), label) for (text, of), value in parts.items() if of is label and value]
    words.sort(key=_heaviest)
    return Score(label, intent, round(total, 3), round(1.0 / spread, 3), tuple(words), mask)


def _heaviest(word: Word) -> float:
    return -abs(word.weight)
