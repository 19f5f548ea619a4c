"""Refusals by a rule of the trade. ``message`` is short Chinese that a person may read; ``details`` says what to do.

DeskError
├── NotAllowed     this actor may not do this
├── Illegal        the ticket's state does not allow it
└── Incomplete     something the rule needs is missing or wrong; ``details`` names it
"""

from __future__ import annotations


class DeskError(Exception):
    """Base of the refusals."""

    code = "refused"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotAllowed(DeskError):
    """This actor may not do this."""

    code = "not_allowed"


class Illegal(DeskError):
    """The state does not allow it."""

    code = "illegal_transition"


class Incomplete(DeskError):
    """Something that the rule needs is missing or wrong."""

    code = "incomplete"
