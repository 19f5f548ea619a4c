"""``guanjia nlp``: learn the weights anew, and judge the understanding on labelled messages."""

from __future__ import annotations

import os
from pathlib import Path

import typer

app = typer.Typer(help="Understanding: learn and judge.", no_args_is_help=True)


@app.command()
def train(
    everything: bool = typer.Option(False, "--all", help="Learn from the test part too (then it tests nothing)."),
) -> None:
    """Learn nlp/weights/*.json from nlp/corpus. Needs the extra ``train``; some five minutes."""
    from bot.cli.ending import refuse

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the sums are small: more threads only wait for each other
    try:
        from nlp.training.train import store
        from nlp.training.train import train as learn
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is missing: pip install 'guanjia[train]'")
    store(learn(print, held_out=not everything))
    print("nlp/weights written")


@app.command("eval")
def evaluate(
    files: list[Path] = typer.Argument(None, help="JSON lines or corpus .txt; none: the test part of the corpus."),
    svg: Path | None = typer.Option(None, "--svg", help="A folder for the drawings."),
    worst: int = typer.Option(20, "--worst", help="So many of the surest mistakes."),
    part: str = typer.Option("", "--part", help="Only this part of corpus files: train, dev or test."),
) -> None:
    """Accuracy, F1, confusion, urgency, calibration and the worst mistakes."""
    from bot.cli.ending import refuse
    from nlp.training.corpus import Example, read_any, read_corpus
    from nlp.training.report import answers, drawings, report

    try:
        examples: list[Example] = []
        for file in files or []:
            examples += read_any(file)
    except (OSError, ValueError) as error:
        refuse(str(error))
    if not files:
        examples = read_corpus()
        part = part or "test"
    if part:
        examples = [one for one in examples if one.part == part]
    if not examples:
        refuse("no messages there")
    said = answers(examples)
    for line in report(examples, said, worst):
        print(line)
    if svg is not None:
        svg.mkdir(parents=True, exist_ok=True)
        for name, drawing in drawings(examples, said).items():
            (svg / name).write_text(drawing, encoding="utf-8")
            print(f"{svg / name} written")
