"""``guanjia bench`` / ``make bench``: every measure, printed as one table. Exit code 1 when one is over its limit."""

from __future__ import annotations

import sys

import uvloop
from rich.console import Console
from rich.table import Table

from bench import inbound, inbox, inbox_page, notices, operations, retrieval, timers, understand


def main() -> int:
    """Measure everything and print the table."""
    figures = [*understand.figures(), *retrieval.figures()]
    parts = (operations, timers, inbound, inbox, inbox_page, notices)
    for part in parts:
        figures += uvloop.run(part.measure())
    table = Table(title="Guanjia: measures (ratios of this run, this machine)")
    for heading in ("measure", "seen", "limit", ""):
        table.add_column(heading)
    for figure in figures:
        mark = "" if figure.ok is None else "ok" if figure.ok else "OVER"
        table.add_row(figure.name, figure.value, figure.limit, mark)
    Console(width=110).print(table)
    return 0 if all(figure.ok is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
