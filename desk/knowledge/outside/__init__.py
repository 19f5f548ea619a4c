"""What people ask that no article of the house answers: being near to that speaks against an answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from desk.retrieval import Prepared, prepare_outside


@cache
def outside() -> tuple[Prepared, ...]:
    """The walks of life beside our own, ready to stand in an index with the articles."""
    return tuple(prepare_outside(name, lines) for name, lines in topics().items())


@cache
def topics() -> Mapping[str, tuple[str, ...]]:
    """What is asked of each."""
    text = resources.files("desk.knowledge").joinpath("outside/topics.yaml").read_text("utf-8")
    data: dict[str, str] = yaml.safe_load(text)
    return {name: tuple(lines.splitlines()) for name, lines in data.items()}
