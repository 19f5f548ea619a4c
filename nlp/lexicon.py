"""The lexicon: words, turns of phrase and rules read from ``nlp/lexicon/`` and made quick to look up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module, resources
from typing import Any

import yaml

from nlp.gates import members
from nlp.meaning import Intent

Weights = tuple[tuple[Intent, float], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A class of words: its bit in a mask, what a word of it adds, and how it sounds."""

    name: str
    bit: int
    weights: Weights
    sentiment: float = 0.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A turn of phrase: a pattern that puts its class into the mask and adds weights of its own."""

    name: str
    group: Group
    regex: re.Pattern[str]
    weights: Weights
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of speech (a question, a length of time, a reproach): only its name counts, the model weighs it."""

    name: str
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Weights for classes that occur together."""

    name: str
    all: int
    any: int
    none: int
    weights: Weights


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that scoring needs; phrases are filed by a character and rules by a class that they insist on."""

    version: str
    groups: Mapping[str, Group]
    words: Mapping[str, tuple[Group, ...]]
    endings: Mapping[str, tuple[Group, ...]]
    phrases: tuple[Phrase, ...]
    phrases_by_char: Mapping[str, frozenset[int]]
    phrases_always: frozenset[int]
    rules_by_bit: tuple[tuple[int, tuple[Rule, ...]], ...]
    forms: tuple[Form, ...] = ()
    forms_by_char: Mapping[str, frozenset[int]] = field(default_factory=dict)
    forms_always: frozenset[int] = frozenset()

    def bits(self, *names: str) -> int:
        """The mask of the named classes."""
        mask = 0
        for name in names:
            mask |= self.groups[name].bit
        return mask


def read(documents: Iterable[Mapping[str, Any]]) -> Lexicon:
    """A lexicon from parsed documents; raises ``ValueError`` that names what does not fit."""
    version, groups = "", dict[str, Group]()
    words: dict[str, list[Group]] = {}
    endings: dict[str, list[Group]] = {}
    raw_phrases: list[Mapping[str, Any]] = []
    raw_rules: list[Mapping[str, Any]] = []
    raw_forms: dict[str, str] = {}
    for document in documents:
        version = str(document.get("version") or version)
        for name, raw in (document.get("classes") or {}).items():
            weights = _weights(raw.get("weights"), name)
            group = Group(name, 1 << len(groups), weights, float(raw.get("sentiment") or 0.0))
            groups[name] = group
            for word in dict.fromkeys(str(raw["words"]).split()):
                if word[0].isdigit():
                    raise ValueError(f"lexicon, {name}: {word} would cut phone and room numbers; make it a pattern")
                words.setdefault(word, []).append(group)
                if raw.get("suffix"):
                    endings.setdefault(word, []).append(group)
        raw_phrases += document.get("patterns") or ()
        raw_rules += document.get("rules") or ()
        raw_forms |= document.get("forms") or {}
    for raw in raw_phrases:
        if raw["class"] not in groups:
            groups[raw["class"]] = Group(raw["class"], 1 << len(groups), ())
    phrases = tuple(_phrase(raw, groups) for raw in raw_phrases)
    by_char, always = _by_char([phrase.regex.pattern for phrase in phrases])
    forms = tuple(_form(name, regex) for name, regex in raw_forms.items())
    forms_by_char, forms_always = _by_char([form.regex.pattern for form in forms])
    return Lexicon(
        version=version,
        groups=groups,
        words={word: tuple(found) for word, found in words.items()},
        endings={word: tuple(found) for word, found in endings.items()},
        phrases=phrases,
        phrases_by_char=by_char,
        phrases_always=always,
        rules_by_bit=_filed([_rule(raw, groups) for raw in raw_rules]),
        forms=forms,
        forms_by_char=forms_by_char,
        forms_always=forms_always,
    )


DOCUMENTS = ("words.yaml", "patterns.yaml", "rules.yaml", "forms.yaml")


def read_default() -> Lexicon:
    """The lexicon that comes with the package."""
    folder = resources.files("nlp").joinpath("lexicon")
    return read([parse(folder.joinpath(name).read_text(encoding="utf-8")) for name in DOCUMENTS])


def parse(text: str) -> dict[str, Any]:
    """One lexicon document from YAML, by the C parser where there is one (ten times as fast)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders
    if not isinstance(document, dict):
        raise ValueError("a lexicon document must be a mapping")
    return document


def _weights(raw: Mapping[str, float] | None, where: str) -> Weights:
    try:
        return tuple((Intent(name), float(weight)) for name, weight in (raw or {}).items())
    except ValueError as wrong:
        raise ValueError(f"lexicon, {where}: {wrong}") from wrong


def _phrase(raw: Mapping[str, Any], groups: Mapping[str, Group]) -> Phrase:
    name = str(raw["name"])
    try:
        regex = re.compile(raw["regex"])
    except re.error as wrong:
        raise ValueError(f"lexicon, {name}: {wrong}") from wrong
    return Phrase(name, groups[raw["class"]], regex, _weights(raw.get("weights"), name), str(raw.get("reason") or ""))


def _rule(raw: Mapping[str, Any], groups: Mapping[str, Group]) -> Rule:
    def mask(key: str) -> int:
        bits = 0
        for name in raw.get(key) or ():
            if name not in groups:
                raise ValueError(f"lexicon, rule {raw['name']}: no class {name}")
            bits |= groups[name].bit
        return bits

    return Rule(
        f"〔{raw['name']}〕", mask("all"), mask("any"), mask("none"), _weights(raw["weights"], str(raw["name"]))
    )


def _form(name: str, regex: str) -> Form:
    try:
        return Form(name, re.compile(regex))
    except re.error as wrong:
        raise ValueError(f"lexicon, form {name}: {wrong}") from wrong


def _by_char(patterns: list[str]) -> tuple[dict[str, frozenset[int]], frozenset[int]]:
    """Patterns filed by the characters of which every match holds one, and those that must always be tried."""
    by_char: dict[str, set[int]] = {}
    always = set[int]()
    for index, pattern in enumerate(patterns):
        needed = needed_chars(pattern)
        if needed is None:
            always.add(index)
        for char in needed or ():
            by_char.setdefault(char, set()).add(index)
    return {char: frozenset(found) for char, found in by_char.items()}, frozenset(always)


def _filed(rules: list[Rule]) -> tuple[tuple[int, tuple[Rule, ...]], ...]:
    """Rules under the class that the fewest of them insist on, so that most are never looked at."""
    uses: dict[int, int] = {}
    for rule in rules:
        for bit in _bits(rule.all):
            uses[bit] = uses.get(bit, 0) + 1
    filed: dict[int, list[Rule]] = {}
    for rule in rules:
        if not rule.all:
            raise ValueError(f"lexicon, rule {rule.name}: 'all' is missing")
        filed.setdefault(min(_bits(rule.all), key=lambda bit: (uses[bit], bit)), []).append(rule)
    return tuple((bit, tuple(found)) for bit, found in filed.items())


def _bits(mask: int) -> list[int]:
    return [1 << place for place in range(mask.bit_length()) if mask >> place & 1]


def needed_chars(pattern: str) -> frozenset[str] | None:
    """Characters of which every match of ``pattern`` holds at least one; None when there is no such small set."""
    return _needed(import_module("re._parser").parse(pattern))


def _needed(parsed: Any) -> frozenset[str] | None:
    """The smallest set that some part of the sequence ``parsed`` insists on."""
    best: frozenset[str] | None = None
    for op, value in parsed:
        found = _needed_by(str(op), value)
        if found and (best is None or len(found) < len(best)):
            best = found
    return best


def _needed_by(op: str, value: Any) -> frozenset[str] | None:
    if op == "LITERAL":
        return frozenset((chr(value),))
    if op == "IN":
        return members(value)
    if op == "BRANCH":
        parts = [_needed(part) for part in value[1]]
        return None if any(part is None for part in parts) else frozenset().union(*(part or () for part in parts))
    if op == "SUBPATTERN":
        return _needed(value[3])
    if op == "MAX_REPEAT" and value[0] > 0:
        return _needed(value[2])
    return None
