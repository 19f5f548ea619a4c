"""``guanjia emulator``."""

from __future__ import annotations

from pathlib import Path

import typer


def emulator(
    host: str = typer.Option("127.0.0.1", help="Where it listens."),
    port: int | None = typer.Option(None, min=0, max=65535, help="0: any free one. Default: GUANJIA_EMULATOR_PORT."),
    config: Path | None = typer.Option(None, help="A YAML or JSON file with apps, templates and how patient it is."),
    clock_file: Path | None = typer.Option(None, help="Where its clock's offset is kept for others to follow."),
    state_file: Path | None = typer.Option(None, help="Where people and their phones survive a restart."),
    callback_url: str | None = typer.Option(None, help="Where pushes go: http://127.0.0.1:8080/wechat."),
) -> None:
    """Run the pretend WeChat: its API, its pushes, its users' phones. For tests and the demo, never for the outside."""
    from bot.cli.ending import refuse
    from bot.emulator.command import run_emulator
    from bot.settings import SettingsError, load_settings

    if port is None:
        try:
            port = load_settings(need_wechat=False, secret_key="x" * 32).emulator_port
        except SettingsError as wrong:
            refuse(*wrong.lines)
    raise typer.Exit(
        run_emulator(host, port, config, clock_file=clock_file, state_file=state_file, callback_url=callback_url)
    )
