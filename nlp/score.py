"""Additive scoring: every feature of a text adds its learnt weight to each label, and to urgency. Nothing else decides.

One pass: what ``nlp.features`` names is looked up here without names (``nlp.table``), and its weights are added to the
word that it stands on, all columns at once. The words' sums are the explanation, and their sum is the score.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

from nlp.features import DIGITS, ENDING, HAN, LENGTHS, NOT_NUMBER, OPENING, WINDOW, only_particulars
from nlp.lexicon import Group, Phrase, Rule
from nlp.meaning import LABEL_OF, Intent, Label, Word
from nlp.model import FIELD, HALF, WHOLE, between, damping, extent, fields, shares, warmth
from nlp.table import LABELS, Choice, Form, Table

MOST_WORDS = 8
"""So many words are shown; what the others add stands in one entry."""
START_SAID, REST_SAID, SHAPE_SAID = "〔起点〕", "〔其余〕", "〔句子样子〕"
HELP = 0.4
"""What the lexicon's own weights count beside the learnt ones when intents are told apart."""
WORTH_ASKING = 0.08
"""A label with a smaller share is not offered as a choice."""
ALARMED, NEAR_FAULT = 0.8, 0.15
"""A question is an emergency put as one (插座冒烟了还能用吗) if the chance of urgency and repair's share are so large.

An answer could come too late. Of questions that strangers wrote all four such were emergencies, of ours two of four.
Who asks why there is no water or power (怎么停水了) is told what is known first.
"""

_COUNTED = frozenset("123456789")
_FIGURES = _COUNTED | {"0"}
_NONE = repeat(0)
_INQUIRY, _REPAIR = LABELS.index(Label.INQUIRY), LABELS.index(Label.REPAIR)
_ONLY = tuple(next((one for one in Intent if LABEL_OF[one] is name), Intent.UNKNOWN) for name in LABELS)


class Seen:
    """What was seen in a text: words and turns of phrase of the lexicon, and all else that tells intents apart."""

    __slots__ = ("flat", "forms", "mask", "open", "phrases", "shapes", "tokens", "twos", "words")

    def __init__(self, tokens: list[str], flat: str, twos: list[str]) -> None:
        self.tokens = tokens
        self.flat = flat
        self.twos = twos
        """Each character with the next, the text's edges included."""
        self.words: list[tuple[str, tuple[Group, ...]]] = []
        self.phrases: list[tuple[str, Phrase]] = []
        self.forms: list[Form] = []
        self.shapes: list[str] = []
        self.mask = 0
        self.open = 0
        """The branches of patterns that were not tried yet."""


class Score(NamedTuple):
    """The leading label and what every part added to it; ``urgent`` is a chance, 0..1."""

    label: Label
    intent: Intent
    total: float
    confidence: float
    words: tuple[Word, ...]
    mask: int
    urgent: float
    unsure: bool
    choices: tuple[Label, ...]


def score(text: str, table: Table) -> tuple[Score, Seen]:
    """Add everything up, for a normal text; also what of the lexicon was seen in it."""
    chars = set(text)
    flat = text if chars.isdisjoint(_COUNTED) else text.translate(DIGITS)
    tokens = table.cut(flat)
    twos = [*map(add, OPENING + flat, flat), flat[-1] + ENDING]
    ends = list(accumulate(map(len, tokens)))
    seen = Seen(tokens, flat, twos)
    of_word = _words(seen, ends, table)
    if len(chars) < len(text) or flat is not text:
        _once(flat, twos, ends, of_word, table.chars)
    left = table.gates.open(chars)
    seen.open = left & ~table.always
    _patterns(text, left & table.always, seen, table)
    of_word.append(_shape(text, chars, seen, table))
    lifted = sum(of_word) + table.lift
    for form in seen.forms:
        lifted += form[1]
    damped = damping(extent(text))
    factor = damped / 1000
    sums = [
        start + factor * (one - HALF) for start, one in zip(table.starts, fields(lifted, len(LABELS) + 1), strict=True)
    ]
    urgent = 1.0 / (1.0 + math.exp(-sums.pop()))
    model = table.label
    parts = shares(sums, model.temperature * warmth(damped))
    top = max(parts)
    best = parts.index(top)
    if best == _INQUIRY and urgent >= ALARMED and parts[_REPAIR] >= NEAR_FAULT and not seen.mask & table.asked:
        best = _REPAIR
    label, total = LABELS[best], sums[best]
    confidence = round(between(model.reliability, top), 3)
    choices: tuple[Label, ...] = (label,)
    if top < 1 - WORTH_ASKING:
        ranked = sorted(range(len(LABELS)), key=parts.__getitem__, reverse=True)
        if ranked[0] != best:
            ranked.remove(best)
            ranked.insert(0, best)
        choices = tuple([LABELS[place] for place in ranked[:4] if parts[place] >= WORTH_ASKING or place == best])
    choice = table.choices[best]
    if flat is not text:
        tokens = _unfolded(text, tokens)
    return (
        Score(
            label,
            _ONLY[best] if choice is None else _intent(choice, text, seen, factor, table),
            round(total, 3),
            confidence,
            _explain(best, tokens, of_word, seen.forms, total, factor, table),
            seen.mask,
            urgent,
            confidence < model.sure,
            choices,
        ),
        seen,
    )


def _unfolded(text: str, tokens: Sequence[str]) -> list[str]:
    """The words as they stand in the text, with their own digits."""
    made = []
    at = 0
    for token in tokens:
        end = at + len(token)
        made.append(text[at:end])
        at = end
    return made


def _words(seen: Seen, ends: list[int], table: Table) -> list[int]:
    """What each word adds: what it is made of, the pair of characters behind it, and how it meets those before it."""
    tokens, twos, said_words = seen.tokens, seen.twos, seen.words
    get, pair = table.entries.get, table.chars.get
    repeats = len(set(tokens)) < len(tokens)
    met = set[str]()
    of_word: list[int] = []
    spaces: list[int] = []
    firsts, seconds = [table.opens], list[int]()
    mask = 0
    for token, entry, end in zip(tokens, map(get, tokens), ends, strict=False):
        if token == " ":  # noqa: S105 - a piece of text
            spaces.append(len(of_word))
            of_word.append(pair(token, 0) + pair(twos[end], 0))
            continue
        whole, own, first, second, said, bits = table.entry_of(token) if entry is None else entry
        row = whole + pair(twos[end], 0)
        if repeats:
            if token in met:
                row -= own
            met.add(token)
        if bits:
            said_words += said
            mask |= bits
        of_word.append(row)
        firsts.append(first)
        seconds.append(second)
    seen.mask = mask
    seconds.append(table.ends)
    near = (_near_once if repeats else _near)(firsts, seconds, table.pairs)
    # The edges belong to the first and the last word.
    last = table.ending + near.pop()
    for place in spaces:
        near.insert(place, 0)
    of_word = [*map(add, of_word, near)]
    of_word[0] += table.opening + pair(twos[0], 0)
    of_word[-1] += last
    return of_word


def _near(firsts: list[int], seconds: list[int], pairs: Mapping[int, int]) -> list[int]:
    """What each of ``seconds`` adds with those shortly before it."""
    get = pairs.get
    near = [*map(get, map(add, firsts, seconds), _NONE)]
    for back in range(1, min(WINDOW, len(seconds))):
        near[back:] = map(add, near[back:], map(get, map(add, firsts, seconds[back:]), _NONE))
    return near


def _near_once(firsts: list[int], seconds: list[int], pairs: Mapping[int, int]) -> list[int]:
    """The same where words repeat: each two count once, where they stand nearest to each other."""
    size = len(seconds)
    near = [0] * size
    places: dict[int, int] = {}
    for back in reversed(range(min(WINDOW, size))):
        places.update(zip(map(add, firsts, seconds[back:]), range(back, size), strict=False))
    for place, row in zip(places.values(), map(pairs.get, places, _NONE), strict=True):
        near[place] += row
    return near


def _once(flat: str, twos: Sequence[str], ends: Sequence[int], of_word: list[int], rows: Mapping[str, int]) -> None:
    """Take off what characters and pairs add that stood in the text before: each counts once."""
    met = set[str]()
    for place, char in enumerate(flat):
        if char in met:
            of_word[bisect_right(ends, place)] -= rows.get(char, 0)
            two = twos[place + 1]
            if two in met:
                of_word[bisect_right(ends, place)] -= rows.get(two, 0)
        else:
            met.add(char)
        met.add(twos[place + 1])


def _patterns(text: str, left: int, seen: Seen, table: Table) -> None:
    """Turns of phrase and forms of speech whose branches are ``left``."""
    searches, phrases = table.searches, table.phrases
    count = len(phrases)
    for place in table.gates.tried(left):
        match = searches[place](text)
        if match is None:
            continue
        if place < count:
            phrase = phrases[place]
            seen.phrases.append((match.group(), phrase))
            seen.mask |= phrase.group.bit
        else:
            seen.forms.append(table.forms[place - count])


def _rules(mask: int, table: Table) -> list[Rule]:
    """The lexicon's rules that hold for these classes."""
    found = []
    filed = mask & table.rule_bits
    while filed:
        low = filed & -filed
        filed ^= low
        for rule in table.rules[low]:
            if mask & rule.all == rule.all and not mask & rule.none and (not rule.any or mask & rule.any):
                found.append(rule)
    return found


def _shape(text: str, chars: set[str], seen: Seen, table: Table) -> int:
    """Length and what the text is made of."""
    length = bisect_left(LENGTHS, len(text))
    names = seen.shapes
    if "?" in chars:
        names.append("has ?")
        if text[-1] == "?":
            names.append("ends in ?")
    if "!" in chars:
        names.append("has !")
    if not HAN.search(text):
        names.append("no Chinese")
        if not any(map(str.isalnum, text)):
            names.append("no word")
        elif not NOT_NUMBER.search(text):
            names.append("only digits")
    if not chars.isdisjoint(_FIGURES) and only_particulars(text):
        names.append("only particulars")
    row = table.lengths[length] + sum(map(table.shapes.get, names, _NONE))
    names.append(f"length {length}")
    return row


def _intent(choice: Choice, text: str, seen: Seen, factor: float, table: Table) -> Intent:
    """The likeliest intent of a label: what was learnt, helped by the lexicon's own weights."""
    _patterns(text, seen.open, seen, table)
    lifted = choice.lift + sum(
        (
            sum(map(choice.chars.get, {OPENING, *seen.flat, ENDING, *seen.twos}, _NONE)),
            sum(map(choice.words.get, set(seen.tokens), _NONE)),
            _of_bits(seen.mask, choice.classes) if seen.mask else choice.classes.get(0, 0),
            sum([choice.forms.get(name, 0) for name, _, _ in seen.forms]),
            sum(map(choice.shapes.get, seen.shapes, _NONE)),
        )
    )
    sums = {
        intent: start + factor * (one - HALF)
        for intent, start, one in zip(choice.intents, choice.starts, fields(lifted, len(choice.intents)), strict=True)
    }
    groups = {one.bit: one.weights for _, found in seen.words for one in found}
    for weights in (
        *groups.values(),
        *(phrase.weights for _, phrase in seen.phrases),
        *(rule.weights for rule in _rules(seen.mask, table)),
    ):
        for intent, weight in weights:
            if intent in sums:
                sums[intent] += HELP * weight
    return max(sums, key=sums.__getitem__)


def _of_bits(mask: int, rows: Mapping[int, int]) -> int:
    whole = 0
    while mask:
        low = mask & -mask
        mask ^= low
        whole += rows.get(low, 0)
    return whole


_word = partial(tuple.__new__, Word)
"""A third of the price of calling it by name, and every message needs ten."""


def _explain(
    best: int,
    tokens: Sequence[str],
    of_word: Sequence[int],
    forms: Sequence[Form],
    total: float,
    factor: float,
    table: Table,
) -> tuple[Word, ...]:
    """What added how much to a label: the words of the text, then what has no word of its own."""
    label, start, lift, shift = LABELS[best], table.starts[best], table.lift, FIELD * best
    names = [*tokens, SHAPE_SAID]
    values = [(row + lift >> shift & WHOLE) - HALF for row in of_word]
    for name, _, own in forms:
        names.append(name)
        values.append(own[best])
    if len(set(names)) < len(names) or " " in names:
        sums: dict[str, int] = {}
        for name, value in zip(names, values, strict=True):
            sums[name] = sums.get(name, 0) + value
        if " " in sums:
            sums[SHAPE_SAID] += sums.pop(" ")
        names, values = list(sums), list(sums.values())
    sizes = [*map(abs, values)]
    order = sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True)[:MOST_WORDS]
    thousandth = factor * 1000
    weights = [int(values[place] * thousandth) / 1000 for place in order]
    words = [_word((names[place], weight, label)) for place, weight in zip(order, weights, strict=True) if sizes[place]]
    if start:
        words.append(Word(START_SAID, start, label))
    rest = round(total - start - sum(weights), 3)
    if rest:
        words.append(Word(REST_SAID, rest, label))
    return tuple(words)
