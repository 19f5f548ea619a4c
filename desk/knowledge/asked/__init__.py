"""How else the articles of the house are asked: oblique, told as a story, in dialect, with slips of the tongue.

They stand beside the articles, not in them: nobody is shown them, colleagues need not read them, and they count less
than the questions of the article itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from desk.knowledge.house import read as house
from desk.retrieval import Prepared, prepare
from store.articles import Article


def prepared(article: Article) -> Prepared:
    """An article cut into words, with the ways of asking that the house knows for it."""
    return prepare(article, ways(article))


def ways(article: Article) -> tuple[str, ...]:
    """The further ways to ask for it.

    An estate's own article has those of the one it stands for. One that a colleague has turned into something else,
    which shows in its title, has none: what people wrote is left alone.
    """
    if article.replaces:
        return read().get(article.replaces, ())
    known = read().get(article.id, ())
    return known if known and (not article.edited or article.title == _titles()[article.id]) else ()


@cache
def read() -> Mapping[str, tuple[str, ...]]:
    """The lines of the files, by article; raises ``ValueError`` when an article stands there twice."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, tuple[str, ...]] = {}
    folder = resources.files("desk.knowledge").joinpath("asked")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name):
        data = yaml.load(file.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
        for id, lines in data.items():
            if id in found:
                raise ValueError(f"{file.name}: {id} is there twice")
            found[id] = tuple(line.strip() for line in lines.splitlines() if line.strip())
    return found


@cache
def _titles() -> Mapping[str, str]:
    return {article.id: article.title for article in house()}
