"""Articles: the answers of the knowledge base."""

from __future__ import annotations

from collections.abc import Sequence

from store.documents import Document
from store.repo import Repo


class Article(Document):
    """One answer of the knowledge base."""

    title: str
    body: str
    subject: str = ""
    estate_id: str = ""
    questions: tuple[str, ...] = ()
    version: int = 1


class ArticleRepo(Repo):
    """The only code that knows the ``articles`` collection."""

    name = "articles"

    async def add(self, articles: Sequence[Article]) -> None:
        """Insert those that are not there yet."""
        await self._insert_new(article.row() for article in articles)

    async def all(self, limit: int = 5000) -> list[Article]:
        """Every article; read once and kept in memory by the caller."""
        return [Article.of(row) for row in await self._list({}, limit=limit)]
