"""``guanjia bench``."""

from __future__ import annotations

from pathlib import Path

import typer


def bench() -> None:
    """Measure, and print one table. Runs from a checkout: what measures is not part of the package."""
    import subprocess
    import sys

    from bot.cli.ending import refuse

    root = Path(__file__).resolve().parents[2]
    if not (root / "bench" / "__main__.py").is_file():
        refuse(f"nothing to run: there is no {root}/bench/__main__.py (it comes with a checkout, not with the package)")
    try:
        raise typer.Exit(subprocess.run([sys.executable, "-m", "bench"], cwd=root, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
