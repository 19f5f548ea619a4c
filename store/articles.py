"""Articles: the answers of the knowledge base, what they said before, and the stamp that changes with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import Conflict, NotFound
from store.repo import Repo


class ArticleState(StrEnum):
    """Whether owners get it as an answer."""

    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


class Article(Document):
    """One answer of the knowledge base."""

    title: str
    body: str
    subject: str = ""
    estate_id: str = ""
    """Empty: for all estates."""
    questions: tuple[str, ...] = ()
    """The same question as different people ask it."""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    state: ArticleState = ArticleState.LIVE
    version: int = 1
    edition: int = 0
    """The import that it came with; 0: written here."""
    edited: bool = False
    """Changed by a person: no import touches it any more."""
    replaces: str | None = None
    """The article for all estates that this one stands for in its own estate."""
    origin: str = ""
    """import | staff | answer"""
    source: str | None = None
    """The forwarded question that it was made of."""
    by: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Stamp(Part):
    """Changes whenever an article does, so that a process sees cheaply whether its index is still right."""

    value: str = ""
    edition: int = 0
    """The import that is whole in the database."""


class ArticleRepo(Repo):
    """The only code that knows the ``articles`` collection."""

    name = "articles"

    async def add(self, articles: Sequence[Article]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(article.row() for article in articles)
        for article in articles:
            self._told(article)

    async def all(self, limit: int = 5000) -> list[Article]:
        """Every article; read once and kept in memory by the caller."""
        return [Article.of(row) for row in await self._list({}, limit=limit)]

    async def get(self, id: str) -> Article:
        """One article; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Article.of(row)

    async def listed(
        self, *, state: ArticleState | None, subject: str | None, before: datetime, since: datetime, limit: int
    ) -> list[Article]:
        """The last changed first, inside a window of ``updated_at``."""
        filter: dict[str, Any] = {"updated_at": {"$gte": since, "$lt": before}}
        filter |= {name: value for name, value in (("state", state), ("subject", subject)) if value is not None}
        return [Article.of(row) for row in await self._list(filter, limit=limit, sort=[("updated_at", -1)])]

    async def replace(self, article: Article, *, was: int) -> None:
        """Write a new version over version ``was``; raises Conflict when somebody else was faster."""
        row = article.model_dump(by_alias=True, exclude={"id"})
        if not await self._update({"_id": article.id, "version": was}, {"$set": row}):
            raise Conflict(article.id, await self.get(article.id))
        self._told(article)

    async def renew(self, article: Article) -> bool:
        """The text of a newer import, unless a person has changed the article or the import is not newer."""
        row = article.model_dump(by_alias=True, exclude={"id", "version", "created_at"})
        older = {"_id": article.id, "edited": False, "edition": {"$lt": article.edition}}
        return await self._update(older, {"$set": row, "$inc": {"version": 1}})

    def _told(self, article: Article) -> None:
        self._tell("article", article.id, estate_id=article.estate_id)


class ArticleVersionRepo(Repo):
    """The only code that knows the ``article_versions`` collection: what articles said before."""

    name = "article_versions"

    async def add(self, article: Article) -> None:
        """Keep this version; doing it again adds nothing."""
        row = article.row() | {"_id": f"{article.id}:{article.version}", "article_id": article.id}
        await self._insert_new([row])

    async def of_article(self, id: str, limit: int = 100) -> list[Article]:
        """Its earlier versions, oldest first."""
        rows = await self._list({"article_id": id}, limit=limit, sort=[("version", 1)])
        return [Article.of(row | {"_id": id}) for row in rows]


class StampRepo(Repo):
    """The only code that knows the ``stamps`` collection: one document."""

    name = "stamps"

    async def read(self) -> Stamp:
        """The stamp as it is now; empty on a new database."""
        return Stamp.model_validate(await self._one({"_id": "articles"}) or {})

    async def change(self, value: str, *, edition: int | None = None) -> None:
        """Say that articles have changed; written after them."""
        row: dict[str, Any] = {"value": value} | ({"edition": edition} if edition is not None else {})
        if not await self._update({"_id": "articles"}, {"$set": row}):
            await self._insert_new([{"_id": "articles", "value": "", "edition": 0}])
            await self._update({"_id": "articles"}, {"$set": row})
