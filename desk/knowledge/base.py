"""Finds the article that answers a question, in an index kept in memory per estate."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desk.knowledge.asked import prepared
from desk.knowledge.house import bring_in
from desk.knowledge.outside import outside
from desk.retrieval import SURE, Hit, Index, Prepared
from desk.rulebook import Rulebook
from store.articles import Article, ArticleState
from store.clock import Clock
from store.stores import Stores

MOST_ESTATES = 200
"""Indexes kept in memory; the one not asked for the longest time goes."""
CHOICES = 3
CLEAR = 0.8
"""From here on the best answers alone, unless the next one is just as good."""
NEAR, EQUAL = 0.92, 0.985
"""The next one is as good as the best when it reaches this share of it; of a clear one, the second share."""
LONGEST_QUOTE = 160


class Outcome(StrEnum):
    """What comes of a question."""

    ANSWER = "answer"
    SEVERAL = "several"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Finding:
    """The articles for a question: one that answers it, a few of which one may, or none."""

    outcome: Outcome
    hits: tuple[Hit, ...] = ()

    @property
    def best(self) -> Article:
        """The article that fits best."""
        return self.hits[0].article


class Knowledge:
    """The articles of every estate, asked in words."""

    def __init__(self, stores: Stores, rules: Rulebook, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._clock = clock
        self._prepared: dict[str, Prepared] = {}
        self._indexes: OrderedDict[str, Index] = OrderedDict()
        self._stamp: str | None = None
        self._lock = asyncio.Lock()

    async def find(self, question: str, estate_id: str, *, limit: int = CHOICES) -> Finding:
        """What answers the question in this estate now. Costs no store operation once the articles have been read."""
        await self.ready()
        hits = self._index(estate_id).search(question, at=self._clock.now(), limit=limit + 2)
        usable = [hit for hit in hits if self.shown(hit.article, estate_id)][:limit]
        if not usable or usable[0].score < SURE:
            return Finding(Outcome.NOTHING, tuple(usable))
        best = usable[0].score
        near = [hit for hit in usable if hit.score >= best * (EQUAL if best >= CLEAR else NEAR)]
        if len(near) > 1:
            return Finding(Outcome.SEVERAL, tuple(near))
        return Finding(Outcome.ANSWER, tuple(usable))

    async def article(self, id: str, estate_id: str) -> Article | None:
        """One article, if it is shown in this estate now."""
        await self.ready()
        found = self._prepared.get(id)
        if found is None or not any(row is found for row in self._index(estate_id).rows):
            return None
        return found.article

    def shown(self, article: Article, estate_id: str) -> str:
        """The article as it is quoted in this estate: short, with its own phone; empty when that is missing."""
        estate = self._rules.of(estate_id).estate
        body = quoted(article.body)
        for name, value in (("{phone}", estate.phone), ("{estate}", estate.name)):
            if name in body:
                if not value:
                    return ""
                body = body.replace(name, value)
        return body

    async def ready(self) -> None:
        """Returns once the articles have been read; the very first time the house's own are brought in."""
        if self._stamp is None:
            await self.refresh()

    async def refresh(self) -> None:
        """Look whether articles have changed, and read them if so. Processes do it every few seconds (the rulebook)."""
        async with self._lock:
            await self._read()

    async def _read(self) -> None:
        if self._stamp is None:
            await bring_in(self._stores, self._clock)
        # The stamp before the articles: what is written in between is read again the next time.
        stamp = (await self._stores.stamps.read()).value
        if stamp == self._stamp:
            return
        live = [one for one in await self._stores.articles.all() if one.state is ArticleState.LIVE]
        self._prepared = await asyncio.to_thread(_prepared, live, self._prepared)
        self._indexes.clear()
        self._stamp = stamp

    def _index(self, estate_id: str) -> Index:
        known = self._indexes.get(estate_id)
        if known is None:
            rows = [row for row in self._prepared.values() if row.article.estate_id in ("", estate_id)]
            replaced = {row.article.replaces for row in rows if row.article.estate_id}
            known = self._indexes[estate_id] = Index(
                [*(row for row in rows if row.article.id not in replaced), *(outside() if rows else ())]
            )
            if len(self._indexes) > MOST_ESTATES:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(estate_id)
        return known


def quoted(body: str) -> str:
    """The article in short: whole, or its first sentences when it is long."""
    text = " ".join(body.split())
    if len(text) <= LONGEST_QUOTE:
        return text
    end = max(text.rfind(mark, 0, LONGEST_QUOTE) for mark in "。！？；")
    return text[: end + 1] if end > LONGEST_QUOTE // 3 else f"{text[: LONGEST_QUOTE - 1]}…"


def _prepared(articles: Sequence[Article], known: dict[str, Prepared]) -> dict[str, Prepared]:
    """Cut into words what is new; what has not changed is cut already."""
    made: dict[str, Prepared] = {}
    for article in articles:
        before = known.get(article.id)
        made[article.id] = before if before is not None and before.article == article else prepared(article)
    return made
