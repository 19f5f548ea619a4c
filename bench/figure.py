"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was seen, and what is asked for. ``ok`` None: for comparison only."""

    name: str
    value: str
    limit: str = "-"
    ok: bool | None = None
