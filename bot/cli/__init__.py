"""The ``guanjia`` command. Each subcommand is a module of its own and imports what it needs when it runs."""

from __future__ import annotations

import typer

from bot.cli import (
    bench,
    chat,
    classify,
    demo,
    doctor,
    emulator,
    lab,
    live,
    moving,
    nlp,
    residents,
    seed,
    serve,
    staff,
    trade,
    worker,
)

app = typer.Typer(
    name="guanjia",
    help="Guanjia 管家: a property-service desk that lives in WeChat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("chat")(chat.chat)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("emulator")(emulator.emulator)
app.command("classify")(classify.classify)
app.add_typer(staff.app, name="staff")
app.add_typer(residents.app, name="residents")
app.add_typer(trade.app, name="settings")
app.command("seed")(seed.seed)
app.command("live")(live.live)
app.add_typer(nlp.app, name="nlp")
app.add_typer(lab.app, name="lab")
app.command("doctor")(doctor.doctor)
app.command("bench")(bench.bench)
app.command("export")(moving.export)
app.command("restore")(moving.restore)


def main() -> None:
    """Run the command; ends the process with its exit code."""
    app()
