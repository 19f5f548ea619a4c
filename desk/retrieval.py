"""Which article answers a question: BM25 over jieba words, with what is the same in other words counted as the same.

Three looks at each article are put together: how rare the words are that it shares with the question (BM25 over title,
variants and body), how near its nearest variant is, and how much of the question it knows at all. The last one makes it
silent about what nobody wrote down: a word that no article knows weighs as much as the rarest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml

from nlp.plain import flatten
from nlp.search import commonness, cut
from store.articles import Article

READ = 300
"""So many characters of a question are looked at: what is asked stands at its beginning."""
TITLE, VARIANT, BODY = 2.0, 1.0, 0.5
WORD, GENERIC, PAIR, CHARACTER = 1.0, 0.75, 0.5, 0.1
UNKNOWN = 0.6
COMMON = 0.6
DOUBT = 0.4
EVERYDAY = 0.6
"""A word as common as that (处理, 工作) is no subject, nor is a single character."""
SURE = 0.28
"""When the best stays below it, nothing answers."""
NEAREST, KNOWN, BY_WORDS = 0.5, 0.3, 0.2
K1, B = 1.2, 0.4
NEAR = 32
"""So many of the best by words are looked at more closely."""
_WORD = re.compile(r"[\u4e00-\u9fff]+|[a-z]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article cut into words, whatever the estate it is shown in."""

    article: Article
    weights: Mapping[str, float]
    variants: tuple[Mapping[str, float], ...]
    length: float
    foreign: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that may answer, and how sure that is (0 to 1)."""

    article: Article
    score: float
    words: tuple[str, ...]


def terms(text: str) -> dict[str, float]:
    """The words of a text that say what it is about, each by the name that its meaning has, with their weight.

    Of a longer word the pairs and the characters inside count a little too: 车门 is near 车, 大修 near 修.
    """
    known = _words()
    flat = flatten(text).lower()
    found: dict[str, float] = {}
    place = 0
    for match in known.pattern.finditer(flat):
        _cut(flat[place : match.start()], found, known)
        name = known.same[match.group()]
        found[name] = GENERIC if name in known.generic else WORD
        place = match.end()
    _cut(flat[place:], found, known)
    return found


def prepare(article: Article) -> Prepared:
    """Cut an article into words."""
    weights: dict[str, float] = {}
    variants = [terms(text) for text in (article.title, *article.questions)]
    for part, texts in ((TITLE, variants[:1]), (VARIANT, variants[1:]), (BODY, [terms(article.body)])):
        for words in texts:
            for word in words:
                weights[word] = weights.get(word, 0.0) + part
    shapes = tuple(words for words in variants if words)
    own = foreign_in(" ".join((article.title, article.body, *article.questions)))
    return Prepared(article, weights, shapes, sum(weights.values()), own)


def foreign_in(text: str) -> frozenset[str]:
    """Words of other walks of life (医院, 机票): an article without them does not answer a question with them."""
    return frozenset(_words().foreign.findall(flatten(text).lower()))


class Index:
    """The articles of one estate, ready to be asked."""

    def __init__(self, prepared: Iterable[Prepared]) -> None:
        self.rows = list(prepared)
        average = sum(row.length for row in self.rows) / len(self.rows) if self.rows else 1.0
        spread: dict[str, list[tuple[int, float]]] = {}
        for place, row in enumerate(self.rows):
            norm = K1 * (1 - B + B * row.length / average)
            for word, weight in row.weights.items():
                spread.setdefault(word, []).append((place, weight * (K1 + 1) / (weight + norm)))
        count = len(self.rows)
        self._rarest = math.log(1 + count / 0.5)
        self._rare = {
            word: math.log(1 + (count - len(hits) + 0.5) / (len(hits) + 0.5)) for word, hits in spread.items()
        }
        self._hits = spread

    def search(self, question: str, *, at: datetime, limit: int = 3) -> list[Hit]:
        """The articles that hold at this time and fit best, the best first."""
        words = terms(question[:READ])
        asked = self._weighed(words)
        whole = sum(asked.values())
        found: dict[int, float] = {}
        for word in asked.keys() & self._hits.keys():
            rare = asked[word]
            for place, part in self._hits[word]:
                found[place] = found.get(place, 0.0) + rare * part
        best = sorted(found, key=lambda place: -found[place])[:NEAR]
        subjects = frozenset(
            word for word, weight in words.items() if weight == WORD and len(word) > 1 and commonness(word) < EVERYDAY
        )
        foreign = foreign_in(question[:READ])
        hits = [self._close(self.rows[place], asked, whole, found[place], subjects, foreign) for place in best]
        hits = [hit for hit in hits if _holds(hit.article, at)]
        hits.sort(key=lambda hit: (-hit.score, hit.article.estate_id == "", hit.article.id))
        return hits[:limit]

    def _weighed(self, words: Mapping[str, float]) -> dict[str, float]:
        """How much each word counts: the rarer here and in everyday language, the more."""
        rare, unknown = self._rare, self._rarest * UNKNOWN
        return {
            word: (weight * rare[word] if word in rare else unknown) * (1 - COMMON * commonness(word))
            for word, weight in words.items()
            if word in rare or weight == WORD
        }

    def _close(
        self,
        row: Prepared,
        asked: Mapping[str, float],
        whole: float,
        found: float,
        subjects: frozenset[str],
        foreign: frozenset[str],
    ) -> Hit:
        shared = asked.keys() & row.weights.keys()
        known = sum(asked[word] for word in shared) / whole
        near = 0.0
        for variant in row.variants:
            common = sum(asked[word] for word in asked.keys() & variant.keys())
            if common:
                own = sum(
                    weight * self._rare[word] * (1 - COMMON * commonness(word)) for word, weight in variant.items()
                )
                near = max(near, 2 * common / (whole + own))
        by_words = min(found / (whole * (K1 + 1)), 1.0)
        score = NEAREST * near + KNOWN * known + BY_WORDS * by_words
        # "多少钱" and "哪里" alone, or a hospital that the article does not know, are no reason to speak.
        score *= DOUBT ** (len(foreign - row.foreign) + subjects.isdisjoint(shared))
        return Hit(row.article, round(score, 4), tuple(sorted(shared, key=lambda word: -asked[word])))


def _holds(article: Article, at: datetime) -> bool:
    return (article.valid_from is None or article.valid_from <= at) and (
        article.valid_to is None or at < article.valid_to
    )


def _cut(flat: str, found: dict[str, float], known: _Words) -> None:
    for piece in _WORD.findall(flat):
        for word in cut(piece):
            if word in known.empty:
                continue
            name = known.same.get(word, word)
            found[name] = GENERIC if name in known.generic else WORD
            if len(word) > 1 and word not in known.same and not word.isascii():
                if len(word) > 2:
                    for place in range(len(word) - 1):
                        found.setdefault(word[place : place + 2], PAIR)
                for char in word:
                    if char not in known.empty:
                        found.setdefault(char, CHARACTER)


@dataclass(frozen=True, slots=True)
class _Words:
    same: Mapping[str, str]
    pattern: re.Pattern[str]
    generic: frozenset[str]
    empty: frozenset[str]
    foreign: re.Pattern[str]


@cache
def _words() -> _Words:
    data: dict[str, Any] = yaml.safe_load(resources.files("desk").joinpath("retrieval.yaml").read_text("utf-8"))
    same: dict[str, str] = {}
    for line in (*data["generic"], *data["same"]):
        first, *others = line.lower().split()
        same |= dict.fromkeys((first, *others), first)
    longest = sorted((word for word in same if len(word) > 1), key=len, reverse=True)
    return _Words(
        same,
        re.compile("|".join(map(re.escape, longest))),
        frozenset(line.split()[0].lower() for line in data["generic"]),
        frozenset(data["empty"].split()),
        re.compile("|".join(map(re.escape, sorted(data["foreign"].lower().split(), key=len, reverse=True)))),
    )
