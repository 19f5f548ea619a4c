"""``guanjia doctor``: what is wrong here, and how to mend it."""

from __future__ import annotations

import typer

from bot.cli.ending import FAILED, run

MARKS = {"ok": "ok    ", "warn": "warn  ", "bad": "FAIL  "}


def doctor() -> None:
    """Check settings, stores, calendar and WeChat; says what to fix. Exit code 1 when something does not work."""

    async def work() -> int:
        from bot.cli.checkup import check_up
        from bot.cli.environment import settings_of_here
        from bot.settings import SettingsError

        try:
            settings = settings_of_here(need_wechat=True)
        except SettingsError as wrong:
            for line in wrong.lines:
                print(f"{MARKS['bad']}settings: {line}")
            raise typer.Exit(2) from wrong
        worst = "ok"
        async for finding in check_up(settings):
            print(f"{MARKS[finding.level]}{finding.what}: {finding.says}", flush=True)
            worst = finding.level if finding.level == "bad" else worst
        return FAILED if worst == "bad" else 0

    run(work)
