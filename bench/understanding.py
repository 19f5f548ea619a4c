"""How long ``understand`` takes beside plain ``jieba.lcut`` on the same texts, in the same run."""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure
from nlp import load, understand

TEXTS = Path(__file__).resolve().parent.parent / "tests" / "data" / "understanding.jsonl"
ROUNDS = 7
LIMIT = 3.0


def texts() -> list[str]:
    """The messages of the regression file."""
    return [json.loads(line)["text"] for line in TEXTS.read_text(encoding="utf-8").splitlines() if line]


def once(what: Callable[[str], object], rows: list[str]) -> float:
    """CPU microseconds per text for one pass."""
    start = time.process_time()
    for row in rows:
        what(row)
    return (time.process_time() - start) / len(rows) * 1e6


def figures() -> list[Figure]:
    """The ratio, and how long loading takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.CRITICAL)
    start = time.perf_counter()
    load()
    ready = time.perf_counter() - start
    rows = texts()
    plain = jieba.Tokenizer()
    for what in (plain.lcut, understand):
        once(what, rows)
    lcut: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS):  # in turn, so that both see the same machine
        lcut.append(once(plain.lcut, rows))
        ours.append(once(understand, rows))
    ratio = min(ours) / min(lcut)
    average = sum(map(len, rows)) / len(rows)
    return [
        Figure(
            f"understanding / jieba.lcut, {len(rows)} texts of {average:.0f} characters",
            f"{ratio:.2f}",
            f"<= {LIMIT:.0f}",
            ratio <= LIMIT,
        ),
        Figure("understanding, per text", f"{min(ours):.0f} us"),
        Figure("understanding loaded after", f"{ready:.2f} s"),
    ]


if __name__ == "__main__":
    for figure in figures():
        print(figure.name, figure.value, figure.limit)
