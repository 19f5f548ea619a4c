"""The owner-visible texts: one file of defaults, an estate's own words over it, and one way to fill them in.

In a text ``{name}`` is replaced by a variable, once: what an owner wrote is never read as a text again, and there is
no way to reach attributes or formats. ``[[... {name} ...]]`` is left out whole when one of its variables is missing or
empty. Lines that come out empty vanish. Where a variable puts a digit or letter beside a Chinese character, a space
goes between: ``预计{by}到`` gives "预计今天 15:20 到".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

log = logging.getLogger(__name__)

MAX_LINES = 5
MAX_BYTES = 600
"""Longer than this nobody reads on a phone; WeChat itself takes 2,047 bytes."""

FORBIDDEN = ("尽快", "请耐心等待", "您的反馈对我们很重要")
"""Words that promise nothing."""

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.S)
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[0-9A-Za-z*]")


class TextError(LookupError):
    """A text that does not exist, lacks a variable, or may not be written so."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: its words, and between them the names of its variables (every second part is a name)."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    optional: bool

    @classmethod
    def of(cls, text: str, optional: bool) -> Piece:
        """Take it apart."""
        parts = tuple(_VARIABLE.split(text))
        return cls(parts, parts[1::2], optional)


@dataclass(frozen=True)
class Pattern:
    """One text, taken apart once: pieces in order."""

    pieces: tuple[Piece, ...]
    required: frozenset[str]
    optional: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Take a text apart; raises ``TextError`` for braces or brackets that do not pair."""
        pieces: list[tuple[str, bool]] = []
        at = 0
        for match in _OPTIONAL.finditer(text):
            pieces += [(text[at : match.start()], False), (match.group(1), True)]
            at = match.end()
        pieces.append((text[at:], False))
        rest = _VARIABLE.sub("", "".join(piece for piece, _ in pieces))
        if any(mark in rest for mark in ("{", "}", "[[", "]]")):
            raise TextError("braces are for variables, like {number}; double brackets for a part that may be left out")
        names = [(set(_VARIABLE.findall(piece)), optional) for piece, optional in pieces]
        required = frozenset().union(*(found for found, optional in names if not optional))
        optional_names = frozenset().union(*(found for found, optional in names if optional))
        return cls(tuple(Piece.of(*piece) for piece in pieces), required, optional_names - required)

    def fill(self, variables: Mapping[str, object]) -> str:
        """The text with its variables; raises ``TextError`` naming the first that is missing."""
        said: list[str] = []
        words = ""  # what stands between two variables, across pieces
        for piece in self.pieces:
            if piece.optional and any(variables.get(name) in (None, "") for name in piece.names):
                continue
            words += piece.parts[0]
            for name, after in zip(piece.names, piece.parts[2::2], strict=True):
                value = variables.get(name)
                if value is None:
                    raise TextError(f"the variable {name!r} is missing")
                _join(said, words)
                _join(said, str(value))
                words = after
        _join(said, words)
        lines = [line.rstrip() for line in "".join(said).splitlines()]
        return "\n".join(line for line in lines if line)


def _join(said: list[str], part: str) -> None:
    if not part:
        return
    if said:
        left, right = said[-1][-1], part[0]
        # One of the two must be ASCII for a space to go between them.
        if left.isascii() != right.isascii() and (
            (_HAN.match(left) and _LATIN.match(right)) or (_LATIN.match(left) and _HAN.match(right))
        ):
            said.append(" ")
    said.append(part)


@dataclass(frozen=True)
class _Defaults:
    texts: Mapping[str, str]
    patterns: Mapping[str, Pattern]
    samples: Mapping[str, str]
    own_samples: Mapping[str, Mapping[str, str]]

    def sample(self, name: str) -> dict[str, str]:
        return {**self.samples, **self.own_samples.get(name, {})}


@cache
def _defaults() -> _Defaults:
    data = yaml.safe_load(resources.files(__name__).joinpath("zh-CN.yaml").read_text("utf-8"))
    texts = {
        f"{subject}.{moment}": text.strip("\n")
        for subject, moments in data["texts"].items()
        for moment, text in moments.items()
    }
    return _Defaults(
        texts, {name: Pattern.of(text) for name, text in texts.items()}, data["samples"], data["own_samples"]
    )


class Texts:
    """The texts of one estate: the defaults, with its own words where it has some."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """An override that may not stand is reported in ``problems`` and the default used: nothing silences the bot."""
        defaults = _defaults()
        self._texts = dict(defaults.texts)
        self._patterns = dict(defaults.patterns)
        self.problems: dict[str, str] = {}
        for name, text in (overrides or {}).items():
            found = check(name, text)
            if found:
                self.problems[name] = found[0]
                log.warning("text %s of the estate is not used: %s", name, found[0])
                continue
            self._texts[name] = text
            self._patterns[name] = Pattern.of(text)

    @classmethod
    def load(cls) -> Texts:
        """The defaults."""
        return cls()

    def names(self) -> list[str]:
        """Every text there is."""
        return list(self._texts)

    def for_category(self, name: str, category: str) -> str:
        """The name to use for a ticket of this category: ``name_other``, if there is one, when it is no repair."""
        other = f"{name}_other"
        return other if category != "R" and other in self._patterns else name

    def raw(self, name: str) -> str:
        """A text as it is written, with its variables open."""
        self._pattern(name)
        return self._texts[name]

    def variables(self, name: str) -> frozenset[str]:
        """The variables that a text needs; those of parts that may be left out are not among them."""
        return self._pattern(name).required

    def say(self, name: str, /, **variables: object) -> str:
        """The text as the owner reads it; raises ``TextError`` for an unknown name or a missing variable."""
        try:
            return self._pattern(name).fill(variables)
        except TextError as error:
            raise TextError(f"text {name}: {error}") from None

    def preview(self, name: str) -> str:
        """The text filled with sample values, all its parts shown."""
        return self.say(name, **_defaults().sample(name))

    def _pattern(self, name: str) -> Pattern:
        try:
            return self._patterns[name]
        except KeyError:
            raise TextError(f"there is no text named {name!r}") from None


def check(name: str, text: str) -> list[str]:
    """What is wrong with an estate's own words for a text; empty when they may be published."""
    default = _defaults().patterns.get(name)
    if default is None:
        return [f"there is no text named {name!r}"]
    try:
        pattern = Pattern.of(text)
    except TextError as error:
        return [str(error)]
    found = []
    unknown = (pattern.required | pattern.optional) - (default.required | default.optional)
    if unknown:
        found.append(f"unknown variables: {', '.join(sorted(unknown))}")
    loose = pattern.required & default.optional
    if loose:
        found.append(f"{', '.join(sorted(loose))} may be empty: put it in double brackets")
    if not found:
        found += faults(pattern.fill(_defaults().sample(name)))
    return found


def faults(shown: str) -> list[str]:
    """What speaks against showing this to an owner: too long, words that promise nothing, shouting."""
    found = []
    if not shown:
        found.append("the text is empty")
    if len(shown.splitlines()) > MAX_LINES:
        found.append(f"more than {MAX_LINES} lines")
    if len(shown.encode()) > MAX_BYTES:
        found.append(f"more than {MAX_BYTES} bytes")
    found += [f"says {words!r}, which promises nothing" for words in FORBIDDEN if words in shown]
    if re.search(r"[!！]\s*[!！]", shown):
        found.append("exclamation marks in a row")
    return found
