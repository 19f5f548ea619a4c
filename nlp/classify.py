"""The core of ``guanjia classify``: lines in, one plain answer per line out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from nlp.meaning import Understanding
from nlp.understanding import understand


def classify(lines: Iterable[str], *, jsonl: bool) -> Iterator[dict[str, Any]]:
    """One answer per line, safe for ``json.dumps``; a blank line is skipped, a bad one answered with its error.

    Plain lines get their line number as id; JSONL lines are ``{"id", "text"}``.
    """
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if not line.strip():
            continue
        if not jsonl:
            yield answer(str(number), understand(line))
            continue
        try:
            asked = json.loads(line)
        except ValueError:
            yield _refusal(str(number), "bad_json", "not a line of JSON")
            continue
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            known = asked.get("id") if isinstance(asked, dict) else None
            yield _refusal(
                str(number) if known is None else known, "bad_line", 'a line must be {"id": ..., "text": "..."}'
            )
            continue
        yield answer(asked.get("id", str(number)), understand(asked["text"]))


def answer(name: object, meaning: Understanding) -> dict[str, Any]:
    """What the command prints for one text; times become ISO text."""
    return {
        "id": name,
        "label": meaning.label.value,
        "confidence": meaning.confidence,
        "urgent": meaning.urgent,
        "words": [word.to_dict() for word in meaning.words],
        "slots": _plain(meaning.slots.to_dict()),
        "matters": [_plain(matter.to_dict()) for matter in meaning.matters],
    }


def _refusal(name: object, code: str, message: str) -> dict[str, Any]:
    return {
        "id": name if isinstance(name, str | int | float) else str(name),
        "error": {"code": code, "message": message},
    }


def _plain(value: Any) -> Any:
    """``value`` with times as ISO text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
