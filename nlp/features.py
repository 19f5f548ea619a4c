"""What the model looks at: named features of a text, each with the span of text that it stands on.

One name, one meaning, nothing hashed: the weights file can be read by a person. A name is a family letter after a
mark; character sequences have none. Whoever changes what is found here raises ``VERSION``: weights fit one version.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nlp.lexicon import Group, Lexicon, Phrase, Rule, Weights

VERSION = "4"

MARK = "\x01"
"""Opens the name of every feature that is not a character sequence; no normal text holds it."""
OPENING, ENDING = "\x02", "\x03"
"""The edges of a text."""
FAMILIES = {
    "w": "word",
    "b": "two words",
    "g": "class",
    "k": "kind of word",
    "o": "two classes in this order in one clause",
    "f": "class in the first clause",
    "l": "class in the last clause",
    "p": "turn of phrase",
    "t": "form of speech",
    "r": "rule",
    "n": "shape",
}

Span = tuple[str, int, int]
Found = dict[str, int]
"""Features by name: each counts once. The number says which character of the text it counts for (counted from 1; the
edges are 0 and the text's length + 1), or it is one of those below 0."""
TOGETHER, SHAPE, FORM = -1, -2, -10
"""Classes and rules together; the look of the text; forms of speech, downwards from ``FORM``."""

MOST_IN_CLAUSE = 12
"""So many classes of one clause are paired; more say nothing and cost their square."""

_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
DIGITS = str.maketrans("123456789", "000000000")
CLAUSE = re.compile(r"[,。!?;~\n ]+")
HAN = re.compile("[\u4e00-\u9fff]")
LENGTHS = (2, 4, 7, 11, 17, 26, 45, 80, 150)
NOT_NUMBER = re.compile(r"[^\d\s+.,#-]")
_ROOM_OR_PHONE = re.compile(r"1[3-9]\d ?\d{4} ?\d{4}|\d-\d{3,4}|\d[栋幢座]|[楼元]\d{3,4}")
_PARTICULARS = re.compile(
    r"[\d\s,.。:;/#-]|[栋幢座楼室户]|单元|号楼?|我[是叫姓]|姓名|房[号间]|电话|手机号?|联系|业主|租[客户]|住"
)


@dataclass(slots=True)
class Seen:
    """What was seen in a text: its features, and the words, turns of phrase and rules of the lexicon."""

    found: Found
    words: list[tuple[str, tuple[Group, ...]]]
    phrases: list[tuple[str, Phrase]]
    rules: list[Rule]
    mask: int

    @property
    def weights(self) -> Iterator[Weights]:
        """The lexicon's own weights of what was found; a class counts once."""
        groups = {group.name: group for _, found in self.words for group in found}
        yield from (group.weights for group in groups.values())
        yield from (phrase.weights for _, phrase in self.phrases)
        yield from (rule.weights for rule in self.rules)


def normal(flat: str) -> str:
    """A flattened text in small letters, no character more than three times in a row."""
    return _RUN.sub(r"\1\1\1", flat.lower())


def extract(text: str, tokens: Iterable[str], lexicon: Lexicon) -> Seen:
    """The features of a normal text cut into ``tokens``."""
    found: Found = {}
    spans = _place(tokens)
    _chars(text, found)
    _words(spans, found)
    words, marks = _known(spans, lexicon)
    phrases = _phrases(text, lexicon, marks)
    mask = _groups(text, marks, lexicon, found)
    rules = _rules(mask, lexicon, found)
    _kinds(text, lexicon, found)
    _forms(text, lexicon, found)
    _shapes(text, found)
    return Seen(found, words, phrases, rules, mask)


def _place(tokens: Iterable[str]) -> list[Span]:
    at = 0
    spans = []
    for token in tokens:
        end = at + len(token)
        if token != " ":  # noqa: S105 - a piece of text
            spans.append((token, at, end))
        at = end
    return spans


def _chars(text: str, found: Found) -> None:
    """Sequences of one to three characters; every digit is 0."""
    padded = f"{OPENING}{text.translate(DIGITS)}{ENDING}"
    last = len(padded) + 1
    for size in (1, 2, 3):
        middle = (size - 1) // 2
        found.update({padded[at : at + size]: at + middle for at in range(last - size)})


def _words(spans: list[Span], found: Found) -> None:
    """Words and neighbours."""
    before, start = OPENING, 0
    for raw, at, end in spans:
        word = raw if raw.isalpha() else raw.translate(DIGITS)
        if end - at > 1:
            found[f"{MARK}w{word}"] = (at + end + 1) >> 1
        found[f"{MARK}b{before} {word}"] = (start + end + 1) >> 1
        before, start = word, at
    found[f"{MARK}b{before} {ENDING}"] = start + 1


_Marked = tuple[int, int, str]


def _known(spans: list[Span], lexicon: Lexicon) -> tuple[list[tuple[str, tuple[Group, ...]]], list[_Marked]]:
    """Words that the lexicon knows, and where their classes stand.

    A word that it does not know counts as two known ones put together (灯不亮) or by its ending (楼道灯: 灯).
    """
    known, endings = lexicon.words, lexicon.endings
    words: list[tuple[str, tuple[Group, ...]]] = []
    marks: list[_Marked] = []
    for token, at, end in spans:
        groups = known.get(token)
        start = at
        if groups is None and end - at > 1:
            for cut in range(1, len(token)) if end - at > 2 else ():
                if token[:cut] in known and token[cut:] in known:
                    first = known[token[:cut]]
                    words.append((token[:cut], first))
                    for group in first:
                        marks.append((at, at + cut, group.name))
                    token = token[cut:]
                    groups = known[token]
                    start = at + cut
                    break
            else:
                groups = endings.get(token[-2:]) or endings.get(token[-1:])
        if groups is None:
            continue
        words.append((token, groups))
        for group in groups:
            marks.append((start, end, group.name))
    return words, marks


def _tried(text: str, always: frozenset[int], by_char: Mapping[str, frozenset[int]]) -> list[int]:
    """The patterns worth trying: those of which a character that they cannot do without is there."""
    return sorted(always.union(*[by_char[char] for char in set(text) if char in by_char]))


def _phrases(text: str, lexicon: Lexicon, marks: list[_Marked]) -> list[tuple[str, Phrase]]:
    found: list[tuple[str, Phrase]] = []
    every = lexicon.phrases
    for index in _tried(text, lexicon.phrases_always, lexicon.phrases_by_char):
        phrase = every[index]
        match = phrase.regex.search(text)
        if match is not None:
            found.append((match.group(), phrase))
            marks.append((match.start(), match.end(), phrase.group.name))
    return found


def _groups(text: str, marks: list[_Marked], lexicon: Lexicon, found: Found) -> int:
    """Classes, pairs of them in a clause (in their order), and those in the first and the last clause.

    Returns the mask of all classes.
    """
    first: dict[str, int] = {}
    breaks = [gap.start() for gap in CLAUSE.finditer(text.rstrip(" ,。!?;~\n"))]
    last = len(breaks)
    clause: set[str] = set()
    current = 0
    mask = 0
    groups = lexicon.groups
    for at, end, name in sorted(marks):
        where = bisect_left(breaks, at) if last else 0
        if where != current:
            clause, current = set(), where
        if name not in first:
            first[name] = (at + end + 1) >> 1
            mask |= groups[name].bit
        if name in clause:
            continue
        if last and where in (0, last):
            found[f"{MARK}{'l' if where else 'f'}{name}"] = TOGETHER
        for before in clause:
            found[f"{MARK}o{before}>{name}"] = TOGETHER
        if len(clause) < MOST_IN_CLAUSE:
            clause.add(name)
    if not first:
        found[f"{MARK}gnone"] = TOGETHER
    for name, middle in first.items():
        found[f"{MARK}g{name}"] = middle
    return mask


def _rules(mask: int, lexicon: Lexicon, found: Found) -> list[Rule]:
    """The lexicon's rules that hold."""
    holding: list[Rule] = []
    for bit, rules in lexicon.rules_by_bit:
        if mask & bit:
            for rule in rules:
                needed = rule.all
                if mask & needed == needed and not mask & rule.none and (not rule.any or mask & rule.any):
                    holding.append(rule)
                    found[f"{MARK}r{rule.name}"] = TOGETHER
    return holding


def _kinds(text: str, lexicon: Lexicon, found: Found) -> None:
    """Kinds of words, read from the text itself: the longest word at each place."""
    longest, kinds = lexicon.longest_kind, lexicon.kinds
    at, last = 0, len(text)
    while at < last:
        most = longest.get(text[at], 0)
        step = 1
        for size in range(min(most, last - at), 0, -1):
            of = kinds.get(text[at : at + size])
            if of is not None:
                for kind in of:
                    found[f"{MARK}k{kind}"] = (at + at + size + 1) >> 1
                step = size
                break
        at += step


def _forms(text: str, lexicon: Lexicon, found: Found) -> None:
    every = lexicon.forms
    for index in _tried(text, lexicon.forms_always, lexicon.forms_by_char):
        form = every[index]
        if form.regex.search(text) is not None:
            found[f"{MARK}t{form.name}"] = FORM - index


def _shapes(text: str, found: Found) -> None:
    """Length and what the text is made of."""
    size = len(text)
    names = [f"length {bisect_left(LENGTHS, size)}"]
    if text.endswith("?"):
        names.append("ends in ?")
    if "?" in text:
        names.append("has ?")
    if "!" in text:
        names.append("has !")
    if not HAN.search(text):
        names.append("no Chinese")
        if not any(char.isalnum() for char in text):
            names.append("no word")
        elif not NOT_NUMBER.search(text):
            names.append("only digits")
    if only_particulars(text):
        names.append("only particulars")
    for name in names:
        found[f"{MARK}n{name}"] = SHAPE


def only_particulars(text: str) -> bool:
    """Whether a text holds a room or a phone number and next to nothing else."""
    return _ROOM_OR_PHONE.search(text) is not None and len(_PARTICULARS.sub("", text)) <= 4
