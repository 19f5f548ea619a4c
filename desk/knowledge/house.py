"""The articles that the house brings along, imported in numbered editions that never overwrite what people wrote."""

from __future__ import annotations

import logging
from functools import cache
from importlib import resources
from typing import Any

import yaml

from store.articles import Article
from store.clock import Clock
from store.stores import Stores

log = logging.getLogger(__name__)

EDITION = 1
"""Raise it with every change of the files beside: the next start brings them in."""
BY = "system:guanjia"


async def bring_in(stores: Stores, clock: Clock, *, edition: int = EDITION) -> bool:
    """Add the articles that are new in this edition and renew those nobody has touched; False: it is there already.

    Can be repeated after a crash half-way, and by several processes at once.
    """
    if (await stores.stamps.read()).edition >= edition:
        return False
    now = clock.now()
    articles = [
        article.model_copy(update={"edition": edition, "created_at": now, "updated_at": now}) for article in read()
    ]
    await stores.articles.add(articles)
    there = {article.id: article for article in await stores.articles.all()}
    for article in articles:
        known = there.get(article.id)
        if known is not None and not known.edited and known.edition < edition:
            await stores.articles.renew(article)
    await stores.stamps.change(f"edition-{edition}", edition=edition)
    log.info("knowledge base: edition %d with %d articles", edition, len(articles))
    return True


@cache
def read() -> tuple[Article, ...]:
    """What stands in the files, by subject; raises ``ValueError`` when two articles have the same id."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Article] = {}
    folder = resources.files("desk.knowledge")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name):
        data = yaml.load(file.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
        for row in data["articles"]:
            article = Article(
                id=row["id"],
                title=row["title"],
                body=row["body"].strip(),
                subject=data["subject"],
                questions=tuple(row["questions"]),
                estate_id=row.get("estate", ""),
                valid_from=row.get("valid_from"),
                valid_to=row.get("valid_to"),
                origin="import",
                by=BY,
            )
            if article.id in found:
                raise ValueError(f"{file.name}: {article.id} is there twice")
            found[article.id] = article
    return tuple(found.values())
