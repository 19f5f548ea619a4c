"""How a command ends: a mistake of the user's is told in a line and an exit code, never in a stack trace."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import typer

WRONG_SETTINGS = 2
"""Settings, arguments or the machine's set-up: nothing was tried."""
FAILED = 1
INTERRUPTED = 130


def refuse(*lines: str, code: int = WRONG_SETTINGS) -> NoReturn:
    """Say what is wrong, each on its line, and end."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)
    raise typer.Exit(code)


def _run(work: Coroutine[Any, Any, int | None]) -> int | None:
    try:
        from uvloop import run as run_quickly
    except ImportError:  # Windows has none
        return asyncio.run(work)
    return run_quickly(work)


def run(work: Callable[[], Coroutine[Any, Any, int | None]]) -> None:
    """Run it to its end; what it raises for a user's mistake becomes lines on stderr and an exit code."""
    from bot.settings import SettingsError
    from store.errors import Incompatible, Unavailable

    try:
        code = _run(work())
    except SettingsError as wrong:
        refuse(*wrong.lines)
    except Incompatible as newer:
        refuse(str(newer))
    except Unavailable as away:
        if type(away).__name__ == "EmbeddedUnavailable":  # named, so that nothing embedded is imported for it
            refuse(str(away))
        refuse(
            f"The database does not answer ({away}). Look at GUANJIA_MONGODB_URI; `guanjia doctor` says more.",
            code=FAILED,
        )
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if code:
        raise typer.Exit(code)
