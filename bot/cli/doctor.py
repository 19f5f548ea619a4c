"""``guanjia doctor``: what is wrong here, and how to mend it."""

from __future__ import annotations

from bot.cli.ending import FAILED, WRONG_SETTINGS, run

MARKS = {"ok": "ok    ", "warn": "warn  ", "bad": "FAIL  "}


def doctor() -> None:
    """Check settings, stores, calendar and WeChat; says what to fix. Exit code 2: settings, 1: something else."""

    async def work() -> int:
        from bot.cli.checkup import check_up
        from bot.cli.environment import settings_of_here
        from bot.settings import SettingsError

        complete, worst = True, "ok"
        try:
            settings = settings_of_here(need_wechat=True)
        except SettingsError as wrong:
            complete = False
            for line in wrong.lines:
                print(f"{MARKS['bad']}settings: {line}", flush=True)
            try:
                settings = settings_of_here()
            except SettingsError:
                return WRONG_SETTINGS
        async for finding in check_up(settings, complete=complete):
            print(f"{MARKS[finding.level]}{finding.what}: {finding.says}", flush=True)
            worst = finding.level if finding.level == "bad" else worst
        return WRONG_SETTINGS if not complete else FAILED if worst == "bad" else 0

    run(work)
