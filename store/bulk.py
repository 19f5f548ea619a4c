"""Many documents at once, for whoever fills a database (``guanjia seed``): no business of the running desk."""

from __future__ import annotations

from collections.abc import Sequence

from store.documents import Document
from store.repo import Repo


async def add_in_bulk(repo: Repo, documents: Sequence[Document]) -> None:
    """Insert those that are not there yet, in one command."""
    await repo._insert_new(document.row() for document in documents)
