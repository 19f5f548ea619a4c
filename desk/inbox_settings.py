"""What colleagues can choose about their inbox."""

from __future__ import annotations

from datetime import timedelta

from desk.section import Section, Span


class InboxSettings(Section):
    """How the inbox behaves."""

    undo: Span = timedelta(seconds=5)
    """So long a reply waits before it leaves, so that its writer can take it back."""
    longest_schedule: Span = timedelta(days=90)
    """So far ahead a reply can be planned, and a conversation put off."""
