"""What a callback that cannot be trusted or read is answered with."""

from __future__ import annotations


class Rejected(Exception):
    """A push or handshake that is refused.

    ``status`` is the HTTP answer (403 not proven to be WeChat's, 400 unreadable, 413 too large), ``reason`` a short
    code for logs and counters; it is never told to the sender.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
