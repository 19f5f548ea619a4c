"""What was sent to many: how much each person had this month, the jobs, and under which client ids."""

from __future__ import annotations

from collections import Counter


class MassLog:
    """All mass messages of this run."""

    def __init__(self) -> None:
        self.received: Counter[tuple[str, str]] = Counter()
        """By openid and month."""
        self.jobs: dict[int, str] = {}
        """msg_id to SENDING, SEND_SUCCESS or SEND_FAIL."""
        self.by_client_id: dict[str, tuple[float, int]] = {}
        """When it was sent, as which msg_id."""
