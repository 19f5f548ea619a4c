"""How long ``understand`` takes beside plain ``jieba.lcut`` on the same texts, in the same run."""

from __future__ import annotations

import json
import logging
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import nlp
from bench.figure import Figure

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
FILES = ("understanding.jsonl", "exam.jsonl")
"""Short ones (13 characters) and long ones (34): together 22 on average, as owners write."""
ROUNDS = 12
AT_ONCE = 62
"""So many texts before the other has its turn: both see the same machine, whoever else uses it."""
LIMIT = 3.0


def texts() -> list[str]:
    """Messages of every length."""
    return [
        json.loads(line)["text"] for name in FILES for line in (DATA / name).read_text("utf-8").splitlines() if line
    ]


def once(what: Callable[[str], object], rows: list[str]) -> float:
    """CPU microseconds per text for one pass."""
    start = time.process_time()
    for row in rows:
        what(row)
    return (time.process_time() - start) / len(rows) * 1e6


def in_turn(one: Callable[[str], object], other: Callable[[str], object], rows: list[str]) -> tuple[float, float]:
    """CPU microseconds per text of both over all ``rows``, a handful of them each in turn."""
    first = second = 0.0
    for at in range(0, len(rows), AT_ONCE):
        part = rows[at : at + AT_ONCE]
        first += once(one, part) * len(part)
        second += once(other, part) * len(part)
    return first / len(rows), second / len(rows)


def figures() -> list[Figure]:
    """The ratio, and how long loading takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.CRITICAL)
    start = time.process_time()
    nlp.load()
    ready = time.process_time() - start
    rows = texts()
    plain = jieba.Tokenizer()
    for what in (plain.lcut, nlp.understand):
        once(what, rows)
    rounds = [in_turn(plain.lcut, nlp.understand, rows) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / lcut for lcut, ours in rounds)
    ours = min(ours for _, ours in rounds)
    average = sum(map(len, rows)) / len(rows)
    return [
        Figure(
            f"understanding / jieba.lcut, {len(rows)} texts of {average:.0f} characters",
            f"{ratio:.2f}",
            f"<= {LIMIT:.0f}",
            ratio <= LIMIT,
        ),
        Figure("understanding, per text", f"{ours:.0f} us"),
        Figure("understanding loaded after (CPU)", f"{ready:.2f} s", "<= 1.2", ready <= 1.2),
        long_text(),
        memory(),
    ]


def long_text() -> Figure:
    """A text of 10,000 characters; only its first 2,000 are analysed."""
    text = "厨房水管漏水了,师傅什么时候能来修一下,另外我的快递到了没有。" * 330
    spent = min(once(nlp.understand, [text[:10_000]]) for _ in range(3)) / 1000
    return Figure("understanding of 10,000 characters", f"{spent:.0f} ms", "<= 50", spent <= 50)


def memory() -> Figure:
    """The most memory that a fresh process takes which loads and understands."""
    code = (
        "import nlp; nlp.load(); nlp.understand('灯坏了')\n"
        "with open('/proc/self/status') as status: lines = dict(line.split(':', 1) for line in status)\n"
        "print(int(lines['VmHWM'].split()[0]) / 1024)"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    taken = float(run.stdout)
    return Figure("memory of a process that understands", f"{taken:.0f} MB", "<= 150", taken <= 150)


if __name__ == "__main__":
    for figure in figures():
        print(figure.name, figure.value, figure.limit)
