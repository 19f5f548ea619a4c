"""Additive scoring: every feature of a text adds its learnt weight to each label. Nothing else decides.

One pass: what ``nlp.features`` names is looked up here without names (``nlp.table``), and its weights are added to the
word that it stands on, all columns at once. The words' sums are the explanation, and their sum is the score.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add

from nlp.features import CLAUSE, DIGITS, ENDING, HAN, LENGTHS, MOST_IN_CLAUSE, NOT_NUMBER, OPENING, only_particulars
from nlp.meaning import Intent, Label, Word
from nlp.model import FIELD, HALF, WHOLE, between, damping, extent, shares
from nlp.table import LABELS, PAIR, Class, Seen, Table

MOST_WORDS = 8
"""So many words are shown; what the others add stands in one entry."""
START_SAID, REST_SAID, TOGETHER_SAID, SHAPE_SAID = "〔起点〕", "〔其余〕", "〔词语搭配〕", "〔句子样子〕"
HELP = 0.4
"""What the lexicon's own weights count beside the learnt ones when intents are told apart."""
WORTH_ASKING = 0.08
"""A label with a smaller share is not offered as a choice."""

_COUNTED = frozenset("123456789")
_FIGURES = _COUNTED | {"0"}
_MARKS = 12
"""Bits for a place in a text."""
_PLACE = (1 << _MARKS) - 1


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


def score(text: str, tokens: Sequence[str], table: Table) -> tuple[Score, Seen]:
    """Add everything up, for a normal text cut into ``tokens``; also what of the lexicon was seen in it."""
    chars = set(text)
    flat = text if chars.isdisjoint(_COUNTED) else text.translate(DIGITS)
    owner, of_word, seen, marks = _words(tokens, flat, table)
    _chars(flat, tokens, of_word, table.chars)
    forms = _patterns(text, chars, seen, marks, table)
    together = _groups(text, marks, owner, of_word, seen, table)
    _kinds(text, owner, of_word, table)
    apart = [(TOGETHER_SAID, together), *forms, (SHAPE_SAID, _shape(text, chars, table))]

    packed = sum(of_word)
    for _, row in apart:
        packed += row
    factor = damping(extent(text)) / 1000
    lifted = packed + table.lift
    sums = [
        start + factor * ((lifted >> shift & WHOLE) - HALF) for start, shift in zip(table.starts, _SHIFTS, strict=True)
    ]
    alarm = sums.pop()
    model = table.label
    parts = shares(sums, model.temperature)
    best = parts.index(max(parts))
    confidence = round(between(model.reliability, parts[best]), 3)
    unsure = confidence < model.sure
    choices: tuple[Label, ...] = (LABELS[best],)
    if parts[best] < 1 - WORTH_ASKING:
        ranked = sorted(range(len(LABELS)), key=parts.__getitem__, reverse=True)
        choices = tuple([LABELS[place] for place in ranked[:4] if parts[place] >= WORTH_ASKING or place == best])
    return (
        Score(
            LABELS[best],
            _intent(best, seen, lifted, factor, table),
            round(sums[best], 3),
            confidence,
            _explain(best, tokens, of_word, apart, sums[best], factor, table),
            seen.mask,
            1.0 / (1.0 + math.exp(-alarm)),
            unsure,
            choices,
        ),
        seen,
    )


_SHIFTS = tuple(FIELD * place for place in range(len(LABELS) + 1))


def _words(tokens: Sequence[str], flat: str, table: Table) -> tuple[list[int], list[int], Seen, list[int]]:
    """Which word each character belongs to, the words' own weights, and what of the lexicon stands where."""
    owner = [0]
    of_word = [0] * len(tokens)
    found: list[tuple[str, tuple[Class, ...]]] = []
    marks: list[int] = []
    words, neighbours, known = table.words, table.neighbours, table.known
    counted: dict[str, int] = {}
    joined: dict[str, int] = {}
    at, before, start = 0, OPENING, 0
    for place, token in enumerate(tokens):
        size = len(token)
        end = at + size
        if size == 1:
            owner.append(place)
            if token == " ":  # noqa: S105 - a piece of text
                at = end
                continue
            word = flat[at]
        else:
            owner += [place] * size
            word = flat[at:end]
            if word in words:
                counted[word] = place
        both = f"{before} {word}"
        if both in neighbours:
            joined[both] = (start + end + 1) >> 1
        before, start = word, at
        groups = known.get(token)
        if groups is None:
            if size > 1:
                groups = _unknown(token, at, found, marks, table)
        elif groups:
            found.append((token, groups))
            mark = (at << _MARKS | end) << PAIR
            for one in groups:
                marks.append(mark | one.number)
        at = end
    owner.append(owner[-1])
    both = f"{before} {ENDING}"
    if both in neighbours:
        joined[both] = start + 1
    for word, place in counted.items():
        of_word[place] += words[word]
    for both, place in joined.items():
        of_word[owner[place]] += neighbours[both]
    return owner, of_word, Seen(found, [], [], [], 0), marks


def _unknown(
    token: str, at: int, found: list[tuple[str, tuple[Class, ...]]], marks: list[int], table: Table
) -> tuple[Class, ...] | None:
    """A word that the lexicon does not know: two known ones put together (灯不亮), or known by its ending (楼道灯)."""
    known = table.known
    end = at + len(token)
    if len(token) > 2:
        for cut in range(1, len(token)):
            first = known.get(token[:cut])
            if first is not None and token[cut:] in known:
                second = known[token[cut:]]
                found += [(token[:cut], first), (token[cut:], second)]
                marks += [(at << _MARKS | at + cut) << PAIR | one.number for one in first]
                marks += [(at + cut << _MARKS | end) << PAIR | one.number for one in second]
                return None
    groups = table.endings.get(token[-2:]) or table.endings.get(token[-1])
    if groups is not None:
        found.append((token, groups))
        marks += [(at << _MARKS | end) << PAIR | one.number for one in groups]
    return None


def _chars(flat: str, tokens: Sequence[str], of_word: list[int], rows: Mapping[str, int]) -> None:
    """Sequences of one to three characters, each for the word in its middle; what stands twice counts where it ends."""
    ones = [OPENING, *flat, ENDING]
    twos = list(map(add, ones, ones[1:]))
    threes = list(map(add, twos, ones[2:]))
    get = rows.get
    found = [list(map(get, grams, _NOTHING)) for grams in (ones, twos, threes)]
    for grams, own in zip((ones, twos, threes), found, strict=True):
        if len(set(grams)) != len(grams):
            last = dict(zip(grams, range(len(grams)), strict=True))
            own[:] = [row if last[gram] == at else 0 for at, (gram, row) in enumerate(zip(grams, own, strict=True))]
    own, two, three = found
    two.append(0)
    three.append(0)
    sums = list(map(add, map(add, own, two), [0, *three]))
    # The edges belong to the first and the last word.
    of_word[0] += sums[0]
    of_word[-1] += sums[-1]
    at = 1
    for place, token in enumerate(tokens):
        size = len(token)
        if size == 1:
            of_word[place] += sums[at]
            at += 1
        else:
            end = at + size
            of_word[place] += sum(sums[at:end])
            at = end


_NOTHING = repeat(0)


def _patterns(text: str, chars: set[str], seen: Seen, marks: list[int], table: Table) -> list[tuple[str, int]]:
    """Turns of phrase into ``seen`` and ``marks``; the forms of speech with their weights."""
    forms: list[tuple[str, int]] = []
    phrases, named, rows = table.phrases, table.lexicon.forms, table.form_rows
    count = len(phrases)
    for place in table.gates.tried(chars):
        if place < count:
            phrase, one = phrases[place]
            match = phrase.regex.search(text)
            if match is not None:
                seen.phrases.append((match.group(), phrase))
                marks.append((match.start() << _MARKS | match.end()) << PAIR | one.number)
        else:
            form = named[place - count]
            if rows[place - count] and form.regex.search(text) is not None:
                forms.append((f"〔{form.name}〕", rows[place - count]))
    return forms


def _groups(text: str, marks: list[int], owner: Sequence[int], of_word: list[int], seen: Seen, table: Table) -> int:
    """Classes, each for the word in its middle; returns the weights of classes and rules together."""
    if not marks:
        return table.no_class
    marks.sort()
    breaks = [gap.start() for gap in CLAUSE.finditer(text.rstrip(" ,。!?;~\n"))]
    last = len(breaks)
    classes, pairs = table.classes, table.pairs
    clause: list[int] = []
    near = current = mask = met = opened = closed = together = 0
    done: set[int] = set()
    for mark in marks:
        number = mark & _CLASS
        at = mark >> (_MARKS + PAIR)
        one = classes[number]
        where = bisect_left(breaks, at) if last else 0
        if where != current:
            clause, near, current = [], 0, where
        bit = 1 << number
        if not met & bit:
            met |= bit
            mask |= one.group.bit
            if one.row:
                of_word[owner[(at + (mark >> PAIR & _PLACE) + 1) >> 1]] += one.row
        if near & bit:
            continue
        if last and where == 0:
            if not opened & bit:
                opened |= bit
                together += one.opens
        elif last and where == last and not closed & bit:
            closed |= bit
            together += one.closes
        if near & one.reach:
            for before in clause:
                row = pairs.get(before << PAIR | number)
                if row is not None and before << PAIR | number not in done:
                    done.add(before << PAIR | number)
                    together += row
        if len(clause) < MOST_IN_CLAUSE:
            clause.append(number)
            near |= bit
    seen.mask = mask
    filed = mask & table.rule_bits
    ruled: dict[str, int] = {}
    while filed:
        low = filed & -filed
        filed ^= low
        for rule, row in table.rules[low]:
            if mask & rule.all == rule.all and not mask & rule.none and (not rule.any or mask & rule.any):
                seen.rules.append(rule)
                ruled[rule.name] = row
    return together + sum(ruled.values())


_CLASS = (1 << PAIR) - 1


def _kinds(text: str, owner: Sequence[int], of_word: list[int], table: Table) -> None:
    """Kinds of words, read from the text itself: the longest word at each place."""
    sizes, kinds = table.kind_sizes, table.kinds
    found: dict[str, int] = {}
    at, last = 0, len(text)
    while at < last:
        step = 1
        possible = sizes.get(text[at : at + 2])
        if possible is None:
            possible = sizes.get(text[at])
        if possible is not None:
            for size in possible:
                end = at + size
                if end <= last:
                    of = kinds.get(text[at:end])
                    if of is not None:
                        middle = (at + end + 1) >> 1
                        for kind in of:
                            found[kind] = middle
                        step = size
                        break
        at += step
    rows = table.kind_rows
    for kind, middle in found.items():
        row = rows.get(kind)
        if row is not None:
            of_word[owner[middle]] += row


def _shape(text: str, chars: set[str], table: Table) -> int:
    """Length and what the text is made of."""
    row = table.lengths[bisect_left(LENGTHS, len(text))]
    shapes = table.shapes
    if "?" in chars:
        row += shapes.get("has ?", 0)
        if text[-1] == "?":
            row += shapes.get("ends in ?", 0)
    if "!" in chars:
        row += shapes.get("has !", 0)
    if not HAN.search(text):
        row += shapes.get("no Chinese", 0)
        if not any(char.isalnum() for char in text):
            row += shapes.get("no word", 0)
        elif not NOT_NUMBER.search(text):
            row += shapes.get("only digits", 0)
    if not chars.isdisjoint(_FIGURES) and only_particulars(text):
        row += shapes.get("only particulars", 0)
    return row


def _intent(best: int, seen: Seen, lifted: int, factor: float, table: Table) -> Intent:
    """The likeliest intent of a label: what was learnt, helped by the lexicon's own weights."""
    possible = table.intents[best]
    if len(possible) == 1:
        return possible[0][0]
    sums = {intent: start + factor * ((lifted >> shift & WHOLE) - HALF) for intent, shift, start in possible}
    for weights in seen.weights:
        for intent, weight in weights:
            if intent in sums:
                sums[intent] += HELP * weight
    return max(sums, key=sums.__getitem__)


def _explain(
    best: int,
    tokens: Sequence[str],
    of_word: Sequence[int],
    apart: Sequence[tuple[str, int]],
    total: float,
    factor: float,
    table: Table,
) -> tuple[Word, ...]:
    """What added how much to a label: the words of the text, then what has no word of its own."""
    label, shift, lift = LABELS[best], FIELD * best, table.lift
    sums: dict[str, int] = {}
    for token, row in zip(tokens, of_word, strict=True):
        if row:
            value = (row + lift >> shift & WHOLE) - HALF
            if value:
                said = token.strip() or SHAPE_SAID
                sums[said] = sums.get(said, 0) + value
    for said, row in apart:
        if row:
            sums[said] = sums.get(said, 0) + (row + lift >> shift & WHOLE) - HALF
    ordered = sorted(sums, key=lambda said: abs(sums[said]), reverse=True)[:MOST_WORDS]
    words = [Word(said, round(sums[said] * factor, 3), label) for said in ordered]
    start = table.starts[best]
    if start:
        words.append(Word(START_SAID, start, label))
    rest = round(total - sum([word.weight for word in words]), 3)
    if rest:
        words.append(Word(REST_SAID, rest, label))
    return tuple(words)
