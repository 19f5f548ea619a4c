"""``guanjia classify``: texts in, what they mean out, one JSON object a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import typer


def classify(
    file: Path | None = typer.Argument(None, help="One text a line. None or -: standard input."),
    jsonl: bool = typer.Option(False, "--jsonl", help='Lines are {"id": ..., "text": ...}.'),
) -> None:
    """Say what each line means: label, confidence, urgency, the deciding words, slots. One JSON object a line."""
    import json

    from bot.cli.ending import refuse
    from nlp.classify import classify as answers

    try:
        source = sys.stdin.buffer if file is None or str(file) == "-" else file.open("rb")
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    out = sys.stdout.buffer
    try:
        for answer in answers(_lines(source), jsonl=jsonl):
            out.write(json.dumps(answer, ensure_ascii=False).encode(errors="replace") + b"\n")
            out.flush()  # whoever reads us line by line gets each answer at once
    except BrokenPipeError:
        sys.stderr.close()  # the reader has seen enough
        raise typer.Exit(0) from None
    except OSError as error:  # a folder opens, and then cannot be read
        refuse(f"cannot read {file}: {error.strerror}")


def _lines(source: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(source):
        text = line.decode("utf-8", errors="replace")
        yield text.removeprefix("\ufeff") if number == 0 else text
