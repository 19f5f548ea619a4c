"""``guanjia seed``."""

from __future__ import annotations

import sys
import time

import typer

from bot.cli.ending import FAILED, WRONG_SETTINGS, refuse, run


def seed(
    scale: int = typer.Option(1, help="1, 10 or 100 times two hundred homes and three hundred tickets."),
    seed: int = typer.Option(1, help="From another number grows another history."),
    database: str | None = typer.Option(None, help="Into this database. Default: GUANJIA_DATABASE."),
    force: bool = typer.Option(False, help="Also beside real data."),
) -> None:
    """Write a sample estate with two weeks of history, for the demo or for benchmarks. The same seed, the same data."""
    from bot.demo.estate.size import SCALES

    if scale not in SCALES:
        refuse(f"--scale is one of {', '.join(map(str, SCALES))}, not {scale}")

    async def work() -> int:
        from bot.cli.environment import settings_of_here
        from bot.demo.place import AlreadyRunning, lock
        from bot.demo.sample import NotTheDemos
        from bot.demo.sample import seed as make
        from bot.demo.secrets import make_secrets
        from bot.runtime import open_runtime
        from bot.settings import Settings, load_settings

        given = load_settings(need_wechat=False, secret_key="x" * 32)
        held = None
        if not given.mongodb_uri:
            try:
                held = lock(given.data_dir)  # a demo that runs here must not be written into behind its back
            except AlreadyRunning as running:
                print(running, file=sys.stderr)
                return WRONG_SETTINGS
            if not Settings().secret_key:
                make_secrets(given.data_dir)
        try:
            settings = settings_of_here()
            if database:
                settings = settings.model_copy(update={"database": database})
            began = time.monotonic()
            async with open_runtime(settings) as runtime:
                made = await make(runtime.desk, scale=scale, number=seed, force=force, progress=_say)
        except NotTheDemos as real:
            print(f"{real}, or add --force.", file=sys.stderr)
            return FAILED
        finally:
            if held is not None:
                held.close()
        where = f"database {settings.database}"
        _say(
            f"{where}: done in {time.monotonic() - began:.0f} s"
            if made
            else f"{where} holds a sample already: nothing was changed"
        )
        return 0

    run(work)


def _say(line: str) -> None:
    print(line, flush=True)
