"""What people ask that no article of the house answers: being near to that speaks against an answer."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from desk.retrieval import Prepared, prepare_outside


@cache
def outside() -> tuple[Prepared, ...]:
    """The walks of life beside our own, ready to stand in an index with the articles."""
    text = resources.files("desk.knowledge").joinpath("outside/topics.yaml").read_text("utf-8")
    topics: dict[str, Any] = yaml.safe_load(text)
    return tuple(prepare_outside(name, lines.splitlines()) for name, lines in topics.items())
