"""Ids. What a message creates is derived from the message, so that a replay finds it; the rest is UUIDv7."""

from __future__ import annotations

import uuid
from typing import Protocol

import uuid_utils

NAMESPACE = uuid.UUID("6f1a3d52-6f0e-5c3c-9d0a-7a4b8f2d1c11")
"""Root of every derived id. Never change it: stored ids would no longer be found."""


_ROOT = uuid_utils.UUID(bytes=NAMESPACE.bytes)  # ten times as fast as the standard library's


class Ids(Protocol):
    """Where new ids come from; a test passes its own."""

    def new(self) -> str:
        """A fresh id that sorts by time."""
        ...


class RandomIds:
    """UUIDv7 as text."""

    def new(self) -> str:
        """A fresh id that sorts by time."""
        return str(uuid_utils.uuid7())


def derived(key: str, kind: str, index: int = 0) -> str:
    """The id of what the message ``key`` creates: same message, same id (contract: uuid5(key, kind, index))."""
    return str(uuid_utils.uuid5(_ROOT, f"{key}\x1f{kind}\x1f{index}"))
