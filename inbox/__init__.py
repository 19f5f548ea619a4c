"""What staff do: the staff API, and ``web/`` with the page. ``setup`` plugs both into an application."""

from __future__ import annotations

from inbox.setup import setup

__all__ = ["setup"]
