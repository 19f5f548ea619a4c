"""``guanjia export`` and ``guanjia restore``: not there yet, and they say so."""

from __future__ import annotations

from bot.cli.ending import refuse


def export() -> None:
    """Write everything to one file (not there yet)."""
    refuse("`guanjia export` is not there yet. Until then: mongodump of the database, and a copy of GUANJIA_DATA_DIR.")


def restore() -> None:
    """Read it back (not there yet)."""
    refuse("`guanjia restore` is not there yet. Until then: mongorestore, and the copy of GUANJIA_DATA_DIR.")
