"""What the store raises. No HTTP here: the web layer and the chat turn these into their own words.

StoreError
├── NotFound      nothing there, or nothing this caller may see
├── Conflict      somebody else was faster; carries the document as it is now
├── Duplicate     the same id is already stored (a replay: read it back and go on)
├── Unavailable   the database or Redis does not answer
└── Incompatible  the database was changed by a newer program than this one
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises."""


class NotFound(StoreError):
    """Nothing there, or nothing this caller may see."""


class Conflict(StoreError):
    """A write lost a race. ``current`` is the document as it stands now, when it is known."""

    def __init__(self, what: str, current: object | None = None) -> None:
        super().__init__(what)
        self.current = current


class Duplicate(StoreError):
    """The id is already stored: a replay. Read back what is there and go on."""


class Unavailable(StoreError):
    """The store does not answer; what to do is the caller's matter (spool, 503, wait)."""


class Incompatible(StoreError):
    """The database was changed by a newer program: this one must not touch it. The text says how to mend it."""


class Misconfigured(StoreError):
    """An address that no driver can use; the text says what is wrong with it."""
