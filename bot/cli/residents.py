"""``guanjia residents``: the register of homes and people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.ending import FAILED, refuse, run

if TYPE_CHECKING:
    from bot.runtime import Runtime

app = typer.Typer(help="The register of homes and people.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keeps ``import`` a subcommand while it is the only one."""


@app.command("import")
def import_(
    file: Path = typer.Argument(help="An .xlsx; headings 楼栋 单元 房号 姓名 电话 身份, or building unit number ..."),
    estate: str = typer.Option("", help="Which estate. Not needed when there is just one."),
    estate_name: str = typer.Option("", help="Make the estate under this name if it is not there yet."),
    skip_bad: bool = typer.Option(False, "--skip-bad", help="Import the good rows although others are bad."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what is wrong."),
) -> None:
    """Add homes, people and who lives where. The same file twice changes nothing."""

    async def work() -> int:
        from bot.cli.environment import settings_of_here
        from bot.cli.register import enter
        from bot.cli.sheet import NoRegister, read_sheet
        from bot.runtime import open_runtime

        try:
            sheet = read_sheet(file)
        except NoRegister as unusable:
            refuse(str(unusable))
        for number, problem in sheet.problems:
            print(f"row {number}: {problem}", file=sys.stderr)
        if sheet.problems and not skip_bad:
            bad, rows = len(sheet.problems), len(sheet.problems) + len(sheet.entries)
            refuse(f"{bad} of {rows} rows are bad; nothing was imported (--skip-bad imports the others)", code=FAILED)
        if not sheet.entries:
            refuse("no rows to import", code=FAILED)
        if dry_run:
            print(f"{len(sheet.entries)} rows are good; nothing was imported")
            return 0
        async with open_runtime(settings_of_here()) as runtime:
            estate_id = await _estate(runtime, estate, estate_name)
            entered = await enter(runtime.desk, estate_id, sheet.entries)
            await runtime.stores.audit.add(
                runtime.ids.new(),
                at=runtime.clock.now(),
                by="system:cli",
                action="residents.imported",
                subject=f"estate:{estate_id}",
                estate_id=estate_id,
                details={"rows": len(sheet.entries), "skipped": len(sheet.problems)},
            )
        print(
            f"{len(sheet.entries)} rows: {entered.rooms} new homes, {entered.people} new people, "
            f"{entered.bindings} new bindings; the rest was there already"
        )
        return 0

    run(work)


async def _estate(runtime: Runtime, id: str, name: str) -> str:
    """The estate to import into, made if it was named; refuses with the ones there are."""
    import re

    from store.estates import Estate

    known = [estate.id for estate in runtime.desk.rules.estates]
    if not id and len(known) == 1:
        return known[0]
    if id in known:
        return id
    if id and name and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", id):
        await runtime.stores.estates.add([Estate(id=id, name=name, time_zone=runtime.settings.time_zone)])
        await runtime.desk.rules.refresh()
        return id
    if id and name:
        refuse(f"estate {id!r}: use 1 to 32 small letters, digits, dashes")
    there = f"there are: {', '.join(known)}" if known else "there is none yet"
    refuse(f"which estate? {there}. Say --estate ID, and for a new one --estate-name 海悦花园 too")
