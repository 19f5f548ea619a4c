"""``guanjia export`` and ``guanjia restore``: everything in one file, and back."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.cli.ending import FAILED, refuse, run

EXPORT_FILE = typer.Argument(help="Where to write, like guanjia-20261121.jsonl.gz. Must not be there yet.")
RESTORE_FILE = typer.Argument(help="A file that `guanjia export` wrote.", exists=True, dir_okay=False, readable=True)


def export(file: Path = EXPORT_FILE) -> None:
    """Write everything to one file: all collections, pictures and recordings included.

    Phone numbers stay sealed: keep GUANJIA_SECRET_KEY with the file, but not in the same place. Sign-ins are left out.
    """
    if file.exists():
        refuse(f"{file} is there already: give another name, or remove it first")

    async def work() -> None:
        from bot.cli.environment import settings_of_here
        from bot.runtime import open_runtime
        from store.backup import Backup

        async with open_runtime(settings_of_here()) as runtime:
            stores = runtime.stores
            try:
                counts = await Backup(stores.connection, stores.sealer).write(file, at=runtime.clock.wall())
            except OSError as failed:
                refuse(f"cannot write {file}: {failed.strerror or failed}", code=FAILED)
        print(f"{counts.total()} rows of {len(counts)} collections in {file} ({file.stat().st_size / 1e6:.1f} MB)")

    run(work)


def restore(
    file: Path = RESTORE_FILE,
    go_on: bool = typer.Option(False, "--go-on", help="Finish an interrupted restore of this very file."),
) -> None:
    """Read such a file into an empty database. Stop `serve` and `worker` first."""

    async def work() -> None:
        from bot.cli.environment import settings_of_here
        from bot.runtime import open_runtime
        from store.backup import Backup, BadBackup

        async with open_runtime(settings_of_here()) as runtime:
            stores = runtime.stores
            try:
                counts = await Backup(stores.connection, stores.sealer).read(file, go_on=go_on)
            except BadBackup as unfit:
                refuse(str(unfit))
            await stores.migrate(holder=runtime.process, clock=runtime.clock)
        print(f"{counts.total()} rows of {len(counts)} collections restored")

    run(work)
