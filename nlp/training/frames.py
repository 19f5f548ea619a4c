"""Frames: sentences with places to fill, which make the ordinary mass of messages that nobody writes out by hand.

What people write by hand for a corpus is more odd than what they write to a service desk. A file of
``nlp/corpus/frames/`` holds lists (``@ lamp: 灯|路灯``), headers as in the corpus, and frames: ``{lamp}`` stands for
one of a list, ``(a|b|)`` for one of the alternatives between the bars. What is made is only learnt from: nothing is
measured with it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlp.features import normal
from nlp.plain import flatten
from nlp.training.corpus import FOLDER, FRAMES, Example, read_header

EACH = 40
"""So many messages are tried of each frame; what comes twice counts once."""
COUNTS = 0.25
"""How much a made message counts in learning the labels, beside one that somebody wrote."""

_LIST = re.compile(r"@ (?P<name>[a-z0-9_]+): (?P<items>.+)")
_PLACE = re.compile(r"\{([a-z0-9_]+)\}")
_CHOICE = re.compile(r"\(([^()]*)\)")
_BARS = re.compile(r"\|(?![^()]*\))")
_LEFT_OVER = re.compile(r"[(){}|]")
_DEEPEST = 8

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with places, the lists it is filled from, and the label of all that it makes."""

    text: str
    lists: Lists
    example: Example

    def fill(self, chance: random.Random) -> str:
        """One message."""
        text = self.text
        for _ in range(_DEEPEST):
            if not (_PLACE.search(text) or _CHOICE.search(text)):
                break
            text = _PLACE.sub(lambda found: chance.choice(self.lists[found[1]]), text)
            text = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), text)
        return text.strip()


def made(folder: Path = FOLDER / FRAMES, each: int = EACH, without: Iterable[str] = ()) -> list[Example]:
    """The messages of all frames, the same ones every time, none twice.

    None says what a text of ``without`` says, were it with other marks or spaces: those are measured with.
    """
    held = {_bare(text) for text in without}
    found: dict[str, Example] = {}
    for path in sorted(folder.glob("*.txt")):
        for frame in read_frames(path):
            # The seed is the frame's own text: a frame more or less elsewhere changes nothing here.
            chance = random.Random(frame.text)
            for _ in range(each):
                text = frame.fill(chance)
                if text and _bare(text) not in held:
                    found.setdefault(text, replace(frame.example, text=text))
    return list(found.values())


def _bare(text: str) -> str:
    """The letters and figures of a text as they are read."""
    plain = normal(flatten(text))
    return "".join(filter(str.isalnum, plain)) or plain


def read_frames(path: Path) -> list[Frame]:
    """The frames of one file; raises ``ValueError`` that names the line which does not fit."""
    lists: dict[str, list[str]] = {}
    frames: list[tuple[int, str, Example]] = []
    header: Example | None = None
    for number, line in _lines(path):
        if line.startswith("@"):
            name, items = _list(line, path, number)
            if name in lists:
                raise ValueError(f"{path.name}, line {number}: the list {name} stands twice")
            lists[name] = items
        elif line.startswith("##"):
            header = replace(read_header(line, path, number), source=f"{FRAMES}/{path.stem}", counts=COUNTS)
        elif header is None:
            raise ValueError(f"{path.name}, line {number}: a frame before the first header")
        else:
            frames.append((number, line, header))
    for number, text, _ in frames:
        _check(text, lists, path, number)
    return [Frame(text, lists, example) for _, text, example in frames]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and line != "#" and not line.startswith("# "):
            yield number, line


def _list(line: str, path: Path, number: int) -> tuple[str, list[str]]:
    match = _LIST.fullmatch(line)
    if match is None:
        raise ValueError(f"{path.name}, line {number}: not a list: {line}")
    return match["name"], _BARS.split(match["items"])


def _check(text: str, lists: Lists, path: Path, number: int, within: tuple[str, ...] = ()) -> None:
    """Refuse a place without a list, a list within itself, and signs that would stay in the message."""
    rest = _PLACE.sub("", text)
    while _CHOICE.search(rest):
        rest = _CHOICE.sub("", rest)
    if _LEFT_OVER.search(rest):
        raise ValueError(f"{path.name}, line {number}: brackets or bars that do not fit: {text}")
    for name in _PLACE.findall(text):
        if name not in lists:
            raise ValueError(f"{path.name}, line {number}: there is no list {name}")
        if name in within or len(within) >= _DEEPEST - 1:
            raise ValueError(f"{path.name}, line {number}: the list {name} stands within itself")
        for item in lists[name]:
            _check(item, lists, path, number, (*within, name))
