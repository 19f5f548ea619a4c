"""Pushes as records: what was sent, how often, what came back, and what the user saw of it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.emulator.clock import EmulatorClock
from bot.emulator.errors import ControlError
from bot.emulator.users import AppKind

Outcome = Literal["success", "empty", "reply", "timeout", "refused", "http_error", "invalid"]
KEPT = 5000
"""So many pushes are remembered."""


class PushOptions(BaseModel):
    """How a push is sent when not in the ordinary way. Everything a test may want to get wrong on purpose."""

    model_config = ConfigDict(extra="forbid")

    parallel: int = Field(default=1, ge=1, le=50)
    """Deliver it so many times at once."""
    repeats: int = Field(default=0, ge=0, le=20)
    """Deliver it again so often after it was answered."""
    app: AppKind = "account"
    """In which chat it happens: the account's, or the mini-program's customer chat."""
    hold: bool = False
    """Make it, but deliver it only when asked: lets pushes overtake each other."""
    wait: bool = True
    """Come back when it was answered; else at once."""
    force: bool = False
    """Send it even if this person does not follow (any more)."""
    signature: Literal["good", "broken", "missing"] = "good"
    age_seconds: float = 0
    """How stale the timestamp in the query is; negative lies in the future."""
    trailing_app_id: str | None = None
    """Seal it for another app."""
    aes_key: str | None = Field(default=None, min_length=43, max_length=43)
    """Seal it with another key, as after a change in the console."""
    encrypt: bool = True
    """False sends it bare in every mode."""
    slow_seconds: float = Field(default=0, ge=0, le=60)
    """Pause so long in the middle of the body."""
    msg_id: str | None = None
    create_time: int | None = None
    extra: dict[str, Any] = {}
    """More fields, or other values for those there are."""
    drop: list[str] = []
    """Fields left out."""


class Attempt(BaseModel):
    """One delivery of a push."""

    number: int
    at: datetime
    outcome: Outcome
    status: int | None = None
    milliseconds: float
    verified: bool = False
    """Whether what came back was an answer that the platform takes."""
    reply: str | None = None
    reasons: list[str] = []


class Push(BaseModel):
    """One push with all its deliveries."""

    id: int
    app: AppKind
    user: str | None = None
    trigger: str = ""
    """The kind of message, or the event in lower case."""
    msg_id: str | None = None
    create_time: int
    at: datetime
    state: Literal["held", "delivering", "done", "not_sent"] = "held"
    attempts: list[Attempt] = []
    reply: str | None = None
    fault: str | None = None
    """Why the platform took no answer; None when all was well."""
    reasons: list[str] = []
    """All that was wrong with all answers."""
    screen_id: int = 0
    """The number on the phone of what the user sent, to look at what came after it."""
    fields: dict[str, Any] = {}
    nonce: str = Field(default="", exclude=True)
    raw: bytes | None = Field(default=None, exclude=True)
    options: PushOptions = Field(default_factory=PushOptions)
    quiet: bool = False
    """The user waits for no answer and sees no fault: result events, unfollowing."""


class Pushes:
    """All pushes of late, and the numbers that the next ones get."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock
        self._rows: OrderedDict[int, Push] = OrderedDict()
        self._last_id = 0
        self._last_msg_id = 0

    def next_msg_id(self) -> str:
        """A growing 64-bit number, also across restarts, too large for a float to hold exactly."""
        by_time = int(self._clock.wall().timestamp() * 1000) << 20
        self._last_msg_id = max(self._last_msg_id + 1, by_time + 1)
        return str(self._last_msg_id)

    def next_id(self) -> int:
        """The number of the next push."""
        self._last_id += 1
        return self._last_id

    def add(self, push: Push) -> None:
        """Remember it."""
        self._rows[push.id] = push
        if len(self._rows) > KEPT:
            self._rows.popitem(last=False)

    def get(self, push_id: int) -> Push:
        """The push of that number; a ``ControlError`` when it is not there."""
        try:
            return self._rows[push_id]
        except KeyError:
            raise ControlError(404, "no_such_push", f"there is no push {push_id}: see GET /control/pushes") from None

    def list(self, after: int = 0, user: str | None = None) -> list[Push]:
        """Pushes after that one, oldest first."""
        return [push for push in self._rows.values() if push.id > after and user in (None, push.user)]
