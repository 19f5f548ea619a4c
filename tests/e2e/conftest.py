"""Talks from the first word to the last need the words understood, in whatever house."""

from __future__ import annotations

import pytest

import nlp


@pytest.fixture(scope="session", autouse=True)
def understanding() -> None:
    nlp.load()
