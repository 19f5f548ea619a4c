"""Which article answers a question: BM25 over jieba words, with what is the same in other words counted as the same.

Three looks at each article are put together: how rare the words are that it shares with the question (BM25 over title,
variants and body), how near its nearest variants are, and how much of the question it knows at all. Whether the best is
good enough to speak is decided apart, once for the question: by how much it shares in all, and by how near the question
is to what nobody here answers (``desk/knowledge/outside``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
TITLE, VARIANT, ASKED, BODY = 2.0, 1.0, 0.4, 0.5
LESS = 0.95
"""A further way of asking is that much less near than a question that stands with the article."""
WORD, GENERIC, PAIR, GRAM, CHARACTER = 1.0, 0.75, 0.5, 0.4, 0.1
"""What a word counts, one that is asked of everything, two characters inside a word, two side by side, and one."""
UNKNOWN = 0.6
COMMON = 0.3
FOREIGN, DOUBT = 0.4, 0.7
EVERYDAY = 0.8
"""A word as common as that (是, 工作) is no subject, nor is a single character."""
NEAREST, KNOWN, BY_WORDS = 0.3, 0.2, 0.5
SHARES = (1.0, 0.4, 0.2)
"""How near an article is, is said by its nearest three ways of asking."""
EVIDENCE, OTHERS, SCALE = 0.4, 1.1, 0.7
"""Much that is shared makes sure, even of a long story; being near to what nobody here answers makes unsure."""
SURE = 0.24
"""When the best stays below it, nothing answers."""
K1, B = 1.2, 0.4
NEAR = 32
"""So many of the best by words are looked at more closely."""
_WORD = re.compile(r"[\u4e00-\u9fff]+|[a-z]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article cut into words, whatever the estate it is shown in."""

    article: Article
    weights: Mapping[str, float]
    variants: tuple[tuple[Mapping[str, float], float], ...]
    """Each way to ask, and how much being near to it counts."""
    length: float
    foreign: frozenset[str]
    outside: bool = False
    """No article at all: questions that nobody here answers."""


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
    for run in _WORD.findall(flat):
        for place in range(len(run) - 1):
            pair = run[place : place + 2]
            if not run.isascii() and not known.empty.issuperset(pair) and pair not in known.empty:
                found.setdefault(pair, GRAM)
    return found


def prepare(article: Article, asked: Sequence[str] = ()) -> Prepared:
    """Cut an article into words. ``asked``: further ways to ask for it, that do not stand with it."""
    weights: dict[str, float] = {}
    title, *shown = (terms(text) for text in (article.title, *article.questions))
    further = [terms(text) for text in asked]
    for part, texts in ((TITLE, [title]), (VARIANT, shown), (ASKED, further), (BODY, [terms(article.body)])):
        for words in texts:
            for word in words:
                weights[word] = weights.get(word, 0.0) + part
    ways = [(words, 1.0) for words in (title, *shown) if words] + [(words, LESS) for words in further if words]
    own = foreign_in(" ".join((article.title, article.body, *article.questions, *asked)))
    return Prepared(article, weights, tuple(ways), sum(weights.values()), own)


def prepare_outside(name: str, lines: Sequence[str]) -> Prepared:
    """Questions of one walk of life that no article answers, to stand in an index beside the articles."""
    rows = [terms(line) for line in lines]
    weights: dict[str, float] = {}
    for words in rows:
        for word in words:
            weights[word] = weights.get(word, 0.0) + VARIANT
    ways = tuple((words, 1.0) for words in rows if words)
    nothing = Article(id=f"outside:{name}", title=name, body="")
    return Prepared(nothing, weights, ways, sum(weights.values()), foreign_in(" ".join(lines)), outside=True)


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
        self._sums = [[self._sum(words) for words, _ in row.variants] for row in self.rows]

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
        close = [(place, self._close(place, asked, whole, found[place], subjects, foreign)) for place in best]
        other = max((hit.score for place, hit in close if self.rows[place].outside), default=0.0)
        hits = [(hit, place) for place, hit in close if not self.rows[place].outside and _holds(hit.article, at)]
        hits.sort(key=lambda row: (-row[0].score, row[0].article.estate_id == "", row[0].article.id))
        if not hits:
            return []
        first, place = hits[0]
        certain = first.score + EVIDENCE * math.log1p(found[place] / self._rarest) - OTHERS * other
        lift = SCALE * max(certain, 0.0) / first.score if first.score else 0.0
        return [replace(hit, score=round(min(hit.score * lift, 1.0), 4)) for hit, _ in hits[:limit]]

    def _weighed(self, words: Mapping[str, float]) -> dict[str, float]:
        """How much each word counts: the rarer here and in everyday language, the more."""
        rare, unknown = self._rare, self._rarest * UNKNOWN
        return {
            word: (weight * rare[word] if word in rare else unknown) * (1 - COMMON * commonness(word))
            for word, weight in words.items()
            if word in rare or weight == WORD
        }

    def _sum(self, words: Mapping[str, float]) -> float:
        return sum(weight * self._rare[word] * (1 - COMMON * commonness(word)) for word, weight in words.items())

    def _close(
        self,
        place: int,
        asked: Mapping[str, float],
        whole: float,
        found: float,
        subjects: frozenset[str],
        foreign: frozenset[str],
    ) -> Hit:
        row = self.rows[place]
        shared = asked.keys() & row.weights.keys()
        known = sum(asked[word] for word in shared) / whole if whole else 0.0
        ways = [0.0] * len(SHARES)
        for (variant, counts), own in zip(row.variants, self._sums[place], strict=True):
            common = sum(asked[word] for word in asked.keys() & variant.keys())
            if common:
                ways.append(counts * 2 * common / (whole + own))
        ways.sort(reverse=True)
        near = sum(way * share for way, share in zip(ways[: len(SHARES)], SHARES, strict=True)) / sum(SHARES)
        by_words = min(found / (whole * (K1 + 1)), 1.0) if whole else 0.0
        score = NEAREST * near + KNOWN * known + BY_WORDS * by_words
        # "多少钱" and "哪里" alone, or a hospital that the article does not know, are no reason to speak.
        score *= FOREIGN ** len(foreign - row.foreign) * DOUBT ** subjects.isdisjoint(shared)
        return Hit(row.article, score, tuple(sorted(shared, key=lambda word: -asked[word])))


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
