"""A change document for the lexicon: words with weights of one's own, read strictly from YAML.

It says what is laid over the words that were learnt; ``nlp.overlaid`` makes it quick to look up. Each version stands
for itself: it replaces the one before. What is wrong is said with its line, in the words of whoever wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nlp.features import folded, normal
from nlp.meaning import Label
from nlp.plain import flatten

MOST_WORDS = 2000
LONGEST_WORD = 20
MOST_WEIGHT = 6.0
LONGEST_NOTE = 200
MOST_TEXT = 400_000
"""Characters of a document."""
DEEPEST = 6
"""So many brackets and lists may stand in each other; a document needs four."""
MOST_PROBLEMS = 50
_LABELS = "、".join(Label)

Knows = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Problem:
    """What speaks against a document: the line where it stands (0: the whole), the word, and what to do."""

    line: int
    word: str
    message: str

    def __str__(self) -> str:
        where = [f"第 {self.line} 行"] if self.line else []
        return (
            ",".join([*where, *([f"“{self.word}”"] if self.word else [])])
            + (":" if where or self.word else "")
            + (self.message)
        )


class OverlayError(ValueError):
    """A document that cannot be used; ``problems`` are all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def plain_word(word: str) -> str:
    """A word as texts are cut and looked up: half-width, simplified, small letters, every digit a 0."""
    return folded(normal(flatten(word[: LONGEST_WORD * 8])))


def _checked(word: str) -> str:
    plain = plain_word(word)
    if not plain:
        raise ValueError("词是空的,写上要加的词")
    if len(plain) > LONGEST_WORD:
        raise ValueError(f"词太长了({len(plain)} 个字),最多 {LONGEST_WORD} 个字,只写关键的那几个字")
    if plain[0].isdigit():
        raise ValueError("不能以数字开头,否则会切断电话和房号")
    if any(char.isspace() for char in plain):
        raise ValueError("词里不能有空格或换行,分成几个词写")
    if not any(char.isalnum() for char in plain):
        raise ValueError("里面没有字,标点不能当词")
    return plain


class WordChange(_Part):
    """One word: weights by label (log-odds), or those of a word that is known; ``urgent`` makes it pressing or calm."""

    word: str
    label: Label | None = Field(default=None, strict=False)
    weight: float | None = Field(default=None, strict=False, allow_inf_nan=False)
    weights: dict[str, float] = {}
    like: str | None = None
    urgent: float | None = Field(default=None, strict=False, allow_inf_nan=False)

    @field_validator("word", "like")
    @classmethod
    def _plain(cls, word: str | None) -> str | None:
        return None if word is None else _checked(word)

    @field_validator("label", mode="before")
    @classmethod
    def _known_label(cls, name: object) -> object:
        if name is not None and name not in _NAMES:
            raise ValueError(f"没有“{str(name)[:20]}”这个类别,可以写 {_LABELS}")
        return name

    @field_validator("weights", mode="before")
    @classmethod
    def _known_labels(cls, given: object) -> object:
        if not isinstance(given, dict):
            raise ValueError(f"weights 要写成“类别: 权重”,类别有 {_LABELS}")
        for name, weight in given.items():
            if name not in _NAMES:
                raise ValueError(f"没有“{str(name)[:20]}”这个类别,可以写 {_LABELS}")
            _in_bounds(weight, f"{name} 的权重")
        return {str(name): float(weight) for name, weight in given.items()}

    @field_validator("weight", "urgent", mode="before")
    @classmethod
    def _small(cls, weight: object) -> object:
        if weight is not None:
            _in_bounds(weight, "权重")
        return weight

    @model_validator(mode="after")
    def _whole(self) -> WordChange:
        if (self.label is None) != (self.weight is None):
            raise ValueError("label 和 weight 要一起写")
        if self.label is not None and self.weights:
            raise ValueError("一个类别用 label 和 weight,几个类别用 weights,不要都写")
        if self.like is not None and (self.label is not None or self.weights):
            raise ValueError("like 和 label/weights 只能写一种")
        if self.like is not None and self.like == self.word:
            raise ValueError("like 要写另一个词")
        if self.like is None and self.label is None and not self.weights and self.urgent is None:
            raise ValueError("写上 label 和 weight,或者 like")
        return self

    @property
    def by_label(self) -> dict[str, float]:
        """What it adds to which label."""
        if self.label is not None:
            return {self.label.value: self.weight or 0.0}
        return dict(self.weights)


_NAMES = frozenset(label.value for label in Label)


def _in_bounds(weight: object, what: str) -> None:
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise ValueError(f"{what}要是数字,例如 2.5")
    if not -MOST_WEIGHT <= weight <= MOST_WEIGHT:
        raise ValueError(f"{what} {weight:g} 太大了,要在 -6 到 6 之间")


class Overlay(_Part):
    """Changes to the words: what is added, and which words lose the weights of their own."""

    note: str = Field(default="", max_length=LONGEST_NOTE)
    words: tuple[WordChange, ...] = Field(default=(), strict=False)
    drop: tuple[Annotated[str, AfterValidator(_checked)], ...] = Field(default=(), strict=False)
    version: str = Field(default="", exclude=True)
    """The published version; not part of a document."""

    @property
    def touched(self) -> frozenset[str]:
        """Every word that it says something about."""
        return frozenset((*(one.word for one in self.words), *self.drop))

    @property
    def digest(self) -> str:
        """The same for two documents that do the same, whatever their notes."""
        return hashlib.sha256(as_text(self.model_copy(update={"note": ""})).encode()).hexdigest()


def as_text(overlay: Overlay) -> str:
    """The document as YAML, a word a line, always in the same form."""
    lines = [f"note: {_said(overlay.note)}"] if overlay.note else []
    lines.append("words:" if overlay.words else "words: []")
    for one in overlay.words:
        parts = [f"word: {_said(one.word)}"]
        if one.like is not None:
            parts.append(f"like: {_said(one.like)}")
        by_label = one.by_label
        if len(by_label) == 1:
            (label, weight), *_ = by_label.items()
            parts.append(f"label: {label}, weight: {weight:g}")
        elif by_label:
            parts.append("weights: {" + ", ".join(f"{name}: {weight:g}" for name, weight in by_label.items()) + "}")
        if one.urgent is not None:
            parts.append(f"urgent: {one.urgent:g}")
        lines.append("  - {" + ", ".join(parts) + "}")
    if overlay.drop:
        lines.append("drop: [" + ", ".join(map(_said, overlay.drop)) + "]")
    return "\n".join(lines) + "\n"


def _said(text: str) -> str:
    """A text as YAML: plain where nothing else could be read in it."""
    if all("\u4e00" <= char <= "\u9fff" for char in text) and text:
        return text
    quoted = yaml.dump(text, Dumper=_DUMPER, allow_unicode=True, default_style='"', width=10**6)
    return str(quoted).strip()


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse(text: str, knows: Knows | None = None) -> Overlay:
    """The document; raises ``OverlayError`` with everything that is wrong, each with its line.

    ``knows``: whether there is such a word to be like (``nlp.understanding.knows``).
    """
    raw, lines = _loaded(text)
    try:
        overlay = Overlay.model_validate(raw)
    except ValidationError as wrong:
        found = [_problem(error, raw, lines) for error in wrong.errors(include_url=False)]
        raise OverlayError(found[:MOST_PROBLEMS]) from None
    found = _at_odds(overlay, lines, knows)
    if found:
        raise OverlayError(found[:MOST_PROBLEMS])
    return overlay.model_copy(update={"words": tuple(map(_settled, overlay.words))})


def _settled(one: WordChange) -> WordChange:
    """In the one form that ``as_text`` writes: a single label by its name, weights in thousandths."""
    given = {name: round(weight, 3) for name, weight in one.by_label.items()}
    alone = len(given) == 1
    name, weight = next(iter(given.items()), ("", 0.0))
    values = {
        "label": Label(name) if alone else None,
        "weight": weight if alone else None,
        "weights": {} if alone else given,
        "urgent": None if one.urgent is None else round(one.urgent, 3),
    }
    return one.model_copy(update=values)


def _at_odds(overlay: Overlay, lines: dict[str, list[int]], knows: Knows | None) -> list[Problem]:
    """What only shows when the words are seen together, or beside those that are known."""
    found = []
    for name, words in (("words", [one.word for one in overlay.words]), ("drop", list(overlay.drop))):
        at = lines.get(name) or []
        first: dict[str, int] = {}
        for place, word in enumerate(words):
            line = at[place] if place < len(at) else 0
            if word in first:
                found.append(Problem(line, word, f"写了两次(第 {first[word]} 行也有),留一个"))
            first.setdefault(word, line)
    for place, one in enumerate(overlay.words):
        if one.like is not None and knows is not None and not knows(one.like):
            found.append(Problem(lines["words"][place], one.word, f"没有“{one.like}”这个词可以照着来,换一个认识的词"))
    return found


def _loaded(text: str) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Plain values, and the lines on which the items of its lists stand."""
    if len(text) > MOST_TEXT:
        raise OverlayError([Problem(0, "", f"太长了,最多 {MOST_TEXT:,} 个字符")])
    try:
        _guard(text)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            raw = {} if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        last = len(text.splitlines())  # what is not ended is missed behind the last line
        line = min(mark.line + 1, last) if mark is not None else 0
        raise OverlayError([Problem(line, "", "不是正确的 YAML,看看缩进和冒号")]) from None
    except OverlayError:
        raise
    except (ValueError, OverflowError):  # a date or a number that there is not
        raise OverlayError([Problem(0, "", "有一个值看不懂,给文字加上引号")]) from None
    if not isinstance(raw, dict):
        raise OverlayError([Problem(1, "", "最外面要写 words: 和下面的词")])
    lines: dict[str, list[int]] = {}
    for key, value in node.value if node is not None else ():
        if isinstance(value, yaml.SequenceNode):
            lines[str(key.value)] = [item.start_mark.line + 1 for item in value.value]
            if len(value.value) > MOST_WORDS:
                line = value.value[MOST_WORDS].start_mark.line + 1
                raise OverlayError([Problem(line, "", f"词太多了({len(value.value):,} 个),最多 {MOST_WORDS:,} 个")])
        else:
            lines[f"{key.value}:"] = [key.start_mark.line + 1]
    return raw, lines


def _guard(text: str) -> None:
    """Refuse what would make more of a small document: references, and lists within lists without end."""
    deep = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise OverlayError([Problem(line, "", "不支持 & 和 * 引用,直接写出来")])
        if isinstance(event, yaml.CollectionStartEvent):
            deep += 1
            if deep > DEEPEST:
                raise OverlayError([Problem(line, "", "套得太深了")])
        elif isinstance(event, yaml.CollectionEndEvent):
            deep -= 1


_MESSAGES = {
    "string_type": "要是文字;数字或 是/否 这样的词请加引号",
    "extra_forbidden": "没有这一项",
    "missing": "缺少 word",
    "string_too_long": f"最多 {LONGEST_NOTE} 个字",
    "tuple_type": "要是一列词",
    "model_type": "每个词要写成 {word: …, label: …, weight: …}",
    "model_attributes_type": "每个词要写成 {word: …, label: …, weight: …}",
    "dict_type": "要写成“类别: 权重”",
}


def _problem(error: Any, raw: dict[str, Any], lines: dict[str, list[int]]) -> Problem:
    loc = [str(step) for step in error["loc"]]
    line, word = 0, ""
    rest = loc
    if loc and loc[0] in ("words", "drop"):
        place = int(loc[1]) if len(loc) > 1 and loc[1].isdigit() else None
        items = raw.get(loc[0])
        at = lines.get(loc[0]) or lines.get(f"{loc[0]}:") or [0]
        line = at[place] if place is not None and place < len(at) else at[0]
        rest = loc[1:]
        if place is not None and isinstance(items, list) and place < len(items):
            item, rest = items[place], loc[2:]
            said = item.get("word") if isinstance(item, dict) else item
            word = said[: LONGEST_WORD * 2] if isinstance(said, str) else ""
    elif loc:
        line = (lines.get(f"{loc[0]}:") or [0])[0]
    message = _MESSAGES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    where = ".".join(step for step in rest if step != "[key]")
    named = error["type"] in _MESSAGES and error["type"] not in ("model_type", "model_attributes_type", "missing")
    return Problem(line, word, f"{where} {message}" if where and named else message)
