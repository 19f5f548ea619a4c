"""``Idempotency-Key``: the same request again gives the same answer, and creates and sends nothing twice.

Kept 24 h per caller. The ids of what a request creates derive from ``Claim.seed``, so that a request whose process died
half-way can be taken over after 30 s and finds what it had made already.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.api.errors import ApiError
from store.clock import Clock
from store.ids import Ids, derived
from store.requests import RequestRepo

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
TAKEN_OVER_AFTER = timedelta(seconds=30)
WAIT = timedelta(seconds=2)
"""How long the second of two equal requests waits for the answer of the first."""
PAUSE = 0.05
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that an equal request got before."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Claim:
    """This request is ours to do. ``seed`` is what the ids of its creations derive from."""

    seed: str
    id: str | None = None
    """Under which its answer is kept; None: the caller gave no key."""
    takeover: bool = False
    """An earlier run of the same request may have done part of it."""


class Requests:
    """Reserves keys and keeps answers. Leases are the machine's time, so a moved business clock breaks none."""

    def __init__(self, repo: RequestRepo, clock: Clock, ids: Ids, *, wait: timedelta = WAIT) -> None:
        self._repo = repo
        self._clock = clock
        self._ids = ids
        self._wait = wait

    async def begin(self, key: str | None, *, caller: str, what: str, body: bytes) -> Claim | Kept:
        """A claim to do the request, or the answer kept for it; raises a 409 for another body or one still at work."""
        if key is None:
            return Claim(seed=f"request:{self._ids.new()}")
        if not _KEY.fullmatch(key):
            raise ApiError(400, "bad_idempotency_key", "Idempotency-Key 用 1-200 个可见的 ASCII 字符")
        digest = hashlib.sha256(b"\n".join((what.encode(), body))).hexdigest()
        id = derived(f"{caller}\n{key}", "request")
        # The body is part of the seed: a key used again for something else, a day later, does not find the old thing.
        seed = f"request:{id}:{digest}"
        until = self._clock.wall() + self._wait
        while True:
            now = self._clock.wall()
            stored = await self._repo.begin(id, digest, now)
            if stored is None:
                return Claim(seed, id)
            started: datetime = stored["at"]
            if started + KEPT <= now:
                await self._repo.forget(id, started=started)
                continue
            if stored["body"] != digest:
                raise ApiError(409, "idempotency_key_reused", "这个 Idempotency-Key 已经用在另一个请求上")
            if answer := stored["answer"]:
                return Kept(int(answer["status"]), str(answer["body"]))
            if started + TAKEN_OVER_AFTER <= now:
                if await self._repo.restart(id, started=started, at=now):
                    return Claim(seed, id, takeover=True)
                continue
            if now >= until:
                raise ApiError(
                    409,
                    "in_progress",
                    "同一个请求还在处理,请稍后再试",
                    headers={"Retry-After": "1"},
                    details={"wait": 1},
                )
            await asyncio.sleep(PAUSE)

    async def finish(self, claim: Claim, status: int, body: str) -> None:
        """Keep the answer for repeats."""
        if claim.id is not None:
            await self._repo.answer(claim.id, status, body)

    async def give_up(self, claim: Claim) -> None:
        """The request was refused or failed: the key may be tried again at once."""
        if claim.id is not None:
            await self._repo.forget(claim.id)
