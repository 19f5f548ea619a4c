"""How long ``understand`` takes beside plain ``jieba.lcut`` on the same texts, in the same run."""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

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


def main() -> int:
    """Print one table; exit code 1 when the ratio is over the limit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba  # type: ignore[import-untyped]  # noqa: PLC0415 - as nlp does, quietly
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
    print(f"{'texts':>6} {'chars':>6} {'load s':>7} {'understand us':>14} {'jieba.lcut us':>14} {'ratio':>6} {'limit':>6}")
    average = sum(map(len, rows)) / len(rows)
    print(
        f"{len(rows):>6} {average:>6.1f} {ready:>7.2f} {min(ours):>14.1f} {min(lcut):>14.1f} {ratio:>6.2f} {LIMIT:>6.1f}"
    )
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
