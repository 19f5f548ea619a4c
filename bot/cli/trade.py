"""``guanjia settings``: what the trade sets (deadlines, hours, templates), kept in the database per estate."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.ending import FAILED, refuse, run

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from desk.settings import TradeSettings
    from store.settings import StoredSettings

app = typer.Typer(help="Settings of the trade, kept in the database.", no_args_is_help=True)
ESTATE = typer.Option("*", "--estate", help="Whose. *: those of all estates that say nothing else.")


@app.command("get")
def get(name: str = typer.Argument("", help="Like revisit.delay; nothing: all."), estate: str = ESTATE) -> None:
    """Print what holds now, as JSON."""

    async def work(runtime: Runtime) -> None:
        base, stored = await _standing(runtime, estate)
        value: Any = base.changed(stored.values).to_json()
        for part in name.split(".") if name else []:
            if not isinstance(value, dict) or part not in value:
                refuse(f"no such setting: {name}", code=FAILED)
            value = value[part]
        print(json.dumps(value, ensure_ascii=False, indent=2))

    _with_runtime(work)


@app.command("set")
def set_(
    name: str = typer.Argument(help="Like revisit.delay."),
    value: str = typer.Argument(help="JSON, or a plain word; durations in seconds or like PT10M."),
    estate: str = ESTATE,
) -> None:
    """Change one setting; all processes follow within ten seconds."""

    async def work(runtime: Runtime) -> None:
        try:
            given = json.loads(value)
        except ValueError:
            given = value
        changes: Any = given
        for part in reversed(name.split(".")):
            changes = {part: changes}
        await _change(runtime, estate, changes)

    _with_runtime(work)


@app.command("export")
def export(estate: str = ESTATE) -> None:
    """Print what is stored (only what differs from the defaults), for `import`."""

    async def work(runtime: Runtime) -> None:
        _, stored = await _standing(runtime, estate)
        print(json.dumps(stored.values, ensure_ascii=False, indent=2))

    _with_runtime(work)


@app.command("import")
def import_(
    file: Path = typer.Argument(help="JSON as `export` prints it; -: standard input."), estate: str = ESTATE
) -> None:
    """Change all that the file names."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        changes = json.loads(text)
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    except ValueError as error:
        refuse(f"{file} is not JSON: {error}")
    if not isinstance(changes, dict):
        refuse(f"{file} must hold an object: {{...}}")

    async def work(runtime: Runtime) -> None:
        await _change(runtime, estate, changes)

    _with_runtime(work)


def _with_runtime(work: Callable[[Runtime], Awaitable[None]]) -> None:
    async def opened() -> None:
        from bot.cli.environment import settings_of_here
        from bot.runtime import open_runtime

        async with open_runtime(settings_of_here()) as runtime:
            await work(runtime)

    run(opened)


async def _standing(runtime: Runtime, estate: str) -> tuple[TradeSettings, StoredSettings]:
    """What these settings change, and the changes stored so far."""
    from desk.rulebook import FOR_ALL
    from desk.settings import TradeSettings
    from store.settings import StoredSettings

    known = [one.id for one in runtime.desk.rules.estates]
    if estate != FOR_ALL and estate not in known:
        refuse(f"no estate {estate!r}; there are: {', '.join(known) or 'none yet'}", code=FAILED)
    base = TradeSettings()
    if estate != FOR_ALL and (for_all := await runtime.stores.settings.find(FOR_ALL)):
        base = base.changed(for_all.values)
    return base, await runtime.stores.settings.find(estate) or StoredSettings(id=estate)


async def _change(runtime: Runtime, estate: str, changes: dict[str, Any]) -> None:
    from desk.dispatch_rules import refusals
    from desk.rulebook import FOR_ALL
    from store.errors import Conflict

    base, stored = await _standing(runtime, estate)
    values = _over(stored.values, changes)
    try:
        settled = base.changed(stored.values).changed(changes)
        base.changed(values)
    except ValueError as wrong:  # pydantic's own error is one too
        refuse(*_lines(wrong), code=FAILED)
    if names := {"dispatch", "office"} & changes.keys():
        desk, whose = runtime.desk, "" if estate == FOR_ALL else estate
        zone, now = desk.rules.of(whose).zone, runtime.clock.now()
        if unfit := await refusals(settled, desk.stores, desk.roster, zone=zone, now=now, estate_id=whose):
            refuse(*unfit, f"{' and '.join(sorted(names))}: nothing was changed", code=FAILED)
    try:
        own = _as_settled(values, settled.to_json())
        await runtime.desk.trade.keep(estate, own, "system:cli", version=stored.version)
    except Conflict:
        refuse("somebody changed the settings at the same time; nothing was changed, try again", code=FAILED)
    await runtime.stores.audit.add(
        runtime.ids.new(),
        at=runtime.clock.now(),
        by="system:cli",
        action="settings.changed",
        subject=estate,
        details={"names": sorted(changes)},
    )
    print("changed; all processes follow within ten seconds")


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """``below`` with ``above`` laid over it."""
    result = dict(below)
    for name, value in above.items():
        under = result.get(name)
        result[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return result


def _as_settled(values: dict[str, Any], settled: dict[str, Any]) -> dict[str, Any]:
    """The same names with the values as they were understood: PT10M has become 600."""
    return {
        name: _as_settled(value, settled[name])
        if isinstance(value, dict) and isinstance(settled.get(name), dict)
        else settled.get(name, value)
        for name, value in values.items()
    }


def _lines(wrong: ValueError) -> list[str]:
    from pydantic import ValidationError

    if not isinstance(wrong, ValidationError):
        return [str(wrong)]
    return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors(include_url=False)]
