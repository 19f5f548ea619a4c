"""What the model looks at: named features of a text.

One name, one meaning, nothing hashed: the weights file can be read by a person. A name is a family letter after a
mark; character sequences have none. Whoever changes what is found here raises ``VERSION``: weights fit one version.
What serves finds the same without names (``nlp.score``); a test compares both.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlp.lexicon import Group, Lexicon, Phrase

VERSION = "7"

MARK = "\x01"
"""Opens the name of every feature that is not a character sequence; no normal text holds it."""
OPENING, ENDING = "⟦", "⟧"
"""The edges of a text; no flattened text holds them."""
WINDOW = 3
"""Two words count together when the second stands at most so many words behind the first: 报修…没人, 又…了."""
FAMILIES = {
    "w": "word",
    "b": "two words",
    "g": "class",
    "t": "form of speech",
    "n": "shape",
}

Span = tuple[str, int, int]
Found = set[str]
"""Features by name: each counts once."""

_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
DIGITS = str.maketrans("123456789", "000000000")
HAN = re.compile("[\u4e00-\u9fff]")
LENGTHS = (2, 4, 7, 11, 17, 26, 45, 80, 150)
NOT_NUMBER = re.compile(r"[^\d\s+.,#-]")
_ROOM_OR_PHONE = re.compile(r"1[3-9]\d ?\d{4} ?\d{4}|\d-\d{3,4}|\d[栋幢座]|[楼元]\d{3,4}")
_PARTICULARS = re.compile(
    r"[\d\s,.。:;/#-]|[栋幢座楼室户]|单元|号楼?|我[是叫姓]|姓名|房[号间]|电话|手机号?|联系|业主|租[客户]|住"
)


@dataclass(slots=True)
class Seen:
    """What was seen in a text: its features, and the words and turns of phrase of the lexicon."""

    found: Found
    words: list[tuple[str, tuple[Group, ...]]]
    phrases: list[tuple[str, Phrase]]
    mask: int


def normal(flat: str) -> str:
    """A flattened text in small letters, no character more than three times in a row."""
    text = flat.lower()
    return _RUN.sub(r"\1\1\1", text) if _RUN.search(text) else text


def folded(text: str) -> str:
    """A normal text with every digit a 0: it is cut and looked up in this form."""
    return text.translate(DIGITS)


def extract(text: str, tokens: Iterable[str], lexicon: Lexicon) -> Seen:
    """The features of a normal text whose folded form is cut into ``tokens``."""
    found: Found = set()
    spans = _place(tokens)
    _chars(text, found)
    _words(spans, found)
    words, marks = _known(spans, lexicon)
    phrases = _phrases(text, lexicon, marks)
    mask = _groups(marks, lexicon, found)
    _forms(text, lexicon, found)
    _shapes(text, found)
    return Seen(found, words, phrases, mask)


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
    """Characters and pairs of neighbours."""
    padded = f"{OPENING}{folded(text)}{ENDING}"
    found.update(padded)
    found.update(padded[at : at + 2] for at in range(len(padded) - 1))


def _words(spans: list[Span], found: Found) -> None:
    """Words, and each with those shortly before it; the text's edges stand as words."""
    found.update(f"{MARK}w{word}" for word, at, end in spans if end - at > 1)
    names = [OPENING, *(word for word, _, _ in spans), ENDING]
    for place, word in enumerate(names):
        found.update(f"{MARK}b{before} {word}" for before in names[max(place - WINDOW, 0) : place])


def _known(spans: list[Span], lexicon: Lexicon) -> tuple[list[tuple[str, tuple[Group, ...]]], list[str]]:
    """Words that the lexicon knows, and their classes.

    A word that it does not know counts as two known ones put together (灯不亮) or by its ending (楼道灯: 灯).
    """
    known, endings = lexicon.words, lexicon.endings
    words: list[tuple[str, tuple[Group, ...]]] = []
    marks: list[str] = []
    for token, at, end in spans:
        groups = known.get(token)
        if groups is None and end - at > 1:
            for cut in range(1, len(token)) if end - at > 2 else ():
                if token[:cut] in known and token[cut:] in known:
                    first = known[token[:cut]]
                    words.append((token[:cut], first))
                    for group in first:
                        marks.append(group.name)
                    token = token[cut:]
                    groups = known[token]
                    break
            else:
                groups = endings.get(token[-2:]) or endings.get(token[-1:])
        if groups is None:
            continue
        words.append((token, groups))
        for group in groups:
            marks.append(group.name)
    return words, marks


def _tried(text: str, always: frozenset[int], by_char: Mapping[str, frozenset[int]]) -> list[int]:
    """The patterns worth trying: those of which a character that they cannot do without is there."""
    return sorted(always.union(*[by_char[char] for char in set(text) if char in by_char]))


def _phrases(text: str, lexicon: Lexicon, marks: list[str]) -> list[tuple[str, Phrase]]:
    found: list[tuple[str, Phrase]] = []
    every = lexicon.phrases
    for index in _tried(text, lexicon.phrases_always, lexicon.phrases_by_char):
        phrase = every[index]
        match = phrase.regex.search(text)
        if match is not None:
            found.append((match.group(), phrase))
            marks.append(phrase.group.name)
    return found


def _groups(marks: Iterable[str], lexicon: Lexicon, found: Found) -> int:
    """Classes; returns the mask of all."""
    mask = 0
    for name in marks:
        mask |= lexicon.groups[name].bit
        found.add(f"{MARK}g{name}")
    if not mask:
        found.add(f"{MARK}gnone")
    return mask


def _forms(text: str, lexicon: Lexicon, found: Found) -> None:
    every = lexicon.forms
    for index in _tried(text, lexicon.forms_always, lexicon.forms_by_char):
        form = every[index]
        if form.regex.search(text) is not None:
            found.add(f"{MARK}t{form.name}")


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
    found.update(f"{MARK}n{name}" for name in names)


def only_particulars(text: str) -> bool:
    """Whether a text holds a room or a phone number and next to nothing else."""
    return _ROOM_OR_PHONE.search(text) is not None and len(_PARTICULARS.sub("", text)) <= 4
